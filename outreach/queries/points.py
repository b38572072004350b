"""Service points as pages show them: the list with what grids lack, one point with its hours, the public page."""

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from datetime import date, timedelta

from django.db.models import Count, Prefetch, Q, QuerySet
from django.db.models.functions import Coalesce

from core.policy import Finding
from grids.choices import GridLevel
from grids.models import Grid
from outreach.choices import BookingState, ExceptionState, PointService, VisitState
from outreach.models import OutreachVisit, PointException, PointTimetable, ServicePoint
from outreach.policy import OutreachPolicy
from outreach.queries.coverage_calendar import teams_of
from outreach.rules.patrols import WEEKDAYS, days_in_week, monday_of, points_finding
from teams.choices import Profession
from teams.models import Team, TeamMembership, User

_PUBLIC_WEEKS = 2
_HELD = (VisitState.PLANNED, VisitState.ONGOING)


@dataclass(frozen=True)
class GridPoints:
    """A grid whose number of points is not as it should be."""

    grid: Grid
    number: int
    finding: Finding


def grid_counts(grids: Collection[int], *, on: date) -> dict[int, int]:
    """Grid -> points open on a day; those of a micro-grid count with the grid above it. One query."""
    rows = (
        ServicePoint.objects.open_on(on)
        .annotate(home=Coalesce("grid__parent", "grid"))
        .filter(home__in=grids)
        .values_list("home")
        .annotate(n=Count("pk"))
    )
    return dict(rows)


def grids_off(grids: QuerySet[Grid], *, on: date, policy: OutreachPolicy) -> list[GridPoints]:
    """Grids of these with too few or too many points (S0-24), the emptiest first. Two queries."""
    rows = list(grids.open_on(on).filter(level=GridLevel.GRID).select_related("village").order_by("code"))  # type: ignore[attr-defined]
    counts = grid_counts([one.pk for one in rows], on=on)
    found = []
    for one in rows:
        number = counts.get(one.pk, 0)
        finding = _finding(number, policy)
        if finding:
            found.append(GridPoints(one, number, finding))
    return sorted(found, key=lambda one: one.number)


def _finding(number: int, policy: OutreachPolicy) -> Finding | None:
    return points_finding(
        number, least=policy.service_points_per_grid_min, most=policy.service_points_per_grid_max
    )


@dataclass(frozen=True)
class PointLine:
    """A point in the list: its team, and its hours in words."""

    point: ServicePoint
    team: Team | None
    hours: tuple[str, ...]


def point_lines(points: Sequence[ServicePoint], *, on: date) -> list[PointLine]:
    """Two queries; ``points`` with their grids read."""
    hours: dict[int, list[str]] = {}
    rows = PointTimetable.objects.filter(_not_over(on), point__in=points).order_by("weekday", "begins_at")
    for one in rows:
        hours.setdefault(one.point_id, []).append(hours_in_words(one))
    teams = teams_of(points, on=on)
    return [PointLine(one, teams.get(one.pk), tuple(hours.get(one.pk, ()))) for one in points]


def hours_in_words(one: PointTimetable) -> str:
    """每周三 9:00-11:00"""
    each = WEEKDAYS[one.weekday].removeprefix("周")
    every = "每周" if one.every_weeks == 1 else f"每{one.every_weeks}周的周"
    return f"{every}{each} {one.begins_at:%H:%M}-{one.closes_at:%H:%M}"


def _not_over(on: date) -> Q:
    return Q(ends_on__isnull=True) | Q(ends_on__gte=on)


@dataclass(frozen=True)
class HoursLine:
    """One timetable row with its people.

    Attributes:
        strangers: named in it, but not of the team that day: they do not come.
    """

    timetable: PointTimetable
    words: str
    staff: tuple[User, ...]
    strangers: tuple[User, ...]


@dataclass(frozen=True)
class PointDetail:
    """One point, for its page.

    Attributes:
        finding: how many points its grid has, None where that is right.
        ahead: visits of the coming weeks. misfits: of these, ids that no timetable wants; somebody has booked, or
            other people were sent.
        is_other_team: hours are held by a team that does not answer for the grid.
    """

    point: ServicePoint
    team: Team | None
    finding: Finding | None
    hours: tuple[HoursLine, ...]
    exceptions: tuple[PointException, ...]
    ahead: tuple[OutreachVisit, ...]
    misfits: frozenset[int]

    @property
    def is_other_team(self) -> bool:
        return any(one.timetable.team_id != (self.team.pk if self.team else None) for one in self.hours)

    @property
    def services(self) -> list[str]:
        return [str(PointService(one).label) for one in self.point.services]


