"""Forms of two-way referral."""

from collections.abc import Sequence
from typing import Any

from django import forms

from care.choices import DOWN_REASONS, UP_REASONS, ReferralOutcome, ReturnReason, Urgency
from care.rules.referrals import level_of
from teams.models import Department, Institution

_WORDS = {"rows": 3}


class _LetterForm(forms.Form):
    """What a referral says; the token makes a form that is sent twice one referral."""

    reasons = forms.MultipleChoiceField(
        label="转诊原因",
        widget=forms.CheckboxSelectMultiple,
        error_messages={"required": "请勾选转诊原因。"},
    )
    summary = forms.CharField(
        label="病情摘要",
        max_length=500,
        widget=forms.Textarea(attrs=_WORDS),
        help_text="主要症状、近期测量值、正在使用的药物。请勿填写姓名、证件号码和电话。",
        error_messages={"required": "请写明病情摘要。"},
    )
    client_token = forms.UUIDField(widget=forms.HiddenInput)


class ReferUpForm(_LetterForm):
    """To which institution of a higher level, with which reasons."""

    institution = forms.TypedChoiceField(
        label="转往机构", coerce=int, error_messages={"required": "请选择转往的机构。"}
    )
    department = forms.TypedChoiceField(
        label="科室", coerce=int, required=False, empty_value=None, help_text="不确定的可以不选。"
    )
    urgency = forms.TypedChoiceField(
        label="紧急程度",
        coerce=int,
        choices=Urgency,
        help_text="紧急的转诊按小时计时答复；病情危急请立即拨打 120。",
    )
    field_order = ("institution", "department", "urgency", "reasons", "summary")

    def __init__(
        self, data: Any = None, *, institutions: Sequence[Institution], departments: Sequence[Department],
        **kwargs: Any,
    ) -> None:  # fmt: skip
        super().__init__(data, **kwargs)
        self.institutions = {one.pk: one for one in institutions}
        self.departments = {one.pk: one for one in departments}
        levels: dict[str, list[tuple[int, str]]] = {}
        for one in institutions:
            levels.setdefault(str(level_of(one.type, one.level).label), []).append((one.pk, one.name))
        groups: dict[str, list[tuple[int, str]]] = {}
        for each in departments:
            groups.setdefault(each.institution.name, []).append((each.pk, each.name))
        fields: dict[str, Any] = self.fields
        fields["institution"].choices = [("", "请选择"), *levels.items()]
        fields["department"].choices = [("", "由接诊机构安排"), *groups.items()]
        fields["reasons"].choices = [(one.value, one.label) for one in UP_REASONS]


class ReferDownForm(_LetterForm):
    """From a hospital to the team of the person's agreement."""

    institution = forms.TypedChoiceField(label="转出机构", coerce=int)
    plan = forms.CharField(
        label="请团队接续",
        max_length=1000,
        widget=forms.Textarea(attrs=_WORDS),
        help_text="用药、康复、护理和复诊安排，写清何时做什么。",
        error_messages={"required": "请写明需要团队接续的治疗、康复或护理。"},
    )
    field_order = ("institution", "reasons", "summary", "plan")

    def __init__(self, data: Any = None, *, institutions: Sequence[Institution], **kwargs: Any) -> None:
        super().__init__(data, **kwargs)
        self.institutions = {one.pk: one for one in institutions}
        fields: dict[str, Any] = self.fields
        fields["institution"].choices = [(one.pk, one.name) for one in institutions]
        fields["reasons"].choices = [(one.value, one.label) for one in DOWN_REASONS]


class AcceptForm(forms.Form):
    appointment_on = forms.DateField(
        label="预约就诊日期", error_messages={"required": "请填写预约就诊日期。"}
    )
    note = forms.CharField(
        label="告知", max_length=200, required=False, help_text="如：上午 8 点到门诊二楼，空腹。"
    )


class ReturnForm(forms.Form):
    return_reason = forms.ChoiceField(
        label="退回原因",
        choices=[("", "请选择"), *ReturnReason.choices],
        error_messages={"required": "请选择退回原因。"},
    )
    note = forms.CharField(label="说明", max_length=200, required=False, help_text="选择“其他”时必填。")


class SeeForm(forms.Form):
    seen_on = forms.DateField(label="就诊日期", error_messages={"required": "请填写就诊日期。"})
    findings = forms.CharField(
        label="就诊情况",
        max_length=1000,
        widget=forms.Textarea(attrs=_WORDS),
        help_text="诊断、检查结果、处理。",
        error_messages={"required": "请写明就诊情况，家庭医生团队据此继续管理。"},
    )


class HandDownForm(forms.Form):
    plan = forms.CharField(
        label="请团队接续",
        max_length=1000,
        widget=forms.Textarea(attrs=_WORDS),
        error_messages={"required": "请写明转回后团队要做什么。"},
    )


class TakeOverForm(forms.Form):
    note = forms.CharField(
        label="安排", max_length=200, required=False, help_text="如：周三上门，王护士换药。"
    )


class CloseForm(forms.Form):
    outcome = forms.ChoiceField(
        label="办结情况",
        choices=[("", "请选择"), *ReferralOutcome.choices],
        error_messages={"required": "请选择办结情况。"},
    )
    note = forms.CharField(label="说明", max_length=200, required=False)


class CancelForm(forms.Form):
    note = forms.CharField(
        label="取消原因", max_length=200, error_messages={"required": "请写明取消转诊的原因。"}
    )


class PeriodForm(forms.Form):
    """From a day until a day, both included."""

    first = forms.DateField(label="从")
    last = forms.DateField(label="到")

    def clean(self) -> dict[str, Any]:
        data = super().clean() or {}
        first, last = data.get("first"), data.get("last")
        if first and last and last < first:
            self.add_error("last", "结束日期不能早于开始日期。")
        if first and last and (last - first).days > 1830:
            self.add_error("last", "一次最多统计五年，请缩短期间。")
        return data
