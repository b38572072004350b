"""Visits follow the timetables: made once, moved, removed, kept for those who have booked."""

import datetime as dt
import uuid
from dataclasses import replace

import pytest
from django.core.management import call_command

from outreach.actions.exceptions import DaysOff, ask_exception, decide_exception, revoke_exception
from outreach.actions.planning_visits import last_planned_on, miss_visits, plan_visits
from outreach.actions.points import close_point
from outreach.actions.timetables import change_timetable, end_timetable
from outreach.choices import BookingSource, BookingState, ExceptionReason, VisitKind, VisitState
from outreach.models import Booking, OutreachVisit, VisitSlot
from outreach.rules.visiting import object_to_day
from teams.models import TeamMembership
from tests.factories.visits import POLICY, a_point, a_timetable, hours

pytestmark = pytest.mark.django_db
MONDAY = dt.date(2026, 11, 23)
WEDNESDAY = dt.date(2026, 11, 25)
NOW = dt.datetime(2026, 11, 23, 1, 0, tzinfo=dt.UTC)
DAY, WEEK = dt.timedelta(days=1), dt.timedelta(days=7)
WEDNESDAYS = [WEDNESDAY + WEEK * n for n in range(5)]
NOTHING = {"made": 0, "moved": 0, "removed": 0, "cancelled": 0, "kept": 0}


@pytest.fixture
def point(cast, district):
    return a_point(district.grid_a, by=cast.qian, on=MONDAY)


@pytest.fixture
def timetable(cast, point):
    return a_timetable(point, cast.team_a, by=cast.qian, on=MONDAY, staff=(cast.li, cast.wang), seats=2)


def plan(on=MONDAY, **given):
    return plan_visits(on=on, now=NOW, policy=POLICY, **given)


def days(**filters) -> list[dt.date]:
    found = OutreachVisit.objects.filter(**{"state": VisitState.PLANNED} | filters).order_by(
        "on", "begins_at"
    )
    return list(found.values_list("on", flat=True))


def book(visit, *, by=None, state=BookingState.BOOKED):
    slot = visit.slots.order_by("begins_at").first()
    is_live = state == BookingState.BOOKED
    VisitSlot.objects.filter(pk=slot.pk).update(taken=slot.taken + is_live)
    return Booking.objects.create(
        slot=slot, name="张三", phone="13800000001", phone_index=uuid.uuid4(), source=BookingSource.LINK, state=state,
        booked_at=NOW,
    )  # fmt: skip


