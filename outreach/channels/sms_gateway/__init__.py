"""Text messages to the telephone of the colleague, through the gateway that carries residents' codes as well."""

import re
from datetime import datetime

from django.conf import settings

from core import gateway
from outreach.channels.base import Letter, Refused
from outreach.choices import ChannelCode

_MOBILE = re.compile(r"1[3-9]\d{9}")


class SmsChannel:
    code = ChannelCode.SMS.value
    knows_keys = True

    def is_available(self) -> bool:
        return settings.SMS_SENDER == "gateway"

    def may_have_sent(self, failure: str) -> bool:
        return True

    def send(self, letter: Letter, *, at: datetime) -> None:
        if not _MOBILE.fullmatch(letter.recipient.phone):
            raise Refused("no mobile phone")
        try:
            gateway.send(letter.recipient.phone, letter.text, letter.key)
        except gateway.GatewayRefused as refusal:
            raise Refused(str(refusal)) from refusal
