"""The resident's wish for another doctor, and the answer to it."""

from collections.abc import Sequence
from typing import Any

from django import forms

from teams.models import TeamMembership


def _doctors(posts: Sequence[TeamMembership]) -> list[tuple[int, str]]:
    return [(one.user_id, f"{one.user.name}（{one.get_profession_display()}）") for one in posts]


class DoctorRequestForm(forms.Form):
    wanted = forms.TypedChoiceField(label="希望的医生", coerce=int, required=False, empty_value=None)
    requested_on = forms.DateField(label="申请日期")
    reason = forms.CharField(label="理由", max_length=200, widget=forms.Textarea(attrs={"rows": 3}))

    def __init__(self, data: Any = None, *, doctors: Sequence[TeamMembership], **kwargs: Any) -> None:
        super().__init__(data, **kwargs)
        self.fields["wanted"].choices = [("", "团队其他医生均可"), *_doctors(doctors)]  # type: ignore[attr-defined]


class DoctorAnswerForm(forms.Form):
    """Accept with a doctor of the team, send on to a transfer, or say why not."""

    ACCEPT, TRANSFER, REFUSE = "accept", "transfer", "refuse"

    decision = forms.ChoiceField(
        label="处理",
        choices=(
            (ACCEPT, "同意，更换为下面的医生"),
            (TRANSFER, "居民要换团队，转为转签办理"),
            (REFUSE, "不更换"),
        ),
        widget=forms.RadioSelect,
        error_messages={"required": "请选择如何处理。"},
    )
    doctor = forms.TypedChoiceField(label="新的签约医生", coerce=int, required=False, empty_value=None)
    answer = forms.CharField(
        label="答复", max_length=200, required=False, widget=forms.Textarea(attrs={"rows": 3}),
        help_text="转签或不更换的必填。",
    )  # fmt: skip

    def __init__(self, data: Any = None, *, doctors: Sequence[TeamMembership], **kwargs: Any) -> None:
        super().__init__(data, **kwargs)
        self.fields["doctor"].choices = [("", "请选择"), *_doctors(doctors)]  # type: ignore[attr-defined]

    def clean(self) -> dict[str, Any]:
        data = super().clean() or self.cleaned_data
        if data.get("decision") == self.ACCEPT and not data.get("doctor"):
            self.add_error("doctor", "请选择新的签约医生。")
        return data
