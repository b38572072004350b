"""Weekly live streams by ISO week: long enough, with questions, where there is a fixed hour (S2-10, CAD-5)."""

import datetime as dt
from dataclasses import dataclass

import pytest

from outreach.rules.livestreams import HeldStream, StreamWeekState, judge_week, shortcomings

MONDAY = dt.date(2026, 11, 16)
WEEK = dt.timedelta(days=7)
AFTER = MONDAY + WEEK


@dataclass
class Slot:
    weekday: int = 3
    starts_on: dt.date = dt.date(2026, 1, 1)
    ends_on: dt.date | None = None


ALWAYS = (Slot(),)


def judged(*streams: HeldStream, slots=ALWAYS, need=1, on=AFTER, monday=MONDAY):
    return judge_week(monday, slots=slots, streams=streams, need=need, least_minutes=30, on=on)


@pytest.mark.parametrize(
    ("minutes", "asks", "flaws"),
    [
        (30, True, 0), (29, True, 1), (30, False, 1), (0, False, 2),
    ],
)  # fmt: skip
def test_exactly_the_least_counts(minutes, asks, flaws):
    assert len(shortcomings(HeldStream(minutes, asks), least_minutes=30)) == flaws


def test_met_and_short():
    assert judged(HeldStream(30, True)).state == StreamWeekState.MET
    short = judged(HeldStream(29, True))
    assert (short.state, short.reasons) == (StreamWeekState.SHORT, ("只有29分钟，不足30分钟",))
    assert judged(HeldStream(60, False)).reasons == ("没有开通居民提问",)
    assert judged().reasons == ("没有开展",)
    assert judged(HeldStream(40, True), need=2).reasons == ("只开展1次",)
    assert judged(HeldStream(40, True), HeldStream(20, True)).state == StreamWeekState.MET


def test_a_week_is_open_until_its_sunday_is_over():
    assert judged(on=MONDAY + dt.timedelta(days=6)).state == StreamWeekState.OPEN
    assert judged(on=AFTER).state == StreamWeekState.SHORT
    assert judged(HeldStream(30, True), on=MONDAY).state == StreamWeekState.MET
    assert judged(on=MONDAY - WEEK).state == StreamWeekState.OPEN


@pytest.mark.parametrize(
    "slots",
    [
        (), (Slot(starts_on=dt.date(2026, 11, 19)),), (Slot(ends_on=dt.date(2026, 11, 17)),),
    ],
)  # fmt: skip
def test_nothing_is_asked_where_no_fixed_hour_falls_into_the_week(slots):
    found = judged(slots=slots)
    assert (found.state, found.counts) == (StreamWeekState.NOT_COUNTED, False)


@pytest.mark.parametrize("slot", [Slot(starts_on=dt.date(2026, 11, 18)), Slot(ends_on=dt.date(2026, 11, 18))])
def test_the_first_and_the_last_day_of_an_hour_count(slot):
    assert judged(slots=(slot,)).state == StreamWeekState.SHORT


def test_a_document_that_asks_for_none():
    assert judged(need=0).state == StreamWeekState.NOT_COUNTED


def test_where_nothing_is_asked_it_is_told_what_took_place():
    assert judged(HeldStream(30, True), HeldStream(5, True), need=0).words == "有效 1 / 2 场"
    assert judged(need=0).words == "—"
    assert judged().words == "未达标"
