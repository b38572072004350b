"""What one page tells of a resident's care: who serves him, what is due, what was done."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date

from care.choices import Program, RecordState
from care.formbook import current_forms, form_of
from care.models import Contact, Episode, Plan, Reading, ServiceRecord, Task
from care.queries.records import TrendRow, trend
from care.queries.rules import Rulebook, rulebook_on
from care.queries.serving import Serving, serving
from care.queries.verdicts import goals_of, verdict_named
from care.querysets import sees_restricted
from care.rules.forms import FormSchema
from care.rules.schedule import label_of
from care.rules.tables import Verdict
from contracts.choices import ProofKind
from residents.models import PopulationFlag, Resident
from teams.models import User

_RECORDS, _CONTACTS, _READINGS = 30, 8, 8
# On which form a promised service is written down that no rule of a programme stands for.
_FORM_OF_PROOF = {
    ProofKind.HANDOUT: "education",
    ProofKind.CONSULTATION: "consultation",
    ProofKind.ASSESSMENT: "household_assessment",
    ProofKind.HEALTH_PLAN: "health_plan",
    ProofKind.CHECK_UP: "check_up",
    ProofKind.HOME_VISIT: "home_service",
    ProofKind.REFERRAL: "referral_check",
    ProofKind.HEALTH_RECORD: "consultation",
}


@dataclass(frozen=True)
class Due:
    """A task with its name ("儿童健康检查 6月龄") and the form that proves it, if there is one page for it."""

    task: Task
    name: str
    form: FormSchema | None
    is_overdue: bool


@dataclass(frozen=True)
class Coming:
    """What opens later."""

    plan: Plan
    name: str


@dataclass(frozen=True)
class Done:
    """A record with the words for it."""

    record: ServiceRecord
    form: FormSchema
    verdict: Verdict | None


@dataclass(frozen=True)
class PersonCare:
    """One resident's care, as far as the reader may see it.

    Attributes:
        entries: forms of what is due, the most pressing first. others: every other form.
        health_plan: the newest one, None if there is none.
    """

    serving: Serving
    flags: list[PopulationFlag]
    due: list[Due]
    coming: list[Coming]
    records: list[Done]
    trend: list[TrendRow]
    contacts: list[Contact]
    readings: list[Reading]
    episodes: list[Episode]
    entries: list[FormSchema]
    others: list[FormSchema]
    health_plan: ServiceRecord | None


def person_care(resident: Resident, user: User, *, on: date) -> PersonCare:
    """Eleven queries, however much was done."""
    book = rulebook_on(on)
    tasks = (
        Task.objects.visible_to(user)
        .open()
        .filter(resident=resident)
        .select_related("rule__item", "assigned_to")
    )
    due = [_due(one, book, on) for one in tasks.order_by("-urgency", "due_on", "rule_id")]
    plans = (
        Plan.objects.visible_to(user)
        .running()
        .filter(resident=resident, opens_on__gt=on)
        .select_related("rule")
    )
    found = (
        ServiceRecord.objects.visible_to(user).filter(resident=resident).exclude(state=RecordState.REPLACED)
    )
    records = list(found.select_related("done_by").order_by("-done_on", "-pk")[:_RECORDS])
    contacts = Contact.objects.visible_to(user).standing().filter(resident=resident).select_related("done_by")
    readings = Reading.objects.visible_to(user).filter(resident=resident, voided_at__isnull=True)
    episodes = Episode.objects.visible_to(user).running().filter(resident=resident)
    known = [one for one in current_forms().values() if not one.is_restricted or sees_restricted(user)]
    entries = list(dict.fromkeys(one.form for one in due if one.form in known))
    plans_made = found.filter(form="health_plan", state=RecordState.STANDING)
    return PersonCare(
        serving=serving(resident, on=on),
        flags=list(
            PopulationFlag.objects.visible_to(user).running().filter(resident=resident).order_by("kind")
        ),
        due=due,
        coming=[Coming(one, _name(one, book)) for one in plans.order_by("due_on", "rule_id")],
        records=[_done(one, book) for one in records],
        trend=trend(records, goals_of(book.tables.get(Program.HYPERTENSION), resident.born_on, on)),
        contacts=list(contacts.order_by("-contacted_on", "-pk")[:_CONTACTS]),
        readings=list(readings.order_by("-taken_at")[:_READINGS]),
        episodes=list(episodes.order_by("starts_on")),
        entries=entries,
        others=[one for one in known if one not in entries],
        health_plan=plans_made.order_by("-done_on", "-pk").first(),
    )


def _due(task: Task, book: Rulebook, on: date) -> Due:
    rule, item = book.rules.get(task.rule_id), task.rule.item
    codes = rule.forms if rule else (_FORM_OF_PROOF.get(ProofKind(item.proof), ""),) if item else ()
    forms = current_forms()
    wanted = next((forms[one] for one in codes if one in forms), None)
    return Due(task, _name(task, book), wanted, task.closes_on < on)


def _name(row: Task | Plan, book: Rulebook) -> str:
    rule = book.rules.get(row.rule_id)
    label = label_of(rule, row.sequence) if rule else ""
    return f"{row.rule.name} {label}".strip()


def _done(record: ServiceRecord, book: Rulebook) -> Done:
    verdict = verdict_named(book.tables.get(record.program), record.form, record.verdict)
    return Done(record, form_of(record.form, record.form_version), verdict)


def forms_by_program(forms: Sequence[FormSchema]) -> list[tuple[str, list[FormSchema]]]:
    """Program label -> its forms, in the order of the programmes."""
    found: dict[str, list[FormSchema]] = {}
    for one in sorted(forms, key=lambda one: one.program):
        found.setdefault(one.program.label, []).append(one)
    return list(found.items())
