"""Rates: exact, never rounded early, never made up."""

from decimal import Decimal
from fractions import Fraction

import pytest
from hypothesis import given
from hypothesis import strategies as st

from assessment.rules import Tally, points_gained, share, two_places


def test_nobody_to_count_is_no_rate():
    assert share(0, 0) is None
    assert Tally().rate is None
    assert Tally(residents=3).rate == 0
    assert Tally(residents=3).key_rate is None


def test_share_is_exact():
    assert share(31_250, 100_000) == Fraction(5, 16)
    assert share(1, 3) == Fraction(1, 3)


@pytest.mark.parametrize(
    ("now", "before", "points"),
    [
        (Fraction(461, 1000), Fraction(412, 1000), Fraction(49, 10)),
        (Fraction(1, 4), Fraction(1, 2), Fraction(-25)),
        (None, Fraction(1, 2), None),
        (Fraction(1, 2), None, None),
        (Fraction(0), Fraction(0), Fraction(0)),
    ],
)
def test_change_is_told_in_percentage_points(now, before, points):
    assert points_gained(now, before) == points


@pytest.mark.parametrize(
    ("number", "shown"),
    [
        (Fraction(1, 8), "0.13"),
        (Fraction(-1, 8), "-0.13"),
        (Fraction(100, 3), "33.33"),
        (Fraction(200, 3), "66.67"),
        (Fraction(100), "100.00"),
        (Fraction(1_000_005, 1000), "1000.01"),
        (Fraction(1, 1000), "0.00"),
    ],
)
def test_rounding_is_half_up(number, shown):
    assert two_places(number) == Decimal(shown)


TALLIES = st.builds(Tally, *[st.integers(0, 10**6)] * 6)


@given(TALLIES, TALLIES, TALLIES)
def test_tallies_add_like_numbers(one, two, three):
    assert one + two == two + one
    assert (one + two) + three == one + (two + three)
    assert one + Tally() == one
