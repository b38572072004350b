"""Were points and teams served as often as they must be: by team, institution, street (S0-26, S1-14, S2-17, S4-8)."""

from collections import defaultdict
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from enum import StrEnum

from django.db.models import Count, Q, QuerySet
from django.db.models.functions import TruncWeek

from core.calendar import working_test
from core.policy import Finding
from outreach.choices import VisitKind, VisitState
from outreach.models import OutreachVisit
from outreach.policy import OutreachPolicy
from outreach.queries.coverage_calendar import PointRow
from outreach.queries.policies import Policies
from outreach.rules.patrols import COMMUNITY_KINDS, Rate, month_end, weeks_of_month, workdays_finding
from teams.models import Team

_SIX = timedelta(days=6)
NO_TEAM = "无责任团队"


class Grouping(StrEnum):
    """What the weekly patrols are summed up by."""

    TEAM = "团队"
    INSTITUTION = "机构"
    STREET = "镇街"

    @property
    def code(self) -> str:
        return self.name.lower()


@dataclass(frozen=True)
class PatrolLine:
    """One team, institution or street.

    Attributes:
        points: number of its points. rate: weeks of points met of those asked.
        whole: points that met every week asked.
    """

    name: str
    points: int
    whole: int
    rate: Rate


def patrol_lines(rows: Sequence[PointRow], by: Grouping) -> list[PatrolLine]:
    """The worst first; without anything asked last."""
    groups: dict[str, list[PointRow]] = defaultdict(list)
    for row in rows:
        groups[_NAMES[by](row)].append(row)
    lines = [patrol_line(name, some) for name, some in groups.items()]
    return sorted(lines, key=lambda one: (one.rate.asked == 0, one.rate.share or 0.0, one.name))


def patrol_line(name: str, rows: Iterable[PointRow]) -> PatrolLine:
    rates = [one.rate for one in rows]
    asked = [one for one in rates if one.asked]
    return PatrolLine(
        name, len(rates), sum(one.met == one.asked for one in asked), sum(rates, start=Rate(0, 0))
    )


def _team(row: PointRow) -> str:
    return f"{row.team.institution.name} {row.team.name}" if row.team else NO_TEAM


def _institution(row: PointRow) -> str:
    return row.team.institution.name if row.team else NO_TEAM


def _street(row: PointRow) -> str:
    above = row.point.grid.village.parent
    return above.name if above else ""


_NAMES: dict[Grouping, Callable[[PointRow], str]] = {
    Grouping.TEAM: _team,
    Grouping.INSTITUTION: _institution,
    Grouping.STREET: _street,
}


@dataclass(frozen=True)
class TeamMonth:
    """A team's month beside the patrols of its points.

    Attributes:
        community: weeks in which it went into the community often enough, of those that are over.
        workdays: days on which it held a family-doctor work day in enough grids. finding: too few or too many of them.
        checkups, checkups_planned: check-up sessions for the elderly held, and all that were in the calendar.
    """

    team: Team
    community: Rate
    workdays: int
    finding: Finding | None
    checkups: int
    checkups_planned: int


def team_months(teams: QuerySet[Team], *, first: date, on: date, policies: Policies) -> list[TeamMonth]:
    """How teams stood in the month that begins with ``first``. Five queries, whatever their number.

    Args:
        policies: of the month by its last day, and of each of its weeks by its Sunday.
    """
    last = month_end(first)
    rows = list(
        teams.active_on(min(last, max(on, first)))  # type: ignore[attr-defined]
        .select_related("institution")
        .order_by("institution__code", "name", "pk")
    )
    ids = [one.pk for one in rows]
    weeks = weeks_of_month(first)
    community = _community(ids, weeks)
    asked = _weeks_asked(weeks, on)
    days, checkups = _work_days(ids, first, last, policies[last]), _checkups(ids, first, last)
    return [
        _month(one, asked, community, days.get(one.pk, 0), checkups.get(one.pk, (0, 0)), last, on, policies)
        for one in rows
    ]


def _month(
    team: Team, asked: Sequence[date], community: dict[tuple[int, date], int], days: int,
    checkups: tuple[int, int], last: date, on: date, policies: Policies,
) -> TeamMonth:  # fmt: skip
    own = [one for one in asked if team.starts_on <= one and (not team.ends_on or team.ends_on >= one + _SIX)]
    enough = [
        one
        for one in own
        if community.get((team.pk, one), 0) >= policies[one + _SIX].community_visits_per_week
    ]
    finding = workdays_finding(
        days, least=policies[last].workdays_per_month_min, most=policies[last].workdays_per_month_max,
        is_over=last < on,
    )  # fmt: skip
    return TeamMonth(team, Rate(len(enough), len(own)), days, finding, *checkups)


def _weeks_asked(weeks: Sequence[date], on: date) -> list[date]:
    """Weeks that are over and had a day on which people work."""
    if not weeks:
        return []
    is_working = working_test(weeks[0], weeks[-1] + _SIX)
    over = [one for one in weeks if one + _SIX < on]
    return [one for one in over if any(is_working(one + timedelta(days=n)) for n in range(7))]


def _done(teams: Sequence[int], first: date, last: date) -> QuerySet[OutreachVisit]:
    return OutreachVisit.objects.filter(team__in=teams, on__range=(first, last), state=VisitState.DONE)


def _community(teams: Sequence[int], weeks: Sequence[date]) -> dict[tuple[int, date], int]:
    if not weeks:
        return {}
    rows = (
        _done(teams, weeks[0], weeks[-1] + _SIX)
        .filter(kind__in=COMMUNITY_KINDS)
        .values("team", monday=TruncWeek("on"))
        .annotate(n=Count("pk"))
        .values_list("team", "monday", "n")
    )
    return {(team, monday): n for team, monday, n in rows}


def _work_days(teams: Sequence[int], first: date, last: date, policy: OutreachPolicy) -> dict[int, int]:
    """Team -> days; of a day all its visits together must have led into enough grids."""
    rows = (
        _done(teams, first, last)
        .filter(kind=VisitKind.WORK_DAY)
        .values("team", "on")
        .annotate(grids_seen=Count("grids", distinct=True))
        .filter(grids_seen__gte=policy.workday_grids_min)
        .values_list("team", "on")
    )
    found: dict[int, int] = defaultdict(int)
    for team, _ in rows:
        found[team] += 1
    return found


def _checkups(teams: Sequence[int], first: date, last: date) -> dict[int, tuple[int, int]]:
    rows = (
        OutreachVisit.objects.filter(team__in=teams, on__range=(first, last), kind=VisitKind.CHECKUP)
        .exclude(state=VisitState.CANCELLED)
        .values("team")
        .annotate(done=Count("pk", filter=Q(state=VisitState.DONE)), all=Count("pk"))
        .values_list("team", "done", "all")
    )
    return {team: (done, every) for team, done, every in rows}
