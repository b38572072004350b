"""Random districts, whole years of nights: the set-based engine comes to the same as the pure rules, person by person."""

import datetime as dt
import itertools
import random
import threading

import pytest
from django.db import connection, transaction

from care.actions import miss_tasks, open_tasks, replan, settle
from care.actions.windows import Case, answered
from care.choices import ScheduleKind, TaskState
from care.models import Plan, Task
from care.queries.rules import rulebook_on
from care.rules.schedule import Slot, first_slot, slot_after_missed
from residents.choices import Population
from tests.factories.contracts import ensure_wording, sign_agreement
from tests.factories.planning import (
    ensure_rules,
    flagged,
    noon,
    planned,
    record_of,
    tasks_of,
    terms_of_three_years,
)
from tests.factories.residents import ResidentFactory

ON = dt.date(2026, 11, 30)
DAY = dt.timedelta(days=1)
KINDS = (
    Population.HYPERTENSION,
    Population.DIABETES_T2,
    Population.COPD,
    Population.ELDERLY_65,
    Population.SMI,
)


@pytest.fixture
def people(cast, district, wording):
    """Twelve persons with anchors at the ends of months and around a leap day."""
    draw = random.Random(7)
    terms_of_three_years()
    found = []
    for number in range(12):
        one = ResidentFactory(born_on=dt.date(1950, 1, 1) + number * 77 * DAY, grid=district.grid_a)
        for kind in draw.sample(KINDS, 2):
            flagged(
                one, kind, draw.choice([dt.date(2024, 2, 29), dt.date(2025, 8, 31), dt.date(2026, 1, 31), ON])
            )
        sign_agreement(one, cast.team_a, cast.li, on=ON, term_years=3)
        found.append(one)
    replan(None, on=ON, now=noon(ON))
    return found


def slots(rule, anchor, on):
    """Every occurrence up to a day, by the pure functions alone."""
    slot = first_slot(rule, anchor, on=ON)
    while slot is not None and slot.opens_on <= on:
        yield slot
        slot = slot_after_missed(rule, slot)


@pytest.mark.django_db
def test_every_plan_is_what_the_pure_rules_say(people):
    rules = rulebook_on(ON).rules
    plans = Plan.objects.filter(rule_id__in=rules).select_related("enrollment")
    assert plans.count() > 50
    for plan in plans:
        rule = rules[plan.rule_id]
        if rule.schedule.min_days or plan.steps:
            continue
        slot = first_slot(rule, plan.anchor_on, on=ON)
        assert slot is not None
        assert (slot.opens_on, slot.due_on, slot.closes_on, slot.expires_on) == (
            plan.opens_on, plan.due_on, plan.closes_on, plan.expires_on,
        )  # fmt: skip


@pytest.mark.django_db
def test_two_years_of_nights_leave_no_gap_and_book_nothing_twice(people):
    begun = {(one.resident_id, one.rule_id): one for one in Plan.objects.all()}
    day, end = ON, ON + 760 * DAY
    while day < end:
        miss_tasks(on=day)
        open_tasks(on=day)
        day += 19 * DAY
    rules = rulebook_on(ON).rules
    compared = 0
    for (resident, rule_id), plan in begun.items():
        rows = list(Task.objects.filter(resident=resident, rule=rule_id).order_by("sequence"))
        for former, following in itertools.pairwise(rows):
            assert following.opens_on == former.expires_on + DAY
        rule = rules.get(rule_id)
        if rule is None or rule.schedule.kind != ScheduleKind.INTERVAL:
            continue
        slot, expected = (
            Slot(
                1,
                *(
                    getattr(plan, name)
                    for name in ("anchor_on", "steps", "opens_on", "due_on", "closes_on", "expires_on")
                ),
            ),
            [],
        )
        while slot.opens_on <= day - 19 * DAY:
            expected.append((slot.opens_on, slot.due_on, slot.closes_on, slot.expires_on))
            slot = slot_after_missed(rule, slot)
        assert [(one.opens_on, one.due_on, one.closes_on, one.expires_on) for one in rows] == expected
        compared += len(expected)
    assert compared > 40


@pytest.mark.django_db
def test_a_window_is_kept_or_the_next_that_is_not_over(people):
    book = rulebook_on(ON)
    for plan in Plan.objects.filter(rule_id__in=book.rules):
        slot = Slot(
            1, plan.anchor_on, plan.steps, plan.opens_on, plan.due_on, plan.closes_on, plan.expires_on
        )
        case = Case("keep", plan.rule_id, plan.version, plan.anchor_on, None, 0, slot)
        assert answered(case, book=book, on=plan.expires_on) == slot
        following = answered(case, book=book, on=plan.expires_on + DAY)
        assert following is None or following.opens_on == plan.expires_on + DAY


@pytest.mark.django_db(transaction=True)
def test_two_visits_at_once_close_one_occurrence_each(cast, district):
    """Two colleagues save a visit of the same person at the same time: one closes the task, the other comes too early."""
    ensure_wording()
    ensure_rules()
    person = ResidentFactory(born_on=dt.date(1950, 1, 1), grid=district.grid_a)
    flagged(person, Population.HYPERTENSION, ON)
    agreement = sign_agreement(person, cast.team_a, cast.li, on=ON)
    planned(person, on=ON)
    day = Plan.objects.get(resident=person, rule__code="hypertension.routine").due_on
    open_tasks(on=day)
    records = [record_of(person, agreement, cast.li, form="htn_follow_up", done_on=day) for _ in range(2)]
    faults: list[Exception] = []

    def save(record):
        try:
            with transaction.atomic():
                settle(record=record, verdict=None, by=cast.li, on=day, now=noon(day))
        except Exception as fault:
            faults.append(fault)
        finally:
            connection.close()

    threads = [threading.Thread(target=save, args=(one,)) for one in records]
    for one in threads:
        one.start()
    for one in threads:
        one.join()
    assert faults == []
    rows = tasks_of(person, "hypertension.routine")
    assert [one.state for one in rows] == [TaskState.DONE]
    assert rows[0].record in {one.key for one in records}
