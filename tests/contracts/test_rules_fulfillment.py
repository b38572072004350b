"""How much of a promise is due by a day."""

import datetime as dt

import pytest
from hypothesis import given
from hypothesis import strategies as st

from contracts.choices import UNCOUNTED, AgreementState, Frequency
from contracts.rules.fulfillment import Promise, Term, due_by, is_overdue, object_to_done, promised_in
from core.dates import months_after, term_end

START = dt.date(2026, 1, 1)
YEAR = Term(START, dt.date(2026, 12, 31), dt.date(2026, 12, 31))
COUNTED = [one for one in Frequency if one not in UNCOUNTED]


def term_of(years: int, starts_on: dt.date = START) -> Term:
    ends_on = term_end(starts_on, years)
    return Term(starts_on, ends_on, ends_on)


@pytest.mark.parametrize(
    ("frequency", "times", "years", "total"),
    [
        (Frequency.WEEK, 1, 1, 52),
        (Frequency.WEEK, 1, 3, 156),
        (Frequency.MONTH, 2, 1, 24),
        (Frequency.QUARTER, 1, 3, 12),
        (Frequency.HALF_YEAR, 1, 2, 4),
        (Frequency.YEAR, 1, 3, 3),
        (Frequency.TERM, 2, 3, 2),
        (Frequency.COURSE, 7, 1, 7),
        (Frequency.NEED, None, 1, None),
        (Frequency.SCHEDULE, None, 3, None),
    ],
)
def test_times_in_a_term(frequency, times, years, total):
    assert promised_in(Promise(frequency, times), term_of(years)) == total


@pytest.mark.parametrize(
    ("day", "due"),
    [
        (dt.date(2025, 12, 31), 0),
        (dt.date(2026, 3, 30), 0),
        (dt.date(2026, 3, 31), 1),
        (dt.date(2026, 4, 1), 1),
        (dt.date(2026, 6, 30), 2),
        (dt.date(2026, 12, 30), 3),
        (dt.date(2026, 12, 31), 4),
        (dt.date(2027, 5, 1), 4),
    ],
)
def test_once_a_quarter_falls_due_at_the_end_of_each_quarter(day, due):
    assert due_by(Promise(Frequency.QUARTER, 1), YEAR, day) == due


def test_four_times_a_year_fall_due_in_proportion_to_the_days():
    dues = [
        due_by(Promise(Frequency.YEAR, 4), YEAR, START + dt.timedelta(days=day)) for day in (90, 91, 182, 364)
    ]
    assert dues == [0, 1, 2, 4]


def test_what_is_due_today_is_still_in_time():
    quarter = Promise(Frequency.QUARTER, 1)
    assert not is_overdue(quarter, YEAR, 0, on=dt.date(2026, 3, 31))
    assert is_overdue(quarter, YEAR, 0, on=dt.date(2026, 4, 1))
    assert not is_overdue(quarter, YEAR, 1, on=dt.date(2026, 4, 1))
    assert not is_overdue(Promise(Frequency.NEED, None), YEAR, 0, on=dt.date(2027, 1, 1))


def test_the_first_week_is_due_after_seven_days():
    first = Promise(Frequency.TERM, 1, is_first_week=True)
    assert [due_by(first, YEAR, dt.date(2026, 1, day)) for day in (6, 7)] == [0, 1]
    assert not is_overdue(first, YEAR, 0, on=dt.date(2026, 1, 7))
    assert is_overdue(first, YEAR, 0, on=dt.date(2026, 1, 8))


def test_a_course_shorter_than_the_period_owes_it_once():
    course = Term(START, START + dt.timedelta(days=89), START + dt.timedelta(days=89))
    assert promised_in(Promise(Frequency.YEAR, 1), course) == 1
    assert due_by(Promise(Frequency.YEAR, 1), course, START + dt.timedelta(days=88)) == 0
    assert promised_in(Promise(Frequency.WEEK, 1), course) == 12


def test_months_begin_where_the_calendar_has_no_such_day():
    assert months_after(dt.date(2026, 1, 31), 1) == dt.date(2026, 3, 1)
    assert months_after(dt.date(2026, 1, 31), 2) == dt.date(2026, 3, 31)
    assert months_after(dt.date(2024, 2, 29), 12) == dt.date(2025, 3, 1)


promises = st.builds(Promise, st.sampled_from(COUNTED), st.integers(min_value=1, max_value=40), st.booleans())
starts = st.dates(dt.date(2023, 1, 1), dt.date(2028, 12, 31))


@given(promises, starts, st.integers(0, 1200), st.integers(0, 1200), st.integers(-5, 1300))
def test_never_less_the_next_day_and_never_more_than_the_whole(promise, starts_on, length, lasted, offset):
    ends_on = starts_on + dt.timedelta(days=length)
    term = Term(starts_on, ends_on, min(ends_on, starts_on + dt.timedelta(days=lasted)))
    day = starts_on + dt.timedelta(days=offset)
    today, tomorrow = due_by(promise, term, day), due_by(promise, term, day + dt.timedelta(days=1))
    assert 0 <= today <= tomorrow <= promised_in(promise, term)


@given(promises, starts, st.integers(1, 3))
def test_whole_on_the_last_day_and_not_before_it_is_earned(promise, starts_on, years):
    term = term_of(years, starts_on)
    per_year = {"week": 52, "month": 12, "quarter": 4, "half_year": 2, "year": 1}
    if promise.frequency in per_year and promise.frequency != Frequency.WEEK:
        assert due_by(promise, term, term.ends_on) == promise.times * per_year[promise.frequency] * years
    assert due_by(promise, term, term.ends_on) == promised_in(promise, term) >= promise.times
    assert due_by(promise, term, starts_on - dt.timedelta(days=1)) == 0


@given(promises, starts, st.integers(0, 364))
def test_an_early_end_freezes_what_was_due_by_then(promise, starts_on, lasted):
    whole = term_of(1, starts_on)
    last_day = min(whole.ends_on, starts_on + dt.timedelta(days=lasted))
    cut = Term(starts_on, whole.ends_on, last_day)
    assert promised_in(promise, cut) == due_by(promise, whole, last_day)
    assert due_by(promise, cut, last_day + dt.timedelta(days=400)) == promised_in(promise, cut)


@pytest.mark.parametrize(
    ("changes", "code"),
    [
        ({}, None),
        ({"state": AgreementState.VOID}, "agreement_void"),
        ({"state": AgreementState.TERMINATED}, None),
        ({"done_on": dt.date(2026, 6, 2)}, "not_yet"),
        ({"done_on": dt.date(2025, 12, 31)}, "not_in_term"),
        ({"done_on": dt.date(2025, 12, 31), "signed_on": dt.date(2025, 12, 31)}, None),
        ({"done_on": START}, None),
        ({"last_day": dt.date(2026, 5, 31)}, "not_in_term"),
        ({"last_day": dt.date(2026, 6, 1)}, None),
    ],
)
def test_what_may_count(changes, code):
    day = dt.date(2026, 6, 1)
    asked = {
        "state": AgreementState.ACTIVE,
        "signed_on": START,
        "starts_on": START,
        "last_day": dt.date(2026, 12, 31),
        "done_on": day,
        "on": day,
    }
    objection = object_to_done(**asked | changes)
    assert (objection.code if objection else None) == code
