from datetime import date, datetime

from care.management.days import SweepCommand
from outreach.actions.short_links import link_teams


class Command(SweepCommand):
    """The job of the night on public addresses, on its own (``config/jobs.py``)."""

    help = "为还没有公开短链接的团队生成短链接，居民由此打开团队公示页。"

    def sweep(self, on: date, now: datetime) -> str:
        return f"新生成 {link_teams(on=on, now=now)} 个"
