"""Housekeeping that has no domain word in it."""

from celery import shared_task
from django.utils import timezone

from core import events, jobs, texting
from core.models import Heartbeat


@shared_task
def beat_heartbeat() -> None:
    """Shows that beat schedules and a worker runs: readyz looks at its age."""
    Heartbeat.objects.update_or_create(name="beat", defaults={"at": timezone.now()})


# The row remembers the work, not the message: acknowledged late, it would be in hand for as long as a job takes, and a
# worker (Celery 5.7) that finds the broker gone when it acknowledges ends at once.
@shared_task(acks_late=False)
def work_jobs() -> None:
    """Do one nightly job that waits, and ask for the next one. When the night begins, and every few minutes after it.

    Whoever comes first after its hour begins the night. Called twice, or late, it makes no difference to what is done.
    """
    today = timezone.localdate()
    if timezone.now() >= jobs.nights_first_moment(today):
        jobs.open_night(on=today)
    if jobs.work(on=today, clock=timezone.now, most=1):
        jobs.wake_worker()


@shared_task
def deliver_announcements() -> None:
    """Right after a commit that announced something, and each minute for what that missed."""
    events.deliver_due(at=timezone.now(), on=timezone.localdate())


@shared_task
def send_texts() -> None:
    """Right after a commit that queued one, and each minute for what that missed."""
    texting.send_due(at=timezone.now())
