"""Weeks of points, days of timetables, months: pure."""

import datetime as dt
from dataclasses import dataclass

import pytest
from hypothesis import given
from hypothesis import strategies as st

from outreach.rules.patrols import (
    Rate,
    WeekState,
    days_in_week,
    judge_week,
    monday_of,
    mondays,
    next_turn,
    off_range,
    points_finding,
    rate_of,
    required_in,
    share_weeks,
    week_name,
    weeks_of_month,
    workdays_finding,
)
from outreach.rules.visiting import work_day_warnings

MONDAY = dt.date(2026, 11, 16)
DAY, WEEK = dt.timedelta(days=1), dt.timedelta(days=7)
LONG_AGO = dt.date(2020, 1, 1)
days_ = st.dates(dt.date(2020, 1, 1), dt.date(2030, 12, 31))


@dataclass
class Hour:
    weekday: int = 3
    every_weeks: int = 1
    starts_on: dt.date = LONG_AGO
    ends_on: dt.date | None = None


def judged(on: dt.date, **given) -> WeekState:
    facts = {"opened_on": LONG_AGO, "closed_on": None, "required": 1, "done": 0, "planned": 0} | given
    return judge_week(MONDAY, on=on, **facts).state


class TestWeeks:
    def test_from_monday_to_monday(self):
        assert monday_of(dt.date(2026, 11, 22)) == MONDAY
        assert mondays(dt.date(2026, 11, 22), dt.date(2026, 12, 7)) == [MONDAY + WEEK * n for n in range(4)]

    def test_the_name_at_the_turn_of_the_year(self):
        assert week_name(dt.date(2026, 12, 28)) == "2026年第53周"
        assert week_name(dt.date(2027, 1, 4)) == "2027年第1周"

    @given(days_)
    def test_each_week_belongs_to_one_month_and_that_of_its_thursday(self, day):
        thursday = monday_of(day) + 3 * DAY
        assert monday_of(day) in weeks_of_month(thursday.replace(day=1))
        other = (thursday.replace(day=1) - DAY).replace(day=1)
        assert monday_of(day) not in weeks_of_month(other)

    def test_four_or_five(self):
        assert weeks_of_month(dt.date(2026, 11, 1))[0] == dt.date(2026, 11, 2)
        assert weeks_of_month(dt.date(2026, 10, 1))[0] == dt.date(2026, 9, 28)
        assert len(weeks_of_month(dt.date(2026, 10, 1))) == 5


class TestDays:
    def test_each_week(self):
        assert days_in_week([Hour()], MONDAY) == [MONDAY + 2 * DAY]

    def test_every_third_counted_from_the_week_it_begins(self):
        hour = Hour(every_weeks=3, starts_on=MONDAY + 4 * DAY)
        found = [days_in_week([hour], MONDAY + WEEK * n) for n in range(7)]
        assert [bool(one) for one in found] == [False, False, False, True, False, False, True]

    def test_first_and_last_day_count(self):
        wednesday = MONDAY + 2 * DAY
        assert days_in_week([Hour(starts_on=wednesday, ends_on=wednesday)], MONDAY) == [wednesday]
        assert not days_in_week([Hour(starts_on=wednesday + DAY)], MONDAY)
        assert not days_in_week([Hour(ends_on=wednesday - DAY)], MONDAY)

    def test_two_hours_of_a_day_are_one_day(self):
        assert len(days_in_week([Hour(), Hour()], MONDAY)) == 1


class TestRhythm:
    @pytest.mark.parametrize(
        ("day", "turn"),
        [
            (MONDAY, MONDAY), (MONDAY + 6 * DAY, MONDAY + 6 * DAY), (MONDAY + WEEK, MONDAY + 2 * WEEK),
            (MONDAY + WEEK + 6 * DAY, MONDAY + 2 * WEEK), (MONDAY + 2 * WEEK + DAY, MONDAY + 2 * WEEK + DAY),
        ],
    )  # fmt: skip
    def test_the_next_week_in_its_turn(self, day, turn):
        assert next_turn(MONDAY + 3 * DAY, 2, day) == turn
        assert next_turn(MONDAY, 1, day) == day

    @given(days_, st.integers(1, 4), days_, st.integers(1, 4))
    def test_rhythms_that_share_a_week_do_so_within_their_common_turn(self, one, every, other, every_other):
        hours = [Hour(every_weeks=every, starts_on=one), Hour(every_weeks=every_other, starts_on=other)]
        last = monday_of(max(one, other)) + WEEK
        met = any(
            all(days_in_week([hour], last + n * WEEK) for hour in hours) for n in range(every * every_other)
        )
        assert share_weeks((one, every), (other, every_other)) is met


