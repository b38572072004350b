"""What a visit closes, when the next one is due, and that telling it twice or taking it back leaves no trace."""

import datetime as dt

import pytest

from care.actions import miss_tasks, open_tasks, settle, start_rule, unsettle
from care.choices import CloseReason, PlanState, ServiceMode, TaskState
from care.models import Plan, Task
from care.rules.tables import Step, Verdict
from contracts.choices import TerminationReason
from residents.choices import Population
from tests.factories.contracts import sign_agreement
from tests.factories.planning import (
    flagged,
    noon,
    plan_of,
    planned,
    record_of,
    tasks_of,
    terms_of_three_years,
)

pytestmark = pytest.mark.django_db
ON = dt.date(2027, 1, 10)
DAY = dt.timedelta(days=1)
ROUTINE, REVISIT, REFERRAL = "hypertension.routine", "hypertension.revisit", "hypertension.referral"
POOR = Verdict("unsatisfied", "控制不满意", "两周内再随访。", starts=(REVISIT,))


@pytest.fixture
def agreement(resident, cast):
    flagged(resident, Population.HYPERTENSION, ON)
    terms_of_three_years()
    made = sign_agreement(resident, cast.team_a, cast.li, on=ON, term_years=3)
    planned(resident, on=ON)
    return made


@pytest.fixture
def visit(resident, agreement, cast):
    """A visit on a day, written down then or later."""

    def record(done_on, *, on=None, form="htn_follow_up", verdict=None, **facts):
        made = record_of(resident, agreement, cast.li, form=form, done_on=done_on, **facts)
        day = on or done_on
        return made, settle(record=made, verdict=verdict, by=cast.li, on=day, now=noon(day))

    return record


def snapshot(resident):
    plans = Plan.objects.filter(resident=resident).order_by("rule_id")
    tasks = Task.objects.filter(resident=resident).order_by("rule_id", "sequence")
    columns = ("sequence", "state", "anchor_on", "steps", "opens_on", "due_on", "closes_on", "expires_on")
    return list(plans.values_list("rule_id", *columns)), list(
        tasks.values_list("rule_id", *columns, "record", "done_on")
    )


def test_a_visit_in_its_window_is_done_and_the_next_counts_from_it(resident, visit):
    plan = plan_of(resident, ROUTINE)
    day = plan.due_on - 2 * DAY
    record, settled = visit(day)
    (task,) = tasks_of(resident, ROUTINE)
    assert (task.state, task.done_on, task.record) == (TaskState.DONE, day, record.key)
    assert task in settled.closed
    following = plan_of(resident, ROUTINE)
    assert following.sequence == plan.sequence + 1
    assert following.opens_on > day
    assert settled.next_on == following.due_on
    assert "htn_followup" in settled.items


@pytest.mark.parametrize(("late", "state"), [(0, TaskState.DONE), (1, TaskState.DONE_LATE)])
def test_after_the_last_day_in_time_it_is_late(resident, visit, late, state):
    visit(plan_of(resident, ROUTINE).closes_on + late * DAY)
    assert tasks_of(resident, ROUTINE)[0].state == state


def test_a_visit_before_its_window_counts_and_has_its_row(resident, visit):
    plan = plan_of(resident, ROUTINE)
    day = plan.opens_on - 5 * DAY
    visit(day)
    (task,) = tasks_of(resident, ROUTINE)
    assert (task.state, task.opens_on, task.done_on) == (TaskState.DONE, plan.opens_on, day)
    assert plan_of(resident, ROUTINE).sequence == plan.sequence + 1


def test_a_second_check_up_in_a_year_is_not_next_years(resident, visit):
    visit(ON + 30 * DAY, form="check_up")
    after = plan_of(resident, "hypertension.check_up")
    _, settled = visit(ON + 200 * DAY, form="check_up")
    assert plan_of(resident, "hypertension.check_up").sequence == after.sequence
    assert [one.rule.code for one in settled.closed if one.rule.code == "hypertension.check_up"] == []


def test_a_telephone_call_is_no_face_to_face_visit(resident, visit):
    _, settled = visit(plan_of(resident, ROUTINE).due_on, mode=ServiceMode.PHONE)
    assert tasks_of(resident, ROUTINE) == [] and settled.closed == ()


def test_settling_twice_changes_nothing(resident, visit, cast):
    record, _ = visit(plan_of(resident, ROUTINE).due_on, verdict=POOR)
    before = snapshot(resident)
    day = record.done_on
    again = settle(record=record, verdict=POOR, by=cast.li, on=day, now=noon(day))
    assert snapshot(resident) == before
    assert (again.closed, again.opened) == ((), ())