def detail_of(point: ServicePoint, *, on: date, policy: OutreachPolicy) -> PointDetail:
    """Ten queries at most."""
    home = point.grid.parent_id or point.grid_id
    number = grid_counts([home], on=on).get(home, 0)
    rows = list(_hours(point, on))
    ahead = tuple(
        OutreachVisit.objects.filter(point=point, on__gte=on)
        .annotate(booked=Count("slots__bookings", filter=Q(slots__bookings__state=BookingState.BOOKED)))
        .select_related("team", "timetable")
        .order_by("on", "begins_at")
    )
    return PointDetail(
        point=point,
        team=teams_of([point], on=on).get(point.pk),
        finding=_finding(number, policy),
        hours=tuple(_hours_line(one, on) for one in rows),
        exceptions=tuple(
            point.exceptions.filter(ends_on__gte=on - timedelta(weeks=_PUBLIC_WEEKS))
            .select_related("asked_by", "decided_by")
            .order_by("-starts_on", "-pk")
        ),
        ahead=ahead,
        misfits=frozenset(one.pk for one in ahead if _is_misfit(one)),
    )


def _hours(point: ServicePoint, on: date) -> QuerySet[PointTimetable]:
    members = TeamMembership.objects.order_by("starts_on")
    people = User.objects.order_by("pk").prefetch_related(Prefetch("memberships", members))
    return (
        PointTimetable.objects.filter(_not_over(on), point=point)
        .select_related("team__institution")
        .prefetch_related(Prefetch("staff", people))
        .order_by("weekday", "begins_at", "starts_on")
    )


def _hours_line(one: PointTimetable, on: date) -> HoursLine:
    day = max(on, one.starts_on)
    here: list[User] = []
    gone: list[User] = []
    for person in one.staff.all():
        is_member = any(
            held.team_id == one.team_id
            and held.starts_on <= day
            and (held.ends_on is None or held.ends_on >= day)
            for held in person.memberships.all()
        )
        (here if is_member else gone).append(person)
    return HoursLine(one, hours_in_words(one), tuple(here), tuple(gone))


def _is_misfit(visit: OutreachVisit) -> bool:
    if visit.timetable is None or visit.state != VisitState.PLANNED:
        return False
    plan = visit.timetable
    fits = visit.on in days_in_week([plan], monday_of(visit.on))
    return not fits or (visit.begins_at, visit.closes_at) != (plan.begins_at, plan.closes_at)


@dataclass(frozen=True)
class PublicHours:
    """What the poster and the public page say of one weekly hour; people without their private numbers."""

    words: str
    team: str
    phone: str
    people: tuple[str, ...]


@dataclass(frozen=True)
class PublicPoint:
    """The point as everybody may see it (S0-25): hours, people, number to call, days off that were approved."""

    point: ServicePoint
    institution: str
    hours: tuple[PublicHours, ...]
    services: tuple[str, ...]
    days_off: tuple[PointException, ...]
    ahead: tuple[OutreachVisit, ...]
    can_book: bool


def public_point_of(point: ServicePoint, *, on: date) -> PublicPoint:
    """Eight queries at most; ``point`` with its grid read."""
    lines = [_hours_line(one, on) for one in _hours(point, on)]
    team = teams_of([point], on=on).get(point.pk)
    institution = (
        team.institution.name if team else next((one.timetable.team.institution.name for one in lines), "")
    )
    last = on + timedelta(weeks=_PUBLIC_WEEKS)
    off = point.exceptions.filter(state=ExceptionState.APPROVED, ends_on__gte=on, starts_on__lte=last)
    ahead = OutreachVisit.objects.filter(point=point, on__range=(on, last), state__in=_HELD)
    return PublicPoint(
        point=point,
        institution=institution,
        hours=tuple(_public_hours(one, on) for one in lines),
        services=tuple(str(PointService(one).label) for one in point.services),
        days_off=tuple(off.order_by("starts_on")),
        ahead=tuple(ahead.select_related("team").order_by("on", "begins_at")),
        can_book=any(one.timetable.seats for one in lines),
    )


def _public_hours(line: HoursLine, on: date) -> PublicHours:
    team = line.timetable.team
    return PublicHours(
        words=line.words + _span_in_words(line.timetable, on),
        team=team.name,
        phone=team.phone or team.institution.phone,
        people=tuple(f"{one.name}（{_post(one)}）" for one in line.staff),
    )


def _span_in_words(one: PointTimetable, on: date) -> str:
    """（12月1日起）, （到12月31日）; "" for what holds today and has no end."""
    parts = [f"{one.starts_on.month}月{one.starts_on.day}日起"] if one.starts_on > on else []
    parts += [f"到{one.ends_on.month}月{one.ends_on.day}日"] if one.ends_on else []
    return f"（{'，'.join(parts)}）" if parts else ""


def _post(person: User) -> str:
    return person.title or str(Profession(person.profession).label)
