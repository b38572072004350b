"""A version of a rule table as people read it, and what it changes against another."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from typing import Any

from care.formbook import current_forms
from care.models import RuleTable
from care.rules.table_reading import changed_numbers, read_table, with_policy
from care.rules.tables import Table
from care.rules.words import ClassWords, RuleWords, class_in_words, rule_in_words
from contracts.policy import policy_on


@dataclass(frozen=True)
class ClassPage:
    """The classes of one form, in the order in which they are tried."""

    form: str
    rows: list[ClassWords]


@dataclass(frozen=True)
class TablePage:
    """One version as people read it."""

    table: Table
    rules: list[RuleWords]
    classes: list[ClassPage]
    switched_off: list[str]


def page_of(row: RuleTable, day: date) -> TablePage:
    """A version in words. One query, for the numbers that the contracts' policy holds.

    Args:
        day: today, or the first day of a version that is to come.
    """
    return page_of_table(with_policy(row.table, policy_on(day)))


def page_of_table(raw: Mapping[str, Any]) -> TablePage:
    table, forms = read_table(raw), current_forms()
    standing = {one.code for one in table.rules}
    return TablePage(
        table=table,
        rules=[rule_in_words(one, table, [forms[form].name for form in one.forms]) for one in table.rules],
        classes=[
            ClassPage(forms[form].name, [class_in_words(row, table) for row in one.rows])
            for form, one in table.classes.items()
        ],
        switched_off=[one["name"] for one in raw["rules"] if one["code"] not in standing],
    )


@dataclass(frozen=True)
class Difference:
    """A number in two versions; "—" where one of them has none."""

    label: str
    unit: str
    before: str
    after: str


def differences(before: Table, after: Table) -> list[Difference]:
    """Numbers that differ, and those that only one of the two has."""
    gone = [one for name, one in before.numbers.items() if name not in after.numbers]
    found = [
        Difference(new.label, new.unit, str(old.value) if old else "—", str(new.value))
        for old, new in changed_numbers(before, after)
    ]
    return found + [Difference(one.label, one.unit, str(one.value), "—") for one in gone]
