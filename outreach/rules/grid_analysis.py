"""The health analysis of a grid or a village (S0-20): its tables, all numbers for the team that answers for it.

What goes further is in ``going_out``.
"""

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from itertools import pairwise
from typing import Protocol

from outreach.rules.small_cells import Cell

MALE, FEMALE = 1, 2
SEXES = ((MALE, "男"), (FEMALE, "女"))
BAND_YEARS, LAST_BAND = 5, 85  # of the pyramid
MIDDLE_AGE = 45  # parts the long group between coming of age and old age


class Ages(Protocol):
    """The ages of ``ResidentsPolicy`` in full years."""

    @property
    def child_age_below(self) -> int: ...
    @property
    def minor_age(self) -> int: ...
    @property
    def near_elderly_age(self) -> int: ...
    @property
    def elderly_age(self) -> int: ...
    @property
    def aged_age(self) -> int: ...


@dataclass
class PlaceSums:
    """What was counted among the people of a place.

    Attributes:
        ages: (full years or None, sex) -> people. kinds, tiers: code -> people.
        alone: "elder", "younger" -> people who are their household's only member.
    """

    ages: Counter[tuple[int | None, int]] = field(default_factory=Counter)
    kinds: Counter[str] = field(default_factory=Counter)
    tiers: Counter[str] = field(default_factory=Counter)
    alone: Counter[str] = field(default_factory=Counter)
    signed: int = 0

    @property
    def people(self) -> int:
        return sum(self.ages.values())

    def add(self, other: "PlaceSums") -> None:
        for mine, more in (
            (self.ages, other.ages), (self.kinds, other.kinds), (self.tiers, other.tiers), (self.alone, other.alone),
        ):  # fmt: skip
            mine.update(more)  # type: ignore[arg-type]
        self.signed += other.signed


@dataclass(frozen=True)
class AgeRow:
    """People of an age by sex; None is a hidden number."""

    label: str
    male: int | None
    female: int | None
    total: int | None


@dataclass(frozen=True)
class Line:
    """One number; ``share`` of all people in percent, None where either is hidden."""

    code: str
    label: str
    number: int | None
    share: float | None


@dataclass(frozen=True)
class Analysis:
    """The tables of one place; None is a hidden number.

    Attributes:
        bands: of the pyramid, the youngest first; by ``groups`` where small cells are hidden.
        incomplete: people whose sex or age is not known; they are in no age row.
    """

    people: int | None
    incomplete: Line
    by_sex: tuple[Line, ...]
    groups: tuple[AgeRow, ...]
    bands: tuple[AgeRow, ...]
    kinds: tuple[Line, ...]
    tiers: tuple[Line, ...]
    alone: tuple[Line, ...]
    signed: Line
    is_exact: bool


def age_groups(ages: Ages) -> tuple[tuple[int, int | None, str], ...]:
    """From, to (below), label: as far apart as the services distinguish them."""
    edges = sorted(
        {
            0,
            ages.child_age_below,
            ages.minor_age,
            MIDDLE_AGE,
            ages.near_elderly_age,
            ages.elderly_age,
            ages.aged_age,
        }
    )
    closed = [(low, high, f"{low}-{high - 1}岁") for low, high in pairwise(edges)]
    return (*closed, (edges[-1], None, f"{edges[-1]}岁及以上"))


def pyramid_bands() -> tuple[tuple[int, int | None, str], ...]:
    closed = [
        (low, low + BAND_YEARS, f"{low}-{low + BAND_YEARS - 1}") for low in range(0, LAST_BAND, BAND_YEARS)
    ]
    return (*closed, (LAST_BAND, None, f"{LAST_BAND}+"))


def by_age(sums: PlaceSums, bands: Sequence[tuple[int, int | None, str]]) -> dict[tuple[str, int], int]:
    """(label of the band, sex) -> people of known age and sex."""
    known = [sex for sex, _ in SEXES]
    found = {(label, sex): 0 for _, _, label in bands for sex in known}
    for (age, sex), number in sums.ages.items():
        if sex in known and age is not None and age >= 0:
            label = next(label for low, high, label in bands if age >= low and (high is None or age < high))
            found[label, sex] += number
    return found


