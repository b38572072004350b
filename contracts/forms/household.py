"""The signing form of a household: one paper, and a row for each member who can be signed."""

from dataclasses import dataclass
from datetime import date
from typing import Any

from django import forms

from contracts.actions import Joining, SignedBy
from contracts.choices import ConsentWay, SignerParty, SignMode
from contracts.forms.deed import DeedForm, year_choices
from contracts.forms.ink import InkField
from contracts.policy import ContractsPolicy
from contracts.queries.households import HouseSheet, MemberRow
from contracts.rules.households import OWN_WAYS, Consenting, object_to_consent
from core.refusals import Refusal, show_on
from core.text import clean_name
from residents.models import Resident
from teams.models import PHONE

_EACH = "m{}"  # prefix of a member's fields, by which the rules name them too


class MemberForm(forms.Form):
    """One member: whether he joins, how he agreed, what was done for him on this visit."""

    joins = forms.BooleanField(label="签约", required=False)
    consent = forms.ChoiceField(
        label="同意方式",
        required=False,
        choices=[("", "请选择"), *((one.value, one.label) for one in OWN_WAYS)],
    )
    guardian_name = forms.CharField(label="监护人姓名", max_length=60, required=False)
    guardian_relation = forms.CharField(label="与成员关系", max_length=20, required=False)
    guardian_phone = forms.CharField(label="监护人电话", max_length=20, required=False, validators=[PHONE])
    handed_out = forms.BooleanField(required=False)
    record_done = forms.BooleanField(required=False)

    def __init__(self, *args: Any, row: MemberRow, policy: ContractsPolicy, **kwargs: Any) -> None:
        super().__init__(*args, prefix=_EACH.format(row.resident.pk), **kwargs)
        self.row = row
        self.needs_guardian = row.party == SignerParty.GUARDIAN
        who = "监护人" if self.needs_guardian else "本人"
        self.fields["signature"] = InkField(label=f"{row.resident.masked_name}的{who}签名", policy=policy)
        if self.needs_guardian:
            del self.fields["consent"]
        else:
            for name in ("guardian_name", "guardian_relation", "guardian_phone"):
                del self.fields[name]

    @staticmethod
    def first_values(row: MemberRow) -> dict[str, Any]:
        """Who can be signed comes ticked; how he agreed is never answered for him."""
        name, relation, phone = row.guardian
        return {"joins": True, "guardian_name": name, "guardian_relation": relation, "guardian_phone": phone}

    @property
    def is_joining(self) -> bool:
        return bool(self["joins"].value())

    def clean_guardian_name(self) -> str:
        return clean_name(self.cleaned_data["guardian_name"])

    @property
    def way(self) -> ConsentWay | str:
        if self.needs_guardian:
            return ConsentWay.GUARDIAN
        given = self.cleaned_data.get("consent", "")
        return ConsentWay(given) if given else ""

    def consenting(self) -> Consenting:
        data = self.cleaned_data
        return Consenting(
            resident=self.row.resident.pk,
            name=self.row.resident.masked_name,
            party=self.row.party,
            way=self.way,
            guardian_name=data.get("guardian_name", ""),
            has_image=bool(data.get("signature")),
        )

    def joining(self, *, is_paper: bool, is_representative: bool) -> Joining:
        """The representative's own signature stands under the agreement."""
        data = self.cleaned_data
        draws = (
            not is_paper and not is_representative and (self.needs_guardian or self.way == ConsentWay.SIGNED)
        )
        return Joining(
            resident=self.row.resident,
            consent=ConsentWay.SIGNED if is_representative else self.way,
            guardian_name=data.get("guardian_name", ""),
            guardian_relation=data.get("guardian_relation", ""),
            guardian_phone=data.get("guardian_phone", ""),
            signature=data.get("signature", b"") if draws else b"",
        )


@dataclass(frozen=True)
class LeftOut:
    """A member who cannot be signed with the others, and why."""

    row: MemberRow
    why: str


