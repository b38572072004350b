"""From a rule and an anchor to the days of its occurrences (3). Pure; all days are included in their window.

The windows of one rule lie one after another without a hole: an occurrence is accepted until the day before the next one
opens (``expires_on``). Month steps keep the day of the anchor and are clamped to the end of a short month, so that
31 January is followed by 28 February and 31 March.
"""

from calendar import monthrange
from dataclasses import dataclass, replace
from datetime import date, timedelta

from care.choices import ScheduleKind
from care.rules.tables import Point, Schedule, ServiceRule, Step
from core.dates import add_years

ONE_DAY = timedelta(days=1)
ROUND = 100  # of a series: sequence 103 is the third point of the second round
_PERIOD_MONTHS = {"month": 1, "quarter": 3, "half_year": 6, "year": 12}


@dataclass(frozen=True)
class Slot:
    """One occurrence of a rule for a person.

    Attributes:
        anchor_on, steps: what it was reckoned from: so many intervals or periods after the anchor; of a series, the
            number of the point from 0.
        opens_on, due_on, closes_on: first day, the day itself, last day in time.
        expires_on: last day on which it is still accepted, as late.
    """

    sequence: int
    anchor_on: date
    steps: int
    opens_on: date
    due_on: date
    closes_on: date
    expires_on: date


def months_on(day: date, months: int) -> date:
    """The same day of the month so many months on, or the last day of a month that has no such day."""
    year, month = divmod(day.year * 12 + day.month - 1 + months, 12)
    return date(year, month + 1, min(day.day, monthrange(year, month + 1)[1]))


def first_slot(
    rule: ServiceRule,
    anchor_on: date,
    *,
    on: date,
    until: date | None = None,
    sequence: int = 1,
    done_this_year: int = 0,
) -> Slot | None:
    """The first occurrence that can still be done on a day; None if there is none.

    Args:
        anchor_on: last visit, birth, first day of the term, start of the episode.
        until: last day of the promise; what opens later is not asked for.
        sequence: of the first occurrence ever for this person and rule.
        done_this_year: visits in the calendar year of ``anchor_on``, for the yearly minimum.
    """
    found = slot = _beginning(rule, anchor_on, sequence, done_this_year)
    if slot is not None and not _asked(rule, slot, until):
        slot = slot_after_missed(rule, slot, until=until)
    while slot is not None and slot.expires_on < on:
        slot = slot_after_missed(rule, slot, until=until)
    if slot is None or not _within(slot, until):
        return None
    is_series = rule.schedule.kind == ScheduleKind.POINTS  # whose numbers name the points
    return slot if is_series or found is None else replace(slot, sequence=found.sequence)


def slot_after_visit(
    rule: ServiceRule,
    slot: Slot,
    done_on: date,
    *,
    done_this_year: int,
    interval: Step | None = None,
    until: date | None = None,
) -> Slot | None:
    """What comes next after a visit; ``slot`` itself if the visit came before its window and does not count.

    Args:
        done_this_year: visits in the calendar year of ``done_on``, this one included.
        interval: until the next one, where the visit's class decides it.
    """
    if done_on < slot.opens_on and not counts_early(rule):
        return slot
    kind = rule.schedule.kind
    if kind == ScheduleKind.ONCE:
        return None
    if kind != ScheduleKind.INTERVAL:
        return slot_after_missed(rule, slot, until=until)
    step = interval or Step(rule.schedule.step_months, rule.schedule.step_days)
    following = _interval_from(rule, done_on, step, slot.sequence + 1, done_this_year)
    return following if _within(following, until) else None


def slot_after_missed(rule: ServiceRule, slot: Slot, *, until: date | None = None) -> Slot | None:
    """The occurrence after one that was not done in its window; it opens the day after that one expired."""
    if rule.schedule.kind == ScheduleKind.ONCE:
        return None
    following = _at(rule, slot.anchor_on, slot.steps + 1, slot.sequence + 1)
    if following is None or not _within(following, until) or not _asked(rule, following, until):
        return None
    return following


