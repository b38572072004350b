"""Forms of agreements. What is typed is checked for its form here; the law is in contracts.rules."""

import uuid
from typing import Any

from django import forms

from contracts.actions import SignedBy
from contracts.choices import PackageKind, ServiceTier, SignChannel, SignerParty, SignMode, TerminationReason
from contracts.ink import BadInk, read_ink
from contracts.models import Agreement, ServicePackage
from contracts.policy import ContractsPolicy
from contracts.queries.signing import SignSheet
from core.text import clean_name
from teams.models import PHONE, Team


class InkField(forms.CharField):
    """A finger signature as a data URL; cleans to ``bytes``, b"" when nothing was drawn."""

    widget = forms.HiddenInput

    def __init__(self, *, policy: ContractsPolicy, **kwargs: Any) -> None:
        self.policy = policy
        super().__init__(required=False, strip=True, **kwargs)

    def clean(self, value: Any) -> bytes:  # type: ignore[override]
        drawn = super().clean(value)
        if not drawn:
            return b""
        try:
            return read_ink(
                drawn,
                max_bytes=self.policy.signature_max_bytes,
                max_pixels=self.policy.signature_max_pixels,
            )
        except BadInk as error:
            raise forms.ValidationError(str(error), code="bad_ink") from error


class SignForm(forms.Form):
    """The one-screen signing form of an individual agreement."""

    doctor = forms.TypedChoiceField(label="签约医生", coerce=int)
    channel = forms.ChoiceField(label="签约渠道", choices=SignChannel)
    signed_on = forms.DateField(label="签约日期")
    starts_on = forms.DateField(label="生效日期")
    term_years = forms.TypedChoiceField(label="签约期限", coerce=int)
    packages = forms.ModelMultipleChoiceField(
        label="服务包",
        queryset=ServicePackage.objects.none(),
        widget=forms.CheckboxSelectMultiple,
        error_messages={"required": "请至少选择一个服务包。"},
    )
    guardian_name = forms.CharField(label="监护人姓名", max_length=60)
    guardian_relation = forms.CharField(
        label="与居民关系", max_length=20, help_text="如：父亲、母亲、配偶、子女。"
    )
    guardian_phone = forms.CharField(label="监护人电话", max_length=20, required=False, validators=[PHONE])
    consent = forms.BooleanField(
        label="已向居民逐条说明协议内容，居民（监护人）自愿签约，并同意按协议使用其个人信息",
        error_messages={"required": "请先向居民说明协议内容，取得同意后勾选。"},
    )
    mode = forms.ChoiceField(label="签名方式", choices=SignMode, widget=forms.RadioSelect)
    paper_archived = forms.BooleanField(label="双方已在纸质协议上签名，原件已归档", required=False)
    client_token = forms.UUIDField(
        widget=forms.HiddenInput,
        error_messages=dict.fromkeys(("required", "invalid"), "表单已失效，请从居民页面重新打开签约。"),
    )

    def __init__(self, data: Any = None, *, sheet: SignSheet, policy: ContractsPolicy, **kwargs: Any) -> None:
        super().__init__(data, **kwargs)
        self.sheet = sheet
        self.fields["resident_signature"] = InkField(label=f"{sheet.party.label}签名", policy=policy)
        self.fields["doctor_signature"] = InkField(label="家庭医生签名", policy=policy)
        self.fields["doctor"].choices = _doctor_choices(sheet)  # type: ignore[attr-defined]
        years = [(n, f"{n} 年") for n in range(1, sheet.years + 1)]
        self.fields["term_years"].choices = years  # type: ignore[attr-defined]
        self.fields["packages"].queryset = ServicePackage.objects.filter(  # type: ignore[attr-defined]
            pk__in=[one.pk for one in sheet.packages]
        )
        if sheet.party != SignerParty.GUARDIAN:
            for name in ("guardian_name", "guardian_relation", "guardian_phone"):
                del self.fields[name]

    @staticmethod
    def first_values(sheet: SignSheet, *, doctor: int | None, channel: str, today: Any) -> dict[str, Any]:
        """What stands in the form when it is opened."""
        name, relation, phone = sheet.guardian
        return {
            "doctor": doctor,
            "channel": channel or SignChannel.CLINIC_VISIT,
            "signed_on": today,
            "starts_on": today,
            "term_years": 1,
            "packages": sheet.preselected,
            "guardian_name": name,
            "guardian_relation": relation,
            "guardian_phone": phone,
            "mode": SignMode.ELECTRONIC,
            "client_token": uuid.uuid4(),
        }

    def clean_guardian_name(self) -> str:
        return clean_name(self.cleaned_data["guardian_name"])

    def clean(self) -> dict[str, Any]:
        data = super().clean() or self.cleaned_data
        if data.get("mode") == SignMode.PAPER:
            if not data.get("paper_archived"):
                self.add_error("paper_archived", "纸质签名的，请先签好并归档原件，再勾选本项。")
        else:
            for name in ("resident_signature", "doctor_signature"):
                if name in data and not data[name]:
                    self.add_error(name, f"请在{self.fields[name].label}框内签名。")
        return data

    def signatures(self, doctor_name: str) -> list[SignedBy]:
        """Both signers; on paper without images."""
        data = self.cleaned_data
        is_paper = data["mode"] == SignMode.PAPER
        resident = SignedBy(
            party=self.sheet.party,
            name=data.get("guardian_name", self.sheet.resident.name),
            image=b"" if is_paper else data["resident_signature"],
            relation=data.get("guardian_relation", ""),
            phone=data.get("guardian_phone", ""),
        )
        doctor = SignedBy(SignerParty.DOCTOR, doctor_name, b"" if is_paper else data["doctor_signature"])
        return [resident, doctor]


