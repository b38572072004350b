"""Telling a fact."""

import logging
from collections.abc import Collection

from django.db import transaction
from kombu.exceptions import OperationalError

from core.events.wiring import name_of, wiring
from core.models import Announcement, Delivery

log = logging.getLogger(__name__)


def announce(topic: str, *, ids: Collection[int]) -> Announcement | None:
    """Tell a fact inside the caller's transaction: it is heard of only if that commits. Nothing to tell: None.

    Args:
        topic: one of the wiring page, such as "resident.departed".
        ids: of what the topic is about; personal data never travels this way.

    Raises:
        ValueError: nobody ever wired this topic: a typing mistake.
        TransactionManagementError: there is no transaction to belong to.
    """
    consumers = wiring().get(topic)
    if consumers is None:
        raise ValueError(f"no such topic: {topic}")
    if not transaction.get_connection().in_atomic_block:
        raise transaction.TransactionManagementError(
            "a fact is announced inside the transaction that makes it"
        )
    if not ids:
        return None
    told = Announcement.objects.create(topic=topic, ids=sorted(set(ids)))
    Delivery.objects.bulk_create(Delivery(announcement=told, consumer=name_of(one)) for one in consumers)
    if consumers:
        transaction.on_commit(_wake_worker)
    return told


def _wake_worker() -> None:
    """Without a broker the sweep of the next minute does it: the fact is in the database."""
    from core.tasks import deliver_announcements

    try:
        deliver_announcements.apply_async(retry=False)
    except OperationalError:
        log.warning("no broker: announcements wait for the next sweep")
