"""The numbers of a grid's health analysis (S0-20), counted for a whole village at once.

They are read without the reader's scope: what small cells hide depends on all grids of the village. A reader gets exact
numbers only of grids that his own team answers for; everything else is hidden by ``rules.going_out``.
"""

from collections.abc import Collection, Iterable
from dataclasses import dataclass
from datetime import date

from django.db.models import Count, Exists, OuterRef

from contracts.models import Enrollment
from core.sql import rows_of
from grids.models import Grid
from outreach.queries.guide_map import GuidePlace
from outreach.rules.going_out import Place, going_out
from outreach.rules.grid_analysis import Analysis, Codes, PlaceSums, exact
from outreach.rules.guide import TIERS
from residents.choices import RESTRICTED, Population, RiskKind
from residents.models import PopulationFlag, Resident, RiskTier
from residents.policy import ResidentsPolicy
from residents.queries.places import responsible_teams
from residents.rules.population import AGE_KINDS, latest_birth
from teams.access import Permission, may
from teams.models import TeamMembership, User

_ALONE = {"elder": "独居老年人", "younger": "其他独居人员"}
_TIERS = {one.code: one.label for one in TIERS}

# PostgreSQL's age() reaches an anniversary of 29 February on 1 March, as core.dates does.
_AGES = """
    SELECT grid_id, EXTRACT(YEAR FROM age(%s::timestamp, born_on::timestamp))::int, sex, count(*)
    FROM residents_resident WHERE grid_id = ANY(%s) AND life_status = 'present' GROUP BY 1, 2, 3
"""


def sums_by_grid(grids: Collection[int], *, on: date, elderly_age: int) -> dict[int, PlaceSums]:
    """Grid -> what is counted among the people of it alone, its micro-grids left out. Five queries."""
    ids = list(grids)
    found = {one: PlaceSums() for one in ids}
    for grid, age, sex, number in rows_of(_AGES, [on, ids]):
        found[grid].ages[age, sex] += number
    here = Resident.objects.present().filter(grid__in=ids).values("pk")
    flags = PopulationFlag.objects.running().exclude(kind=Population.HIV).filter(resident__in=here)
    for grid, kind, number in flags.values_list("resident__grid", "kind").annotate(Count("pk")).order_by():
        found[grid].kinds[kind] += number
    tiers = RiskTier.objects.running().filter(kind=RiskKind.ELDER, resident__in=here)
    for grid, color, number in tiers.values_list("resident__grid", "color").annotate(Count("pk")).order_by():
        found[grid].tiers[color] += number
    _add_alone(found, ids, latest_birth(elderly_age, on))
    promised = Enrollment.objects.in_force_on(on).filter(is_supplementary=False, resident__in=here)
    for grid, number in (
        promised.values_list("resident__grid").annotate(Count("resident", distinct=True)).order_by()
    ):
        found[grid].signed += number
    return found


def _add_alone(found: dict[int, PlaceSums], ids: list[int], elder_birth: date) -> None:
    """Who is the only one present in his household; who belongs to none is not known to live alone. One query."""
    others = Resident.objects.present().filter(household=OuterRef("household")).exclude(pk=OuterRef("pk"))
    people = Resident.objects.present().filter(~Exists(others), grid__in=ids, household__isnull=False)
    for grid, born_on in people.values_list("grid", "born_on"):
        found[grid].alone["elder" if born_on and born_on <= elder_birth else "younger"] += 1


def codes_for(*, is_exact: bool, with_restricted: bool) -> Codes:
    """Exact tables count every kind that the reader may see; those that go out leave restricted kinds and the kinds
    that follow from age to nobody and to the age groups."""
    hidden = set(RESTRICTED) if not (is_exact and with_restricted) else {Population.HIV}
    if not is_exact:
        hidden |= set(AGE_KINDS)
    kinds = {one.value: str(one.label) for one in Population if one not in hidden}
    return Codes(kinds, _TIERS, _ALONE)


def answers_for(user: User, grids: Collection[int], *, on: date) -> bool:
    """Whether his own team is responsible for every one of these grids. Three queries."""
    own = set(TeamMembership.objects.active_on(on).filter(user=user).values_list("team", flat=True))
    teams = responsible_teams(grids, on=on)
    return bool(own and grids) and all(teams.get(one) in own for one in grids)


@dataclass(frozen=True)
class PlaceAnalysis:
    """The tables of a page's place.

    Attributes:
        covers_all: False where the village has grids that are not the reader's.
    """

    tables: Analysis
    covers_all: bool


def analysis_of(
    user: User, place: GuidePlace, *, on: date, ages: ResidentsPolicy, below: int, leaves: bool = False
) -> PlaceAnalysis:
    """The analysis of a place for this reader: exact for the team itself, else with small cells hidden. Ten queries.

    Args:
        leaves: it goes on paper or into a file: hidden for everybody.
    """
    grids = list(Grid.objects.filter(village=place.village).order_by("code").only("pk", "code", "parent_id"))
    wanted = {one.pk for one in grids} if place.is_village else set(_with_below(place.area.pk, grids))
    sums = sums_by_grid([one.pk for one in grids], on=on, elderly_age=ages.elderly_age)
    lived_in = {pk for pk in wanted if sums[pk].people}
    covers_all = lived_in <= set(place.grids)
    if not leaves and covers_all and answers_for(user, lived_in or wanted, on=on):
        whole = PlaceSums()
        for pk in wanted:
            whole.add(sums[pk])
        codes = codes_for(is_exact=True, with_restricted=may(user, Permission.RESIDENT_RESTRICTED))
        return PlaceAnalysis(exact(whole, ages, codes), covers_all)
    codes = codes_for(is_exact=False, with_restricted=False)
    tables = going_out(_tree(grids, sums), ages, codes, below=below)
    return PlaceAnalysis(tables["village" if place.is_village else str(place.area.pk)], covers_all)


def _with_below(pk: int, grids: Iterable[Grid]) -> list[int]:
    return [pk, *(one.pk for one in grids if one.parent_id == pk)]


def _tree(grids: list[Grid], sums: dict[int, PlaceSums]) -> list[Place]:
    """Micro-grids, then grids, then the village."""
    micro = [one for one in grids if one.parent_id]
    large = [one for one in grids if not one.parent_id]
    places = [Place(str(one.pk), (), sums[one.pk]) for one in micro]
    for one in large:
        parts = tuple(str(below.pk) for below in micro if below.parent_id == one.pk)
        places.append(Place(str(one.pk), parts, sums[one.pk]))
    places.append(Place("village", tuple(str(one.pk) for one in large), PlaceSums()))
    return places
