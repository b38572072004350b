"""Text messages: a row in the transaction that wants one sent, sent after the commit, tried again for a while.

What is sent and to whom is sealed in the row and gone once it is sent. Which channel there is, the installation says
(setting SMS_SENDER); without one nothing is queued, and whoever asks is told.
"""

import logging
from collections.abc import Callable
from datetime import datetime, timedelta

from django.conf import settings
from django.db import transaction
from kombu.exceptions import OperationalError

from core import gateway
from core.models import OutgoingText
from core.refusals import Refusal

log = logging.getLogger(__name__)

FIRST_WAIT, LONGEST_WAIT = timedelta(seconds=30), timedelta(minutes=10)
KEPT = timedelta(days=30)
AT_ONCE = 500
_NEVER = "refused"
Send = Callable[[str, str, str], None]  # phone, text, key: the same for every try of one message


class CannotText(Refusal):
    """No text message can be sent from here."""


def has_channel() -> bool:
    return settings.SMS_SENDER in SENDERS


def queue_text(*, purpose: str, phone: str, text: str, at: datetime, useless_at: datetime) -> OutgoingText:
    """Have a text sent once the caller's transaction has committed.

    Raises:
        CannotText: this installation has no channel.
        TransactionManagementError: there is no transaction to belong to.
    """
    if not has_channel():
        raise CannotText("no_sms", "系统还没有配置短信通道，请用协议上的二维码或证件照片确认。")
    if not transaction.get_connection().in_atomic_block:
        raise transaction.TransactionManagementError("a text is queued inside the transaction that wants it")
    row = OutgoingText.objects.create(
        purpose=purpose, phone=phone, text=text, next_try_at=at, useless_at=useless_at
    )
    transaction.on_commit(_wake_worker)
    return row


def _wake_worker() -> None:
    """Without a broker the sweep of the next minute does it: the row is in the database."""
    from core.tasks import send_texts

    try:
        send_texts.apply_async(retry=False)
    except OperationalError:
        log.warning("no broker: texts wait for the next sweep")


def send_due(*, at: datetime, most: int = AT_ONCE) -> int:
    """Send everything that is due; how many were sent. Several workers share the work.

    A worker that dies after sending and before the commit hands that one text over twice, under the same key: the
    gateway sends it once.
    """
    sent = tried = 0
    while tried < most:
        went_well = _send_one(at=at)
        if went_well is None:
            break
        sent, tried = sent + went_well, tried + 1
    return sent


def _send_one(*, at: datetime) -> bool | None:
    with transaction.atomic():
        waiting = OutgoingText.objects.filter(state=OutgoingText.State.WAITING, next_try_at__lte=at)
        one = waiting.select_for_update(skip_locked=True).order_by("next_try_at", "pk").first()
        if one is None:
            return None
        one.attempts += 1
        one.failure = "" if one.useless_at <= at else _trouble_with(one)
        if one.useless_at <= at or one.failure.startswith(_NEVER):
            _close(one, OutgoingText.State.DROPPED, at)
        elif one.failure:
            one.next_try_at = at + min(FIRST_WAIT * 2 ** min(one.attempts - 1, 10), LONGEST_WAIT)
        else:
            _close(one, OutgoingText.State.SENT, at)
        one.save()
        return one.state == OutgoingText.State.SENT


def _close(one: OutgoingText, state: str, at: datetime) -> None:
    """What was said, and to whom, is nobody's business any more."""
    one.state, one.done_at, one.phone, one.text = state, at, "", ""


def _trouble_with(one: OutgoingText) -> str:
    """What went wrong, "" if nothing did; the error's own words could quote the number."""
    send = SENDERS.get(settings.SMS_SENDER)
    if send is None:
        return "no channel"
    try:
        send(one.phone, one.text, f"text-{one.pk}-{one.created_at:%Y%m%d%H%M%S}")
    except gateway.GatewayRefused as refusal:
        log.warning("text %s (%s) refused: %s", one.pk, one.purpose, refusal)
        return f"{_NEVER} {refusal}"[:100]
    except Exception as error:
        log.warning("text %s (%s) not sent: %s", one.pk, one.purpose, type(error).__name__)
        return type(error).__name__[:100]
    return ""


def clear_texts(*, at: datetime, dry_run: bool = False) -> int:
    """Forget the texts of long ago; how many there were."""
    old = OutgoingText.objects.filter(created_at__lt=at - KEPT)
    return old.count() if dry_run else old.delete()[0]


def _into_file(phone: str, text: str, key: str) -> None:
    """For demonstration and development: a line a text, read by whoever runs the demo; the key is of no use here."""
    settings.SMS_FILE.parent.mkdir(parents=True, exist_ok=True)
    with settings.SMS_FILE.open("a", encoding="utf-8") as file:
        file.write(f"{phone} {text}\n")


SENDERS: dict[str, Send] = {"file": _into_file, "gateway": gateway.send}
