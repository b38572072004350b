"""Windows of a promised service agree with the count of what is due."""

from datetime import date, timedelta
from itertools import pairwise

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from care.rules.items import first_item_slot, item_slot
from contracts.choices import Frequency
from contracts.rules.fulfillment import Promise, Term, due_by, promised_in
from core.dates import term_end

ONE_DAY = timedelta(days=1)
TERM = Term(date(2026, 3, 1), date(2027, 2, 28), date(2027, 2, 28))


def windows(promise, term):
    return [item_slot(promise, term, number) for number in range(1, (promised_in(promise, term) or 0) + 1)]


def test_four_times_a_year():
    found = windows(Promise(Frequency.YEAR, 4), TERM)
    assert [(one.opens_on, one.due_on) for one in found] == [
        (date(2026, 3, 1), date(2026, 5, 31)),
        (date(2026, 6, 1), date(2026, 8, 30)),
        (date(2026, 8, 31), date(2026, 11, 29)),
        (date(2026, 11, 30), date(2027, 2, 28)),
    ]


def test_the_first_of_twelve_within_a_week():
    slot = item_slot(Promise(Frequency.MONTH, 1, is_first_week=True), TERM, 1)
    assert (slot.opens_on, slot.due_on, slot.closes_on, slot.expires_on) == (
        date(2026, 3, 1),
        date(2026, 3, 7),
        date(2026, 3, 7),
        date(2026, 3, 31),
    )
    assert item_slot(Promise(Frequency.MONTH, 1, is_first_week=True), TERM, 2).opens_on == date(2026, 4, 1)


@pytest.mark.parametrize("number", [0, 5])
def test_no_more_than_promised(number):
    assert item_slot(Promise(Frequency.QUARTER, 1), TERM, number) is None


def test_what_has_no_number_has_no_windows():
    assert item_slot(Promise(Frequency.NEED, None), TERM, 1) is None


def test_an_early_end_does_not_move_the_windows():
    ended = Term(TERM.starts_on, TERM.ends_on, date(2026, 5, 1))
    assert item_slot(Promise(Frequency.QUARTER, 1), ended, 2) == item_slot(
        Promise(Frequency.QUARTER, 1), TERM, 2
    )


def test_the_first_that_can_still_be_given():
    promise = Promise(Frequency.QUARTER, 1)
    assert first_item_slot(promise, TERM, on=date(2026, 9, 1)).sequence == 3
    assert first_item_slot(promise, TERM, on=date(2026, 5, 31)).sequence == 1
    assert first_item_slot(promise, TERM, on=date(2026, 3, 1), done=2).sequence == 3
    assert first_item_slot(promise, TERM, on=date(2026, 3, 1), done=4) is None
    assert first_item_slot(promise, TERM, on=date(2027, 3, 1)) is None


@given(
    start=st.dates(date(2020, 1, 1), date(2030, 1, 1)),
    years=st.integers(1, 3),
    cut=st.integers(0, 200),
    frequency=st.sampled_from([one for one in Frequency if one not in (Frequency.SCHEDULE, Frequency.NEED)]),
    times=st.integers(1, 6),
    is_first_week=st.booleans(),
)
@settings(max_examples=80)
def test_on_the_last_day_of_a_window_it_is_counted_as_due(start, years, cut, frequency, times, is_first_week):
    ends = term_end(start, years) - timedelta(days=cut)
    term, promise = Term(start, ends, ends), Promise(frequency, times, is_first_week)
    found = windows(promise, term)
    for slot in found:
        assert slot.opens_on <= slot.due_on <= slot.closes_on <= slot.expires_on
        assert due_by(promise, term, slot.closes_on) >= slot.sequence
        assert slot.closes_on == start or due_by(promise, term, slot.closes_on - ONE_DAY) < slot.sequence
    for one, following in pairwise(found):
        assert following.opens_on == one.expires_on + ONE_DAY
    assert found[0].opens_on == start
    assert found[-1].expires_on == ends
