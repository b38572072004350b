"""When a message may leave, and when to try again. Pure."""

from collections.abc import Callable
from datetime import date, datetime, time, timedelta, tzinfo

FIRST_WAIT, LONGEST_WAIT = timedelta(minutes=1), timedelta(hours=1)
_ONE = timedelta(days=1)


def leaves_at(
    at: datetime, *, quiet_from: int, quiet_to: int, is_working: Callable[[date], bool], is_urgent: bool,
    is_always: bool, zone: tzinfo,
) -> datetime:  # fmt: skip
    """The first moment from ``at`` on at which a message may leave: not in the quiet hours and on a working day.

    Args:
        quiet_from, quiet_to: hours of the day, the former in the evening, the latter in the morning.
        is_urgent: goes out on days off as well.
        is_always: urgent messages go out in the quiet hours, too.
    """
    if is_urgent and is_always:
        return at
    local = at.astimezone(zone)
    day = local.date() + (_ONE if local.hour >= quiet_from else timedelta(0))
    first = local if day == local.date() and local.hour >= quiet_to else _morning(day, quiet_to, zone)
    while not is_urgent and not is_working(first.date()):
        first = _morning(first.date() + _ONE, quiet_to, zone)
    return first


def _morning(day: date, hour: int, zone: tzinfo) -> datetime:
    return datetime.combine(day, time(hour), tzinfo=zone)


def wait_after(attempts: int) -> timedelta:
    """1, 2, 4 ... minutes, an hour at most."""
    return min(FIRST_WAIT * 2 ** min(attempts - 1, 10), LONGEST_WAIT)
