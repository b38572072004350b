"""On which days of a month regular hours are kept, and how residents are told (items 2, 3, 7 of S0-23). Pure."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, time, timedelta
from typing import Protocol

from outreach.rules.patrols import WEEKDAYS

ORDINALS = {1: "第一个", 2: "第二个", 3: "第三个", 4: "第四个", 5: "第五个"}
MOST_DATES = 6  # told one by one; of more the weekdays are told, and the days off
_ONE = timedelta(days=1)


class Regular(Protocol):
    """The columns of clinic hours that say on which days they fall."""

    weekday: int
    month_weeks: list[int]
    starts_on: date
    ends_on: date | None


@dataclass(frozen=True)
class DayOff:
    """A day on which hours are not kept although it is their turn; why, in words."""

    day: date
    reason: str


@dataclass(frozen=True)
class Days:
    """Of some regular hours, in some span: when they are kept, and when not although it is their turn."""

    kept: tuple[date, ...]
    off: tuple[DayOff, ...]


def days_between(
    hours: Regular,
    first: date,
    last: date,
    *,
    stops: Iterable[tuple[date, date, str]],
    holidays: Mapping[date, str],
) -> Days:
    """The days of regular hours from ``first`` to ``last``, both included.

    Args:
        stops: (first day, last day, reason) on which these hours are not kept.
        holidays: public holidays, with their names: nobody holds hours then. Make-up working days change nothing: hours
            of a Tuesday are not kept on a Sunday that is worked instead.
    """
    known = tuple(stops)
    kept: list[date] = []
    off: list[DayOff] = []
    for day in _turns(hours, first, last):
        reason = next((why for begun, over, why in known if begun <= day <= over), "") or holidays.get(
            day, ""
        )
        if reason:
            off.append(DayOff(day, reason))
        else:
            kept.append(day)
    return Days(tuple(kept), tuple(off))


def _turns(hours: Regular, first: date, last: date) -> list[date]:
    begun = max(first, hours.starts_on)
    over = min(last, hours.ends_on) if hours.ends_on else last
    day = begun + timedelta(days=(hours.weekday - begun.isoweekday()) % 7)
    found = []
    while day <= over:
        if not hours.month_weeks or week_of_month(day) in hours.month_weeks:
            found.append(day)
        day += 7 * _ONE
    return found


def week_of_month(day: date) -> int:
    """1 for the first such weekday of its month, up to 5."""
    return (day.day - 1) // 7 + 1


def regularly(weekdays: Iterable[int], month_weeks: Sequence[int]) -> str:
    """每周一、周三 / 每周一至周五 / 每月第一、第三个周四"""
    wanted = sorted(set(weekdays))
    names = [WEEKDAYS[one] for one in wanted]
    runs = wanted == list(range(wanted[0], wanted[-1] + 1)) and len(wanted) > 2
    told = f"{names[0]}至{names[-1]}" if runs else "、".join(names)
    if not month_weeks:
        return "每天" if len(wanted) == 7 else f"每{told}"
    weeks = [ORDINALS[one].removesuffix("个") for one in sorted(set(month_weeks))]
    return f"每月{'、'.join(weeks)}个{told}"


def dates_in_words(days: Sequence[date]) -> str:
    """12月2日、9日、16日; with the weekday where all share one: 12月2日、9日（周三）. The month stands once."""
    parts, month = [], 0
    for day in sorted(days):
        parts.append(f"{day.day}日" if day.month == month else f"{day.month}月{day.day}日")
        month = day.month
    weekdays = {day.isoweekday() for day in days}
    told = "、".join(parts)
    return f"{told}（{WEEKDAYS[weekdays.pop()]}）" if len(weekdays) == 1 else told


def hours_in_words(begins_at: time, closes_at: time) -> str:
    """8:00-11:30"""
    return f"{begins_at.hour}:{begins_at:%M}-{closes_at.hour}:{closes_at:%M}"


def when_in_words(
    days: Days, weekdays: Iterable[int], month_weeks: Sequence[int], *, begins_at: time, closes_at: time
) -> str:
    """12月2日、9日（周三）8:00-11:30（12月16日停诊：检修）: date by date where they are few, else by weekdays.

    "" where they are kept on no day at all.
    """
    if not days.kept:
        return ""
    off = f"（{off_in_words(days.off)}）" if days.off else ""
    if len(days.kept) <= MOST_DATES:
        return f"{moments_in_words(days.kept, begins_at, closes_at)}{off}"
    return f"{regularly(weekdays, month_weeks)} {hours_in_words(begins_at, closes_at)}{off}"


def moments_in_words(days: Sequence[date], begins_at: time, closes_at: time) -> str:
    """12月2日、9日（周三）8:00-11:30; 12月2日、10日 8:00-11:30"""
    told = dates_in_words(days)
    return f"{told}{'' if told.endswith('）') else ' '}{hours_in_words(begins_at, closes_at)}"


def off_in_words(off: Sequence[DayOff]) -> str:
    """12月31日停诊：设备检修；1月1日停诊：元旦. Days with one reason stand together."""
    grouped: dict[str, list[date]] = {}
    for one in sorted(off, key=lambda one: one.day):
        grouped.setdefault(one.reason, []).append(one.day)
    return "；".join(f"{_bare(days)}停诊：{reason}" for reason, days in grouped.items())


def _bare(days: Sequence[date]) -> str:
    return dates_in_words(sorted(set(days))).partition("（")[0]


def together(many: Iterable[Days]) -> Days:
    """Of several hours of the same time and place: all their days in order."""
    kept: set[date] = set()
    off: dict[date, DayOff] = {}
    for one in many:
        kept.update(one.kept)
        off.update({stop.day: stop for stop in one.off})
    return Days(tuple(sorted(kept)), tuple(off[day] for day in sorted(off) if day not in kept))


def share_dates(one: Sequence[int], other: Sequence[int]) -> bool:
    """Whether hours of the same weekday, in these weeks of the month each, ever fall on one day."""
    return not one or not other or bool(set(one) & set(other))
