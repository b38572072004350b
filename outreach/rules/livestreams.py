"""Whether an institution kept its weekly live stream: long enough, with residents asking (S2-10, CAD-5). Pure."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from enum import StrEnum
from typing import Protocol

from outreach.rules.patrols import monday_of


class StreamWeekState(StrEnum):
    """How an obliged institution stands in an ISO week."""

    MET = "达标"
    SHORT = "未达标"
    OPEN = "本周未完成"
    NOT_COUNTED = "不考核"


TAGS = {
    StreamWeekState.MET: "green",
    StreamWeekState.SHORT: "red",
    StreamWeekState.OPEN: "blue",
    StreamWeekState.NOT_COUNTED: "grey",
}


class Slot(Protocol):
    """The columns of a weekly hour that say on which days it falls."""

    weekday: int
    starts_on: date
    ends_on: date | None


@dataclass(frozen=True)
class HeldStream:
    """A live stream as it was: whole minutes, and whether residents could ask."""

    minutes: int
    has_questions: bool


@dataclass(frozen=True)
class StreamWeek:
    """An institution's week.

    Attributes:
        counted: streams that were long enough, with questions. held: all that took place.
        reasons: why it is short, in words.
    """

    monday: date
    state: StreamWeekState
    counted: int = 0
    held: int = 0
    reasons: tuple[str, ...] = ()

    @property
    def tag(self) -> str:
        return TAGS[self.state]

    @property
    def words(self) -> str:
        """Its state; where nothing is asked, what took place."""
        if self.state != StreamWeekState.NOT_COUNTED:
            return str(self.state)
        return f"有效 {self.counted} / {self.held} 场" if self.held else "—"

    @property
    def counts(self) -> bool:
        """Whether the week stands in a rate: it is over or met already, and something was asked."""
        return self.state in (StreamWeekState.MET, StreamWeekState.SHORT)


def shortcomings(stream: HeldStream, *, least_minutes: int) -> list[str]:
    """Why a stream does not count; [] if it does. Exactly the least length counts."""
    found = []
    if stream.minutes < least_minutes:
        found.append(f"只有{stream.minutes}分钟，不足{least_minutes}分钟")
    if not stream.has_questions:
        found.append("没有开通居民提问")
    return found


def falls_in(slot: Slot, monday: date) -> bool:
    """Whether the weekly hour falls on a day of that week while it is in force."""
    day = monday + timedelta(days=slot.weekday - 1)
    return slot.starts_on <= day and (slot.ends_on is None or day <= slot.ends_on)


def judge_week(
    monday: date,
    *,
    slots: Iterable[Slot],
    streams: Sequence[HeldStream],
    need: int,
    least_minutes: int,
    on: date,
) -> StreamWeek:
    """One ISO week of an institution, seen from a day.

    Args:
        slots: all its weekly hours; without one in that week nothing is asked.
        streams: those that were held in that week.
        need: streams that a week must have; 0 asks nothing.
    """
    flaws = [shortcomings(one, least_minutes=least_minutes) for one in streams]
    counted, held = sum(not one for one in flaws), len(streams)
    if not need or not any(falls_in(one, monday) for one in slots):
        return StreamWeek(monday, StreamWeekState.NOT_COUNTED, counted, held)
    if counted >= need:
        return StreamWeek(monday, StreamWeekState.MET, counted, held)
    if monday_of(on) <= monday:
        return StreamWeek(monday, StreamWeekState.OPEN, counted, held)
    reasons = tuple("，".join(one) for one in flaws if one) or (
        "没有开展" if not held else f"只开展{held}次",
    )
    return StreamWeek(monday, StreamWeekState.SHORT, counted, held, reasons)
