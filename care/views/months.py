"""A month in an address: 2026-11."""

import re
from datetime import date, timedelta

_MONTH = re.compile(r"(20\d\d)-(0[1-9]|1[0-2])", re.ASCII)


def month_of(text: str, today: date) -> date:
    """First day of the month that the text names; of this month for anything else, and for a month to come."""
    this = today.replace(day=1)
    found = _MONTH.fullmatch(text)
    return min(date(int(found[1]), int(found[2]), 1), this) if found else this


def months_around(month: date, today: date) -> tuple[date, date | None]:
    """The month before, and the one after unless it is still to come."""
    before = (month - timedelta(days=1)).replace(day=1)
    after = (month + timedelta(days=31)).replace(day=1)
    return before, after if after <= today else None
