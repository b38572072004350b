"""Which days people work: the table of holidays and make-up days, weekends where it is silent (S2-17).

The table is filled from a library for the years that it knows, and by the bureau from the yearly notice.
"""

import logging
from collections.abc import Callable, Iterable
from datetime import date, timedelta

from django.db import transaction

from core.holidays import SpecialDay
from core.models import WorkDay
from core.refusals import Refusal

log = logging.getLogger(__name__)

ANNOUNCED_BY = 11  # month by whose first day the next year's notice should be in the table
_AHEAD = 60  # days read at once: longer than any run of days off
_ONE = timedelta(days=1)


class CannotSetWorkdays(Refusal):
    """The days of a year may not be stored like this."""


class _Days:
    """Special days of a span, read in one query."""

    def __init__(self, first: date, last: date) -> None:
        rows = WorkDay.objects.filter(day__range=(first, last)).values_list("day", "is_working")
        self.special: dict[date, bool] = dict(rows)
        self.last = last

    def is_working(self, day: date) -> bool:
        return self.special.get(day, day.weekday() < 5)


def is_working(day: date) -> bool:
    """Whether people work on that day. One query."""
    return _Days(day, day).is_working(day)


def working_test(first: date, last: date) -> Callable[[date], bool]:
    """As ``is_working``, for many days of a span. One query."""
    return _Days(first, last).is_working


def holidays_between(first: date, last: date) -> dict[date, str]:
    """The public holidays of a span with their names, plain weekends left out. One query."""
    rows = WorkDay.objects.filter(day__range=(first, last), is_working=False)
    return dict(rows.values_list("day", "name"))


def next_working(day: date) -> date:
    """That day if people work on it, else the first one after it on which they do. One query."""
    return working_days_after(day - _ONE, 1)


def working_days_after(day: date, n: int) -> date:
    """The n-th working day after a day, which does not count itself; 0 is the day itself. One query for sixty days."""
    days = _Days(day, day + timedelta(days=_AHEAD))
    while n > 0:
        day += _ONE
        if day > days.last:
            days = _Days(day, day + timedelta(days=_AHEAD))
        n -= days.is_working(day)
    return day


def missing_years(on: date) -> list[int]:
    """Years of which the calendar ought to know the holidays by now and does not: this one, from November the next."""
    asked = [on.year] + ([on.year + 1] if on.month >= ANNOUNCED_BY else [])
    known = set(WorkDay.objects.filter(day__year__in=asked).values_list("day__year", flat=True).distinct())
    return [year for year in asked if year not in known]


def check_calendar(*, on: date) -> int:
    """How many years are missing; each is told to the log. For the nightly run."""
    missing = missing_years(on)
    for year in missing:
        log.warning("work calendar: holidays of %s are not in the table, weekends are the guess", year)
    return len(missing)


def set_year(*, year: int, days: Iterable[SpecialDay], source: str) -> int:
    """Replace the special days of a year; how many it has now.

    A holiday at the turn of the year may begin in the last days of the year before: those are added to it.

    Raises:
        CannotSetWorkdays: a day lies elsewhere, or the year would be left without a day.
    """
    rows = [WorkDay(day=one.day, is_working=one.is_working, name=one.name, source=source) for one in days]
    elsewhere = [one.day for one in rows if not date(year - 1, 12, 20) <= one.day <= date(year, 12, 31)]
    if elsewhere:
        raise CannotSetWorkdays(
            "other_year", f"{elsewhere[0]:%Y-%m-%d} 不在 {year} 年，请核对年份。", field="year"
        )
    if not any(one.day.year == year for one in rows):
        raise CannotSetWorkdays("year_without_days", f"没有 {year} 年的放假安排，请核对年份。", field="year")
    with transaction.atomic():
        WorkDay.objects.filter(day__year=year).delete()
        WorkDay.objects.bulk_create(
            rows, update_conflicts=True, unique_fields=["day"], update_fields=["is_working", "name", "source"]
        )
    return len(rows)


def keep_day(*, day: date, is_working: bool, name: str, source: str) -> WorkDay:
    """Enter or correct a single day: a local holiday, or a change that came after the notice."""
    row, _ = WorkDay.objects.update_or_create(
        day=day, defaults={"is_working": is_working, "name": name, "source": source}
    )
    return row


def load_known(days: Iterable[SpecialDay], *, source: str, model: type[WorkDay] = WorkDay) -> int:
    """Add what is not in the table yet; what the bureau has entered stays. How many were added."""
    before = model.objects.count()
    model.objects.bulk_create(
        [model(day=one.day, is_working=one.is_working, name=one.name, source=source) for one in days],
        ignore_conflicts=True,
    )
    return model.objects.count() - before
