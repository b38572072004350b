"""Days of the trade, worked by hand: month ends, leap years, windows, caps, partial periods."""

from dataclasses import replace
from datetime import date

import pytest

from care.choices import ScheduleKind
from care.rules.schedule import (
    first_slot,
    label_of,
    latest_for_minimum,
    months_on,
    slot_after_missed,
    slot_after_visit,
)
from care.rules.tables import Step
from tests.care.rules.tables import rule_of


def days(slot):
    return [f"{one:%Y-%m-%d}" for one in (slot.opens_on, slot.due_on, slot.closes_on, slot.expires_on)]


@pytest.mark.parametrize(
    ("day", "months", "expected"),
    [
        (date(2026, 1, 31), 1, date(2026, 2, 28)),
        (date(2026, 1, 31), 2, date(2026, 3, 31)),
        (date(2024, 1, 31), 1, date(2024, 2, 29)),
        (date(2024, 2, 29), 12, date(2025, 2, 28)),
        (date(2024, 2, 29), 48, date(2028, 2, 29)),
        (date(2026, 11, 30), 3, date(2027, 2, 28)),
        (date(2026, 12, 15), 1, date(2027, 1, 15)),
        (date(2026, 3, 31), 0, date(2026, 3, 31)),
    ],
)
def test_month_steps_keep_the_day_of_the_month(day, months, expected):
    assert months_on(day, months) == expected


def test_missed_monthly_visits_do_not_drift():
    rule = rule_of("tb.routine")
    slot = first_slot(rule, date(2026, 1, 31), on=date(2026, 1, 31))
    dues = [slot.due_on]
    for _ in range(3):
        slot = slot_after_missed(rule, slot)
        dues.append(slot.due_on)
    assert dues == [date(2026, 2, 28), date(2026, 3, 31), date(2026, 4, 30), date(2026, 5, 31)]


def test_a_follow_up_is_due_three_months_after_the_last_with_fifteen_days_either_side():
    rule = rule_of("hypertension.routine")
    slot = first_slot(rule, date(2026, 2, 1), on=date(2026, 2, 1), done_this_year=1)
    assert days(slot) == ["2026-04-16", "2026-05-01", "2026-05-16", "2026-07-16"]
    after = slot_after_visit(rule, slot, date(2026, 4, 20), done_this_year=2)
    assert (after.sequence, after.anchor_on, after.steps) == (2, date(2026, 4, 20), 1)
    assert days(after) == ["2026-07-05", "2026-07-20", "2026-08-04", "2026-10-04"]


def test_a_visit_before_the_window_moves_the_next_one():
    rule = rule_of("hypertension.routine")
    slot = first_slot(rule, date(2026, 2, 1), on=date(2026, 2, 1), done_this_year=1)
    after = slot_after_visit(rule, slot, date(2026, 3, 1), done_this_year=2)
    assert after.due_on == date(2026, 6, 1)


def test_the_second_visit_of_a_year_is_due_by_the_end_of_june():
    rule = rule_of("hypertension.routine")
    slot = first_slot(rule, date(2026, 2, 1), on=date(2026, 2, 1))
    assert (slot.due_on, slot.closes_on) == (date(2026, 3, 31), date(2026, 3, 31)), (
        "the first by the end of March"
    )
    late = slot_after_visit(rule, slot, date(2026, 5, 10), done_this_year=1)
    assert (late.due_on, late.closes_on, late.steps) == (date(2026, 6, 30), date(2026, 6, 30), 0)
    assert slot_after_missed(rule, late).due_on == date(2026, 9, 30), "the quarters go on from there"
    later = slot_after_visit(rule, slot, date(2026, 6, 25), done_this_year=1)
    assert later.due_on == date(2026, 9, 25), "five days to the end of June are no interval"


@pytest.mark.parametrize(
    ("day", "done", "expected"),
    [
        (date(2026, 1, 20), 1, date(2026, 6, 30)),
        (date(2026, 3, 31), 1, date(2026, 6, 30)),
        (date(2026, 12, 31), 4, date(2027, 3, 31)),
        (date(2026, 12, 25), 5, date(2027, 3, 31)),
        (date(2026, 12, 25), 3, date(2027, 3, 31)),
        (date(2026, 8, 1), 0, date(2026, 9, 30)),
    ],
)
def test_the_yearly_minimum_by_quarters(day, done, expected):
    half = (months_on(day, 3) - day) / 2
    assert latest_for_minimum(4, day, done, half) == expected


