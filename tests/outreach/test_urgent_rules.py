"""Clocks of urgent reports, delays on the working calendar, clusters and weeks: pure rules at their bounds."""

import datetime as dt

import pytest
from hypothesis import given
from hypothesis import strategies as st

from outreach.rules.clusters import Sighting, is_cluster, people_in, quiet_until, window_opens
from outreach.rules.urgent import BUREAU, NONE, STEWARD, ack_due_at, cut_off, urgent_level
from outreach.rules.weekly import (
    Word,
    is_excused,
    may_still_report,
    silence_begins,
    week_of,
    word_of,
)
from outreach.rules.whistle import deadline

ZONE = dt.timezone(dt.timedelta(hours=8))
NIGHT = dt.datetime(2026, 11, 22, 23, 50, tzinfo=ZONE)  # a Sunday
MONDAY = dt.date(2026, 11, 23)
DAY = dt.timedelta(days=1)


def weekday(day: dt.date) -> bool:
    return day.weekday() < 5


def test_minutes_run_through_the_night():
    assert ack_due_at(NIGHT, minutes=30) == dt.datetime(2026, 11, 23, 0, 20, tzinfo=ZONE)


@pytest.mark.parametrize(
    ("waited", "level"), [(0, NONE), (29, NONE), (30, STEWARD), (119, STEWARD), (120, BUREAU), (5000, BUREAU)]
)
def test_steps_of_an_urgent_report(waited, level):
    now = NIGHT + dt.timedelta(minutes=waited)
    assert urgent_level(NIGHT, ack_minutes=30, bureau_minutes=120, now=now) == level


moments = st.builds(
    lambda minute: dt.datetime(2026, 9, 20, tzinfo=ZONE) + dt.timedelta(minutes=minute),
    st.integers(0, 30 * 24 * 60),
)


@given(at=moments, now=moments, days=st.integers(1, 5), off=st.sets(st.integers(0, 40), max_size=20))
def test_the_bound_agrees_with_the_deadline_of_each(at, now, days, off):
    """Reckoned backwards from now or forwards from the deadline: the same reports are late by n working days."""
    closed = {dt.date(2026, 9, 25) + one * DAY for one in off}

    def is_working(day: dt.date) -> bool:
        return weekday(day) and day not in closed

    is_over = at <= cut_off(now, days, is_working=is_working, zone=ZONE)
    assert is_over == (deadline(at, days, is_working=is_working, zone=ZONE) <= now)


def test_none_of_a_day_is_now():
    assert cut_off(NIGHT - DAY * 2, 0, is_working=weekday, zone=ZONE) == NIGHT - DAY * 2


def seen(*days_ago: int, people: int = 1) -> list[Sighting]:
    return [Sighting(MONDAY - n * DAY, people) for n in days_ago]


@pytest.mark.parametrize(
    ("found", "answer"),
    [
        (seen(0, 0), False),
        (seen(0, 0, 0), True),
        (seen(0, 3, 6), True),
        (seen(0, 3, 7), False),  # the seventh day before is out of seven days
        (seen(0, 1, -1), False),  # of a day to come
        (seen(0, people=3), True),  # one report of three people
        (seen(0, 1, people=0), False),  # each stands for one at least
        (seen(0, 1, 2, people=0), True),
    ],
)
def test_a_cluster_is_so_many_people_in_so_many_days(found, answer):
    assert is_cluster(found, on=MONDAY, cases=3, days=7) is answer


@given(days=st.integers(1, 60))
def test_the_window_holds_as_many_days_as_it_says(days):
    assert (MONDAY - window_opens(MONDAY, days=days)).days + 1 == days


def test_small_words_of_clusters():
    assert quiet_until(MONDAY, days=14) == dt.date(2026, 12, 7)
    assert [people_in({"count": one}) for one in (4, 0, None, "3")] == [4, 1, 1, 1]
    assert people_in({}) == 1


def test_weeks_begin_on_monday():
    assert {week_of(MONDAY + n * DAY) for n in range(7)} == {MONDAY}
    assert week_of(MONDAY - DAY) == MONDAY - 7 * DAY
    assert silence_begins(MONDAY + 3 * DAY, weeks=2) == MONDAY - 14 * DAY


@pytest.mark.parametrize(
    ("facts", "word"),
    [
        ({"has_reported": True, "has_zero": True}, Word.REPORTED),
        ({"has_zero": True, "is_excused": True}, Word.ZERO),
        ({"is_excused": True}, Word.EXCUSED),
        ({"is_expected": False}, Word.NOT_DUE),
        ({}, Word.LATE),
    ],
)
def test_each_week_counts_once(facts, word):
    usual = {"has_reported": False, "has_zero": False, "is_excused": False}
    assert word_of(MONDAY, on=MONDAY + 7 * DAY, **usual | facts) == word


def test_late_from_the_monday_after():
    def word(on: dt.date) -> Word:
        return word_of(MONDAY, on=on, has_reported=False, has_zero=False, is_excused=False)

    assert (word(MONDAY + 6 * DAY), word(MONDAY + 7 * DAY)) == (Word.NOT_DUE, Word.LATE)


@pytest.mark.parametrize(
    ("first", "last", "excused"),
    [
        (0, 6, True),
        (-9, None, True),
        (0, 4, True),  # all working days
        (2, 6, True),  # away when the word is due
        (6, 6, True),
        (0, 3, False),
        (2, 5, False),
        (7, 9, False),
        (-9, -1, False),
    ],
)
def test_leave_excuses_who_could_not_report(first, last, excused):
    spans = [(MONDAY + first * DAY, None if last is None else MONDAY + last * DAY)]
    assert is_excused(MONDAY, spans, is_working=weekday) is excused


def test_a_week_without_working_days_excuses_nobody_by_itself():
    assert not is_excused(MONDAY, [], is_working=lambda day: False)


def test_this_week_and_the_last_may_be_reported():
    on = MONDAY + 2 * DAY
    weeks = [MONDAY + n * 7 * DAY for n in (-2, -1, 0, 1)]
    assert [may_still_report(one, on=on) for one in weeks] == [False, True, True, False]