class TestMade:
    def test_for_this_week_and_those_ahead(self, timetable):
        assert days() == WEDNESDAYS
        assert last_planned_on(on=MONDAY, policy=POLICY) == dt.date(2026, 12, 27)
        assert last_planned_on(on=dt.date(2026, 11, 29), policy=POLICY) == dt.date(2026, 12, 27)

    def test_with_hours_staff_and_slots(self, cast, point, timetable):
        visit = OutreachVisit.objects.get(on=WEDNESDAY)
        assert (visit.kind, visit.point, visit.team) == (VisitKind.PATROL, point, cast.team_a)
        assert (visit.begins_at, visit.closes_at) == (dt.time(9), dt.time(11))
        assert set(visit.staff.values_list("user", "is_present")) == {
            (cast.li.pk, False),
            (cast.wang.pk, False),
        }
        slots = visit.slots.order_by("begins_at").values_list("begins_at", "seats", "taken")
        assert list(slots) == [
            (dt.time(9), 2, 0), (dt.time(9, 30), 2, 0), (dt.time(10), 2, 0), (dt.time(10, 30), 2, 0),
        ]  # fmt: skip
        assert visit.head_counts == {}
        assert visit.client_token

    def test_a_rest_too_short_is_no_slot(self, cast, point):
        a_timetable(point, cast.team_a, by=cast.qian, on=MONDAY, seats=1, slot_minutes=45)
        visit = OutreachVisit.objects.get(on=WEDNESDAY)
        assert list(visit.slots.order_by("begins_at").values_list("begins_at", flat=True)) == [
            dt.time(9),
            dt.time(9, 45),
        ]

    def test_nobody_books_without_seats(self, cast, point):
        a_timetable(point, cast.team_a, by=cast.qian, on=MONDAY)
        assert not VisitSlot.objects.exists()

    def test_twice_changes_nothing(self, timetable):
        before = list(OutreachVisit.objects.order_by("pk").values())
        assert vars(plan()) == NOTHING
        assert list(OutreachVisit.objects.order_by("pk").values()) == before

    def test_a_week_later_one_more(self, timetable):
        assert plan(on=MONDAY + WEEK).made == 1
        assert days()[-1] == WEDNESDAYS[-1] + WEEK

    def test_every_other_week_from_the_week_it_begins(self, cast, point):
        friday = WEDNESDAY + 2 * DAY
        a_timetable(point, cast.team_a, by=cast.qian, on=MONDAY, starts_on=friday, every_weeks=2)
        assert days() == [WEDNESDAYS[2], WEDNESDAYS[4]]

    def test_between_the_first_and_the_last_day(self, cast, point):
        a_timetable(
            point, cast.team_a, by=cast.qian, on=MONDAY, starts_on=WEDNESDAYS[1], ends_on=WEDNESDAYS[3]
        )
        assert days() == WEDNESDAYS[1:4]

    def test_not_before_the_point_opens(self, cast, district):
        later = a_point(district.grid_a, by=cast.qian, on=MONDAY, opened_on=WEDNESDAYS[2])
        a_timetable(later, cast.team_a, by=cast.qian, on=MONDAY, starts_on=WEDNESDAYS[2])
        assert days() == WEDNESDAYS[2:]

    def test_not_when_the_team_is_gone(self, cast, timetable):
        cast.team_a.ends_on = WEDNESDAYS[1]
        cast.team_a.save()
        assert plan().removed == 3
        assert days() == WEDNESDAYS[:2]

    def test_only_who_belongs_to_the_team_that_day(self, cast, timetable):
        TeamMembership.objects.filter(user=cast.wang).update(ends_on=WEDNESDAYS[1])
        plan()
        named = OutreachVisit.objects.filter(staff__user=cast.wang)
        assert sorted(named.values_list("on", flat=True)) == WEDNESDAYS[:2]

    def test_only_the_points_asked_for(self, cast, point, timetable):
        OutreachVisit.objects.all().delete()
        assert plan(points=[point.pk + 1]).made == 0
        assert plan(points=[point.pk]).made == 5

    def test_in_a_bounded_number_of_statements(
        self, cast, district, timetable, django_assert_max_num_queries
    ):
        for _ in range(6):
            other = a_point(district.grid_a, by=cast.qian, on=MONDAY)
            a_timetable(other, cast.team_a, by=cast.qian, on=MONDAY, seats=3, staff=(cast.li,))
        OutreachVisit.objects.all().delete()
        with django_assert_max_num_queries(34):
            assert plan().made == 35


