"""The windows in which a promised service is due, where no programme rule dates it: equal parts of its periods.

Made from ``due_by`` itself: the n-th time closes on the first day on which n times should have been given, so the plan
and the count of what is due can never say two things.
"""

from datetime import date, timedelta

from care.rules.schedule import Slot
from contracts.rules.fulfillment import Promise, Term, due_by, promised_in

ONE_DAY = timedelta(days=1)


def first_item_slot(promise: Promise, term: Term, *, on: date, done: int = 0) -> Slot | None:
    """The first time that can still be given in its window on a day; None if nothing is left.

    Args:
        done: how many times it was given so far, which are the first ones.
    """
    slot = item_slot(promise, term, done + 1)
    while slot is not None and slot.expires_on < on:
        slot = item_slot(promise, term, slot.sequence + 1)
    return slot


def item_slot(promise: Promise, term: Term, sequence: int) -> Slot | None:
    """The window of the n-th time, from 1; None where the promise has no number, or not so many.

    The days agreed decide, also where the agreement ended early. What is promised within the first week closes on the
    seventh day and is accepted until the second time opens.
    """
    agreed = Term(term.starts_on, term.ends_on, term.ends_on)
    count = promised_in(promise, agreed)
    if count is None or not 1 <= sequence <= count:
        return None
    evenly = Promise(promise.frequency, promise.times)
    opens = _counted_on(evenly, agreed, sequence - 1) + ONE_DAY if sequence > 1 else agreed.starts_on
    expires = _counted_on(evenly, agreed, sequence) if sequence < count else agreed.ends_on
    closes = min(_counted_on(promise, agreed, sequence), expires)
    opens = min(opens, closes)  # more often than once a day
    return Slot(sequence, agreed.starts_on, sequence - 1, opens, closes, closes, expires)


def _counted_on(promise: Promise, term: Term, times: int) -> date:
    """First day of the term by whose end so many times should have been given."""
    low, high = term.starts_on, term.ends_on
    while low < high:
        middle = low + (high - low) // 2
        if (due_by(promise, term, middle) or 0) >= times:
            high = middle
        else:
            low = middle + ONE_DAY
    return low
