"""A year of care: what was done of the plans, in time, late or never; what is due today. Invented, the same each time.

Plans come from the engine itself; the past is drawn along the same pure rules, so that every plan stands where its own
past has brought it. What people write down by hand keeps what ``fulfilled`` gave it.
"""

from collections.abc import Callable, Iterator
from dataclasses import dataclass, field, replace
from datetime import date, datetime, timedelta
from random import Random
from uuid import UUID

from django.db import transaction

from care.actions import replan, start_rule
from care.actions.earning import earn_for_records
from care.actions.figures import refresh_fulfilment
from care.actions.planning import slot_of
from care.actions.windows import last_day_for
from care.choices import ContactOutcome, PlanState, ServiceMode, TaskState
from care.formbook import form_of
from care.models import Contact, Plan, ServiceRecord, Task
from care.queries.rule_cards import CONTACT, FORM_OF
from care.queries.rules import Rulebook, rulebook_on
from care.queries.worklist_rows import promised_codes
from care.rules.classify import classify
from care.rules.items import item_slot
from care.rules.promises import unpacked
from care.rules.schedule import Slot, first_slot, slot_after_missed, slot_after_visit
from care.rules.tables import ServiceRule, Verdict, allows
from config.demo.chance import Weighted, stream
from config.demo.copying import copy_in, reserve_ids
from config.demo.findings import found_at
from contracts.models import Fulfillment, ServiceItem
from contracts.rules.fulfillment import BY_HAND, Term
from core.dates import age_on
from core.sql import fill, run
from teams.models import TeamMembership

MOST_PEOPLE = 50_000  # a larger district gets its plans alone: its past would take longer than all the rest
YEAR, ONE_DAY = timedelta(days=365), timedelta(days=1)
NEVER_SEEN = 0.07  # of the people
BEGUN_WITHIN = 20  # days: how old a visit may be whose verdict still asks for something
PLANNED_A_TEAM = 8
DILIGENCE = (0.62, 0.92)  # of the teams
FATES = Weighted([(TaskState.DONE, 84), (TaskState.DONE_LATE, 9), (TaskState.MISSED, 7)])
MODES = Weighted(
    [(ServiceMode.CLINIC, 5), (ServiceMode.HOME, 3), (ServiceMode.STATION, 2), (ServiceMode.PHONE, 2)]
)
CONTACT_RULE = "contract.contact"
_WINDOW = ("anchor_on", "steps", "opens_on", "due_on", "closes_on", "expires_on")


@dataclass(frozen=True)
class Kind:
    """What one plan asks for: by which form it is proven, which promised services it gives, what comes after.

    Attributes:
        rule: None for a service that only the agreement names.
    """

    rule: ServiceRule | None
    form: str
    items: tuple[str, ...]
    after: Callable[[Slot, date | None], Slot | None]

    @property
    def is_contact(self) -> bool:
        return self.form == CONTACT


@dataclass(slots=True)
class Visit:
    """One record: what was found on a day, and of which plan it is the proof."""

    plan: Plan
    form: str
    items: tuple[str, ...]
    done_on: date
    mode: ServiceMode
    values: dict
    verdict: Verdict | None
    id: int = 0


@dataclass(slots=True)
class Past:
    """What is written: visits, calls, one row for each occurrence, and where every plan stands now."""

    visits: list[Visit] = field(default_factory=list)
    calls: list[tuple[Plan, date]] = field(default_factory=list)
    tasks: list[tuple[Plan, Slot, TaskState, date | None, Visit | int | None]] = field(default_factory=list)
    plans: list[tuple[Plan, Slot | None]] = field(default_factory=list)


def write_year(*, seed: int, people: int, on: date, now: datetime) -> list[str]:
    """Plans, and the year before; figures for the report."""
    made = replan(None, on=on, now=now)
    if people > MOST_PEOPLE:
        return [f"{made.started} 项计划"]
    with transaction.atomic():
        past = _Year(stream(seed, "care"), rulebook_on(on), on).past()
        _write(past, stream(seed, "care-keys"), now)
        _assign(on)
    begun = _escalate(past.visits, on, now)
    earn_for_records(on=on, now=now)
    refresh_fulfilment(on=on, now=now)
    return [
        f"{made.started} 项计划",
        f"{len(past.visits)} 条服务记录",
        f"{len(past.tasks)} 项任务",
        f"{begun} 项追踪",
    ]


