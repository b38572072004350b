"""Numbers as they were: a week or a month is judged by those that were in force on its last day."""

from collections.abc import Iterable, Mapping
from datetime import date

from core.policy import load_days
from outreach.policy import ROOM, OutreachPolicy

# Last day of a week or month -> the numbers by which it is judged.
Policies = Mapping[date, OutreachPolicy]


def policies_of(last_days: Iterable[date], *, on: date) -> Policies:
    """Of weeks and months by their last days; of those that are not over, as the numbers are today. One query."""
    days = {last: min(last, on) for last in last_days}
    found = load_days(OutreachPolicy, ROOM, set(days.values()))
    return {last: found[day] for last, day in days.items()}
