"""Bringing announcements to their consumers, each by itself: one that fails holds up no other."""

import logging
from dataclasses import dataclass
from datetime import date, datetime, timedelta

from django.db import transaction
from django.db.models import Exists, OuterRef

from core.events.wiring import consumer_named
from core.models import Announcement, Delivery

log = logging.getLogger(__name__)

FIRST_WAIT, LONGEST_WAIT = timedelta(minutes=1), timedelta(hours=1)
KEPT = timedelta(days=30)  # long enough to look into last month's troubles
AT_ONCE = 1_000  # deliveries of one run; the next sweep takes the rest


@dataclass(frozen=True)
class Delivered:
    """How many deliveries were done, and how many will be tried again."""

    done: int
    failed: int


def deliver_due(*, at: datetime, on: date, most: int = AT_ONCE) -> Delivered:
    """Deliver everything that is due; several workers share the work without waiting for each other."""
    done = failed = 0
    while done + failed < most:
        went_well = _deliver_one(at=at, on=on)
        if went_well is None:
            break
        done, failed = done + went_well, failed + (not went_well)
    return Delivered(done, failed)


def _deliver_one(*, at: datetime, on: date) -> bool | None:
    """One delivery: the consumer's work and its being done are committed together. None: nothing is due."""
    claimed = _claim(at=at)
    if claimed is None:
        return None
    with transaction.atomic():
        held = Delivery.objects.select_for_update(of=("self",)).select_related("announcement")
        one = held.filter(done_at__isnull=True, attempts=claimed.attempts).filter(pk=claimed.pk).first()
        if one is None:
            return True  # another worker has done it meanwhile, or tries it anew
        one.failure = _trouble_with(one, on=on)
        one.done_at = None if one.failure else at
        one.save(update_fields=["failure", "done_at"])
        return not one.failure


def _claim(*, at: datetime) -> Delivery | None:
    """The next that is due. The attempt is committed first: one that kills its worker waits like one that failed."""
    with transaction.atomic():
        due = Delivery.objects.select_for_update(skip_locked=True).filter(
            done_at__isnull=True, due_at__lte=at
        )
        one = due.order_by("due_at", "pk").first()
        if one is None:
            return None
        one.attempts += 1
        one.due_at = at + wait_after(one.attempts)
        one.save(update_fields=["attempts", "due_at"])
        return one


def _trouble_with(one: Delivery, *, on: date) -> str:
    """What went wrong, "" if nothing did. Whatever the consumer wrote before it failed is taken back."""
    consumer = consumer_named(one.announcement.topic, one.consumer)
    if consumer is None:
        log.warning("announcement %s: %s is wired no more, dropped", one.announcement_id, one.consumer)
        return ""
    try:
        with transaction.atomic():
            consumer(ids=one.announcement.ids, on=on)
    except Exception as error:
        log.exception("announcement %s: %s failed", one.announcement_id, one.consumer)
        return type(error).__name__[:100]
    return ""


def wait_after(attempts: int) -> timedelta:
    """1, 2, 4 ... minutes, an hour at most. It is never given up: open deliveries are kept until they succeed."""
    return min(FIRST_WAIT * 2 ** min(attempts - 1, 10), LONGEST_WAIT)


def clear_announcements(*, at: datetime, dry_run: bool = False) -> int:
    """Forget what was delivered everywhere long ago; how many facts that are."""
    still_open = Delivery.objects.filter(announcement=OuterRef("pk"), done_at__isnull=True)
    old = Announcement.objects.filter(~Exists(still_open), at__lt=at - KEPT)
    if dry_run:
        return old.count()
    return old.delete()[1].get("core.Announcement", 0)
