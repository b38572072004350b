"""Counting heads: residents and those of them with an agreement in force, by place or by team, set-based."""

from datetime import date, datetime, time, timedelta
from typing import Any

from django.contrib.postgres.aggregates import BoolOr
from django.db import connection
from django.db.models import Case, Q, QuerySet, Value, When
from django.utils import timezone

from assessment.choices import Level
from assessment.rules import Tally
from contracts.choices import AgreementKind, RenewalKind
from contracts.models import Enrollment
from grids.models import Area, GridResponsibility
from residents.choices import LifeStatus, Population
from residents.models import PopulationFlag, Resident
from residents.policy import ResidentsPolicy
from residents.rules.population import AGE_KINDS, age_bands
from teams.models import User

Tallies = dict[int | None, Tally]


def residents_known(user: User, area: Area | None, on: date) -> QuerySet[Resident]:
    """Everybody in scope who was on the register by the end of that day, present or not."""
    tomorrow = timezone.make_aware(datetime.combine(on + timedelta(days=1), time.min))
    found = Resident.objects.visible_to(user).filter(created_at__lt=tomorrow)
    return found if area is None else found.filter(inside(area, "grid__village"))


def inside(area: Area, place: str) -> Q:
    """The area at the path is this one, or lies in it."""
    return Q(**{place: area}) | Q(**{f"{place}__parent": area}) | Q(**{f"{place}__parent__parent": area})


def present(on: date) -> Q:
    """Not dead, gone or lost by the end of that day."""
    return Q(life_status=LifeStatus.PRESENT) | Q(life_status_on__gt=on)


def signed_on(on: date, *, counts_auto: bool) -> QuerySet:
    """Whoever has an agreement in force that day: id, team, whether it is a household's; nobody stands in it twice.

    Args:
        counts_auto: whether a term that the calendar renewed counts (C1).
    """
    found = Enrollment.objects.in_force_on(on).filter(is_supplementary=False)
    if not counts_auto:
        found = found.exclude(agreement__renewal_kind=RenewalKind.AUTO)
    is_family = whether(Q(agreement__kind=AgreementKind.HOUSEHOLD))
    return found.annotate(is_family=is_family).values_list("resident_id", "agreement__team_id", "is_family")


def tallies(
    level: Level,
    known: QuerySet[Resident],
    *,
    on: date,
    policy: ResidentsPolicy,
    counts_auto: bool = True,
) -> Tallies:
    """Heads by id of the level's places, or of teams (None: grids without a team), in one query."""
    people, people_values = as_sql(_people(known, on, policy))
    signed, signed_values = as_sql(signed_on(on, counts_auto=counts_auto))
    flagged, flagged_values = as_sql(_flagged(on, policy))
    covering, covering_values = as_sql(
        GridResponsibility.objects.active_on(on).values_list("grid_id", "team_id")
    )
    heads = _PERSON.format(people=people, signed=signed, flagged=flagged)
    values = [*people_values, *signed_values, *flagged_values]
    if level == Level.TEAM:
        heads += _BY_TEAM.format(covering=covering)
        values += covering_values
    else:
        heads += _BY_PLACE.format(place=_PLACES[level])
    with connection.cursor() as cursor:
        cursor.execute(heads, values)
        return {row[0]: Tally(*map(int, row[1:])) for row in cursor.fetchall()}


