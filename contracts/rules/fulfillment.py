"""How much of a promise is due by a day, and what may count as done (4.4, P1)."""

from dataclasses import dataclass
from datetime import date, timedelta

from contracts.choices import AgreementState, Frequency, ProofKind
from contracts.rules import Objection
from core.dates import months_after

# Proofs that a person may write down by hand; the others come from the records of the work itself.
BY_HAND = (
    ProofKind.MANUAL,
    ProofKind.HANDOUT,
    ProofKind.CONTACT,
    ProofKind.HEALTH_RECORD,
    ProofKind.CONSULTATION,
)
FIRST_WEEK = timedelta(days=6)  # the seventh day is still in time

# Length of the period that a frequency counts by; what is not here counts by the whole term.
_MONTHS = {Frequency.MONTH: 1, Frequency.QUARTER: 3, Frequency.HALF_YEAR: 6, Frequency.YEAR: 12}


@dataclass(frozen=True)
class Term:
    """The days for which something is promised to somebody.

    Attributes:
        starts_on, ends_on: first and last day as agreed.
        last_day: last day in force; before ``ends_on`` if it ended early.
    """

    starts_on: date
    ends_on: date
    last_day: date


@dataclass(frozen=True)
class Promise:
    """How often a service is promised; ``times`` None for what is given by schedule or on demand.

    Attributes:
        is_first_week: the first time within a week of the start (S1-4).
    """

    frequency: Frequency
    times: int | None
    is_first_week: bool = False


def due_by(promise: Promise, term: Term, day: date) -> int | None:
    """How many times should have been given by the end of a day; None for what has no number.

    Every period over counts whole, the running one in proportion to its days, rounded down. It never falls from one
    day to the next, and on the last agreed day it is the whole promise. An early end freezes it at the last day.
    """
    if promise.times is None:
        return None
    day = min(day, term.last_day)
    if day < term.starts_on:
        return 0
    if day >= term.ends_on:
        return _whole(promise, promise.times, term)
    number, first, after = _period_of(promise.frequency, term, day)
    if number >= _periods(promise.frequency, term):  # days at the end that make no period of their own
        return _whole(promise, promise.times, term)
    gone, length = (day - first).days + 1, (after - first).days
    due = number * promise.times + promise.times * gone // length
    return max(due, 1) if promise.is_first_week and day >= term.starts_on + FIRST_WEEK else due


def promised_in(promise: Promise, term: Term) -> int | None:
    """How many times in the whole term: what is due on its last day in force."""
    return due_by(promise, term, term.last_day)


def _whole(promise: Promise, times: int, term: Term) -> int:
    return times * _periods(promise.frequency, term)


def _periods(frequency: Frequency, term: Term) -> int:
    """Whole periods of the agreed term; at least one, since what is promised is given once."""
    number, _, after = _period_of(frequency, term, term.ends_on)
    return max(1, number + 1 if after == term.ends_on + timedelta(days=1) else number)


def _period_of(frequency: Frequency, term: Term, day: date) -> tuple[int, date, date]:
    """Number (from 0), first day, and day after the end of the period that a day of the term falls into."""
    first, after = term.starts_on, term.ends_on + timedelta(days=1)
    if frequency == Frequency.WEEK:
        number = (day - first).days // 7
        bounds = (first + timedelta(weeks=number), first + timedelta(weeks=number + 1))
    elif frequency in _MONTHS:
        step = _MONTHS[frequency]
        number = max(0, ((day.year - first.year) * 12 + day.month - first.month) // step - 1)
        while months_after(first, (number + 1) * step) <= day:
            number += 1
        bounds = (months_after(first, number * step), months_after(first, (number + 1) * step))
    else:
        return 0, first, after
    return (number, *bounds) if number or bounds[1] <= after else (0, first, after)


def is_overdue(promise: Promise, term: Term, done: int, *, on: date) -> bool:
    """Less was given than should have been by yesterday; what falls due today is still in time."""
    due = due_by(promise, term, on - timedelta(days=1))
    return due is not None and done < due


NOT_PROMISED = Objection("not_promised", "协议没有约定这项服务，不能计入履约。", "what")


def object_to_done(
    *, state: str, signed_on: date, starts_on: date, last_day: date, done_on: date, on: date
) -> Objection | None:
    """A service that was promised counts only if it was given within the term, or at the signing itself.

    Args:
        state, starts_on, last_day: of the person's enrolment, or of the agreement for what a household was promised.
    """
    if state in (AgreementState.VOID, AgreementState.DRAFT):
        return Objection("agreement_void", "协议已作废，不能登记服务。", "what")
    if done_on > on:
        return Objection("not_yet", "服务日期不能晚于今天。", "done_on")
    if not (starts_on <= done_on <= last_day or done_on == signed_on):
        days = f"{starts_on:%Y-%m-%d} 至 {last_day:%Y-%m-%d}"
        return Objection("not_in_term", f"服务日期不在协议有效期内（{days}），不能计入履约。", "done_on")
    return None
