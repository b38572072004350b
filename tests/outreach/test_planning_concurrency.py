"""Planning beside booking, and two plannings at once."""

import datetime as dt
import threading
import uuid
from functools import partial

import pytest
from django.db import connection, transaction

from outreach.actions.booking import CannotBook, book_slot
from outreach.actions.planning_visits import hold_planning, plan_visits
from outreach.actions.points import close_point
from outreach.actions.timetables import CannotSetTimetable, end_timetable
from outreach.choices import BookingSource, BookingState, VisitState
from outreach.models import Booking, OutreachVisit, VisitSlot
from outreach.policy import OutreachPolicy
from tests.factories.visits import POLICY, a_point, a_timetable

MONDAY = dt.date(2026, 11, 23)
WEDNESDAY = dt.date(2026, 11, 25)
NOW = dt.datetime(2026, 11, 23, 1, 0, tzinfo=dt.UTC)
WEEK = dt.timedelta(days=7)


@pytest.mark.django_db(transaction=True)
def test_booking_while_the_hours_move_never_waits_in_a_circle(cast, district):
    """Whoever is first: the seat that was booked keeps its visit, or there is no seat any more."""
    point = a_point(district.grid_a, by=cast.qian, on=MONDAY)
    ahead = [WEDNESDAY + WEEK * n for n in range(2)]
    row = a_timetable(point, cast.team_a, by=cast.qian, on=MONDAY, seats=5)
    slots = [
        VisitSlot.objects.filter(visit__on=day).order_by("begins_at").values_list("pk", flat=True)[0]
        for day in ahead
    ]
    told, start = [], threading.Barrier(5)

    def work(call):
        try:
            start.wait()
            call()
            told.append("done")
        except CannotBook as refusal:
            told.append(refusal.code)
        except Exception as error:
            told.append(repr(error))
        finally:
            connection.close()

    def books(number):
        book_slot(
            by=None, on=MONDAY, now=NOW, slot=slots[number % 2], name="张三", phone=f"1386312457{number}",
            source=BookingSource.LINK, token=uuid.uuid4(),
        )  # fmt: skip

    def ends():
        end_timetable(by=cast.qian, on=MONDAY, now=NOW, policy=POLICY, timetable=row, ends_on=MONDAY)

    calls = [ends, *(partial(books, number) for number in range(4))]
    threads = [threading.Thread(target=work, args=[one]) for one in calls]
    for one in threads:
        one.start()
    for one in threads:
        one.join()
    assert set(told) <= {"done", "no_slot", "slot_full", "visit_not_held"}
    held = OutreachVisit.objects.filter(state=VisitState.PLANNED)
    assert all(Booking.objects.filter(slot__visit=one, state=BookingState.BOOKED).exists() for one in held)
    assert Booking.objects.filter(slot__visit__in=held).count() == Booking.objects.count()


@pytest.mark.django_db(transaction=True)
def test_the_night_and_a_change_of_one_point_never_wait_in_a_circle(cast, district):
    """The change waits for the night before it locks the point to which the night adds visits."""
    point = a_point(district.grid_a, by=cast.qian, on=MONDAY)
    few = OutreachPolicy(visits_ahead_weeks=1)
    a_timetable(point, cast.team_a, by=cast.qian, on=MONDAY, policy=few)
    held, told = threading.Event(), []

    def work():
        try:
            held.wait()
            close_point(
                by=cast.qian, on=MONDAY, now=NOW, policy=POLICY, point=point, closed_on=MONDAY + 8 * WEEK
            )
            told.append("done")
        except Exception as error:
            told.append(repr(error))
        finally:
            connection.close()

    thread = threading.Thread(target=work)
    thread.start()
    with transaction.atomic():
        hold_planning()
        held.set()
        thread.join(timeout=1)  # it waits now
        assert told == []
        assert plan_visits(on=MONDAY, now=NOW, policy=POLICY).made == 3
    thread.join()
    assert told == ["done"]


@pytest.mark.django_db(transaction=True)
def test_hours_are_not_struck_out_from_under_who_is_booking(cast, district):
    point = a_point(district.grid_a, by=cast.qian, on=MONDAY)
    row = a_timetable(point, cast.team_a, by=cast.qian, on=MONDAY, starts_on=WEDNESDAY, seats=1)
    slot = VisitSlot.objects.filter(visit__on=WEDNESDAY).order_by("pk").first()
    held, told = threading.Event(), []

    def work():
        try:
            held.wait()
            end_timetable(by=cast.qian, on=MONDAY, now=NOW, policy=POLICY, timetable=row, ends_on=MONDAY)
            told.append("done")
        except CannotSetTimetable as refusal:
            told.append(refusal.code)
        except Exception as error:
            told.append(repr(error))
        finally:
            connection.close()

    thread = threading.Thread(target=work)
    thread.start()
    with transaction.atomic():
        VisitSlot.objects.select_for_update().get(pk=slot.pk)
        held.set()
        thread.join(timeout=1)  # it waits now
        book_slot(
            by=None, on=MONDAY, now=NOW, slot=slot.pk, name="张三", phone="13863124570",
            source=BookingSource.LINK, token=uuid.uuid4(),
        )  # fmt: skip
    thread.join()
    assert told == ["is_booked"]


@pytest.mark.django_db(transaction=True)
def test_two_planners_at_once_make_each_visit_once(cast, district):
    point = a_point(district.grid_a, by=cast.qian, on=MONDAY)
    a_timetable(
        point, cast.team_a, by=cast.qian, on=MONDAY, seats=1, policy=OutreachPolicy(visits_ahead_weeks=1)
    )
    made, start = [], threading.Barrier(2)

    def work():
        try:
            start.wait()
            made.append(plan_visits(on=MONDAY, now=NOW, policy=POLICY).made)
        finally:
            connection.close()

    threads = [threading.Thread(target=work) for _ in range(2)]
    for one in threads:
        one.start()
    for one in threads:
        one.join()
    assert sorted(made) == [0, 3]
    assert OutreachVisit.objects.count() == 5
    assert VisitSlot.objects.count() == 20
