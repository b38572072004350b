"""Which occurrence of a rule a visit proves. Pure."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, timedelta

from care.choices import TaskState

# What was given up may still turn out to have been done in its days, only written down late.
OPEN_TO_PROOF = (TaskState.DUE, TaskState.MISSED, TaskState.LOST, TaskState.REFUSED)
DONE = (TaskState.DONE, TaskState.DONE_LATE)


@dataclass(frozen=True)
class Occurrence:
    """One occurrence with its row: its days, what became of it, and the day of the visit that proved it."""

    sequence: int
    state: TaskState
    opens_on: date
    expires_on: date
    done_on: date | None = None


def proven(
    occurrences: Sequence[Occurrence],
    done_on: date,
    *,
    coming: date | None,
    counts_early: bool,
    not_before: date | None,
) -> int | None:
    """Sequence of the occurrence in whose days the visit falls; 0 for the coming one, done early; None for none.

    A visit that is not later than the last one proves nothing early: told late, it does not move the plan backwards.

    Args:
        coming: first day of the plan's occurrence that has no row yet; None if it has one, or nothing comes.
        not_before: first day of the promise; an earlier visit belongs to what was before it.
    """
    for one in sorted(occurrences, key=lambda each: -each.sequence):
        if one.state in OPEN_TO_PROOF and one.opens_on <= done_on <= one.expires_on:
            return one.sequence
    last = max((one.done_on for one in occurrences if one.done_on and one.state in DONE), default=None)
    is_newer = last is None or done_on > last
    is_promised = not_before is None or done_on >= not_before
    if coming is not None and done_on < coming and counts_early and is_newer and is_promised:
        return 0
    return None


def how_done(done_on: date, closes_on: date) -> TaskState:
    """In time up to the last day of the window, late after it."""
    return TaskState.DONE if done_on <= closes_on else TaskState.DONE_LATE


def opened_for(slot_opens: date, done_on: date, due_on: date) -> date:
    """First day of a window whose due day the doctor chose: not the day of the visit itself, not after the due day."""
    return min(max(slot_opens, done_on + timedelta(days=1)), due_on)
