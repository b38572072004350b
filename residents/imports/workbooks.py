"""Excel workbooks by calamine: one sheet in memory at a time, its rows handed out one by one."""

from collections.abc import Iterator
from contextlib import contextmanager
from datetime import date, datetime
from typing import Any

from python_calamine import (
    CalamineError,
    CalamineSheet,
    CalamineWorkbook,
    PasswordError,
    SheetTypeEnum,
    SheetVisibleEnum,
)

from residents.imports.guarding import HEAD_ROOM, MAX_COLUMNS, Limits, refusal, too_many_rows
from residents.imports.source import Source

EXACT_DIGITS = 10**15  # from here on a spreadsheet number has lost digits
Merge = tuple[tuple[int, int], tuple[int, int]]  # first and last cell, each (row, column) from 0


class Workbook:
    """The visible sheets of an xlsx or xls file."""

    def __init__(self, source: Source, limits: Limits) -> None:
        self._limits = limits
        self._open: tuple[str, CalamineSheet] | None = None
        with _spoken(), source.open() as stream:
            self._book = CalamineWorkbook.from_filelike(stream)
        sheets = [one for one in self._book.sheets_metadata if one.typ == SheetTypeEnum.WorkSheet]
        self.names = [one.name for one in sheets if one.visible == SheetVisibleEnum.Visible]
        self.hidden = [one.name for one in sheets if one.visible != SheetVisibleEnum.Visible]

    def height(self, name: str) -> int:
        last_row, _ = self._sheet(name).end or (-1, -1)
        return last_row + 1

    def rows(self, name: str) -> Iterator[tuple[int, list[str]]]:
        """Row number as Excel shows it, and texts from column A on (the reader begins at the first used column)."""
        sheet = self._sheet(name)
        pad = [""] * (sheet.start or (0, 0))[1]
        for at, cells in enumerate(sheet.iter_rows(), start=1):
            yield at, [*pad, *map(cell_text, cells)]

    def merges(self, name: str) -> list[Merge]:
        return list(self._sheet(name).merged_cell_ranges or [])

    def _sheet(self, name: str) -> CalamineSheet:
        if self._open is None or self._open[0] != name:
            self._open = None  # the last one goes before the next one comes
            with _spoken():
                sheet = self._book.get_sheet_by_name(name)
            self._judge(sheet)
            self._open = (name, sheet)
        return self._open[1]

    def _judge(self, sheet: CalamineSheet) -> None:
        last_row, last_column = sheet.end or (-1, -1)
        if last_row >= self._limits.max_rows + HEAD_ROOM:
            raise too_many_rows(self._limits.max_rows)
        if last_column >= MAX_COLUMNS:
            raise refusal("too_many_columns")


@contextmanager
def _spoken() -> Iterator[None]:
    """The reader's errors as sentences."""
    try:
        yield
    except PasswordError as error:
        raise refusal("file_protected") from error
    except (CalamineError, OSError, ValueError) as error:
        raise refusal("file_damaged") from error


def cell_text(value: Any) -> str:
    """A cell as a person reads it. A number that is too long to be exact keeps its scientific form on purpose."""
    if isinstance(value, str):
        return value
    if value is None:
        return ""
    if isinstance(value, bool):
        return "是" if value else "否"
    if isinstance(value, int | float):
        if abs(value) >= EXACT_DIGITS:
            return f"{value:.14E}"
        return str(int(value)) if value == int(value) else repr(value)
    if isinstance(value, datetime) and not (value.hour or value.minute or value.second):
        return value.date().isoformat()
    if isinstance(value, date):
        return value.isoformat(sep=" ") if isinstance(value, datetime) else value.isoformat()
    return str(value)
