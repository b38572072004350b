"""How a sheet is laid out: where its header ends, what its columns are, and when to ask a person instead of guessing."""

from collections.abc import Collection, Iterator, Mapping
from dataclasses import dataclass, field, replace
from typing import Any, Protocol

from core.text import clean
from residents.choices import Population
from residents.imports.columns import (
    FILLABLE,
    JOINED,
    REASON,
    REQUIRED,
    ROW,
    Column,
    Meaning,
    bare_title,
    meaning_of,
)
from residents.imports.guarding import CannotReadRoster
from residents.imports.proposing import DATA_DIGITS, NeedsMapping, Proposal, propose, shown_title
from residents.imports.reading import Book, SheetHead

HEADER_WITHIN = 30  # rows from the top in which the header must stand
_LEAST = 2  # recognized titles that make a header
_EXPECTED = frozenset(map(bare_title, ("序号", "编号", "户序", REASON, ROW)))  # columns that nobody misses
C = Column


class Places(Protocol):
    """What a layout asks of ``reach.Reach``."""

    def named_in(self, text: str) -> str: ...
    def only(self) -> str: ...
    def tells_village(self, grid: str) -> bool: ...
    def name_of(self, village: str) -> str: ...


@dataclass(frozen=True)
class Layout:
    """Where the columns stand in one sheet.

    Attributes:
        sheet: index in the book; ``name`` is "" for a text file.
        header_row: number of the header's first line, from 1; 0 without a header.
        first_row: number of the first row of data, from 1.
        positions: column -> index in a row, from 0.
        titles: the header as written, to give rows back in the same layout.
        unused: titles that mean nothing to us.
        ticks: columns of one population kind, as (index, kind).
        fill: indexes of columns in which an empty cell means the same as above.
        spans: merged cells of data columns: index -> {first row: last row}, rows from 1.
        constants: what holds for the whole sheet, such as the village in its name.
        more: further columns of phones, kinds or remarks, as (column, index).
    """

    sheet: int
    name: str
    header_row: int
    first_row: int
    positions: dict[Column, int]
    titles: tuple[str, ...]
    unused: tuple[str, ...] = ()
    ticks: tuple[tuple[int, Population], ...] = ()
    fill: frozenset[int] = frozenset()
    spans: dict[int, dict[int, int]] = field(default_factory=dict)
    constants: dict[Column, str] = field(default_factory=dict)
    more: tuple[tuple[Column, int], ...] = ()

    @property
    def missing(self) -> tuple[Column, ...]:
        """Required columns that are not there; a household's village may come from its grid or from the whole sheet."""
        found = set(self.positions) | set(self.constants)
        return tuple(
            one
            for one in REQUIRED
            if one not in found and not (one is C.VILLAGE and C.GRID in self.positions)
        )

    @property
    def is_roster(self) -> bool:
        """Names, and enough beside them to take the sheet for a list of people."""
        return C.NAME in self.positions and (C.NUMBER in self.positions or len(self.positions) > _LEAST)

    @property
    def needs_state(self) -> bool:
        """Whether a row means something only together with the rows above it."""
        return bool(self.fill or self.spans or C.HEAD_NUMBER in self.positions)


def find_layouts(
    book: Book,
    mapping: Mapping[str, Any],
    memory: Mapping[str, str],
    reach: Places | None = None,
    *,
    needed: Collection[Column] = REQUIRED,
) -> list[Layout]:
    """The layouts of all sheets that are lists of people, in order.

    Args:
        mapping: what the uploader said of the columns, by sheet index as text; wins over everything
            (keys: skip, header_row, header_rows, columns, fill, constants; see ``proposing.Proposal``).
        memory: bare title -> column code, as explained in earlier uploads of the institution.
        reach: to find the village in a sheet's name or title, where no column tells it.
        needed: columns without which a person has to be asked.

    Raises:
        NeedsMapping: a list of people whose required columns are unsure; carries a proposal for every sheet.
        CannotReadRoster: nothing that looks like a list at all.
    """
    layouts, unsure = [], []
    for sheet in book.sheets:
        told = mapping.get(str(sheet.index), {})
        if told.get("skip"):
            continue
        layout = _told(sheet, told) if told.get("columns") else _recognized(sheet, memory, reach)
        if told.get("constants"):
            extra = {C(key): str(value) for key, value in told["constants"].items() if value}
            layout = replace(layout, constants=layout.constants | extra)
        if not set(layout.missing) & set(needed):
            layouts.append(layout)
        elif layout.is_roster or told:
            unsure.append(layout)
    if unsure or not layouts:
        raise _question(book, [*layouts, *unsure], mapping, memory, reach)
    return layouts


