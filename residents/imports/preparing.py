"""All rows of a list -> lines for the staging table, in file order, by a few child processes.

The children get stretches of the file and give COPY text back; they never touch the database. What waits between them
is bounded, so that a list of any length takes the same memory.
"""

import multiprocessing
import os
import pickle
import sys
import threading
from collections import Counter, deque
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import Future, ProcessPoolExecutor
from dataclasses import dataclass, field
from datetime import date
from itertools import islice
from operator import methodcaller

from core.crypto import Sealer
from core.processes import leave_connections
from residents.imports import afresh
from residents.imports.layouts import Layout
from residents.imports.lines import Sealing, line_of
from residents.imports.placing import Placer
from residents.imports.quick import QuickReader
from residents.imports.reach import Reach
from residents.imports.reading import ROWS_IN_BLOCK, Block, Book
from residents.imports.rows import no_person, read_row
from residents.imports.shaping import Row, Shaper

ALONE_BELOW = 3_000  # rows that are done before children are up
WAITING_EACH = 3  # stretches under way for each child


@dataclass(frozen=True)
class Batch:
    """Some prepared rows.

    Attributes:
        lines: COPY text for ``staging.COLUMNS``.
        count: persons in it.
        read: rows of the file it was made of.
        skipped: how many rows hold nobody, by why (blank, frame, example).
    """

    lines: bytes
    count: int
    read: int
    skipped: dict[str, int] = field(default_factory=dict)


@dataclass(frozen=True)
class Stretch:
    """Some rows of one sheet, as bytes of plain text or as cells."""

    layout: int
    first_row: int
    data: bytes | None
    rows: list[Row]
    count: int


class Preparer:
    """What turns stretches into batches; one in each process.

    Args:
        form: encoding and separator of a text file.
    """

    def __init__(
        self, layouts: Sequence[Layout], reach: Reach, sealer: Sealer, form: tuple[str, str], on: date
    ) -> None:
        self.layouts, self.form, self.on = layouts, form, on
        self.placer, self.sealing = Placer(reach), Sealing(sealer)
        self.readers = [QuickReader(one, self.placer, self.sealing, on=on) for one in layouts]

    def batch(self, stretch: Stretch) -> Batch:
        layout, reader = self.layouts[stretch.layout], self.readers[stretch.layout]
        width, first = len(layout.titles), layout.first_row
        lines: list[str] = []
        skipped: Counter[str] = Counter()
        for row, cells in self._rows(stretch):
            if row < first:
                continue
            if len(cells) < width:
                cells = [*cells, *[""] * (width - len(cells))]
            line = reader.line(row, cells)
            if line is None:
                why = no_person(cells, layout)
                if why:
                    skipped[why] += 1
                    continue
                line = self._by_full_rules(row, cells, layout)
            lines.append(line)
        return Batch("".join(lines).encode(), len(lines), stretch.count, dict(skipped))

    def _by_full_rules(self, row: int, cells: list[str], layout: Layout) -> str:
        draft = read_row(layout.sheet, row, cells, layout, on=self.on)
        self.placer.put(draft)
        return line_of(draft, self.sealing)

    def _rows(self, stretch: Stretch) -> Iterator[Row]:
        if stretch.data is None:
            yield from stretch.rows
            return
        encoding, delimiter = self.form
        text = stretch.data.decode(encoding).replace("\r\n", "\n").removesuffix("\n")
        yield from enumerate(map(methodcaller("split", delimiter), text.split("\n")), start=stretch.first_row)


def prepare(
    book: Book,
    layouts: Sequence[Layout],
    reach: Reach,
    *,
    on: date,
    workers: int = 2,
    progress: Callable[[int], None] | None = None,
) -> Iterator[Batch]:
    """Prepare all rows of all layouts.

    Args:
        workers: child processes; a short list, or 0, is done in this process.
        progress: told how many rows of the file are done.

    Raises:
        CannotReadRoster: something found only while reading, such as too many rows.
    """
    facts = (layouts, reach, book.text_form, on)
    stretches = _stretches(book, layouts)
    rows = sum(book.sheets[one.sheet].height for one in layouts)
    if workers < 1 or rows < ALONE_BELOW:
        preparer = Preparer(layouts, reach, Sealer.of_settings(), book.text_form, on)
        batches: Iterator[Batch] = map(preparer.batch, stretches)
    else:
        batches = _by_children(facts, stretches, workers)
    done = 0
    for batch in batches:
        done += batch.read
        if progress:
            progress(done)
        yield batch


def original_cells(book: Book, wanted: set[tuple[int, int]]) -> Iterator[tuple[tuple[int, int], list[str]]]:
    """The cells of some rows as they stand in the file, in file order: (sheet, row) -> cells."""
    for sheet in book.sheets:
        rows = {row for at, row in wanted if at == sheet.index}
        if not rows:
            continue
        last = max(rows)
        for row, cells in book.rows(sheet.index):
            if row in rows:
                yield (sheet.index, row), cells
            if row >= last:
                break


def _stretches(book: Book, layouts: Sequence[Layout]) -> Iterator[Stretch]:
    for at, layout in enumerate(layouts):
        blocks = book.blocks(layout.sheet, parsed=layout.needs_state)
        shaper = Shaper(layout)
        if layout.needs_state:
            rows = shaper.rows(_numbered(blocks))
            while part := list(islice(rows, ROWS_IN_BLOCK)):
                yield Stretch(at, part[0][0], None, part, len(part))
            continue
        for block in blocks:
            if block.data is None:
                part = list(shaper.rows(_numbered([block])))
                yield Stretch(at, block.first_row, None, part, block.count)
            else:
                shaper.note_above(_last_row(block.data, book.text_form))
                yield Stretch(at, block.first_row, block.data, [], block.count)


def _numbered(blocks: Sequence[Block] | Iterator[Block]) -> Iterator[Row]:
    for block in blocks:
        yield from enumerate(block.rows, start=block.first_row)


def _last_row(data: bytes, form: tuple[str, str]) -> list[str]:
    end = data.rstrip(b"\r\n")
    return end[end.rfind(b"\n") + 1 :].decode(form[0]).split(form[1])


def _way_to_start() -> str:
    """A fork has everything loaded at once, a fresh interpreter needs seconds. No lock is held where only we run."""
    return "fork" if sys.platform == "linux" and threading.active_count() == 1 else "spawn"


_preparer: Preparer | None = None  # of a child process


def _by_children(
    facts: tuple[Sequence[Layout], Reach, tuple[str, str], date], stretches: Iterator[Stretch], workers: int
) -> Iterator[Batch]:
    """In file order; children share neither a connection nor a lock with us."""
    pool = ProcessPoolExecutor(
        workers,
        multiprocessing.get_context(_way_to_start()),
        initializer=afresh.begin,
        initargs=(os.getpid(), pickle.dumps(facts)),
    )
    waiting: deque[Future[Batch]] = deque()
    try:
        for stretch in stretches:
            waiting.append(pool.submit(_batch_of, stretch))
            if len(waiting) >= workers * WAITING_EACH:
                yield waiting.popleft().result()
        while waiting:
            yield waiting.popleft().result()
    finally:
        pool.shutdown(wait=True, cancel_futures=True)


def begin_child(layouts: Sequence[Layout], reach: Reach, form: tuple[str, str], on: date) -> None:
    """Called once in a child, before its first stretch."""
    global _preparer
    leave_connections()
    _preparer = Preparer(layouts, reach, Sealer.of_settings(), form, on)


def _batch_of(stretch: Stretch) -> Batch:
    assert _preparer is not None  # noqa: S101 - the child has begun
    return _preparer.batch(stretch)
