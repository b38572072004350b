"""Were residents told every month: by team, institution, street; the late ones; a year at a glance (S0-23)."""

from collections import defaultdict
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from datetime import date, timedelta

from django.db.models import Min, QuerySet

from core.lookups import any_of
from grids.choices import AreaLevel
from grids.models import Area, GridResponsibility
from outreach.choices import DisclosureUnit
from outreach.disclosures.base import Month
from outreach.models import MonthlyDisclosure
from outreach.policy import OutreachPolicy
from outreach.queries.compliance import Grouping
from outreach.queries.policies import Policies
from outreach.queries.proofs import told_of
from outreach.rules.patrols import Rate
from outreach.rules.proofs import MOST_CHANNELS, MOST_ITEMS, Asked, Standing, Told, Verdict, verdict_of
from teams.models import Institution, Team

_TOWNSHIP = 9  # digits of the code of a street or township
_ELSEWHERE = "区直"


@dataclass(frozen=True)
class UnitMonth:
    """A team with its issue of one month; where the institution publishes for all, ``team`` is None.

    Attributes:
        street: name of the street or township its institution is in.
        issue: id, None where there is none.
    """

    institution: Institution
    team: Team | None
    street: str
    issue: int | None
    told: Told
    verdict: Verdict
    asked: Asked

    @property
    def name(self) -> str:
        return self.team.name if self.team else self.institution.name


def asked_in(month: Month, policy: OutreachPolicy) -> Asked:
    return Asked(
        items=min(policy.disclosure_items, MOST_ITEMS),
        channels=min(policy.disclosure_min_channels, MOST_CHANNELS),
        due_on=due_on(month, policy),
    )


def due_on(month: Month, policy: OutreachPolicy) -> date:
    return month.first.replace(day=policy.disclosure_due_day)


def unit_months(
    teams: QuerySet[Team], *, months: Sequence[Month], on: date, policies: Policies
) -> dict[date, list[UnitMonth]]:
    """First of the month -> every unit of which something is asked, in the order of institutions. Eight queries.

    Asked of teams that work, with a grid of their own, on the day by which the issue is due: one that began later, or
    had ended before, is not. Nothing is asked of months before anybody in the district had an issue here.

    Args:
        policies: of each month, by its last day.
    """
    return _Known.read(teams, months).judged(months, on=on, policies=policies)


@dataclass(frozen=True)
class _Unit:
    institution: Institution
    team: Team | None

    @property
    def key(self) -> tuple[int, int | None]:
        return self.institution.pk, self.team.pk if self.team else None


def _whole_last(key: tuple[int, int | None, date, int]) -> bool:
    return key[1] is None


@dataclass(frozen=True)
class _Known:
    """What was read at once for all months."""

    teams: list[Team]
    held: dict[int, list[tuple[date, date | None]]]
    issues: dict[tuple[int, int | None, date], int]
    begun: dict[tuple[int, date], bool]
    told: dict[int, Told]
    streets: dict[str, str]
    since: date | None

    @classmethod
    def read(cls, teams: QuerySet[Team], months: Sequence[Month]) -> "_Known":
        rows = list(teams.select_related("institution").order_by("institution__code", "name", "pk"))
        held: dict[int, list[tuple[date, date | None]]] = defaultdict(list)
        spans = GridResponsibility.objects.filter(any_of("team", teams.order_by().values("pk")))
        for team, starts_on, ends_on in spans.values_list("team", "starts_on", "ends_on"):
            held[team].append((starts_on, ends_on))
        institutions = {one.institution_id for one in rows}
        issues = MonthlyDisclosure.objects.filter(
            institution__in=institutions, month__in=[one.first for one in months]
        )
        keys = list(issues.values_list("institution", "team", "month", "pk"))
        codes = {one.institution.area_code[:_TOWNSHIP] for one in rows}
        return cls(
            teams=rows,
            held=held,
            issues={(place, team, month): pk for place, team, month, pk in keys},
            # Whether by team; an issue of the whole institution prevails.
            begun={
                (place, month): team is not None for place, team, month, _ in sorted(keys, key=_whole_last)
            },
            told=told_of(issues),
            since=MonthlyDisclosure.objects.aggregate(first=Min("month"))["first"],
            streets=dict(
                Area.objects.filter(code__in=codes, level=AreaLevel.TOWNSHIP).values_list("code", "name")
            ),
        )

    def judged(self, months: Sequence[Month], *, on: date, policies: Policies) -> dict[date, list[UnitMonth]]:
        return {
            one.first: [
                _unit_month(unit, one, self, on=on, policy=policies[one.last])
                for unit in self._units(one, policies[one.last])
            ]
            if one.first >= (self.since or on.replace(day=1))
            else []
            for one in months
        }

    def _units(self, month: Month, policy: OutreachPolicy) -> list[_Unit]:
        day = due_on(month, policy)
        working = [one for one in self.teams if self._works(one, day)]
        found: dict[tuple[int, int | None], _Unit] = {}
        for team in working:
            is_own = self._tells_itself(team, month, policy)
            unit = _Unit(team.institution, team if is_own else None)
            found.setdefault(unit.key, unit)
        return list(found.values())

    def _tells_itself(self, team: Team, month: Month, policy: OutreachPolicy) -> bool:
        """As its institution has begun the month; only where there is no issue yet, as the policy says."""
        begun = self.begun.get((team.institution_id, month.first))
        return policy.disclosure_unit == DisclosureUnit.TEAM if begun is None else begun

    def _works(self, team: Team, day: date) -> bool:
        spans = [(team.starts_on, team.ends_on)]
        return all(
            any(starts_on <= day and (ends_on is None or ends_on >= day) for starts_on, ends_on in some)
            for some in (spans, self.held.get(team.pk, ()))
        )