def slot_again(rule: ServiceRule, slot: Slot) -> Slot | None:
    """The same occurrence reckoned anew, by another version of the rule; None if the rule no longer has it."""
    return _at(rule, slot.anchor_on, slot.steps, slot.sequence)


def counts_early(rule: ServiceRule) -> bool:
    """Whether a visit before the window counts: what is counted from the last visit does, a check of an age does not."""
    return rule.schedule.kind in (ScheduleKind.INTERVAL, ScheduleKind.ONCE)


def label_of(rule: ServiceRule, sequence: int) -> str:
    """What an occurrence of a series is called ("6月龄"); "" for everything else."""
    points = rule.schedule.points
    index = (sequence - 1) % ROUND
    return points[index].label if index < len(points) else ""


def latest_for_minimum(times: int, day: date, done_this_year: int, gap: timedelta) -> date:
    """Last day for the next visit if a year is to have ``times``: the n-th by the end of the n-th equal part of the year.

    Args:
        day: of the visit before, or the first day of the promise.
        done_this_year: visits in the year of ``day`` so far; more than asked for do not put off next year's first.
        gap: a part that ends sooner than this after ``day`` is passed over; what was late cannot be caught up within days.
    """
    number = min(done_this_year, times)
    while (latest := _part_end(day.year, times, number)) < day + gap:
        number += 1
    return latest


