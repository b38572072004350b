"""Ways on which a digest reaches a person: one folder each, the same interface, one line here."""

from outreach.channels.base import Channel, Letter, NotYet, Refused
from outreach.channels.file import FileChannel
from outreach.channels.inapp import InAppChannel
from outreach.channels.sms_gateway import SmsChannel
from outreach.channels.wecom import WecomChannel

CHANNELS: dict[str, Channel] = {
    one.code: one for one in (InAppChannel(), FileChannel(), SmsChannel(), WecomChannel())
}


def available() -> list[Channel]:
    """What this installation has been given."""
    return [one for one in CHANNELS.values() if one.is_available()]


__all__ = ["CHANNELS", "Channel", "Letter", "NotYet", "Refused", "available"]
