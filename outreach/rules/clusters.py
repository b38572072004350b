"""When several reports of one symptom make an alert (S0-10). Pure."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date, timedelta


@dataclass(frozen=True)
class Sighting:
    """One report of a symptom: on which day, how many people."""

    day: date
    people: int


def window_opens(on: date, *, days: int) -> date:
    """First day of the span that is looked at; the day itself is its last."""
    return on - timedelta(days=days - 1)


def is_cluster(found: Iterable[Sighting], *, on: date, cases: int, days: int) -> bool:
    """Whether so many fell ill within the span; a report stands for one person at least."""
    first = window_opens(on, days=days)
    return sum(max(one.people, 1) for one in found if first <= one.day <= on) >= cases


def people_in(facts: dict[str, object]) -> int:
    """How many people a report speaks of; what is no number counts as one."""
    count = facts.get("count")
    return count if isinstance(count, int) and count > 0 else 1


def quiet_until(on: date, *, days: int) -> date:
    """Last day on which no further alert is raised."""
    return on + timedelta(days=days)
