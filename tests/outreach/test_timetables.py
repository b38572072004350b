"""Hours of points: set, changed, ended; and their pages."""

import datetime as dt
import uuid

import pytest

from outreach.actions.timetables import CannotSetTimetable, change_timetable, end_timetable, set_timetable
from outreach.choices import BookingSource
from outreach.models import Booking, OutreachVisit, PointTimetable
from tests.factories.visits import POLICY, a_point, a_timetable, hours

pytestmark = pytest.mark.django_db
TODAY = dt.date(2026, 11, 22)  # a Sunday
NOW = dt.datetime(2026, 11, 22, 4, 0, tzinfo=dt.UTC)
DAY, WEEK = dt.timedelta(days=1), dt.timedelta(days=7)
WEDNESDAY = dt.date(2026, 11, 25)


@pytest.fixture
def point(cast, district):
    return a_point(district.grid_a, by=cast.qian, on=TODAY)


@pytest.fixture
def timetable(cast, point):
    return a_timetable(point, cast.team_a, by=cast.qian, on=TODAY)


def set_hours(cast, point, *, starts_on=TODAY, ends_on=None, **given):
    return set_timetable(
        by=cast.qian, on=TODAY, now=NOW, policy=POLICY, point=point, hours=hours(cast.team_a, **given),
        starts_on=starts_on, ends_on=ends_on,
    )  # fmt: skip


def end(cast, row, day, on=TODAY):
    return end_timetable(by=cast.qian, on=on, now=NOW, policy=POLICY, timetable=row, ends_on=day)


class TestRefused:
    def refused(self, cast, point, **given) -> str:
        with pytest.raises(CannotSetTimetable) as refusal:
            set_hours(cast, point, **given)
        return refusal.value.code

    def test_days(self, cast, point):
        assert self.refused(cast, point, starts_on=TODAY - DAY) == "starts_in_past"
        assert self.refused(cast, point, ends_on=TODAY - DAY) == "ends_before_start"

    def test_the_point_is_not_open(self, cast, district):
        later = a_point(district.grid_a, by=cast.qian, on=TODAY, opened_on=TODAY + WEEK)
        assert self.refused(cast, later) == "point_closed"
        set_hours(cast, later, starts_on=TODAY + WEEK)

    def test_hours(self, cast, point):
        assert self.refused(cast, point, begins_at=dt.time(11)) == "hours_reversed"
        assert self.refused(cast, point, seats=1, slot_minutes=121) == "slot_too_long"
        set_hours(cast, point, seats=1, slot_minutes=120)

    def test_crossing_other_hours(self, cast, point, timetable):
        assert self.refused(cast, point, begins_at=dt.time(10), closes_at=dt.time(12)) == "hours_taken"
        set_hours(cast, point, begins_at=dt.time(11), closes_at=dt.time(12))
        set_hours(cast, point, weekday=4)

    def test_hours_that_end_before_do_not_cross(self, cast, point, timetable):
        end(cast, timetable, WEDNESDAY)
        set_hours(cast, point, starts_on=WEDNESDAY + DAY)
        assert self.refused(cast, point, starts_on=WEDNESDAY, ends_on=WEDNESDAY) == "hours_taken"

    def test_teams_that_take_turns_do_not_cross(self, cast, point):
        set_hours(cast, point, starts_on=WEDNESDAY, every_weeks=2)
        assert self.refused(cast, point, starts_on=WEDNESDAY, every_weeks=2) == "hours_taken"
        assert self.refused(cast, point, starts_on=WEDNESDAY + WEEK, every_weeks=3) == "hours_taken"
        set_hours(cast, point, starts_on=WEDNESDAY + WEEK, every_weeks=2)
        assert OutreachVisit.objects.values("on").distinct().count() == OutreachVisit.objects.count() == 4

    def test_strangers(self, cast, point):
        assert self.refused(cast, point, staff=(cast.li, cast.zhao)) == "not_of_team"


class TestEnding:
    def test_the_last_day_is_served(self, cast, timetable):
        end(cast, timetable, WEDNESDAY)
        assert list(OutreachVisit.objects.values_list("on", flat=True)) == [WEDNESDAY]

    def test_hours_that_never_began_are_struck_out(self, cast, point):
        row = set_hours(cast, point, starts_on=WEDNESDAY)
        end(cast, row, TODAY)
        assert not PointTimetable.objects.exists()
        assert not OutreachVisit.objects.exists()

    def test_unless_somebody_has_booked(self, cast, point):
        row = set_hours(cast, point, starts_on=WEDNESDAY, seats=1)
        Booking.objects.create(
            slot=OutreachVisit.objects.first().slots.first(), name="张三", phone="13800000001",
            phone_index=uuid.uuid4(), source=BookingSource.LINK, booked_at=NOW,
        )  # fmt: skip
        with pytest.raises(CannotSetTimetable) as refused:
            end(cast, row, TODAY)
        assert refused.value.code == "is_booked"

    def test_not_in_the_past_nor_twice(self, cast, timetable):
        with pytest.raises(CannotSetTimetable) as refused:
            end(cast, timetable, TODAY - 2 * DAY)
        assert refused.value.code == "ends_in_past"
        end(cast, timetable, WEDNESDAY)
        with pytest.raises(CannotSetTimetable) as refused:
            end(cast, timetable, WEDNESDAY + DAY)
        assert refused.value.code == "has_ended"


