from datetime import date, datetime

from care.actions import miss_tasks
from care.management.days import SweepCommand


class Command(SweepCommand):
    """Only this job of the night, on its own (``config/jobs.py``)."""

    help = "把过了补办期的任务记为未完成，并排下一次。"

    def sweep(self, on: date, now: datetime) -> str:
        done = miss_tasks(on=on)
        return f"未完成 {done.missed} 项，接续任务 {done.opened} 项，结束计划 {done.finished} 项"
