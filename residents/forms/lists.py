"""Filters of the lists."""

from datetime import date
from typing import Any

from django import forms

from residents.choices import RESTRICTED, LifeStatus, Population, RiskColor
from residents.forms.fields import MOST_OPTIONS, GridChoice, grids_for
from teams.models import User

KINDS = [("", "全部人群"), *((one.value, one.label) for one in Population if one not in RESTRICTED)]


class FilterForm(forms.Form):
    """Narrowing of the resident list; nothing here is personal, so it may stand in the address."""

    grid = GridChoice(required=False, empty_label="全部网格")
    kind = forms.ChoiceField(label="人群", choices=KINDS, required=False)
    tier = forms.ChoiceField(
        label="老年人分级", choices=[("", "全部分级"), *RiskColor.choices], required=False
    )
    status = forms.ChoiceField(label="状态", choices=[("", "全部状态"), *LifeStatus.choices], required=False)

    def __init__(self, *args: Any, user: User, on: date, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        grids = grids_for(user, on)
        self.fields["grid"].queryset = grids
        # Read once, for the options and for the check; too many to choose from: typed lists serve better.
        options = list(grids[: MOST_OPTIONS + 1])
        label = self.fields["grid"].label_from_instance
        self.has_grids = 1 < len(options) <= MOST_OPTIONS
        self.fields["grid"].choices = [
            ("", "全部网格"),
            *((one.pk, label(one)) for one in options[:MOST_OPTIONS]),
        ]