class _Year:
    """Draws person after person, rule after rule."""

    def __init__(self, chance: Random, book: Rulebook, on: date) -> None:
        self._chance, self._book, self._on = chance, book, on
        self._past = Past()
        self._teams: dict[int, float] = {}

    def past(self) -> Past:
        plans = (
            Plan.objects.filter(state=PlanState.RUNNING)
            .select_related("resident", "rule__item", "enrollment__agreement")
            .defer("resident__id_number", "resident__phone", "enrollment__agreement__as_signed")
        )
        person, mine = 0, []
        for plan in plans.order_by("resident_id", "rule__code"):
            if plan.resident_id != person:
                self._live(mine)
                person, mine = plan.resident_id, []
            mine.append(plan)
        self._live(mine)
        return self._past

    def _live(self, plans: list[Plan]) -> None:
        """A person's year: visits first, so that the calls of a quarter know what took place anyway."""
        if not plans:
            return
        diligence = 0.0 if self._chance.random() < NEVER_SEEN else self._diligence(plans[0].team_id)
        days: list[Visit] = []
        for plan in sorted(plans, key=lambda one: one.rule.code == CONTACT_RULE):
            if plan.enrollment is None:
                continue
            since = max(self._on - YEAR, plan.enrollment.starts_on)
            kind, slot = self._kind(plan, since)
            if kind is not None:
                self._go_through(plan, kind, slot, since, diligence, days)

    def _kind(self, plan: Plan, since: date) -> tuple[Kind | None, Slot | None]:
        """What a plan asks for, and its first occurrence in the year; nothing for what people write down by hand."""
        rule = self._book.rules.get(plan.rule_id)
        if rule is not None:
            until = last_day_for(rule, plan.enrollment.ends_on)

            def after(slot: Slot, day: date | None) -> Slot | None:
                if day is None:
                    return slot_after_missed(rule, slot, until=until)
                found = slot_after_visit(rule, slot, day, done_this_year=1, until=until)
                return replace(found, sequence=max(found.sequence, slot.sequence + 1)) if found else None

            form = (rule.forms or (CONTACT,))[0]
            return Kind(rule, form, rule.items, after), first_slot(
                rule, plan.anchor_on, on=since, until=until
            )
        item = plan.rule.item
        form = FORM_OF.get(item.proof, CONTACT) if item else CONTACT
        if form == CONTACT or item.proof in BY_HAND:
            return None, None
        promise, last = unpacked(plan.version), plan.enrollment.agreement.ends_on
        term = Term(plan.anchor_on, last, last)

        def following(slot: Slot, day: date | None) -> Slot | None:
            found = item_slot(promise, term, slot.steps + 2)
            return replace(found, sequence=slot.sequence + 1) if found else None

        return Kind(None, form, (item.code,), following), slot_of(plan)

    def _diligence(self, team: int) -> float:
        return self._teams.setdefault(team, self._chance.uniform(*DILIGENCE))

    def _go_through(
        self, plan: Plan, kind: Kind, slot: Slot | None, since: date, diligence: float, days: list[Visit]
    ) -> None:
        before: list[str] = []
        while slot is not None and slot.opens_on <= self._on:
            day = self._day(slot, since, diligence)
            proof: Visit | int | None = None
            if day is not None and kind.is_contact:
                same = next((one for one in days if slot.opens_on <= one.done_on <= slot.expires_on), None)
                day, proof = (same.done_on, same) if same else (day, self._call(plan, day))
            elif day is not None:
                proof = self._visit(plan, kind, day, before)
                days.append(proof)
                before.insert(0, proof.verdict.code if proof.verdict else "")
            if (proof is None or day is None) and slot.expires_on >= self._on:
                break
            state = TaskState.MISSED
            if proof is not None and day is not None:
                state = TaskState.DONE if day <= slot.closes_on else TaskState.DONE_LATE
            self._past.tasks.append((plan, slot, state, day if proof is not None else None, proof))
            slot = kind.after(slot, day if proof is not None else None)
        if slot is not None and slot.opens_on <= self._on:
            self._past.tasks.append((plan, slot, TaskState.DUE, None, None))
        self._past.plans.append((plan, slot))

    def _day(self, slot: Slot, since: date, diligence: float) -> date | None:
        """When it was done, before today; None if it was not."""
        fate = FATES.draw(self._chance) if self._chance.random() < diligence else TaskState.MISSED
        first, last = max(slot.opens_on, since), slot.closes_on
        if fate == TaskState.DONE_LATE:
            first, last = max(slot.closes_on + ONE_DAY, since), slot.expires_on
        part = self._chance.random()
        if fate == TaskState.MISSED or last < first:
            return None
        day = first + timedelta(days=int(part * ((last - first).days + 1)))
        return day if day < self._on else None

    def _call(self, plan: Plan, day: date) -> int:
        self._past.calls.append((plan, day))
        return len(self._past.calls)

    def _visit(self, plan: Plan, kind: Kind, day: date, before: list[str]) -> Visit:
        mode, rule = MODES.draw(self._chance), kind.rule
        if rule is not None and not allows(rule, mode):
            mode = rule.modes[0] if rule.modes else ServiceMode.CLINIC
        born_on, values = plan.resident.born_on, found_at(self._chance, kind.form)
        age = age_on(born_on, day) if born_on else 50
        table = self._book.tables.get(form_of(kind.form).program)
        verdict = classify(table, kind.form, {**values, "age": age}, before) if table else None
        visit = Visit(plan, kind.form, kind.items, day, mode, values, verdict)
        self._past.visits.append(visit)
        return visit


