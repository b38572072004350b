"""One person's plans: read and locked together, moved on one after another. Sweeps over many are set-based, in ``opening``."""

from collections.abc import Collection
from dataclasses import dataclass
from datetime import date, datetime

from django.db import transaction

from care.actions.guarding import share
from care.actions.handovers import give_to_officers
from care.actions.windows import Case, answered, last_day_for, version_of
from care.choices import CloseReason, PlanState, TaskState
from care.models import Plan, Task
from care.queries.rules import Rulebook, rulebook_on
from care.queries.serving import Serving, serving
from care.rules.schedule import Slot, first_slot
from care.rules.tables import ServiceRule
from residents.models import Resident
from teams.models import User

WINDOW = ("anchor_on", "steps", "opens_on", "due_on", "closes_on", "expires_on")
_MOVED = ["sequence", "state", "version", *WINDOW]


@dataclass(frozen=True)
class Held:
    """Plans of one person, locked in the order of their rules, so that two entries for him wait for each other."""

    resident: int
    on: date
    book: Rulebook
    plans: dict[int, Plan]


def held(resident: int, *, on: date) -> Held:
    """Lock the plans of a person, inside the caller's transaction. Nobody sweeps meanwhile."""
    share()
    rows = Plan.objects.filter(resident=resident).select_related("enrollment__agreement", "rule")
    locked = rows.select_for_update(of=("self",)).order_by("rule_id")
    return Held(resident, on, rulebook_on(on), {one.rule_id: one for one in locked})


def slot_of(one: Plan | Task) -> Slot:
    """The window of a plan or task as the pure rules know it."""
    return Slot(one.sequence, *(getattr(one, name) for name in WINDOW))


def last_day(plan: Plan, rule: ServiceRule | None) -> date | None:
    """Where the promise behind a plan ends; None where that does not matter to its windows."""
    if plan.enrollment is None:
        return None
    if rule is None:
        return plan.enrollment.agreement.ends_on
    return last_day_for(rule, plan.enrollment.ends_on)


def after_missed(plan: Plan, slot: Slot, book: Rulebook, *, on: date) -> Slot | None:
    """What comes after an occurrence that is over."""
    until = last_day(plan, book.rules.get(plan.rule_id))
    return answered(
        Case("next", plan.rule_id, plan.version, slot.anchor_on, until, 0, slot), book=book, on=on
    )


def move(plan: Plan, slot: Slot | None, book: Rulebook) -> None:
    """Give a plan its next window, or none: the series is over."""
    plan.state = PlanState.RUNNING if slot else PlanState.FINISHED
    if slot:
        plan.sequence = slot.sequence
        plan.version = version_of(plan.rule_id, plan.version, book)
        for name in WINDOW:
            setattr(plan, name, getattr(slot, name))
    plan.save(update_fields=_MOVED)


def catch_up(plan: Plan, book: Rulebook, *, on: date) -> Task | None:
    """Pass over what has expired, each with its row, and open what is open; the task that opened, if one did."""
    while plan.state == PlanState.RUNNING and plan.expires_on < on:
        _write_task(plan, TaskState.MISSED)
        move(plan, after_missed(plan, slot_of(plan), book, on=on), book)
    if plan.state == PlanState.RUNNING and plan.opens_on <= on:
        return _write_task(plan, TaskState.DUE)
    return None


def task_of(plan: Plan, **facts: object) -> Task:
    """The task of a plan's occurrence, not yet written."""
    window = {name: getattr(plan, name) for name in WINDOW}
    return Task(
        resident_id=plan.resident_id, rule_id=plan.rule_id, sequence=plan.sequence, team_id=plan.team_id,
        urgency=plan.urgency, version=plan.version, **window, **facts,
    )  # fmt: skip


def _write_task(plan: Plan, state: TaskState) -> Task | None:
    """None if the occurrence has its row already; an open one that is given up only changes its state."""
    rows = Task.objects.filter(resident=plan.resident_id, rule=plan.rule_id, sequence=plan.sequence)
    if state == TaskState.MISSED and rows.open().update(state=state):
        return None
    task = task_of(plan, state=state)
    if rows.exists():
        return None
    task.save(force_insert=True)
    return task


