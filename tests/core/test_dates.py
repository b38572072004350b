"""Terms, ages, and the 29th of February."""

from datetime import date, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from core.dates import add_years, age_on, chinese_date, term_end


@pytest.mark.parametrize(
    ("day", "years", "expected"),
    [
        ("2024-02-29", 1, "2025-03-01"),
        ("2024-02-29", 4, "2028-02-29"),
        ("2096-02-29", 4, "2100-03-01"),
        ("2023-02-28", 1, "2024-02-28"),
        ("2024-12-31", 3, "2027-12-31"),
        ("2024-02-29", 0, "2024-02-29"),
        ("2024-02-29", -1, "2023-03-01"),
    ],
)
def test_add_years(day, years, expected):
    assert add_years(date.fromisoformat(day), years) == date.fromisoformat(expected)


@pytest.mark.parametrize(
    ("starts_on", "years", "last"),
    [
        ("2024-01-01", 1, "2024-12-31"),
        ("2024-02-29", 1, "2025-02-28"),
        ("2024-03-01", 1, "2025-02-28"),
        ("2023-03-01", 1, "2024-02-29"),
        ("2024-02-28", 1, "2025-02-27"),
        ("2026-11-22", 3, "2029-11-21"),
        ("2025-12-31", 1, "2026-12-30"),
    ],
)
def test_last_day_of_a_term(starts_on, years, last):
    assert term_end(date.fromisoformat(starts_on), years) == date.fromisoformat(last)


@given(st.dates(date(1900, 1, 1), date(2200, 1, 1)), st.integers(1, 10))
def test_the_next_term_begins_on_the_day_after_and_on_the_anniversary(starts_on, years):
    assert term_end(starts_on, years) + timedelta(days=1) == add_years(starts_on, years)


@pytest.mark.parametrize(
    ("born", "day", "age"),
    [
        ("1961-11-22", "2026-11-21", 64),
        ("1961-11-22", "2026-11-22", 65),
        ("1961-11-22", "2026-11-23", 65),
        ("2008-02-29", "2026-02-28", 17),
        ("2008-02-29", "2026-03-01", 18),
        ("2020-02-29", "2024-02-28", 3),
        ("2020-02-29", "2024-02-29", 4),
        ("2026-11-22", "2026-11-22", 0),
        ("2026-11-23", "2026-11-22", -1),
    ],
)
def test_age(born, day, age):
    assert age_on(date.fromisoformat(born), date.fromisoformat(day)) == age


def test_age_rises_by_one_a_year_whatever_the_birthday():
    born = date(1950, 1, 1)
    for offset in range(366 * 4 + 1):
        birthday = born + timedelta(days=offset)
        assert age_on(birthday, add_years(birthday, 70)) == 70
        assert age_on(birthday, add_years(birthday, 70) - timedelta(days=1)) == 69


def test_chinese_date_has_no_leading_zeros():
    assert chinese_date(date(2026, 3, 5)) == "2026年3月5日"
