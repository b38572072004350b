"""Forms of services and beds at home."""

from collections.abc import Iterable
from typing import Any

from django import forms

from care.actions.home_services import Agreed
from care.choices import BedClosing, BedGround, ConsentForm, HomeServiceKind
from care.models import ServiceRecord
from care.rules.home_services import EMERGENCIES
from contracts.forms.ink import InkField
from contracts.policy import ContractsPolicy
from teams.models import User


class OrderForm(forms.Form):
    """What is asked for; an emergency is asked about first."""

    emergencies = forms.MultipleChoiceField(
        label="现在有没有下列情况（有任何一项都不能等上门）", required=False, choices=list(EMERGENCIES.items()),
        widget=forms.CheckboxSelectMultiple, help_text="都没有就不勾。",
    )  # fmt: skip
    kind = forms.ChoiceField(label="服务类别", choices=[("", "请选择"), *HomeServiceKind.choices])
    need = forms.CharField(
        label="需求和病情", max_length=300, widget=forms.Textarea(attrs={"rows": 3}),
        help_text="如：脑梗后卧床，需更换胃管。",
    )  # fmt: skip
    requested_on = forms.DateField(label="申请日期")
    is_ltci = forms.BooleanField(label="长期护理保险项目", required=False)
    client_token = forms.UUIDField(widget=forms.HiddenInput)


class ConsentFields(forms.Form):
    """The risks were told, and somebody agreed: by finger on the screen, or on paper."""

    signer_name = forms.CharField(label="同意人姓名", max_length=60)
    signer_relation = forms.CharField(label="与居民关系", max_length=20, initial="本人")
    on_paper = forms.BooleanField(
        label="已在纸质告知书上签名", required=False, help_text="纸质的请存入居民档案。不勾就在上面手写签名。"
    )
    told = forms.BooleanField(
        label="已逐条告知以上风险，同意人表示明白并同意",
        error_messages={"required": "请先逐条告知风险，取得同意后再勾选。"},
    )

    def __init__(self, data: Any = None, *, policy: ContractsPolicy, **kwargs: Any) -> None:
        super().__init__(data, **kwargs)
        self.fields["signature"] = InkField(label="同意人签名", policy=policy)

    def agreed(self) -> Agreed:
        data = self.cleaned_data
        way = ConsentForm.PAPER if data["on_paper"] else ConsentForm.INK
        ink = b"" if data["on_paper"] else data["signature"]
        return Agreed(way, data["signer_name"], data["signer_relation"], ink)


class OpenBedForm(ConsentFields):
    opened_on = forms.DateField(label="建床日期")
    field_order = ("opened_on", "signer_name", "signer_relation", "on_paper", "told")


class ScheduleForm(forms.Form):
    scheduled_on = forms.DateField(label="上门日期")
    assigned_to = forms.ModelChoiceField(User.objects.none(), label="上门人员", empty_label="请选择")

    def __init__(self, *args: Any, colleagues: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["assigned_to"].queryset = colleagues  # type: ignore[attr-defined]


class FinishForm(forms.Form):
    """Which of the visits that were recorded was made for the order."""

    record = forms.TypedChoiceField(label="服务记录", coerce=int, widget=forms.RadioSelect)

    def __init__(self, *args: Any, records: Iterable[ServiceRecord], **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.records = {one.pk: one for one in records}
        options = [(pk, f"{one.done_on} {one.done_by}") for pk, one in self.records.items()]
        self.fields["record"].choices = options  # type: ignore[attr-defined]


class CancelForm(forms.Form):
    reason = forms.CharField(label="取消原因", max_length=200)


class BedForm(forms.Form):
    ground = forms.ChoiceField(label="建床指征", choices=[("", "请选择"), *BedGround.choices])
    diagnosis = forms.CharField(label="主要诊断", max_length=100)
    assessment = forms.CharField(
        label="评估情况", max_length=300, widget=forms.Textarea(attrs={"rows": 3}),
        help_text="病情是否稳定、自理能力、家庭照护条件。",
    )  # fmt: skip
    assessed_on = forms.DateField(label="评估日期")
    round_days = forms.IntegerField(label="查床间隔（天）", min_value=1, max_value=60)
    is_ltci = forms.BooleanField(label="长期护理保险项目", required=False)
    client_token = forms.UUIDField(widget=forms.HiddenInput)


class CloseBedForm(forms.Form):
    closed_on = forms.DateField(label="撤床日期")
    closing = forms.ChoiceField(label="撤床原因", choices=[("", "请选择"), *BedClosing.choices])
    note = forms.CharField(label="说明", max_length=200, required=False, help_text="选择“其他”时必填。")
