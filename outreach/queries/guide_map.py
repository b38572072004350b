"""Distribution guide maps: the grids, a grid's buildings, one building door by door, who lives behind a door (S0-21).

For internal work. Everything goes through ``visible_to``; restricted kinds only for those who may see them, and HIV for
nobody.
"""

from collections import defaultdict
from collections.abc import Collection, Iterable, Sequence
from dataclasses import dataclass
from datetime import date

from django.core.paginator import Page, Paginator
from django.db.models import Count, Q, QuerySet
from django.db.models.functions import Length

from core.text import tidy
from grids.choices import BuildingKind, GridLevel
from grids.models import Area, Building, Dwelling, Grid
from outreach.queries.guide_marks import Marks, map_flags, signed_among
from outreach.rules.guide import Door, Symbol, Unit, laid_out
from residents.models import Resident
from teams.models import User

GRIDS, BUILDINGS, PEOPLE = 30, 150, 50  # of a page


@dataclass(frozen=True)
class GuidePlace:
    """What a page is about: a village or a grid, with the reader's grids in it.

    Attributes:
        grids: ids, micro-grids included.
    """

    area: Area | Grid
    village: Area
    grids: tuple[int, ...]

    @property
    def is_village(self) -> bool:
        return isinstance(self.area, Area)


def grid_place(user: User, grid: Grid, *, on: date) -> GuidePlace:
    """A grid with its micro-grids, as far as the reader sees them. One query; ``grid`` with its village read."""
    below = Grid.objects.visible_to(user).open_on(on).filter(parent=grid)
    return GuidePlace(grid, grid.village, (grid.pk, *below.values_list("pk", flat=True)))


def village_place(user: User, village: Area, *, on: date) -> GuidePlace:
    """A village with the reader's grids in it. One query."""
    own = Grid.objects.visible_to(user).open_on(on).filter(village=village)
    return GuidePlace(village, village, tuple(own.order_by("code").values_list("pk", flat=True)))


@dataclass(frozen=True)
class GridLine:
    """A grid in the list; of a grid the micro-grids below it are counted too."""

    grid: Grid
    buildings: int
    people: int
    key_people: int

    @property
    def is_micro(self) -> bool:
        return self.grid.level == GridLevel.MICRO


def grids_page(user: User, *, on: date, text: str, page: str | None) -> tuple[Page, list[GridLine]]:
    """The reader's grids by code, narrowed by part of a name. Five queries."""
    found = Grid.objects.visible_to(user).open_on(on).select_related("village__parent").order_by("code")
    words = tidy(text)
    if words:
        found = found.filter(Q(name__contains=words) | Q(village__name__contains=words))
    shown = Paginator(found, GRIDS).get_page(page)
    ids = [one.pk for one in shown]
    buildings = _counted(Building.objects.visible_to(user), "grid", ids)
    people = Resident.objects.visible_to(user).present()
    keyed = people.filter(pk__in=map_flags(user).values("resident"))
    every, keys = _counted(people, "grid", ids), _counted(keyed, "grid", ids)
    lines = [
        GridLine(one, buildings.get(one.pk, 0), every.get(one.pk, 0), keys.get(one.pk, 0)) for one in shown
    ]
    return shown, lines


def _counted(rows: QuerySet, path: str, ids: Collection[int]) -> dict[int, int]:
    """Grid -> rows in it and in its micro-grids. One query."""
    own = rows.filter(Q(**{f"{path}__in": ids}) | Q(**{f"{path}__parent__in": ids})).order_by()
    found: dict[int, int] = defaultdict(int)
    for grid, parent, number in own.values_list(path, f"{path}__parent").annotate(n=Count("pk")):
        for one in {grid, parent} & set(ids):
            found[one] += number
    return found


@dataclass(frozen=True)
class Tile:
    """A building or a yard with what lives in it: signs with their numbers."""

    building: Building
    people: int
    symbols: tuple[tuple[Symbol, int], ...]
    tiers: tuple[tuple[Symbol, int], ...]

    @property
    def is_yard(self) -> bool:
        return self.building.kind == BuildingKind.HOUSE


@dataclass(frozen=True)
class PlaceSheet:
    """One page of a place's buildings.

    Attributes:
        unplaced: people of the place behind no registered door. shown: ids of the people whose signs are on the page.
    """

    page: Page
    tiles: list[Tile]
    unplaced: int
    legend: tuple[Symbol, ...]
    shown: tuple[int, ...]


