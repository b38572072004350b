from datetime import date, datetime

from care.management.days import SweepCommand
from outreach.actions.livestreams import miss_streams, plan_streams
from outreach.policy import policy_on


class Command(SweepCommand):
    """Both jobs of the night on live streams, on their own (``config/jobs.py``)."""

    help = "把过去没有开展的健康直播记为未开展，并按固定直播时间排好今后几周的直播。"

    def sweep(self, on: date, now: datetime) -> str:
        missed = miss_streams(on=on)
        done = plan_streams(on=on, policy=policy_on(on))
        return f"未开展 {missed}；新排 {done.made}，撤下 {done.removed}"
