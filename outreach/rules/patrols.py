"""How often points and teams must be served, and whether they were (S0-24, S0-26, S1-14, S2-17; 3.12). Pure."""

from collections.abc import Collection, Iterable
from dataclasses import dataclass
from datetime import date, timedelta
from enum import StrEnum
from math import gcd
from typing import Protocol

from core.policy import Finding
from outreach.choices import VisitKind

WEEKDAYS = {1: "周一", 2: "周二", 3: "周三", 4: "周四", 5: "周五", 6: "周六", 7: "周日"}
# Going into the community each week (S1-14): from door to door, or in the committee's health room.
COMMUNITY_KINDS = (VisitKind.COMMUNITY, VisitKind.SESSION)
_WEEK, _ONE = timedelta(days=7), timedelta(days=1)


class WeekState(StrEnum):
    """How a point stands in a week."""

    MET = "已达标"
    SHORT = "未达标"
    EXCUSED = "批准停诊"
    PLANNED = "已排班"
    GAP = "未排班"
    NOT_COUNTED = "不考核"


# State -> color of its tag.
TAGS = {
    WeekState.MET: "green",
    WeekState.SHORT: "red",
    WeekState.EXCUSED: "grey",
    WeekState.PLANNED: "blue",
    WeekState.GAP: "yellow",
    WeekState.NOT_COUNTED: "grey",
}


class Weekly(Protocol):
    """The columns of a timetable that say on which days it falls."""

    weekday: int
    every_weeks: int
    starts_on: date
    ends_on: date | None


@dataclass(frozen=True)
class Week:
    """A week of a point: what it should have had and what it had.

    Attributes:
        required: patrols wanted, after what approved exceptions take away.
        done, planned: patrols held, and still to come.
    """

    monday: date
    state: WeekState
    required: int
    done: int
    planned: int
    is_over: bool

    @property
    def tag(self) -> str:
        return TAGS[self.state]

    @property
    def counts(self) -> bool:
        """Whether the week stands in a rate: it is over, and something was asked."""
        return self.is_over and self.state in (WeekState.MET, WeekState.SHORT)


def monday_of(day: date) -> date:
    return day - timedelta(days=day.weekday())


def mondays(first: date, last: date) -> list[date]:
    """Of the weeks from that of ``first`` to that of ``last``."""
    found, one = [], monday_of(first)
    while one <= last:
        found.append(one)
        one += _WEEK
    return found


def week_name(monday: date) -> str:
    """2026年第47周: the ISO week, whose year may differ at the turn."""
    year, week, _ = monday.isocalendar()
    return f"{year}年第{week}周"


def days_in_week(timetables: Iterable[Weekly], monday: date) -> list[date]:
    """Days of that week on which the point is to be served, exceptions aside."""
    found = set()
    for one in timetables:
        day = monday + timedelta(days=one.weekday - 1)
        begun, over = one.starts_on <= day, one.ends_on is not None and one.ends_on < day
        turns = (monday - monday_of(one.starts_on)).days // 7
        if begun and not over and turns % one.every_weeks == 0:
            found.add(day)
    return sorted(found)


def next_turn(begun: date, every_weeks: int, day: date) -> date:
    """The day itself where its week is one of those counted from ``begun``, else the Monday of the next such week."""
    over = (monday_of(day) - monday_of(begun)).days // 7 % every_weeks
    return day if not over else monday_of(day) + (every_weeks - over) * _WEEK


def share_weeks(one: tuple[date, int], other: tuple[date, int]) -> bool:
    """Whether two rhythms, each (first day, every so many weeks), ever fall into the same week."""
    apart = (monday_of(one[0]) - monday_of(other[0])).days // 7
    return apart % gcd(one[1], other[1]) == 0