class HouseholdSignForm(DeedForm):
    """The five steps of a signing visit (S1-30): talk, sign, register members, hand out, look up the record."""

    sheet: HouseSheet
    PADS = ("representative_signature",)

    talked = forms.BooleanField(
        label="以上各点已向到场的家庭成员逐条说明，家庭自愿签约",
        error_messages={"required": "请先说明以上各点，再勾选。"},
    )
    representative = forms.TypedChoiceField(
        label="家庭代表", coerce=int, help_text="在场的成年成员，代表全家签名。"
    )
    term_years = forms.TypedChoiceField(label="签约期限", coerce=int)
    members = forms.CharField(
        required=False, widget=forms.HiddenInput
    )  # what is wrong with the company as a whole

    def __init__(
        self, data: Any = None, files: Any = None, *, sheet: HouseSheet, policy: ContractsPolicy, on: date, **kwargs: Any
    ) -> None:  # fmt: skip
        super().__init__(data, files, sheet=sheet, policy=policy, on=on, **kwargs)
        self.fields["representative_signature"] = InkField(label="家庭代表签名", policy=policy)
        able = [one.resident for one in sheet.members if one.may_represent]
        self._offer("representative", [(one.pk, one.masked_name) for one in able])
        self._offer("term_years", year_choices(sheet.years))
        self.rows = [
            MemberForm(data, row=one, policy=policy, initial=MemberForm.first_values(one))
            for one in sheet.free
        ]
        self.left_out = [LeftOut(one, one.objection.sentence) for one in sheet.members if one.objection]

    @classmethod
    def first_values(
        cls, sheet: HouseSheet, *, doctor: int | None, channel: str, mode: str, today: date
    ) -> dict[str, Any]:
        """What stands in the form when it is opened."""
        return cls.common_values(doctor=doctor, channel=channel, mode=mode, today=today) | {
            "starts_on": sheet.starts_on,
            "term_years": 1,
            "packages": sheet.preselected,
            "representative": sheet.representative,
        }

    def clean(self) -> dict[str, Any]:
        """Nobody is left out without a word: who was ticked and cannot be signed any more is named."""
        data = super().clean()
        for one in self.left_out:
            resident = one.row.resident
            if f"{_EACH.format(resident.pk)}-joins" in self.data:
                self.add_error(
                    "members", f"{resident.masked_name}：{one.why}已从名单中去掉，请核对后重新提交。"
                )
        return data

    @property
    def joining_rows(self) -> list[MemberForm]:
        return [one for one in self.rows if one.is_joining]

    def is_valid(self) -> bool:
        """The paper itself, and the row of everybody who joins; all that is wrong is told at once."""
        are_valid = [one.is_valid() for one in self.joining_rows]
        is_whole = super().is_valid()
        if all(are_valid):
            self._ask_consent()
        return is_whole and all(not one.errors for one in self.joining_rows)

    def _ask_consent(self) -> None:
        mode = self.cleaned_data.get("mode") or SignMode.ELECTRONIC
        representative = self.cleaned_data.get("representative")
        for one in self.joining_rows:
            objection = object_to_consent(
                one.consenting(),
                mode=SignMode(mode),
                is_representative=one.row.resident.pk == representative,
                policy=self.policy,
            )
            if objection:
                one.add_error(objection.field.partition("-")[2], objection.sentence)

    @property
    def has_errors(self) -> bool:
        return self.is_bound and bool(self.errors or any(one.errors for one in self.joining_rows))

    def show(self, refusal: Refusal) -> None:
        """Put a refusal at its field, which may be a member's."""
        prefix, dash, name = refusal.field.partition("-")
        row = next((one for one in self.rows if one.prefix == prefix), None) if dash else None
        if row is not None and name in row.fields:
            row.add_error(name, refusal.sentence)
        else:
            show_on(self, refusal)

    @property
    def representing(self) -> Resident:
        chosen = self.cleaned_data["representative"]
        return next(one.resident for one in self.sheet.members if one.resident.pk == chosen)

    def joining(self) -> list[Joining]:
        chosen = self.cleaned_data["representative"]
        return [
            one.joining(is_paper=self.is_paper(), is_representative=one.row.resident.pk == chosen)
            for one in self.joining_rows
        ]

    def signatures(self) -> list[SignedBy]:
        """The representative and the doctor; on paper without images."""
        return [
            SignedBy(SignerParty.RESIDENT, self.representing.name, self.ink("representative_signature")),
            SignedBy(SignerParty.DOCTOR, self.membership.user.name, self.ink("doctor_signature")),
        ]

    def ticked(self, name: str) -> list[int]:
        """Ids of those who join and whose tick of that name is set."""
        return [one.row.resident.pk for one in self.joining_rows if one.cleaned_data[name]]

    def whose(self) -> dict[int, str]:
        """Package id -> for whom of those who can be signed, where it is not for everybody."""
        everybody = len(self.sheet.free)
        found: dict[int, list[str]] = {}
        for row in self.sheet.free:
            for package in row.packages:
                found.setdefault(package, []).append(row.resident.masked_name)
        return {pk: "、".join(names) for pk, names in found.items() if len(names) < everybody}
