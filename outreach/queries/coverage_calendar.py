"""Points by weeks: where nobody comes next week, before it happens; and where nobody came (S0-26)."""

from collections import defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from typing import Any

from django.db.models import Count, Q, QuerySet
from django.db.models.functions import TruncWeek

from grids.models import GridResponsibility
from outreach.choices import ExceptionState, VisitKind, VisitState
from outreach.models import OutreachVisit, PointException, PointTimetable, ServicePoint
from outreach.queries.policies import Policies
from outreach.rules.patrols import Rate, Week, WeekState, days_in_week, judge_week, rate_of, required_in
from teams.models import Team

_SIX = timedelta(days=6)
Span = tuple[date, date]


@dataclass(frozen=True)
class PointRow:
    """A point and its weeks, in their order; ``team``: who answers for its grid, None where nobody does."""

    point: ServicePoint
    team: Team | None
    weeks: tuple[Week, ...]

    @property
    def rate(self) -> Rate:
        return rate_of(self.weeks)

    def state_in(self, monday: date) -> WeekState | None:
        return next((one.state for one in self.weeks if one.monday == monday), None)


def point_rows(
    points: QuerySet[ServicePoint], *, weeks: Sequence[date], on: date, policies: Policies
) -> list[PointRow]:
    """Every point with how it stands in each of these weeks. Six queries, whatever the number.

    Args:
        weeks: Mondays, in order, one after the other.
        on: today; weeks before it are judged, those after it are looked ahead to.
        policies: of each week, by its Sunday.
    """
    rows = list(
        points.select_related("grid__village__parent").order_by("grid__code", "name", "pk") if weeks else []
    )
    if not rows:
        return []
    ids = [one.pk for one in rows]
    first, last = weeks[0], weeks[-1] + _SIX
    visits = _visits(ids, first, last, on)
    stops = _stops(ids, first, last)
    timetables = _timetables(list(stops), first, last)  # asked only about days off
    teams = teams_of(rows, on=on)
    return [
        PointRow(
            one,
            teams.get(one.pk),
            tuple(
                _week(one, monday, visits, timetables.get(one.pk, []), stops.get(one.pk, []), on, policies)
                for monday in weeks
            ),
        )
        for one in rows
    ]


def _week(
    point: ServicePoint, monday: date, visits: dict[tuple[int, date], tuple[int, int]],
    timetables: Sequence[PointTimetable], stops: Sequence[Span], on: date, policies: Policies,
) -> Week:  # fmt: skip
    done, planned = visits.get((point.pk, monday), (0, 0))
    required = policies[monday + _SIX].patrols_per_point_week
    if stops:
        required = required_in(days_in_week(timetables, monday), stops, monday, required)
    return judge_week(
        monday, on=on, opened_on=point.opened_on, closed_on=point.closed_on, required=required, done=done,
        planned=planned,
    )  # fmt: skip


def _visits(
    points: Sequence[int], first: date, last: date, on: date
) -> dict[tuple[int, date], tuple[int, int]]:
    """(point, Monday) -> patrols held, patrols to come."""
    to_come = Q(state__in=[VisitState.PLANNED, VisitState.ONGOING], on__gte=on)
    rows = (
        OutreachVisit.objects.filter(kind=VisitKind.PATROL, point__in=points, on__range=(first, last))
        .values("point", monday=TruncWeek("on"))
        .annotate(done=Count("pk", filter=Q(state=VisitState.DONE)), planned=Count("pk", filter=to_come))
        .values_list("point", "monday", "done", "planned")
    )
    return {(point, monday): (done, planned) for point, monday, done, planned in rows}


def _timetables(points: Sequence[int], first: date, last: date) -> dict[int, list[PointTimetable]]:
    found: dict[int, list[PointTimetable]] = defaultdict(list)
    for one in PointTimetable.objects.filter(_meets(first, last), point__in=points):
        found[one.point_id].append(one)
    return found


def _stops(points: Sequence[int], first: date, last: date) -> dict[int, list[Span]]:
    """Days off that were approved."""
    found: dict[int, list[Span]] = defaultdict(list)
    rows = PointException.objects.filter(
        _meets(first, last), point__in=points, state=ExceptionState.APPROVED
    ).values_list("point", "starts_on", "ends_on")
    for point, starts_on, ends_on in rows:
        found[point].append((starts_on, ends_on or last))
    return found


def _meets(first: date, last: date) -> Q:
    return (Q(ends_on__isnull=True) | Q(ends_on__gte=first)) & Q(starts_on__lte=last)


def teams_of(points: Iterable[ServicePoint], *, on: date) -> dict[int, Team]:
    """Point -> the team that answers for its grid, of a micro-grid also for the grid above it. One query.

    Args:
        points: with their grids read.
    """
    homes = {one.pk: (one.grid_id, one.grid.parent_id) for one in points}
    grids = {grid for pair in homes.values() for grid in pair if grid}
    standing = GridResponsibility.objects.standing_on(on).filter(grid__in=grids)
    by_grid: dict[Any, Team] = {one.grid_id: one.team for one in standing.select_related("team__institution")}
    found = {pk: by_grid.get(own) or by_grid.get(above) for pk, (own, above) in homes.items()}
    return {pk: team for pk, team in found.items() if team}


@dataclass(frozen=True)
class WeekTotal:
    """How many points stand how in one week."""

    monday: date
    counts: dict[WeekState, int]

    @property
    def gaps(self) -> int:
        return self.counts.get(WeekState.GAP, 0)

    @property
    def short(self) -> int:
        return self.counts.get(WeekState.SHORT, 0)


def totals_of(rows: Sequence[PointRow], weeks: Sequence[date]) -> list[WeekTotal]:
    found = []
    for at, monday in enumerate(weeks):
        counts: dict[WeekState, int] = defaultdict(int)
        for row in rows:
            counts[row.weeks[at].state] += 1
        found.append(WeekTotal(monday, dict(counts)))
    return found
