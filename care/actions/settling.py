"""Closing what a record proves, and taking it back when the record was wrong (P3).

Told late, a visit closes the occurrence in whose days it was; the plan only moves on from the newest visit.
"""

from collections.abc import Collection, Sequence
from dataclasses import dataclass, replace
from datetime import date, datetime, timedelta

from django.db import transaction
from django.utils import timezone

from care.actions.handovers import give_to_officers
from care.actions.planning import (
    Held,
    after_missed,
    begin,
    bring_back,
    catch_up,
    held,
    is_last,
    last_day,
    move,
    slot_of,
    stop,
    task_of,
)
from care.choices import CloseReason, PlanState, ScheduleKind, TaskState
from care.models import Contact, Plan, ServiceRecord, Task
from care.rules.conditions import proves
from care.rules.schedule import Slot, counts_early, slot_after_visit, slot_again
from care.rules.settling import DONE, Occurrence, how_done, opened_for, proven
from care.rules.tables import ServiceRule, Step, Verdict, allows
from contracts.models import ServiceItem
from teams.models import User

ONE_DAY = timedelta(days=1)
_ENDED_WITH = (CloseReason.AGREEMENT_ENDED, CloseReason.DECEASED, CloseReason.MOVED_OUT)
CONTACT = "contract.contact"  # the rule that every conversation with the resident satisfies (S2-18)


@dataclass(frozen=True)
class Settled:
    """What a record did to the plans.

    Attributes:
        closed: tasks it proves. opened: tasks that opened with it.
        items: codes of the services that the rules proven by it fulfil, whether promised or not.
        is_of_home: whether one of them asks it of the household as a whole.
        next_on: when the next visit of these rules is due, the earliest.
    """

    closed: tuple[Task, ...] = ()
    opened: tuple[Task, ...] = ()
    items: tuple[str, ...] = ()
    is_of_home: bool = False
    next_on: date | None = None


@dataclass(frozen=True)
class _Proof:
    """A visit or contact, by its key.

    Attributes:
        rules: ids of the programme rules it proves. items: ids of the services given with it.
        next_on, interval: what the doctor, or the class of the visit, says of the next one.
    """

    key: str
    done_on: date
    by: User | None
    now: datetime
    rules: Collection[int]
    items: Collection[int]
    next_on: date | None = None
    interval: Step | None = None


def settle(
    *, record: ServiceRecord, verdict: Verdict | None, by: User, on: date, now: datetime,
    items: Collection[int] = (),
) -> Settled:  # fmt: skip
    """Close what a record proves, move the plans on, and begin what its verdict asks for. A second time changes nothing.

    Args:
        items: ids of promised services that were given at the visit, beside those its rules stand for.
    """
    with transaction.atomic():
        mine = held(record.resident_id, on=on)
        rules = [
            pk for pk, rule in mine.book.rules.items()
            if proves(rule, record.form, record.mode, record.values) or _is_talk(rule, record, mine)
        ]  # fmt: skip
        interval = verdict.interval if verdict else None
        proof = _Proof(
            record.key, record.done_on, by, now, rules, items, next_on=record.next_on, interval=interval
        )
        settled = _settle(mine, proof)
        if verdict is None or not verdict.starts or _is_outdated(record):
            return settled
        begun = [
            begin(mine, code, record.done_on, because=verdict.sentence, started_by=record.key)
            for code in verdict.starts
            if not _is_over(mine, code, record.key)
        ]
        return replace(settled, opened=(*settled.opened, *_open_of(plan for plan in begun if plan)))


def settle_contact(*, contact: Contact, by: User, on: date, now: datetime) -> Settled:
    """Close what a conversation alone satisfies; whoever calls has judged that it counts as one (S2-18)."""
    with transaction.atomic():
        mine = held(contact.resident_id, on=on)
        pk = mine.book.ids.get(CONTACT)
        rule = mine.book.rules.get(pk) if pk else None
        rules = [pk] if pk and rule and allows(rule, contact.mode) else []
        return _settle(mine, _Proof(f"contact:{contact.pk}", contact.contacted_on, by, now, rules, ()))


def settle_services(
    *,
    resident: int,
    items: Collection[int],
    key: str,
    done_on: date,
    by: User | None,
    on: date,
    now: datetime,
) -> Settled:
    """Close what promised services (ids) satisfy that no record of this person proves: written down by hand, or given to
    his household. A second time changes nothing; ``unsettle`` takes it back."""
    with transaction.atomic():
        return _settle(held(resident, on=on), _Proof(key, done_on, by, now, (), items))


def _is_talk(rule: ServiceRule, record: ServiceRecord, mine: Held) -> bool:
    return (
        rule.code == CONTACT and allows(rule, record.mode) and Contact.objects.filter(record=record).exists()
    )


def _is_over(mine: Held, code: str, key: str) -> bool:
    """Whether what this very record began was done or missed since: a correction does not ask for it again."""
    plan = mine.plans.get(mine.book.ids.get(code, 0))
    return plan is not None and plan.started_by == key and plan.state == PlanState.FINISHED


