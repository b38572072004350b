"""The calendar of everything for which teams go out, and one visit with all that is known of it."""

from collections import Counter, defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta

from django.db.models import Count, Q, QuerySet, Sum
from django.utils import timezone

from grids.models import Grid
from outreach.choices import Handout, PointService, VisitKind, VisitState
from outreach.models import OutreachVisit, VisitCheckIn, VisitSlot, VisitStaff, VisitWork
from outreach.policy import OutreachPolicy
from outreach.queries.visit_work import Found, found_since, standing_works
from outreach.rules.patrols import month_end
from outreach.rules.visiting import AgainstPlan, against_plan, work_day_warnings
from teams.models import Team, TeamMembership, User

MOST = 300  # lines of a week; a wider scope narrows it to a team
NEVER_ENDED = "已开始未登记结束"  # missed, although somebody began it
_KEPT_DAYS = (VisitState.PLANNED, VisitState.ONGOING, VisitState.DONE)


@dataclass(frozen=True)
class VisitLine:
    """A visit in the calendar.

    Attributes:
        place: where it leads, in words. staff: names. booked: seats taken. is_own: of one of the reader's teams.
    """

    visit: OutreachVisit
    place: str
    staff: tuple[str, ...]
    booked: int
    is_own: bool


@dataclass(frozen=True)
class Calendar:
    """Days with their lines; ``is_cut``: there are more than were read."""

    days: list[tuple[date, list[VisitLine]]]
    is_cut: bool

    @property
    def tally(self) -> list[tuple[str, int]]:
        """State in words -> how many visits: the days' plan against what became of it."""
        found = Counter(_state_words(one.visit) for _, lines in self.days for one in lines)
        return [
            (words, found[words]) for words in (*map(str, VisitState.labels), NEVER_ENDED) if found[words]
        ]


def _state_words(visit: OutreachVisit) -> str:
    never_ended = visit.state == VisitState.MISSED and visit.began_at is not None
    return NEVER_ENDED if never_ended else str(VisitState(visit.state).label)


def calendar_of(visits: QuerySet[OutreachVisit], *, first: date, last: date, own: Sequence[int]) -> Calendar:
    """The visits of some days, by day and hour, those called off at the end. Four queries.

    Args:
        visits: as far as the reader sees them. own: ids of his teams.
    """
    rows = list(
        visits.filter(on__range=(first, last))
        .select_related("team", "point__grid")
        .prefetch_related("grids")
        .order_by("on", "begins_at", "pk")[: MOST + 1]
    )
    by_day: dict[date, list[VisitLine]] = defaultdict(list)
    for line in _lines(rows[:MOST], own):
        by_day[line.visit.on].append(line)
    days = [first + timedelta(days=n) for n in range((last - first).days + 1)]
    return Calendar([(day, _called_off_last(by_day[day])) for day in days], is_cut=len(rows) > MOST)


def _called_off_last(lines: list[VisitLine]) -> list[VisitLine]:
    return sorted(lines, key=lambda one: one.visit.state == VisitState.CANCELLED)


def _lines(rows: Sequence[OutreachVisit], own: Sequence[int]) -> Iterable[VisitLine]:
    names: dict[int, list[str]] = defaultdict(list)
    for person in VisitStaff.objects.filter(visit__in=rows).select_related("user").order_by("pk"):
        names[person.visit_id].append(person.user.name)
    seats = VisitSlot.objects.filter(visit__in=rows).values_list("visit").annotate(Sum("taken"))
    booked = dict(seats)
    for one in rows:
        yield VisitLine(
            one, place_words(one), tuple(names[one.pk]), booked.get(one.pk, 0), one.team_id in own
        )


def place_words(visit: OutreachVisit) -> str:
    """The service point, the grids, or the address."""
    parts = [visit.point.name] if visit.point else []
    parts += [one.name for one in visit.grids.all()]
    parts += [visit.place] if visit.place else []
    return "、".join(dict.fromkeys(parts))  # a place may be named like its grid


def grids_of(visit: OutreachVisit) -> list[Grid]:
    """Where it leads. Two queries."""
    pks = [visit.point.grid_id] if visit.point else []
    return list(Grid.objects.filter(Q(pk__in=pks) | Q(visits=visit)).distinct().order_by("code"))


@dataclass(frozen=True)
class MonthOfWorkDays:
    """Work days of a team in a month, and what they lack (S2-17)."""

    days: int
    least: int
    most: int
    warnings: list[str]