_PERSON = """
WITH person AS MATERIALIZED (
    SELECT p.grid_id, p.is_near, s.team_id, s.is_family,
        p.is_key_by_age OR f.is_diagnosed OR p.is_of_unknown_age AND f.resident_id IS NOT NULL AS is_key
    FROM ({people}) AS p (id, grid_id, is_key_by_age, is_near, is_of_unknown_age)
    LEFT JOIN ({signed}) AS s (resident_id, team_id, is_family) ON s.resident_id = p.id
    LEFT JOIN ({flagged}) AS f (resident_id, is_diagnosed) ON f.resident_id = p.id
)
"""
_HEADS = """
    count(*), count(team_id),
    count(*) FILTER (WHERE is_key), count(team_id) FILTER (WHERE is_key),
    count(*) FILTER (WHERE is_near), count(team_id) FILTER (WHERE is_near),
    count(*) FILTER (WHERE is_key AND is_family)
"""
# A micro-grid is counted with the grid above it.
_PLACES = {
    Level.TOWNSHIP: "village.parent_id",
    Level.VILLAGE: "village.id",
    Level.GRID: "coalesce(grid.parent_id, grid.id)",
}
_BY_PLACE = (
    "SELECT {place}, "
    + _HEADS
    + """
FROM person
JOIN grids_grid AS grid ON grid.id = person.grid_id
JOIN grids_area AS village ON village.id = grid.village_id
GROUP BY 1
"""
)
# Residents belong to the team that covers their grid, agreements to the team that made them.
_BY_TEAM = """
, covering (grid_id, team_id) AS ({covering})
SELECT team, sum(residents), sum(signed), sum(key_residents), sum(key_signed), sum(near_residents), sum(near_signed),
    sum(key_family)
FROM (
    SELECT coalesce(own.team_id, above.team_id) AS team, count(*) AS residents, 0 AS signed,
        count(*) FILTER (WHERE is_key) AS key_residents, 0 AS key_signed,
        count(*) FILTER (WHERE is_near) AS near_residents, 0 AS near_signed, 0 AS key_family
    FROM person
    JOIN grids_grid AS grid ON grid.id = person.grid_id
    LEFT JOIN covering AS own ON own.grid_id = grid.id
    LEFT JOIN covering AS above ON above.grid_id = grid.parent_id
    GROUP BY 1
    UNION ALL
    SELECT team_id, 0, count(*), 0, count(*) FILTER (WHERE is_key), 0, count(*) FILTER (WHERE is_near),
        count(*) FILTER (WHERE is_key AND is_family)
    FROM person
    WHERE team_id IS NOT NULL
    GROUP BY 1
) AS part
GROUP BY team
"""


def _people(known: QuerySet[Resident], on: date, policy: ResidentsPolicy) -> QuerySet:
    """Who counts that day: id, grid, whether age alone makes him key population, whether 60 to 64, whether unknown."""
    keys, near = Q(pk__in=[]), Q(pk__in=[])
    for band in age_bands(on, policy):
        born = Q(born_on__isnull=False)
        if band.born_after:
            born &= Q(born_on__gt=band.born_after)
        if band.born_until:
            born &= Q(born_on__lte=band.born_until)
        if band.kind in policy.key_populations:
            keys |= born
        if band.kind == Population.ELDERLY_60_64:
            near |= born
    return (
        known.filter(present(on))
        .annotate(
            is_key=whether(keys), is_near=whether(near), is_of_unknown_age=whether(Q(born_on__isnull=True))
        )
        .values_list("pk", "grid_id", "is_key", "is_near", "is_of_unknown_age")
    )


def whether(holds: Q) -> Case:
    """True or false for each row, also where the condition can hold for nobody."""
    return Case(When(holds, then=Value(True)), default=Value(False))


def _flagged(on: date, policy: ResidentsPolicy) -> QuerySet:
    """Each person with a key-population flag that day, once, and whether any of them is more than an age flag.

    An age flag counts only where the birth date is unknown: else the birth date decides, for any day.
    """
    return (
        PopulationFlag.objects.filter(Q(ends_on__isnull=True) | Q(ends_on__gte=on), starts_on__lte=on)
        .filter(kind__in=policy.key_populations)
        .values_list("resident_id")
        .annotate(is_diagnosed=BoolOr(whether(~Q(kind__in=AGE_KINDS))))
    )


def as_sql(rows: QuerySet) -> tuple[str, tuple[Any, ...]]:
    """A queryset as a subquery for hand-written SQL, also one that can hold nothing; its values stay parameters."""
    return rows.order_by().query.get_compiler(connection=connection, elide_empty=False).as_sql()
