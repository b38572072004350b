"""Tasks as rows of a list: who, what, why, until when, and what was measured last."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import date
from typing import Any

from care.choices import Part, TaskState, Urgency
from care.models import Plan, ServiceRecord, Task
from care.queries.rule_cards import RuleCard, RuleCards
from care.queries.verdicts import verdict_named
from care.rules.worklist import Reason, part_of, reasons_for
from contracts.models import Enrollment, ServiceItem
from contracts.queries.promised import promised_pairs
from core.dates import age_on
from residents.choices import RiskColor
from residents.models import Resident, RiskTier


@dataclass(frozen=True)
class Last:
    """What the record before found; ``is_abnormal`` if its class asked for more than the usual."""

    words: str
    done_on: date
    is_abnormal: bool


@dataclass(frozen=True)
class TaskRow:
    """One task as it stands in a list.

    Attributes:
        key: names it in a form: resident, rule, sequence.
    """

    task: Task
    rule: RuleCard
    person: Resident
    age: int | None
    reasons: tuple[Reason, ...]
    part: Part
    last: Last | None

    @property
    def key(self) -> str:
        return f"{self.task.resident_id}-{self.task.rule_id}-{self.task.sequence}"

    @property
    def name(self) -> str:
        return self.rule.name_of(self.task.sequence)

    @property
    def is_overdue(self) -> bool:
        return self.part == Part.OVERDUE


@dataclass(frozen=True)
class Unit:
    """Rows that belong together: of one person, of one household, or all of a page (``title`` "").

    Attributes:
        heading: grid and house, where a new one begins on a route.
        place: where the door is. household: its id, None for a person without one.
    """

    title: str
    heading: str
    place: str
    household: int | None
    resident: int | None
    rows: list[TaskRow]


def task_rows(tasks: Iterable[Task], cards: RuleCards, *, on: date) -> list[TaskRow]:
    """Seven queries, however many tasks."""
    shown = [one for one in tasks if one.rule_id in cards.by_id]
    ids = sorted({one.resident_id for one in shown})
    people = {one.pk: one for one in _people(ids)}
    plans = {
        (one.resident_id, one.rule_id, one.sequence): one
        for one in Plan.objects.filter(resident__in=ids, rule__in={one.rule_id for one in shown})
    }
    red = set(
        RiskTier.objects.running()
        .filter(resident__in=ids, color=RiskColor.RED)
        .values_list("resident_id", flat=True)
    )
    promised = promised_codes(plans.values())
    last = _last_records(ids, {cards.by_id[one.rule_id].form for one in shown}, cards)
    return [
        _row(one, people[one.resident_id], cards.by_id[one.rule_id], plans, red, promised, last, on)
        for one in shown
        if one.resident_id in people
    ]


def _people(ids: list[int]) -> Iterable[Resident]:
    return (
        Resident.objects.filter(pk__in=ids)
        .select_related("grid__village", "household__dwelling__building")
        .only(
            "name", "sex", "born_on", "address", "household__number", "household__address", "grid__name",
            "grid__code", "grid__village__name", "household__dwelling__unit", "household__dwelling__room",
            "household__dwelling__building__name",
        )
    )  # fmt: skip


def _row(
    task: Task,
    person: Resident,
    rule: RuleCard,
    plans: Mapping[Any, Plan],
    red: set[int],
    promised: set[tuple[int | None, str]],
    last: Mapping[tuple[int, str], Last],
    on: date,
) -> TaskRow:
    plan = plans.get((task.resident_id, task.rule_id, task.sequence))
    return TaskRow(
        task=task,
        rule=rule,
        person=person,
        age=age_on(person.born_on, on) if person.born_on else None,
        reasons=reasons_for(
            urgency=task.urgency,
            because=plan.because if plan and not rule.is_restricted else "",
            closes_on=task.closes_on if task.state == TaskState.DUE else None,
            is_red=person.pk in red,
            is_promised=any((plan.enrollment_id, code) in promised for code in rule.items) if plan else False,
            on=on,
        ),
        part=part_of(due_on=task.due_on, closes_on=task.closes_on, planned_on=task.planned_on, on=on),
        last=None if rule.is_restricted else last.get((person.pk, rule.form)),
    )


def promised_codes(plans: Iterable[Plan]) -> set[tuple[int | None, str]]:
    """(enrolment, code of the service) of what the agreements behind these plans promise. Three queries."""
    ids = {one.enrollment_id for one in plans if one.enrollment_id}
    agreement_of = dict(Enrollment.objects.filter(pk__in=ids).values_list("pk", "agreement_id"))
    pairs = promised_pairs(list(set(agreement_of.values())))
    codes = dict(ServiceItem.objects.filter(pk__in={item for _, _, item in pairs}).values_list("pk", "code"))
    return {(who, codes[item]) for _, who, item in pairs if who}


def _last_records(ids: list[int], forms: set[str], cards: RuleCards) -> dict[tuple[int, str], Last]:
    """The newest standing record of each person and form, by its index."""
    found = (
        ServiceRecord.objects.standing()
        .filter(resident__in=ids, form__in=forms)
        .order_by("resident", "form", "-done_on", "-pk")
        .distinct("resident", "form")
    )
    return {(one.resident_id, one.form): _last(one, cards) for one in found}


def _last(record: ServiceRecord, cards: RuleCards) -> Last:
    values = record.values
    words = []
    if values.get("sbp") and values.get("dbp"):
        words.append(f"{values['sbp']}/{values['dbp']}")
    glucose = values.get("glucose_fasting") or values.get("glucose_random")
    if glucose:
        words.append(f"血糖 {glucose}")
    verdict = verdict_named(cards.tables.get(record.program), record.form, record.verdict)
    is_abnormal = verdict is not None and (verdict.refer or verdict.urgency > Urgency.ROUTINE)
    return Last("，".join(words), record.done_on, is_abnormal)


def units(
    rows: list[TaskRow], order: list[int], *, by_household: bool, with_headings: bool = False
) -> list[Unit]:
    """Rows gathered by person or by household, in the order of the page."""
    if not order:
        return [Unit("", "", "", None, None, rows)] if rows else []
    gathered: dict[int, list[TaskRow]] = {one: [] for one in order}
    for row in rows:
        household = row.person.household_id if by_household else None
        key = (household or -row.person.pk) if by_household else row.person.pk
        gathered.setdefault(key, []).append(row)
    found, before = [], ""
    for some in gathered.values():
        if some:
            heading = place_of_row(some[0]) if with_headings else ""
            found.append(_unit(some, "" if heading == before else heading, by_household))
            before = heading
    return found


def _unit(rows: list[TaskRow], heading: str, by_household: bool) -> Unit:
    person = rows[0].person
    if not by_household:
        return Unit(person.masked_name, heading, door_of(person), person.household_id, person.pk, rows)
    names = "、".join(dict.fromkeys(one.person.masked_name for one in rows))
    return Unit(names, heading, door_of(person), person.household_id, None, rows)


def place_of_row(row: TaskRow) -> str:
    """第3网格 海滨小区2号楼"""
    grid, home = row.person.grid, row.person.household
    house = home.dwelling.building.name if home and home.dwelling else ""
    return " ".join(
        one for one in (grid.village.name, grid.name.removeprefix(grid.village.name), house) if one
    )


def door_of(person: Resident) -> str:
    """2单元301, or the address as it was written."""
    home = person.household
    if home and home.dwelling:
        return f"{home.dwelling.building.name} {home.dwelling}"
    return (home.address if home else "") or person.address
