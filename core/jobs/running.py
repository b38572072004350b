"""Doing the jobs of a night, one at a time, whoever comes first.

Order and exclusion come from Postgres alone: at most one row of the whole table may be running (a unique index), and who
claims a row keeps it by renewing its lease. A lease that ran out tells of a worker that died; its job begins anew, which
is harmless because every job asks what is still due.
"""

import contextlib
import logging
import os
import socket
import threading
from collections.abc import Callable, Collection, Iterator, Mapping
from dataclasses import asdict, is_dataclass
from datetime import date, datetime, timedelta
from typing import Any
from uuid import uuid4

from django.db import DatabaseError, IntegrityError, connection, transaction
from django.db.models import F

from core.bulk import take_time
from core.jobs.listing import Job, Numbers, jobs
from core.models import JobRun

log = logging.getLogger(__name__)

LEASE = timedelta(minutes=3)
FIRST_WAIT = timedelta(minutes=1)
MOST_ATTEMPTS = 5  # of a day; after that somebody has to look
INTERRUPTED = "interrupted"  # the one kind of failure that no exception names
S = JobRun.State
Clock = Callable[[], datetime]


def open_night(*, on: date, names: Collection[str] | None = None) -> int:
    """Rows for the jobs of a day; how many are new. What an earlier night left undone, its jobs do as well.

    Args:
        names: of the jobs; None: all.
    """
    wanted = [job.name for job in jobs() if names is None or job.name in names]
    there = set(JobRun.objects.filter(day=on, job__in=wanted).values_list("job", flat=True))
    new = [JobRun(job=name, day=on) for name in wanted if name not in there]
    JobRun.objects.bulk_create(new, ignore_conflicts=True)
    return len(new)


def work(
    *,
    on: date,
    clock: Clock,
    names: Collection[str] | None = None,
    most: int | None = None,
    at: datetime | None = None,
) -> list[JobRun]:
    """Do what waits for a day, in order; the rows that were worked on. Nothing while somebody else is at work.

    Args:
        names: of the jobs; None: all.
        most: no more than so many.
        at: the moment that the jobs are told; None: the real one.
    """
    done: list[JobRun] = []
    while most is None or len(done) < most:
        claimed = _claim_next(on=on, now=clock(), names=names)
        if claimed is None:
            break
        done.append(_carry_out(*claimed, clock=clock, at=at))
    return done


def rehearse(job: Job, *, on: date, at: datetime) -> Numbers:
    """What a job would do now: it is done, counted and taken back."""
    with transaction.atomic():
        take_time()
        numbers = _numbers(job.run(on, at))
        transaction.set_rollback(True)
    return numbers


def _claim_next(*, on: date, now: datetime, names: Collection[str] | None) -> tuple[Job, JobRun] | None:
    """The first job in the order of the night that may begin; the claim is committed before it does."""
    with transaction.atomic():
        _release_dead(now)
        rows = {row.job: row for row in JobRun.objects.filter(day=on)}
        for job in jobs():
            row = rows.get(job.name)
            if row is None or (names is not None and job.name not in names) or not is_due(row, now):
                continue
            if any(rows[one].state != S.DONE for one in job.after if one in rows):
                continue
            return (job, row) if _claim(row, now) else None
    return None


def is_due(row: JobRun, now: datetime) -> bool:
    """Whether a row may be claimed: it waits, or it failed and its time to be tried again has come."""
    if row.state == S.WAITING:
        return True
    may_try = row.state == S.FAILED and row.attempts < MOST_ATTEMPTS
    return may_try and row.finished_at + wait_after(row.attempts) <= now


def wait_after(attempts: int) -> timedelta:
    """1, 2, 4, 8 minutes."""
    return FIRST_WAIT * 2 ** (attempts - 1)


def _release_dead(now: datetime) -> None:
    """Whose lease ran out is not at work any more. One that kills its worker every time is given up."""
    dead = JobRun.objects.filter(state=S.RUNNING, lease_until__lt=now)
    freed = {"lease_until": None, "failure": INTERRUPTED, "finished_at": now}
    dead.filter(attempts__lt=MOST_ATTEMPTS).update(state=S.WAITING, **freed)
    dead.update(state=S.FAILED, **freed)


def _claim(row: JobRun, now: datetime) -> bool:
    """Take it, unless it has changed since it was read, or another one is running."""
    row.owner = f"{socket.gethostname()[:40]}:{os.getpid()}:{uuid4().hex[:8]}"
    row.started_at, row.lease_until = now, now + LEASE
    try:
        with transaction.atomic():
            return bool(
                JobRun.objects.filter(pk=row.pk, state=row.state, attempts=row.attempts).update(
                    state=S.RUNNING,
                    owner=row.owner,
                    started_at=row.started_at,
                    lease_until=row.lease_until,
                    finished_at=None,
                    attempts=F("attempts") + 1,
                )
            )
    except IntegrityError:
        return False  # the index: somebody is at work


def _carry_out(job: Job, row: JobRun, *, clock: Clock, at: datetime | None) -> JobRun:
    """Run it and write down what came of it; if that cannot be written, the lease runs out and it begins anew."""
    numbers: Numbers = {}
    failure = ""
    with _lease_kept(row, clock):
        try:
            numbers = _numbers(job.run(row.day, at or clock()))
        except Exception as error:
            log.exception("job %s of %s failed", job.name, row.day)
            failure = type(error).__name__[:100]
    if failure and not connection.in_atomic_block:
        connection.close_if_unusable_or_obsolete()
    return _finish(row, numbers, failure, clock())


def _finish(row: JobRun, numbers: Numbers, failure: str, now: datetime) -> JobRun:
    """Only by its owner: who lost his lease has lost the row. The numbers of a day add up over its runs."""
    with transaction.atomic():
        held = JobRun.objects.select_for_update().filter(pk=row.pk, owner=row.owner, state=S.RUNNING).first()
        if held is None:
            log.warning("job %s of %s was taken over meanwhile", row.job, row.day)
            return JobRun.objects.get(pk=row.pk)
        held.state = S.FAILED if failure else S.DONE
        held.failure, held.finished_at, held.lease_until = failure, now, None
        held.result = {key: held.result.get(key, 0) + numbers.get(key, 0) for key in {*held.result, *numbers}}
        held.save(update_fields=["state", "failure", "finished_at", "lease_until", "result"])
    return held


@contextlib.contextmanager
def _lease_kept(row: JobRun, clock: Clock) -> Iterator[None]:
    """Renew the lease from a thread while the block runs; whoever is killed renews nothing."""
    is_over = threading.Event()

    def renew() -> None:
        while not is_over.wait(LEASE.total_seconds() / 3):
            try:
                mine = JobRun.objects.filter(pk=row.pk, owner=row.owner, state=S.RUNNING)
                mine.update(lease_until=clock() + LEASE)
            except DatabaseError as error:
                log.warning("lease of job %s not renewed: %s", row.job, type(error).__name__)
                connection.close()
        connection.close()

    keeper = threading.Thread(target=renew, name=f"lease of {row.job}", daemon=True)
    keeper.start()
    try:
        yield
    finally:
        is_over.set()
        keeper.join()


def _numbers(told: Any) -> dict[str, int]:
    """Counts only: what a job returns is shown on a page and printed, and may name nobody.

    Raises:
        TypeError: there is something else in it.
    """
    if is_dataclass(told) and not isinstance(told, type):
        told = asdict(told)
    if not isinstance(told, Mapping) or any(type(one) is not int for one in told.values()):
        raise TypeError("a job returns counts by name")
    return {str(key): value for key, value in told.items()}
