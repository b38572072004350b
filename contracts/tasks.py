from celery import shared_task
from django.utils import timezone

from contracts import actions


@shared_task
def expire_agreements() -> None:
    """Nightly; a missed night is caught up by the next one."""
    actions.expire_ended(on=timezone.localdate())


@shared_task
def follow_departures() -> None:
    """Nightly, before the expiry: what the announcements of the day may have missed."""
    actions.follow_departures(on=timezone.localdate())
