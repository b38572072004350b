"""Goings-out are told when they are due, when nobody wrote them down, and when nobody comes next week."""

import datetime as dt

import pytest

from outreach.actions import raise_reminders
from outreach.choices import Audience, ExceptionReason, ExceptionState, VisitKind, VisitState
from outreach.models import OutreachVisit, PointException, PointTimetable, Reminder
from outreach.reminders import SOURCES
from tests.outreach.visiting import DAY, at, planned, point_in

pytestmark = pytest.mark.django_db
D = dt.timedelta(days=1)
MONDAY = dt.date(2026, 11, 23)  # the one after ``DAY``


@pytest.fixture
def point(district, noon):
    return point_in(district.grid_a)


def told(stage, source="patrol"):
    rows = Reminder.objects.open().filter(source=source, stage=stage)
    return {(one.team_id, one.due_on): one.count for one in rows}


def test_what_is_due_today_of_every_kind(cast, point):
    for kind, more in ((VisitKind.PATROL, {"point": point}), (VisitKind.SESSION, {})):
        planned(cast.li, cast.team_a, kind=kind, **more)
    planned(cast.li, cast.team_a, point=point, day=DAY + D)
    raise_reminders(on=DAY)
    assert told("today") == {(cast.team_a.pk, DAY): 2}
    OutreachVisit.objects.filter(on=DAY).update(state=VisitState.CANCELLED)
    raise_reminders(on=DAY)
    assert told("today") == {}


@pytest.mark.parametrize(("days", "is_told"), [(0, False), (1, True), (7, True), (8, False)])
def test_what_was_never_written_down_as_long_as_it_may_be(cast, point, days, is_told):
    planned(cast.li, cast.team_a, point=point)
    OutreachVisit.objects.update(state=VisitState.MISSED)
    raise_reminders(on=DAY + days * D)
    expected = {(cast.team_a.pk, DAY): 1} if is_told else {}
    assert told("overdue", "patrol_missed") == expected


def test_a_point_that_was_served_on_another_day_of_the_week_is_no_gap(cast, point):
    planned(cast.li, cast.team_a, point=point, day=DAY - D, on=DAY)
    other = planned(cast.li, cast.team_a, point=point, day=DAY - 3 * D, on=DAY)
    raise_reminders(on=DAY)
    assert sum(told("overdue", "patrol_missed").values()) == 2
    OutreachVisit.objects.filter(pk=other.pk).update(
        state=VisitState.DONE, began_at=at(9, day=DAY - 3 * D), ended_at=at(10, day=DAY - 3 * D)
    )
    raise_reminders(on=DAY)
    assert told("overdue", "patrol_missed") == {}


def test_next_week_uncovered_is_told_to_leader_and_steward_until_somebody_is_planned(cast, district, point):
    point_in(district.grid_b)
    raise_reminders(on=DAY)
    expected = {(cast.team_a.pk, MONDAY): 1, (cast.team_b.pk, MONDAY): 1}
    assert told("uncovered") == told("uncovered_steward") == expected
    audiences = set(Reminder.objects.filter(source="patrol").values_list("stage", "audience"))
    assert audiences == {("uncovered", Audience.LEADER), ("uncovered_steward", Audience.STEWARD)}
    planned(cast.li, cast.team_a, point=point, day=MONDAY + 6 * D)
    raise_reminders(on=DAY)
    assert told("uncovered") == {(cast.team_b.pk, MONDAY): 1}
    OutreachVisit.objects.update(state=VisitState.CANCELLED)  # called off the day after: told again
    raise_reminders(on=DAY)
    assert told("uncovered") == expected


@pytest.mark.parametrize(
    ("until", "state", "is_told"),
    [
        (6, ExceptionState.APPROVED, False),
        (6, ExceptionState.ASKED, True),
        (4, ExceptionState.APPROVED, False),
        (3, ExceptionState.APPROVED, True),
    ],
)
def test_who_is_excused_from_monday_to_friday_is_not_told(cast, point, until, state, is_told):
    PointException.objects.create(
        point=point, reason=ExceptionReason.HOLIDAY, starts_on=MONDAY, ends_on=MONDAY + until * D, state=state,
        asked_by=cast.li, asked_at=at(8),
    )  # fmt: skip
    raise_reminders(on=DAY)
    assert bool(told("uncovered")) is is_told


@pytest.mark.parametrize(("weekday", "every", "is_told"), [(3, 1, False), (4, 1, True), (3, 2, True)])
def test_who_is_excused_on_the_day_of_his_hours_is_not_told(cast, point, weekday, every, is_told):
    """As the calendar has it. Every other week from this one: next week there are no hours, so one day excuses nothing."""
    PointTimetable.objects.create(
        point=point, team=cast.team_a, weekday=weekday, every_weeks=every, starts_on=DAY - 7 * D, begins_at=dt.time(9),
        closes_at=dt.time(11),
    )  # fmt: skip
    PointTimetable.objects.filter(every_weeks=2).update(starts_on=DAY)
    wednesday = MONDAY + 2 * D
    PointException.objects.create(
        point=point, reason=ExceptionReason.HOLIDAY, starts_on=wednesday, ends_on=wednesday,
        state=ExceptionState.APPROVED, asked_by=cast.li, asked_at=at(8),
    )  # fmt: skip
    raise_reminders(on=DAY)
    assert bool(told("uncovered")) is is_told


def test_a_session_held_there_is_no_patrol(cast, point):
    planned(cast.li, cast.team_a, kind=VisitKind.SESSION, point=point, day=MONDAY)
    raise_reminders(on=DAY)
    assert told("uncovered") == {(cast.team_a.pk, MONDAY): 1}


def test_a_day_off_that_was_approved_afterwards_need_not_be_written_down(cast, point):
    planned(cast.li, cast.team_a, point=point)
    raise_reminders(on=DAY + D)
    assert told("overdue", "patrol_missed") == {(cast.team_a.pk, DAY): 1}
    PointException.objects.create(
        point=point, reason=ExceptionReason.WEATHER, starts_on=DAY, ends_on=DAY, state=ExceptionState.APPROVED,
        asked_by=cast.li, asked_at=at(8),
    )  # fmt: skip
    raise_reminders(on=DAY + D)
    assert told("overdue", "patrol_missed") == {}


def test_a_point_not_open_all_week_or_without_a_team_is_nobodys_gap(cast, district, point):
    point.closed_on = MONDAY + 6 * D
    point.save()
    raise_reminders(on=DAY)
    assert told("uncovered") == {}
    point.closed_on = MONDAY + 7 * D
    point.save()
    raise_reminders(on=DAY)
    assert told("uncovered") == {(cast.team_a.pk, MONDAY): 1}


def test_they_stand_on_the_list_of_sources():
    names = [one.name for one in SOURCES]
    assert {"patrol", "patrol_missed"} <= set(names) and len(names) == len(set(names))
