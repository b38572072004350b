"""Putting a new version of a rule table in force. Versions are added, never changed, and the past is left alone."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from typing import Any

from django.db import connection, transaction

from care.choices import Program
from care.models import CareRule, RuleTable
from care.queries.rules import table_on
from care.rule_data import register, shipped, shipped_programs
from care.rules.table_reading import BadTable, changed_numbers, read_table, with_numbers
from care.rules.tables import Number, Table
from core.refusals import Refusal
from core.text import tidy
from teams.models import User

SHIPPED_VERSION = 1


class CannotPublish(Refusal):
    """This table cannot be put in force."""


@dataclass(frozen=True)
class TableChange:
    """What a profile does to one table: numbers as they were and as they will be; none where it changes nothing."""

    program: Program
    title: str
    numbers: tuple[tuple[Number | None, Number], ...]


def publish(
    *, by: User | None, on: date, program: str, table: Mapping[str, Any], in_force_from: date, source: str
) -> RuleTable:
    """Add a version, in force from a day on until another one is.

    Args:
        table: as ``RuleTable.table`` holds it.
        on: today.

    Raises:
        CannotPublish: the table cannot be used, is what holds on that day anyhow, or would change the past.
    """
    try:
        wanted = read_table(table)
    except BadTable as error:
        raise CannotPublish("rule_table_bad", str(error)) from error
    if wanted.program != program:
        raise CannotPublish("rule_table_other_program", "规则表与所选的项目不一致，请重新打开页面。")
    source = tidy(source)
    if not source:
        raise CannotPublish("rule_table_no_source", "请写明批准这次改动的文件。", field="source")
    with transaction.atomic():
        _take_turns()
        if in_force_from < on and _is_begun(program, on):
            raise CannotPublish(
                "rule_table_in_past", "生效日期不能早于今天：过去的规则不能改。", field="in_force_from"
            )
        standing = table_on(program, in_force_from)
        if standing is not None and standing.table == table:
            raise CannotPublish("rule_table_same", "没有改动任何数值，不需要保存。")
        register(CareRule, table)
        last = RuleTable.objects.filter(program=program).order_by("-version").first()
        return RuleTable.objects.create(
            program=program,
            version=last.version + 1 if last else SHIPPED_VERSION,
            in_force_from=in_force_from,
            source=source[:300],
            table=table,
            created_by=by,
        )


def _take_turns() -> None:
    """Two versions at once must not take the same number."""
    with connection.cursor() as cursor:
        cursor.execute("LOCK TABLE care_ruletable IN SHARE ROW EXCLUSIVE MODE")


def _is_begun(program: str, on: date) -> bool:
    """Whether somebody put a table in force by today; before the first, an installation may begin on an earlier day."""
    found = RuleTable.objects.filter(program=program, version__gt=SHIPPED_VERSION, in_force_from__lte=on)
    return found.exists()


def profile_changes(profile: str, *, on: date) -> list[TableChange]:
    """What a profile's numbers change in the tables in force on a day; every programme that any profile speaks of.

    The numbers that some profile overrides are put to this profile's value, or back to the shipped one, so that changing
    from one profile to another leaves nothing behind; all other numbers stay as the bureau has them.
    """
    return [_as_change(program, now, then) for program, now, then in _by_profile(profile, on)]


@transaction.atomic
def publish_profile(
    profile: str, *, by: User | None, on: date, in_force_from: date, source: str
) -> list[TableChange]:
    """Add a version of every table whose numbers the profile changes; a second time adds nothing.

    Raises:
        CannotPublish: the day is past, and tables were put in force by then.
    """
    found = []
    for program, now, then in _by_profile(profile, in_force_from):
        change = _as_change(program, now, then)
        found.append(change)
        if change.numbers:
            publish(by=by, on=on, program=program, table=then, in_force_from=in_force_from, source=source)
    return found


def _by_profile(profile: str, day: date) -> list[tuple[str, dict[str, Any], dict[str, Any]]]:
    """Programme, its table in force on the day, and the same with the profile's numbers."""
    found = []
    for program in shipped_programs():
        raw = shipped(program)
        profiles = raw.get("profiles", {})
        names = {name for one in profiles.values() for name in one}
        standing = table_on(program, day)
        if names and standing is not None:
            own = profiles.get(profile, {})
            numbers = {name: {**raw["numbers"][name], **own.get(name, {})} for name in sorted(names)}
            then = {**standing.table, "numbers": {**standing.table["numbers"], **numbers}}
            found.append((program, standing.table, then))
    return found


def _as_change(program: str, now: Mapping[str, Any], then: Mapping[str, Any]) -> TableChange:
    before, after = read_table(now), read_table(then)
    return TableChange(Program(program), after.title, tuple(changed_numbers(before, after)))


def edited(table: Mapping[str, Any], values: Mapping[str, Any]) -> dict[str, Any]:
    """A stored table with the numbers that a form says; decimal fractions as text."""
    return with_numbers(table, {name: {"value": value} for name, value in values.items()})


def usable(table: Mapping[str, Any]) -> Table:
    """The table that somebody drafted.

    Raises:
        CannotPublish: where and why it cannot be used.
    """
    try:
        return read_table(table)
    except BadTable as error:
        raise CannotPublish("rule_table_bad", str(error)) from error
