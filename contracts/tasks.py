from celery import shared_task
from django.utils import timezone

from contracts import actions


@shared_task
def expire_agreements() -> None:
    """Nightly; a missed night is caught up by the next one."""
    actions.close_terms(on=timezone.localdate(), now=timezone.now())


@shared_task
def follow_departures() -> None:
    """Nightly, before the expiry: what the announcements of the day may have missed."""
    actions.follow_departures(on=timezone.localdate())


@shared_task
def clear_drafts() -> None:
    """Nightly: signing forms that nobody went on with."""
    actions.clear_drafts(on=timezone.localdate(), now=timezone.now())


@shared_task
def find_review_flags() -> None:
    """Nightly: signings that are worth a second look, for the bureau's list."""
    actions.find_review_flags(on=timezone.localdate())


@shared_task
def settle_transfers() -> None:
    """Nightly, after the expiry: transfers that the old team left unanswered may go on."""
    actions.settle_transfers(on=timezone.localdate())
