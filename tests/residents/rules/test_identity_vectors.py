"""The rule for citizen numbers against a table of vectors, and against two libraries that judge independently.

No number belongs to a person: they are the examples of the standard and of published specimens, or made up with a
computed check digit. Where a library says otherwise than we do, the table says why; an explanation that is missing or
no longer needed fails.
"""

import csv
import datetime as dt
from pathlib import Path

import pytest
import time_machine
from id_validator import validator
from stdnum.cn import ric

from residents.rules.identity import Identity, read_identity

ON = dt.date(2026, 11, 22)
with Path(__file__).with_name("identity_vectors.csv").open(encoding="utf-8", newline="") as file:
    VECTORS = list(csv.DictReader(file))


def accepts(library, typed: str) -> bool:
    """A library that breaks down over a number (letters inside, unknown county) has not accepted it."""
    try:
        return bool(library(typed))
    except (ValueError, KeyError):
        return False


LIBRARIES = {"stdnum": ric.is_valid, "id_validator": validator.is_valid}


@pytest.fixture(autouse=True)
def _the_day():
    with time_machine.travel(dt.datetime(2026, 11, 22, 4, tzinfo=dt.UTC), tick=False):
        yield  # the libraries read the clock themselves


def test_the_table_is_worth_its_name():
    assert len(VECTORS) >= 60
    assert len({one["typed"] for one in VECTORS}) == len(VECTORS)
    assert {one["verdict"] for one in VECTORS} >= {
        "ok", "id_missing", "id_length", "id_characters", "id_lookalike", "id_truncated", "id_date", "id_date_future",
        "id_date_too_old", "id_region", "id_check_digit", "id_temporary", "id_school", "id_masked",
    }  # fmt: skip


@pytest.mark.parametrize("vector", VECTORS, ids=lambda one: one["about"])
def test_every_vector_gets_its_verdict(vector):
    found = read_identity(vector["typed"], on=ON)
    if vector["verdict"] == "ok":
        assert isinstance(found, Identity)
        assert found.number == vector["number"]
        assert " ".join(one.code for one in found.warnings) == vector["warnings"]
    else:
        assert getattr(found, "code", found) == vector["verdict"]
        assert vector["number"] == vector["warnings"] == ""


@pytest.mark.parametrize("library", LIBRARIES)
@pytest.mark.parametrize("vector", VECTORS, ids=lambda one: one["about"])
def test_a_library_agrees_or_the_table_says_why_not(vector, library):
    ours = isinstance(read_identity(vector["typed"], on=ON), Identity)
    theirs = accepts(LIBRARIES[library], vector["typed"])
    reason = vector[f"{library}_differs"]
    assert bool(reason) == (ours != theirs), "explain the difference" if not reason else "nothing to explain"
