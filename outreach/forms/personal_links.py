"""Forms of links to one resident: what staff send, what opens it, the seat booked behind it."""

from collections.abc import Sequence
from typing import Any
from uuid import uuid4

from django import forms

from contracts.forms.public import Forgetful
from outreach.choices import LinkPurpose, PointService
from outreach.forms.bookings import slot_options
from outreach.queries.bookings import OpenDay
from outreach.queries.personal_links import STANDINGS, Offer
from residents.forms.fields import phone_field


class SendForm(forms.Form):
    """What the link is for."""

    what = forms.ChoiceField(
        label="用途", widget=forms.RadioSelect, error_messages={"required": "请选择链接的用途。"}
    )

    def __init__(self, *args: Any, offers: Sequence[Offer], **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.offers = {one.key: one for one in offers}
        self.fields["what"].choices = [(one.key, one.words) for one in offers]  # type: ignore[attr-defined]

    @property
    def chosen(self) -> Offer:
        return self.offers[self.cleaned_data["what"]]


class SentFilter(forms.Form):
    purpose = forms.ChoiceField(
        label="用途", required=False, choices=[("", "全部用途"), *LinkPurpose.choices]
    )
    standing = forms.ChoiceField(
        label="状态", required=False, choices=[("", "全部状态"), *STANDINGS.items()]
    )  # fmt: skip


class OpeningForm(forms.Form):
    """What opens the link; never kept, never shown again."""

    answer = forms.CharField(
        label="身份证号码最后四位",
        max_length=20,
        widget=Forgetful(
            attrs={"autocomplete": "off", "autocapitalize": "characters", "spellcheck": "false"}
        ),
        help_text="身份证最后一位是 X 的也要输入。没有登记身份证的，请输入手机号码最后四位或八位出生日期，如 19500101。",
        error_messages={"required": "请输入身份证号码最后四位，或收到的验证码。"},
    )

    def __init__(self, *args: Any, takes_code: bool, **kwargs: Any) -> None:
        """``takes_code``: a code can be texted to him."""
        super().__init__(*args, **kwargs)
        if takes_code:
            self.fields["answer"].label = "身份证号码最后四位，或短信验证码"


class OwnBookingForm(forms.Form):
    """A time at one of the resident's own service points; who he is is known."""

    slot = forms.TypedChoiceField(
        label="时段", coerce=int, error_messages={"required": "请选择时段。", "invalid_choice": "请选其他时段。"}
    )  # fmt: skip
    phone = phone_field(required=True, help_text="有变动时打这个电话告诉您。")
    services = forms.MultipleChoiceField(
        label="想做什么（可多选，可不选）",
        required=False,
        choices=PointService,
        widget=forms.CheckboxSelectMultiple,
    )
    token = forms.UUIDField(widget=forms.HiddenInput, initial=uuid4)

    def __init__(self, *args: Any, days: Sequence[OpenDay], has_phone: bool, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["slot"].choices = [("", "请选择"), *slot_options(days)]  # type: ignore[attr-defined]
        if has_phone:
            del self.fields["phone"]
