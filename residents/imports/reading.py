"""Bytes of an uploaded file -> a table of texts. The kind is told by the content, never by the file name.

Dangerous files are refused before anything opens them: an archive is judged by its own directory of contents.
"""

import csv
import io
import zipfile
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any

from python_calamine import CalamineError, CalamineWorkbook, PasswordError, SheetTypeEnum, SheetVisibleEnum

from core.refusals import Refusal

MAX_UNPACKED = 300 * 1024 * 1024  # bytes; an honest roster of 10 MB unpacks to some 75 MB
MAX_RATIO = 100  # unpacked to packed; honest rosters stay below 10
MAX_COLUMNS = 200
HEAD_ROOM = 200  # titles, blank and signature rows beside the counted ones
EXACT_DIGITS = 10**15  # from here on a spreadsheet number has lost digits

_ZIP, _OLE = b"PK\x03\x04", b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1"
_ENCRYPTED = "EncryptedPackage".encode("utf-16-le")
_UTF16 = (b"\xff\xfe", b"\xfe\xff")


class CannotReadRoster(Refusal):
    """The file as a whole cannot be used."""


@dataclass(frozen=True)
class Sheet:
    """One sheet as texts. ``rows[0]`` is row 1 of the file, so that row numbers agree with what Excel shows."""

    name: str
    rows: list[list[str]]


def read_sheets(data: bytes, *, max_bytes: int, max_rows: int) -> list[Sheet]:
    """The visible sheets that hold anything.

    Raises:
        CannotReadRoster: empty, too large, of another kind, protected, damaged, or made to burst.
    """
    if not data.strip():
        raise CannotReadRoster("file_empty", "文件是空的。请选择填写好的花名册。", field="file")
    if len(data) > max_bytes:
        sentence = f"文件超过 {max_bytes // 1024 // 1024} MB。请按村居拆成几个文件，或删去图片后再上传。"
        raise CannotReadRoster("file_too_large", sentence, field="file")
    if data.startswith(_ZIP):
        _refuse_bomb(data)
        return _workbook(data, max_rows)
    if data.startswith(_OLE):
        if _ENCRYPTED in data:
            raise _protected()
        return _workbook(data, max_rows)
    return [Sheet("", _csv_rows(data, max_rows))]


def _protected() -> CannotReadRoster:
    return CannotReadRoster(
        "file_protected", "文件设有打开密码。请在 Excel 中取消密码（另存为时清除）后再上传。", field="file"
    )


def _wrong_type() -> CannotReadRoster:
    return CannotReadRoster(
        "file_type", "这不是 Excel 或 CSV 文件。请上传 .xlsx、.xls 或 .csv 格式的花名册。", field="file"
    )


def _damaged() -> CannotReadRoster:
    return CannotReadRoster(
        "file_damaged", "文件已损坏，打不开。请用 Excel 重新另存一份后再上传。", field="file"
    )


def _too_many_rows(max_rows: int) -> CannotReadRoster:
    return CannotReadRoster(
        "too_many_rows", f"超过 {max_rows} 行。请按村居拆成几个文件分次导入。", field="file"
    )


def _too_many_columns() -> CannotReadRoster:
    return CannotReadRoster("too_many_columns", f"超过 {MAX_COLUMNS} 列。请删去多余的列。", field="file")


def _refuse_bomb(data: bytes) -> None:
    """By the archive's directory alone: what it says it unpacks to."""
    try:
        entries = zipfile.ZipFile(io.BytesIO(data)).infolist()
    except zipfile.BadZipFile as error:
        raise _damaged() from error
    if not any(one.filename == "xl/workbook.xml" for one in entries):
        raise _wrong_type()
    unpacked = sum(one.file_size for one in entries)
    if unpacked > MAX_UNPACKED or unpacked > MAX_RATIO * len(data):
        raise CannotReadRoster(
            "file_bomb", "文件解压后异常庞大，已拒绝打开。请重新导出后再上传。", field="file"
        )


def _workbook(data: bytes, max_rows: int) -> list[Sheet]:
    try:
        book = CalamineWorkbook.from_filelike(io.BytesIO(data))
        names = [
            one.name
            for one in book.sheets_metadata
            if one.typ == SheetTypeEnum.WorkSheet and one.visible == SheetVisibleEnum.Visible
        ]
        sheets = [Sheet(name, _sheet_rows(book, name, max_rows)) for name in names]
    except PasswordError as error:
        raise _protected() from error
    except (CalamineError, OSError, ValueError) as error:
        raise _damaged() from error
    return [one for one in sheets if one.rows]


def _sheet_rows(book: CalamineWorkbook, name: str, max_rows: int) -> list[list[str]]:
    sheet = book.get_sheet_by_name(name)
    last_row, last_column = sheet.end or (-1, -1)
    if last_row >= max_rows + HEAD_ROOM:
        raise _too_many_rows(max_rows)
    if last_column >= MAX_COLUMNS:
        raise _too_many_columns()
    return [[cell_text(one) for one in row] for row in sheet.to_python(skip_empty_area=False)]


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


def _csv_rows(data: bytes, max_rows: int) -> list[list[str]]:
    text = _decoded(data)
    head = text.lstrip()[:400].lower()
    if head.startswith("<"):
        sentence = "这是网页改名成的表格（旧系统常见）。请用 Excel 打开，另存为 .xlsx 后再上传。"
        raise CannotReadRoster("file_html", sentence, field="file")
    rows: list[list[str]] = []
    try:
        for row in csv.reader(io.StringIO(text, newline=""), delimiter=_delimiter(text.splitlines())):
            if len(rows) >= max_rows + HEAD_ROOM:
                raise _too_many_rows(max_rows)
            if len(row) > MAX_COLUMNS:
                raise _too_many_columns()
            rows.append(row)
    except csv.Error as error:
        raise _damaged() from error
    return rows


def _decoded(data: bytes) -> str:
    """BOM, then strict UTF-8, then GB18030; a file with NUL bytes is no text."""
    if data.startswith(_UTF16):
        encodings = ["utf-16"]
    elif b"\0" in data[:4096] or data.startswith(
        (b"%PDF", b"Rar!", b"7z\xbc\xaf", b"\x89PNG", b"\xff\xd8\xff", b"GIF8")
    ):
        raise _wrong_type()
    else:
        encodings = ["utf-8-sig", "gb18030"]
    for encoding in encodings:
        try:
            return data.decode(encoding)
        except UnicodeDecodeError:
            continue
    raise _wrong_type()


def _delimiter(lines: Iterable[str]) -> str:
    """The separator that the first lines agree on; a comma where nothing speaks against it."""
    sample = [line for line in lines if line.strip()][:20]
    counts = {one: sum(line.count(one) for line in sample) for one in (",", "\t", ";")}
    return max(counts, key=lambda one: counts[one])
