"""The next windows of very many plans: the pure rules are asked once for each different case, and SQL joins the answers.

A million plans count from a few thousand different days, so that no rule has to be written a second time in SQL.
"""

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, replace
from datetime import date

from care.queries.rules import Rulebook
from care.rules.items import first_item_slot, item_slot
from care.rules.promises import unpacked
from care.rules.schedule import Slot, first_slot, slot_after_missed, slot_again
from care.rules.tables import ServiceRule
from contracts.rules.fulfillment import Term
from core.sql import fill, rows_of, run

FOREVER = date(9999, 12, 31)  # in place of "no last day", so that rows can be joined by it


@dataclass(frozen=True)
class Case:
    """One different case; ``sequence`` 1 throughout, since every plan keeps its own count.

    Attributes:
        how: "first", "keep" (the same window, or the next that is not over), "again" (the same occurrence by the rule in
            force and the anchor wanted), "next" (what follows an occurrence that is over).
        version: of the rule; of a service item, the promise in one number.
        anchor_on: what the window is to count from. done: how often a promised service was given so far.
        slot: the window as it stands; for "first" only its anchor means anything.
    """

    how: str
    rule_id: int
    version: int
    anchor_on: date
    until: date | None
    done: int
    slot: Slot


CASE = "how, rule_id, version, anchor_on, until_on, done, old_anchor, steps, opens_on, due_on, closes_on, expires_on"
_ANSWERS = """
    CREATE TEMP TABLE {name} (
        key bigint, sequence integer, anchor_on date, steps smallint, opens_on date, due_on date, closes_on date,
        expires_on date, version smallint
    ) ON COMMIT DROP
"""


def keyed(sql: str) -> str:
    """The rows of a query with the columns of ``CASE``, and with the key of each row's case: rows are joined by one
    number, since the planner takes twelve equal columns for nothing in common."""
    return f"SELECT *, hash_record_extended(ROW({CASE}), 0) AS key FROM ({sql}) AS keyed"  # noqa: S608


def answer(source: str, *, book: Rulebook, on: date) -> None:
    """Make ``<source>_slot``: the window of every different case, by its key, where there is one.

    Args:
        source: a temporary table of ``keyed`` rows, none of the columns null.
    """
    cases = rows_of(f"SELECT DISTINCT key, {CASE} FROM {source}")  # noqa: S608
    run(_ANSWERS.format(name=f"{source}_slot"))
    fill(f"{source}_slot", _answers(cases, book, on))
    run(
        f"CREATE UNIQUE INDEX ON {source}_slot (key)"
    )  # two cases of one key would be an error, not a wrong day
    run(f"ANALYZE {source}_slot")


def _answers(cases: Sequence[tuple], book: Rulebook, on: date) -> Iterator[tuple]:
    for key, how, rule_id, version, anchor_on, until, done, *window in cases:
        one = Case(
            how, rule_id, version, anchor_on, until if until < FOREVER else None, done, Slot(1, *window)
        )
        slot = answered(one, book=book, on=on)
        if slot is not None:
            yield (
                key, slot.sequence, slot.anchor_on, slot.steps, slot.opens_on, slot.due_on, slot.closes_on,
                slot.expires_on, version_of(rule_id, version, book),
            )  # fmt: skip


def version_of(rule_id: int, version: int, book: Rulebook) -> int:
    """Of the rule in force; the promise itself for a service item."""
    rule = book.rules.get(rule_id)
    return book.versions[rule.program] if rule else version


def answered(case: Case, *, book: Rulebook, on: date) -> Slot | None:
    """The window of one case; ``sequence`` tells how many occurrences further it is, counted from 1."""
    rule = book.rules.get(case.rule_id)
    if rule is not None:
        return _by_rule(rule, case, on)
    return _by_promise(case, on) if case.version else None


def _by_rule(rule: ServiceRule, case: Case, on: date) -> Slot | None:
    until = last_day_for(rule, case.until)

    def following(slot: Slot) -> Slot | None:
        return slot_after_missed(rule, slot, until=until)

    if case.how == "first":
        return first_slot(rule, case.anchor_on, on=on, until=until)
    if case.how == "next":
        return following(case.slot)
    if case.how == "again":
        return _not_over(slot_again(rule, replace(case.slot, anchor_on=case.anchor_on)), following, on)
    return _not_over(case.slot, following, on)


def last_day_for(rule: ServiceRule, until: date | None) -> date | None:
    """Only a rule that counts the days of a period must know where the promise ends; any other goes on if it is renewed."""
    return until if rule.schedule.min_days else None


def _by_promise(case: Case, on: date) -> Slot | None:
    """A promised service. Its n-th time is ``steps`` + 1, whatever the count of the plan."""
    promise = unpacked(case.version)
    term = Term(case.anchor_on, case.until or FOREVER, case.until or FOREVER)

    def following(slot: Slot) -> Slot | None:
        found = item_slot(promise, term, slot.steps + 2)
        return replace(found, sequence=slot.sequence + 1) if found else None

    if case.how == "next":
        return following(case.slot)
    if case.how == "keep":
        return _not_over(case.slot, following, on)
    found = first_item_slot(promise, term, on=on, done=case.done)
    return replace(found, sequence=1) if found else None


def _not_over(slot: Slot | None, following: Callable[[Slot], Slot | None], on: date) -> Slot | None:
    while slot is not None and slot.expires_on < on:
        slot = following(slot)
    return slot
