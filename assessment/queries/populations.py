"""Coverage of each key population (重点人群), and how many of the signed are under a household agreement (4.8, S0-1).

Counted by the same rules as the table of places: the birth date decides the age kinds where it is known, a flag of the
day all others. Who belongs to several kinds stands in each of them, and once in the total. The kinds that the law keeps
to named roles are counted in the total only and never by name.
"""

from dataclasses import dataclass
from datetime import date
from fractions import Fraction
from typing import Any

from django.db import connection
from django.db.models import Q

from assessment.queries.heads import as_sql, present, residents_known, signed_on
from assessment.rules import share
from grids.models import Area
from residents.choices import RESTRICTED, Population
from residents.models import PopulationFlag
from residents.policy import ResidentsPolicy
from residents.rules.population import AGE_KINDS, age_bands
from teams.models import User


@dataclass(frozen=True)
class KindLine:
    """Persons of one kind on a day: all, those with an agreement in force, those of them under a household's.

    Attributes:
        kind: "" for the total, in which everybody stands once.
    """

    kind: str
    name: str
    residents: int = 0
    signed: int = 0
    family: int = 0

    @property
    def rate(self) -> Fraction | None:
        return share(self.signed, self.residents)

    @property
    def family_share(self) -> Fraction | None:
        return share(self.family, self.signed)


@dataclass(frozen=True)
class Populations:
    """The key populations in the order of the code list.

    Attributes:
        withheld: how many kinds of the policy are counted in the total without a line of their own.
    """

    lines: tuple[KindLine, ...]
    total: KindLine
    withheld: int


def populations(
    user: User, *, area: Area | None, on: date, policy: ResidentsPolicy, counts_auto: bool = True
) -> Populations:
    """Every key population of the policy within ``area`` and within what ``user`` may see, in one query."""
    counted = _counted(user, area, on, policy, counts_auto)
    keys = [one for one in Population if one in policy.key_populations]
    shown = [one for one in keys if one not in RESTRICTED]
    lines = tuple(KindLine(one.value, str(one.label), *counted.get(one.value, (0, 0, 0))) for one in shown)
    total = KindLine("", "重点人群合计", *counted.get("", (0, 0, 0)))
    return Populations(lines, total, len(keys) - len(shown))


def _counted(
    user: User, area: Area | None, on: date, policy: ResidentsPolicy, counts_auto: bool
) -> dict[str, tuple[int, int, int]]:
    """Kind, or "" for all of them -> persons, signed, under a household agreement."""
    known = residents_known(user, area, on).filter(present(on)).values_list("pk", "born_on")
    running = PopulationFlag.objects.filter(Q(ends_on__isnull=True) | Q(ends_on__gte=on), starts_on__lte=on)
    kept = running.filter(kind__in=policy.key_populations).values_list("resident_id", "kind")
    people, people_values = as_sql(known)
    signed, signed_values = as_sql(signed_on(on, counts_auto=counts_auto))
    flags, flag_values = as_sql(kept)
    bands = [one for one in age_bands(on, policy) if one.kind in policy.key_populations]
    band_values: list[list[Any]] = [
        [str(one.kind) for one in bands],
        [one.born_after for one in bands],
        [one.born_until for one in bands],
    ]
    sql = _KINDS.format(people=people, signed=signed, flags=flags)
    ages = [str(one) for one in AGE_KINDS]
    with connection.cursor() as cursor:
        cursor.execute(sql, [*people_values, *signed_values, *flag_values, ages, *band_values])
        return {kind: (residents, signed, family) for kind, residents, signed, family in cursor.fetchall()}


_KINDS = """
WITH person AS MATERIALIZED (
    SELECT p.id, p.born_on, s.team_id, s.is_family
    FROM ({people}) AS p (id, born_on)
    LEFT JOIN ({signed}) AS s (resident_id, team_id, is_family) ON s.resident_id = p.id
), held AS MATERIALIZED (
    SELECT person.id, flag.kind, person.team_id, person.is_family
    FROM ({flags}) AS flag (resident_id, kind) JOIN person ON person.id = flag.resident_id
    WHERE person.born_on IS NULL OR flag.kind <> ALL(%s::text[])
    UNION
    SELECT person.id, band.kind, person.team_id, person.is_family
    FROM person JOIN unnest(%s::text[], %s::date[], %s::date[]) AS band (kind, born_after, born_until)
        ON person.born_on IS NOT NULL AND (band.born_after IS NULL OR person.born_on > band.born_after)
            AND (band.born_until IS NULL OR person.born_on <= band.born_until)
)
SELECT kind, count(*), count(team_id), count(*) FILTER (WHERE is_family) FROM held GROUP BY kind
UNION ALL
SELECT '', count(*), count(team_id), count(*) FILTER (WHERE is_family)
FROM (SELECT DISTINCT id, team_id, is_family FROM held) AS everybody
"""
