"""Where a task stands in the worklist, and why."""

import datetime as dt

import pytest
from hypothesis import given
from hypothesis import strategies as st

from care.choices import Part
from care.rules.worklist import part_of, reasons_for, week_ends

ON = dt.date(2026, 11, 18)  # a Wednesday
ONE = dt.timedelta(days=1)


def part(due=0, closes=30, planned=None):
    return part_of(
        due_on=ON + due * ONE,
        closes_on=ON + closes * ONE,
        planned_on=None if planned is None else ON + planned * ONE,
        on=ON,
    )


@pytest.mark.parametrize(
    ("facts", "expected"),
    [
        ({"due": 0}, Part.TODAY),
        ({"due": -3}, Part.TODAY),
        ({"due": 1}, Part.WEEK),
        ({"due": 4}, Part.WEEK),
        ({"due": 5}, Part.LATER),
        ({"due": -20, "closes": 0}, Part.TODAY),
        ({"due": -20, "closes": -1}, Part.OVERDUE),
        ({"due": 20, "planned": 0}, Part.TODAY),
        ({"due": 20, "planned": -1}, Part.TODAY),
        ({"due": 0, "planned": 2}, Part.WEEK),
        ({"due": 0, "planned": 9}, Part.LATER),
        ({"due": -9, "closes": -1, "planned": 2}, Part.OVERDUE),
    ],
)
def test_a_task_stands_in_one_part(facts, expected):
    assert part(**facts) == expected


@pytest.mark.parametrize(("day", "days"), [(0, 6), (5, 1), (6, 7)])
def test_tomorrow_is_always_this_week(day, days):
    monday = dt.date(2026, 11, 16) + day * ONE
    assert week_ends(monday) == monday + days * ONE


@given(st.dates(dt.date(2024, 1, 1), dt.date(2030, 1, 1)))
def test_the_week_ends_on_a_sunday_to_come(day):
    assert week_ends(day).weekday() == 6
    assert 1 <= (week_ends(day) - day).days <= 7


def words(**facts):
    usual = {
        "urgency": 0,
        "because": "",
        "closes_on": ON + ONE,
        "is_red": False,
        "is_promised": False,
        "on": ON,
    }
    return [one.words for one in reasons_for(**usual | facts)]


def test_the_weightiest_reason_comes_first():
    assert words() == []
    assert words(closes_on=ON) == ["最后一天"]
    assert words(closes_on=None, is_red=True) == ["红色高风险"]
    assert words(
        urgency=2, because="控制不满意，两周内复查", closes_on=ON - 12 * ONE, is_red=True, is_promised=True
    ) == ["紧急", "超期 12 天", "红色高风险", "控制不满意，两周内复查", "协议约定"]
    assert words(urgency=1) == ["重点"]
