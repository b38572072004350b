"""The rule tables that ship with the system, from ``data/rules``: one file a programme."""

import tomllib
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from care.choices import RESTRICTED_PROGRAMS
from care.rules.table_reading import with_numbers

FOLDER = Path(__file__).parent / "data" / "rules"


def shipped(program: str) -> dict[str, Any]:
    """A programme's file as it stands; decimal fractions as text, so that no digit is lost in JSON."""
    return tomllib.loads((FOLDER / f"{program}.toml").read_text(encoding="utf-8"), parse_float=str)


def shipped_programs() -> list[str]:
    return sorted(one.stem for one in FOLDER.glob("*.toml"))


def payload(raw: Mapping[str, Any]) -> dict[str, Any]:
    """What ``RuleTable.table`` holds of a file: the table without its first day and its profiles.

    Postgres keeps no order of keys, so the order of the numbers is written down beside them.
    """
    kept = {key: value for key, value in with_numbers(raw, {}).items() if key != "in_force_from"}
    return kept | {"order": list(raw["numbers"])}


def load_tables(tables: Any, rules: Any) -> None:
    """Add version 1 of every programme where it has none yet, and its rules to the register.

    Args:
        tables, rules: ``RuleTable`` and ``CareRule``, or their states in a migration.
    """
    for program in shipped_programs():
        raw = shipped(program)
        stored = payload(raw)
        tables.objects.get_or_create(
            program=program,
            version=1,
            defaults={"in_force_from": raw["in_force_from"], "source": raw["source"], "table": stored},
        )
        register(rules, stored)


def register(rules: Any, table: Mapping[str, Any]) -> None:
    """Give every rule of a table its short number, and the name it has now. Also those that are switched off."""
    program = table["program"]
    known = {one.code: one for one in rules.objects.filter(program=program, item__isnull=True)}
    for one in table["rules"]:
        standing = known.get(one["code"])
        if standing is None:
            rules.objects.create(
                code=one["code"],
                program=program,
                name=one["name"],
                is_restricted=program in RESTRICTED_PROGRAMS,
            )
        elif standing.name != one["name"]:
            standing.name = one["name"]
            standing.save(update_fields=["name"])
