from datetime import date, datetime, timedelta

from care.actions import follow_changes
from care.management.days import SweepCommand
from care.management.words import in_words


class Command(SweepCommand):
    """Only this job of the night, on its own (``config/jobs.py``)."""

    help = "按签约、人群标识、专案和居民状态的变动调整服务计划。"

    def sweep(self, on: date, now: datetime) -> str:
        return in_words(follow_changes(on=on, now=now, overlap=timedelta(hours=26)))