class TestRequired:
    @pytest.mark.parametrize(
        ("weekdays", "stopped", "need", "required"),
        [
            ([3], [], 1, 1),
            ([3], [3], 1, 0),
            ([3], [2], 1, 1),
            ([2, 4], [2], 1, 1),
            ([2, 4], [2, 4], 1, 0),
            ([2, 4], [2], 2, 1),
            ([2, 3, 4], [2], 2, 2),
            ([3], [], 2, 2),
            ([], [3], 1, 1),
            ([], [1, 2, 3, 4, 5], 1, 0),
            ([], [1, 2, 3, 4], 1, 1),
        ],
    )
    def test_only_what_was_made_impossible_is_taken_away(self, weekdays, stopped, need, required):
        scheduled = [MONDAY + (one - 1) * DAY for one in weekdays]
        stops = [(MONDAY + (one - 1) * DAY, MONDAY + (one - 1) * DAY) for one in stopped]
        assert required_in(scheduled, stops, MONDAY, need) == required


class TestJudging:
    def test_over_and_held(self):
        assert judged(MONDAY + WEEK, done=1) == WeekState.MET

    def test_over_and_not_held(self):
        assert judged(MONDAY + WEEK) == WeekState.SHORT
        assert judged(MONDAY + WEEK, done=1, required=2) == WeekState.SHORT

    def test_the_sunday_is_still_this_week(self):
        assert judged(MONDAY + 6 * DAY, planned=1) == WeekState.PLANNED
        assert judged(MONDAY + 6 * DAY) == WeekState.GAP

    def test_held_and_still_to_come_are_added(self):
        assert judged(MONDAY, done=1, planned=1, required=2) == WeekState.PLANNED

    def test_held_early_is_met_at_once(self):
        assert judged(MONDAY + DAY, done=1) == WeekState.MET

    def test_excused_unless_it_was_held_after_all(self):
        assert judged(MONDAY + WEEK, required=0) == WeekState.EXCUSED
        assert judged(MONDAY + WEEK, required=0, done=1) == WeekState.MET
        assert judged(MONDAY - WEEK, required=0) == WeekState.EXCUSED

    def test_from_the_first_full_week(self):
        assert judged(MONDAY + WEEK, opened_on=MONDAY) == WeekState.SHORT
        assert judged(MONDAY + WEEK, opened_on=MONDAY + DAY) == WeekState.NOT_COUNTED

    def test_to_the_last_full_week(self):
        assert judged(MONDAY + WEEK, closed_on=MONDAY + WEEK) == WeekState.SHORT
        assert judged(MONDAY + WEEK, closed_on=MONDAY + 6 * DAY) == WeekState.NOT_COUNTED

    def test_a_rate_counts_weeks_that_are_over_only(self):
        weeks = [
            judge_week(
                MONDAY + WEEK * n, on=MONDAY + 2 * WEEK, opened_on=LONG_AGO, closed_on=None, required=required,
                done=done, planned=0,
            )
            for n, (required, done) in enumerate([(1, 1), (1, 0), (1, 0), (0, 0)])
        ]  # fmt: skip
        assert rate_of(weeks) == Rate(1, 2)
        running = judge_week(
            MONDAY, on=MONDAY + 6 * DAY, opened_on=LONG_AGO, closed_on=None, required=1, done=1, planned=0
        )
        assert (running.state, rate_of([running])) == (WeekState.MET, Rate(0, 0))
        assert rate_of(weeks).percent == "50.00%"
        assert rate_of([]).percent == "—"
        assert Rate(1, 2) + Rate(2, 2) == Rate(3, 4)


class TestFindings:
    @pytest.mark.parametrize(
        ("number", "code"), [(0, "points_few"), (1, "points_few"), (2, ""), (3, ""), (4, "points_many")]
    )
    def test_two_to_three_points(self, number, code):
        finding = points_finding(number, least=2, most=3)
        assert (finding.code if finding else "") == code

    @pytest.mark.parametrize(
        ("number", "least", "most", "off"),
        [(0, 1, 2, -1), (1, 1, 2, 0), (2, 1, 2, 0), (5, 1, 2, 3), (0, 0, 0, 0), (1, 0, 0, 1), (0, 3, 3, -3)],
    )
    def test_how_far_off(self, number, least, most, off):
        assert off_range(number, least=least, most=most) == off

    @given(st.integers(0, 9), st.integers(0, 4), st.integers(0, 4), st.booleans())
    def test_both_pages_find_the_same_of_work_days(self, days, least, more, is_over):
        bounds = {"least": least, "most": least + more}
        finding = workdays_finding(days, is_over=is_over, **bounds)
        told = work_day_warnings(days=days, grids=9, least_grids=0, is_month_over=is_over, **bounds)
        if is_over:
            assert bool(finding) == bool(told)
        elif finding:
            assert told == [f"本月家庭医生工作日已排 {days} 天，一般不多于 {least + more} 天。"]

    def test_one_to_two_work_days(self):
        assert workdays_finding(0, least=1, most=2, is_over=False) is None
        assert workdays_finding(0, least=1, most=2, is_over=True).code == "workdays_few"
        assert workdays_finding(2, least=1, most=2, is_over=True) is None
        assert workdays_finding(3, least=1, most=2, is_over=False).code == "workdays_many"
