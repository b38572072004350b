"""The form that ends an agreement early."""

from collections.abc import Sequence
from typing import Any

from django import forms

from contracts.actions import SignedBy
from contracts.choices import SignerParty, TerminationReason
from contracts.forms.ink import InkField
from contracts.models import Agreement
from contracts.policy import ContractsPolicy
from contracts.queries.agreements import MemberRow


def _members_field(members: Sequence[MemberRow]) -> forms.Field:
    return forms.TypedMultipleChoiceField(
        label="退出协议的成员",
        coerce=int,
        choices=[(one.resident.pk, one.resident.masked_name) for one in members],
        widget=forms.CheckboxSelectMultiple,
        error_messages={"required": "请勾选退出协议的成员。"},
        help_text="全部勾选即整份协议解约；只勾选部分成员的，其他成员继续有效。",
    )


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
        self,
        data: Any = None,
        *,
        agreement: Agreement,
        policy: ContractsPolicy,
        members: Sequence[MemberRow] = (),
        **kwargs: Any,
    ) -> None:
        super().__init__(data, **kwargs)
        if members:
            self.fields["members"] = _members_field(members)
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
