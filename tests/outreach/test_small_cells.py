"""What is hidden cannot be computed back: shown by trying every table that fits to what is shown."""

from itertools import product

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from outreach.rules.small_cells import Sum, determined, hidden_cells

BELOW = 3


def crosstab(inner: dict[tuple[int, int], int]) -> dict:
    """A table with its margins: ("row", r), ("column", c), "all"."""
    cells: dict = dict(inner)
    for row, column in inner:
        cells["row", row] = sum(count for (r, _), count in inner.items() if r == row)
        cells["column", column] = sum(count for (_, c), count in inner.items() if c == column)
    cells["all"] = sum(inner.values())
    return cells


def sums_of(rows: int, columns: int) -> list[Sum]:
    return [
        *(Sum(("row", r), tuple((r, c) for c in range(columns))) for r in range(rows)),
        *(Sum(("column", c), tuple((r, c) for r in range(rows))) for c in range(columns)),
        Sum("all", tuple(("row", r) for r in range(rows))),
        Sum("all", tuple(("column", c) for c in range(columns))),
    ]


def alternatives(cells: dict, hidden: frozenset, columns: int, most: int) -> dict:
    """Hidden cell -> values it takes among all tables of two rows that fit to what is shown."""
    shown = {cell: count for cell, count in cells.items() if cell not in hidden}
    found: dict = {cell: set() for cell in hidden}
    first, second = (fitting(cells, shown, row, columns, most) for row in range(2))
    for upper, lower in product(first, second):
        sums = [one + other for one, other in zip(upper, lower, strict=True)]
        if shown.get("all", sum(sums)) != sum(sums):
            continue
        if any(shown.get(("column", at), count) != count for at, count in enumerate(sums)):
            continue
        for cell, values in found.items():
            values.add(worth(cell, (upper, lower), sums))
    return found


def fitting(cells: dict, shown: dict, row: int, columns: int, most: int) -> list[tuple]:
    """Possible rows."""
    choices = [(cells[row, at],) if (row, at) in shown else tuple(range(most + 1)) for at in range(columns)]
    total = shown.get(("row", row))
    return [one for one in product(*choices) if total is None or sum(one) == total]


def worth(cell, rows: tuple, sums: list) -> int:
    if cell == "all":
        return sum(sums)
    kind, at = cell
    return sum(rows[at]) if kind == "row" else sums[at] if kind == "column" else rows[kind][at]


@pytest.mark.parametrize("columns", [2, 3])
def test_no_cell_can_be_computed_back(columns):
    @settings(max_examples=80 if columns == 2 else 25)
    @given(st.lists(st.integers(0, 5), min_size=2 * columns, max_size=2 * columns))
    def check(counts):
        cells = crosstab(dict(zip(product(range(2), range(columns)), counts, strict=True)))
        hidden = hidden_cells(cells, sums_of(2, columns), below=BELOW)
        assert {cell for cell, count in cells.items() if count < BELOW} <= hidden
        for cell, values in alternatives(cells, hidden, columns, 6).items():
            assert len(values) > 1, f"{cell} of {cells} is known to be {values}"

    check()


def test_nothing_small_nothing_hidden():
    cells = crosstab({(0, 0): 5, (0, 1): 6, (1, 0): 7, (1, 1): 8})
    assert hidden_cells(cells, sums_of(2, 2), below=5) == frozenset()


@pytest.mark.parametrize(("count", "is_hidden"), [(4, True), (5, False), (0, True)])
def test_the_bound_itself_is_shown(count, is_hidden):
    cells = {"all": 100 + count, "few": count, "most": 40, "others": 60}
    hidden = hidden_cells(cells, [Sum("all", ("few", "most", "others"))], below=5)
    assert ("few" in hidden) is is_hidden


def test_one_small_part_takes_the_smallest_other_with_it():
    cells = {"all": 62, "few": 2, "some": 20, "many": 40}
    assert hidden_cells(cells, [Sum("all", ("few", "some", "many"))], below=5) == {"few", "some"}


def test_a_grid_is_not_the_village_less_the_other_grids():
    cells = {"village": 90, "first": 3, "second": 37, "third": 50}
    hidden = hidden_cells(cells, [Sum("village", ("first", "second", "third"))], below=5)
    assert hidden == {"first", "second"}


def test_two_small_parts_of_nearly_nothing_are_not_enough():
    """1 and 1 beside a shown total would say: together two."""
    cells = {"all": 42, "one": 1, "other": 1, "some": 12, "many": 28}
    assert "some" in hidden_cells(cells, [Sum("all", ("one", "other", "some", "many"))], below=5)


def test_what_is_shown_elsewhere_stays_and_what_is_nowhere_counts_as_hidden():
    cells = {"people": 30, "signed": 28, "unsigned": 2}
    sums = [Sum("people", ("signed", "unsigned"))]
    assert hidden_cells(cells, sums, below=5, kept={"people"}) == {"signed", "unsigned"}
    parts = {"grid": 30, "micro": 29, "rest": 1}
    hidden = hidden_cells(
        parts, [Sum("grid", ("micro", "rest"))], below=5, unpublished={"rest"}, kept={"grid"}
    )
    assert hidden == {"micro", "rest"}


def test_a_bridge_between_two_blocks_gives_itself_away():
    """Each row and column has two hidden cells, and one of them is still known: the check sees it."""
    hidden = {(0, 0), (0, 1), (1, 0), (1, 1), (1, 2), (2, 2), (2, 3), (3, 2), (3, 3)}
    cells = crosstab({(r, c): 6 for r in range(4) for c in range(4)})
    assert determined(cells, sums_of(4, 4), hidden) == {(1, 2)}


def test_everything_small_hides_everything():
    cells = crosstab({(0, 0): 0, (0, 1): 0, (1, 0): 1, (1, 1): 0})
    assert hidden_cells(cells, sums_of(2, 2), below=5) == set(cells)
