"""An opened list: its sheets, their first rows to understand them by, and all their rows one after the other."""

from collections.abc import Iterator
from dataclasses import dataclass, field
from itertools import islice

from residents.imports.guarding import CannotReadRoster, FileKind, Inspection, Limits, inspect, refusal
from residents.imports.source import Source
from residents.imports.textfiles import Block, TextRows, form_of
from residents.imports.workbooks import Merge, Workbook, cell_text

__all__ = ["Block", "Book", "CannotReadRoster", "Limits", "SheetHead", "cell_text", "open_book"]

HEAD_ROWS = 40  # in which the header must stand
ROWS_IN_BLOCK = 1_000


@dataclass(frozen=True)
class SheetHead:
    """The beginning of one sheet.

    Attributes:
        name: "" for a text file.
        index: place among the sheets that are read.
        head_rows: the first rows as texts; ``head_rows[0]`` is row 1 of the file.
        merges: merged cells, each first and last (row, column) from 0.
        height: rows; of a text file the number of lines, which is at least that.
    """

    name: str
    index: int
    head_rows: list[list[str]]
    merges: list[Merge] = field(default_factory=list)
    height: int = 0


class Book:
    """A list opened for reading.

    Attributes:
        sheets: the visible ones that hold anything.
        notes: what the uploader should know, such as hidden sheets.
    """

    def __init__(self, found: Inspection, source: Source, limits: Limits) -> None:
        self.kind, self.limits = found.kind, limits
        self.notes: list[str] = []
        if found.error_cells:
            self.notes.append(f"有 {found.error_cells} 个单元格是公式错误（如 #REF!、#N/A），按空白处理。")
        self.sheets: list[SheetHead] = []
        self._text: TextRows | None = None
        self._workbook: Workbook | None = None
        if found.kind is FileKind.TEXT:
            self._open_text(source)
        else:
            self._open_workbook(source)
        if not self.sheets:
            raise refusal("file_empty")

    def _open_text(self, source: Source) -> None:
        form = form_of(source, self.limits)
        self._text = TextRows(source, form, self.limits)
        head = [row for _, row in islice(self._text.rows(), HEAD_ROWS)]
        self.sheets = [SheetHead("", 0, head, height=form.lines)]

    def _open_workbook(self, source: Source) -> None:
        book = self._workbook = Workbook(source, self.limits)
        if book.hidden:
            names = "、".join(f"“{one}”" for one in book.hidden[:10])
            self.notes.append(f"隐藏的工作表{names}没有读取；需要导入的请先取消隐藏。")
        for name in book.names:
            head = [row for _, row in islice(book.rows(name), HEAD_ROWS)]
            if any(map(any, head)):
                at = len(self.sheets)
                self.sheets.append(SheetHead(name, at, head, book.merges(name), book.height(name)))

    def rows(self, index: int) -> Iterator[tuple[int, list[str]]]:
        """Row number as Excel shows it, and the texts of the cells, as they stand there."""
        if self._text:
            return self._text.rows()
        assert self._workbook is not None  # noqa: S101 - one of the two is open
        return self._workbook.rows(self.sheets[index].name)

    def blocks(self, index: int, *, parsed: bool) -> Iterator[Block]:
        """The same rows in blocks of some thousand; plain stretches of a text file stay bytes unless ``parsed``."""
        if self._text:
            yield from self._text.blocks(parsed=parsed)
            return
        rows = self.rows(index)
        while part := list(islice(rows, ROWS_IN_BLOCK)):
            yield Block(part[0][0], None, [cells for _, cells in part], len(part))

    @property
    def text_form(self) -> tuple[str, str]:
        """Encoding and separator of a text file, to take its plain blocks apart; ("", "") for a workbook."""
        return (self._text.form.encoding, self._text.form.delimiter) if self._text else ("", "")


def open_book(source: Source, limits: Limits) -> Book:
    """Open a list; its kind is told by its content.

    Raises:
        CannotReadRoster: empty, too large, of another kind, protected, damaged, or made to burst.
    """
    return Book(inspect(source, limits), source, limits)
