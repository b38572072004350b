"""Find my grid and my team by the name of a place (S0-22): townships, villages, grids, buildings. No resident."""

from collections import defaultdict
from collections.abc import Collection, Iterable
from dataclasses import dataclass, field
from datetime import date
from functools import lru_cache

from django.db.models import Count, Q, QuerySet

from core.initials import quick_initials
from core.text import bigrams
from grids.choices import AreaLevel, GridLevel
from grids.models import Area, Building, Grid, GridResponsibility
from outreach.policy import OutreachPolicy
from outreach.queries.points import PointLine
from outreach.queries.public_board import Board, Neighbor, board_of, codes_of_teams, lines_of, neighbors_of
from outreach.rules.finding_places import MOST_HITS, words_of
from teams.models import Institution, Team
from teams.queries import STEWARDED


@dataclass(frozen=True)
class Answering:
    """Who answers for a place.

    Attributes:
        code: of the team's public page, "" before it has one.
    """

    team: Team
    code: str

    @property
    def phone(self) -> str:
        return self.team.phone or self.team.institution.phone


@dataclass(frozen=True)
class GridLine:
    """A grid in a list, with some names of its buildings."""

    grid: Grid
    answering: Answering | None
    buildings: tuple[str, ...] = ()


@dataclass(frozen=True)
class Found:
    """What a search found.

    Attributes:
        buildings: (name of the building, its grid). is_cut: there are more; a longer word finds them.
    """

    villages: tuple[Area, ...] = ()
    grids: tuple[GridLine, ...] = ()
    buildings: tuple[tuple[str, GridLine], ...] = ()
    is_cut: bool = False

    def __bool__(self) -> bool:
        return bool(self.villages or self.grids or self.buildings)


@dataclass(frozen=True)
class Township:
    """A township in the list of the first page."""

    area: Area
    villages: int


@dataclass(frozen=True)
class TownshipPage:
    """Villages, institutions to call, and the timetable of all service points."""

    area: Area
    villages: tuple[Area, ...]
    institutions: tuple[Institution, ...]
    points: tuple[PointLine, ...]


@dataclass(frozen=True)
class VillagePage:
    """Its grids with their teams, and its service points."""

    area: Area
    grids: tuple[GridLine, ...]
    institutions: tuple[Institution, ...]
    points: tuple[PointLine, ...]


@dataclass(frozen=True)
class GridPage:
    """Who answers for a grid; ``board`` None where nobody does yet: then ``institutions`` can be asked."""

    grid: Grid
    board: Board | None
    buildings: tuple[str, ...]
    neighbors: tuple[Neighbor, ...]
    institutions: tuple[Institution, ...]
    points: tuple[PointLine, ...] = field(default=())


def district_on(day: date) -> tuple[Area | None, list[Township]]:
    """The district and its townships with the number of their villages. Two queries."""
    areas = Area.objects.valid_on(day)
    district = areas.filter(level=AreaLevel.DISTRICT).order_by("code").first()
    villages = Count("children", filter=Q(children__in=Area.objects.villages().valid_on(day)))
    rows = areas.filter(level=AreaLevel.TOWNSHIP).annotate(n=villages).order_by("code")
    return district, [Township(one, one.n) for one in rows]


def township_page(code: str, *, on: date) -> TownshipPage | None:
    """Six queries."""
    area = Area.objects.valid_on(on).filter(level=AreaLevel.TOWNSHIP, code=code).first()
    if area is None:
        return None
    villages = Area.objects.villages().valid_on(on).filter(parent=area).order_by("code")
    points = lines_of(Q(grid__village__parent=area), on=on)
    return TownshipPage(area, tuple(villages), institutions_near(area.code), points)


def village_page(code: str, *, on: date) -> VillagePage | None:
    """Eight queries, whatever the number of grids."""
    villages = Area.objects.villages().valid_on(on).select_related("parent")
    area = villages.filter(code=code).first()
    if area is None:
        return None
    # A micro-grid stands in the list by itself where another team answers for it than for the grid above.
    own_team = Q(pk__in=_standing(on).values("grid"))
    grids = Grid.objects.open_on(on).filter(Q(level=GridLevel.GRID) | own_team, village=area)
    lines = grid_lines(_placed(grids).order_by("code"), on=on, with_buildings=True)
    return VillagePage(
        area, tuple(lines), institutions_near(area.code), lines_of(Q(grid__village=area), on=on)
    )


def grid_page(code: str, *, on: date, policy: OutreachPolicy) -> GridPage | None:
    """A grid or micro-grid; thirteen queries at most."""
    grid = _placed(Grid.objects.open_on(on)).filter(code=code).first()
    if grid is None:
        return None
    answering = teams_answering([grid], on=on).get(grid.pk)
    home = grid.parent_id or grid.pk
    return GridPage(
        grid=grid,
        board=board_of(answering, on=on, policy=policy) if answering else None,
        buildings=_buildings([grid], on=on)[grid.pk],
        neighbors=neighbors_of([grid], on=on, policy=policy),
        institutions=() if answering else institutions_near(grid.code),
        points=lines_of(Q(grid=home) | Q(grid__parent=home), on=on),
    )


def institutions_near(code: str) -> tuple[Institution, ...]:
    """Centers and township hospitals of the township in which that place lies. One query."""
    rows = Institution.objects.active().filter(type__in=STEWARDED, area_code__startswith=code[:9])
    return tuple(rows.order_by("code"))


