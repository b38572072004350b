"""Forms of episodes: pregnancy, delivery, discharge of a newborn, tuberculosis."""

from collections.abc import Collection
from datetime import date
from typing import Any

from django import forms

from care.rules.pregnancy import COLORS
from care.rules.tuberculosis import CASES, ENDINGS, PHASES, SUPERVISORS
from residents.models import Resident

PREGNANCY_ENDINGS = ("自然流产", "人工终止妊娠", "产后42天检查完成", "迁出", "死亡", "登记有误", "其他")


class PregnancyForm(forms.Form):
    lmp = forms.DateField(label="末次月经日期")
    corrected_edd = forms.DateField(
        label="超声核实的预产期", required=False, help_text="不填则按末次月经推算（加 280 天）；填了的，各次检查时间按它推算。"
    )  # fmt: skip
    color = forms.ChoiceField(label="妊娠风险评估", choices=list(COLORS.items()), initial="green")


class DeliveryForm(forms.Form):
    delivered_on = forms.DateField(label="分娩日期")
    discharged_on = forms.DateField(
        label="出院日期", required=False, help_text="还没有出院的先不填；产后访视从出院起 7 天内。"
    )
    child = forms.TypedChoiceField(
        label="新生儿", required=False, coerce=int, empty_value=None,
        help_text="已登记的本户新生儿：同时登记出院日期，产生新生儿访视。",
    )  # fmt: skip

    def __init__(self, *args: Any, children: Collection[Resident], **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.children = {one.pk: one for one in children}
        if not children:
            del self.fields["child"]
            return
        options = [(one.pk, f"{one.masked_name}（{one.born_on} 出生）") for one in children]
        self.fields["child"].choices = [("", "不登记"), *options]  # type: ignore[attr-defined]

    def facts(self) -> dict[str, Any]:
        data = dict(self.cleaned_data)
        return data | {"child": self.children.get(data.pop("child", None))}


class DischargeForm(forms.Form):
    discharged_on = forms.DateField(label="出院日期", help_text="新生儿访视从出院起 7 天内。")


class EndForm(forms.Form):
    ends_on = forms.DateField(label="结案日期")
    reason = forms.ChoiceField(label="原因")

    def __init__(self, *args: Any, reasons: Collection[str] = PREGNANCY_ENDINGS, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["reason"].choices = [("", "请选择"), *((one, one) for one in reasons)]  # type: ignore[attr-defined]


class NoticeForm(forms.Form):
    """The management notice: the clock of 72 hours runs from the moment it was received."""

    notice_on = forms.DateField(label="收到通知的日期")
    notice_time = forms.TimeField(
        label="时间", widget=forms.TimeInput(attrs={"type": "time"}, format="%H:%M")
    )
    case = forms.ChoiceField(label="患者类型", choices=list(CASES.items()))


class CourseForm(forms.Form):
    phase = forms.ChoiceField(label="治疗阶段", choices=list(PHASES.items()))
    phase_from = forms.DateField(label="本阶段开始日期")
    supervisor = forms.ChoiceField(
        label="督导人员", choices=list(SUPERVISORS.items()), help_text="首选医务人员；家属督导的须先培训。"
    )
    supervisor_name = forms.CharField(label="督导人员姓名", max_length=60, required=False)


class StopForm(forms.Form):
    stopped_on = forms.DateField(label="停止治疗日期")
    reason = forms.ChoiceField(label="停止治疗原因", choices=[("", "请选择"), *ENDINGS.items()])


def day(facts: dict[str, Any], name: str) -> date | None:
    """A day of an episode's facts."""
    text = facts.get(name)
    return date.fromisoformat(text) if text else None
