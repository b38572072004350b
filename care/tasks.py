from datetime import timedelta

from celery import shared_task
from django.utils import timezone

from care.actions.following import follow_changes as follow

OVERLAP = timedelta(
    minutes=15
)  # a transaction that was still open at the last look; the night looks further back


@shared_task
def follow_changes() -> None:
    """Each minute: who was signed, flagged, lost or found since the last look gets his plans and tasks."""
    follow(on=timezone.localdate(), now=timezone.now(), overlap=OVERLAP)
