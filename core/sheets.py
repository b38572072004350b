"""Spreadsheets out: a title, who made it and when, one row of headers, then the rows; bounded, and never a formula."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from io import BytesIO
from itertools import islice
from typing import Any, Literal

import xlsxwriter
from django.http import HttpResponse
from django.utils.http import content_disposition_header

from core.refusals import Refusal

MAX_ROWS = 20_000  # what a web request can write in time
MAX_TEXT = 32_000  # a cell of the format holds 32,767 characters
XLSX = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"
_FORMULA_STARTS = ("=", "+", "-", "@", "\t", "\r", "\n", "\0", "＝", "＋", "－", "＠")


class CannotExport(Refusal):
    """The list is longer than one file may be."""


@dataclass(frozen=True)
class Column:
    """A column: its Chinese title, width in characters, and how its values are written (percent: 0.5 -> 50.00%)."""

    title: str
    width: int = 14
    kind: Literal["text", "number", "percent", "date"] = "text"


def quoted(text: str) -> str:
    """Text that a spreadsheet might run as a formula gets a leading apostrophe, full-width signs included."""
    return f"'{text}" if text.startswith(_FORMULA_STARTS) else text


def unquoted(text: str) -> str:
    """Takes back exactly what ``quoted`` added, when a sheet of ours comes home again."""
    return text[1:] if text[:1] == "'" and text[1:].startswith(_FORMULA_STARTS) else text


def xlsx_response(
    title: str,
    columns: Sequence[Column],
    rows: Iterable[Sequence[Any]],
    *,
    made_by: str,
    made_at: datetime,
    note: str = "",
) -> HttpResponse:
    """A download named ``title-YYYYMMDD.xlsx``.

    Args:
        made_at: local time of the making; with ``made_by`` it stands below the title.
        note: what the rows are limited to, such as the filter or the as-of day.

    Raises:
        CannotExport: more than ``MAX_ROWS`` rows.
    """
    kept = list(islice(rows, MAX_ROWS + 1))
    if len(kept) > MAX_ROWS:
        raise CannotExport(
            "too_many_rows", f"超过 {MAX_ROWS} 行，一次导不完。请先用筛选条件缩小范围，再分次导出。"
        )
    made = f"制表人：{made_by}　制表时间：{made_at:%Y-%m-%d %H:%M}" + (f"　{note}" if note else "")
    buffer = BytesIO()
    _write(buffer, title, made, columns, kept)
    response = HttpResponse(buffer.getvalue(), content_type=XLSX)
    response["Content-Disposition"] = content_disposition_header(True, f"{title}-{made_at:%Y%m%d}.xlsx")
    return response


def _write(
    buffer: BytesIO, title: str, made: str, columns: Sequence[Column], rows: list[Sequence[Any]]
) -> None:
    book = xlsxwriter.Workbook(buffer, {"constant_memory": True})
    sheet = book.add_worksheet()
    last = len(columns) - 1
    for at, column in enumerate(columns):
        sheet.set_column(at, at, column.width)
    head = book.add_format(
        {"bold": True, "border": 1, "bg_color": "#E8EEF4", "text_wrap": True, "valign": "vcenter"}
    )
    sheet.write_string(0, 0, quoted(title), book.add_format({"bold": True, "font_size": 14}))
    sheet.write_string(1, 0, quoted(made), book.add_format({"font_color": "#555555"}))
    for at, column in enumerate(columns):
        sheet.write_string(2, at, column.title, head)
    formats = {
        "text": book.add_format({"border": 1, "num_format": "@"}),
        "number": book.add_format({"border": 1}),
        "percent": book.add_format({"border": 1, "num_format": "0.00%"}),
        "date": book.add_format({"border": 1, "num_format": "yyyy-mm-dd"}),
    }
    for number, row in enumerate(rows, start=3):
        for at, (column, value) in enumerate(zip(columns, row, strict=True)):
            _put(sheet, number, at, value, formats[column.kind], typed=column.kind != "text")
    sheet.freeze_panes(3, 0)
    if rows:
        sheet.autofilter(2, 0, 2 + len(rows), last)
    book.close()


def _put(sheet: Any, row: int, at: int, value: Any, style: Any, *, typed: bool) -> None:
    if value is None or value == "":
        sheet.write_blank(row, at, None, style)
    elif typed and isinstance(value, date):
        sheet.write_datetime(row, at, value, style)
    elif typed and not isinstance(value, str):
        sheet.write_number(row, at, value, style)
    else:
        sheet.write_string(row, at, quoted(str(value))[:MAX_TEXT], style)
