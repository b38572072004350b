"""What a record earns, and how a movement is split into entries. Pure (S4-16, P14)."""

from collections.abc import Collection, Mapping
from dataclasses import dataclass
from datetime import date

from care.choices import PointPeriod


@dataclass(frozen=True)
class Earning:
    """A rule in force, as it is judged; see ``care.models.PointRule``."""

    code: str
    form: str
    verdicts: tuple[str, ...]
    modes: tuple[str, ...]
    on_time_only: bool
    points: int
    period: PointPeriod
    times: int


def deserves(rule: Earning, *, form: str, verdict: str, mode: str, is_on_time: bool, counted: int) -> bool:
    """Whether a record earns by a rule.

    Args:
        is_on_time: it closed a task within its window.
        counted: how often the person has earned by this rule in the period of the record's day.
    """
    return (
        rule.points > 0
        and rule.form == form
        and (not rule.verdicts or verdict in rule.verdicts)
        and (not rule.modes or mode in rule.modes)
        and (is_on_time or not rule.on_time_only)
        and (rule.period == PointPeriod.NONE or counted < rule.times)
    )


def period_of(period: PointPeriod, day: date) -> tuple[date, date]:
    """First day of the period of a day, and first day of the next one."""
    if period == PointPeriod.MONTH:
        return date(day.year, day.month, 1), _month_after(day.year, day.month)
    if period == PointPeriod.QUARTER:
        first = day.month - (day.month - 1) % 3
        return date(day.year, first, 1), _month_after(day.year, first + 2)
    if period == PointPeriod.YEAR:
        return date(day.year, 1, 1), date(day.year + 1, 1, 1)
    return date.min, date.max


def _month_after(year: int, month: int) -> date:
    return date(year + month // 12, month % 12 + 1, 1)


@dataclass(frozen=True)
class Split:
    """How a sum falls on the two accounts of a holder; both together are the sum."""

    own: int
    debt: int


def credit(points: int, *, owed: int) -> Split:
    """Points that come in pay first what is owed.

    Args:
        owed: how many points wait to be taken back; not negative.
    """
    paid = min(points, owed)
    return Split(own=points - paid, debt=paid)


def debit(points: int, *, balance: int) -> Split:
    """Points that are taken back: from what is there, the rest stays owed; the balance never falls below zero."""
    taken = min(points, balance)
    return Split(own=-taken, debt=taken - points)


def expiring(balance: int, earned_since: int) -> int:
    """What lapses: the oldest points are spent first, so only what exceeds the later earnings is old.

    Args:
        earned_since: points that came in after the last day that lapses.
    """
    return max(balance - max(earned_since, 0), 0)


def last_day_lapsing(on: date, valid_years: int) -> date | None:
    """Points of this day and before have lapsed on ``on``: points of a year hold through ``valid_years`` further ones."""
    return date(on.year - valid_years - 1, 12, 31) if valid_years else None


def occasion(source: str, code: str, taken_back: int) -> str:
    """Key of what a record earns by a rule; earned again after it was taken back, it is a further occasion."""
    return f"{source}:{code}" if not taken_back else f"{source}:{code}:{taken_back + 1}"


def wanted(
    rules: Collection[Earning], counted: Mapping[str, int], *, form: str, verdict: str, mode: str, is_on_time: bool
) -> dict[str, int]:  # fmt: skip
    """Rule code -> points that a record deserves."""
    return {
        one.code: one.points
        for one in rules
        if deserves(
            one,
            form=form,
            verdict=verdict,
            mode=mode,
            is_on_time=is_on_time,
            counted=counted.get(one.code, 0),
        )
    }