def _is_outdated(record: ServiceRecord) -> bool:
    """A later visit of the same form has judged anew: what this one would begin is not asked for any more."""
    same = ServiceRecord.objects.standing().filter(resident=record.resident_id, form=record.form)
    return same.filter(done_on__gt=record.done_on).exists()


def _settle(mine: Held, proof: _Proof) -> Settled:
    usual = [pk for pk in proof.rules if not mine.book.rules[pk].trigger.startswith("verdict:")]
    codes = {code for pk in usual for code in mine.book.rules[pk].items}
    given = {
        *proof.items,
        *ServiceItem.objects.filter(code__in=codes, owner=None).values_list("pk", flat=True),
    }
    plans = [one for pk, one in mine.plans.items() if pk in proof.rules or one.rule.item_id in given]
    tasks = _tasks_of(plans)
    closed, opened = [], []
    for plan in plans:
        done, following = _prove(plan, tasks.get(plan.rule_id, []), proof, mine)
        closed += [done] if done else []
        opened += [following] if following else []
    if opened:
        give_to_officers(residents=[mine.resident])
    # The next quarter's call is no next visit: a yearly check-up is not due again in three months.
    visits = set(proof.rules) - {mine.book.ids.get(CONTACT)}
    coming = [one.due_on for one in plans if one.rule_id in visits and one.state == PlanState.RUNNING]
    # A visit is the one after an unsatisfactory one only where such a task was there to be closed.
    asked_for = {pk for pk, some in tasks.items() if any(one.record == proof.key for one in some)}
    for pk in {one.rule_id for one in closed} | asked_for:
        codes.update(mine.book.rules[pk].items if pk in proof.rules else ())
    of_home = any(mine.book.rules[pk].trigger == "household" for pk in proof.rules)
    return Settled(tuple(closed), tuple(opened), tuple(sorted(codes)), of_home, min(coming, default=None))


def _tasks_of(plans: Sequence[Plan]) -> dict[int, list[Task]]:
    """By rule. One query."""
    found: dict[int, list[Task]] = {}
    if plans:
        rows = Task.objects.filter(resident=plans[0].resident_id, rule__in=[one.rule_id for one in plans])
        for one in rows.order_by("rule_id", "sequence"):
            found.setdefault(one.rule_id, []).append(one)
    return found


def _prove(plan: Plan, tasks: list[Task], proof: _Proof, mine: Held) -> tuple[Task | None, Task | None]:
    """The task that the visit closes, and the one that opens with that."""
    if plan.started_by == proof.key or any(one.record == proof.key for one in tasks):
        return None, None
    if plan.state == PlanState.RUNNING and plan.expires_on < proof.done_on:
        catch_up(plan, mine.book, on=proof.done_on)  # the night has not been here yet
        tasks = _tasks_of([plan]).get(plan.rule_id, [])
    task = _proven_task(plan, tasks, proof, mine)
    if task is None:
        return None, None
    last = max((one.done_on for one in tasks if one.done_on and one.state in DONE), default=None)
    _close(task, proof)
    if plan.state != PlanState.RUNNING:
        return task, None
    if task.sequence == plan.sequence:
        move(plan, _following(plan, task, proof, mine), mine.book)
    elif task.sequence == plan.sequence - 1 and (last is None or proof.done_on > last):
        _count_anew(plan, task, proof, mine)
    return task, catch_up(plan, mine.book, on=mine.on)


def _proven_task(plan: Plan, tasks: list[Task], proof: _Proof, mine: Held) -> Task | None:
    rule = mine.book.rules.get(plan.rule_id)
    has_row = any(one.sequence == plan.sequence for one in tasks)
    coming = plan.opens_on if plan.state == PlanState.RUNNING and not has_row else None
    sequence = proven(
        [
            Occurrence(
                one.sequence, _state_for_proof(one, plan, proof), one.opens_on, one.expires_on, one.done_on
            )
            for one in tasks
        ],
        proof.done_on,
        coming=coming,
        counts_early=rule is None or counts_early(rule),
        not_before=_first_day(plan, rule, tasks),
    )
    if sequence is None and coming is not None and coming <= proof.done_on <= plan.expires_on:
        sequence = 0  # its days have begun, and no sweep was here yet
    if sequence == 0:
        return task_of(plan)
    return next((one for one in tasks if one.sequence == sequence), None)


def _state_for_proof(task: Task, plan: Plan, proof: _Proof) -> TaskState:
    """What ended with the promise, or with the person, counts as given up: a visit of the days before may be told late."""
    if task.state != TaskState.CANCELLED or task.reason not in _ENDED_WITH or task.closed_at is None:
        return TaskState(task.state)
    ended_on = timezone.localdate(task.closed_at)  # noqa: TID251  # the day of a given moment, not the clock
    if plan.enrollment:
        ended_on = min(ended_on, plan.enrollment.ends_on)
    return TaskState.MISSED if proof.done_on <= ended_on else TaskState.CANCELLED


