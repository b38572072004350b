"""What a record deserves, and how sums fall on the accounts of a holder."""

import datetime as dt

import pytest
from hypothesis import given
from hypothesis import strategies as st

from care.choices import PointPeriod
from care.rules.points import (
    Earning,
    credit,
    debit,
    deserves,
    expiring,
    last_day_lapsing,
    occasion,
    period_of,
    wanted,
)
from care.rules.redeeming import object_to_redeeming

VISIT = Earning("visit", "htn_follow_up", (), (), False, 10, PointPeriod.NONE, 0)


def judged(rule, **facts):
    asked = {
        "form": "htn_follow_up",
        "verdict": "satisfied",
        "mode": "clinic",
        "is_on_time": True,
        "counted": 0,
    }
    return deserves(rule, **asked | facts)


def but(**changes):
    return Earning(**{one: getattr(VISIT, one) for one in VISIT.__dataclass_fields__} | changes)


@pytest.mark.parametrize(
    ("rule", "facts", "expected"),
    [
        (VISIT, {}, True),
        (VISIT, {"form": "dm_follow_up"}, False),
        (but(verdicts=("satisfied",)), {}, True),
        (but(verdicts=("satisfied",)), {"verdict": "unsatisfied"}, False),
        (but(modes=("home",)), {}, False),
        (but(modes=("home",)), {"mode": "home"}, True),
        (but(on_time_only=True), {"is_on_time": False}, False),
        (but(on_time_only=True), {}, True),
        (but(points=0), {}, False),
        (but(period=PointPeriod.YEAR, times=4), {"counted": 3}, True),
        (but(period=PointPeriod.YEAR, times=4), {"counted": 4}, False),
    ],
)
def test_a_record_earns_by_form_and_content(rule, facts, expected):
    assert judged(rule, **facts) is expected


def test_a_record_earns_by_every_rule_that_fits():
    rules = [VISIT, but(code="good", verdicts=("satisfied",), points=5), but(code="dm", form="dm_follow_up")]
    found = wanted(rules, {}, form="htn_follow_up", verdict="satisfied", mode="clinic", is_on_time=True)
    assert found == {"visit": 10, "good": 5}


@pytest.mark.parametrize(
    ("period", "day", "first", "after"),
    [
        ("month", (2026, 12, 31), (2026, 12, 1), (2027, 1, 1)),
        ("month", (2028, 2, 29), (2028, 2, 1), (2028, 3, 1)),
        ("quarter", (2026, 3, 31), (2026, 1, 1), (2026, 4, 1)),
        ("quarter", (2026, 4, 1), (2026, 4, 1), (2026, 7, 1)),
        ("quarter", (2026, 12, 1), (2026, 10, 1), (2027, 1, 1)),
        ("year", (2026, 1, 1), (2026, 1, 1), (2027, 1, 1)),
    ],
)
def test_periods_begin_and_end_with_the_calendar(period, day, first, after):
    assert period_of(PointPeriod(period), dt.date(*day)) == (dt.date(*first), dt.date(*after))


@given(points=st.integers(1, 1000), owed=st.integers(0, 1000))
def test_what_comes_in_pays_the_debt_first(points, owed):
    split = credit(points, owed=owed)
    assert split.own + split.debt == points
    assert split.own >= 0
    assert split.own == 0 or split.debt == owed


@given(points=st.integers(1, 1000), balance=st.integers(0, 1000))
def test_taking_back_never_goes_below_zero(points, balance):
    split = debit(points, balance=balance)
    assert split.own + split.debt == -points
    assert balance + split.own >= 0
    assert split.debt == 0 or split.own == -balance


def test_the_oldest_points_are_spent_first():
    assert expiring(35, 40) == 0
    assert expiring(35, 35) == 0
    assert expiring(36, 35) == 1
    assert expiring(35, 0) == 35


def test_points_of_a_year_hold_through_the_years_named():
    assert last_day_lapsing(dt.date(2026, 12, 31), 2) == dt.date(2023, 12, 31)
    assert last_day_lapsing(dt.date(2027, 1, 1), 2) == dt.date(2024, 12, 31)
    assert last_day_lapsing(dt.date(2027, 1, 1), 0) is None


def test_earning_again_after_a_reversal_is_a_further_occasion():
    assert occasion("record:1", "visit", 0) == "record:1:visit"
    assert occasion("record:1", "visit", 1) == "record:1:visit:2"


GOOD = {
    "balance": 35, "unit_points": 35, "quantity": 1, "stock": None, "is_offered": True, "is_here": True,
    "is_holder": True,
}  # fmt: skip


@pytest.mark.parametrize(
    ("facts", "code"),
    [
        ({}, None),
        ({"unit_points": 40}, "points_short"),  # example 18: 35 points, goods for 40
        ({"unit_points": 18, "quantity": 2}, "points_short"),
        ({"stock": 0}, "goods_out_of_stock"),
        ({"stock": 1}, None),
        ({"quantity": 0}, "quantity_wrong"),
        ({"quantity": 21, "unit_points": 1}, "quantity_wrong"),
        ({"is_offered": False}, "goods_not_offered"),
        ({"is_here": False}, "goods_elsewhere"),
        ({"is_holder": False}, "points_of_others"),
    ],
)
def test_points_are_spent_within_the_balance(facts, code):
    objection = object_to_redeeming(**GOOD | facts)
    assert (objection.code if objection else None) == code
