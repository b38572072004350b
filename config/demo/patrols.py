"""Service points and two months of going out: patrols, work days, rounds, sessions; what stands in the next weeks.

Left incomplete on purpose: some grids have a single point, some visits did not take place, two points stand still with
an approved reason, one asks for it.
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from datetime import date, datetime, time, timedelta
from decimal import Decimal
from random import Random
from typing import Any
from uuid import UUID

from django.utils import timezone

from config.demo.chance import Weighted
from core.sql import rows_of, run
from grids.models import Grid, GridResponsibility
from outreach.actions.planning_visits import plan_visits
from outreach.choices import (
    BookingSource,
    ExceptionReason,
    ExceptionState,
    Handout,
    PlaceGrade,
    PointService,
    Venue,
    VisitKind,
    VisitState,
)
from outreach.models import (
    Booking,
    OutreachVisit,
    PointException,
    PointTimetable,
    ServicePoint,
    VisitSlot,
    VisitStaff,
)
from outreach.policy import OutreachPolicy
from residents.models import Resident
from residents.searchable import phone_index
from teams.choices import Role
from teams.models import RoleAssignment, TeamMembership, User

WEEKS_BACK = 8
POINTS_OF_GRID = Weighted([(2, 84), (3, 9), (1, 6), (0, 1)])
FATES = Weighted([(VisitState.DONE, 93), (VisitState.MISSED, 7)])
GRADES = Weighted([(PlaceGrade.THERE, 70), (PlaceGrade.NEAR, 12), (PlaceGrade.NONE, 14), (PlaceGrade.FAR, 4)])
HOURS = ((time(8, 30), time(10, 30)), (time(9), time(11)), (time(14), time(16)), (time(15), time(17)))
VENUES = {
    True: (Venue.PARTY_SERVICE, Venue.PROPERTY, Venue.BOOTH, Venue.DAY_CARE, Venue.SQUARE, Venue.SUPERMARKET),
    False: (Venue.HEALTH_ROOM, Venue.PARTY_SERVICE, Venue.DAY_CARE, Venue.SQUARE, Venue.OTHER),
}
COUNTED = (PointService.PRESSURE, PointService.GLUCOSE, PointService.CONSULT, PointService.EDUCATION)
LETTERS = "abcdefghjkmnpqrstuvwxyz23456789"
HERE = (Decimal("37.513100"), Decimal("122.120400"))  # the district's seat, WGS-84
BOOKABLE = 4  # of so many points one takes bookings
_DAY, _WEEK = timedelta(days=1), timedelta(days=7)


@dataclass(frozen=True)
class Crew:
    """A team at work: its people, the leader first, and the grids it answers for."""

    team_id: int
    users: tuple[User, ...]
    grids: tuple[Grid, ...]

    @property
    def leader(self) -> User:
        return self.users[0]


def crews_on(on: date) -> list[Crew]:
    """Teams with grids and people. Two queries."""
    grids: dict[int, list[Grid]] = {}
    standing = GridResponsibility.objects.standing_on(on).filter(grid__parent=None)
    for one in standing.select_related("grid__village").order_by("team_id", "grid__code"):
        grids.setdefault(one.team_id, []).append(one.grid)
    people: dict[int, list[User]] = {}
    members = TeamMembership.objects.active_on(on).filter(team__in=grids, is_dispatched=False)
    for one in members.select_related("user").order_by("team_id", "-is_leader", "tier", "pk"):
        people.setdefault(one.team_id, []).append(one.user)
    return [Crew(team, tuple(people[team]), tuple(rows)) for team, rows in grids.items() if team in people]


def write_patrols(
    chance: Random, crews: Sequence[Crew], *, policy: OutreachPolicy, on: date, now: datetime
) -> list[str]:
    """Points with their hours, the visits behind and ahead, bookings; figures for the report."""
    first = on - timedelta(days=on.weekday()) - WEEKS_BACK * _WEEK
    plans = _timetables(chance, _points(chance, crews, first), first)
    _stops(chance, plans, on, now)
    patrols = list(_patrols(chance, plans, first, on))
    others = list(_others(chance, crews, first, on))
    write_visits([*patrols, *others])
    ahead = plan_visits(on=on, now=now, policy=replace(policy, visits_ahead_weeks=2))
    return [
        f"{len({plan.row.point_id for plan in plans})} 个服务点",
        f"{len(patrols) + len(others) + ahead.made} 次外出服务",
        f"{_bookings(chance, on, now)} 个预约",
    ]


def _points(chance: Random, crews: Sequence[Crew], first: date) -> list[tuple[ServicePoint, Crew]]:
    found = []
    for crew in crews:
        for grid in crew.grids:
            is_urban = "社区" in grid.name
            venues = chance.sample(VENUES[is_urban], 3)
            for venue in venues[: POINTS_OF_GRID.draw(chance)]:
                place = grid.name.partition("第")[0]
                where = tuple(at + Decimal(chance.randrange(-60000, 60000)) / 1_000_000 for at in HERE)
                point = ServicePoint(
                    grid=grid, name=f"{place}{venue.label}服务点", venue=venue, address=f"{place}{venue.label}",
                    latitude=where[0], longitude=where[1], contact=crew.users[-1].name, phone=crew.users[-1].phone,
                    services=[one.value for one in (*COUNTED, PointService.SIGN)],
                    code="".join(chance.choice(LETTERS) for _ in range(8)), opened_on=first,
                )  # fmt: skip
                found.append((point, crew))
    ServicePoint.objects.bulk_create([point for point, _ in found])
    return found


@dataclass(frozen=True)
class Plan:
    """A weekly hour with who keeps it."""

    row: PointTimetable
    crew: Crew
    staff: tuple[User, ...]


def _timetables(chance: Random, points: Sequence[tuple[ServicePoint, Crew]], first: date) -> list[Plan]:
    plans = []
    for number, (point, crew) in enumerate(points):
        begins_at, closes_at = chance.choice(HOURS)
        row = PointTimetable(
            point=point, team_id=crew.team_id, weekday=chance.randint(1, 5), begins_at=begins_at, closes_at=closes_at,
            seats=0 if number % BOOKABLE else 2, starts_on=first,
        )  # fmt: skip
        plans.append(Plan(row, crew, tuple(chance.sample(crew.users, min(2, len(crew.users))))))
    PointTimetable.objects.bulk_create([plan.row for plan in plans])
    staffed = PointTimetable.staff.through
    staffed.objects.bulk_create(
        staffed(pointtimetable=plan.row, user=user) for plan in plans for user in plan.staff
    )
    return plans


def _stops(chance: Random, plans: Sequence[Plan], on: date, now: datetime) -> None:
    """Two weeks without a patrol at two points, excused; a third asks for next week."""
    monday = on - timedelta(days=on.weekday())
    chosen = chance.sample(plans, min(3, len(plans)))
    bureau = RoleAssignment.objects.active_on(on).filter(role=Role.BUREAU).order_by("pk")[:1].get()
    rows = []
    for plan, week in zip(chosen, (-2, -4, 1), strict=False):
        starts_on, at = monday + week * _WEEK, now + (week - 1) * _WEEK
        over = {
            "state": ExceptionState.APPROVED,
            "decided_by": bureau.user,
            "decided_at": at + _DAY,
            "decision": "同意",
        }
        rows.append(
            PointException(
                point=plan.row.point, starts_on=starts_on, ends_on=starts_on + 6 * _DAY, reason=ExceptionReason.VENUE,
                note="场地维修", asked_by=plan.crew.leader, asked_at=at, **(over if week < 0 else {}),
            )
        )  # fmt: skip
    PointException.objects.bulk_create(rows)


Draft = tuple[OutreachVisit, tuple[User, ...], tuple[Grid, ...]]


def _patrols(chance: Random, plans: Sequence[Plan], first: date, on: date) -> Iterator[Draft]:
    stopped = _stopped()
    for plan in plans:
        day = first + (plan.row.weekday - 1) * _DAY
        while day < on:
            if not any(a <= day <= b for a, b in stopped.get(plan.row.point_id, ())):
                facts = {"kind": VisitKind.PATROL, "point": plan.row.point, "timetable": plan.row}
                hours = (plan.row.begins_at, plan.row.closes_at)
                yield _visit(chance, plan.crew, day, hours, FATES.draw(chance), **facts), plan.staff, ()
            day += _WEEK


def _stopped() -> dict[int, list[tuple[date, date]]]:
    found: dict[int, list[tuple[date, date]]] = {}
    for one in PointException.objects.filter(state=ExceptionState.APPROVED):
        found.setdefault(one.point_id, []).append((one.starts_on, one.ends_on or one.starts_on))
    return found


def _others(chance: Random, crews: Sequence[Crew], first: date, on: date) -> Iterator[Draft]:
    """A round of homes each week, a work day and a session each month, check-up days of elders."""
    for crew in crews:
        for week in range(WEEKS_BACK + 3):
            monday = first + week * _WEEK
            yield drawn_round(chance, crew, VisitKind.COMMUNITY, monday + chance.randint(0, 4) * _DAY, on)
            if week % 4 == 1:
                yield drawn_round(
                    chance, crew, VisitKind.WORK_DAY, monday + 2 * _DAY, on, topic="家庭医生工作日"
                )
            if week % 4 == 2:
                yield drawn_round(chance, crew, VisitKind.SESSION, monday + 3 * _DAY, on, place="卫康室")
            if week in (3, WEEKS_BACK + 1):
                yield drawn_round(
                    chance, crew, VisitKind.CHECKUP, monday + 4 * _DAY, on, topic="65岁以上老年人体检"
                )


def drawn_round(chance: Random, crew: Crew, kind: VisitKind, day: date, on: date, **words: str) -> Draft:
    grids = tuple(chance.sample(crew.grids, min(len(crew.grids), chance.randint(1, 2))))
    state = VisitState.PLANNED if day >= on else FATES.draw(chance)
    visit = _visit(chance, crew, day, chance.choice(HOURS), state, kind=kind, **words)
    visit.place = visit.place or grids[0].name
    visit.recorded_by, visit.recorded_at = crew.leader, visit.recorded_at or _at(min(day, on) - _DAY, time(9))
    return visit, tuple(chance.sample(crew.users, min(3, len(crew.users)))), grids


def _visit(
    chance: Random, crew: Crew, day: date, hours: tuple[time, time], state: VisitState, **facts: Any
) -> OutreachVisit:
    visit = OutreachVisit(
        team_id=crew.team_id, on=day, begins_at=hours[0], closes_at=hours[1], state=state,
        client_token=UUID(int=chance.getrandbits(128), version=4), **facts,
    )  # fmt: skip
    if state == VisitState.DONE:
        visit.began_at = _at(day, hours[0]) + timedelta(minutes=chance.randint(-8, 12))
        visit.ended_at = _at(day, hours[1]) + timedelta(minutes=chance.randint(-15, 20))
        visit.visitors = chance.randint(4, 28)
        visit.head_counts = {one.value: chance.randint(0, visit.visitors) for one in COUNTED}
        visit.handouts = {
            Handout.LEAFLET.value: chance.randint(0, 40),
            Handout.CARD.value: chance.randint(0, 10),
        }
        visit.place_grade = GRADES.draw(chance)
        visit.recorded_by, visit.recorded_at = crew.leader, visit.ended_at
    return visit


def _at(day: date, clock: time) -> datetime:
    return datetime.combine(day, clock, tzinfo=timezone.get_default_timezone())


def write_visits(drafts: Sequence[Draft]) -> None:
    OutreachVisit.objects.bulk_create([visit for visit, _, _ in drafts], batch_size=2000)
    VisitStaff.objects.bulk_create(
        [
            VisitStaff(visit=visit, user=user, is_present=visit.state == VisitState.DONE)
            for visit, staff, _ in drafts
            for user in staff
        ],
        batch_size=5000,
    )
    reached = OutreachVisit.grids.through
    reached.objects.bulk_create(
        reached(outreachvisit=visit, grid=grid) for visit, _, grids in drafts for grid in grids
    )


def _bookings(chance: Random, on: date, now: datetime) -> int:
    """A third of the seats of the next days, taken by people of the grid."""
    slots = VisitSlot.objects.filter(visit__on__gt=on, visit__on__lte=on + _WEEK).order_by("visit__on", "pk")
    grids = {slot.pk: slot.visit.point.grid_id for slot in slots.select_related("visit__point")}
    here = residents_of(set(grids.values()), each=5)
    rows = []
    for slot, grid in grids.items():
        if here.get(grid) and chance.random() < 1 / 3:
            person = chance.choice(here[grid])
            phone = f"199{chance.randrange(10**8):08d}"
            rows.append(
                Booking(
                    slot_id=slot, token=UUID(int=chance.getrandbits(128), version=4), name=person.name, phone=phone,
                    phone_index=phone_index(phone), services=[chance.choice(COUNTED).value],
                    source=chance.choice(list(BookingSource)), booked_at=now - timedelta(hours=chance.randint(1, 72)),
                )
            )  # fmt: skip
    Booking.objects.bulk_create(rows)
    run(
        "UPDATE outreach_visitslot AS slot SET taken = one.n FROM (SELECT slot_id, count(*) AS n FROM outreach_booking"
        " GROUP BY slot_id) AS one WHERE one.slot_id = slot.id"
    )
    return len(rows)


def residents_of(grids: set[int], *, each: int) -> dict[int, list[Resident]]:
    """Grid id -> the first people on file there, without their sealed columns."""
    chosen = rows_of(
        "SELECT one.id FROM unnest(%(grids)s::bigint[]) AS grid (id) CROSS JOIN LATERAL (SELECT id FROM residents_resident"
        " WHERE grid_id = grid.id AND life_status = 'present' ORDER BY id LIMIT %(each)s) AS one",
        {"grids": list(grids), "each": each},
    )
    found: dict[int, list[Resident]] = {}
    rows = Resident.objects.filter(pk__in=[pk for (pk,) in chosen]).defer("id_number", "phone")
    for one in rows.select_related("household").order_by("pk"):
        found.setdefault(one.grid_id or 0, []).append(one)
    return found
