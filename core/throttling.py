"""Counting wrong guesses in the database: a counter that a lost cache would forget protects nothing."""

import uuid
from datetime import datetime, timedelta

from django.db import transaction

from core.models import WrongTries


def tries_left(key: uuid.UUID, *, most: int, at: datetime) -> int:
    """How many wrong guesses somebody still has; 0: not before his time is over."""
    row = WrongTries.objects.filter(pk=key, until__gt=at).first()
    return max(most - row.count, 0) if row else most


def count_wrong(key: uuid.UUID, *, minutes: int, at: datetime) -> int:
    """One more wrong guess; how many lately. Each of them begins the time anew."""
    with transaction.atomic():
        row, _ = WrongTries.objects.select_for_update().get_or_create(pk=key, defaults={"until": at})
        row.count = row.count + 1 if row.until > at else 1
        row.until = at + timedelta(minutes=minutes)
        row.save(update_fields=["count", "until"])
    return row.count


def clear_tries(*, at: datetime) -> int:
    return WrongTries.objects.filter(until__lte=at).delete()[0]