class TestMoved:
    def test_other_hours_end_the_old_row_and_move_what_lies_ahead(self, cast, point, timetable):
        done = change_timetable(
            by=cast.qian, on=MONDAY, now=NOW, policy=POLICY, timetable=timetable, from_on=WEDNESDAYS[2],
            hours=hours(cast.team_a, weekday=4, seats=1),
        )  # fmt: skip
        assert (done.made, done.removed) == (3, 3)
        assert days() == [*WEDNESDAYS[:2], *(one + DAY for one in WEDNESDAYS[2:])]
        timetable.refresh_from_db()
        assert timetable.ends_on == WEDNESDAYS[2] - DAY
        assert point.timetables.count() == 2

    def test_people_and_seats_change_the_row_itself(self, cast, point, timetable):
        booked = book(OutreachVisit.objects.get(on=WEDNESDAY))
        book(OutreachVisit.objects.get(on=WEDNESDAY), state=BookingState.CANCELLED)
        done = change_timetable(
            by=cast.qian, on=MONDAY, now=NOW, policy=POLICY, timetable=timetable, from_on=MONDAY + DAY,
            hours=hours(cast.team_a, staff=(cast.wang,), seats=0),
        )  # fmt: skip
        assert vars(done) == NOTHING
        assert point.timetables.count() == 1
        assert not OutreachVisit.objects.filter(staff__user=cast.li).exists()
        assert list(VisitSlot.objects.values_list("pk", "seats", "taken")) == [(booked.slot_id, 1, 1)]

    def test_hours_that_have_not_begun_are_corrected(self, cast, point):
        row = a_timetable(point, cast.team_a, by=cast.qian, on=MONDAY, starts_on=WEDNESDAY, seats=1)
        done = change_timetable(
            by=cast.qian, on=MONDAY, now=NOW, policy=POLICY, timetable=row, from_on=MONDAY,
            hours=hours(cast.team_a, begins_at=dt.time(14), closes_at=dt.time(15), seats=1),
        )  # fmt: skip
        assert done.moved == 5
        visit = OutreachVisit.objects.get(on=WEDNESDAY)
        assert list(visit.slots.order_by("begins_at").values_list("begins_at", flat=True)) == [
            dt.time(14),
            dt.time(14, 30),
        ]

    def test_who_has_booked_is_not_moved(self, cast, timetable):
        book(OutreachVisit.objects.get(on=WEDNESDAYS[1]))
        done = end_timetable(
            by=cast.qian, on=MONDAY, now=NOW, policy=POLICY, timetable=timetable, ends_on=MONDAY
        )
        assert (done.removed, done.kept, done.cancelled) == (4, 1, 0)
        assert days() == [WEDNESDAYS[1]]
        assert list(VisitSlot.objects.values_list("seats", "taken")) == [(1, 1)]  # nobody else may book there

    def test_who_had_booked_leaves_a_cancelled_visit(self, cast, timetable):
        book(OutreachVisit.objects.get(on=WEDNESDAYS[1]), state=BookingState.CANCELLED)
        done = end_timetable(
            by=cast.qian, on=MONDAY, now=NOW, policy=POLICY, timetable=timetable, ends_on=MONDAY
        )
        assert (done.removed, done.cancelled, done.kept) == (4, 1, 0)
        assert OutreachVisit.objects.get().note == "时间表已调整"

    def test_what_a_person_has_touched_stays(self, cast, timetable):
        OutreachVisit.objects.filter(on=WEDNESDAY).update(recorded_by=cast.li, begins_at=dt.time(8))
        OutreachVisit.objects.filter(on=WEDNESDAYS[1]).update(state=VisitState.CANCELLED, recorded_by=cast.li)
        assert vars(plan()) == NOTHING
        assert OutreachVisit.objects.get(on=WEDNESDAYS[1]).state == VisitState.CANCELLED


class TestStopped:
    def stop(self, cast, point, first=WEDNESDAYS[1], last=WEDNESDAYS[1]):
        (row,) = ask_exception(
            by=cast.li, on=MONDAY, now=NOW, policy=POLICY, points=[point],
            days=DaysOff(first, last, ExceptionReason.WEATHER),
        )  # fmt: skip
        return row

    def decide(self, cast, row, approves=True, **given):
        return decide_exception(
            by=cast.qian, on=MONDAY, now=NOW, policy=POLICY, exception=row, approves=approves, **given
        )

    def test_only_when_approved(self, cast, point, timetable):
        row = self.stop(cast, point)
        assert vars(plan()) == NOTHING
        assert self.decide(cast, row).removed == 1
        assert WEDNESDAYS[1] not in days()

    def test_with_bookings_it_is_cancelled_and_comes_back(self, cast, point, timetable):
        book(OutreachVisit.objects.get(on=WEDNESDAYS[1]))
        row = self.stop(cast, point)
        assert self.decide(cast, row).cancelled == 1
        assert OutreachVisit.objects.get(on=WEDNESDAYS[1]).note == "停诊"
        done = revoke_exception(
            by=cast.qian, on=MONDAY, now=NOW, policy=POLICY, exception=row, decision="天气转好"
        )
        assert done.made == 1
        assert days() == WEDNESDAYS

    def test_it_comes_back_at_the_hours_of_now(self, cast, point):
        row = a_timetable(point, cast.team_a, by=cast.qian, on=MONDAY, starts_on=WEDNESDAY, seats=1)
        book(OutreachVisit.objects.get(on=WEDNESDAYS[1]), state=BookingState.CANCELLED)
        off = self.stop(cast, point)
        self.decide(cast, off)
        change_timetable(
            by=cast.qian, on=MONDAY, now=NOW, policy=POLICY, timetable=row, from_on=MONDAY,
            hours=hours(cast.team_a, begins_at=dt.time(14), closes_at=dt.time(15), seats=1),
        )  # fmt: skip
        revoke_exception(by=cast.qian, on=MONDAY, now=NOW, policy=POLICY, exception=off, decision="天气转好")
        assert OutreachVisit.objects.get(on=WEDNESDAYS[1]).begins_at == dt.time(14)
        assert vars(plan()) == NOTHING

    def test_who_was_sent_instead_stays_away_too(self, cast, point, timetable):
        OutreachVisit.objects.filter(on=WEDNESDAYS[1]).update(recorded_by=cast.li, recorded_at=NOW)
        OutreachVisit.objects.filter(on=WEDNESDAYS[2]).update(recorded_by=cast.li, recorded_at=NOW)
        book(OutreachVisit.objects.get(on=WEDNESDAYS[2]))
        row = self.stop(cast, point, last=WEDNESDAYS[2])
        done = self.decide(cast, row)
        assert (done.removed, done.cancelled) == (1, 1)
        assert days() == [WEDNESDAY, *WEDNESDAYS[3:]]
        revoke_exception(by=cast.qian, on=MONDAY, now=NOW, policy=POLICY, exception=row, decision="天气转好")
        assert days() == WEDNESDAYS

    def test_a_closed_point_cancels_everything(self, cast, point, timetable):
        book(OutreachVisit.objects.get(on=WEDNESDAYS[3]))
        close_point(by=cast.qian, on=MONDAY, now=NOW, policy=POLICY, point=point, closed_on=WEDNESDAYS[2])
        assert days() == WEDNESDAYS[:2]
        assert days(state=VisitState.CANCELLED) == [WEDNESDAYS[3]]
        close_point(by=cast.qian, on=MONDAY, now=NOW, policy=POLICY, point=point, closed_on=None)
        assert days() == WEDNESDAYS


