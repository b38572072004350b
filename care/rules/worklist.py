"""Which part of the worklist an open task stands in, and why it should be done before others. Pure."""

from dataclasses import dataclass
from datetime import date, timedelta

from care.choices import Part, Urgency


def week_ends(on: date) -> date:
    """Sunday of the week; on a Sunday, that of the next week, so that tomorrow is always in sight."""
    sunday = on + timedelta(days=6 - on.weekday())
    return sunday if sunday > on else on + timedelta(days=7)


def part_of(*, due_on: date, closes_on: date, planned_on: date | None, on: date) -> Part:
    """Where an open task stands: by the team's own plan, if it made one that is not over, else by its due day."""
    if closes_on < on:
        return Part.OVERDUE
    day = max(planned_on, on) if planned_on else due_on
    if day <= on:
        return Part.TODAY
    return Part.WEEK if day <= week_ends(on) else Part.LATER


@dataclass(frozen=True)
class Reason:
    """A few words why a task wants to be looked at; ``color`` of the tag, "" for plain words."""

    words: str
    color: str = ""


def reasons_for(
    *,
    urgency: int,
    because: str,
    closes_on: date | None,
    is_red: bool,
    is_promised: bool,
    on: date,
) -> tuple[Reason, ...]:
    """What puts a task before others, the weightiest first.

    Args:
        because: what the rule said when it asked for it ("控制不满意，两周内复查").
        closes_on: None for a task that is settled: nothing can be late any more.
        is_red: the person is in a red risk tier.
        is_promised: it stands in his agreement, not in the national rules alone.
    """
    found = []
    if urgency >= Urgency.URGENT:
        found.append(Reason("紧急", "red"))
    elif urgency == Urgency.CLOSE:
        found.append(Reason("重点", "yellow"))
    late = (on - closes_on).days if closes_on else -1
    if late > 0:
        found.append(Reason(f"超期 {late} 天", "red"))
    elif late == 0:
        found.append(Reason("最后一天", "yellow"))
    if is_red:
        found.append(Reason("红色高风险", "red"))
    if because:
        found.append(Reason(because))
    if is_promised:
        found.append(Reason("协议约定"))
    return tuple(found)
