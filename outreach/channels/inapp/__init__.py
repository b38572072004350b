"""The inbox: where every digest goes, whatever else a person has chosen."""

from datetime import datetime

from outreach.channels.base import Letter
from outreach.choices import ChannelCode
from outreach.models import Digest


class InAppChannel:
    code = ChannelCode.IN_APP.value
    knows_keys = True  # a digest is in the inbox or it is not

    def is_available(self) -> bool:
        return True

    def may_have_sent(self, failure: str) -> bool:
        return False

    def send(self, letter: Letter, *, at: datetime) -> None:
        Digest.objects.filter(pk=letter.digest_id, shown_at__isnull=True).update(shown_at=at)