def _placed(grids: QuerySet[Grid]) -> QuerySet[Grid]:
    return grids.select_related("village__parent", "parent")


def grid_lines(grids: Iterable[Grid], *, on: date, with_buildings: bool = False) -> list[GridLine]:
    """Three queries, one more with buildings; ``grids`` with their places read."""
    rows = list(grids)
    teams = teams_answering(rows, on=on)
    codes = codes_of_teams({one.pk for one in teams.values()})
    names = _buildings(rows, on=on) if with_buildings else defaultdict(tuple)
    return [
        GridLine(one, Answering(team, codes.get(team.pk, "")) if team else None, names[one.pk])
        for one in rows
        for team in [teams.get(one.pk)]
    ]


def teams_answering(grids: Collection[Grid], *, on: date) -> dict[int, Team]:
    """Grid -> its own team, a micro-grid without one: that of the grid above. One query."""
    ids = {one.pk for one in grids} | {one.parent_id for one in grids if one.parent_id}
    standing = _standing(on).filter(grid__in=ids).select_related("team__institution")
    own = {one.grid_id: one.team for one in standing}
    found = {one.pk: own.get(one.pk) or own.get(one.parent_id or 0) for one in grids}
    return {pk: team for pk, team in found.items() if team}


def _standing(on: date) -> QuerySet[GridResponsibility]:
    return GridResponsibility.objects.standing_on(on).filter(team__institution__is_active=True)


def _buildings(grids: Collection[Grid], *, on: date) -> dict[int, tuple[str, ...]]:
    """Grid -> names of its buildings, with those in micro-grids below it that its own team answers for. One query."""
    ids = {one.pk for one in grids}
    below = Grid.objects.open_on(on).filter(parent__in=ids).exclude(pk__in=_standing(on).values("grid"))
    found: dict[int, tuple[str, ...]] = defaultdict(tuple)
    rows = Building.objects.filter(Q(grid__in=ids) | Q(grid__in=below)).order_by("grid__code", "pk")
    for grid, above, name in rows.values_list("grid", "grid__parent", "name"):
        place = grid if grid in ids or above is None else above
        found[place] = (*found[place], name)
    return found


def find_places(asked: str, *, on: date) -> Found:
    """Every word must occur in the names of the place and what it lies in; Latin letters are also tried as initials.

    Eight queries at most; what is more than ``MOST_HITS`` of a kind is cut.
    """
    words = words_of(asked)
    if not words:
        return Found()
    villages = list(_villages(words, on))
    grids = list(_grids(words, on))
    buildings = list(_named_buildings(words, on))
    cut = any(len(one) > MOST_HITS for one in (villages, grids, buildings))
    shown = [one.grid for one in buildings[:MOST_HITS]]
    lines = {one.grid.pk: one for one in grid_lines({*grids[:MOST_HITS], *shown}, on=on)}
    return Found(
        villages=tuple(villages[:MOST_HITS]),
        grids=tuple(lines[one.pk] for one in grids[:MOST_HITS]),
        buildings=tuple((one.name, lines[one.grid_id]) for one in buildings[:MOST_HITS]),
        is_cut=cut,
    )


def _villages(words: Collection[str], on: date) -> QuerySet[Area]:
    rows = Area.objects.villages().valid_on(on).select_related("parent")
    named = _all(words, ["name", "parent__name"]) & _any(words, "name")
    return rows.filter(named | Q(pk__in=_by_initials(words, rows))).order_by("code")[: MOST_HITS + 1]


def _grids(words: Collection[str], on: date) -> QuerySet[Grid]:
    rows = _placed(Grid.objects.open_on(on).filter(village__in=Area.objects.valid_on(on)))
    named = _all(words, ["name", "village__name", "village__parent__name"]) & _any(words, "name")
    return rows.filter(named | Q(pk__in=_by_initials(words, rows))).order_by("code")[: MOST_HITS + 1]


def _named_buildings(words: Collection[str], on: date) -> QuerySet[Building]:
    rows = Building.objects.filter(grid__in=Grid.objects.open_on(on))
    named = _all(words, ["name", "grid__name", "grid__village__name", "grid__village__parent__name"])
    return (
        rows.filter(named, _any(words, "name"))
        .select_related("grid__village__parent", "grid__parent")
        .order_by("grid__code", "pk")[: MOST_HITS + 1]
    )


def _all(words: Iterable[str], paths: Collection[str]) -> Q:
    """Each of the words stands in one of the names."""
    whole = Q()
    for word in words:
        one = Q()
        for path in paths:
            one |= Q((f"{path}__icontains", word))
        whole &= one
    return whole


def _any(words: Iterable[str], path: str) -> Q:
    """One of the words stands in this name."""
    one = Q()
    for word in words:
        one |= Q((f"{path}__icontains", word))
    return one


def _by_initials(words: Collection[str], rows: QuerySet) -> list[int]:
    """Those whose pinyin initials contain the only word, if that is of Latin letters: a few hundred names, read whole."""
    [word, *more] = words
    if more or not (word.isascii() and word.isalpha()):
        return []
    names = rows.order_by().values_list("pk", "name")
    return [pk for pk, name in names if word.lower() in _initials(name)][: MOST_HITS + 1]


@lru_cache(maxsize=20_000)
def _initials(name: str) -> str:
    return quick_initials("　" + name, bigrams(name))  # behind a blank nothing is a surname
