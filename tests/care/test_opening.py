"""The sweeps through the days: what opens, what is given up, and that a missed night costs nothing but time."""

import datetime as dt
import itertools

import pytest

from care.actions import miss_tasks, open_tasks
from care.choices import PlanState, TaskState
from care.models import Plan, Sweep, Task
from residents.choices import Population
from tests.factories.contracts import sign_agreement
from tests.factories.planning import flagged, plan_of, planned, tasks_of, terms_of_three_years

pytestmark = pytest.mark.django_db
ON = dt.date(2026, 11, 22)
DAY = dt.timedelta(days=1)


@pytest.fixture
def patient(resident, cast):
    flagged(resident, Population.HYPERTENSION, ON)
    terms_of_three_years()
    sign_agreement(resident, cast.team_a, cast.li, on=ON, term_years=3)
    planned(resident, on=ON)
    open_tasks(on=ON)
    return resident


def test_a_task_opens_on_its_first_day_and_not_before(patient):
    opens = plan_of(patient, "hypertension.routine").opens_on
    open_tasks(on=opens - DAY)
    assert tasks_of(patient, "hypertension.routine") == []
    assert open_tasks(on=opens).opened >= 1
    (task,) = tasks_of(patient, "hypertension.routine")
    assert (task.state, task.opens_on, task.anchor_on) == (TaskState.DUE, opens, ON)


def test_a_second_run_the_same_night_adds_nothing(patient):
    day = plan_of(patient, "hypertension.routine").opens_on
    open_tasks(on=day)
    before = Task.objects.count()
    assert open_tasks(on=day).opened == 0
    assert open_tasks(on=day - DAY).opened == 0
    assert Task.objects.count() == before


def test_missed_nights_are_caught_up_in_one_run(patient):
    opens = plan_of(patient, "hypertension.routine").opens_on
    open_tasks(on=opens - 2 * DAY)
    open_tasks(on=opens + 3 * DAY)
    assert len(tasks_of(patient, "hypertension.routine")) == 1


def test_it_is_overdue_after_its_last_day_and_given_up_when_the_next_opens(patient):
    plan = plan_of(patient, "hypertension.routine")
    open_tasks(on=plan.opens_on)
    assert not Task.objects.overdue_on(plan.closes_on).filter(rule=plan.rule_id).exists()
    assert Task.objects.overdue_on(plan.closes_on + DAY).filter(rule=plan.rule_id).exists()
    miss_tasks(on=plan.expires_on)
    assert tasks_of(patient, "hypertension.routine")[0].state == TaskState.DUE
    done = miss_tasks(on=plan.expires_on + DAY)
    assert done.missed >= 1
    first, second = tasks_of(patient, "hypertension.routine")
    assert (first.state, second.state) == (TaskState.MISSED, TaskState.DUE)
    assert second.opens_on == first.expires_on + DAY


def test_every_occurrence_of_a_year_without_a_night_has_its_row(patient):
    later = dt.date(2027, 12, 20)
    miss_tasks(on=later)
    open_tasks(on=later)
    rows = tasks_of(patient, "hypertension.routine")
    assert [one.state for one in rows[:-1]] == [TaskState.MISSED] * (len(rows) - 1)
    assert len(rows) >= 4
    for former, following in itertools.pairwise(rows):
        assert following.opens_on == former.expires_on + DAY
        assert following.sequence == former.sequence + 1
    assert rows[-1].opens_on <= later <= rows[-1].expires_on
    again = miss_tasks(on=later)
    assert (again.missed, again.opened, open_tasks(on=later).opened) == (0, 0, 0)


def test_nights_one_by_one_and_one_run_come_to_the_same(resident, cast):
    """Three months of nights against one run at their end."""
    flagged(resident, Population.HYPERTENSION, ON)
    flagged(resident, Population.DIABETES_T2, ON)
    sign_agreement(resident, cast.team_a, cast.li, on=ON)
    end = ON + 200 * DAY

    def outcome():
        tasks = Task.objects.filter(resident=resident).order_by("rule_id", "sequence")
        plans = Plan.objects.filter(resident=resident).order_by("rule_id")
        return (
            list(tasks.values_list("rule_id", "sequence", "state", "opens_on", "expires_on")),
            list(plans.values_list("rule_id", "sequence", "state", "opens_on")),
        )

    def afresh():
        Task.objects.all().delete()
        Plan.objects.all().delete()
        Sweep.objects.all().delete()
        planned(resident, on=ON)

    afresh()
    day = ON
    while day <= end:
        miss_tasks(on=day)
        open_tasks(on=day)
        day += 10 * DAY
    miss_tasks(on=end)
    open_tasks(on=end)
    slowly = outcome()
    afresh()
    miss_tasks(on=end)
    open_tasks(on=end)
    assert outcome() == slowly


def test_nothing_opens_for_a_plan_that_does_not_run(patient):
    plan = plan_of(patient, "hypertension.routine")
    Plan.objects.filter(resident=patient).update(state=PlanState.ENDED)
    assert open_tasks(on=plan.opens_on).opened == 0
    assert miss_tasks(on=plan.expires_on + DAY).missed == 0


def test_the_sweeps_take_few_statements(patient, django_assert_max_num_queries):
    plan = plan_of(patient, "hypertension.routine")
    with django_assert_max_num_queries(12):
        open_tasks(on=plan.opens_on)
