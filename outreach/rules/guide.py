"""Distribution guide maps: which sign stands for which population kind, and where a door stands in its building (S0-21).

A sign is told by its letter, its shape and its color, never by color alone. There is no sign for HIV: it is on no map.
"""

import re
from collections.abc import Collection, Iterable
from dataclasses import dataclass

from residents.choices import Population, RiskColor

K = Population
MOST_EMPTY_FLOORS = 60  # a mistyped number of floors does not make a page of a thousand empty rows


@dataclass(frozen=True)
class Symbol:
    """A sign of the map.

    Attributes:
        code: of the population kind or of the tier. shape: circle, square, diamond or shield.
        is_restricted: only for those who may see restricted kinds, and never on paper.
    """

    code: str
    letter: str
    shape: str
    label: str
    is_restricted: bool = False


def _signs(shape: str, *signs: tuple[Population, str]) -> tuple[Symbol, ...]:
    return tuple(Symbol(kind.value, letter, shape, str(kind.label)) for kind, letter in signs)


# Time of life, illness, dependence, support: each its shape.
SYMBOLS: tuple[Symbol, ...] = (
    *_signs(
        "circle", (K.CHILD_0_6, "童"), (K.PERINATAL, "孕"), (K.ELDERLY_80, "高"), (K.ELDERLY_65, "老"),
        (K.ELDERLY_60_64, "近"),
    ),
    *_signs(
        "square", (K.HYPERTENSION, "压"), (K.DIABETES_T2, "糖"), (K.COPD, "肺"), (K.DYSLIPIDEMIA, "脂"),
        (K.STROKE, "卒"), (K.CHD, "冠"), (K.TUMOR, "瘤"), (K.TB, "核"), (K.STROKE_HIGH_RISK, "危"),
        (K.HIGH_RISK_HTN, "险"),
    ),
    *_signs("diamond", (K.DISABLED_ELDER, "失"), (K.DEMENTIA, "智"), (K.BEDRIDDEN, "卧"), (K.DISABLED, "残")),
    *_signs(
        "shield", (K.LOW_INCOME, "低"), (K.EXTREME_POVERTY, "困"), (K.OUT_OF_POVERTY, "脱"),
        (K.POVERTY_MONITOR, "监"), (K.SPECIAL_FP_FAMILY, "特"), (K.PREFERENTIAL, "优"),
    ),
    Symbol(K.SMI.value, "精", "diamond", str(K.SMI.label), is_restricted=True),
)  # fmt: skip
TIERS: tuple[Symbol, ...] = (
    Symbol(RiskColor.RED.value, "红", "circle", "老年人高风险"),
    Symbol(RiskColor.YELLOW.value, "黄", "circle", "老年人中风险"),
    Symbol(RiskColor.GREEN.value, "绿", "circle", "老年人低风险"),
)
_NARROWER = {
    K.ELDERLY_65.value: K.ELDERLY_80.value,
    K.HIGH_RISK_HTN.value: K.HYPERTENSION.value,
    K.STROKE_HIGH_RISK.value: K.STROKE.value,
}


def legend(*, with_restricted: bool) -> tuple[Symbol, ...]:
    """The signs that somebody may see, in their order."""
    return tuple(one for one in SYMBOLS if with_restricted or not one.is_restricted)


def symbols_for(kinds: Collection[str], *, with_restricted: bool) -> tuple[Symbol, ...]:
    """The signs of one person; of two kinds that say the same the closer one stands."""
    return tuple(
        one
        for one in legend(with_restricted=with_restricted)
        if one.code in kinds and _NARROWER.get(one.code) not in kinds
    )


def tier_symbol(color: str) -> Symbol | None:
    return next((one for one in TIERS if one.code == color), None)


@dataclass(frozen=True)
class Door:
    """One dwelling of a building, by its id."""

    id: int
    unit: int
    floor: int
    room: str


@dataclass(frozen=True)
class Floor:
    """The doors of a floor, a tuple for each column; an empty one where no door is registered."""

    number: int
    cells: tuple[tuple[Door, ...], ...]


@dataclass(frozen=True)
class Unit:
    """One staircase: its floors from the top down, its doors side by side."""

    number: int
    columns: tuple[str, ...]
    floors: tuple[Floor, ...]


def laid_out(doors: Iterable[Door], *, floors: int) -> tuple[Unit, ...]:
    """The building as one stands before it. A unit without any registered door is left out.

    Args:
        floors: as the building's entry has them; those without a registered door are drawn too.
    """
    by_unit: dict[int, list[Door]] = {}
    for one in doors:
        by_unit.setdefault(one.unit, []).append(one)
    return tuple(_unit(number, by_unit[number], floors) for number in sorted(by_unit))


def _unit(number: int, doors: list[Door], floors: int) -> Unit:
    columns = sorted({_place_of(one) for one in doors}, key=_natural)
    top = max([min(floors, MOST_EMPTY_FLOORS), *(one.floor for one in doors)])
    used = {one.floor for one in doors}
    levels = [
        level
        for level in range(top, min([1, *used]) - 1, -1)
        if level in used or 1 <= level <= MOST_EMPTY_FLOORS
    ]
    at: dict[tuple[int, str], list[Door]] = {}
    for one in doors:
        at.setdefault((one.floor, _place_of(one)), []).append(one)
    return Unit(
        number,
        tuple(columns),
        tuple(
            Floor(level, tuple(tuple(at.get((level, place), ())) for place in columns)) for level in levels
        ),
    )


def _place_of(door: Door) -> str:
    """Rooms above each other share their last digits: 301 and 401 are both 01."""
    head = str(abs(door.floor))
    return door.room[len(head) :] if door.room.startswith(head) and len(door.room) > len(head) else door.room


def _natural(text: str) -> tuple:
    """2 before 10."""
    return tuple((len(part), part) if part.isdigit() else (0, part) for part in re.split(r"(\d+)", text))