@dataclass(frozen=True)
class Codes:
    """Which kinds, tiers and ways of living alone stand in the tables, with their labels."""

    kinds: Mapping[str, str]
    tiers: Mapping[str, str]
    alone: Mapping[str, str]


def exact(sums: PlaceSums, ages: Ages, codes: Codes) -> Analysis:
    """All numbers, for the team's own screen."""
    bands = [one[2] for one in pyramid_bands()]
    inner = by_age(sums, pyramid_bands())
    rows = tuple(
        AgeRow(label, inner[label, MALE], inner[label, FEMALE], inner[label, MALE] + inner[label, FEMALE])
        for label in bands
    )
    return tables_of(cells_of(sums, ages, codes), frozenset(), ages, codes, bands=rows)


def cells_of(sums: PlaceSums, ages: Ages, codes: Codes) -> dict[Cell, int]:
    """Every cell of a place's tables by its name."""
    inner = by_age(sums, age_groups(ages))
    known = sum(inner.values())
    found: dict[Cell, int] = {"people": sums.people, "known": known, "incomplete": sums.people - known}
    found |= {("sex", sex): 0 for sex, _ in SEXES}
    for (label, sex), number in inner.items():
        found["age", label, sex] = number
        found["age", label] = found.get(("age", label), 0) + number
        found["sex", sex] += number
    for family, counted, told in (
        ("kind", sums.kinds, codes.kinds), ("tier", sums.tiers, codes.tiers), ("alone", sums.alone, codes.alone),
    ):  # fmt: skip
        for code in told:
            found[family, code] = counted.get(code, 0)
    found["signed", "yes"] = sums.signed
    return found


def tables_of(
    cells: Mapping[Cell, int],
    hidden: frozenset[Cell],
    ages: Ages,
    codes: Codes,
    *,
    bands: tuple[AgeRow, ...] | None = None,
) -> Analysis:
    def shown(name: Cell) -> int | None:
        return None if name in hidden else cells[name]

    people = shown("people")

    def line(name: Cell, code: str, label: str) -> Line:
        number = shown(name)
        share = 100 * number / people if number is not None and people else None
        return Line(code, label, number, share)

    groups = tuple(
        AgeRow(label, shown(("age", label, MALE)), shown(("age", label, FEMALE)), shown(("age", label)))
        for _, _, label in age_groups(ages)
    )
    return Analysis(
        people=people,
        incomplete=line("incomplete", "incomplete", "性别或年龄不详"),
        by_sex=tuple(line(("sex", sex), str(sex), label) for sex, label in SEXES),
        groups=groups,
        bands=groups if bands is None else bands,
        kinds=tuple(line(("kind", code), code, label) for code, label in codes.kinds.items()),
        tiers=tuple(line(("tier", code), code, label) for code, label in codes.tiers.items()),
        alone=tuple(line(("alone", code), code, label) for code, label in codes.alone.items()),
        signed=line(("signed", "yes"), "signed", "已签约"),
        is_exact=bands is not None,
    )


@dataclass(frozen=True)
class Bar:
    """One band of a drawn pyramid, in the drawing's own units: men to the left, women to the right.

    Attributes:
        row: its numbers; a hidden one has no bar.
    """

    row: AgeRow
    top: int
    male_x: int
    male_width: int
    female_width: int

    @property
    def base(self) -> int:
        """Where its text stands."""
        return self.top + 11

    @property
    def female_end(self) -> int:
        return FEMALE_X + self.female_width


MALE_X, FEMALE_X, HALF, BAR_HEIGHT = 184, 256, 150, 15  # 440 wide, the labels in the middle


def drawn(bands: Sequence[AgeRow]) -> list[Bar]:
    """The oldest on top; the longest bar fills its half."""
    longest = max([1, *(number for row in bands for number in (row.male, row.female) if number)])
    found = []
    for at, row in enumerate(reversed(bands)):
        male, female = (round(HALF * (number or 0) / longest) for number in (row.male, row.female))
        found.append(Bar(row, at * BAR_HEIGHT, MALE_X - male, male, female))
    return found
