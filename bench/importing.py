"""A roster of a million rows: the first load, the next one beside it, the monthly file, the same file again.

Each is measured beside COPY of the very same resident rows into a plain logged table, and into a copy of the registry's
table with its indexes and foreign keys; and beside django-import-export at its best bulk setting. Ours does more than
they do: it reads and checks the cells, seals and indexes numbers, finds duplicates, founds households, keeps flags and
the story of every row.
"""

import csv
import os
import tempfile
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import date
from pathlib import Path

from django.contrib.postgres.functions import TransactionNow
from django.db import connection, transaction

from bench import registry
from bench.memory import Peak
from bench.people import Spot, write_people
from bench.table import Row, benchmark_called
from bench.usual_import import seconds_of_usual_import
from core.sql import rows_of, run
from grids.models import Grid
from residents.choices import ImportState
from residents.imports import pipeline
from residents.imports.reach import scope_of_everything
from residents.imports.source import Source
from residents.models import RosterImport
from residents.policy import policy_on
from teams.models import User

ROWS = int(os.environ.get("BENCH_ROWS", "1000000"))
USUAL_ROWS = min(50_000, ROWS)  # of the comparison that would take half an hour
DAY = date(2026, 11, 22)
MOST_MB = 1024
CHANGED_SHARE = 0.02
TABLES = (
    "residents_household", "residents_resident", "residents_populationflag", "residents_contactphone",
    "residents_rosterline",
)  # fmt: skip


@benchmark_called("import")
def importing() -> list[Row]:
    _clear()
    try:
        with tempfile.TemporaryDirectory() as folder:
            return _measured(Path(folder))
    finally:
        run("DROP TABLE IF EXISTS bench_plain, bench_indexed")
        _clear()


def _clear() -> None:
    registry.clear()
    # No foreign key leads to these.
    run(
        "TRUNCATE residents_rosterline, residents_residenthistory, residents_householdhistory,"
        " residents_populationflaghistory, residents_contactphonehistory, core_numbersequence, pghistory_context CASCADE"
    )


def _measured(folder: Path) -> list[Row]:
    registry.places()
    user = User.objects.create(username=f"{registry.NAMES}import", name="测试")
    spots = [
        Spot(code[:12], name) for code, name in Grid.objects.order_by("code").values_list("code", "name")
    ]
    first, more, month, lines = (folder / name for name in ("first.csv", "more.csv", "month.csv", "rows.txt"))
    write_people(first, ROWS, spots)
    _write_month(first, month)
    with Peak() as peak:
        load = _told("首次导入（空表）", lambda: _imported(first, user))
    _settle()
    _copy_out(lines)
    plain = _told("COPY 到无索引的表", lambda: _copied_plain(lines))
    indexed = _told("COPY 到带索引和外键的表", lambda: _copied_indexed(lines))
    lines.unlink()
    again = _told("同一文件再导一次", lambda: _imported(first, user))
    changed = _told(f"月度文件（{CHANGED_SHARE:.0%} 有改动）", lambda: _imported(month, user))
    _settle()
    write_people(more, ROWS, spots, first=ROWS)
    with Peak() as online_peak:
        online = _told("在线导入（表中已有同样多的人）", lambda: _imported(more, user))
    _clear()
    registry.places()
    usual = _told(
        f"django-import-export（{USUAL_ROWS} 行）", lambda: seconds_of_usual_import(first, USUAL_ROWS)
    )
    scaled = usual * ROWS / USUAL_ROWS
    mine, sessions = max(peak.ours_mb, online_peak.ours_mb), max(peak.database_mb, online_peak.database_mb)
    print(f"  峰值内存：本系统进程 {mine:.0f} MB，数据库会话 {sessions:.0f} MB")
    what = f"{ROWS} 行"
    return [
        _row("首次导入", load, indexed, 0.7, f"{what} / COPY 到带索引的表"),
        _row("在线导入", online, indexed, 1.4, f"{what}，表中已有同样多的人 / COPY 到带索引的表"),
        _row("月度文件", changed, indexed, 0.6, f"{what}，{CHANGED_SHARE:.0%} 有改动 / COPY 到带索引的表"),
        _row("同一文件", again, online, 0.6, f"{what} / 在线导入"),
        _row("常用库", load, scaled, 1 / 60, f"首次导入 / django-import-export（按 {USUAL_ROWS} 行折算）"),
        _row("无索引", load, plain, float("inf"), "首次导入 / COPY 到无索引的表（仅供参考）"),
        Row("内存", "本系统进程峰值 / 1 GiB", mine, MOST_MB, (mine / MOST_MB,), 1.0),
    ]


