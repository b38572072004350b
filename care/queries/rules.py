"""The rules in force on a day, and the versions of a table."""

import json
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from functools import lru_cache

from care.choices import Program
from care.models import CareRule, RuleTable
from care.rules.table_reading import read_table, with_policy
from care.rules.tables import ServiceRule, Table
from contracts.policy import policy_on


@dataclass(frozen=True)
class Rulebook:
    """Every rule in force on a day.

    Attributes:
        tables, versions: by programme.
        rules: by ``CareRule.id``; ids: by code, also of rules that are not in force.
    """

    tables: Mapping[str, Table]
    versions: Mapping[str, int]
    rules: Mapping[int, ServiceRule]
    ids: Mapping[str, int]

    def rule(self, code: str) -> ServiceRule | None:
        number = self.ids.get(code)
        return None if number is None else self.rules.get(number)


def tables_on(day: date) -> list[RuleTable]:
    """The version of each programme in force on a day. One query."""
    return list(
        RuleTable.objects.filter(in_force_from__lte=day)
        .order_by("program", "-in_force_from", "-version")
        .distinct("program")
    )


def table_on(program: str, day: date) -> RuleTable | None:
    found = RuleTable.objects.filter(program=program, in_force_from__lte=day)
    return found.order_by("-in_force_from", "-version").first()


def rulebook_on(day: date) -> Rulebook:
    """All tables in force on a day. Three queries."""
    found, policy = tables_on(day), policy_on(day)
    ids = dict(CareRule.objects.filter(item__isnull=True).values_list("code", "id"))
    tables = {one.program: _read(json.dumps(with_policy(one.table, policy))) for one in found}
    return Rulebook(tables, {one.program: one.version for one in found}, _rules(tables, ids), ids)


@lru_cache(maxsize=64)
def _read(text: str) -> Table:
    """Reading and checking a table takes some milliseconds; the same text is always the same table."""
    return read_table(json.loads(text))


def rulebook_with(book: Rulebook, table: Table) -> Rulebook:
    """The same book as if one programme had another table: what a new version would change."""
    tables = {**book.tables, str(table.program): table}
    return Rulebook(tables, book.versions, _rules(tables, book.ids), book.ids)


def _rules(tables: Mapping[str, Table], ids: Mapping[str, int]) -> dict[int, ServiceRule]:
    return {ids[rule.code]: rule for table in tables.values() for rule in table.rules if rule.code in ids}


def versions_of(program: Program) -> list[RuleTable]:
    """Newest first, with who added them. One query."""
    found = RuleTable.objects.filter(program=program).select_related("created_by")
    return list(found.order_by("-version"))
