"""Clocks of urgent reports, and how far a delay is told (S2-27, S2-1, S0-39). Pure."""

from collections.abc import Callable
from datetime import date, datetime, time, timedelta, tzinfo

_ONE = timedelta(days=1)

# As ``outreach.choices.Escalation``.
NONE, LEADER, STEWARD, BUREAU = 0, 1, 2, 3

# What the log of a report says of each step upwards.
ESCALATED_WORDS = {
    LEADER: "超过时限，已提醒团队长",
    STEWARD: "超过时限，已报机构家医管家和镇街",
    BUREAU: "超过时限，已报区卫健局",
}


def ack_due_at(reported_at: datetime, *, minutes: int) -> datetime:
    """Natural time: at night and on days off as well (S2-27)."""
    return reported_at + timedelta(minutes=minutes)


def settle_due_at(reported_at: datetime, *, hours: int) -> datetime:
    """Natural time: danger keeps no working hours (S2-27)."""
    return reported_at + timedelta(hours=hours)


def urgent_level(opened_at: datetime, *, ack_minutes: int, bureau_minutes: int, now: datetime) -> int:
    """Who ought to have been told by now of a side that has not acknowledged.

    Team leader, steward and street as soon as the time to acknowledge is over; the bureau later.
    """
    waited = now - opened_at
    if waited >= timedelta(minutes=bureau_minutes):
        return BUREAU
    return STEWARD if waited >= timedelta(minutes=ack_minutes) else NONE


def cut_off(now: datetime, days: int, *, is_working: Callable[[date], bool], zone: tzinfo) -> datetime:
    """The latest deadline that lies at least ``days`` working days back: at the same time of day, n working days later.

    A deadline on a day off counts from the next working day, 00:00. Deadlines up to and including the answer are over.

    >>> cut_off(datetime(2026, 11, 24, 9), 1, is_working=lambda day: True, zone=None)
    datetime.datetime(2026, 11, 23, 9, 0)
    """
    local = now.astimezone(zone) if zone else now
    is_day_off = not is_working(local.date())
    day = _working_back(local.date(), is_working) if is_day_off else local.date()
    for _ in range(days):
        day = _working_back(day - _ONE, is_working)
    if is_day_off:
        return datetime.combine(day, time.max, tzinfo=zone)
    return datetime.combine(day, local.time(), tzinfo=zone)


def _working_back(day: date, is_working: Callable[[date], bool]) -> date:
    """That day if people work on it, else the last one before it."""
    while not is_working(day):
        day -= _ONE
    return day
