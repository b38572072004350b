"""Which cells of tables of counts must not be shown, so that none that is small can be computed back (docs/domain.md 10).

A table is cells and the sums among them: rows and columns, a village and its grids. Hidden are first the small cells
themselves, then others beside them (complementary suppression), until whoever knows all that is shown, and that
nobody counts below zero, finds at least two possible values for every hidden cell.
"""

from collections.abc import Collection, Hashable, Iterable, Mapping, Sequence
from dataclasses import dataclass

Cell = Hashable
Row = dict[Hashable, int]

_PRIME = (1 << 61) - 1  # arithmetic in a field without fractions; the coefficients are small


@dataclass(frozen=True)
class Sum:
    """``total`` is the sum of ``parts``, as everybody knows."""

    total: Cell
    parts: tuple[Cell, ...]

    @property
    def members(self) -> tuple[Cell, ...]:
        return (self.total, *self.parts)


def hidden_cells(
    cells: Mapping[Cell, int],
    sums: Sequence[Sum],
    *,
    below: int,
    unpublished: Collection[Cell] = (),
    kept: Collection[Cell] = (),
) -> frozenset[Cell]:
    """The cells not to show.

    Args:
        cells: every cell of the sums with its count.
        below: counts under it are small; nought too, for it says of everybody that he is not among them.
        unpublished: cells that are shown nowhere anyway.
        kept: cells that are shown elsewhere already, and stay.
    """
    hidden = {cell for cell, count in cells.items() if count < below and cell not in kept} | set(unpublished)
    while True:
        while _completed(cells, sums, hidden, below, kept):
            pass
        exposed = determined(cells, sums, hidden)
        if not exposed or not _hide_beside(exposed, cells, sums, hidden, kept):
            return frozenset(hidden)


def _completed(
    cells: Mapping[Cell, int],
    sums: Sequence[Sum],
    hidden: set[Cell],
    below: int,
    kept: Collection[Cell],
) -> bool:
    """Hide one more where a sum would give its only hidden member away, or bound several to nearly nothing."""
    changed = False
    for one in sums:
        missing = [cell for cell in one.members if cell in hidden]
        if not missing or len(missing) == len(one.members):
            continue
        bounded = one.total not in hidden and sum(cells[cell] for cell in missing) < below
        if len(missing) < 2 or bounded:
            further = _smallest(one, cells, hidden, kept)
            if further is not None:
                hidden.add(further)
                changed = True
    return changed


def _smallest(one: Sum, cells: Mapping[Cell, int], hidden: set[Cell], kept: Collection[Cell]) -> Cell | None:
    """The least loss: the smallest shown part, the total when no part is left."""
    shown = [cell for cell in one.parts if cell not in hidden and cell not in kept]
    if shown:
        return min(shown, key=lambda cell: (cells[cell], str(cell)))
    return one.total if one.total not in hidden and one.total not in kept else None


def _hide_beside(
    exposed: Iterable[Cell],
    cells: Mapping[Cell, int],
    sums: Sequence[Sum],
    hidden: set[Cell],
    kept: Collection[Cell],
) -> bool:
    """One more in each sum that holds an exposed cell; where there is none left, anywhere among the hidden."""
    wanted = set(exposed)
    near = [one for one in sums if wanted & set(one.members)]
    for group in (near, [one for one in sums if hidden & set(one.members)]):
        found = {_smallest(one, cells, hidden, kept) for one in group} - {None}
        if found:
            hidden |= found
            return True
    return False


def determined(cells: Mapping[Cell, int], sums: Sequence[Sum], hidden: Collection[Cell]) -> frozenset[Cell]:
    """Hidden cells of which all that is shown leaves one value.

    A cell is free when some way to move hidden cells keeps all sums, moves it, and takes nothing from a cell that
    holds nobody. Cells with somebody may move both ways; a cell with nobody joins them once it can grow.
    """
    rows = [
        {cell: 1 if cell == one.total else -1 for cell in one.members if cell in hidden}
        for one in sums
        if any(cell in hidden for cell in one.members)
    ]
    above = _empty_totals(cells, sums, hidden)
    movable = {cell for cell in hidden if cells[cell] > 0}
    waiting = {cell: _grown(cell, above) for cell in hidden if cells[cell] <= 0}
    while True:
        solved, rest = _eliminated(rows, movable)
        growing = [
            cell for cell, together in waiting.items() if all(_amount(row, together) == 0 for row in rest)
        ]
        if not growing:
            break
        for cell in growing:
            movable |= waiting.pop(cell, frozenset())
        waiting = {cell: together for cell, together in waiting.items() if cell not in movable}
    fixed = {
        cell for cell, row in solved.items() if all(other == cell or other not in movable for other in row)
    }
    return frozenset(fixed | set(waiting))


def _empty_totals(
    cells: Mapping[Cell, int], sums: Sequence[Sum], hidden: Collection[Cell]
) -> dict[Cell, list[Cell]]:
    """Part -> totals of nobody above it: they can only grow together."""
    above: dict[Cell, list[Cell]] = {}
    for one in sums:
        if one.total in hidden and cells[one.total] == 0:
            for part in one.parts:
                above.setdefault(part, []).append(one.total)
    return above


def _grown(cell: Cell, above: Mapping[Cell, Sequence[Cell]]) -> frozenset[Cell]:
    found, open_ones = {cell}, [cell]
    while open_ones:
        for total in above.get(open_ones.pop(), ()):
            if total not in found:
                found.add(total)
                open_ones.append(total)
    return frozenset(found)


def _amount(row: Row, together: Iterable[Cell]) -> int:
    return sum(row.get(cell, 0) for cell in together) % _PRIME


def _eliminated(rows: Iterable[Row], movable: Collection[Cell]) -> tuple[dict[Cell, Row], list[Row]]:
    """Gauss and Jordan over the movable cells: solved rows by their pivot, and rows without a movable cell."""
    solved: dict[Cell, Row] = {}
    using: dict[Cell, set[Cell]] = {}  # cell -> pivots whose rows hold it
    rest: list[Row] = []
    for begun in rows:
        row = dict(begun)
        for cell in [one for one in row if one in solved]:
            _take_off(row, solved[cell], row.get(cell, 0))
        pivot = next((cell for cell in row if cell in movable), None)
        if pivot is None:
            if row:
                rest.append(row)
            continue
        inverse = pow(row[pivot], -1, _PRIME)
        row = {cell: amount * inverse % _PRIME for cell, amount in row.items()}
        for other in using.pop(pivot, set()):
            before = set(solved[other])
            _take_off(solved[other], row, solved[other].get(pivot, 0))
            _reindex(using, other, before, set(solved[other]))
        solved[pivot] = row
        _reindex(using, pivot, set(), set(row) - {pivot})
    return solved, rest


def _take_off(row: Row, other: Row, times: int) -> None:
    """row -= times * other, cells of amount 0 left out."""
    if not times:
        return
    for cell, amount in other.items():
        left = (row.get(cell, 0) - times * amount) % _PRIME
        if left:
            row[cell] = left
        else:
            row.pop(cell, None)


def _reindex(using: dict[Cell, set[Cell]], pivot: Cell, before: set[Cell], after: set[Cell]) -> None:
    for cell in before - after:
        using.get(cell, set()).discard(pivot)
    for cell in after - before:
        if cell != pivot:
            using.setdefault(cell, set()).add(pivot)