def _part_end(year: int, times: int, number: int) -> date:
    """Last day of the part of that number, from 0, of a year cut in ``times`` equal parts; runs on into later years."""
    years, part = divmod(number, times)
    first, after = date(year + years, 1, 1), date(year + years + 1, 1, 1)
    if 12 % times == 0:
        return months_on(first, 12 // times * (part + 1)) - ONE_DAY
    return first + timedelta(days=(after - first).days * (part + 1) // times) - ONE_DAY


def _beginning(rule: ServiceRule, anchor_on: date, sequence: int, done_this_year: int) -> Slot | None:
    schedule = rule.schedule
    if schedule.kind == ScheduleKind.INTERVAL:
        step = Step(schedule.first_months, schedule.first_days)
        if step == Step():
            step = Step(schedule.step_months, schedule.step_days)
        return _interval_from(rule, anchor_on, step, sequence, done_this_year)
    if schedule.kind == ScheduleKind.POINTS:
        return _at(rule, anchor_on, 0, -(-(sequence - 1) // ROUND) * ROUND + 1)
    return _at(rule, anchor_on, 0, sequence)


def _interval_from(rule: ServiceRule, day: date, step: Step, sequence: int, done_this_year: int) -> Slot:
    """The occurrence one step after a day, not later than the yearly minimum allows, and not on that day itself.

    An occurrence that is not one usual step away becomes its own anchor (steps 0), so that those after it follow in
    usual steps from it.
    """
    schedule = rule.schedule
    due, last = _shifted(day, step, 1), None
    if rule.yearly_minimum:
        gap = (_shifted(day, _step(schedule), 1) - day) / 2
        last = latest_for_minimum(rule.yearly_minimum, day, done_this_year, gap)
    anchored = (day, 1) if step == _step(schedule) else (due, 0)
    if last is not None and last < due:
        due, anchored = last, (last, 0)
    slot = _interval(schedule, *anchored, sequence)
    closes = min(slot.closes_on, last) if last is not None else slot.closes_on
    return replace(slot, opens_on=min(max(slot.opens_on, day + ONE_DAY), due), closes_on=closes)


def _at(rule: ServiceRule, anchor_on: date, steps: int, sequence: int) -> Slot | None:
    schedule = rule.schedule
    if schedule.kind == ScheduleKind.INTERVAL:
        return _interval(schedule, anchor_on, steps, sequence)
    if schedule.kind == ScheduleKind.CALENDAR:
        return _calendar(schedule, anchor_on, steps, sequence)
    if schedule.kind == ScheduleKind.POINTS:
        return _point(schedule, anchor_on, steps, sequence)
    return _once(schedule, anchor_on, sequence)


def _interval(schedule: Schedule, anchor_on: date, steps: int, sequence: int) -> Slot:
    step, before = _step(schedule), timedelta(days=schedule.before_days)
    due = _shifted(anchor_on, step, steps)
    expires = _shifted(anchor_on, step, steps + 1) - before - ONE_DAY
    closes = min(due + timedelta(days=schedule.after_days), expires)
    return Slot(sequence, anchor_on, steps, due - before, due, closes, expires)


def _calendar(schedule: Schedule, anchor_on: date, steps: int, sequence: int) -> Slot:
    first, last = _part(schedule, anchor_on, _first_part(schedule, anchor_on) + steps)
    opens = max(first, anchor_on)
    due = max(opens, last - timedelta(days=schedule.after_days))
    return Slot(sequence, anchor_on, steps, opens, due, last, last)


def _first_part(schedule: Schedule, anchor_on: date) -> int:
    """Number, within the anchor's period, of the part that the anchor falls into."""
    return next(n for n in range(schedule.times) if _part(schedule, anchor_on, n)[1] >= anchor_on)


def _part(schedule: Schedule, anchor_on: date, number: int) -> tuple[date, date]:
    """First and last day of a part of a period; number 0 is the first part of the period of the anchor."""
    periods, part = divmod(number, schedule.times)
    if schedule.period == "contract_year":
        first, after = add_years(anchor_on, periods), add_years(anchor_on, periods + 1)
    else:
        length = _PERIOD_MONTHS[schedule.period]
        start = date(anchor_on.year, (anchor_on.month - 1) // length * length + 1, 1)
        first, after = months_on(start, periods * length), months_on(start, (periods + 1) * length)
    days = (after - first).days
    ends = first + timedelta(days=days * (part + 1) // schedule.times) - ONE_DAY
    return first + timedelta(days=days * part // schedule.times), ends


def _point(schedule: Schedule, anchor_on: date, index: int, sequence: int) -> Slot | None:
    if index >= len(schedule.points):
        return None
    point = schedule.points[index]
    opens, due, closes = _window(point, anchor_on)
    if index + 1 < len(schedule.points):
        expires = _window(schedule.points[index + 1], anchor_on)[0] - ONE_DAY
    else:
        expires = closes + timedelta(days=schedule.grace_days)
    return Slot(sequence, anchor_on, index, opens, due, min(closes, expires), expires)


def _window(point: Point, anchor_on: date) -> tuple[date, date, date]:
    due = months_on(anchor_on, point.months) + timedelta(days=point.days)
    latest = months_on(anchor_on, point.months + point.after_months)
    closes = latest + timedelta(days=point.days + point.after)
    return due - timedelta(days=point.before), due, closes


def _once(schedule: Schedule, anchor_on: date, sequence: int) -> Slot:
    due = _shifted(anchor_on, Step(schedule.first_months, schedule.first_days), 1)
    closes = due + timedelta(days=schedule.after_days)
    opens = anchor_on + timedelta(days=schedule.opens_days)
    return Slot(sequence, anchor_on, 0, opens, due, closes, closes + timedelta(days=schedule.grace_days))


def _step(schedule: Schedule) -> Step:
    return Step(schedule.step_months, schedule.step_days)


def _shifted(day: date, step: Step, times: int) -> date:
    return months_on(day, step.months * times) + timedelta(days=step.days * times)


def _within(slot: Slot, until: date | None) -> bool:
    return until is None or slot.opens_on <= until


def _asked(rule: ServiceRule, slot: Slot, until: date | None) -> bool:
    """Whether the promise covers enough of the period (3.12: 30 days of a quarter); of a shorter one, all of it."""
    schedule = rule.schedule
    if schedule.kind != ScheduleKind.CALENDAR:
        return True
    first = _part(schedule, slot.anchor_on, _first_part(schedule, slot.anchor_on) + slot.steps)[0]
    last = slot.expires_on if until is None else min(slot.expires_on, until)
    whole, covered = (slot.expires_on - first).days + 1, (last - slot.opens_on).days + 1
    return covered >= min(schedule.min_days, whole)
