"""Guardians and population flags."""

from datetime import date
from typing import Any

from django import forms

from residents.choices import RESTRICTED, Evidence, Population
from residents.forms.fields import phone_field
from residents.models import Resident
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


class FlagForm(forms.Form):
    kind = forms.ChoiceField(label="人群")
    evidence = forms.TypedChoiceField(label="依据", choices=EVIDENCE, coerce=int)
    starts_on = forms.DateField(label="认定日期")
    detail = forms.CharField(
        label="依据说明", max_length=200, required=False, help_text="如：2026-03-08 门诊诊断。"
    )

    def __init__(self, *args: Any, may_restricted: bool, on: date, **kwargs: Any) -> None:
        super().__init__(*args, initial={"starts_on": on}, **kwargs)
        barred = set(AGE_KINDS) | (set() if may_restricted else set(RESTRICTED))
        self.fields["kind"].choices = [
            ("", "请选择"),
            *((k.value, k.label) for k in Population if k not in barred),
        ]


class UnflagForm(forms.Form):
    evidence = forms.TypedChoiceField(label="依据", choices=EVIDENCE, coerce=int)
    reason = forms.CharField(label="取消原因", max_length=200)
