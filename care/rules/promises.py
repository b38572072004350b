"""A promise in one small number, which the plan of a service item carries in place of a rule's version. Pure."""

from contracts.choices import Frequency
from contracts.rules.fulfillment import Promise

# The place in this list, from 1, is stored: new frequencies are added at its end.
COUNTED = (
    Frequency.TERM,
    Frequency.WEEK,
    Frequency.MONTH,
    Frequency.QUARTER,
    Frequency.HALF_YEAR,
    Frequency.YEAR,
    Frequency.COURSE,
)
MOST_TIMES = 2047
_PLACE, _TIMES = 4096, 2  # frequency * 4096 + times * 2 + first week: 32767 at most


def packed(promise: Promise) -> int:
    """Two promises have the same number only if they ask for the same."""
    times = min(promise.times or 0, MOST_TIMES)
    place = COUNTED.index(promise.frequency) + 1
    return place * _PLACE + times * _TIMES + promise.is_first_week


def unpacked(number: int) -> Promise:
    place, rest = divmod(number, _PLACE)
    times, is_first_week = divmod(rest, _TIMES)
    return Promise(COUNTED[place - 1], times, bool(is_first_week))
