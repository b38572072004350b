"""The night of a district: plans made for everybody, a month's tasks opened, occurrences given up, a second run.

The limit is one bare INSERT .. SELECT of the same rows into a table without any index. Everything measured is taken back,
so that each round has the same to do.
"""

import os
import time
from collections.abc import Callable
from datetime import date, datetime, timedelta
from datetime import time as clock

from django.db import transaction
from django.utils import timezone

from bench import registry, telling
from bench.agreements import DAY, sign_up
from bench.memory import Peak
from bench.table import Benchmark, Row, benchmark_called, measure
from care.actions import miss_tasks, open_tasks, replan
from care.choices import TaskState
from care.models import CareRule, Plan, RuleTable, Task
from care.rule_data import load_tables
from core.sql import one_of, run

MONTH = timedelta(days=30)
# A task that opens is a row with two indexes; one that is given up closes that row, moves its plan through five indexes
# and opens another row.
MOST_OPENED, MOST_MISSED, MOST_AGAIN = 5.0, 60.0, 1.0
_AS_TASKS = "SELECT resident_id, rule_id, sequence, team_id, urgency, version, anchor_on, steps, opens_on, due_on, closes_on, expires_on"  # noqa: E501
_BARE = "CREATE TABLE bench_bare AS " + _AS_TASKS + ", state FROM care_task WHERE false"
# A third are elders, as well as a quarter each with hypertension and diabetes (of ``bench.agreements``).
_ELDERS = """
    INSERT INTO residents_populationflag (resident_id, kind, evidence, detail, source, starts_on, end_reason, recorded_at)
    SELECT id, 'elderly_65', 9, '', '', '2020-01-01', '', now() FROM residents_resident WHERE id % 3 = 0
"""


def taken_back(work: Callable[[], object]) -> Callable[[], None]:
    def once() -> None:
        with transaction.atomic():
            work()
            transaction.set_rollback(True)

    return once


def bare(where: str, day: date) -> Callable[[], None]:
    """The rows that a sweep writes, into a table without an index."""
    return taken_back(
        lambda: run(
            f"INSERT INTO bench_bare {_AS_TASKS}, 'due' FROM care_plan WHERE state = 'running' AND {where}",
            {"since": DAY, "day": day},
        )
    )


def build(count: int) -> None:
    """People, agreements, flags by statements; plans and open tasks by the engine itself."""
    readers = registry.build(count)
    signed = sign_up(readers.doctor)
    load_tables(RuleTable, CareRule)
    run("DROP TABLE IF EXISTS bench_bare; TRUNCATE care_plan, care_task, care_sweep")
    run(_ELDERS)
    run("ANALYZE residents_populationflag")
    run(_BARE)
    began = time.perf_counter()
    with Peak() as peak:
        replan(None, on=DAY, now=timezone.make_aware(datetime.combine(DAY, clock(1))))
        miss_tasks(on=DAY)
        open_tasks(on=DAY)
    seconds = time.perf_counter() - began
    run("ANALYZE care_plan; ANALYZE care_task")
    print(
        f"  {count} 名虚构居民，{signed} 份协议；全部计划 {seconds:.0f} 秒："
        f"{Plan.objects.count()} 个计划，{Task.objects.filter(state=TaskState.DUE).count()} 项待办；"
        f"内存峰值 {peak.ours_mb:.0f} MB，数据库会话 {peak.database_mb:.0f} MB"
    )


def clear() -> None:
    telling.clear()
    run("DROP TABLE IF EXISTS bench_bare; TRUNCATE care_plan, care_task, care_sweep")
    registry.clear()


def due(where: str, day: date) -> int:
    count = f"SELECT count(*) FROM care_plan WHERE state = 'running' AND {where}"  # noqa: S608 - constants of ours
    return int(one_of(count, {"since": DAY, "day": day})[0])


@benchmark_called("nightly")
def nights() -> list[Row]:
    build(int(os.environ.get("BENCH_ROWS", "1000000")))
    day, year_end = DAY + MONTH, date(DAY.year + 1, 1, 1)
    opens, expires = "opens_on > %(since)s AND opens_on <= %(day)s", "expires_on < %(day)s"
    try:
        rows = [
            measure(
                Benchmark(
                    "nightly 打开任务", taken_back(lambda: open_tasks(on=day)), bare(opens, day), MOST_OPENED,
                    f"打开 30 天内到期的 {due(opens, day)} 项任务 / 同样的行写入无索引的表",
                )
            ),
            measure(
                Benchmark(
                    "nightly 记为未完成", taken_back(lambda: miss_tasks(on=day)), bare(expires, day), MOST_MISSED,
                    f"30 天内过期的 {due(expires, day)} 项记为未完成并排下一次 / 同样的行写入无索引的表",
                )
            ),
            measure(
                Benchmark(
                    "nightly 年末换期", taken_back(lambda: miss_tasks(on=year_end)), bare(expires, year_end), MOST_MISSED,
                    f"年末 {due(expires, year_end)} 项一次换期 / 同样的行写入无索引的表",
                ),
                rounds=1,
            ),
        ]  # fmt: skip
        open_tasks(on=day)
        with Peak() as peak:
            again = measure(
                Benchmark(
                    "nightly 当晚再次运行", taken_back(lambda: open_tasks(on=day)), bare(opens, day), MOST_AGAIN,
                    f"新增 {open_tasks(on=day).opened} 项 / 第一次的行写入无索引的表",
                )
            )  # fmt: skip
        print(f"  内存峰值 {peak.ours_mb:.0f} MB，数据库会话 {peak.database_mb:.0f} MB")
        return [*rows, again, *telling.tell(day, taken_back)]
    finally:
        clear()