class TestChanging:
    def change(self, cast, row, day, **given):
        return change_timetable(
            by=cast.qian, on=TODAY, now=NOW, policy=POLICY, timetable=row, from_on=day,
            hours=hours(cast.team_a, **given),
        )  # fmt: skip

    def test_what_has_begun_stays_as_it_was(self, cast, point, timetable):
        self.change(cast, timetable, WEDNESDAY + DAY, begins_at=dt.time(14), closes_at=dt.time(15))
        assert list(
            point.timetables.order_by("starts_on").values_list("begins_at", "starts_on", "ends_on")
        ) == [
            (dt.time(9), TODAY, WEDNESDAY),
            (dt.time(14), WEDNESDAY + DAY, None),
        ]

    def test_the_end_of_the_old_hours_is_that_of_the_new(self, cast, point):
        row = set_hours(cast, point, ends_on=WEDNESDAY + 2 * WEEK)
        self.change(cast, row, WEDNESDAY + DAY, weekday=5)
        assert point.timetables.latest("starts_on").ends_on == WEDNESDAY + 2 * WEEK

    def test_every_other_week_stays_the_same_other_week(self, cast, point):
        row = set_hours(cast, point, starts_on=WEDNESDAY, every_weeks=2)
        before = list(OutreachVisit.objects.order_by("on").values_list("on", flat=True))
        self.change(
            cast, row, WEDNESDAY + WEEK - DAY, begins_at=dt.time(14), closes_at=dt.time(15), every_weeks=2
        )
        assert list(OutreachVisit.objects.order_by("on").values_list("on", flat=True)) == before
        assert [one.begins_at.hour for one in OutreachVisit.objects.order_by("on")] == [9, 14]

    def test_not_backwards_and_not_over_others(self, cast, point, timetable):
        set_hours(cast, point, weekday=5)
        with pytest.raises(CannotSetTimetable) as refused:
            self.change(cast, timetable, TODAY - DAY, weekday=4)
        assert refused.value.code == "starts_in_past"
        with pytest.raises(CannotSetTimetable) as refused:
            self.change(cast, timetable, WEDNESDAY, weekday=5)
        assert refused.value.code == "hours_taken"
        assert point.timetables.filter(weekday=3, ends_on=None).count() == 1


class TestPages:
    def typed(self, cast, **given):
        values = {
            "team": cast.team_a.pk, "weekday": 3, "begins_at": "09:00", "closes_at": "11:00", "every_weeks": 1,
            "staff": [cast.li.pk], "seats": 2, "slot_minutes": 30, "starts_on": "2026-11-22",
        }  # fmt: skip
        return values | given

    def test_set_changed_ended(self, noon, cast, point, sign_in):
        browser = sign_in(cast.qian)
        assert browser.get(f"/points/{point.pk}/hours/").status_code == 200
        browser.post(f"/points/{point.pk}/hours/", self.typed(cast))
        row = PointTimetable.objects.get()
        assert list(row.staff.all()) == [cast.li]
        assert browser.get(f"/points/hours/{row.pk}/").status_code == 200
        browser.post(f"/points/hours/{row.pk}/", self.typed(cast, weekday=4, from_on="2026-11-26"))
        row.refresh_from_db()
        assert row.ends_on == WEDNESDAY
        later = point.timetables.get(weekday=4)
        browser.post(f"/points/hours/{later.pk}/end/", {"ends_on": "2026-12-03"})
        later.refresh_from_db()
        assert later.ends_on == dt.date(2026, 12, 3)
        text = browser.get(f"/points/{point.pk}/").content.decode()
        assert "每周四 09:00-11:00" in text
        assert "李医生" in text

    def test_a_refusal_is_shown_at_its_field(self, noon, cast, point, timetable, sign_in):
        answer = sign_in(cast.qian).post(f"/points/{point.pk}/hours/", self.typed(cast))
        assert "已有安排" in answer.context["form"].errors["begins_at"][0]

    def test_a_stranger_cannot_be_chosen(self, noon, cast, point, sign_in):
        answer = sign_in(cast.qian).post(f"/points/{point.pk}/hours/", self.typed(cast, staff=[cast.zhao.pk]))
        assert "staff" in answer.context["form"].errors

    def test_who_may(self, noon, cast, timetable, sign_in):
        for address in (f"/points/hours/{timetable.pk}/", f"/points/hours/{timetable.pk}/end/"):
            assert sign_in(cast.li).get(address).status_code == 403
            assert sign_in(cast.wu).get(address).status_code == 404
            assert sign_in(cast.zhou).get(address).status_code == 200
