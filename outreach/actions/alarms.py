"""What cannot wait for the next sweep is told at once: reminders of the reports, digests, deliveries (S2-27)."""

import logging
from datetime import date, datetime

from django.db import transaction
from kombu.exceptions import OperationalError

from outreach.actions.digests import Written, write_digests
from outreach.actions.sweeping import raise_at_once
from outreach.reminders.sources import Swept

log = logging.getLogger(__name__)


def tell_now(*, on: date, now: datetime) -> Written | None:
    """Count anew what is urgent, and write the digests if anything has changed; None if nothing has.

    Both or neither: what was counted and not told would look as if nothing had changed the next time.
    """
    with transaction.atomic():
        if raise_at_once(on=on) == Swept():
            return None
        return write_digests(on=on, now=now)


def tell_soon() -> None:
    """As soon as the transaction is committed, in a worker."""
    transaction.on_commit(_wake_worker, robust=True)


def _wake_worker() -> None:
    """Without a broker the sweep of the next minute does it: the rows are in the database."""
    from outreach.tasks import tell_urgent

    try:
        tell_urgent.apply_async(retry=False)
    except OperationalError:
        log.warning("no broker: urgent reports wait for the next sweep")
