"""Lists prepared in this process, without a database: what stands in the staged lines, in clear again."""

import datetime as dt
import json
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from core.crypto import unseal
from residents.imports.layouts import Layout, find_layouts, notes_of
from residents.imports.preparing import prepare
from residents.imports.reach import GridSpot, Reach, VillageSpot, _add
from residents.imports.reading import Book, Limits, open_book
from residents.imports.source import Source
from residents.imports.staging import COLUMNS
from residents.policy import ResidentsPolicy

TODAY = dt.date(2026, 11, 22)
LIMITS = Limits.of(ResidentsPolicy())
_NAMES = [name for name, _ in COLUMNS]


def village(
    code: str, name: str, *grids: str, township="环翠楼街道", former: dict[str, int | None] | None = None
):
    """A village whose grids have the ids 100, 101 ... of its last three digits: 371002001001 -> 1100, 1101."""
    base = int(code[-3:]) * 1000 + int(code[6:9]) * 10_000
    spots = tuple(GridSpot(base + at, f"{code}{at + 1:02d}", one, False) for at, one in enumerate(grids))
    return VillageSpot(code, name, township, spots, False, former or {})


def reach_of_villages(*spots: VillageSpot) -> Reach:
    found = Reach()
    for one in spots:
        _add(found, one)
    return found


DONGBEI = village("371002001001", "东北村社区", "东北村社区第一网格")
GRID_DONGBEI = DONGBEI.grids[0].id
REACH = reach_of_villages(DONGBEI)


@dataclass
class Row:
    """One staged row, its values by name; ``number`` and ``phone`` unsealed."""

    values: dict[str, Any]

    def __getattr__(self, name: str) -> Any:
        try:
            return self.values[name]
        except KeyError as error:
            raise AttributeError(name) from error

    @property
    def codes(self) -> list[str]:
        return [one["code"] for one in self.values["faults"]]


@dataclass
class Prepared:
    """A whole list."""

    book: Book
    layouts: list[Layout]
    rows: list[Row]
    notes: list[str]
    skipped: dict[str, int] = field(default_factory=dict)

    @property
    def names(self) -> list[str]:
        return [one.name for one in self.rows]


def opened(data: bytes, limits: Limits = LIMITS) -> Book:
    return open_book(Source.of_bytes(data), limits)


def prepared(
    data: bytes,
    *,
    reach: Reach = REACH,
    mapping: Mapping[str, Any] | None = None,
    memory: Mapping[str, str] | None = None,
    workers: int = 0,
    on: dt.date = TODAY,
) -> Prepared:
    book = opened(data)
    layouts = find_layouts(book, mapping or {}, memory or {}, reach)
    rows, skipped = [], {}
    for batch in prepare(book, layouts, reach, on=on, workers=workers):
        lines = batch.lines.decode().splitlines()
        assert len(lines) == batch.count
        rows += [row_of(line) for line in lines]
        for why, count in batch.skipped.items():
            skipped[why] = skipped.get(why, 0) + count
    return Prepared(book, layouts, rows, notes_of(book, layouts), skipped)


def row_of(line: str) -> Row:
    values = dict(zip(_NAMES, map(_plain, line.split("\t")), strict=True))
    values["number"] = _opened(values.pop("id_number"), "resident.id_number")
    values["phone"] = _opened(values["phone"], "resident.phone")
    for name in ("faults", "more_phones"):
        values[name] = json.loads(values[name]) if values[name] else []
    for name in ("kinds", "name_grams"):
        values[name] = [one.strip('"') for one in values[name].strip("{}").split(",") if one]
    values["others"] = [
        (_opened("\\x" + one["phone"], "resident.phone"), one["owner"]) for one in values.pop("more_phones")
    ]
    values["grid_id"] = int(values["grid_id"]) if values["grid_id"] else None
    return Row(values | {"sex": int(values["sex"]), "row": int(values["row"]), "sheet": int(values["sheet"])})


def _plain(text: str) -> str | None:
    if text == "\\N":
        return None
    return (
        text.replace("\\\\", "\0")
        .replace("\\t", "\t")
        .replace("\\n", "\n")
        .replace("\\r", "\r")
        .replace("\0", "\\")
    )


def _opened(sealed: str | None, purpose: str) -> str:
    return unseal(bytes.fromhex(sealed.removeprefix("\\x")), purpose=purpose) if sealed else ""
