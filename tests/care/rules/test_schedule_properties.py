"""Ten years of any rule for any person: no day without its place, no two windows on one day, the yearly minimum met."""

from dataclasses import replace
from datetime import date, timedelta
from itertools import pairwise

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from care.choices import ScheduleKind
from care.rules.schedule import (
    Slot,
    first_slot,
    slot_after_missed,
    slot_after_visit,
    slot_again,
)
from care.rules.tables import Step
from tests.care.rules.tables import ALL_RULES, rule_of

ONE_DAY = timedelta(days=1)
YEARS = timedelta(days=3653)
DAYS = st.dates(date(2015, 1, 1), date(2030, 12, 31))
SERIES = [one for one in ALL_RULES if one.schedule.kind != ScheduleKind.ONCE]
COUNTED = [one for one in ALL_RULES if one.yearly_minimum and one.schedule.kind == ScheduleKind.INTERVAL]


def in_order(slot: Slot) -> bool:
    return slot.opens_on <= slot.due_on <= slot.closes_on <= slot.expires_on


@pytest.mark.parametrize("rule", ALL_RULES, ids=lambda one: one.code)
@given(anchor=DAYS)
@settings(max_examples=60)
def test_windows_never_done_lie_one_after_another(rule, anchor):
    slot = first_slot(rule, anchor, on=anchor)
    if slot is None:
        assert rule.schedule.kind == ScheduleKind.POINTS
        return
    while slot is not None and slot.opens_on < anchor + YEARS:
        assert in_order(slot)
        following = slot_after_missed(rule, slot)
        if following is not None:
            assert following.opens_on == slot.expires_on + ONE_DAY
            assert following.sequence == slot.sequence + 1
        slot = following


@pytest.mark.parametrize("rule", SERIES, ids=lambda one: one.code)
@given(
    anchor=DAYS, choices=st.lists(st.integers(0, 1000), min_size=60, max_size=60), begin=st.integers(0, 400)
)
@settings(max_examples=60)
def test_a_life_of_visits_and_misses_has_no_gap_and_no_double_booking(rule, anchor, choices, begin):
    slot = first_slot(rule, anchor, on=anchor + timedelta(days=begin))
    taken: list[tuple[date, date]] = []
    done: list[date] = []
    for choice in choices:
        if slot is None or slot.opens_on > anchor + YEARS:
            break
        assert in_order(slot)
        if choice % 5 == 0:
            last, following = slot.expires_on, slot_after_missed(rule, slot)
        else:
            last = slot.opens_on + timedelta(days=choice % ((slot.expires_on - slot.opens_on).days + 1))
            done.append(last)
            year = sum(one.year == last.year for one in done)
            following = slot_after_visit(rule, slot, last, done_this_year=year)
        taken.append((slot.opens_on, last))
        if following is not None and following.opens_on > last + ONE_DAY:
            assert following.due_on - last <= longest_wait(rule, last), (
                "nobody waits longer than the rule says"
            )
        slot = following
    for (_, before), (opens, _) in pairwise(taken):
        assert opens > before


def longest_wait(rule, day):
    schedule = rule.schedule
    if schedule.kind == ScheduleKind.INTERVAL:
        return timedelta(days=31 * schedule.step_months + schedule.step_days)
    return timedelta(days=732) if schedule.kind == ScheduleKind.CALENDAR else timedelta(days=400)


@pytest.mark.parametrize("rule", COUNTED, ids=lambda one: one.code)
@given(anchor=DAYS, choices=st.lists(st.integers(0, 1000), min_size=60, max_size=60))
@settings(max_examples=150)
def test_who_comes_within_every_window_has_the_yearly_minimum(rule, anchor, choices):
    slot, done = first_slot(rule, anchor, on=anchor), []
    for choice in choices:
        if slot.opens_on > anchor + YEARS:
            break
        day = slot.opens_on + timedelta(days=choice % ((slot.closes_on - slot.opens_on).days + 1))
        done.append(day)
        slot = slot_after_visit(rule, slot, day, done_this_year=sum(one.year == day.year for one in done))
    for year in range(anchor.year + 1, done[-1].year):
        assert sum(one.year == year for one in done) >= rule.yearly_minimum, year


@pytest.mark.parametrize("rule", ALL_RULES, ids=lambda one: one.code)
@given(anchor=DAYS, later=st.integers(0, 3000))
@settings(max_examples=40)
def test_the_first_occurrence_can_still_be_done(rule, anchor, later):
    on = anchor + timedelta(days=later)
    slot = first_slot(rule, anchor, on=on)
    if slot is not None:
        assert slot.expires_on >= on
        assert slot == first_slot(rule, anchor, on=on), "the same question has the same answer"


@given(anchor=DAYS, done=st.integers(-200, 400), kind=st.sampled_from(SERIES))
@settings(max_examples=200)
def test_the_same_visit_twice_changes_nothing(anchor, done, kind):
    slot = first_slot(kind, anchor, on=anchor)
    if slot is None:
        return
    day = min(slot.opens_on + timedelta(days=done), slot.expires_on)
    once = slot_after_visit(kind, slot, day, done_this_year=1)
    if once is None or once == slot or kind.schedule.kind == ScheduleKind.INTERVAL:
        return
    assert slot_after_visit(kind, once, day, done_this_year=1) == once


@given(anchor=DAYS, done=st.integers(0, 90))
@settings(max_examples=100)
def test_an_interval_counted_twice_from_one_day_is_the_same_window(anchor, done):
    rule = rule_of("hypertension.routine")
    day = anchor + timedelta(days=done)
    once = slot_after_visit(rule, first_slot(rule, anchor, on=anchor), day, done_this_year=1)
    again = slot_after_visit(rule, once, day, done_this_year=1)
    assert replace(again, sequence=once.sequence) == once


@given(anchor=DAYS, months=st.integers(1, 12), rule=st.sampled_from(COUNTED))
def test_a_visit_that_says_its_own_interval_is_kept(anchor, months, rule):
    free = replace(rule, yearly_minimum=0)
    slot = slot_after_visit(
        free, first_slot(free, anchor, on=anchor), anchor, done_this_year=1, interval=Step(months)
    )
    assert slot.due_on - anchor <= timedelta(days=31 * months)
    assert slot.opens_on > anchor
    following = slot_after_missed(free, slot)
    assert following.opens_on == slot.expires_on + ONE_DAY


@given(anchor=DAYS, rule=st.sampled_from(ALL_RULES))
def test_reckoning_again_by_the_same_version_moves_nothing(anchor, rule):
    slot = first_slot(replace(rule, yearly_minimum=0), anchor, on=anchor)
    if slot is not None and slot.steps:
        assert slot_again(rule, slot) == slot