def test_taking_back_restores_everything(resident, visit, cast):
    day = plan_of(resident, ROUTINE).due_on
    open_tasks(on=day)
    before = snapshot(resident)
    record, _ = visit(day)
    assert unsettle(record.key, by=cast.li, on=day, now=noon(day)) >= 1
    assert snapshot(resident) == before
    assert unsettle(record.key, by=cast.li, on=day, now=noon(day)) == 0


def test_an_early_visit_taken_back_leaves_no_row(resident, visit, cast):
    day = plan_of(resident, ROUTINE).opens_on - 5 * DAY
    before = snapshot(resident)
    record, _ = visit(day)
    unsettle(record.key, by=cast.li, on=day, now=noon(day))
    assert snapshot(resident) == before


def test_taken_back_after_its_days_it_was_missed(resident, visit, cast):
    plan = plan_of(resident, ROUTINE)
    record, _ = visit(plan.due_on)
    later = plan.expires_on + 3 * DAY
    unsettle(record.key, by=cast.li, on=later, now=noon(later))
    first, second = tasks_of(resident, ROUTINE)
    assert (first.state, first.record) == (TaskState.MISSED, None)
    assert (second.state, second.opens_on) == (TaskState.DUE, plan.expires_on + DAY)


def test_what_was_done_afterwards_stays_when_the_first_is_taken_back(resident, visit, cast):
    first, _ = visit(plan_of(resident, ROUTINE).due_on)
    second, _ = visit(plan_of(resident, ROUTINE).due_on)
    plan = plan_of(resident, ROUTINE)
    unsettle(first.key, by=cast.li, on=second.done_on, now=noon(second.done_on))
    rows = tasks_of(resident, ROUTINE)
    assert rows[0].state in (TaskState.MISSED, TaskState.CANCELLED) and rows[0].record is None
    assert rows[1].record == second.key
    assert plan_of(resident, ROUTINE).due_on == plan.due_on


def test_an_older_visit_told_late_does_not_move_the_plan_backwards(resident, visit):
    first = plan_of(resident, ROUTINE)
    newest, _ = visit(first.due_on)
    plan = plan_of(resident, ROUTINE)
    visit(first.due_on - 3 * DAY, on=first.due_on + DAY)
    assert plan_of(resident, ROUTINE).due_on == plan.due_on
    assert [one.record for one in tasks_of(resident, ROUTINE)] == [newest.key]


def test_a_missed_one_told_late_is_done_after_all_and_the_next_counts_from_it(resident, visit):
    first = plan_of(resident, ROUTINE)
    later = first.expires_on + 5 * DAY
    miss_tasks(on=later)
    assert [one.state for one in tasks_of(resident, ROUTINE)] == [TaskState.MISSED, TaskState.DUE]
    day = first.closes_on
    visit(day, on=later)
    rows = tasks_of(resident, ROUTINE)
    assert (rows[0].state, rows[0].done_on) == (TaskState.DONE, day)
    assert len([one for one in rows if one.state == TaskState.DUE]) <= 1
    plan = plan_of(resident, ROUTINE)
    assert (plan.sequence, plan.opens_on > day) == (first.sequence + 1, True)


def test_a_poor_result_starts_the_revisit_and_the_revisit_closes_it(resident, visit):
    day = plan_of(resident, ROUTINE).due_on
    record, _settled = visit(day, verdict=POOR)
    revisit = plan_of(resident, REVISIT)
    assert (revisit.state, revisit.due_on, revisit.started_by) == (
        PlanState.RUNNING,
        day + 14 * DAY,
        record.key,
    )
    assert revisit.because == POOR.sentence
    assert "two_week_revisit" not in _settled.items
    _record, settled = visit(day + 12 * DAY)
    assert "two_week_revisit" in settled.items
    (task,) = tasks_of(resident, REVISIT)
    assert task.state == TaskState.DONE
    assert plan_of(resident, REVISIT).state == PlanState.FINISHED


def test_a_second_poor_result_begins_another_occurrence(resident, visit):
    day = plan_of(resident, ROUTINE).due_on
    visit(day, verdict=POOR)
    again, _ = visit(day + 12 * DAY, verdict=POOR)
    plan = plan_of(resident, REVISIT)
    assert (plan.state, plan.sequence, plan.started_by) == (PlanState.RUNNING, 2, again.key)


def test_voiding_the_visit_ends_what_it_began(resident, visit, cast):
    day = plan_of(resident, ROUTINE).due_on
    record, _ = visit(day, verdict=POOR)
    open_tasks(on=day + 2 * DAY)
    unsettle(record.key, by=cast.li, on=day + 2 * DAY, now=noon(day))
    assert plan_of(resident, REVISIT).state == PlanState.ENDED
    (task,) = tasks_of(resident, REVISIT)
    assert (task.state, task.reason) == (TaskState.CANCELLED, CloseReason.RECORD_VOIDED)


