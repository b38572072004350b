"""The rest of the night upon the same district: reminders, digests, and all jobs of the list one after the other.

Reminders count what is open by team and day, so their limit is that count alone: one pass over the running plans.
"""

import time
from collections.abc import Callable
from datetime import date, datetime
from datetime import time as clock

from django.db import transaction
from django.utils import timezone

from bench.memory import Peak
from bench.table import Benchmark, Row, measure
from core.jobs import jobs, rehearse
from core.sql import one_of, rows_of, run
from outreach.actions import raise_reminders, write_digests

# Measured on two cores at a million: 7.3 (6.9 to 9.2), 0.12, 5.8 (5.2 to 6.8).
MOST_RAISED, MOST_DIGESTED, MOST_AGAIN = 12.0, 0.5, 10.0
SHOWN_FROM = 0.5  # seconds
_BY_TEAM_AND_DAY = """
    SELECT team_id, due_on, closes_on, urgency, count(*) FROM care_plan WHERE state = 'running' GROUP BY 1, 2, 3, 4
"""


def tell(day: date, taken_back: Callable[[Callable[[], object]], Callable[[], None]]) -> list[Row]:
    """Rows of the table; what is raised for measuring is cleared away again by ``clear``."""
    moment = timezone.make_aware(datetime.combine(day, clock(0, 10)))

    def count() -> object:
        return rows_of(_BY_TEAM_AND_DAY)

    raised = measure(
        Benchmark(
            "nightly 生成提醒", taken_back(lambda: raise_reminders(on=day)), count, MOST_RAISED,
            "全部提醒 / 只按团队和日期数一遍计划",
        )
    )  # fmt: skip
    with Peak() as peak:
        told = raise_reminders(on=day)
        print(f"  生成 {told.raised} 条提醒，内存峰值 {peak.ours_mb:.0f} MB")
        again = measure(
            Benchmark(
                "nightly 当晚再次提醒", taken_back(lambda: raise_reminders(on=day)), count, MOST_AGAIN,
                f"新增 {raise_reminders(on=day).raised} 条 / 只数一遍计划",
            )
        )  # fmt: skip
        digested = measure(
            Benchmark(
                "nightly 汇总提醒", taken_back(lambda: write_digests(on=day, now=moment)), count, MOST_DIGESTED,
                f"{_recipients()} 名人员的每日提醒 / 只数一遍计划",
            )
        )  # fmt: skip
    print(f"  内存峰值 {peak.ours_mb:.0f} MB，数据库会话 {peak.database_mb:.0f} MB")
    _whole_night(day, moment)
    return [raised, again, digested]


def _recipients() -> int:
    return int(one_of("SELECT count(DISTINCT user_id) FROM teams_teammembership WHERE ends_on IS NULL")[0])


def _whole_night(day: date, moment: datetime) -> None:
    """Every job of the list, each taken back: seconds, and the memory of all of them."""
    total, slow = 0.0, []
    with Peak() as peak:
        for job in jobs():
            began = time.perf_counter()
            numbers = rehearse(job, on=day, at=moment)
            seconds = time.perf_counter() - began
            total += seconds
            if seconds >= SHOWN_FROM:
                slow.append(f"{job.label} {seconds:.1f} 秒（{job.in_words(numbers)}）")
    print(f"  整夜 {len(jobs())} 项任务 {total:.0f} 秒：{'；'.join(slow) or '每项都不到半秒'}")
    print(f"  内存峰值 {peak.ours_mb:.0f} MB，数据库会话 {peak.database_mb:.0f} MB")


def clear() -> None:
    with transaction.atomic():
        run("TRUNCATE outreach_reminder, outreach_digest, outreach_digestdelivery")
