"""What people do to tasks by hand."""

import datetime as dt

import pytest

from care.actions import (
    CannotAssignTasks,
    CannotCloseTask,
    CannotReopenTask,
    assign_tasks,
    close_task,
    open_tasks,
    reopen_task,
    settle,
)
from care.choices import CloseReason, PlanState, TaskState
from care.models import Plan, Task
from residents.choices import Population
from tests.factories.contracts import sign_agreement
from tests.factories.planning import flagged, noon, plan_of, planned, record_of, tasks_of

pytestmark = pytest.mark.django_db
ON = dt.date(2026, 11, 22)
DAY = dt.timedelta(days=1)
ROUTINE = "hypertension.routine"


@pytest.fixture
def agreement(resident, cast):
    flagged(resident, Population.HYPERTENSION, ON)
    made = sign_agreement(resident, cast.team_a, cast.li, on=ON)
    planned(resident, on=ON)
    return made


@pytest.fixture
def task(resident, agreement):
    open_tasks(on=plan_of(resident, ROUTINE).opens_on)
    return tasks_of(resident, ROUTINE)[0]


def closed(task, cast, *, reason=CloseReason.RESIDENT_REFUSED, on=None, note=""):
    day = on or task.opens_on
    return close_task(by=cast.li, on=day, now=noon(day), task=task, reason=reason, note=note)


@pytest.mark.parametrize(
    ("reason", "state"),
    [
        (CloseReason.RESIDENT_REFUSED, TaskState.REFUSED),
        (CloseReason.NOT_REACHED, TaskState.LOST),
        (CloseReason.DONE_ELSEWHERE, TaskState.CANCELLED),
    ],
)
def test_a_reason_closes_it_and_the_next_comes_in_its_time(task, resident, cast, reason, state):
    made = closed(task, cast, reason=reason)
    assert (made.state, made.reason, made.closed_by) == (state, reason, cast.li)
    plan = plan_of(resident, ROUTINE)
    assert (plan.sequence, plan.opens_on) == (task.sequence + 1, task.expires_on + DAY)


def test_another_reason_needs_words(task, cast):
    with pytest.raises(CannotCloseTask) as no:
        closed(task, cast, reason=CloseReason.OTHER)
    assert (no.value.code, no.value.field) == ("close_note", "note")
    assert closed(task, cast, reason=CloseReason.OTHER, note="住院").note == "住院"


def test_only_a_persons_reason_is_taken(task, cast):
    with pytest.raises(CannotCloseTask) as no:
        closed(task, cast, reason=CloseReason.DECEASED)
    assert no.value.code == "close_reason"


def test_it_is_closed_once(task, cast):
    closed(task, cast)
    with pytest.raises(CannotCloseTask) as no:
        closed(task, cast)
    assert no.value.code == "task_not_open"


def test_reopened_it_is_as_before(task, resident, cast):
    before = plan_of(resident, ROUTINE)
    closed(task, cast)
    again = reopen_task(by=cast.li, on=task.opens_on, now=noon(ON), task=task)
    assert (again.state, again.reason, again.closed_by) == (TaskState.DUE, None, None)
    plan = plan_of(resident, ROUTINE)
    assert (plan.sequence, plan.opens_on, plan.state) == (before.sequence, before.opens_on, PlanState.RUNNING)


def test_after_its_days_it_stays_closed(task, cast):
    closed(task, cast)
    with pytest.raises(CannotReopenTask) as no:
        reopen_task(by=cast.li, on=task.expires_on + DAY, now=noon(ON), task=task)
    assert no.value.code == "task_is_over"


def test_what_the_register_closed_is_not_reopened_by_hand(task, resident, cast):
    Plan.objects.filter(resident=resident).update(state=PlanState.ENDED)
    Task.objects.filter(pk=task.pk).update(state=TaskState.CANCELLED, reason=CloseReason.DECEASED)
    with pytest.raises(CannotReopenTask) as no:
        reopen_task(by=cast.li, on=task.opens_on, now=noon(ON), task=task)
    assert no.value.code == "task_not_closed_by_hand"


def test_done_in_the_meantime_the_former_one_stays_closed(task, resident, agreement, cast):
    closed(task, cast)
    day = plan_of(resident, ROUTINE).opens_on
    record = record_of(resident, agreement, cast.li, form="htn_follow_up", done_on=day)
    settle(record=record, verdict=None, by=cast.li, on=day, now=noon(day))
    with pytest.raises(CannotReopenTask) as no:
        reopen_task(by=cast.li, on=task.opens_on, now=noon(ON), task=task)
    assert no.value.code == "task_was_followed"


def test_many_are_planned_at_once(agreement, resident, cast, django_assert_max_num_queries):
    tasks = list(Task.objects.filter(resident=resident).open())
    with django_assert_max_num_queries(6):
        count = assign_tasks(by=cast.li, on=ON, tasks=tasks, planned_on=ON + DAY, assigned_to=cast.wang)
    assert count == len(tasks) > 1
    kept = Task.objects.filter(resident=resident).open().values_list("planned_on", "assigned_to").distinct()
    assert list(kept) == [(ON + DAY, cast.wang.pk)]


@pytest.mark.parametrize(
    "fault", ["no_tasks_chosen", "planned_in_past", "task_closed_meanwhile", "not_of_the_team"]
)
def test_all_of_them_or_none(agreement, resident, cast, fault):
    tasks = list(Task.objects.filter(resident=resident).open())
    facts = {"by": cast.li, "on": ON, "tasks": tasks, "planned_on": ON, "assigned_to": cast.wang}
    if fault == "no_tasks_chosen":
        facts["tasks"] = []
    elif fault == "planned_in_past":
        facts["planned_on"] = ON - DAY
    elif fault == "not_of_the_team":
        facts["assigned_to"] = cast.zhao
    else:
        closed(tasks[0], cast, on=ON)
    with pytest.raises(CannotAssignTasks) as no:
        assign_tasks(**facts)
    assert no.value.code == fault
    assert not Task.objects.filter(planned_on__isnull=False).exists()