def test_an_older_visit_told_late_begins_nothing(resident, visit):
    day = plan_of(resident, ROUTINE).due_on
    visit(day)
    visit(day - 2 * DAY, on=day + DAY, verdict=POOR)
    assert not Plan.objects.filter(resident=resident, rule__code=REVISIT).exists()


def test_the_class_of_the_visit_decides_the_interval(resident, visit):
    day = plan_of(resident, ROUTINE).due_on
    visit(day, verdict=Verdict("x", "x", "x", interval=Step(months=1)))
    assert plan_of(resident, ROUTINE).due_on <= day + 31 * DAY


def test_the_day_that_was_agreed_counts(resident, visit):
    day = plan_of(resident, ROUTINE).due_on
    visit(day, next_on=day + 60 * DAY)
    plan = plan_of(resident, ROUTINE)
    assert plan.due_on == day + 60 * DAY
    assert plan.opens_on <= plan.due_on <= plan.closes_on <= plan.expires_on


def test_a_day_beyond_what_the_rule_accepts_does_not(resident, visit):
    day = plan_of(resident, ROUTINE).due_on
    visit(day, next_on=day + 300 * DAY)
    assert plan_of(resident, ROUTINE).due_on < day + 110 * DAY


def test_a_promised_service_that_was_ticked_is_done(resident, agreement, cast):
    plan = Plan.objects.get(resident=resident, rule__item__code="health_plan")
    record = record_of(resident, agreement, cast.li, form="health_plan", done_on=ON)
    settle(record=record, verdict=None, by=cast.li, on=ON, now=noon(ON), items=[plan.rule.item_id])
    assert Task.objects.get(resident=resident, rule=plan.rule).state == TaskState.DONE


def test_the_next_visit_is_not_the_next_quarters_call(resident, visit):
    """The visit counts as this quarter's contact as well; what is told as next is the visit's own rule."""
    _record, settled = visit(plan_of(resident, ROUTINE).due_on)
    assert settled.next_on == plan_of(resident, ROUTINE).due_on


def test_what_runs_already_is_not_begun_twice(resident, agreement, cast):
    facts = {
        "resident": resident.pk,
        "code": REFERRAL,
        "anchor_on": ON,
        "by": cast.li,
        "on": ON,
        "now": noon(ON),
    }
    assert start_rule(because="转诊", **facts)
    assert not start_rule(because="再转诊", **facts)
    assert plan_of(resident, REFERRAL).because == "转诊"


def test_a_visit_takes_few_statements(resident, visit, django_assert_max_num_queries):
    day = plan_of(resident, ROUTINE).due_on
    with django_assert_max_num_queries(60):
        visit(day, verdict=POOR)


def test_a_visit_told_after_the_agreement_ended_is_done_after_all(resident, agreement, visit, cast):
    plan = plan_of(resident, ROUTINE)
    open_tasks(on=plan.due_on)
    ended = plan.due_on + 2 * DAY
    agreement.enrollments.update(
        state="terminated", ends_on=ended, end_reason=TerminationReason.RESIDENT_REQUEST
    )
    planned(resident, on=ended + DAY)
    assert tasks_of(resident, ROUTINE)[0].state == TaskState.CANCELLED
    visit(ended + DAY, on=ended + 2 * DAY)  # nobody promised that any more
    assert tasks_of(resident, ROUTINE)[0].state == TaskState.CANCELLED
    visit(plan.due_on, on=ended + 3 * DAY)
    assert tasks_of(resident, ROUTINE)[0].state == TaskState.DONE


def test_a_visit_before_a_renewal_counts_although_it_is_told_after(resident, agreement, visit, cast):
    visit(ON + 20 * DAY)
    plan = plan_of(resident, ROUTINE)
    renewed = plan.opens_on - 3 * DAY
    agreement.enrollments.update(starts_on=renewed)  # as the enrolment that the plan was carried on to
    visit(renewed - DAY, on=renewed + DAY)
    assert [one.done_on for one in tasks_of(resident, ROUTINE)] == [ON + 20 * DAY, renewed - DAY]


def test_what_a_record_began_and_was_done_is_not_begun_again_by_its_correction(
    resident, agreement, visit, cast
):
    worse = Verdict("emergency", "危急情况", "立即转诊。", starts=(REFERRAL,))
    record, _ = visit(ON + 30 * DAY, verdict=worse)
    visit(ON + 35 * DAY, form="referral_check", mode=ServiceMode.PHONE)
    assert plan_of(resident, REFERRAL).state == PlanState.FINISHED
    on = ON + 36 * DAY
    unsettle(record.key, by=cast.li, on=on, now=noon(on))
    settle(record=record, verdict=worse, by=cast.li, on=on, now=noon(on))
    assert plan_of(resident, REFERRAL).state == PlanState.FINISHED
