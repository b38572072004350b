"""Forms of errands: ordering and passing on for the team, the result for the grid worker."""

from typing import Any
from uuid import uuid4

from django import forms
from django.db.models import QuerySet

from contracts.forms.evidence import PicturesField
from contracts.policy import ContractsPolicy
from grids.models import Posting
from outreach.choices import ErrandKind
from outreach.forms.outbox import OutboxForm


class WorkerChoice(forms.ModelChoiceField):
    """Who can be asked to go; nobody means: whoever works the grid may take it."""

    def __init__(self, **kwargs: Any) -> None:
        first = {"label": "请谁去办", "required": False, "empty_label": "本网格谁方便谁接单"}
        super().__init__(queryset=Posting.objects.none(), **first | kwargs)

    def label_from_instance(self, obj: Posting) -> str:
        return f"{obj.name}（{obj.get_role_display()}，{obj.grid.name if obj.grid else obj.village}）"


class OrderErrandForm(forms.Form):
    """What is asked for; what it names is read by whoever goes."""

    kind = forms.ChoiceField(label="类别", choices=[("", "请选择"), *ErrandKind.choices])
    medicines = forms.CharField(
        label="取什么、送什么，或提醒什么",
        max_length=500,
        widget=forms.Textarea(attrs={"rows": 3}),
        help_text="代办人能看到这段话。只写药名、数量和取药地点，不写病情；不便让人知道的药请密封，写“密封药袋一份”。",
    )
    posting = WorkerChoice()
    due_on = forms.DateField(label="最迟哪天办好")
    client_token = forms.UUIDField(widget=forms.HiddenInput, initial=uuid4)

    def __init__(self, *args: Any, workers: QuerySet[Posting], **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["posting"].queryset = workers  # type: ignore[attr-defined]


class AskAnotherForm(forms.Form):
    posting = WorkerChoice()

    def __init__(self, *args: Any, workers: QuerySet[Posting], **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["posting"].queryset = workers  # type: ignore[attr-defined]


class CancelErrandForm(forms.Form):
    note = forms.CharField(label="取消原因", max_length=200, help_text="如：家属已经取药。")


class TakeForm(OutboxForm):
    """Nothing is asked: he goes."""


class DeclineForm(OutboxForm):
    note = forms.CharField(label="为什么去不了", max_length=200, widget=forms.Textarea(attrs={"rows": 2}))


class FailForm(OutboxForm):
    note = forms.CharField(
        label="为什么没办成", max_length=200, widget=forms.Textarea(attrs={"rows": 2}),
        help_text="如：家里没人、药房缺药。",
    )  # fmt: skip


class FinishForm(OutboxForm):
    """Who took it, with a picture of the receipt where there is one."""

    received_by = forms.CharField(label="谁签收的", max_length=40, help_text="本人，或家人的姓名。")
    note = forms.CharField(
        label="要告诉医生的话（可不填）",
        required=False,
        max_length=200,
        widget=forms.Textarea(attrs={"rows": 2}),
    )

    def __init__(self, *args: Any, kind: str, policy: ContractsPolicy, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        if kind == ErrandKind.GUIDANCE:
            self.fields["received_by"].label = "提醒了谁"
        else:
            self.fields["receipt"] = PicturesField(
                label="签收单或药品照片（可不拍）", policy=policy, required=False
            )
            self.fields["receipt"].widget.attrs["multiple"] = False

    def clean_receipt(self) -> bytes:
        pictures: list[bytes] = self.cleaned_data["receipt"]
        if len(pictures) > 1:
            raise forms.ValidationError("照片只要一张，请重新选择。", code="one_only")
        return pictures[0] if pictures else b""
