import datetime as dt

import pytest

from residents.rules.days import read_date

ON = dt.date(2026, 11, 22)


@pytest.mark.parametrize(
    "text",
    [
        "2024-01-05", "2024/1/5", "2024.1.5", "20240105", "2024年1月5日", "2024年01月05", "２０２４－０１－０５", "240105",
        "45296",
        "45296.0", "2024-01-05 00:00:00", "2024 年 1 月 5 日",
    ],
)  # fmt: skip
def test_all_forms_mean_the_same_day(text):
    assert read_date(text, on=ON) == dt.date(2024, 1, 5)


def test_excel_days_and_dates_of_cells():
    assert read_date("29221", on=ON) == dt.date(1980, 1, 1)
    assert read_date(dt.date(1980, 1, 1), on=ON) == dt.date(1980, 1, 1)
    assert read_date(dt.datetime(1980, 1, 1, 0, 0), on=ON) == dt.date(1980, 1, 1)  # noqa: DTZ001


def test_two_digit_years_lie_in_the_past():
    assert read_date("261122", on=ON) == dt.date(2026, 11, 22)
    assert read_date("261123", on=ON) == dt.date(1926, 11, 23)
    assert read_date("500101", on=ON) == dt.date(1950, 1, 1)


@pytest.mark.parametrize(
    ("text", "code"),
    [
        ("2023-02-29", "date_impossible"),
        ("19500230", "date_impossible"),
        ("2024-13-01", "date_impossible"),
        ("五四年三月", "date_form"),
        ("1956", "date_form"),
        ("农历八月初三", "date_form"),
        ("99999", "date_form"),
    ],
)
def test_what_is_no_date_is_refused(text, code):
    assert read_date(text, on=ON).code == code
