import json
import time
from argparse import ArgumentParser
from datetime import date, datetime
from typing import Any

from django.core.management.base import BaseCommand, CommandError
from django.utils import timezone

from core import jobs
from core.commands import add_day_options, day_of
from core.jobs import Job
from core.models import JobRun

S = JobRun.State


class Command(BaseCommand):
    """The whole night from a terminal: the same rows, the same order and the same leases as the timetable's."""

    help = "按顺序运行全部夜间任务，以 JSON 输出各项结果；当天已完成的不再运行。"

    def add_arguments(self, parser: ArgumentParser) -> None:
        add_day_options(parser)
        names = [job.name for job in jobs.jobs()]
        parser.add_argument(
            "--only", action="append", choices=names, metavar="任务", help="只运行这一项，可重复"
        )

    def handle(self, *args: Any, **options: Any) -> None:
        on = day_of(options["on"])
        chosen = [job for job in jobs.jobs() if not options["only"] or job.name in options["only"]]
        at = timezone.now() if on == timezone.localdate() else jobs.nights_first_moment(on)
        told = [(_rehearsed if options["dry_run"] else _done)(job, on, at) for job in chosen]
        answer = {"on": on.isoformat(), "dry_run": options["dry_run"], "jobs": told}
        self.stdout.write(json.dumps(answer, ensure_ascii=False, indent=2))
        if open_ones := [one["job"] for one in told if one["state"] != S.DONE]:
            raise CommandError(f"没有完成：{'、'.join(open_ones)}。", returncode=1)


def _done(job: Job, on: date, at: datetime) -> dict[str, Any]:
    """Run it unless it was done for that day, or somebody is at work: then it says so."""
    jobs.open_night(on=on, names=[job.name])
    is_ours = bool(jobs.work(on=on, clock=timezone.now, names=[job.name], at=at))
    row = JobRun.objects.get(job=job.name, day=on)
    has_times = row.started_at and row.finished_at
    return {
        "job": job.name,
        "label": job.label,
        "state": row.state,
        "ran": is_ours,
        "seconds": round((row.finished_at - row.started_at).total_seconds(), 3) if has_times else None,
        "result": row.result,
        "failure": row.failure,
    }


def _rehearsed(job: Job, on: date, at: datetime) -> dict[str, Any]:
    began = time.perf_counter()
    state, failure, result = S.DONE, "", {}
    try:
        result = jobs.rehearse(job, on=on, at=at)
    except Exception as error:
        state, failure = S.FAILED, type(error).__name__
    seconds = round(time.perf_counter() - began, 3)
    return {
        "job": job.name,
        "label": job.label,
        "state": state,
        "ran": False,
        "seconds": seconds,
        "result": result,
        "failure": failure,
    }