class TestMissed:
    def test_planned_and_past_of_every_kind(self, cast, timetable):
        OutreachVisit.objects.create(
            kind=VisitKind.WORK_DAY,
            team=cast.team_a,
            on=WEDNESDAY,
            begins_at=dt.time(9),
            closes_at=dt.time(17),
        )
        assert miss_visits(on=WEDNESDAY, policy=POLICY) == 0
        assert miss_visits(on=WEDNESDAY + DAY, policy=POLICY) == 2
        assert miss_visits(on=WEDNESDAY + DAY, policy=POLICY) == 0

    @pytest.mark.parametrize("back_days", [0, 3, POLICY.visit_backdate_days])
    def test_begun_is_missed_once_it_can_no_longer_be_written_down(self, timetable, back_days):
        policy = replace(POLICY, visit_backdate_days=back_days)
        OutreachVisit.objects.exclude(on=WEDNESDAY).delete()
        OutreachVisit.objects.update(state=VisitState.ONGOING, began_at=NOW)
        last = WEDNESDAY + back_days * DAY
        assert object_to_day(WEDNESDAY, on=last, back_days=back_days) is None
        assert miss_visits(on=last, policy=policy) == 0
        assert object_to_day(WEDNESDAY, on=last + DAY, back_days=back_days)
        assert miss_visits(on=last + DAY, policy=policy) == 1
        assert miss_visits(on=last + DAY, policy=policy) == 0
        visit = OutreachVisit.objects.get()
        assert (visit.state, visit.began_at, visit.ended_at) == (VisitState.MISSED, NOW, None)

    def test_what_was_done_or_called_off_stays(self, timetable):
        OutreachVisit.objects.filter(on=WEDNESDAY).update(
            state=VisitState.DONE, began_at=NOW, ended_at=NOW + dt.timedelta(hours=1)
        )
        OutreachVisit.objects.filter(on=WEDNESDAY + WEEK).update(state=VisitState.CANCELLED, began_at=NOW)
        OutreachVisit.objects.filter(on__gt=WEDNESDAY + WEEK).delete()
        assert miss_visits(on=WEDNESDAY + 60 * DAY, policy=POLICY) == 0


class TestTheCommand:
    def test_rehearsed_and_run(self, timetable, capsys):
        OutreachVisit.objects.filter(on__gt=WEDNESDAY).delete()
        later = str(WEDNESDAY + DAY)
        call_command("plan_visits", "--on", later, "--dry-run")
        assert "未开展 1；新排 4" in capsys.readouterr().out
        assert days() == [WEDNESDAY]
        call_command("plan_visits", "--on", later)
        assert days() == WEDNESDAYS[1:]
        assert days(state=VisitState.MISSED) == [WEDNESDAY]