def _unit_month(unit: _Unit, month: Month, known: _Known, *, on: date, policy: OutreachPolicy) -> UnitMonth:
    issue = known.issues.get((*unit.key, month.first))
    told = known.told[issue] if issue else Told()
    asked = asked_in(month, policy)
    return UnitMonth(
        institution=unit.institution,
        team=unit.team,
        street=known.streets.get(unit.institution.area_code[:_TOWNSHIP], _ELSEWHERE),
        issue=issue,
        told=told,
        verdict=verdict_of(told, asked, month=month, on=on),
        asked=asked,
    )


@dataclass(frozen=True)
class GroupLine:
    """A team, institution or street in a month.

    Attributes:
        rate: units that met what was asked. late: of these, after the day by which it was due.
        behind: units that are late still, or failed.
    """

    name: str
    rate: Rate
    late: int
    behind: int


def group_lines(rows: Iterable[UnitMonth], by: Grouping) -> list[GroupLine]:
    """The worst first."""
    groups: dict[str, list[UnitMonth]] = defaultdict(list)
    for row in rows:
        groups[_NAMES[by](row)].append(row)
    lines = [group_line(name, some) for name, some in groups.items()]
    return sorted(lines, key=lambda one: (one.rate.share or 0.0, one.name))


def group_line(name: str, rows: Sequence[UnitMonth]) -> GroupLine:
    standings = [one.verdict.standing for one in rows]
    return GroupLine(
        name=name,
        rate=Rate(sum(one.verdict.is_met for one in rows), len(rows)),
        late=standings.count(Standing.MET_LATE),
        behind=standings.count(Standing.LATE) + standings.count(Standing.FAILED),
    )


_NAMES: dict[Grouping, Callable[[UnitMonth], str]] = {
    Grouping.TEAM: lambda row: (
        f"{row.institution.name} {row.team.name}" if row.team else row.institution.name
    ),
    Grouping.INSTITUTION: lambda row: row.institution.name,
    Grouping.STREET: lambda row: row.street,
}


def late_rows(rows: Iterable[UnitMonth]) -> list[UnitMonth]:
    """Those that are behind first, then those that were late; the ones that have least first."""
    order = (Standing.FAILED, Standing.LATE, Standing.MET_LATE)
    found = [one for one in rows if one.verdict.is_late]
    return sorted(found, key=lambda one: (order.index(one.verdict.standing), one.verdict.kinds))


@dataclass(frozen=True)
class YearLine:
    """A team and its months, None where nothing was asked of it; with an institution's issue for all its teams."""

    team: Team
    months: tuple[UnitMonth | None, ...]

    @property
    def rate(self) -> Rate:
        """Of the months that are decided: over, or met already."""
        closed = [
            one for one in self.months if one and one.verdict.standing not in (Standing.OPEN, Standing.LATE)
        ]
        return Rate(sum(one.verdict.is_met for one in closed), len(closed))


def year_lines(
    teams: QuerySet[Team], *, months: Sequence[Month], on: date, policies: Policies
) -> list[YearLine]:
    """Teams of which something was asked in one of the months. Eight queries."""
    known = _Known.read(teams, months)
    found = known.judged(months, on=on, policies=policies)
    by_unit = {
        (first, one.institution.pk, one.team.pk if one.team else None): one
        for first, rows in found.items()
        for one in rows
    }
    lines = []
    for team in known.teams:
        own = tuple(_own_month(team, one, by_unit) for one in months)
        if any(own):
            lines.append(YearLine(team, own))
    return lines


def _own_month(
    team: Team, month: Month, by_unit: dict[tuple[date, int, int | None], UnitMonth]
) -> UnitMonth | None:
    own = by_unit.get((month.first, team.institution_id, team.pk))
    whole = by_unit.get((month.first, team.institution_id, None))
    if own or whole is None or team.starts_on > whole.asked.due_on:
        return own
    return whole if team.ends_on is None or team.ends_on >= whole.asked.due_on else None


def months_until(last: Month, number: int) -> list[Month]:
    """The months up to ``last``, in order."""
    found = [last]
    while len(found) < number:
        found.append(Month.of(found[-1].first - timedelta(days=1)))
    return found[::-1]
