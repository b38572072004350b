"""Finding a household, and saying why somebody is called."""

from collections.abc import Sequence
from typing import Any
from urllib.parse import urlencode

from django import forms

from grids.models import Building
from outreach.queries.households import FILTERS


class DoorsForm(forms.Form):
    """What the list of households is narrowed by; what makes no sense is left out."""

    q = forms.CharField(max_length=40, required=False)
    building = forms.TypedChoiceField(coerce=int, empty_value=None, required=False)
    only = forms.ChoiceField(choices=list(FILTERS.items()), required=False)
    page = forms.IntegerField(min_value=1, max_value=1000, required=False)
    loose = forms.BooleanField(required=False)

    def __init__(self, *args: Any, buildings: Sequence[Building], **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["building"].choices = [(one.pk, one.name) for one in buildings]

    def asked(self) -> dict[str, Any]:
        """q, building (id or None), only, page, loose."""
        self.full_clean()
        typed = self.cleaned_data
        return {
            "q": typed.get("q", ""),
            "building": typed.get("building"),
            "only": typed.get("only", ""),
            "page": typed.get("page") or 1,
            "loose": typed.get("loose", False),
        }

    def query(self, **changed: Any) -> str:
        """The query string of the same list with something changed; it begins at the first page."""
        asked = self.asked() | {"page": None} | changed
        return urlencode({name: "1" if value is True else value for name, value in asked.items() if value})


class CallForm(forms.Form):
    """Each reason is a button."""

    REASONS = (
        ("sign", "说签约的事"),
        ("visit", "通知随访、体检"),
        ("check", "核对住址电话"),
        ("help", "了解困难和需要"),
    )
    reason = forms.ChoiceField(choices=REASONS, error_messages={"required": "请选一个原因。"})

    def in_words(self) -> str:
        return f"网格端联系：{dict(self.REASONS)[self.cleaned_data['reason']]}"
