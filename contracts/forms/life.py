"""Forms of what happens to a running agreement: contact, amendment, members, representative, void."""

from collections.abc import Sequence
from typing import Any

from django import forms

from contracts.actions import Joining
from contracts.choices import ConsentWay, ReachWay, SignChannel, SignerParty
from contracts.forms.ink import InkField
from contracts.models import Agreement, PackageItem, ServicePackage
from contracts.policy import ContractsPolicy
from contracts.queries.agreements import AgreementDetail, MemberRow
from contracts.queries.newcomers import Newcomer
from contracts.rules.amending import Difference
from core.text import clean_name
from teams.models import PHONE

_REASON = forms.Textarea(attrs={"rows": 3})


def _named(members: Sequence[MemberRow]) -> list[tuple[int, str]]:
    return [(one.resident.pk, one.resident.masked_name) for one in members]


class ReachedForm(forms.Form):
    """Who was spoken with, when and how."""

    residents = forms.TypedMultipleChoiceField(
        label="联系上的居民", coerce=int, widget=forms.CheckboxSelectMultiple,
        error_messages={"required": "请勾选联系上的居民。"},
    )  # fmt: skip
    day = forms.DateField(label="联系日期")
    how = forms.ChoiceField(label="联系方式", choices=ReachWay)

    def __init__(self, data: Any = None, *, members: Sequence[MemberRow], **kwargs: Any) -> None:
        super().__init__(data, **kwargs)
        self.fields["residents"].choices = _named(members)  # type: ignore[attr-defined]


class VoidForm(forms.Form):
    reason = forms.CharField(
        label="作废原因", max_length=400, widget=_REASON, help_text="如：录错居民、重复录入。"
    )
    confirmed = forms.BooleanField(
        label="已核对：本协议属于录入错误，作废后不计入任何统计",
        error_messages={"required": "请先核对，再勾选。"},
    )


class AmendForm(forms.Form):
    """Only what may be amended without a new agreement (contracts.rules.amending)."""

    channel = forms.ChoiceField(label="签约渠道", choices=SignChannel)
    disease = forms.CharField(label="病种", max_length=60)
    packages = forms.ModelMultipleChoiceField(
        label="服务包", queryset=ServicePackage.objects.none(), widget=forms.CheckboxSelectMultiple,
        error_messages={"required": "请至少选择一个服务包。"},
    )  # fmt: skip
    chosen = forms.ModelMultipleChoiceField(
        label="所选服务", queryset=PackageItem.objects.none(), required=False,
        widget=forms.CheckboxSelectMultiple,
    )  # fmt: skip
    agreed = forms.BooleanField(
        label="服务内容的变更已与居民（监护人）说明，居民同意",
        required=False,
        help_text="服务包或所选服务有变化时须勾选。",
    )
    corrected = forms.MultipleChoiceField(
        label="按登记更正协议书上的内容", required=False, widget=forms.CheckboxSelectMultiple
    )
    reason = forms.CharField(label="原因", max_length=200, widget=_REASON)

    def __init__(
        self,
        data: Any = None,
        *,
        detail: AgreementDetail,
        packages: Sequence[ServicePackage],
        menu: Sequence[PackageItem],
        differences: Sequence[Difference],
        **kwargs: Any,
    ) -> None:
        super().__init__(data, **kwargs)
        fields: dict[str, Any] = dict(self.fields)
        fields["packages"].queryset = ServicePackage.objects.filter(pk__in=[one.pk for one in packages])
        fields["packages"].required = not detail.withheld
        fields["chosen"].queryset = PackageItem.objects.filter(pk__in=[one.pk for one in menu])
        fields["chosen"].label_from_instance = lambda one: f"{one.package.name}：{one.item.name}"
        fields["chosen"].queryset = fields["chosen"].queryset.select_related("package", "item")
        fields["corrected"].choices = [(one.key, _in_words(one)) for one in differences]
        for name, is_shown in (
            ("disease", bool(detail.agreement.parent_id) and not detail.withheld),
            ("chosen", bool(menu)),
            ("corrected", bool(differences)),
        ):
            if not is_shown:
                del self.fields[name]


def _in_words(one: Difference) -> str:
    return f"{one.label}：{one.before} → {one.after}" if one.after else f"{one.label}（按登记更新）"


class JoinForm(forms.Form):
    """A member of the household who comes into its agreement."""

    resident = forms.TypedChoiceField(
        label="加入的成员", coerce=int, widget=forms.RadioSelect,
        error_messages={"required": "请选择加入的成员。"},
    )  # fmt: skip
    starts_on = forms.DateField(label="加入日期", help_text="到期日与家庭协议相同。")
    consent = forms.ChoiceField(
        label="同意方式", choices=ConsentWay, help_text="未成年人和有监护人的成员选“监护人同意”。"
    )
    guardian_name = forms.CharField(label="监护人姓名", max_length=60, required=False)
    guardian_relation = forms.CharField(label="与成员关系", max_length=20, required=False)
    guardian_phone = forms.CharField(label="监护人电话", max_length=20, required=False, validators=[PHONE])

    def __init__(
        self, data: Any = None, *, people: Sequence[Newcomer], policy: ContractsPolicy, **kwargs: Any
    ) -> None:
        super().__init__(data, **kwargs)
        self.people = {one.resident.pk: one for one in people if not one.elsewhere}
        choices = [(pk, one.label) for pk, one in self.people.items()]
        self.fields["resident"].choices = choices  # type: ignore[attr-defined]
        self.fields["signature"] = InkField(label="本人（监护人）签名", policy=policy)

    @staticmethod
    def first_values(people: Sequence[Newcomer], *, today: Any) -> dict[str, Any]:
        free = [one for one in people if not one.elsewhere]
        first: dict[str, Any] = {"starts_on": today}
        if len(free) == 1:
            name, relation, phone = free[0].guardian
            first |= {"resident": free[0].resident.pk, "guardian_name": name}
            first |= {"guardian_relation": relation, "guardian_phone": phone}
        if free and free[0].party == SignerParty.GUARDIAN:
            first["consent"] = ConsentWay.GUARDIAN
        return first

    def clean_guardian_name(self) -> str:
        return clean_name(self.cleaned_data["guardian_name"])

    def joining(self) -> Joining:
        data = self.cleaned_data
        return Joining(
            resident=self.people[data["resident"]].resident,
            consent=ConsentWay(data["consent"]),
            guardian_name=data["guardian_name"],
            guardian_relation=data["guardian_relation"],
            guardian_phone=data["guardian_phone"],
            signature=data["signature"],
        )


class RepresentativeForm(forms.Form):
    representative = forms.TypedChoiceField(
        label="新的家庭代表", coerce=int, widget=forms.RadioSelect,
        error_messages={"required": "请选择新的家庭代表。"},
    )  # fmt: skip

    def __init__(
        self, data: Any = None, *, agreement: Agreement, members: Sequence[MemberRow], **kwargs: Any
    ) -> None:
        super().__init__(data, **kwargs)
        others = [one for one in members if one.resident.pk != agreement.representative_id]
        self.fields["representative"].choices = _named(others)  # type: ignore[attr-defined]
