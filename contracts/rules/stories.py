"""How an agreement tells what happened to it: every event with its day in words."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date
from typing import Protocol

from contracts.choices import EventKind


class Event(Protocol):
    kind: str
    on: date


# What the day of an event is the day of; what is not named happened on it.
DAYS: dict[EventKind, str] = {
    EventKind.SIGNED: "签约日期 {}",
    EventKind.SUBMITTED: "签约日期 {}",
    EventKind.TERMINATED: "最后有效日 {}",
    EventKind.EXPIRED: "最后有效日 {}",
    EventKind.LEFT: "最后有效日 {}",
    EventKind.JOINED: "自 {} 起",
    EventKind.DOCTOR: "自 {} 起",
    EventKind.AMENDED: "自 {} 起",
    EventKind.REASSIGNED: "自 {} 起",
    EventKind.REACHED: "联系日期 {}",
}


@dataclass(frozen=True)
class Line:
    """One event and its day in words."""

    event: Event
    day: str


def story_of(events: Iterable[Event]) -> list[Line]:
    """The events in the order given."""
    return [Line(one, day_in_words(EventKind(one.kind), one.on)) for one in events]


def day_in_words(kind: EventKind, on: date) -> str:
    return DAYS.get(kind, "{}").format(on.isoformat())
