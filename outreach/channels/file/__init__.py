"""For demonstrations: a file a message, named by its key, so that a repeated one lands in the same place."""

from datetime import datetime

from django.conf import settings

from core.masks import mask_phone
from outreach.channels.base import Letter
from outreach.choices import ChannelCode


class FileChannel:
    code = ChannelCode.FILE.value
    knows_keys = True

    def is_available(self) -> bool:
        return settings.SMS_SENDER == "file"

    def may_have_sent(self, failure: str) -> bool:
        return False

    def send(self, letter: Letter, *, at: datetime) -> None:
        folder = settings.SMS_FILE.parent / "messages"
        folder.mkdir(parents=True, exist_ok=True)
        whom = f"{letter.recipient.username} {mask_phone(letter.recipient.phone)}"
        (folder / f"{letter.key}.txt").write_text(f"{at:%F %T} {whom}\n{letter.text}\n", encoding="utf-8")
