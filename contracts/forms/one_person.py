"""What the individual and the supplementary form share: one person, who signs himself or through his guardian."""

from datetime import date
from typing import Any, Protocol

from django import forms

from contracts.actions import SignedBy
from contracts.choices import SignerParty
from contracts.forms.deed import DeedForm, Sheet
from contracts.forms.ink import InkField
from contracts.policy import ContractsPolicy
from core.text import clean_name
from residents.models import Resident
from teams.models import PHONE

_GUARDIAN = ("guardian_name", "guardian_relation", "guardian_phone")


class PersonSheet(Sheet, Protocol):
    @property
    def resident(self) -> Resident: ...

    @property
    def party(self) -> SignerParty: ...

    @property
    def guardian(self) -> tuple[str, str, str]: ...


class OnePersonForm(DeedForm):
    """A resident on one side, the doctor on the other."""

    sheet: PersonSheet
    PADS = ("resident_signature",)

    guardian_name = forms.CharField(label="监护人姓名", max_length=60)
    guardian_relation = forms.CharField(
        label="与居民关系", max_length=20, help_text="如：父亲、母亲、配偶、子女。"
    )
    guardian_phone = forms.CharField(label="监护人电话", max_length=20, required=False, validators=[PHONE])
    consent = forms.BooleanField(
        label="已向居民逐条说明协议内容，居民（监护人）自愿签约，并同意按协议使用其个人信息",
        error_messages={"required": "请先向居民说明协议内容，取得同意后勾选。"},
    )

    def __init__(
        self, *args: Any, sheet: PersonSheet, policy: ContractsPolicy, on: date, **kwargs: Any
    ) -> None:
        super().__init__(*args, sheet=sheet, policy=policy, on=on, **kwargs)
        self.fields["resident_signature"] = InkField(label=f"{sheet.party.label}签名", policy=policy)
        if sheet.party != SignerParty.GUARDIAN:
            for name in _GUARDIAN:
                del self.fields[name]

    @staticmethod
    def guardian_values(sheet: PersonSheet) -> dict[str, str]:
        return dict(zip(_GUARDIAN, sheet.guardian, strict=True))

    def clean_guardian_name(self) -> str:
        return clean_name(self.cleaned_data["guardian_name"])

    def signatures(self) -> list[SignedBy]:
        """Both signers; on paper without images."""
        data = self.cleaned_data
        resident = SignedBy(
            party=self.sheet.party,
            name=data.get("guardian_name", self.sheet.resident.name),
            image=self.ink("resident_signature"),
            relation=data.get("guardian_relation", ""),
            phone=data.get("guardian_phone", ""),
        )
        doctor = SignedBy(SignerParty.DOCTOR, self.membership.user.name, self.ink("doctor_signature"))
        return [resident, doctor]
