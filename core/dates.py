"""Days and terms. A term's last day is the last day in force: start + n years - 1 day."""

from calendar import isleap, monthrange
from datetime import date, timedelta


def add_years(day: date, years: int) -> date:
    """The same day n years on; the anniversary of 29 February in a common year is 1 March."""
    year = day.year + years
    if day.month == 2 and day.day == 29 and not isleap(year):
        return date(year, 3, 1)
    return day.replace(year=year)


def months_after(day: date, months: int) -> date:
    """The same day n months on; a day that the month has not is the first of the next, as with ``add_years``."""
    year, month = divmod(day.year * 12 + day.month - 1 + months, 12)
    if day.day <= monthrange(year, month + 1)[1]:
        return date(year, month + 1, day.day)
    return date(year, month + 1, 1) + timedelta(days=monthrange(year, month + 1)[1])


def term_end(starts_on: date, years: int) -> date:
    """Last day in force of a term of n years: 2024-01-01, 1 -> 2024-12-31."""
    return add_years(starts_on, years) - timedelta(days=1)


def age_on(born_on: date, day: date) -> int:
    """Full years of age on a day; negative before birth."""
    years = day.year - born_on.year
    return years - (add_years(born_on, years) > day)


def chinese_date(day: date) -> str:
    """2026年11月22日"""
    return f"{day.year}年{day.month}月{day.day}日"
