"""The weekly word of a sentinel: given, not due, or late (S2-25). Weeks begin on Monday. Pure."""

from collections.abc import Callable, Iterable
from datetime import date, timedelta
from enum import StrEnum

WEEK = timedelta(days=7)
_ONE = timedelta(days=1)


class Word(StrEnum):
    """What a week of a sentinel counts as; each week counts once, as the first that is true."""

    REPORTED = "有上报"
    ZERO = "零报告"
    EXCUSED = "请假"
    NOT_DUE = "未到期"
    LATE = "未报"


def week_of(day: date) -> date:
    """The Monday of its week."""
    return day - timedelta(days=day.weekday())


def silence_begins(on: date, *, weeks: int) -> date:
    """The Monday so many whole weeks before this one: nothing heard since then is silence."""
    return week_of(on) - weeks * WEEK


def word_of(
    week: date, *, on: date, has_reported: bool, has_zero: bool, is_excused: bool, is_expected: bool = True
) -> Word:
    """What a week counts as on a day: late from the Monday after it.

    Args:
        is_expected: in post during the whole week.
    """
    if has_reported:
        return Word.REPORTED
    if has_zero:
        return Word.ZERO
    if is_excused:
        return Word.EXCUSED
    return Word.LATE if is_expected and on >= week + WEEK else Word.NOT_DUE


def is_excused(
    week: date, leaves: Iterable[tuple[date, date | None]], *, is_working: Callable[[date], bool]
) -> bool:
    """On leave on the last day of the week, when the word is due, or on every working day of it.

    Args:
        leaves: first and last day of each, both included; None is open.
    """
    spans = list(leaves)

    def away(day: date) -> bool:
        return any(first <= day and (last is None or day <= last) for first, last in spans)

    days = [week + n * _ONE for n in range(7)]
    worked = [day for day in days if is_working(day)]
    return away(days[-1]) or (bool(worked) and all(away(day) for day in worked))


def may_still_report(week: date, *, on: date) -> bool:
    """This week, and the one before it: late, but heard."""
    return week in (week_of(on), week_of(on) - WEEK)
