"""The tables that ship, for the tests of the rules."""

from functools import lru_cache

from care.rule_data import shipped, shipped_programs
from care.rules.table_reading import for_profile, read_table
from care.rules.tables import ServiceRule, Table

PROGRAMS = shipped_programs()


@lru_cache
def table_of(program: str, profile: str = "") -> Table:
    return read_table(for_profile(shipped(program), profile))


def rule_of(code: str, profile: str = "") -> ServiceRule:
    found = table_of(code.split(".")[0], profile).rule(code)
    assert found is not None, code
    return found


ALL_RULES = [one for program in PROGRAMS for one in table_of(program, "taihao").rules]
