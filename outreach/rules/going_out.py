"""The analysis of a grid or a village where it leaves the team: small cells hidden (docs/domain.md 10).

The figures of a village, its grids and their micro-grids are one system: whoever holds the sheets of all of them must
not be able to subtract. So what is hidden is decided for the whole village at once, the same for every reader.
"""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass

from outreach.rules.grid_analysis import (
    SEXES,
    Ages,
    Analysis,
    Codes,
    PlaceSums,
    age_groups,
    cells_of,
    tables_of,
)
from outreach.rules.small_cells import Cell, Sum, hidden_cells


@dataclass(frozen=True)
class Place:
    """A place of the tree: a village, a grid or a micro-grid.

    Attributes:
        key: of its figures. parts: keys of the places that it consists of; () for the smallest.
        own: people who belong to it and to none of its parts.
    """

    key: str
    parts: tuple[str, ...]
    own: PlaceSums


def going_out(places: Iterable[Place], ages: Ages, codes: Codes, *, below: int) -> dict[str, Analysis]:
    """The tables of every place of a village, small cells hidden so that none can be computed back.

    Args:
        places: all places of one village, each after the places that it consists of.
        codes: without kinds that follow from age: the age groups tell them, and two ways of counting the same would
            give away the difference.
    """
    tree = list(places)
    whole: dict[str, PlaceSums] = {}
    for place in tree:
        sums = PlaceSums()
        for one in (place.own, *(whole[part] for part in place.parts)):
            sums.add(one)
        whole[place.key] = sums
    cells = {key: cells_of(sums, ages, codes) for key, sums in whole.items()}
    hidden = _hidden(_ties(tree, whole), _filled(tree, whole, ages, codes), ages, codes, below)
    return {
        place.key: tables_of(
            cells[place.key], frozenset(name for key, name in hidden if key == place.key), ages, codes
        )
        for place in tree
    }


def _rest_of(place: Place) -> str:
    """Key of the people of a place who belong to none of its parts."""
    return f"{place.key} rest"


def _ties(tree: Sequence[Place], whole: Mapping[str, PlaceSums]) -> list[tuple[str, tuple[str, ...]]]:
    """(place, what it consists of). Nobody lives in an empty place, and that says nothing of anybody."""
    found = []
    for one in tree:
        parts = [part for part in one.parts if whole[part].people]
        if parts:
            found.append((one.key, (*parts, *([_rest_of(one)] if one.own.people else ()))))
    return found


def _filled(
    tree: Sequence[Place], whole: Mapping[str, PlaceSums], ages: Ages, codes: Codes
) -> dict[str, dict[Cell, int]]:
    """The cells of all places with people, and of what is left when their parts are subtracted."""
    found = {one.key: cells_of(whole[one.key], ages, codes) for one in tree if whole[one.key].people}
    found |= {_rest_of(one): cells_of(one.own, ages, codes) for one in tree if one.parts and one.own.people}
    return found


@dataclass(frozen=True)
class _Family:
    """Cells that are tied to others only through the number of people; ``rest`` stands for everybody else."""

    names: list[Cell]
    sums: list[Sum]
    rest: Cell | None = None


def _families(ages: Ages, codes: Codes, *, has_incomplete: bool) -> list[_Family]:
    labels, sexes = [one[2] for one in age_groups(ages)], [sex for sex, _ in SEXES]
    table: list[Cell] = [
        "known",
        *(("age", label, sex) for label in labels for sex in sexes),
        *(("age", label) for label in labels),
        *(("sex", sex) for sex in sexes),
    ]
    sums = [
        *(Sum(("age", label), tuple(("age", label, sex) for sex in sexes)) for label in labels),
        *(Sum(("sex", sex), tuple(("age", label, sex) for label in labels)) for sex in sexes),
        Sum("known", tuple(("age", label) for label in labels)),
        Sum("known", tuple(("sex", sex) for sex in sexes)),
        Sum("people", ("known", "incomplete") if has_incomplete else ("known",)),
    ]
    found = [_Family([*table, "incomplete"] if has_incomplete else table, sums)]
    groups: list[list[Cell]] = [[("kind", code)] for code in codes.kinds]
    groups += [[("tier", code) for code in codes.tiers], [("alone", code) for code in codes.alone]]
    groups.append([("signed", "yes")])
    for group in filter(None, groups):
        rest: Cell = ("rest", *group)
        found.append(_Family([*group, rest], [Sum("people", (*group, rest))], rest))
    return found


def _hidden(
    ties: Sequence[tuple[str, tuple[str, ...]]],
    cells: Mapping[str, dict[Cell, int]],
    ages: Ages,
    codes: Codes,
    below: int,
) -> set[tuple[str, Cell]]:
    """(place, cell) of all that is not shown; first how many people live where, then family after family."""
    counts: dict[Cell, int] = {(key, "people"): one["people"] for key, one in cells.items()}
    tied = [Sum((key, "people"), tuple((part, "people") for part in parts)) for key, parts in ties]
    people = hidden_cells(counts, tied, below=below)
    hidden: set = set(people)
    has_incomplete = any(one["incomplete"] for one in cells.values())
    for family in _families(ages, codes, has_incomplete=has_incomplete):
        values = dict(counts)
        for key, one in cells.items():
            if family.rest is not None:
                one[family.rest] = one["people"] - sum(
                    one[name] for name in family.names if name != family.rest
                )
            values |= {(key, name): one[name] for name in family.names}
        sums = [
            Sum((key, one.total), tuple((key, part) for part in one.parts))
            for key in cells
            for one in family.sums
        ]
        sums += [
            Sum((key, name), tuple((part, name) for part in parts))
            for key, parts in ties
            for name in [*family.names, "people"]
        ]
        hidden |= hidden_cells(values, sums, below=below, unpublished=people, kept=set(counts) - people)
    return hidden
