"""What people do to tasks by hand: plan a day and a colleague, close with a reason, open again."""

from collections.abc import Sequence
from datetime import date, datetime

from django.db import transaction

from care.actions.planning import after_missed, bring_back, catch_up, held, is_last, move, slot_of
from care.choices import CloseReason, PlanState, TaskState
from care.models import Plan, Task
from core.refusals import Refusal
from core.text import tidy
from teams.models import TeamMembership, User

# What a person may say, and what becomes of the task with it.
BY_HAND = {
    CloseReason.NOT_REACHED: TaskState.LOST,
    CloseReason.RESIDENT_REFUSED: TaskState.REFUSED,
    CloseReason.DONE_ELSEWHERE: TaskState.CANCELLED,
    CloseReason.NOT_SUITABLE: TaskState.CANCELLED,
    CloseReason.OTHER: TaskState.CANCELLED,
}


class CannotCloseTask(Refusal):
    """The task stays open."""


class CannotReopenTask(Refusal):
    """The task stays closed."""


class CannotAssignTasks(Refusal):
    """No task was planned."""


def close_task(*, by: User, on: date, now: datetime, task: Task, reason: CloseReason, note: str = "") -> Task:
    """Close one occurrence without the record it asks for; the next one comes in its time.

    Raises:
        CannotCloseTask: closed already, a reason that is not a person's to give, or "other" without a word.
    """
    reason, note = CloseReason(reason), tidy(note)[:200]
    if reason not in BY_HAND:
        raise CannotCloseTask("close_reason", "请选择关闭原因。", field="reason")
    if reason == CloseReason.OTHER and not note:
        raise CannotCloseTask("close_note", "关闭原因选“其他”时，请写明具体情况。", field="note")
    with transaction.atomic():
        mine = held(task.resident_id, on=on)
        now_held = _locked(task)
        if now_held.state != TaskState.DUE:
            said = now_held.get_state_display()
            raise CannotCloseTask("task_not_open", f"该任务已是“{said}”，不用再关闭。请刷新页面。")
        now_held.state, now_held.reason, now_held.note = BY_HAND[reason], reason, note or None
        now_held.closed_by, now_held.closed_at = by, now
        now_held.save(update_fields=["state", "reason", "note", "closed_by", "closed_at"])
        plan = mine.plans.get(task.rule_id)
        if plan and plan.state == PlanState.RUNNING and plan.sequence == now_held.sequence:
            move(plan, after_missed(plan, slot_of(now_held), mine.book, on=on), mine.book)
            catch_up(plan, mine.book, on=on)
    return now_held


def reopen_task(*, by: User, on: date, now: datetime, task: Task, note: str = "") -> Task:
    """Take back that a task was closed by hand, while its days last and nothing has followed.

    Raises:
        CannotReopenTask: not closed by hand, its days are over, or the next occurrence was dealt with already.
    """
    with transaction.atomic():
        mine = held(task.resident_id, on=on)
        now_held = _locked(task)
        if now_held.state not in BY_HAND.values() or now_held.reason not in BY_HAND:
            raise CannotReopenTask("task_not_closed_by_hand", "只有人工关闭的任务可以重新打开。")
        if now_held.expires_on < on:
            raise CannotReopenTask(
                "task_is_over", f"补办期已过（{now_held.expires_on:%Y-%m-%d}），不能重新打开。"
            )
        plan: Plan | None = mine.plans.get(task.rule_id)
        if plan is None or not is_last(plan, now_held):
            raise CannotReopenTask("task_was_followed", "后面一次已经办理或计划已终止，不能重新打开。")
        bring_back(plan, now_held, mine.book, on=on)
    return now_held


def assign_tasks(
    *, by: User, on: date, tasks: Sequence[Task], planned_on: date | None, assigned_to: User | None
) -> int:
    """Plan many open tasks at once: the day, and who goes; how many. All of them or none. Four queries.

    Raises:
        CannotAssignTasks: none chosen, one closed meanwhile, a day that is over, or somebody who is not of the team.
    """
    if not tasks:
        raise CannotAssignTasks("no_tasks_chosen", "请勾选要安排的任务。", field="tasks")
    if planned_on and planned_on < on:
        raise CannotAssignTasks("planned_in_past", "计划日期不能早于今天。", field="planned_on")
    keys = [one.pk for one in tasks]
    with transaction.atomic():
        rows = Task.objects.open().filter(pk__in=keys)
        found = list(rows.select_for_update(of=("self",)).order_by("resident_id", "rule_id", "sequence"))
        if len(found) != len(set(keys)):
            raise CannotAssignTasks(
                "task_closed_meanwhile", "所选任务中有的已经办结，请刷新页面后重选。", field="tasks"
            )
        if assigned_to and not _works_in_all(assigned_to, {one.team_id for one in found}, on=on):
            raise CannotAssignTasks(
                "not_of_the_team", "承办人须是负责团队的成员，请重选。", field="assigned_to"
            )
        return rows.update(planned_on=planned_on, assigned_to=assigned_to)


def _works_in_all(user: User, teams: set[int], *, on: date) -> bool:
    posts = TeamMembership.objects.active_on(on).filter(user=user, team__in=teams)
    return len(set(posts.values_list("team", flat=True))) == len(teams)


def _locked(task: Task) -> Task:
    rows = Task.objects.select_for_update(of=("self",)).select_related("rule", "team")
    return rows.get(resident=task.resident_id, rule=task.rule_id, sequence=task.sequence)