def _first_day(plan: Plan, rule: ServiceRule | None, tasks: Sequence[Task]) -> date | None:
    """An earlier visit belongs to what was before: to another promise, or to the day that asked for a second visit. What
    a renewal carried on goes on counting from the visit before."""
    if rule is not None and rule.schedule.kind == ScheduleKind.ONCE:
        return plan.anchor_on + ONE_DAY
    if rule is not None and any(one.state in DONE for one in tasks):
        return None
    return min(plan.anchor_on, plan.enrollment.starts_on) if plan.enrollment else None


def _close(task: Task, proof: _Proof) -> None:
    task.state = how_done(proof.done_on, task.closes_on)
    task.done_on, task.record = proof.done_on, proof.key
    task.reason, task.note = None, None
    task.closed_by, task.closed_at = proof.by, proof.now
    task.save()


def _following(plan: Plan, task: Task, proof: _Proof, mine: Held) -> Slot | None:
    """The next window after a visit: by the rule, by the class of the visit, or on the day that the doctor named."""
    rule, slot = mine.book.rules.get(plan.rule_id), slot_of(task)
    if rule is None or (slot.opens_on > proof.done_on and not counts_early(rule)):
        return after_missed(plan, slot, mine.book, on=mine.on)
    year = Task.objects.filter(
        resident=plan.resident_id, rule=plan.rule_id, state__in=DONE, done_on__year=proof.done_on.year
    )
    following = slot_after_visit(
        rule,
        slot,
        proof.done_on,
        done_this_year=year.count(),
        interval=proof.interval,
        until=last_day(plan, rule),
    )
    if following is None or proof.next_on is None or rule.schedule.kind != ScheduleKind.INTERVAL:
        return following
    return _on_the_day(rule, following, proof)


def _on_the_day(rule: ServiceRule, following: Slot, proof: _Proof) -> Slot:
    """What the doctor agreed with the person counts, unless it is later than the rule accepts as in time."""
    day = proof.next_on
    if day is None or not proof.done_on < day <= following.closes_on or day == following.due_on:
        return following
    named = slot_again(rule, replace(following, anchor_on=day, steps=0))
    if named is None:
        return following
    closes = min(named.closes_on, max(following.closes_on, day))
    return replace(named, opens_on=opened_for(named.opens_on, proof.done_on, day), closes_on=closes)


def _count_anew(plan: Plan, task: Task, proof: _Proof, mine: Held) -> None:
    """A visit written down late, after its occurrence was given up: what follows counts from the visit after all."""
    rule = mine.book.rules.get(plan.rule_id)
    if rule is None or rule.schedule.kind != ScheduleKind.INTERVAL:
        return
    following = _following(plan, task, proof, mine)
    if following is None:
        return
    Task.objects.filter(resident=plan.resident_id, rule=plan.rule_id, sequence=plan.sequence).open().delete()
    rows = Task.objects.filter(resident=plan.resident_id, rule=plan.rule_id, sequence=plan.sequence)
    if not rows.exists():
        move(plan, replace(following, sequence=plan.sequence), mine.book)


def _open_of(plans: object) -> list[Task]:
    keys = [(one.resident_id, one.rule_id, one.sequence) for one in plans]  # type: ignore[attr-defined]
    return [one for key in keys for one in Task.objects.open().filter(pk=key)]


def unsettle(key: str, *, by: User | None, on: date, now: datetime) -> int:
    """Take back what a record proved and what its verdict began; how many tasks that were. A second time changes nothing.

    The occurrence is open again if its days are not over, and missed if they are. What was done after it stays.
    """
    with transaction.atomic():
        residents = {
            *Task.objects.filter(record=key).values_list("resident", flat=True),
            *Plan.objects.filter(started_by=key).values_list("resident", flat=True),
        }
        return sum(_unsettle(held(one, on=on), key, by=by, now=now) for one in sorted(residents))


def _unsettle(mine: Held, key: str, *, by: User | None, now: datetime) -> int:
    begun = [
        one for one in mine.plans.values()
        if one.started_by == key and one.state in (PlanState.RUNNING, PlanState.PAUSED)
    ]  # fmt: skip
    stop(begun, CloseReason.RECORD_VOIDED, by=by, now=now)
    tasks = list(Task.objects.filter(resident=mine.resident, record=key).order_by("rule_id", "sequence"))
    for task in tasks:
        plan = mine.plans.get(task.rule_id)
        if plan is not None and is_last(plan, task):
            bring_back(plan, task, mine.book, on=mine.on)
        else:
            _set_back(task, on=mine.on, now=now)
    return len(tasks)


def _set_back(task: Task, *, on: date, now: datetime) -> None:
    """An occurrence that others followed, or whose plan has ended: not done, and not to be done any more."""
    is_over = task.expires_on < on
    task.state = TaskState.MISSED if is_over else TaskState.CANCELLED
    task.reason = None if is_over else CloseReason.RECORD_VOIDED
    task.closed_at = None if is_over else now
    task.done_on, task.record, task.closed_by = None, None, None
    task.save(update_fields=["state", "reason", "closed_at", "done_on", "record", "closed_by"])
