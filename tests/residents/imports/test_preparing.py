"""Whole lists through child processes: order, progress, the original cells; and that the database takes the lines."""

import io
import json
import threading

import pytest
from django.db import connection

from residents.imports import preparing
from residents.imports.layouts import find_layouts
from residents.imports.preparing import original_cells, prepare
from residents.imports.staging import COLUMNS
from tests.residents.imports.prepared import REACH, TODAY, opened, prepared
from tests.residents.imports.realities.case import HEAD, M, N, book, table

ROWS = [[f"林桂{'芳兰英梅'[at % 4]}", N[at % 12], "东北村", "" if at % 50 else '"院"'] for at in range(4_000)]
MANY = table(*ROWS, header=[*HEAD, "备注"])


def batches(data: bytes, workers: int, progress=None):
    opened_book = opened(data)
    layouts = find_layouts(opened_book, {}, {}, REACH)
    return list(prepare(opened_book, layouts, REACH, on=TODAY, workers=workers, progress=progress))


@pytest.mark.slow
@pytest.mark.parametrize("way", ["fork", "spawn"])
def test_children_give_the_same_in_the_same_order(monkeypatch, way):
    monkeypatch.setattr(preparing, "_way_to_start", lambda: way)
    monkeypatch.setattr("residents.imports.textfiles.BLOCK", 20_000)
    alone, together = prepared(MANY), prepared(MANY, workers=2)
    assert [one.row for one in together.rows] == list(range(2, 4_002))
    assert [one.values for one in together.rows] == [one.values for one in alone.rows]


@pytest.mark.slow
@pytest.mark.parametrize("way", ["fork", "spawn"])
def test_children_are_gone_when_nobody_wants_more(monkeypatch, way):
    monkeypatch.setattr(preparing, "_way_to_start", lambda: way)
    monkeypatch.setattr("residents.imports.textfiles.BLOCK", 20_000)
    opened_book = opened(MANY)
    running = prepare(opened_book, find_layouts(opened_book, {}, {}, REACH), REACH, on=TODAY, workers=2)
    assert next(running).count > 0
    running.close()
    assert preparing.multiprocessing.active_children() == []


def test_who_has_other_threads_does_not_fork():
    """One of them may hold a lock that nobody in the child would ever release."""
    done = threading.Event()
    other = threading.Thread(target=done.wait)
    other.start()
    try:
        assert preparing._way_to_start() == "spawn"
    finally:
        done.set()
        other.join()


def test_progress_counts_the_rows_of_the_file(monkeypatch):
    monkeypatch.setattr("residents.imports.textfiles.BLOCK", 20_000)
    told: list[int] = []
    found = batches(MANY, 0, told.append)
    assert told == sorted(told)
    assert told[-1] == sum(one.read for one in found) == 4_001
    assert sum(one.count for one in found) == 4_000


def test_the_original_cells_come_as_they_stood():
    data = book(
        [*HEAD, "自定义"],
        ["林 桂芳", N[0], "东北村", "x"],
        ["", N[1], "东北村", " y "],
        more={"二": [list(HEAD), ["甲", "1", "z"]]},
    )
    found = dict(original_cells(opened(data), {(0, 3), (1, 2), (1, 9)}))
    assert found == {(0, 3): ["", N[1], "东北村", " y "], (1, 2): ["甲", "1", "z"]}


@pytest.mark.django_db
def test_the_database_takes_every_line_back_as_it_was():
    """Letters that mean something in COPY, in arrays and in JSON."""
    odd = [
        ["林桂芳", N[0], "东北村", "a\\b\tc", "高血压、肢体残疾", "户主", '"x"'],
        ["于\\秀英", N[1], "东北村", "\\N", "", "", "{a,b}"],
        ["宋建国", M[0], "东北村", "line\nbreak", "", "null", "\\x41"],
        ["NUL", N[2], "东北村", "", "", "", ""], ["", "1", "天边", "'", "怪\\病", "", ""],
    ]  # fmt: skip
    data = table(*odd, header=[*HEAD, "备注", "人群类型", "户主姓名", "户号"])
    rows = prepared(data).rows
    with connection.cursor() as cursor:
        columns = ", ".join(f"{name} {kind}" for name, kind in COLUMNS)
        cursor.execute(f"CREATE TEMP TABLE taken ({columns}) ON COMMIT DROP")
        for batch in batches(data, 0):
            cursor.copy_expert("COPY taken FROM STDIN", io.BytesIO(batch.lines))
        names = (
            "name",
            "remark",
            "head_name",
            "household_no",
            "kinds",
            "name_grams",
            "faults",
            "id_tail",
            "relation",
        )
        cursor.execute(f"SELECT {', '.join(names)} FROM taken ORDER BY row")
        taken = [dict(zip(names, one, strict=True)) for one in cursor.fetchall()]
    for mine, theirs in zip(rows, taken, strict=True):
        assert theirs["name"] == mine.name
        assert [theirs[one] for one in ("remark", "head_name", "household_no", "relation")] == [
            mine.remark, mine.head_name, mine.household_no, mine.relation,
        ]  # fmt: skip
        assert theirs["kinds"] == mine.kinds
        assert json.loads(theirs["faults"] or "[]") == mine.faults
        assert (theirs["id_tail"] is None) == (mine.id_tail is None)
    assert taken[0]["name_grams"] == ["林桂", "桂芳"]
    assert taken[3]["name_grams"] == ["NU", "UL"]
