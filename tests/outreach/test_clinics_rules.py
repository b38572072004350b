"""Which days of a month regular hours fall on, and the words for them."""

import datetime as dt
from dataclasses import dataclass, field

import pytest
from hypothesis import given
from hypothesis import strategies as st

from outreach.rules.clinics import (
    DayOff,
    Days,
    dates_in_words,
    days_between,
    off_in_words,
    regularly,
    share_dates,
    together,
    week_of_month,
    when_in_words,
)

FIRST, LAST = dt.date(2026, 12, 1), dt.date(2026, 12, 31)  # a Tuesday and a Thursday


@dataclass
class Row:
    weekday: int = 3
    month_weeks: list[int] = field(default_factory=list)
    starts_on: dt.date = dt.date(2026, 1, 1)
    ends_on: dt.date | None = None


def december(*days: int) -> tuple[dt.date, ...]:
    return tuple(dt.date(2026, 12, one) for one in days)


def kept(row: Row, *, stops=(), holidays=None) -> tuple[dt.date, ...]:
    return days_between(row, FIRST, LAST, stops=stops, holidays=holidays or {}).kept


class TestDays:
    def test_each_week(self):
        assert kept(Row()) == december(2, 9, 16, 23, 30)

    @pytest.mark.parametrize(
        ("weeks", "days"), [([1], (2,)), ([1, 3], (2, 16)), ([5], (30,)), ([2, 4, 5], (9, 23, 30))]
    )
    def test_some_weeks_of_the_month(self, weeks, days):
        assert kept(Row(month_weeks=weeks)) == december(*days)

    def test_a_month_without_a_fifth(self):
        november = days_between(
            Row(weekday=3, month_weeks=[5]),
            dt.date(2026, 11, 1),
            dt.date(2026, 11, 30),
            stops=(),
            holidays={},
        )
        assert november.kept == ()

    def test_only_while_they_run_both_days_included(self):
        assert kept(Row(starts_on=dt.date(2026, 12, 9), ends_on=dt.date(2026, 12, 23))) == december(9, 16, 23)
        assert kept(Row(starts_on=dt.date(2026, 12, 10), ends_on=dt.date(2026, 12, 22))) == december(16)
        assert kept(Row(ends_on=dt.date(2026, 11, 30))) == ()

    def test_stops_and_holidays_are_told_with_their_reason(self):
        found = days_between(
            Row(), FIRST, LAST, stops=[(dt.date(2026, 12, 9), dt.date(2026, 12, 16), "专家外出")],
            holidays={dt.date(2026, 12, 30): "元旦", dt.date(2026, 12, 9): "元旦"},
        )  # fmt: skip
        assert found.kept == december(2, 23)
        assert [(one.day.day, one.reason) for one in found.off] == [
            (9, "专家外出"), (16, "专家外出"), (30, "元旦"),
        ]  # fmt: skip

    def test_a_stop_on_another_weekday_says_nothing(self):
        found = days_between(
            Row(), FIRST, LAST, stops=[(dt.date(2026, 12, 10), dt.date(2026, 12, 15), "检修")], holidays={}
        )
        assert (len(found.kept), found.off) == (5, ())

    def test_the_week_of_a_month(self):
        assert [week_of_month(dt.date(2026, 12, one)) for one in (1, 7, 8, 28, 29)] == [1, 1, 2, 4, 5]

    @given(
        weekday=st.integers(1, 7), weeks=st.lists(st.integers(1, 5), unique=True),
        first=st.dates(dt.date(2020, 1, 1), dt.date(2035, 1, 1)), length=st.integers(0, 70),
    )  # fmt: skip
    def test_never_another_weekday_week_or_day(self, weekday, weeks, first, length):
        last = first + dt.timedelta(days=length)
        found = days_between(
            Row(weekday, weeks, dt.date(2010, 1, 1)), first, last, stops=(), holidays={}
        ).kept
        asked = [
            day for day in (first + dt.timedelta(days=one) for one in range(length + 1))
            if day.isoweekday() == weekday and (not weeks or week_of_month(day) in weeks)
        ]  # fmt: skip
        assert list(found) == asked


class TestWords:
    @pytest.mark.parametrize(
        ("weekdays", "weeks", "words"),
        [
            ([3], [], "每周三"), ([1, 3], [], "每周一、周三"), ([1, 2, 3, 4, 5], [], "每周一至周五"),
            ([1, 2], [], "每周一、周二"), (range(1, 8), [], "每天"), ([4], [1, 3], "每月第一、第三个周四"),
        ],
    )  # fmt: skip
    def test_regularly(self, weekdays, weeks, words):
        assert regularly(weekdays, weeks) == words

    def test_dates(self):
        assert dates_in_words(december(2, 9)) == "12月2日、9日（周三）"
        assert dates_in_words([*december(30), dt.date(2027, 1, 1)]) == "12月30日、1月1日"

    def test_few_days_one_by_one_many_by_weekday(self):
        clock = {"begins_at": dt.time(8), "closes_at": dt.time(11, 30)}
        off = DayOff(dt.date(2026, 12, 16), "专家外出")
        few = Days(december(2, 9), (off,))
        assert (
            when_in_words(few, [3], [], **clock) == "12月2日、9日（周三）8:00-11:30（12月16日停诊：专家外出）"
        )
        mixed = Days(december(2, 10), ())
        assert when_in_words(mixed, [3, 4], [], **clock) == "12月2日、10日 8:00-11:30"
        many = Days(december(*range(1, 8)), (DayOff(dt.date(2026, 12, 31), "盘点"),))
        words = "每周一至周五 8:00-11:30（12月31日停诊：盘点）"
        assert when_in_words(many, [1, 2, 3, 4, 5], [], **clock) == words
        assert when_in_words(Days((), (off,)), [3], [], **clock) == ""

    def test_days_off_by_reason(self):
        days = [DayOff(one, "元旦") for one in december(30, 31)] + [DayOff(dt.date(2026, 12, 9), "盘点")]
        assert off_in_words(days) == "12月9日停诊：盘点；12月30日、31日停诊：元旦"

    def test_together_a_day_that_one_of_them_keeps_is_kept(self):
        off = DayOff(dt.date(2026, 12, 2), "盘点")
        found = together([Days(december(9), (off,)), Days(december(2), ())])
        assert found == Days(december(2, 9), ())


def test_hours_share_a_day_unless_their_weeks_differ():
    assert share_dates([], [2])
    assert share_dates([1, 3], [3])
    assert not share_dates([1, 3], [2, 4])
