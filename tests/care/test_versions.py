"""A new version of a rule table: what it would change is shown first, and what has opened or is done stays."""

import datetime as dt

import pytest

from care.actions import apply_versions, open_tasks, preview_version, replan, verify_plans
from care.choices import PlanState
from care.models import Plan, RuleTable, Task
from care.queries.rules import table_on
from care.rules.table_reading import read_table
from residents.choices import Population
from tests.factories.contracts import sign_agreement
from tests.factories.planning import flagged, noon, plan_of, planned, tasks_of

pytestmark = pytest.mark.django_db
ON = dt.date(2026, 11, 22)
DAY = dt.timedelta(days=1)
ROUTINE = "hypertension.routine"


@pytest.fixture
def patient(resident, cast):
    flagged(resident, Population.HYPERTENSION, ON)
    sign_agreement(resident, cast.team_a, cast.li, on=ON)
    planned(resident, on=ON)
    apply_versions(on=ON, now=noon(ON))
    return resident


def edited(**numbers):
    """The table in force with other numbers."""
    raw = table_on("hypertension", ON).table
    changed = {name: {**raw["numbers"][name], "value": value} for name, value in numbers.items()}
    return {**raw, "numbers": {**raw["numbers"], **changed}}


def published(raw, day):
    return RuleTable.objects.create(
        program="hypertension", version=2, in_force_from=day, source="测试", table=raw
    )


def test_the_preview_says_what_moves_and_changes_nothing(patient):
    before = list(Plan.objects.order_by("rule_id").values_list("rule_id", "due_on", "version"))
    raw = edited(routine_months=2)
    found = preview_version(table=read_table(raw), on=ON)
    assert (found.persons, found.moved, found.started, found.ended) == (1, 1, 0, 0)
    (line,) = found.sample
    assert (line.resident, line.rule.code) == (patient, ROUTINE)
    assert line.former_due_on == plan_of(patient, ROUTINE).due_on > line.due_on
    assert list(Plan.objects.order_by("rule_id").values_list("rule_id", "due_on", "version")) == before


def test_the_same_table_changes_nothing(patient):
    found = preview_version(table=read_table(edited()), on=ON)
    assert (found.persons, found.moved, found.sample) == (0, 0, ())


def test_in_force_it_does_what_the_preview_said(patient):
    raw = edited(routine_months=2)
    expected = preview_version(table=read_table(raw), on=ON + DAY).sample[0].due_on
    published(raw, ON + DAY)
    assert apply_versions(on=ON, now=noon(ON)).moved == 0
    apply_versions(on=ON + DAY, now=noon(ON + DAY))
    plan = plan_of(patient, ROUTINE)
    assert (plan.due_on, plan.version) == (expected, 2)
    assert set(vars(apply_versions(on=ON + DAY, now=noon(ON))).values()) == {0}


def test_a_window_that_has_opened_stays_as_it_was_told(patient):
    plan = plan_of(patient, ROUTINE)
    open_tasks(on=plan.opens_on)
    (task,) = tasks_of(patient, ROUTINE)
    published(edited(routine_months=2), plan.opens_on)
    replan([patient.pk], on=plan.opens_on, now=noon(ON))
    assert Task.objects.get(pk=task.pk).due_on == task.due_on
    assert plan_of(patient, ROUTINE).version == 1


def test_the_weekly_look_finds_and_mends(patient):
    assert set(vars(verify_plans(on=ON, now=noon(ON))).values()) == {0}
    Plan.objects.filter(resident=patient, rule__code=ROUTINE).delete()
    Plan.objects.filter(resident=patient, rule__code="contract.contact").update(state=PlanState.ENDED)
    assert verify_plans(on=ON + 6 * DAY, now=noon(ON)).started == 0  # looked at less than a week ago
    done = verify_plans(on=ON + 7 * DAY, now=noon(ON))
    assert (done.started, done.resumed) == (1, 1)
    assert set(vars(verify_plans(on=ON + 14 * DAY, now=noon(ON))).values()) == {0}