def work_days_of(team: Team, day: date, *, on: date, policy: OutreachPolicy) -> MonthOfWorkDays:
    """Of the month of a day. One query.

    Args:
        policy: in force on the last day of that month, see ``last_judged_on``.
    """
    first = day.replace(day=1)
    last = month_end(day)
    rows = OutreachVisit.objects.filter(
        team=team, kind=VisitKind.WORK_DAY, on__range=(first, last), state__in=_KEPT_DAYS
    )
    by_day = dict(rows.values_list("on").annotate(Count("grids", distinct=True)))
    warnings = work_day_warnings(
        days=len(by_day),
        grids=min(by_day.values(), default=0),
        least=policy.workdays_per_month_min,
        most=policy.workdays_per_month_max,
        least_grids=policy.workday_grids_min,
        is_month_over=last < on,
    )
    return MonthOfWorkDays(
        len(by_day), policy.workdays_per_month_min, policy.workdays_per_month_max, warnings
    )


@dataclass(frozen=True)
class WorkLine:
    """What was made for one person at once: a record may count as several services."""

    work: VisitWork
    services: tuple[str, ...]


@dataclass(frozen=True)
class VisitSheet:
    """One visit.

    Attributes:
        against: how it was against the plan, None before its end.
        counts, handouts: words and numbers; works: None for readers who do not care for people.
        found: made in its time, and counted at no visit yet; None for who cannot count it any more.
    """

    place: str
    staff: list[VisitStaff]
    against: AgainstPlan | None
    counts: list[tuple[str, int]]
    handouts: list[tuple[str, int]]
    check_ins: list[VisitCheckIn]
    seats: tuple[int, int]
    works: list[WorkLine] | None
    found: list[Found] | None

    @property
    def persons(self) -> list[int]:
        """Ids of the residents it shows."""
        shown = [one.work.resident_id for one in self.works or ()]
        return shown + [one.resident.pk for one in self.found or ()]


def visit_sheet(visit: OutreachVisit, user: User, *, with_persons: bool, with_found: bool) -> VisitSheet:
    """Everything of one visit. Sixteen queries at most, however many people came."""
    staff = list(VisitStaff.objects.filter(visit=visit).select_related("user").order_by("pk"))
    check_ins = VisitCheckIn.objects.filter(visit=visit).select_related("posting__grid", "posting__village")
    seats = VisitSlot.objects.filter(visit=visit).aggregate(Sum("taken"), Sum("seats"))
    return VisitSheet(
        place=place_words(visit),
        staff=staff,
        against=_against(visit, staff),
        counts=[(one.label, visit.head_counts[one]) for one in PointService if visit.head_counts.get(one)],
        handouts=[(one.label, visit.handouts[one]) for one in Handout if visit.handouts.get(one)],
        check_ins=list(check_ins.order_by("at", "pk")),
        seats=(seats["taken__sum"] or 0, seats["seats__sum"] or 0),
        works=_work_lines(standing_works(visit)) if with_persons else None,
        found=found_since(visit, user) if with_found else None,
    )


def _against(visit: OutreachVisit, staff: Sequence[VisitStaff]) -> AgainstPlan | None:
    if visit.began_at is None or visit.ended_at is None:
        return None
    return against_plan(
        begins=timezone.make_aware(datetime.combine(visit.on, visit.begins_at)),
        closes=timezone.make_aware(datetime.combine(visit.on, visit.closes_at)),
        began=visit.began_at,
        ended=visit.ended_at,
        absent=[one.user.name for one in staff if not one.is_present],
    )


def _work_lines(works: Sequence[VisitWork]) -> list[WorkLine]:
    services: dict[str, list[str]] = defaultdict(list)
    first: dict[str, VisitWork] = {}
    for one in works:
        services[one.key].append(one.get_service_display())
        first.setdefault(one.key, one)
    return [WorkLine(one, tuple(services[key])) for key, one in first.items()]


def staff_for(teams: Iterable[int], *, on: date) -> list[User]:
    """Who may be sent: members of the teams on a day, leaders first. One query."""
    members = TeamMembership.objects.active_on(on).filter(team__in=list(teams), user__is_active=True)
    found = {
        one.user_id: one.user for one in members.select_related("user").order_by("-is_leader", "tier", "pk")
    }
    return list(found.values())


def planned_staff(visit: OutreachVisit, *, only_present: bool = False) -> list[User]:
    """Who was to come, or who came. One query."""
    rows = VisitStaff.objects.filter(visit=visit).select_related("user").order_by("pk")
    return [one.user for one in rows if one.is_present or not only_present]


def done_for(visit: OutreachVisit, resident: int) -> list[VisitWork]:
    """What was made there for one person, in its order."""
    return [one for one in reversed(standing_works(visit)) if one.resident_id == resident]


def coming_to(
    visits: QuerySet[OutreachVisit], user: User, *, first: date, last: date
) -> list[tuple[VisitLine, bool]]:
    """What comes into a grid worker's grids, and whether he has checked in. Five queries."""
    calendar = calendar_of(visits.exclude(state=VisitState.CANCELLED), first=first, last=last, own=())
    lines = [line for _, some in calendar.days for line in some]
    mine = VisitCheckIn.objects.filter(visit__in=[one.visit.pk for one in lines], posting__user=user)
    there = set(mine.values_list("visit_id", flat=True))
    return [(one, one.visit.pk in there) for one in lines]
