"""Telling a worker that a list waits. Postgres remembers that it does; a message that gets lost costs a minute."""

import logging
from uuid import UUID

from celery import current_app
from django.db import transaction
from kombu.exceptions import OperationalError

logger = logging.getLogger(__name__)

TASK = "residents.tasks.run_roster"


def wake(roster_id: UUID) -> None:
    """Ask for a worker now. Without a broker nothing is lost: the timetable asks again every minute."""
    try:
        current_app.send_task(TASK, [str(roster_id)])
    except (OperationalError, OSError):
        logger.warning("no broker; the roster waits for the timetable", extra={"roster": str(roster_id)})


def wake_on_commit(roster_id: UUID) -> None:
    transaction.on_commit(lambda: wake(roster_id))
