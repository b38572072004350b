"""The refused rows as a file: the layout they came in, and why. Corrected, it goes back the same way it came.

A spreadsheet with the sheets of the upload; where the rows are very many, one text file that spreadsheets open.
"""

import csv
import json
import zlib
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from datetime import datetime
from io import BytesIO, StringIO
from itertools import groupby
from pathlib import Path
from typing import Any

import xlsxwriter
from django.http import HttpResponse, StreamingHttpResponse
from django.utils.http import content_disposition_header

from core.crypto import unseal_bytes
from core.sheets import MAX_ROWS, MAX_TEXT, XLSX, quoted
from residents.actions.roster_work import refused_purpose
from residents.choices import PartKind
from residents.imports.columns import REASON, ROW
from residents.imports.columns import Column as C
from residents.models import RosterImport, RosterPart

Row = dict[str, Any]
_NOTE = "改正后可直接上传本文件，只会导入这些行"


@dataclass(frozen=True)
class SheetShape:
    """How the refused rows of one sheet are given back.

    Attributes:
        titles: the header of the upload.
        lacks_head: households are told by the order of rows only, which here is broken: the head's name is added.
    """

    name: str
    titles: list[str]
    lacks_head: bool

    def header(self) -> list[str]:
        kept = [self.titles[at] for at in self._kept()]
        return [*kept, *([C.HEAD.value] if self.lacks_head else []), REASON, ROW]

    def cells(self, row: Row) -> list[str]:
        cells = row["cells"]
        kept = [cells[at] if at < len(cells) else "" for at in self._kept()]
        return [*kept, *([row["head"]] if self.lacks_head else []), row["reason"], str(row["row"])]

    def _kept(self) -> list[int]:
        """Our own columns from last time are written anew."""
        return [at for at, title in enumerate(self.titles) if title not in (REASON, ROW)]


def shapes_of(layouts: Iterable[dict[str, Any]]) -> dict[int, SheetShape]:
    """From the report: sheet index -> shape."""
    return {one["sheet"]: SheetShape(one["name"], one["titles"], one["lacks_head"]) for one in layouts}


def kept_rows(roster: RosterImport) -> Iterator[Row]:
    """The refused rows that were kept, in the order of the file, piece by piece."""
    pieces = RosterPart.objects.filter(roster=roster, holds=PartKind.ERRORS).order_by("number")
    for number, sealed in pieces.values_list("number", "sealed").iterator(chunk_size=4):
        yield from json.loads(
            zlib.decompress(unseal_bytes(sealed, purpose=refused_purpose(roster.pk, number)))
        )


def errors_response(
    roster: RosterImport, *, made_by: str, made_at: datetime
) -> HttpResponse | StreamingHttpResponse | None:
    """A download; None when no refused row is kept (any more)."""
    report = json.loads(roster.report) if roster.report else {}
    count = report.get("refused_kept", 0)
    if not count:
        return None
    shapes, name = shapes_of(report["layouts"]), f"花名册错误行-{made_at:%Y%m%d}"
    response: HttpResponse | StreamingHttpResponse
    if count > MAX_ROWS:
        response = StreamingHttpResponse(
            csv_lines(shapes, kept_rows(roster)), content_type="text/csv; charset=utf-8"
        )
        response["Content-Disposition"] = content_disposition_header(True, f"{name}.csv")
    else:
        made = f"制表人：{made_by}　制表时间：{made_at:%Y-%m-%d %H:%M}　{_NOTE}"
        buffer = BytesIO()
        write_workbook(buffer, shapes, kept_rows(roster), made=made)
        response = HttpResponse(buffer.getvalue(), content_type=XLSX)
        response["Content-Disposition"] = content_disposition_header(True, f"{name}.xlsx")
    return response


def write_errors(path: Path, shapes: dict[int, SheetShape], rows: Iterable[Row], *, made: str) -> None:
    """For the command line: text when the file is called .csv, else a spreadsheet."""
    if path.suffix.lower() == ".csv":
        with path.open("w", encoding="utf-8", newline="") as file:
            file.writelines(csv_lines(shapes, rows))
    else:
        with path.open("wb") as file:
            write_workbook(file, shapes, rows, made=made)


def write_workbook(target: Any, shapes: dict[int, SheetShape], rows: Iterable[Row], *, made: str) -> None:
    """One sheet for each sheet of the upload that has refused rows; text cells only, never a formula."""
    book = xlsxwriter.Workbook(target, {"constant_memory": True})
    title = book.add_format({"bold": True, "font_size": 14})
    head = book.add_format({"bold": True, "border": 1, "bg_color": "#E8EEF4", "text_wrap": True})
    text = book.add_format({"border": 1, "num_format": "@"})
    for index, some in groupby(rows, key=lambda row: row["sheet"]):
        shape = shapes[index]
        sheet = book.add_worksheet(shape.name[:31] or None)
        sheet.write_string(0, 0, "花名册错误行", title)
        sheet.write_string(1, 0, quoted(made))
        for at, word in enumerate(shape.header()):
            sheet.set_column(at, at, 60 if word == REASON else 18)
            sheet.write_string(2, at, word or " ", head)
        for line, row in enumerate(some, start=3):
            for at, cell in enumerate(shape.cells(row)):
                sheet.write_string(line, at, quoted(str(cell))[:MAX_TEXT], text)
        sheet.freeze_panes(3, 0)
    book.close()


def csv_lines(shapes: dict[int, SheetShape], rows: Iterable[Row]) -> Iterator[str]:
    """Lines of one text file; sheets with other columns go below each other under all columns there are."""
    titles = list(dict.fromkeys(word for shape in shapes.values() for word in shape.header()))
    yield "\ufeff" + _line(titles)
    for row in rows:
        shape = shapes[row["sheet"]]
        said = dict(zip(shape.header(), shape.cells(row), strict=True))
        yield _line([quoted(str(said.get(word, ""))) for word in titles])


def _line(cells: list[str]) -> str:
    buffer = StringIO()
    csv.writer(buffer).writerow(cells)
    return buffer.getvalue()
