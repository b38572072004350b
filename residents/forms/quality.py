"""Narrowing of the quality worklist; codes and ids only, so it may stand in the address."""

from typing import Any

from django import forms

from grids.models import Area
from residents.queries.quality import villages_of
from residents.rules.quality import RULES
from teams.models import User


class QualityForm(forms.Form):
    kind = forms.ChoiceField(choices=[("", ""), *((one.code, one.title) for one in RULES)], required=False)
    village = forms.ModelChoiceField(
        label="村居", queryset=Area.objects.none(), required=False, empty_label="全部村居"
    )

    def __init__(self, *args: Any, user: User, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["village"].queryset = villages_of(user)
