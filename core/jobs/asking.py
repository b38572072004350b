"""Running a job now, because somebody wants it."""

import logging
from datetime import date
from typing import Any

from django.db import transaction
from kombu.exceptions import OperationalError

from core.jobs.listing import Job
from core.models import JobRun
from core.refusals import Refusal

log = logging.getLogger(__name__)
S = JobRun.State


class CannotRunJob(Refusal):
    """The job cannot be begun now."""


def ask_run(*, job: Job, by: Any, on: date) -> JobRun:
    """Have a job done, also when it was done today already; a worker takes it up within minutes, as a rule at once.

    Args:
        by: the person; his id is kept.

    Raises:
        CannotRunJob: it is running, or waits for its turn.
    """
    with transaction.atomic():
        JobRun.objects.bulk_create([JobRun(job=job.name, day=on, state=S.DONE)], ignore_conflicts=True)
        row = JobRun.objects.select_for_update().get(job=job.name, day=on)
        if row.state == S.RUNNING:
            raise CannotRunJob("is_running", f"“{job.label}”正在运行，请等它结束后再试。")
        if row.state == S.WAITING:
            raise CannotRunJob("is_waiting", f"“{job.label}”已在排队，轮到时会自动运行，不需要再次启动。")
        row.state, row.failure, row.attempts, row.asked_by_id = S.WAITING, "", 0, by.pk
        row.save(update_fields=["state", "failure", "attempts", "asked_by_id"])
        transaction.on_commit(wake_worker)
    return row


def wake_worker() -> None:
    """Without a broker the sweep of the next minutes does it: the row is in the database."""
    from core.tasks import work_jobs

    try:
        work_jobs.apply_async(retry=False)
    except OperationalError:
        log.warning("no broker: the job waits for the next sweep")
