"""What is printed for the lifts of a village (S0-22): a card for each door of a building, with the square code of its grid."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date

from django.db.models import Case, Count, F, IntegerField, Q, QuerySet, Sum, Value, When
from django.db.models.functions import Coalesce

from grids.choices import BuildingKind, GridLevel
from grids.models import Area, Building, Grid
from outreach.queries.public_places import teams_answering
from teams.models import Team, User


@dataclass(frozen=True)
class GridCards:
    """A grid and the places in it that get a card.

    Attributes:
        team: None: nobody answers for it yet, so there is nothing to print. places: 3号楼1单元, one for each lift.
    """

    grid: Grid
    team: Team | None
    places: tuple[str, ...]

    @property
    def number(self) -> int:
        return len(self.places) if self.team else 0


def villages_of(user: User, *, on: date, word: str = "") -> QuerySet[Area]:
    """Villages with grids that he sees, by code; ``word`` in their name or their township's."""
    grids = _grids(user, on)
    rows = Area.objects.villages().filter(pk__in=grids.values("village")).select_related("parent")
    if word:
        rows = rows.filter(Q(name__icontains=word) | Q(parent__name__icontains=word))
    return rows.order_by("code")


def lifts_in(user: User, villages: Sequence[Area], *, on: date) -> dict[int, tuple[int, int]]:
    """Village -> (grids, lifts) that he sees; those in micro-grids count too. Two queries."""
    grids = _grids(user, on).filter(village__in=villages)
    whole = grids.filter(level=GridLevel.GRID).order_by()
    number = dict(whole.values_list("village").annotate(n=Count("pk")))
    doors = Case(
        When(kind=BuildingKind.APARTMENT, then=F("units")), default=Value(1), output_field=IntegerField()
    )
    lifts = dict(
        Building.objects.filter(grid__in=grids)
        .order_by()
        .values_list("grid__village")
        .annotate(n=Coalesce(Sum(doors), 0))
    )
    return {one.pk: (number.get(one.pk, 0), lifts.get(one.pk, 0)) for one in villages}


def cards_of(user: User, village: Area, *, on: date, grid: str = "") -> list[GridCards]:
    """The grids of a village that he sees, with their places; only that grid if a code is given. Three queries.

    A micro-grid is among them if it has buildings: it may have a team of its own. A grid without any gets one card.
    """
    grids = list(_grids(user, on).filter(village=village).select_related("village__parent").order_by("code"))
    places: dict[int, list[str]] = {}
    for building in Building.objects.filter(grid__in=grids).order_by("grid", "pk"):
        places.setdefault(building.grid_id, []).extend(_doors(building))
    built = {one.pk for one in grids if one.pk in places} | {
        one.parent_id for one in grids if one.pk in places
    }
    for one in grids:
        if one.level == GridLevel.GRID and one.pk not in built:
            places[one.pk] = [one.name]
    shown = [one for one in grids if one.pk in places and grid in ("", one.code)]
    teams = teams_answering(shown, on=on)
    return [GridCards(one, teams.get(one.pk), tuple(places[one.pk])) for one in shown]


def _doors(building: Building) -> list[str]:
    """A lift or stairwell for each unit; a yard, a house for many has one entrance."""
    if building.kind != BuildingKind.APARTMENT or building.units <= 1:
        return [building.name]
    return [f"{building.name}{unit}单元" for unit in range(1, building.units + 1)]


def _grids(user: User, on: date) -> QuerySet[Grid]:
    in_use = Area.objects.villages().valid_on(on)
    return Grid.objects.visible_to(user).open_on(on).filter(village__in=in_use)
