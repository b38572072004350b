"""What became of the jobs: for the page, and for the signs of life."""

from dataclasses import dataclass
from datetime import date, datetime, timedelta

from django.db.models import Count

from core.jobs.listing import Job, jobs, nights_first_moment
from core.models import JobRun

MAY_TAKE = timedelta(hours=2)  # so long after its beginning nobody asks about a night
LOOKS_BACK = timedelta(days=30)
S = JobRun.State


@dataclass(frozen=True)
class JobStanding:
    """One job, as the page shows it.

    Attributes:
        last: its newest row; None when it never ran.
        failures: days of the last 30 on which it failed in the end.
    """

    job: Job
    last: JobRun | None
    failures: int


def standings(*, on: date) -> list[JobStanding]:
    """Every job in the order of the night; two queries."""
    newest = JobRun.objects.order_by("job", "-day").distinct("job")
    last = {row.job: row for row in newest}
    failed = JobRun.objects.filter(state=S.FAILED, day__gt=on - LOOKS_BACK)
    failures = dict(failed.values_list("job").annotate(days=Count("pk")))
    return [JobStanding(job, last.get(job.name), failures.get(job.name, 0)) for job in jobs()]


def night_in_a_word(*, now: datetime, today: date) -> str:
    """ "ok"; "missing": a job of the last night has no row; "failed"; "late": it is neither done nor failed.

    What today's run has done counts for yesterday: it catches up.
    """
    day = today if now >= nights_first_moment(today) + MAY_TAKE else today - timedelta(days=1)
    states: dict[str, set[str]] = {job.name: set() for job in jobs()}
    for name, state in JobRun.objects.filter(day__gte=day).values_list("job", "state"):
        states.get(name, set()).add(state)
    open_ones = [found for found in states.values() if S.DONE not in found]
    if not open_ones:
        return "ok"
    if not all(open_ones):
        return "missing"
    return "failed" if any(S.FAILED in found for found in open_ones) else "late"