def _doctor_choices(sheet: SignSheet) -> list[tuple[str, list[tuple[int, str]]]]:
    """Signing doctors, team by team."""
    teams: dict[str, list[tuple[int, str]]] = {}
    for one in sheet.doctors:
        teams.setdefault(one.team.name, []).append(
            (one.pk, f"{one.user.name}（{one.get_profession_display()}）")
        )
    return list(teams.items())


class TerminateForm(forms.Form):
    """Why and when an agreement ends early, with the resident's confirming signature if he is there (S1-13)."""

    reason = forms.ChoiceField(label="解约原因", choices=[("", "请选择"), *TerminationReason.choices])
    last_day = forms.DateField(
        label="最后有效日", help_text="这一天协议仍然有效；居民最早可从次日起与其他团队签约。"
    )
    note = forms.CharField(
        label="说明", max_length=500, required=False, widget=forms.Textarea(attrs={"rows": 3}),
        help_text="选择“其他”时必填。",
    )  # fmt: skip
    confirmed = forms.BooleanField(
        label="已与居民（监护人、家属）确认解约",
        error_messages={"required": "请先与居民（监护人、家属）确认，再勾选。"},
    )

    def __init__(
        self, data: Any = None, *, agreement: Agreement, policy: ContractsPolicy, **kwargs: Any
    ) -> None:
        super().__init__(data, **kwargs)
        self.fields["last_day"].widget.attrs |= {
            "min": agreement.starts_on.isoformat(),
            "max": agreement.ends_on.isoformat(),
        }
        self.fields["signer_name"] = forms.CharField(label="签名人姓名", max_length=60, required=False)
        self.fields["signature"] = InkField(label="居民（监护人）签名", policy=policy)

    def clean(self) -> dict[str, Any]:
        data = super().clean() or self.cleaned_data
        if data.get("signature") and not data.get("signer_name"):
            self.add_error("signer_name", "有签名的，请填写签名人姓名。")
        return data

    def evidence(self, party: SignerParty) -> SignedBy | None:
        if not self.cleaned_data["signature"]:
            return None
        return SignedBy(party, self.cleaned_data["signer_name"], self.cleaned_data["signature"])


class ListFilter(forms.Form):
    """Filters of the list of agreements; what cannot be understood filters nothing."""

    BUCKETS = (
        ("", "全部"),
        ("running", "生效中"),
        ("expiring", "即将到期"),
        ("expired", "已到期"),
        ("terminated", "已解约"),
    )

    state = forms.ChoiceField(choices=BUCKETS, required=False)
    team = forms.ModelChoiceField(
        label="团队", queryset=Team.objects.none(), required=False, empty_label="全部团队"
    )
    number = forms.CharField(label="协议编号", max_length=40, required=False)
    after = forms.CharField(max_length=40, required=False)

    def __init__(self, data: Any, *, teams: Any) -> None:
        super().__init__(data)
        self.fields["team"].queryset = teams  # type: ignore[attr-defined]


class ShelfFilter(forms.Form):
    """Filters of the list of packages; what cannot be understood filters nothing."""

    kind = forms.ChoiceField(choices=PackageKind, required=False)
    tier = forms.TypedChoiceField(choices=ServiceTier, coerce=int, required=False, empty_value=None)
