"""Forms of the review of signings."""

from typing import Any

from django import forms

from contracts.choices import ReviewKind, ReviewState
from teams.models import Team


class FlagFilter(forms.Form):
    """Filters of the list of findings; what cannot be understood filters nothing."""

    kind = forms.ChoiceField(label="线索", choices=[("", "全部线索"), *ReviewKind.choices], required=False)
    team = forms.ModelChoiceField(
        label="团队", queryset=Team.objects.none(), required=False, empty_label="全部团队"
    )
    state = forms.ChoiceField(
        label="状态", choices=[("", "待核查"), *ReviewState.choices[1:], ("all", "全部")], required=False
    )
    after = forms.CharField(max_length=40, required=False)

    def __init__(self, data: Any, *, teams: Any) -> None:
        super().__init__(data)
        self.fields["team"].queryset = teams  # type: ignore[attr-defined]

    def narrowing(self) -> dict[str, Any]:
        """The arguments of ``narrowed_flags``; nothing chosen means what is still open."""
        self.is_valid()
        team, state = self.cleaned_data.get("team"), self.cleaned_data.get("state", "")
        return {
            "kind": self.cleaned_data.get("kind", ""),
            "team_id": team.pk if team else None,
            "state": "" if state == "all" else state or ReviewState.OPEN.value,
        }


class OutcomeForm(forms.Form):
    """What somebody found out."""

    outcome = forms.TypedChoiceField(
        label="核查结果",
        choices=ReviewState.choices[1:],
        coerce=ReviewState,
        widget=forms.RadioSelect,
        error_messages={"required": "请选择核查结果。"},
    )
    note = forms.CharField(
        label="核查说明",
        max_length=200,
        widget=forms.Textarea(attrs={"rows": 3}),
        help_text="写明怎样核实的，如“电话回访，本人知情同意”。请不要写证件号码和电话。",
        error_messages={
            "required": "请写明怎样核实的，如“电话回访，本人知情同意”。",
            "max_length": "核查说明最多 200 字，请精简。",
        },
    )
