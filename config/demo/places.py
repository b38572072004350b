"""Where people live: grids, micro-grids, buildings and doors inside the district's real villages.

An urban community has two or three grids of apartment buildings (some divided into micro-grids), a village one or two
grids of houses with yards. Communities hold about three times as many people as villages, with large differences.
"""

import re
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from random import Random

from config.demo.copying import copy_in, reserve_ids
from grids.choices import BuildingKind, GridLevel
from grids.models import Area, Building, Dwelling, Grid

_SUFFIX = re.compile(r"(村民委员会|居民委员会|村委会|居委会)$")
ORDINALS = "一二三四五六七八九十"
DOORS_IN_USE = 0.7  # of a building's doors before the next building is begun
SHARED_DOOR = 0.02  # two households behind one door


@dataclass(slots=True)
class Village:
    """A village or urban community and how many people it is to hold."""

    area: Area
    township: Area
    name: str
    is_urban: bool
    people: int
    grids: list[Grid]


@dataclass(slots=True)
class Spot:
    """A grid, or a micro-grid where the grid is divided, with how many people live there."""

    village: Village
    grid: Grid
    people: int


def short_name(area_name: str) -> str:
    """竹岛路居委会 -> 竹岛路社区, 西南村社区居委会 -> 西南村社区, 竹园村委会 -> 竹园村."""
    is_committee = bool(re.search(r"居(民)?委(员)?会$", area_name))
    stem = _SUFFIX.sub("", area_name)
    if is_committee:
        return stem if stem.endswith("社区") else f"{stem}社区"
    return stem if stem.endswith("村") else f"{stem}村"


def plan_villages(chance: Random, villages: Sequence[Area], people: int) -> list[Village]:
    """Share the people out: by weight, whole persons, the rest to the largest remainders."""
    found = []
    for area in villages:
        name = short_name(area.name)
        found.append(Village(area, area.parent, name, name.endswith("社区"), 0, []))
    weights = [chance.lognormvariate(1.1 if one.is_urban else 0.0, 0.45) for one in found]
    exact = [people * weight / sum(weights) for weight in weights]
    for one, share in zip(found, exact, strict=True):
        one.people = int(share)
    rest = people - sum(one.people for one in found)
    by_remainder = sorted(range(len(found)), key=lambda at: int(exact[at]) - exact[at])
    for at in by_remainder[:rest]:
        found[at].people += 1
    return found


def make_grids(chance: Random, villages: Sequence[Village], opened_on: date) -> list[Spot]:
    """Write the grids and say where how many people live."""
    for village in villages:
        count = chance.choice((2, 2, 3)) if village.is_urban else chance.choice((1, 1, 1, 1, 2))
        village.grids = [
            Grid(
                code=f"{village.area.code}{at + 1:02d}",
                name=f"{village.name}第{ORDINALS[at]}网格",
                village=village.area,
                opened_on=opened_on,
            )
            for at in range(count)
        ]
    Grid.objects.bulk_create([grid for village in villages for grid in village.grids])
    spots = [spot for village in villages for spot in _spots(chance, village, opened_on)]
    Grid.objects.bulk_create([spot.grid for spot in spots if spot.grid.level == GridLevel.MICRO])
    return spots


def _spots(chance: Random, village: Village, opened_on: date) -> list[Spot]:
    """A village's people spread over its grids; one urban grid in twenty is divided into two micro-grids."""
    found: list[Spot] = []
    left = village.people
    for at, grid in enumerate(village.grids):
        here = left // (len(village.grids) - at)
        left -= here
        if village.is_urban and chance.random() < 0.05:
            micro = [_micro(grid, number, opened_on) for number in (1, 2)]
            found += [Spot(village, micro[0], here // 2), Spot(village, micro[1], here - here // 2)]
        else:
            found.append(Spot(village, grid, here))
    return found


def _micro(grid: Grid, number: int, opened_on: date) -> Grid:
    return Grid(
        code=f"{grid.code}{number:02d}",
        name=f"{grid.name}微网格{number}",
        level=GridLevel.MICRO,
        village=grid.village,
        parent=grid,
        opened_on=opened_on,
    )


@dataclass(slots=True)
class House:
    """A building to be written."""

    grid: Grid
    name: str
    kind: BuildingKind
    units: int
    floors: int


@dataclass(slots=True)
class Door:
    """A dwelling to be written, by the place of its building, and the address it gives."""

    building: int
    unit: int
    floor: int
    room: str
    address: str


class Housing:
    """Hands out doors: house after house in a village, a random free door of the newest building in town."""

    def __init__(self, chance: Random) -> None:
        self._chance = chance
        self.houses: list[House] = []
        self.doors: list[Door] = []
        self._free: dict[int, list[Door]] = {}
        self._count: dict[int, int] = {}

    def next_door(self, spot: Spot) -> int:
        """The place of a door in ``doors``; now and then the one given before, for two households."""
        if self.doors and self._chance.random() < SHARED_DOOR:
            last = len(self.doors) - 1
            if self.houses[self.doors[last].building].grid is spot.grid:
                return last
        if spot.village.is_urban:
            if not self._free.get(spot.grid.pk):
                self._free[spot.grid.pk] = self._building(spot)
            self.doors.append(self._free[spot.grid.pk].pop())
        else:
            self.doors.append(self._yard(spot))
        return len(self.doors) - 1

    def _number(self, spot: Spot) -> int:
        """House numbers run through a whole village."""
        village = spot.village.area.pk
        self._count[village] = self._count.get(village, 0) + 1
        return self._count[village]

    def _yard(self, spot: Spot) -> Door:
        number = self._number(spot)
        self.houses.append(House(spot.grid, f"{number}号", BuildingKind.HOUSE, 1, 1))
        return Door(len(self.houses) - 1, 1, 1, "1", f"{_where(spot)}{number}号")

    def _building(self, spot: Spot) -> list[Door]:
        """The doors in use of a new building, in random order."""
        name = f"{self._number(spot)}号楼"
        units, floors = self._chance.choice((2, 3, 3, 4)), self._chance.choice((5, 6, 6, 6, 11))
        self.houses.append(House(spot.grid, name, BuildingKind.APARTMENT, units, floors))
        at = len(self.houses) - 1
        doors = [
            Door(at, unit, floor, f"{floor}{side:02d}", f"{_where(spot)}{name}{unit}单元{floor}{side:02d}室")
            for unit in range(1, units + 1)
            for floor in range(1, floors + 1)
            for side in (1, 2)
        ]
        self._chance.shuffle(doors)
        return doors[: max(int(len(doors) * DOORS_IN_USE), 1)]

    def write(self) -> range:
        """Write buildings and doors; the ids of the doors in their order."""
        buildings = reserve_ids(Building, len(self.houses))
        copy_in(
            Building,
            ("id", "grid_id", "name", "kind", "units", "floors"),
            (
                (pk, one.grid.pk, one.name, one.kind, one.units, one.floors)
                for pk, one in zip(buildings, self.houses, strict=True)
            ),
        )
        ids = reserve_ids(Dwelling, len(self.doors))
        copy_in(
            Dwelling,
            ("id", "building_id", "unit", "floor", "room"),
            (
                (pk, buildings[one.building], one.unit, one.floor, one.room)
                for pk, one in zip(ids, self.doors, strict=True)
            ),
        )
        return ids


def _where(spot: Spot) -> str:
    return f"{spot.village.township.name}{spot.village.name}"
