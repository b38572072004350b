from datetime import date, datetime

from care.actions import apply_versions
from care.management.days import SweepCommand
from care.management.words import in_words


class Command(SweepCommand):
    """Only this job of the night, on its own (``config/jobs.py``)."""

    help = "新版服务规则到生效日时，按新规则调整服务计划。"

    def sweep(self, on: date, now: datetime) -> str:
        return in_words(apply_versions(on=on, now=now))
