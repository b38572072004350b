"""Sending: claimed under a lease, handed over outside of any transaction, stamped. Several workers share the work.

A worker that dies in between leaves a row under a lease that runs out. A channel that knows a message again by its key
gets it once more; of one that does not, nobody knows, and the row says so: the inbox has it in any case.
"""

import logging
from collections.abc import Callable
from dataclasses import dataclass
from datetime import date, datetime, timedelta

from django.db import transaction
from django.db.models import F
from django.utils import timezone

from outreach.actions.digests import allowed_from
from outreach.channels import CHANNELS, Channel, Letter, NotYet, Refused, available
from outreach.choices import ChannelCode, DeliveryKind, DeliveryState
from outreach.models import DigestDelivery
from outreach.policy import policy_on
from outreach.reminders import SOURCES
from outreach.reminders.wording import has_alarm, lines_of, outside_text, restricted_in, summary
from outreach.rules.sending import wait_after

log = logging.getLogger(__name__)

LEASE = timedelta(minutes=2)  # several times the longest timeout of a channel
AT_ONCE = 500  # of one run; the next minute takes the rest
MOST_FAILURES = 3  # of a channel in one run: it is down, and every further try would cost a timeout


@dataclass
class Delivered:
    """What became of the messages of one run."""

    sent: int = 0
    failed: int = 0
    put_off: int = 0
    given_up: int = 0
    dropped: int = 0
    unclear: int = 0


def send_deliveries(*, clock: Callable[[], datetime], most: int = AT_ONCE) -> Delivered:
    """Send everything that is due.

    Args:
        clock: leases are reckoned by it while the run lasts.
    """
    done = Delivered(unclear=_take_back(clock()))
    failures: dict[str, int] = {}
    for _ in range(most):
        resting = [code for code, times in failures.items() if times >= MOST_FAILURES]
        one = _claim(clock(), resting)
        if one is None:
            break
        state = _settle(one, clock)
        setattr(done, state, getattr(done, state) + 1)
        if state == "failed":
            failures[one.channel] = failures.get(one.channel, 0) + 1
        elif state == "put_off":
            failures[one.channel] = MOST_FAILURES
    return done


def _take_back(at: datetime) -> int:
    """Rows whose worker has died: once more where that is safe, else unclear; how many are unclear."""
    dead = DigestDelivery.objects.filter(state=DeliveryState.SENDING, lease_until__lt=at)
    safe = [code for code, one in CHANNELS.items() if one.knows_keys]
    dead.filter(channel__in=safe).update(state=DeliveryState.WAITING, lease_until=None, next_try_at=at)
    return dead.exclude(channel__in=safe).update(
        state=DeliveryState.UNCLEAR, lease_until=None, done_at=at, failure="worker died"
    )


def _claim(at: datetime, resting: list[str]) -> DigestDelivery | None:
    """The next that is due, under a lease. The attempt is committed before anything leaves."""
    with transaction.atomic():
        waiting = DigestDelivery.objects.filter(state=DeliveryState.WAITING, next_try_at__lte=at)
        free = waiting.exclude(channel__in=resting).select_for_update(skip_locked=True)
        one = free.order_by("next_try_at", "pk").first()
        if one is None:
            return None
        one.state, one.lease_until, one.attempts = DeliveryState.SENDING, at + LEASE, one.attempts + 1
        one.save(update_fields=["state", "lease_until", "attempts"])
        return one


def _settle(one: DigestDelivery, clock: Callable[[], datetime]) -> str:
    """Send it unless it is not wanted any more, and stamp the row; the name of what it counts as."""
    at = clock()
    letter = _letter(one, at)
    if letter is None:
        return _stamp(one, clock(), "dropped", state=DeliveryState.DROPPED)
    policy = policy_on(_day_of(at))
    is_urgent = one.digest.urgent > 0
    is_free = one.channel == ChannelCode.IN_APP or has_alarm(one.digest.lines, SOURCES)
    allowed_at = at if is_free else allowed_from(at, policy, is_urgent=is_urgent)
    if allowed_at > at:
        return _put_off(one, clock(), allowed_at)
    channel = CHANNELS[one.channel]
    try:
        channel.send(letter, at=at)
    except NotYet as later:
        return _put_off(one, clock(), later.at)
    except Refused as refusal:
        return _give_up(one, clock(), refusal.kind)
    except Exception as error:
        log.warning("message %s (%s) not sent: %s", one.pk, one.channel, type(error).__name__)
        return _try_again(one, clock(), channel, type(error).__name__, policy.delivery_tries)
    return _stamp(one, clock(), "sent", state=DeliveryState.SENT)


def _letter(one: DigestDelivery, at: datetime) -> Letter | None:
    """None: nothing is left to tell, the day is over, or nobody is there to tell it to."""
    digest = one.digest
    is_of_today = digest.on == _day_of(at)
    is_offered = one.channel in {channel.code for channel in available()}
    if not digest.lines or not is_of_today or not digest.recipient.is_active or not is_offered:
        return None
    lines = lines_of(digest.lines, SOURCES)
    said = summary(lines, urgent=digest.urgent, restricted=restricted_in(digest.lines))
    text = outside_text(said, is_urgent=one.kind == DeliveryKind.URGENT)
    return Letter(digest.pk, digest.recipient, str(one.key), text)


def _day_of(at: datetime) -> date:
    return at.astimezone(timezone.get_current_timezone()).date()


def _stamp(one: DigestDelivery, at: datetime, counts_as: str, **fields: object) -> str:
    """Only while the row is still ours: a lease that ran out has given it to somebody else."""
    ours = DigestDelivery.objects.filter(pk=one.pk, state=DeliveryState.SENDING, attempts=one.attempts)
    ours.update(**{"lease_until": None, "done_at": at, "failure": ""} | fields)
    return counts_as


def _put_off(one: DigestDelivery, at: datetime, until: datetime) -> str:
    """Not tried at all, so it counts as no attempt."""
    fields = {
        "state": DeliveryState.WAITING,
        "done_at": None,
        "next_try_at": until,
        "attempts": F("attempts") - 1,
    }
    return _stamp(one, at, "put_off", **fields)


def _give_up(one: DigestDelivery, at: datetime, kind: str) -> str:
    return _stamp(one, at, "given_up", state=DeliveryState.GIVEN_UP, failure=kind[:100])


def _try_again(one: DigestDelivery, at: datetime, channel: Channel, kind: str, most: int) -> str:
    if one.attempts >= most:
        return _give_up(one, at, kind)
    if not channel.knows_keys and channel.may_have_sent(kind):
        return _stamp(one, at, "unclear", state=DeliveryState.UNCLEAR, failure=kind[:100])
    fields = {"state": DeliveryState.WAITING, "done_at": None, "next_try_at": at + wait_after(one.attempts)}
    return _stamp(one, at, "failed", failure=kind[:100], **fields)
