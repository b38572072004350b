"""So many times a minute and no more, counted in the database, so that all workers together keep to it."""

from datetime import datetime, timedelta

from django.db import transaction

from core.models import SendTimes


def free_at(name: str, *, at: datetime, most: int, within: timedelta) -> datetime | None:
    """Take a place now, or say when the next is free; None: the place is taken.

    Any span of ``within`` holds at most ``most`` uses, not only those that begin with the full minute.
    """
    with transaction.atomic():
        SendTimes.objects.get_or_create(name=name)
        row = SendTimes.objects.select_for_update().get(name=name)
        recent = [one for one in row.times if one > at - within]
        if len(recent) >= most:
            return sorted(recent)[-most] + within
        row.times = [*recent, at]
        row.save(update_fields=["times"])
    return None
