"""Finding people among a million: every way to search, and pages deep inside the list.

Each is measured beside the least that a page can cost: the same rows fetched by their primary key. No plan may read
the whole table.
"""

import os
import statistics
import time
from collections.abc import Callable
from dataclasses import dataclass

from django.db import connection
from django.db.models import F, QuerySet

from bench import registry
from bench.table import Benchmark, benchmark
from residents.models import Resident
from residents.queries import found_by
from residents.rules.lookup import read_lookup
from teams.access import scope_of
from teams.models import User

SIZE = 50  # rows of a page
TRIES = 7
LIMIT = 6.0  # all searches together, beside the same pages by primary key
MOST_RATIO = 15.0  # one search alone, beside its own page
SHOW = os.environ.get("BENCH_PLANS", "1") == "1"


@dataclass(frozen=True)
class Search:
    name: str
    page: Callable[[], QuerySet]


def searches(reader: User, person: Resident, number: str, phone: str, deep: int) -> list[Search]:
    """What people type to find one person, and the first and a deep page of the whole list."""

    order = F("pk") + 0 if scope_of(reader).teams else "pk"  # as the list page: see core.paging

    def typed(text: str) -> Callable[[], QuerySet]:
        return lambda: found_by(reader, read_lookup(text)).for_lists().order_by(order)[: SIZE + 1]

    def listed(after: int) -> Callable[[], QuerySet]:
        people = Resident.objects.visible_to(reader).for_lists()
        return lambda: people.filter(pk__gt=after).order_by(order)[: SIZE + 1]

    return [
        Search("姓名中任意两字", typed(person.name[1:3])),
        Search("姓名全称", typed(person.name)),
        Search("单姓", typed(person.name[0])),
        Search("拼音首字母", typed(person.initials)),
        Search("号码末 4 位", typed(person.id_number[-4:])),
        Search("号码末 6 位", typed(person.id_number[-6:])),
        Search("手机号", typed(phone)),
        Search("完整身份证号", typed(number)),
        Search("家庭编号", typed(person.household.number)),
        Search("列表首页", listed(0)),
        Search("列表深处", listed(deep)),
    ]


def plan_of(rows: QuerySet) -> str:
    sql, values = rows.query.sql_with_params()
    with connection.cursor() as cursor:
        cursor.execute(f"EXPLAIN (COSTS OFF) {sql}", values)
        return "\n".join(line for (line,) in cursor.fetchall())


def milliseconds(work: Callable[[], object]) -> float:
    taken = []
    for _ in range(TRIES):
        began = time.perf_counter()
        work()
        taken.append((time.perf_counter() - began) * 1000)
    return statistics.median(taken)


def by_key(ids: list[int]) -> list[Resident]:
    """The least that a page of these people can cost."""
    return list(Resident.objects.for_lists().filter(pk__in=ids).order_by("pk"))


@benchmark
def search() -> Benchmark:
    count = int(os.environ.get("BENCH_ROWS", "1000000"))
    began = time.perf_counter()
    readers = registry.build(count)
    print(f"  {count} 名虚构居民，{time.perf_counter() - began:.0f} 秒")
    every, ids = [], []
    for title, reader in (("团队医生（4 个网格）", readers.doctor), ("区级（全区）", readers.bureau)):
        seen = list(Resident.objects.visible_to(reader).order_by("pk").values_list("pk", flat=True))
        middle = next(pk for pk in seen[len(seen) // 2 :] if pk % 7 != 1)  # a name of three characters
        number, phone = registry.mark(middle)
        person = Resident.objects.select_related("household").get(pk=middle)
        print(f"  {title}，可见 {len(seen)} 人")
        for one in searches(reader, person, number, phone, seen[len(seen) * 3 // 4]):
            every.append(one)
            ids.append(_measured(one))
    return Benchmark(
        "search",
        ours=lambda: [list(one.page()) for one in every],
        plain=lambda: [by_key(found) for found in ids],
        limit=LIMIT,
        about=f"{len(every)} 种查找各一页（{count} 人） / 同样的行按主键取",
        after=registry.clear,
    )


def _is_of_the_search(line: str) -> bool:
    """The lines that say how residents are found; the rest only joins names to fifty rows."""
    return "Bitmap" in line or ("Scan" in line and "resident" in line)


def _measured(one: Search) -> list[int]:
    """Time one search, show its plan, and refuse one that reads the whole table."""
    plan = plan_of(one.page())
    assert "Seq Scan on residents_resident" not in plan, f"{one.name} reads every resident:\n{plan}"
    ids = [found.pk for found in one.page()]
    ours, least = milliseconds(lambda: list(one.page())), milliseconds(lambda: by_key(ids))
    print(
        f"    {one.name:　<10} {ours:7.2f} ms，{len(ids):2d} 行；按主键取 {least:6.2f} ms，比值 {ours / least:5.2f}"
    )
    if SHOW:
        print("\n".join(f"        {line.strip()}" for line in plan.splitlines() if _is_of_the_search(line)))
    assert ours <= MOST_RATIO * least, f"{one.name}: {ours / least:.1f}"
    return ids
