from datetime import date, datetime

from care.actions import open_tasks
from care.management.days import SweepCommand


class Command(SweepCommand):
    """Only this job of the night, on its own (``config/jobs.py``)."""

    help = "打开到期的服务任务，漏跑的日子一并补上。"

    def sweep(self, on: date, now: datetime) -> str:
        return f"新任务 {open_tasks(on=on).opened} 项"
