from celery import shared_task
from django.utils import timezone

from outreach import actions
from outreach.actions.poster_runs import draw_lot, wake_worker
from outreach.queries.poster_runs import runs_to_wake


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


@shared_task
def draw_posters(run: int) -> None:
    """The next posters of a run, then another message: between two lots the worker is free for what takes seconds."""
    if draw_lot(run=run, clock=timezone.now):
        wake_worker(run)


@shared_task
def restart_posters() -> None:
    """Each minute: take up the runs whose message was lost, or whose worker died."""
    for run in runs_to_wake(now=timezone.now()):
        wake_worker(run)