def _question(
    book: Book,
    found: list[Layout],
    mapping: Mapping[str, Any],
    memory: Mapping[str, str],
    reach: Places | None,
) -> CannotReadRoster:
    """Ask which column is which; where nothing looks like a list there is nothing to ask."""
    proposals = []
    for sheet in book.sheets:
        layout = next((one for one in found if one.sheet == sheet.index), None)
        proposal = propose(sheet, layout or _recognized(sheet, memory, reach))
        is_left_out = mapping.get(str(sheet.index), {}).get("skip", False)
        proposals.append(replace(proposal, skip=proposal.skip or is_left_out))
    if not any(one.is_plausible for one in proposals):
        sentence = "没有找到表头。请在表格前几行写明“姓名”“身份证号”“村居”等列名，或下载模板填写。"
        return CannotReadRoster("header_not_found", sentence, field="file")
    return NeedsMapping(Proposal(tuple(proposals)))


def proposal_of(book: Book, layouts: list[Layout], memory: Mapping[str, str]) -> Proposal:
    """How a file was understood, to be put right by a person: exactly that, nothing guessed beside it."""
    read = {one.sheet: one for one in layouts}
    proposals = []
    for sheet in book.sheets:
        layout = read.get(sheet.index) or _recognized(sheet, memory, None)
        proposals.append(replace(propose(sheet, layout, guesses=False), skip=sheet.index not in read))
    return Proposal(tuple(proposals))


def notes_of(book: Book, layouts: list[Layout], reach: Places | None = None) -> list[str]:
    """What was left out, for the report: hidden sheets, sheets that are no lists, columns that mean nothing."""
    notes = list(book.notes)
    read = {one.sheet for one in layouts}
    others = [one.name for one in book.sheets if one.index not in read]
    if others:
        notes.append(f"工作表{'、'.join(f'“{one}”' for one in others[:10])}不是居民名册，没有读取。")
    unused, twice = _left_out(layouts)
    if unused:
        notes.append(f"以下列不导入：{'、'.join(unused[:20])}。")
    if twice:
        notes.append(f"{'、'.join(f'“{one}”' for one in twice[:20])}不止一列，只读取最左边的一列。")
    for layout in layouts:
        if layout.constants.get(C.VILLAGE):
            where = f"工作表“{layout.name}”" if layout.name else "表中"
            village = layout.constants[C.VILLAGE]
            notes.append(
                f"{where}没有村居列，全部算作“{reach.name_of(village) if reach else village}”的居民。"
            )
    return notes


def _left_out(layouts: list[Layout]) -> tuple[list[str], list[str]]:
    """Titles that mean nothing to us, and those that stand there twice, as the page shows them."""
    unused: dict[str, bool] = {}
    twice: dict[str, bool] = {}
    for layout in layouts:
        read = {clean(layout.titles[at])[:20] for at in layout.positions.values()}
        for one in layout.unused:
            (twice if one in read else unused)[shown_title(one)] = True
    return list(unused), list(twice)


def _recognized(sheet: SheetHead, memory: Mapping[str, str], reach: Places | None) -> Layout:
    """The best header of a sheet: one line, or two where the second says more."""
    best = max(_candidates(sheet, memory), key=_worth, default=None)
    if best is None or len(best.positions) < _LEAST:
        return _unrecognized(sheet, memory)
    if reach and _needs_village(sheet, best, reach):
        titles = (*(" ".join(row) for row in sheet.head_rows[: best.header_row - 1]), sheet.name)
        village = next(filter(None, map(reach.named_in, titles)), "") or reach.only()
        if village:
            best = replace(best, constants={C.VILLAGE: village})
    return best


def _needs_village(sheet: SheetHead, layout: Layout, reach: Places) -> bool:
    """Neither a column of villages nor grids that tell theirs: 第一网格 is in every village."""
    if C.VILLAGE in layout.positions or set(layout.missing) - {C.VILLAGE}:
        return False
    at = layout.positions.get(C.GRID)
    rows = sheet.head_rows[layout.first_row - 1 :] if at is not None else []
    return not any(reach.tells_village(row[at]) for row in rows if at is not None and at < len(row))


def _unrecognized(sheet: SheetHead, memory: Mapping[str, str]) -> Layout:
    """Titles that mean nothing to us, above rows that look like data; or no header at all."""
    for at, row in enumerate(sheet.head_rows[:HEADER_WITHIN]):
        used = [one for one in row if clean(one)]
        below = sheet.head_rows[at + 1] if at + 1 < len(sheet.head_rows) else []
        if any(map(_is_data, used)):
            break
        if len(used) > 1 and any(map(_is_data, below)):
            return _layout(sheet, at, 1, [("", one) for one in row], memory)
    return Layout(sheet.index, sheet.name, 0, 1, {}, ())


