"""How a reality is written down, and the sheets it is made of."""

import io
from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Any

import openpyxl
from openpyxl.styles import PatternFill

from residents.choices import Sex
from residents.imports.reach import Reach
from tests.residents.imports.prepared import REACH
from tests.residents.imports.sheets import csv_bytes, number, saved

N = [number(at) for at in range(12)]  # women born on 1 January 1960
M = [number(at, Sex.MALE) for at in range(12)]
HEAD = ("姓名", "身份证号", "村居")


@dataclass(frozen=True)
class Reality:
    """One file and what must come out of it.

    Attributes:
        number: of docs/domain.md 7.1.
        rows: for each person in order, some values of the staged row; ``codes`` are those of all his faults.
        notes: words that the notes must contain.
        refused: the code with which the whole file is refused; no rows then.
        skipped: rows that hold nobody, by why.
        is_longer: only the first rows are told.
        engine: what the import as a whole must make of it.
    """

    number: int
    name: str
    data: bytes
    rows: Sequence[dict[str, Any]] = ()
    notes: tuple[str, ...] = ()
    refused: str = ""
    skipped: dict[str, int] = field(default_factory=dict)
    mapping: dict[str, Any] = field(default_factory=dict)
    memory: dict[str, str] = field(default_factory=dict)
    reach: Reach = field(default_factory=lambda: REACH)
    engine: str = ""
    is_longer: bool = False

    def __str__(self) -> str:
        return f"{self.number}-{self.name}"


def book(
    *rows: Sequence[Any],
    merge: Sequence[str] = (),
    sheet: str = "Sheet1",
    more: dict[str, Sequence[Sequence[Any]]] | None = None,
    hidden: Sequence[str] = (),
    colored: Sequence[str] = (),
) -> bytes:
    """A workbook: rows of its first sheet from A1 on, merged fields ("A1:C1"), further sheets by name."""
    made = openpyxl.Workbook()
    page = made.active
    page.title = sheet
    for row in rows:
        page.append(list(row))
    for one in merge:
        page.merge_cells(one)
    for one in colored:
        page[one].fill = PatternFill("solid", fgColor="FFFF00")
    for name, lines in (more or {}).items():
        other = made.create_sheet(name)
        for line in lines:
            other.append(list(line))
    for name in hidden:
        made[name].sheet_state = "hidden"
    return saved(made)


def table(*rows: Sequence[Any], header: Sequence[str] = HEAD, **form: Any) -> bytes:
    """A CSV with a header."""
    return csv_bytes(*rows, header=header, **form)


def plain(text: str, encoding: str = "utf-8") -> bytes:
    return text.encode(encoding)


def zipped(**parts: bytes) -> bytes:
    import zipfile

    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, data in parts.items():
            archive.writestr(name, data)
    return buffer.getvalue()
