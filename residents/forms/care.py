"""Guardians and population flags."""

from datetime import date
from typing import Any

from django import forms

from residents.choices import RESTRICTED, Evidence, Population
from residents.forms.fields import phone_field
from residents.models import PopulationFlag, Resident
from residents.rules.findings import ADL_MOST, Finding
from residents.rules.population import AGE_KINDS

EVIDENCE = [(one.value, one.label) for one in (Evidence.MEDICAL_RECORD, Evidence.SCREENING)]


class GuardianForm(forms.Form):
    """Somebody of the household, or anybody by name and phone."""

    member = forms.ChoiceField(
        label="家庭成员", required=False, help_text="监护人不在本户时留空，填写姓名和电话。"
    )
    name = forms.CharField(label="姓名", max_length=60, required=False)
    relation = forms.CharField(
        label="与该居民的关系", max_length=20, help_text="如：母亲、儿子、村居委员会。"
    )
    phone = phone_field()

    def __init__(self, *args: Any, members: list[Resident], **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.members = {str(one.pk): one for one in members}
        options = [
            (pk, f"{one.masked_name}（{one.get_relation_display()}）") for pk, one in self.members.items()
        ]
        self.fields["member"].choices = [("", "不在本户"), *options]

    def facts(self) -> dict[str, Any]:
        """What ``add_guardian`` takes."""
        facts = dict(self.cleaned_data)
        facts["guardian"] = self.members.get(facts.pop("member"))
        return facts


class PhoneForm(forms.Form):
    """A further number of a resident."""

    phone = phone_field(label="电话", required=True)
    owner = forms.CharField(
        label="号码属于", max_length=30, initial="本人", help_text="本人，或儿子、女儿、邻居等。"
    )


class FlagForm(forms.Form):
    """A population kind and what it rests on. Fields that only some kinds ask for are optional and say so."""

    kind = forms.ChoiceField(label="人群")
    evidence = forms.TypedChoiceField(label="依据", choices=EVIDENCE, coerce=int)
    starts_on = forms.DateField(label="认定日期")
    source = forms.CharField(
        label="来源", max_length=60, required=False, help_text="如：孙家疃卫生院门诊、2026 年老年人体检。"
    )
    detail = forms.CharField(
        label="依据说明", max_length=200, required=False, help_text="如：2026-03-08 门诊诊断。"
    )
    adl_score = forms.IntegerField(
        label="自理能力评分",
        required=False,
        min_value=0,
        max_value=ADL_MOST,
        help_text="仅失能（半失能）老年人：评估表合计分，4 分起为有依赖。",
    )
    certificate = forms.CharField(
        label="残疾人证号",
        max_length=30,
        required=False,
        widget=forms.TextInput(attrs={"autocomplete": "off"}),
        help_text="仅残疾人：20 位，加密保存，只显示类别和等级。",
    )
    delivered_on = forms.DateField(
        label="分娩或终止妊娠日期", required=False, help_text="仅孕产妇：满 42 天后提示结束。"
    )
    review_on = forms.DateField(
        label="应复核日期", required=False, help_text="不填则按人群口径自动推算；慢病等长期有效的不填。"
    )

    def __init__(
        self, *args: Any, may_restricted: bool, on: date, flag: PopulationFlag | None = None, **kwargs: Any
    ) -> None:
        plain = ("evidence", "starts_on", "source", "detail", "review_on")
        initial = {one: getattr(flag, one) for one in plain} if flag else {"starts_on": on}
        super().__init__(*args, initial=initial, **kwargs)
        if flag:
            del self.fields["kind"]
            own = FIELDS_OF.get(Population(flag.kind))
            for name in set(FIELDS_OF.values()) - {own}:
                del self.fields[name]
            return
        barred = set(AGE_KINDS) | (set() if may_restricted else set(RESTRICTED))
        self.fields["kind"].choices = [
            ("", "请选择"),
            *((k.value, k.label) for k in Population if k not in barred),
        ]

    def facts(self) -> dict[str, Any]:
        """What ``flag_population`` and ``amend_flag`` take."""
        facts = dict(self.cleaned_data)
        found = {one: facts.pop(one) for one in ("review_on", *FIELDS_OF.values()) if one in facts}
        return facts | {"finding": Finding(**found)}


FIELDS_OF = {
    Population.DISABLED_ELDER: "adl_score",
    Population.DISABLED: "certificate",
    Population.PERINATAL: "delivered_on",
}


class UnflagForm(forms.Form):
    evidence = forms.TypedChoiceField(label="依据", choices=EVIDENCE, coerce=int)
    ends_on = forms.DateField(label="最后一天", required=False, help_text="不填则到昨天为止。")
    reason = forms.CharField(label="取消原因", max_length=200)
