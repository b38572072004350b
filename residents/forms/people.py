"""Registering, changing, correcting a number, revealing."""

from datetime import date
from typing import Any

from django import forms

from core.text import clean, tidy
from residents.choices import IdKind, Registration, Relation, Sex
from residents.forms.fields import (
    ID_KINDS,
    NO_SUCH_NUMBER,
    GridChoice,
    grids_for,
    household_by_number,
    number_field,
    phone_field,
)
from residents.models import Household, Resident
from teams.models import User

MEMBER_RELATIONS = [("", "请选择"), *((one.value, one.label) for one in Relation if one != Relation.HEAD)]

# Where it is not known yet whether the household has a head.
RELATIONS_THERE = [*MEMBER_RELATIONS, (Relation.HEAD.value, "户主（该户目前没有户主时）")]


class RegisterForm(forms.Form):
    """A new person: who, where, with whom."""

    HOUSEHOLD_MODES = (("new", "新建一户，本人为户主"), ("join", "加入已有家庭"), ("none", "暂不归户"))

    name = forms.CharField(label="姓名", max_length=60, widget=forms.TextInput(attrs={"autocomplete": "off"}))
    id_kind = forms.ChoiceField(label="证件类型", choices=ID_KINDS, initial=IdKind.ID_CARD)
    id_number = number_field(
        help_text="身份证号 18 位，末位为 X 时大小写均可；确无证件请把证件类型选为“暂无证件”。"
    )
    sex = forms.TypedChoiceField(
        label="性别",
        choices=[("", "按身份证号认定"), (1, "男"), (2, "女")],
        coerce=int,
        empty_value=Sex.UNKNOWN.value,
        required=False,
    )
    born_on = forms.DateField(label="出生日期", required=False, help_text="身份证已含出生日期，可不填。")
    phone = phone_field()
    grid = GridChoice()
    address = forms.CharField(label="现住址", max_length=200, required=False)
    mode = forms.ChoiceField(label="家庭", choices=HOUSEHOLD_MODES, initial="new", widget=forms.RadioSelect)
    household = forms.CharField(
        label="家庭编号", max_length=18, required=False, help_text="加入已有家庭时填写，可在家庭页面查到。"
    )
    relation = forms.ChoiceField(
        label="与户主关系", choices=RELATIONS_THERE, required=False, help_text="加入已有家庭时选择。"
    )
    registration = forms.ChoiceField(label="户籍类型", choices=Registration, initial=Registration.REGISTERED)
    remark = forms.CharField(label="备注", max_length=200, required=False)

    def __init__(self, *args: Any, user: User, on: date, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.user = user
        self.fields["grid"].queryset = grids_for(user, on)

    def clean_household(self) -> Household | None:
        if self.cleaned_data.get("mode") != "join":
            return None
        if not clean(self.cleaned_data["household"]):
            raise forms.ValidationError("请填写要加入的家庭编号，或改选“新建一户”。")
        found = household_by_number(self.user, self.cleaned_data["household"])
        if found is None:
            raise forms.ValidationError(NO_SUCH_NUMBER)
        return found

    def clean_relation(self) -> str:
        relation = self.cleaned_data["relation"]
        if self.cleaned_data.get("mode") == "join" and not relation:
            raise forms.ValidationError("请选择与户主的关系。")
        return relation or Relation.NON_RELATIVE

    def facts(self) -> dict[str, Any]:
        """What ``register_resident`` takes."""
        facts = dict(self.cleaned_data)
        facts["founds_household"] = facts.pop("mode") == "new"
        return facts


class EditForm(forms.Form):
    """Plain facts of a known person. The phone on file is not shown: empty leaves it."""

    name = forms.CharField(label="姓名", max_length=60)
    phone = phone_field()
    drop_phone = forms.BooleanField(label="删除已登记的电话", required=False)
    grid = GridChoice()
    address = forms.CharField(label="现住址", max_length=200, required=False)
    relation = forms.ChoiceField(label="与户主关系", choices=Relation)
    registration = forms.ChoiceField(label="户籍类型", choices=Registration)
    remark = forms.CharField(label="备注", max_length=200, required=False)

    def __init__(self, *args: Any, resident: Resident, user: User, on: date, **kwargs: Any) -> None:
        plain = ("name", "grid", "address", "relation", "registration", "remark")
        super().__init__(*args, initial={one: getattr(resident, one) for one in plain}, **kwargs)
        self.fields["grid"].queryset = grids_for(user, on)
        on_file = resident.masked_phone
        self.fields["phone"].help_text = f"已登记 {on_file}，不改请留空。" if on_file else "尚未登记。"
        if not on_file:
            del self.fields["drop_phone"]
        if resident.household_id is None:
            del self.fields["relation"]
        elif resident.relation == Relation.HEAD:
            self.fields["relation"].disabled = True
            self.fields["relation"].help_text = "户主请在家庭页面“变更户主”。"
        else:
            self.fields["relation"].choices = MEMBER_RELATIONS[1:]
        self.resident = resident

    def facts(self) -> dict[str, Any]:
        """What ``update_resident`` takes."""
        facts = dict(self.cleaned_data)
        dropped = facts.pop("drop_phone", False)
        facts["phone"] = "" if dropped and not facts["phone"] else facts["phone"] or None
        facts.setdefault("relation", self.resident.relation)
        return facts


class NumberForm(forms.Form):
    id_kind = forms.ChoiceField(label="证件类型", choices=[one for one in ID_KINDS if one[0] != IdKind.NONE])
    id_number = number_field(label="新的证件号码", required=True)
    reason = forms.CharField(label="更正原因", max_length=100, help_text="如：登记时填错、公安机关重号更正。")


class RevealForm(forms.Form):
    """Why a number and a phone are to be seen in clear; the answer stays in the read log."""

    OTHER = "other"
    REASONS = (
        ("", "请选择"),
        ("contact", "联系居民"),
        ("verify", "当面核对身份"),
        ("service", "办理服务或转诊"),
        ("correct", "更正登记信息"),
        (OTHER, "其他（须写明）"),
    )
    reason = forms.ChoiceField(label="查看事由", choices=REASONS)
    words = forms.CharField(label="补充说明", max_length=100, required=False)

    def clean_words(self) -> str:
        words = tidy(self.cleaned_data["words"])
        if self.cleaned_data.get("reason") == self.OTHER and not words:
            raise forms.ValidationError("选“其他”时请写明原因。")
        return words

    def sentence(self) -> str:
        label = dict(self.REASONS)[self.cleaned_data["reason"]]
        words = self.cleaned_data["words"]
        if self.cleaned_data["reason"] == self.OTHER:
            return words
        return f"{label}：{words}" if words else label
