from celery import shared_task
from django.utils import timezone

from contracts.actions import expire_ended


@shared_task
def expire_agreements() -> None:
    """Nightly; a missed night is caught up by the next one."""
    expire_ended(on=timezone.localdate())