def _write(past: Past, chance: Random, now: datetime) -> None:
    for visit, pk in zip(past.visits, reserve_ids(ServiceRecord, len(past.visits)), strict=True):
        visit.id = pk
    calls = reserve_ids(Contact, len(past.calls) + len(past.visits))
    copy_in(ServiceRecord, _RECORD, _records(past, chance, now))
    copy_in(Contact, _CONTACT, _contacts(past, calls, chance, now))
    run("CREATE TEMP TABLE demo_drawn (resident_id bigint, rule_id smallint) ON COMMIT DROP")
    fill("demo_drawn", ((plan.resident_id, plan.rule_id) for plan, _ in past.plans))
    run(
        "DELETE FROM care_task AS task USING demo_drawn AS drawn"
        " WHERE task.resident_id = drawn.resident_id AND task.rule_id = drawn.rule_id"
    )
    copy_in(Task, _TASK, _tasks(past, calls))
    run(
        "CREATE TEMP TABLE demo_plan (resident_id bigint, rule_id smallint, sequence integer, state varchar,"
        " anchor_on date, steps smallint, opens_on date, due_on date, closes_on date, expires_on date) ON COMMIT DROP"
    )
    fill("demo_plan", (_place(plan, slot) for plan, slot in past.plans))
    names = ("sequence", "state", *_WINDOW)
    run(
        f"UPDATE care_plan AS plan SET {', '.join(f'{one} = moved.{one}' for one in names)} FROM demo_plan AS moved"  # noqa: S608
        " WHERE plan.resident_id = moved.resident_id AND plan.rule_id = moved.rule_id"
    )
    run(
        "UPDATE contracts_enrollment AS one SET last_reached_on = reached.day FROM ("
        " SELECT enrollment_id, max(contacted_on) AS day FROM care_contact GROUP BY enrollment_id) AS reached"
        " WHERE one.id = reached.enrollment_id"
    )
    _fulfil(past, now)


_RECORD = (
    "id", "resident_id", "form", "form_version", "program", "team_id", "enrollment_id", "done_on", "mode", "values",
    "verdict", "is_restricted", "client_token", "done_by_id", "recorded_by_id", "recorded_at",
)  # fmt: skip
_CONTACT = (
    "id", "resident_id", "team_id", "enrollment_id", "contacted_on", "mode", "outcome", "topic", "record_id",
    "client_token", "done_by_id", "recorded_at",
)  # fmt: skip
_TASK = (
    "resident_id", "rule_id", "sequence", "state", "team_id", "urgency", "version", *_WINDOW, "done_on", "record",
)  # fmt: skip


def _token(chance: Random) -> UUID:
    return UUID(int=chance.getrandbits(128), version=4)


