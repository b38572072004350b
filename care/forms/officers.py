"""Forms of the handover to a dedicated officer and back."""

from collections.abc import Iterable, Sequence
from typing import Any

from django import forms

from care.choices import HandoverReason
from residents.choices import Population
from teams.models import Team, User


class OfferFilter(forms.Form):
    """Whose persons of which class are listed."""

    team = forms.ModelChoiceField(label="团队", queryset=Team.objects.none(), empty_label=None)
    population = forms.ChoiceField(label="人群")

    def __init__(self, data: Any = None, *, teams: Any, populations: Iterable[str], **kwargs: Any) -> None:
        super().__init__(data, **kwargs)
        fields: dict[str, Any] = self.fields
        fields["team"].queryset = teams
        fields["team"].widget.attrs["data-submit"] = ""
        fields["population"].choices = [(one, Population(one).label) for one in populations]
        fields["population"].widget.attrs["data-submit"] = ""


class OfferForm(forms.Form):
    """Who goes to whom."""

    officer = forms.ModelChoiceField(
        label="专干",
        queryset=User.objects.none(),
        empty_label="请选择",
        error_messages={"required": "请选择接收的专干。", "invalid_choice": "请选择本机构的专干。"},
    )
    note = forms.CharField(
        label="移交说明", max_length=200, required=False, help_text="如：高危孕妇，请一周内联系。专干会看到。"
    )

    def __init__(self, data: Any = None, *, officers: Any, **kwargs: Any) -> None:
        super().__init__(data, **kwargs)
        self.fields["officer"].queryset = officers  # type: ignore[attr-defined]


class BackForm(forms.Form):
    """Why it is not taken, given back or taken back."""

    reason = forms.ChoiceField(label="原因", error_messages={"required": "请选择原因。"})
    note = forms.CharField(
        label="说明",
        max_length=200,
        required=False,
        widget=forms.Textarea(attrs={"rows": 2}),
        help_text="选择“其他”时必填。",
    )

    def __init__(self, data: Any = None, *, reasons: Sequence[HandoverReason], **kwargs: Any) -> None:
        super().__init__(data, **kwargs)
        choices = [("", "请选择"), *((one.value, one.label) for one in reasons)]
        self.fields["reason"].choices = choices  # type: ignore[attr-defined]
