"""CSV and other delimited text, read in blocks: a file of any length takes the memory of a few blocks."""

import codecs
import csv
import re
from collections.abc import Iterator
from dataclasses import dataclass

from residents.imports.guarding import (
    HEAD_ROOM,
    MAX_COLUMNS,
    CannotReadRoster,
    Limits,
    refusal,
    too_many_rows,
)
from residents.imports.source import Source

BLOCK = 192 * 1024  # bytes, some 1,800 rows
MAX_LINE = 1024 * 1024  # bytes in one line, or in one record with line breaks inside quotes
DITTO = ("同上", "〃", "″")
_SAMPLE = 20
_CONTROL = re.compile(rb"[\x01-\x08\x0e-\x19\x1b-\x1f]")  # in no text; 1A ended one in old systems
_SWALLOWED = re.compile(r"\d{15}")
_UTF16 = {codecs.BOM_UTF16_LE: "utf-16-le", codecs.BOM_UTF16_BE: "utf-16-be"}


@dataclass(frozen=True)
class TextForm:
    """How a text is written: its encoding, its separator, and how many lines it has at most."""

    encoding: str
    delimiter: str
    lines: int


@dataclass(frozen=True)
class Block:
    """Some rows of a sheet, in file order.

    Attributes:
        first_row: number of the first one, from 1.
        data: plain bytes with one record a line and no quotes, or None where ``rows`` holds the cells.
        count: records.
    """

    first_row: int
    data: bytes | None
    rows: list[list[str]]
    count: int


def form_of(source: Source, limits: Limits) -> TextForm:
    """Look through the whole text once: strict UTF-8 if it is that, UTF-16 by its mark or its zeros, else GB18030.

    Raises:
        CannotReadRoster: no text at all, HTML in disguise, or too many lines.
    """
    with source.open() as stream:
        head = stream.read(BLOCK)
    encoding = _marked(head)
    candidates = [encoding] if encoding else ["utf-8", "gb18030"]
    for one in candidates:
        lines = _lines_if(source, one)
        if lines is not None:
            break
    else:
        raise _no_text(head)
    if lines == 0:
        raise refusal("file_empty")
    text = head.decode(one, errors="ignore").removeprefix("\ufeff")
    if text.lstrip()[:1] == "<":
        raise refusal("file_html")
    return TextForm(one, _delimiter(text), lines)


def _marked(head: bytes) -> str | None:
    if head[:2] in _UTF16:
        return _UTF16[head[:2]]
    if b"\0" not in head:
        return None
    even, odd = head[0::2].count(0), head[1::2].count(0)
    if min(even, odd) * 20 > max(even, odd) or max(even, odd) * 8 < len(head) // 2:
        raise _no_text(head)
    return "utf-16-le" if odd > even else "utf-16-be"


def _no_text(head: bytes) -> CannotReadRoster:
    """Bytes that no encoding explains: a damaged text, or no text at all."""
    has_lines = b"\n" in head or b"\r" in head
    if not has_lines or _CONTROL.search(head) or head.count(0) * 4 > len(head):
        return refusal("file_type")
    return refusal("text_zeros" if b"\0" in head else "text_mixed")


def _lines_if(source: Source, encoding: str) -> int | None:
    """Lines of the text if it is wholly of this encoding; 0 when only blanks are in it."""
    decoder = codecs.getincrementaldecoder(encoding)(errors="strict")
    lines, is_blank, last = 1, True, ""
    with source.open() as stream:
        try:
            while block := stream.read(4 * BLOCK):
                text = decoder.decode(block)
                lines += text.count("\n") or text.count("\r")
                is_blank = is_blank and not text.strip("\ufeff \t\r\n")
                last = text[-1:] or last
            decoder.decode(b"", final=True)
        except UnicodeDecodeError:
            return None
    return 0 if is_blank else lines - (last in "\r\n")


def _delimiter(text: str) -> str:
    """The separator that the first lines agree on; a comma where nothing speaks against it."""
    sample = [line for line in text.splitlines() if line.strip()][:_SAMPLE]
    counts = {one: sum(line.count(one) for line in sample) for one in (",", "\t", ";", "，", "|")}
    return max(counts, key=lambda one: counts[one])