def _worth(layout: Layout) -> tuple[int, int, int]:
    """More required columns, then more columns, then the shorter header."""
    found = sum(one in layout.positions for one in REQUIRED)
    return (found, len(layout.positions) + len(layout.ticks), layout.header_row - layout.first_row)


def _candidates(sheet: SheetHead, memory: Mapping[str, str]) -> Iterator[Layout]:
    for at, row in enumerate(sheet.head_rows[:HEADER_WITHIN]):
        yield _layout(sheet, at, 1, [("", one) for one in row], memory)
        below = sheet.head_rows[at + 1] if at + 1 < len(sheet.head_rows) else []
        if any(below) and not any(_is_data(one) for one in below):
            yield _layout(sheet, at, 2, list(_stacked(sheet, at, row, below)), memory)


def _is_data(text: str) -> bool:
    """A cell that no header holds."""
    return sum(one.isdigit() for one in text) >= DATA_DIGITS or clean(text) in ("男", "女", "户主")


def _stacked(sheet: SheetHead, at: int, top: list[str], below: list[str]) -> Iterator[tuple[str, str]]:
    """Two header lines as (above, title); an upper title reaches over the empty cells of its merged field."""
    reach = {
        column: first[1]
        for first, last in sheet.merges
        if first[0] == at
        for column in range(first[1], last[1] + 1)
    }
    width = max(len(top), len(below))
    top, below = [*top, *[""] * (width - len(top))], [*below, *[""] * (width - len(below))]
    last = -1
    for column in range(width):
        if clean(top[column]):
            last = column
        owner = reach.get(column, -1) if sheet.merges else (last if clean(below[column]) else column)
        above = top[owner] if owner >= 0 else top[column]
        yield ("", above) if not clean(below[column]) else (above, below[column])


def _layout(
    sheet: SheetHead, at: int, lines: int, titles: list[tuple[str, str]], memory: Mapping[str, str]
) -> Layout:
    meanings = [meaning_of(title, memory, above) for above, title in titles]
    written = [f"{above}{title}".replace("\n", "") for above, title in titles]
    return _built(sheet, at + 1, at + 1 + lines, written, meanings, frozenset())


def _told(sheet: SheetHead, told: Mapping[str, Any]) -> Layout:
    """Exactly what the uploader said."""
    header, lines = int(told.get("header_row", 1)), int(told.get("header_rows", 1))
    rows = sheet.head_rows[header - 1 : header - 1 + lines] if header else []
    width = max((len(one) for one in sheet.head_rows), default=0)
    titles = ["".join(row[at] for row in rows if at < len(row)).replace("\n", "") for at in range(width)]
    if not header:
        titles = [f"第{at + 1}列" for at in range(width)]
    codes = {int(key): str(value) for key, value in told["columns"].items()}
    meanings = [Meaning.of_code(codes.get(at, "")) for at in range(width)]
    fill = frozenset(int(one) for one in told.get("fill", ()))
    return _built(sheet, header, header + lines if header else 1, titles, meanings, fill)


def _built(
    sheet: SheetHead,
    header: int,
    first: int,
    titles: list[str],
    meanings: list[Meaning],
    fill: frozenset[int],
) -> Layout:
    positions: dict[Column, int] = {}
    ticks, unused, more = [], [], []
    for index, (title, meaning) in enumerate(zip(titles, meanings, strict=True)):
        if meaning.column is not None and meaning.column not in positions:
            positions[meaning.column] = index
        elif meaning.column in JOINED:
            more.append((meaning.column, index))
        elif meaning.tick is not None:
            ticks.append((index, meaning.tick))
        elif (bare := bare_title(title)) and bare not in _EXPECTED:
            unused.append(clean(title)[:20])
    filled = {positions[one] for one in FILLABLE if one in positions}
    return Layout(
        sheet.index, sheet.name, header, first, positions, tuple(titles), tuple(unused), tuple(ticks), fill,
        _spans(sheet, first, filled), more=tuple(more),
    )  # fmt: skip


def _spans(sheet: SheetHead, first: int, columns: set[int]) -> dict[int, dict[int, int]]:
    """Merged cells of several rows below the header, in columns that may be filled from above."""
    found: dict[int, dict[int, int]] = {}
    for (top, left), (bottom, _) in sheet.merges:
        if top + 1 >= first and bottom > top and left in columns:
            found.setdefault(left, {})[top + 1] = bottom + 1
    return found