def required_in(
    scheduled: Collection[date], stops: Iterable[tuple[date, date]], monday: date, need: int
) -> int:
    """Patrols that a week must have, less those that approved exceptions made impossible.

    A scheduled day that was called off counts only where the days left are too few. Without any scheduled day the week is
    free if all its days from Monday to Friday were called off.
    """
    spans = list(stops)

    def stopped(day: date) -> bool:
        return any(first <= day <= last for first, last in spans)

    if not scheduled:
        return 0 if all(stopped(monday + _ONE * n) for n in range(5)) else need
    spare = max(0, len(scheduled) - need)
    lost = sum(stopped(day) for day in scheduled)
    return max(0, need - max(0, lost - spare))


def judge_week(
    monday: date, *, on: date, opened_on: date, closed_on: date | None, required: int, done: int, planned: int
) -> Week:
    """How a week stands as of a day.

    Counted is from the first full week after the opening to the last full one before the closing.

    Args:
        planned: patrols still to come, today's included.
    """
    sunday = monday + 6 * _ONE
    is_counted = monday >= opened_on and (closed_on is None or sunday < closed_on)
    if not is_counted:
        state = WeekState.NOT_COUNTED
    elif done and done >= required:
        state = WeekState.MET
    elif required == 0:
        state = WeekState.EXCUSED
    elif sunday < on:
        state = WeekState.SHORT
    else:
        state = WeekState.PLANNED if done + planned >= required else WeekState.GAP
    return Week(monday, state, required, done, planned, is_over=sunday < on)


@dataclass(frozen=True)
class Rate:
    """Weeks met of weeks asked."""

    met: int
    asked: int

    @property
    def share(self) -> float | None:
        return self.met / self.asked if self.asked else None

    @property
    def percent(self) -> str:
        return f"{self.share:.2%}" if self.share is not None else "—"

    def __add__(self, other: "Rate") -> "Rate":
        return Rate(self.met + other.met, self.asked + other.asked)


def rate_of(weeks: Iterable[Week]) -> Rate:
    counted = [one for one in weeks if one.counts]
    return Rate(sum(one.state == WeekState.MET for one in counted), len(counted))


def off_range(number: int, *, least: int, most: int) -> int:
    """How many there are too few (below zero) or too many, 0 where the number is as it should be."""
    return min(number - least, 0) or max(number - most, 0)


def points_finding(number: int, *, least: int, most: int) -> Finding | None:
    """Too few or too many points in a grid: told, never a hindrance (S0-24)."""
    off = off_range(number, least=least, most=most)
    if off < 0:
        return Finding(
            "points_few",
            f"应设 {least} 至 {most} 个服务点，现有 {number} 个，还差 {-off} 个。",
            title="服务点不足",
        )
    if off > 0:
        return Finding(
            "points_many", f"应设 {least} 至 {most} 个服务点，现有 {number} 个，请核对。", title="服务点偏多"
        )
    return None


def workdays_finding(days: int, *, least: int, most: int, is_over: bool) -> Finding | None:
    """Work days of a month against one and two (S2-17); too few is told when the month is over."""
    off = off_range(days, least=least, most=most)
    if is_over and off < 0:
        return Finding(
            "workdays_few", f"当月家庭医生工作日 {days} 天，应不少于 {least} 天。", title="工作日不足"
        )
    if off > 0:
        return Finding(
            "workdays_many",
            f"当月家庭医生工作日 {days} 天，超过规定的 {most} 天，请核对。",
            title="工作日偏多",
        )
    return None


def month_end(day: date) -> date:
    """Last day of the month of a day."""
    return (day.replace(day=28) + 4 * _ONE).replace(day=1) - _ONE


def last_judged_on(day: date, *, on: date) -> date:
    """By the numbers of which day the month of a day is judged: of its last one, as long as it runs of today."""
    return min(month_end(day), on)


def weeks_of_month(first: date) -> list[date]:
    """Mondays of the weeks that belong to a month: those whose Thursday lies in it, as ISO gives weeks to years."""
    found, one = [], monday_of(first) - _WEEK
    while (one + 3 * _ONE) < first:
        one += _WEEK
    while (one + 3 * _ONE).month == first.month:
        found.append(one)
        one += _WEEK
    return found