def _records(past: Past, chance: Random, now: datetime) -> Iterator[tuple]:
    for one in past.visits:
        form, doctor = form_of(one.form), one.plan.enrollment.agreement.doctor_id
        yield (
            one.id, one.plan.resident_id, form.code, form.version, form.program, one.plan.team_id,
            one.plan.enrollment_id, one.done_on, one.mode, one.values, one.verdict.code if one.verdict else "",
            one.plan.rule.is_restricted, _token(chance), doctor, doctor, now,
        )  # fmt: skip


def _contacts(past: Past, ids: range, chance: Random, now: datetime) -> Iterator[tuple]:
    """The calls first; then every visit, at which one spoke with the resident as well."""
    for pk, (plan, day) in zip(ids, past.calls, strict=False):
        yield _contact(pk, plan, day, ServiceMode.PHONE, "了解近况，提醒服药和复查", None, chance, now)
    for pk, one in zip(ids[len(past.calls) :], past.visits, strict=True):
        yield _contact(pk, one.plan, one.done_on, one.mode, "", one.id, chance, now)


def _contact(
    pk: int,
    plan: Plan,
    day: date,
    mode: ServiceMode,
    topic: str,
    record: int | None,
    chance: Random,
    now: datetime,
) -> tuple:
    return (
        pk, plan.resident_id, plan.team_id, plan.enrollment_id, day, mode, ContactOutcome.REACHED, topic, record,
        _token(chance), plan.enrollment.agreement.doctor_id, now,
    )  # fmt: skip


def _tasks(past: Past, calls: range) -> Iterator[tuple]:
    for plan, slot, state, day, proof in past.tasks:
        key = None
        if proof is not None:
            key = f"record:{proof.id}" if isinstance(proof, Visit) else f"contact:{calls[proof - 1]}"
        yield (
            plan.resident_id, plan.rule_id, slot.sequence, state, plan.team_id, plan.urgency, plan.version,
            *(getattr(slot, one) for one in _WINDOW), day, key,
        )  # fmt: skip


def _place(plan: Plan, slot: Slot | None) -> tuple:
    """Where a plan stands; a series that is over keeps its last window."""
    last = slot or plan
    state = PlanState.RUNNING if slot else PlanState.FINISHED
    return (plan.resident_id, plan.rule_id, last.sequence, state, *(getattr(last, one) for one in _WINDOW))


def _fulfil(past: Past, now: datetime) -> None:
    """What a visit gave of the promised services, as ``fulfill`` would say."""
    promised = promised_codes([plan for plan, _ in past.plans])
    items = {one.code: one for one in ServiceItem.objects.filter(owner=None)}
    columns = (
        "agreement_id", "enrollment_id", "item_id", "done_on", "proof", "key", "recorded_by_id", "recorded_at",
    )  # fmt: skip
    rows = [
        (
            one.plan.enrollment.agreement_id, one.plan.enrollment_id, items[code].pk, one.done_on, items[code].proof,
            f"record:{one.id}", one.plan.enrollment.agreement.doctor_id, now,
        )
        for one in past.visits
        for code in one.items
        if code in items and (one.plan.enrollment_id, code) in promised
    ]  # fmt: skip
    copy_in(Fulfillment, columns, rows)


def _assign(on: date) -> None:
    """Some of every team's tasks are given to somebody, for today and the days after."""
    members = TeamMembership.objects.active_on(on).order_by("team", "-is_leader", "user")
    for team, user in members.distinct("team").values_list("team_id", "user_id"):
        due = (
            Task.objects.open()
            .filter(team=team, closes_on__gte=on)
            .order_by("due_on", "resident_id", "rule_id")
        )
        for place, task in enumerate(due[:PLANNED_A_TEAM]):
            day = on + timedelta(days=place // 3)
            Task.objects.filter(pk=task.pk).update(planned_on=day, assigned_to=user)


def _escalate(visits: list[Visit], on: date, now: datetime) -> int:
    """The newest visits ask for what their verdict says: seen again within two weeks, or referred."""
    newest = {(one.plan.resident_id, one.form): one for one in sorted(visits, key=lambda one: one.done_on)}
    return sum(
        start_rule(
            resident=one.plan.resident_id, code=code, anchor_on=one.done_on, because=one.verdict.sentence, by=None,
            on=on, now=now, started_by=f"record:{one.id}",
        )
        for one in newest.values()
        if one.verdict and (on - one.done_on).days <= BEGUN_WITHIN
        for code in one.verdict.starts
    )  # fmt: skip
