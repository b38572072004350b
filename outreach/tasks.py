from celery import shared_task
from django.utils import timezone

from outreach import actions


@shared_task
def sweep_reminders() -> None:
    """By day: what was done meanwhile leaves the digests, what has become urgent is told. The night does the same."""
    today = timezone.localdate()
    actions.raise_reminders(on=today)
    actions.write_digests(on=today, now=timezone.now())


@shared_task
def send_deliveries() -> None:
    """Right after digests were written, and each minute for what that missed."""
    actions.send_deliveries(clock=timezone.now)


@shared_task
def tell_urgent() -> None:
    """Right after an urgent report, an answer to one, or an alert."""
    actions.tell_now(on=timezone.localdate(), now=timezone.now())


@shared_task
def escalate_reports() -> None:
    """Each minute: what was not answered in time goes further up, once; and what a lost message left untold."""
    actions.escalate_reports(now=timezone.now())