class TextRows:
    """The records of a text, as rows or as blocks."""

    def __init__(self, source: Source, form: TextForm, limits: Limits) -> None:
        self.source, self.form, self.limits = source, form, limits
        self._ditto = [one.encode(form.encoding) for one in DITTO]

    def rows(self) -> Iterator[tuple[int, list[str]]]:
        """Row number and cells; a record that spans lines is one row."""
        for block in self.blocks(parsed=True):
            yield from enumerate(block.rows, start=block.first_row)

    def blocks(self, *, parsed: bool) -> Iterator[Block]:
        """All records. Plain stretches stay bytes unless ``parsed``; those with quotes or ditto marks come as rows.

        Raises:
            CannotReadRoster: more rows than allowed, a row too wide, or quotes that never close.
        """
        at = 1
        with self.source.open() as stream:
            feed = _Lines(stream, self.form.encoding)
            while (data := feed.block()) is not None:
                if parsed or not self._is_plain(data):
                    rows = self._parsed(feed, data)
                    block = Block(at, None, rows, len(rows))
                else:
                    block = Block(at, data, [], data.count(b"\n") + (not data.endswith(b"\n")))
                at += block.count
                if at - 1 > self.limits.max_csv_rows + HEAD_ROOM:
                    raise too_many_rows(self.limits.max_csv_rows)
                yield block

    def _is_plain(self, data: bytes) -> bool:
        if self.form.encoding.startswith("utf-16") or b'"' in data or b"\0" in data:
            return False
        if data.count(b"\r") != data.count(b"\r\n"):
            return False
        return not any(one in data for one in self._ditto)

    def _parsed(self, feed: "_Lines", data: bytes) -> list[list[str]]:
        """The rows that begin in a block; a last one that goes on in the next block is read to its end."""
        lines = _LineFeed(feed, data)
        rows = []
        try:
            for row in csv.reader(lines, delimiter=self.form.delimiter):
                if len(row) > MAX_COLUMNS:
                    raise refusal("too_many_columns")
                if any("\n" in cell and _SWALLOWED.search(cell) for cell in row):
                    raise refusal("file_quotes")  # a cell with somebody's number: the rows below are in it
                rows.append(row)
                if lines.is_spent:
                    break
        except csv.Error as error:
            raise refusal("file_quotes") from error
        if lines.broke_off:
            raise refusal("file_quotes")
        return rows


class _Lines:
    """A stream cut into blocks of whole lines."""

    def __init__(self, stream, encoding: str) -> None:
        self._stream, self.encoding = stream, encoding
        self._rest = b""
        self._is_first = True
        self._end = "\n".encode(encoding)

    def block(self) -> bytes | None:
        """The next whole lines; None at the end."""
        parts = [self._rest]
        length = len(self._rest)
        while True:
            read = self._stream.read(BLOCK)
            parts.append(read)
            length += len(read)
            whole = b"".join(parts) if len(parts) > 1 else parts[0]
            parts = [whole]
            cut = self._cut(whole) if read else length
            if cut:
                self._rest = whole[cut:]
                return self._without_mark(whole[:cut])
            if not read:
                return None
            if length > MAX_LINE + BLOCK:
                raise CannotReadRoster(
                    "line_too_long",
                    "有一行长得异常，不像表格。请用 Excel 打开，另存为 .xlsx 后再上传。",
                    field="file",
                )

    def _cut(self, data: bytes) -> int:
        """Just behind the last line end; in UTF-16 a line feed stands at an even place."""
        at = data.rfind(self._end)
        while at > 0 and len(self._end) == 2 and at % 2:
            at = data.rfind(self._end, 0, at + 1)
        if at < 0 and self.encoding[:3] != "utf-1":
            at = data.rfind(b"\r", 0, len(data) - 1)
        return at + len(self._end) if at >= 0 else 0

    def _without_mark(self, data: bytes) -> bytes:
        if self._is_first:
            self._is_first = False
            return data.removeprefix("\ufeff".encode(self.encoding))
        return data


class _LineFeed:
    """Lines of one block for the csv module, and of the following blocks while a quoted cell is open.

    Attributes:
        broke_off: the text ended inside a quoted cell.
    """

    def __init__(self, feed: _Lines, data: bytes) -> None:
        self._feed = feed
        self._lines = self._split(data)
        self._at = 0
        self.broke_off = False

    def _split(self, data: bytes) -> list[str]:
        text = data.decode(self._feed.encoding).replace("\r\n", "\n").replace("\r", "\n")
        return text.removesuffix("\n").split("\n") if text else []

    @property
    def is_spent(self) -> bool:
        return self._at >= len(self._lines)

    def __iter__(self) -> "_LineFeed":
        return self

    def __next__(self) -> str:
        if self.is_spent:
            more = self._feed.block()
            if more is None:
                self.broke_off = self._at > 0  # asked for more in the middle of a record
                raise StopIteration
            self._lines, self._at = self._split(more), 0
        line = self._lines[self._at]
        self._at += 1
        return line + "\n"
