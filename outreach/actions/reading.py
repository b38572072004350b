"""What a person does with his own messages."""

from collections.abc import Collection
from datetime import datetime

from outreach.choices import OUTSIDE
from outreach.models import Digest, MessageSetting
from teams.models import User


def mark_read(*, digest: Digest, by: User, now: datetime) -> None:
    """He has seen it; the first time counts."""
    Digest.objects.visible_to(by).unread().filter(pk=digest.pk).update(read_at=now)


def mark_all_read(*, by: User, now: datetime) -> int:
    """Everything that is in the inbox now; how many there were."""
    return Digest.objects.visible_to(by).unread().update(read_at=now)


def set_channels(*, channels: Collection[str], by: User) -> MessageSetting:
    """Through which outside channels he wants to be told from the next digest on; none at all is a choice, too."""
    kept = [one.value for one in OUTSIDE if one.value in channels]
    setting, _ = MessageSetting.objects.update_or_create(user=by, defaults={"channels": kept})
    return setting
