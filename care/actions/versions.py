"""A new version of a rule table: what it would change, and putting it in force."""

from dataclasses import dataclass, replace
from datetime import date, datetime, timedelta

from django.db import transaction

from care.actions.differing import write_changes
from care.actions.guarding import share
from care.actions.replanning import Replanned, replan
from care.actions.wanting import write_wants
from care.models import CareRule, RuleTable, Sweep
from care.policy import policy_on
from care.queries.rules import Rulebook, rulebook_on, rulebook_with
from care.rules.tables import Table
from core.bulk import take_time
from core.sql import one_of, rows_of, vanish
from residents.models import Resident

SWEEP = "rule-versions"
VERIFIED, A_WEEK = "verify-plans", timedelta(days=7)
SAMPLE = 20  # rows of each kind that a preview shows


@dataclass(frozen=True)
class Moved:
    """One plan that a new version changes; a day is None where there is no window before, or after."""

    resident: Resident
    rule: CareRule
    act: str
    former_due_on: date | None
    due_on: date | None


@dataclass(frozen=True)
class VersionPreview:
    """What a table would change if it were in force on a day. Windows that have opened, and what is done, stay.

    Attributes:
        persons: in whom anything changes.
        started, moved, ended: how many plans.
        sample: some of each.
    """

    persons: int
    started: int
    moved: int
    ended: int
    sample: tuple[Moved, ...]


def preview_version(*, table: Table, on: date) -> VersionPreview:
    """Reckon every plan as if a programme had this table on a day; nothing is written.

    What is different already, because a night has not been there yet, is counted along.
    """
    with transaction.atomic():
        share()
        take_time()
        vanish("care_")
        book = _book_of(table, on=on)
        days = policy_on(on).newborn_age_days
        write_wants(book, on=on, newborn_days=days, to_some=False, with_promises=False)
        write_changes(book, on=on, to_some=False, program=table.program)
        counts = dict(rows_of(_COUNTS))
        persons = one_of(f"SELECT count(DISTINCT resident_id) FROM care_changes WHERE {_CHANGED}")  # noqa: S608
        sample = _sample()
        vanish("care_")
    return VersionPreview(
        int(persons[0]), counts.get("start", 0), counts.get("move", 0), counts.get("end", 0), sample
    )


def _book_of(table: Table, *, on: date) -> Rulebook:
    """Of one programme alone, as its next version."""
    now = rulebook_on(on)
    book = rulebook_with(now, table)
    rules = {pk: rule for pk, rule in book.rules.items() if rule.program == table.program}
    return replace(book, rules=rules, versions={table.program: now.versions.get(table.program, 0) + 1})


_CHANGED = """act IN ('start', 'again', 'next', 'end')
    AND (act <> 'again' OR old_due_on IS DISTINCT FROM due_on)"""
_KIND = "CASE WHEN act = 'end' OR NOT has_window THEN 'end' WHEN act = 'start' THEN 'start' ELSE 'move' END"
_COUNTS = f"SELECT {_KIND} AS kind, count(*)::int FROM care_changes WHERE {_CHANGED} GROUP BY kind"  # noqa: S608
_SAMPLE = f"""
    SELECT resident_id, rule_id, kind, old_due_on, due_on FROM (
        SELECT *, {_KIND} AS kind, row_number() OVER (PARTITION BY {_KIND} ORDER BY resident_id, rule_id) AS place
        FROM care_changes WHERE {_CHANGED}
    ) AS one WHERE place <= %s ORDER BY kind, resident_id, rule_id
"""  # noqa: S608


def _sample() -> tuple[Moved, ...]:
    rows = rows_of(_SAMPLE, [SAMPLE])
    people = Resident.objects.defer("id_number", "phone").in_bulk([row[0] for row in rows])
    rules = CareRule.objects.in_bulk([row[1] for row in rows])
    return tuple(Moved(people[person], rules[rule], kind, old, new) for person, rule, kind, old, new in rows)


def apply_versions(*, on: date, now: datetime) -> Replanned:
    """Replan everybody when a version has come into force since the last run; otherwise nothing is looked at."""
    with transaction.atomic():
        Sweep.objects.bulk_create([Sweep(name=SWEEP)], ignore_conflicts=True)
        sweep = Sweep.objects.select_for_update().get(name=SWEEP)
        since = sweep.through_on or on - timedelta(days=1)
        if since >= on:
            return Replanned()
        come = RuleTable.objects.filter(in_force_from__gt=since, in_force_from__lte=on)
        late = RuleTable.objects.filter(in_force_from__lte=since, created_at__date__gt=since)
        done = replan(None, on=on, now=now) if come.exists() or late.exists() else Replanned()
        sweep.through_on = on
        sweep.save(update_fields=["through_on"])
        return done


def verify_plans(*, on: date, now: datetime) -> Replanned:
    """Once in seven days: compare every plan with what agreements, flags and rules ask for, and put right what differs.

    Its cost follows the population. All zeros is how it should be, and what a call on the days between answers.
    """
    with transaction.atomic():
        Sweep.objects.bulk_create([Sweep(name=VERIFIED)], ignore_conflicts=True)
        sweep = Sweep.objects.select_for_update().get(name=VERIFIED)
        if sweep.through_on is not None and on - sweep.through_on < A_WEEK:
            return Replanned()
        done = replan(None, on=on, now=now)
        sweep.through_on = on
        sweep.save(update_fields=["through_on"])
        return done
