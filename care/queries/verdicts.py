"""How the rule table in force judges a visit, and what it proposes for the next one."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from typing import Any

from care.choices import Program
from care.models import ServiceRecord
from care.queries.rules import rulebook_on, table_on
from care.rules.classify import classify
from care.rules.conditions import band_of
from care.rules.forms import FormSchema
from care.rules.table_reading import read_table
from care.rules.tables import Table, Verdict
from care.rules.visits import Proposal, propose
from core.dates import age_on
from residents.models import Resident

_LOOKS_BACK = 5  # visits; no rule asks for more than the one before


@dataclass(frozen=True)
class Judged:
    """``verdict`` None where the form has no classes, ``proposal`` None where no rule counts from the visit."""

    verdict: Verdict | None = None
    proposal: Proposal | None = None


def judge(
    schema: FormSchema,
    values: Mapping[str, Any],
    *,
    resident: Resident,
    done_on: date,
    on: date,
    instead_of: ServiceRecord | None = None,
) -> Judged:
    """Class and proposal by the table that was in force on the day of the visit. Two queries."""
    table = rulebook_on(done_on).tables.get(schema.program)
    if table is None:
        return Judged()
    known = {**values, **_ages(resident.born_on, done_on)}
    before = (
        verdicts_before(resident, schema.code, done_on, instead_of=instead_of) if schema.has_verdict else []
    )
    verdict = classify(table, schema.code, known, before)
    return Judged(verdict, propose(table, schema.code, verdict, done_on))


def _ages(born_on: date | None, day: date) -> dict[str, int]:
    if born_on is None:
        return {}
    months = (day.year - born_on.year) * 12 + day.month - born_on.month - (day.day < born_on.day)
    return {"age": age_on(born_on, day), "age_months": months}


def verdicts_before(
    resident: Resident, form: str, done_on: date, *, instead_of: ServiceRecord | None = None
) -> list[str]:
    """Classes of the standing records of that form before a visit, the latest first. One query."""
    found = ServiceRecord.objects.standing().filter(resident=resident, form=form, done_on__lte=done_on)
    if instead_of:
        # Of the same day, only what was written down before it.
        root = instead_of.root_id or instead_of.pk
        found = found.exclude(pk=instead_of.pk).exclude(root=root).exclude(done_on=done_on, pk__gt=root)
    rows = found.exclude(verdict="").order_by("-done_on", "-pk").values_list("verdict", flat=True)
    return list(rows[:_LOOKS_BACK])


# Field -> band of the hypertension table that is this person's goal.
_GOALS = {"sbp": "sbp_goal", "dbp": "dbp_goal"}


def goals_for(resident: Resident, *, on: date) -> dict[str, Decimal]:
    """Field -> the highest value that meets the goal of somebody of his age on a day. One query."""
    found = table_on(Program.HYPERTENSION, on)
    return goals_of(read_table(found.table), resident.born_on, on) if found else {}


def goals_of(table: Table | None, born_on: date | None, on: date) -> dict[str, Decimal]:
    """As ``goals_for``, where the table of hypertension is at hand. A goal is "below": in whole mmHg one less meets it."""
    bands = table.bands if table else {}
    known = {key: bands[name] for key, name in _GOALS.items() if name in bands}
    return {key: Decimal(band_of(one, _ages(born_on, on))) - 1 for key, one in known.items()}


def verdict_of(record: ServiceRecord) -> Verdict | None:
    """The class of a stored record with its words, by the table of the day of the visit. One query, or none."""
    if not record.verdict:
        return None
    return verdict_named(rulebook_on(record.done_on).tables.get(record.program), record.form, record.verdict)


def verdict_named(table: Table | None, form: str, code: str) -> Verdict | None:
    """None if this version of the table does not know the class any more."""
    rows = table.classes[form].rows if table and form in table.classes else ()
    return next((one.verdict for one in rows if one.verdict.code == code), None)