def test_thirds_and_fifths_of_a_year():
    none = date(2026, 1, 2) - date(2026, 1, 2)
    assert [latest_for_minimum(3, date(2026, 1, 1), n, none) for n in range(4)] == [
        date(2026, 4, 30),
        date(2026, 8, 31),
        date(2026, 12, 31),
        date(2027, 4, 30),
    ]
    assert latest_for_minimum(5, date(2026, 1, 1), 0, none) == date(2026, 3, 14)
    assert latest_for_minimum(5, date(2026, 1, 1), 4, none) == date(2026, 12, 31)


class TestOnce:
    def test_a_second_visit_within_two_weeks_begins_the_day_after(self):
        rule = rule_of("hypertension.revisit")
        slot = first_slot(rule, date(2026, 11, 20), on=date(2026, 11, 20))
        assert days(slot) == ["2026-11-21", "2026-12-04", "2026-12-04", "2027-01-03"]
        assert slot_after_missed(rule, slot) is None
        assert slot_after_visit(rule, slot, date(2026, 12, 1), done_this_year=2) is None

    def test_newborn_within_seven_days_after_discharge(self):
        rule = rule_of("child.newborn")
        slot = first_slot(rule, date(2024, 2, 25), on=date(2024, 2, 25))
        assert days(slot)[:3] == ["2024-02-25", "2024-03-03", "2024-03-03"]
        assert first_slot(rule, date(2024, 2, 25), on=date(2024, 3, 23)) is not None
        assert first_slot(rule, date(2024, 2, 25), on=date(2024, 3, 24)) is None, "the month is over"

    def test_first_visit_of_tuberculosis_within_three_days(self):
        slot = first_slot(rule_of("tb.first_visit"), date(2026, 11, 23), on=date(2026, 11, 23))
        assert days(slot)[:3] == ["2026-11-23", "2026-11-26", "2026-11-26"]


class TestPoints:
    def test_the_checks_of_an_infant(self):
        rule = rule_of("child.infant")
        slot = first_slot(rule, date(2026, 1, 31), on=date(2026, 1, 31))
        assert days(slot) == ["2026-04-23", "2026-04-30", "2026-05-30", "2026-07-23"]
        assert label_of(rule, slot.sequence) == "3月龄"
        following = slot_after_visit(rule, slot, date(2026, 6, 1), done_this_year=1)
        assert (label_of(rule, following.sequence), following.due_on) == ("6月龄", date(2026, 7, 31))

    def test_a_child_that_comes_at_two_begins_there(self):
        rule = rule_of("child.infant")
        slot = first_slot(rule, date(2024, 1, 10), on=date(2026, 1, 10))
        assert (slot.sequence, label_of(rule, slot.sequence), slot.steps) == (6, "24月龄", 5)

    def test_a_check_before_its_age_is_not_that_check(self):
        rule = rule_of("child.infant")
        slot = first_slot(rule, date(2026, 1, 10), on=date(2026, 5, 20), until=None)
        after = slot_after_visit(rule, slot, date(2026, 5, 20), done_this_year=1)
        assert slot_after_visit(rule, after, date(2026, 5, 25), done_this_year=2) is after

    def test_the_year_of_age_of_a_child_born_on_a_leap_day(self):
        rule = rule_of("child.preschool")
        slot = first_slot(rule, date(2020, 2, 29), on=date(2024, 3, 1))
        assert days(slot) == ["2024-02-29", "2024-02-29", "2025-02-27", "2025-02-27"]
        last = first_slot(rule, date(2020, 2, 29), on=date(2026, 6, 1))
        assert label_of(rule, last.sequence) == "6岁"
        assert slot_after_missed(rule, last) is None

    @pytest.mark.parametrize(
        ("label", "opens", "closes"),
        [
            ("建册和第1次", 0, 90),
            ("第2次", 112, 146),
            ("第3次", 147, 174),
            ("第4次", 196, 258),
            ("第5次", 259, 286),
        ],
    )
    def test_antenatal_windows_in_days_of_pregnancy(self, label, opens, closes):
        rule, first = rule_of("perinatal.antenatal"), date(2026, 1, 1)
        slot = first_slot(rule, first, on=first)
        while label_of(rule, slot.sequence) != label:
            slot = slot_after_missed(rule, slot)
        assert ((slot.opens_on - first).days, (slot.closes_on - first).days) == (opens, closes)

    def test_a_second_pregnancy_has_numbers_of_its_own(self):
        rule = rule_of("perinatal.antenatal")
        slot = first_slot(rule, date(2026, 1, 1), on=date(2026, 1, 1), sequence=4)
        assert slot.sequence == 101
        assert label_of(rule, slot.sequence) == "建册和第1次"
        assert first_slot(rule, date(2026, 1, 1), on=date(2026, 1, 1), sequence=101).sequence == 101