def bring_back(plan: Plan, task: Task, book: Rulebook, *, on: date) -> None:
    """Make an occurrence the current one again; what had opened after it is taken away.

    It is as if it had never been closed: open if its days are not over, else missed.
    """
    later = Task.objects.filter(resident=plan.resident_id, rule=plan.rule_id, sequence__gt=task.sequence)
    later.open().delete()
    move(plan, slot_of(task), book)
    if task.opens_on > on:
        task.delete()
        return
    task.state, task.done_on, task.record, task.reason, task.note = TaskState.DUE, None, None, None, None
    task.closed_by, task.closed_at = None, None
    task.save(update_fields=["state", "done_on", "record", "reason", "note", "closed_by", "closed_at"])
    catch_up(plan, book, on=on)


def is_last(plan: Plan, task: Task) -> bool:
    """Whether nothing was built upon a closed task: its plan went on by one occurrence, or to the end of the series."""
    if plan.state == PlanState.FINISHED:
        return plan.sequence == task.sequence
    if plan.state != PlanState.RUNNING or plan.sequence != task.sequence + 1:
        return False
    rows = Task.objects.filter(resident=plan.resident_id, rule=plan.rule_id, sequence=plan.sequence)
    return not rows.exclude(state=TaskState.DUE).exists()


def start_rule(
    *, resident: int, code: str, anchor_on: date, because: str, by: User | None, on: date, now: datetime,
    started_by: str | None = None,
) -> bool:  # fmt: skip
    """Begin what a verdict, a reading or a referral asks for; False if it runs already or nobody serves the person.

    Args:
        anchor_on: the day of the visit that asked for it. because: one sentence, shown with the task.
        started_by: key of that record; voiding it ends the plan.
    """
    with transaction.atomic():
        return (
            begin(held(resident, on=on), code, anchor_on, because=because, started_by=started_by) is not None
        )


def begin(mine: Held, code: str, anchor_on: date, *, because: str, started_by: str | None) -> Plan | None:
    """The plan that was begun, its task opened if it is open; None if it runs already."""
    pk = mine.book.ids.get(code)
    rule = mine.book.rules.get(pk) if pk else None
    if pk is None or rule is None:
        return None
    former = mine.plans.get(pk)
    if former is not None and former.state in (PlanState.RUNNING, PlanState.PAUSED):
        return None
    served = _served(mine)
    sequence = former.sequence + 1 if former else 1
    slot = first_slot(rule, anchor_on, on=mine.on, sequence=sequence)
    if served is None or slot is None:
        return None
    plan = Plan(
        resident_id=mine.resident, rule_id=pk, sequence=slot.sequence, state=PlanState.RUNNING, team=served.team,
        enrollment=served.enrollment, urgency=rule.urgency, version=mine.book.versions[rule.program],
        because=because[:200], started_by=started_by, **{name: getattr(slot, name) for name in WINDOW},
    )  # fmt: skip
    plan.save(force_insert=former is None, force_update=former is not None)
    mine.plans[pk] = plan
    if catch_up(plan, mine.book, on=mine.on):
        give_to_officers(residents=[mine.resident])
    return plan


def _served(mine: Held) -> Serving | None:
    found = serving(Resident.objects.only("managing_team").get(pk=mine.resident), on=mine.on)
    return found if found.team else None


def end_rule(
    *, resident: int, code: str, reason: CloseReason, by: User | None, on: date, now: datetime, note: str = ""
) -> bool:
    """Take back what was begun by ``start_rule``: its open task is cancelled. False if it does not run."""
    with transaction.atomic():
        mine = held(resident, on=on)
        plan = mine.plans.get(mine.book.ids.get(code, 0))
        if plan is None or plan.state not in (PlanState.RUNNING, PlanState.PAUSED):
            return False
        stop([plan], reason, by=by, now=now, note=note)
        return True


def stop(
    plans: Collection[Plan], reason: CloseReason, *, by: User | None, now: datetime, note: str = ""
) -> None:
    """End plans and cancel what is open of them."""
    for plan in plans:
        plan.state = PlanState.ENDED
        plan.save(update_fields=["state"])
        Task.objects.filter(resident=plan.resident_id, rule=plan.rule_id).open().update(
            state=TaskState.CANCELLED, reason=reason, note=note[:200] or None, closed_by=by, closed_at=now
        )