def _write_month(first: Path, month: Path) -> None:
    """The same list with other phones here and there."""
    every = round(1 / CHANGED_SHARE)
    with (
        first.open(encoding="utf-8", newline="") as old,
        month.open("w", encoding="utf-8", newline="") as new,
    ):
        rows, out = csv.reader(old), csv.writer(new)
        header = next(rows)
        out.writerow(header)
        at = header.index("联系电话")
        for number, row in enumerate(rows):
            if number % every == 0:
                row[at] = f"188{number:08d}"
            out.writerow(row)


def _row(name: str, ours: float, plain: float, limit: float, about: str) -> Row:
    return Row(name, about, ours, plain, (ours / plain,), limit)


def _told(what: str, work: Callable[[], float]) -> float:
    """Run one step and say how long it took."""
    seconds = work()
    print(f"  {what}：{seconds:.1f} 秒", flush=True)
    return seconds


@contextmanager
def _clock() -> Iterator[list[float]]:
    taken: list[float] = []
    began = time.perf_counter()
    yield taken
    taken.append(time.perf_counter() - began)


def _imported(path: Path, user: User) -> float:
    """Seconds from the file to the commit, as the worker does it."""
    with _clock() as taken, transaction.atomic():
        roster = RosterImport.objects.create(
            file_name=path.name, uploaded_by=user, state=ImportState.APPLYING
        )
        policy = policy_on(DAY)
        terms = pipeline.Terms(scope_of_everything(DAY), policy, may_restricted=True)
        order = pipeline.Order(Source.of_path(path), path.name, terms, DAY)
        applied = pipeline.apply(order, roster=roster, by=user, expected_digest=None)
        RosterImport.objects.filter(pk=roster.pk).update(
            state=ImportState.APPLIED, applied_at=TransactionNow()
        )
    print("   ", {key: value for key, value in applied.report.counts.items() if key != "error_kinds"})
    return taken[0]


def _settle() -> None:
    """As autovacuum would between two imports."""
    run("SET statement_timeout = 0")
    for table in TABLES:
        run(f"VACUUM ANALYZE {table}")


def _copy_out(path: Path) -> None:
    with path.open("wb") as file, connection.cursor() as cursor:
        cursor.copy_expert("COPY residents_resident TO STDOUT", file)


def _copied_plain(path: Path) -> float:
    run("CREATE TABLE bench_plain (LIKE residents_resident)")
    return _copy_in("bench_plain", path)


def _copied_indexed(path: Path) -> float:
    """Into the same table: its indexes, checks and foreign keys, read from the catalog."""
    run("CREATE TABLE bench_indexed (LIKE residents_resident INCLUDING ALL)")
    for (definition,) in rows_of(
        "SELECT pg_get_constraintdef(oid) FROM pg_constraint WHERE contype = 'f' AND conrelid = 'residents_resident'::regclass"
    ):
        run(f"ALTER TABLE bench_indexed ADD {definition}")
    return _copy_in("bench_indexed", path)


def _copy_in(table: str, path: Path) -> float:
    with _clock() as taken, transaction.atomic(), path.open("rb") as file, connection.cursor() as cursor:
        cursor.copy_expert(f"COPY {table} FROM STDIN", file, 1 << 18)
    return taken[0]