def place_sheet(
    user: User,
    place: GuidePlace,
    *,
    page: str | None = None,
    size: int = BUILDINGS,
    with_restricted: bool = True,
) -> PlaceSheet:
    """Buildings in the order in which people count, with their signs. Six queries.

    Args:
        with_restricted: False for paper; True still asks for the permission.
    """
    rows = (
        Building.objects.visible_to(user)
        .filter(grid__in=place.grids)
        .select_related("grid")
        .order_by("grid__code", Length("name"), "name", "pk")
    )
    shown = Paginator(rows, size).get_page(page)
    people = _people_of(
        user, Q(household__dwelling__building__in=[one.pk for one in shown]), "household__dwelling__building"
    )
    seen = Marks(user, people.keys(), with_restricted=with_restricted)
    at: dict[int, list[int]] = defaultdict(list)
    for person, building in people.items():
        at[building].append(person)
    return PlaceSheet(
        page=shown,
        tiles=[_tile(one, at[one.pk], seen) for one in shown],
        unplaced=unplaced_people(user, place).count(),
        legend=seen.legend,
        shown=tuple(one for one in people if seen.symbols(one)),
    )


def _people_of(user: User, where: Q, path: str) -> dict[int, int]:
    """Person -> the place at ``path``. One query."""
    people = Resident.objects.visible_to(user).present().filter(where)
    return dict(people.values_list("pk", path))


def _tile(building: Building, people: Sequence[int], seen: Marks) -> Tile:
    return Tile(building, len(people), *_summed(people, seen))


def _summed(
    people: Iterable[int], seen: Marks
) -> tuple[tuple[tuple[Symbol, int], ...], tuple[tuple[Symbol, int], ...]]:
    """Signs of several people with their numbers, in the order of the legend; and the tiers."""
    signs: dict[Symbol, int] = defaultdict(int)
    tiers: dict[Symbol, int] = defaultdict(int)
    for person in people:
        for one in seen.symbols(person):
            signs[one] += 1
        tier = seen.tier(person)
        if tier:
            tiers[tier] += 1
    order = {one: at for at, one in enumerate(seen.legend)}
    return (
        tuple(sorted(signs.items(), key=lambda item: order[item[0]])),
        tuple(sorted(tiers.items(), key=lambda item: "红黄绿".index(item[0].letter))),
    )


@dataclass(frozen=True)
class DoorMark(Door):
    """A door with what is drawn on it."""

    households: int
    people: int
    symbols: tuple[tuple[Symbol, int], ...]
    tiers: tuple[tuple[Symbol, int], ...]
    unsigned: int


@dataclass(frozen=True)
class BuildingSheet:
    """One building; its doors are ``DoorMark``."""

    building: Building
    units: tuple[Unit, ...]
    legend: tuple[Symbol, ...]
    shown: tuple[int, ...]


def building_sheet(
    user: User, building: Building, *, on: date, with_restricted: bool = True
) -> BuildingSheet:
    """Floors by rooms. Five queries, however many doors."""
    doors = [
        Door(*row)
        for row in Dwelling.objects.visible_to(user)
        .filter(building=building)
        .values_list("pk", "unit", "floor", "room")
    ]
    rows = Resident.objects.visible_to(user).present().filter(household__dwelling__building=building)
    at: dict[int, list[tuple[int, int]]] = defaultdict(list)
    for person, household, door in rows.values_list("pk", "household", "household__dwelling"):
        at[door].append((person, household))
    people = [person for found in at.values() for person, _ in found]
    seen = Marks(user, people, with_restricted=with_restricted)
    signed = signed_among(people, on)
    return BuildingSheet(
        building=building,
        units=laid_out((_door_mark(one, at[one.id], seen, signed) for one in doors), floors=building.floors),
        legend=seen.legend,
        shown=tuple(people),
    )


def _door_mark(door: Door, people: Sequence[tuple[int, int]], seen: Marks, signed: set[int]) -> DoorMark:
    symbols, tiers = _summed((person for person, _ in people), seen)
    return DoorMark(
        id=door.id,
        unit=door.unit,
        floor=door.floor,
        room=door.room,
        households=len({household for _, household in people}),
        people=len(people),
        symbols=symbols,
        tiers=tiers,
        unsigned=sum(person not in signed for person, _ in people),
    )


def unplaced_people(user: User, place: GuidePlace) -> QuerySet[Resident]:
    """People of a place behind no registered door: they are on no drawing."""
    people = Resident.objects.visible_to(user).present()
    return people.filter(grid__in=place.grids, household__dwelling=None)
