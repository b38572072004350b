from datetime import date, datetime

from care.management.days import SweepCommand
from outreach.actions import miss_visits, plan_visits
from outreach.policy import policy_on


class Command(SweepCommand):
    """Both jobs of the night on visits, on their own (``config/jobs.py``)."""

    help = "把过去没有开展、或开始后一直没有登记结束的外出服务记为未开展，并按巡诊时间表排好今后几周的巡诊。"

    def sweep(self, on: date, now: datetime) -> str:
        policy = policy_on(on)
        missed = miss_visits(on=on, policy=policy)
        done = plan_visits(on=on, now=now, policy=policy)
        return (
            f"未开展 {missed}；新排 {done.made}，改期 {done.moved}，撤下 {done.removed}，取消 {done.cancelled}，"
            f"已有预约而保留 {done.kept}"
        )
