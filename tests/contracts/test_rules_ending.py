import datetime as dt

import pytest

from contracts.choices import TerminationReason as R
from contracts.rules.ending import Ending, object_to_ending, object_to_terminator

DAY = dt.date(2026, 11, 22)
ONE = dt.timedelta(days=1)
START, END = DAY - 100 * ONE, DAY + 100 * ONE


def code(last_day=DAY, reason=R.RESIDENT_REQUEST, note="", start=START, end=END):
    found = object_to_ending(Ending(reason, last_day, note), starts_on=start, ends_on=end, on=DAY)
    return found.code if found else None


@pytest.mark.parametrize(
    ("last_day", "expected"),
    [
        (START - ONE, "ends_before_start"),
        (START, None),
        (DAY, None),
        (DAY + ONE, None),
        (END, None),
        (END + ONE, "ends_after_term"),
    ],
)
def test_the_last_day_lies_inside_the_term(last_day, expected):
    assert code(last_day) == expected


@pytest.mark.parametrize(("end", "expected"), [(DAY - ONE, "already_ended"), (DAY, None)])
def test_what_ran_out_need_not_be_ended(end, expected):
    assert code(min(DAY, end), end=end) == expected


def test_nobody_dies_tomorrow():
    assert code(DAY, R.DEATH) is None
    assert code(DAY + ONE, R.DEATH) == "death_in_future"


def test_other_asks_for_words():
    assert code(reason=R.OTHER) == "reason_missing"
    assert code(reason=R.OTHER, note="搬到子女家住") is None


@pytest.mark.parametrize("reason", [one for one in R if one != R.OTHER])
def test_every_other_reason_speaks_for_itself(reason):
    assert code(reason=reason) is None


def test_only_the_own_team_ends_an_agreement():
    assert object_to_terminator(is_in_team=True) is None
    assert object_to_terminator(is_in_team=False).code == "not_own_team"
