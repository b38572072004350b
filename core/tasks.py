"""Housekeeping that has no domain word in it."""

from datetime import timedelta

from axes.models import AccessAttempt
from celery import shared_task
from django.core.management import call_command
from django.utils import timezone

from core import events, texting, throttling
from core.models import Heartbeat


@shared_task
def beat_heartbeat() -> None:
    """Shows that beat schedules and a worker runs: readyz looks at its age."""
    Heartbeat.objects.update_or_create(name="beat", defaults={"at": timezone.now()})


@shared_task
def clear_sessions() -> None:
    """Delete sessions that are over, and failed sign-ins that no longer count."""
    call_command("clearsessions")
    AccessAttempt.objects.filter(attempt_time__lt=timezone.now() - timedelta(days=1)).delete()


@shared_task
def deliver_announcements() -> None:
    """Right after a commit that announced something, and each minute for what that missed."""
    events.deliver_due(at=timezone.now(), on=timezone.localdate())


@shared_task
def clear_announcements() -> None:
    """Nightly: facts that everybody has heard long ago."""
    events.clear_announcements(at=timezone.now())


@shared_task
def send_texts() -> None:
    """Right after a commit that queued one, and each minute for what that missed."""
    texting.send_due(at=timezone.now())


@shared_task
def clear_texts() -> None:
    """Nightly: texts of long ago, and counters of wrong tries that have run out."""
    texting.clear_texts(at=timezone.now())
    throttling.clear_tries(at=timezone.now())
