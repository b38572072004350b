"""Rows that mean something only together with those above: merged cells, ditto marks, a head beside his members."""

from collections.abc import Iterable, Iterator

from core.text import clean, clean_name
from residents.choices import Relation
from residents.imports.columns import Column
from residents.imports.layouts import Layout
from residents.imports.rows import no_person
from residents.imports.textfiles import DITTO
from residents.rules.household import read_relation

C = Column
Row = tuple[int, list[str]]
_DITTO = frozenset(DITTO)
_OF_ONE_PERSON = frozenset((C.NAME, C.NUMBER))
# What a household has in common; a new household does not take it from the one above.
_OF_A_HOUSEHOLD = frozenset((C.HEAD, C.HEAD_NUMBER, C.HOUSEHOLD, C.ADDRESS, C.BUILDING, C.UNIT, C.ROOM))
# Of a head who stands only beside his members nothing else is known than what the columns of the head say.
_OF_THE_MEMBER = (
    C.SEX, C.BORN_ON, C.AGE, C.PHONE, C.ID_KIND, C.KINDS, C.REGISTRATION, C.STATUS, C.REMARK,
)  # fmt: skip
_MOST_MEMBERS = 200


class Shaper:
    """Completes the rows of one layout; goes through them in order."""

    def __init__(self, layout: Layout) -> None:
        self.layout = layout
        self._width = len(layout.titles)
        self._own = {layout.positions[one] for one in _OF_ONE_PERSON if one in layout.positions}
        household = {layout.positions[one] for one in _OF_A_HOUSEHOLD if one in layout.positions}
        self._fill, self._fill_household = layout.fill, layout.fill & household
        self._above: list[str] = [""] * self._width
        self._carried: dict[int, str] = {}
        self._merged: dict[int, tuple[int, str]] = {}

    def rows(self, rows: Iterable[Row]) -> Iterator[Row]:
        """The same rows, complete; with a line more for each head who has none of his own."""
        whole = self._completed(rows)
        return self._with_heads(whole) if C.HEAD_NUMBER in self.layout.positions else whole

    def _completed(self, rows: Iterable[Row]) -> Iterator[Row]:
        for number, cells in rows:
            if number < self.layout.first_row:
                continue
            if len(cells) < self._width:
                cells = [*cells, *[""] * (self._width - len(cells))]
            self._unmerge(number, cells)
            if no_person(cells, self.layout) and not self._fill:
                yield number, cells
                continue
            self._undo_ditto(cells)
            self._carry(cells)
            self._above = cells
            yield number, cells

    def note_above(self, cells: list[str]) -> None:
        """The last row of a stretch that was not shaped, for ditto marks in the next."""
        self._above = [*cells, *[""] * (self._width - len(cells))]

    def _unmerge(self, number: int, cells: list[str]) -> None:
        for at, spans in self.layout.spans.items():
            if number in spans:
                self._merged[at] = (spans[number], cells[at])
            elif at in self._merged and number <= self._merged[at][0] and not cells[at]:
                cells[at] = self._merged[at][1]

    def _undo_ditto(self, cells: list[str]) -> None:
        for at, text in enumerate(cells[: self._width]):
            if text and at not in self._own and clean(text) in _DITTO | {'"', "''"}:
                cells[at] = self._above[at]

    def _carry(self, cells: list[str]) -> None:
        """Empty cells of chosen columns take the value above, within one household where the column is of one."""
        if not self._fill:
            return
        if self._begins_household(cells):
            for at in self._fill_household:
                self._carried.pop(at, None)
        if not any(cells[at].strip() for at in self._own):
            return
        for at in self._fill:
            if cells[at].strip():
                self._carried[at] = cells[at]
            else:
                cells[at] = self._carried.get(at, "")

    def _begins_household(self, cells: list[str]) -> bool:
        at = self.layout.positions
        relation = clean(cells[at[C.RELATION]]) if C.RELATION in at else ""
        if relation and read_relation(relation) == Relation.HEAD:
            return True
        keys = [at[one] for one in (C.HOUSEHOLD, C.HEAD) if one in at]
        return any(cells[key].strip() and cells[key] != self._carried.get(key, cells[key]) for key in keys)

    def _with_heads(self, rows: Iterable[Row]) -> Iterator[Row]:
        """Groups neighbours of one head; a head whom no line of the group is about gets a line before them."""
        group: list[Row] = []
        now = ("", "")
        for number, cells in rows:
            key = self._head_of(cells)
            if key != now or len(group) >= _MOST_MEMBERS:
                yield from self._opened(group, now)
                group, now = [], key
            group.append((number, cells))
        yield from self._opened(group, now)

    def _head_of(self, cells: list[str]) -> tuple[str, str]:
        at = self.layout.positions
        name = clean_name(cells[at[C.HEAD]]) if C.HEAD in at else ""
        return name, clean(cells[at[C.HEAD_NUMBER]])

    def _opened(self, group: list[Row], head: tuple[str, str]) -> Iterator[Row]:
        at = self.layout.positions
        name, number = head
        if (
            group
            and name
            and number
            and C.HEAD in at
            and not any(no_person(one, self.layout) for _, one in group)
        ):
            lines = [(clean_name(one[at[C.NAME]]), clean(one[at[C.NUMBER]])) for _, one in group]
            if not any(who in (name, "") or his == number for who, his in lines):
                yield group[0][0], self._line_of_head(group[0][1], lonely=False)
        for row, cells in group:
            is_head_alone = (
                name and number and not cells[at[C.NAME]].strip() and not cells[at[C.NUMBER]].strip()
            )
            yield row, self._line_of_head(cells, lonely=True) if is_head_alone else cells

    def _line_of_head(self, cells: list[str], *, lonely: bool) -> list[str]:
        """The head as a person: his own cells, and where he stands alone those that would be the member's."""
        at, line = self.layout.positions, list(cells)
        if not lonely:
            for index in [at[one] for one in _OF_THE_MEMBER if one in at] + [
                one for one, _ in self.layout.ticks
            ]:
                line[index] = ""
        line[at[C.NAME]], line[at[C.NUMBER]] = cells[at[C.HEAD]], cells[at[C.HEAD_NUMBER]]
        if C.RELATION in at:
            line[at[C.RELATION]] = str(Relation.HEAD.label)
        return line