class TestCalendar:
    def test_a_quarter_covered_for_thirty_days_asks_for_a_contact(self):
        rule = rule_of("contract.contact")
        slot = first_slot(rule, date(2026, 9, 1), on=date(2026, 9, 1))
        assert days(slot) == ["2026-09-01", "2026-09-15", "2026-09-30", "2026-09-30"]
        assert first_slot(rule, date(2026, 9, 2), on=date(2026, 9, 2)).opens_on == date(2026, 10, 1), (
            "29 days do not"
        )
        assert first_slot(rule, date(2026, 9, 2), on=date(2026, 9, 2)).sequence == 1

    def test_the_last_quarter_is_asked_for_if_the_promise_covers_thirty_days(self):
        rule = rule_of("contract.contact")
        slot = first_slot(rule, date(2026, 7, 1), on=date(2026, 7, 1))
        assert slot_after_missed(rule, slot, until=date(2026, 10, 30)).opens_on == date(2026, 10, 1)
        assert slot_after_missed(rule, slot, until=date(2026, 10, 29)) is None

    @pytest.mark.parametrize(
        "code", ["elderly.check_up", "hypertension.check_up", "diabetes.check_up", "smi.check_up"]
    )
    def test_who_is_signed_in_december_has_his_check_up_in_the_new_year(self, code):
        rule = rule_of(code)
        assert first_slot(rule, date(2026, 12, 2), on=date(2026, 12, 2)).expires_on == date(2026, 12, 31)
        late = first_slot(rule, date(2026, 12, 3), on=date(2026, 12, 3))
        assert (late.opens_on, late.expires_on) == (date(2027, 1, 1), date(2027, 12, 31)), (
            "29 days do not ask"
        )

    def test_a_second_contact_in_a_quarter_is_not_the_next_quarters(self):
        rule = rule_of("contract.contact")
        slot = first_slot(rule, date(2026, 7, 1), on=date(2026, 7, 1))
        following = slot_after_visit(rule, slot, date(2026, 7, 10), done_this_year=1)
        assert following.opens_on == date(2026, 10, 1)
        assert slot_after_visit(rule, following, date(2026, 9, 30), done_this_year=2) is following
        assert slot_after_visit(rule, following, date(2026, 10, 1), done_this_year=2).opens_on == date(
            2027, 1, 1
        )

    def test_the_check_up_of_the_year(self):
        rule = rule_of("elderly.check_up")
        slot = first_slot(rule, date(2026, 5, 6), on=date(2026, 5, 6))
        assert days(slot) == ["2026-05-06", "2026-09-30", "2026-12-31", "2026-12-31"]

    def test_the_household_by_contract_year_from_a_leap_day(self):
        rule = rule_of("contract.household")
        slot = first_slot(rule, date(2024, 2, 29), on=date(2024, 2, 29), until=date(2027, 2, 28))
        assert (slot.opens_on, slot.closes_on) == (date(2024, 2, 29), date(2025, 2, 28))
        slot = slot_after_missed(rule, slot)
        assert (slot.opens_on, slot.closes_on) == (date(2025, 3, 1), date(2026, 2, 28))

    def test_two_contacts_a_quarter_cut_it_in_half(self):
        rule = rule_of("contract.contact")
        twice = replace(rule, schedule=replace(rule.schedule, times=2))
        slot = first_slot(twice, date(2026, 7, 1), on=date(2026, 7, 1))
        assert (slot.opens_on, slot.closes_on) == (date(2026, 7, 1), date(2026, 8, 15))
        slot = slot_after_missed(twice, slot)
        assert (slot.opens_on, slot.closes_on) == (date(2026, 8, 16), date(2026, 9, 30))
        assert slot_after_missed(twice, slot).opens_on == date(2026, 10, 1)
        late = first_slot(twice, date(2026, 8, 20), on=date(2026, 8, 20))
        assert (late.opens_on, late.closes_on) == (date(2026, 8, 20), date(2026, 9, 30))


def test_low_risk_copd_waits_six_months_once():
    rule = rule_of("copd.routine")
    slot = first_slot(rule, date(2026, 1, 10), on=date(2026, 1, 10))
    after = slot_after_visit(rule, slot, date(2026, 4, 10), done_this_year=1, interval=Step(months=6))
    assert (after.due_on, after.anchor_on, after.steps) == (date(2026, 10, 10), date(2026, 10, 10), 0)
    assert slot_after_missed(rule, after).due_on == date(2027, 1, 10)
    assert rule.schedule.kind == ScheduleKind.INTERVAL
