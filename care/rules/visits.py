"""Whether a service can be written down for a day, and when the next one is (3). Pure."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date, timedelta

from care.choices import ScheduleKind
from care.rules.schedule import months_on
from care.rules.tables import ServiceRule, Step, Table, Verdict
from contracts.rules import Objection
from core.dates import chinese_date

FARTHEST_NEXT = 366  # days; for forms to which no rule says an interval


@dataclass(frozen=True)
class Person:
    """What is known of the resident; ``left_on`` with how he left ("死亡"), None while he lives here."""

    born_on: date | None
    left_on: date | None = None
    left: str = ""


def object_to_day(done_on: date, person: Person, *, on: date, late_days: int) -> Objection | None:
    """Never to come, never before birth, not too long ago, and nothing is done for somebody after he is gone."""
    if done_on > on:
        return Objection("record_to_come", "服务日期不能晚于今天，请改为实际服务的日期。", "done_on")
    if person.born_on and done_on < person.born_on:
        return Objection("record_before_birth", "服务日期不能早于出生日期。", "done_on")
    if person.left_on and done_on > person.left_on:
        sentence = f"该居民已于{chinese_date(person.left_on)}登记{person.left}，不能登记此后的服务。"
        return Objection("record_of_departed", sentence, "done_on")
    first = on - timedelta(days=late_days)
    if done_on < first:
        sentence = f"只能补录 {late_days} 天以内的服务，即{chinese_date(first)}以后。"
        return Objection("record_too_late", sentence, "done_on")
    return None


@dataclass(frozen=True)
class Proposal:
    """When the next visit is by the table; ``latest`` is the last day that somebody may choose instead."""

    due_on: date
    latest: date


def propose(
    table: Table | None, form: str, verdict: Verdict | None, done_on: date, *, codes: Iterable[str] = ()
) -> Proposal | None:
    """The next date that follows from a visit; None where no rule counts from it.

    A follow-up that the verdict starts comes before the routine one and cannot be put off.

    Args:
        codes: rules that the person has; none named: any rule of the table that the form proves.
    """
    if table is None:
        return None
    started = [table.rule(code) for code in verdict.starts] if verdict else []
    soon = [_first_of(one, done_on) for one in started if one]
    if soon:
        return min(soon, key=lambda one: one.due_on)
    wanted = set(codes)
    routine = next((one for one in table.rules if _is_routine(one, form, wanted)), None)
    if routine is None:
        return None
    schedule = routine.schedule
    step = (verdict.interval if verdict else None) or Step(schedule.step_months, schedule.step_days)
    due = _after(done_on, step)
    return Proposal(due, due + timedelta(days=schedule.after_days))


def _is_routine(rule: ServiceRule, form: str, wanted: set[str]) -> bool:
    is_wanted = not wanted or rule.code in wanted
    return is_wanted and rule.schedule.kind == ScheduleKind.INTERVAL and form in rule.forms


def _first_of(rule: ServiceRule, done_on: date) -> Proposal:
    schedule = rule.schedule
    due = _after(done_on, Step(schedule.first_months, schedule.first_days))
    return Proposal(due, due + timedelta(days=schedule.after_days))


def _after(day: date, step: Step) -> date:
    return months_on(day, step.months) + timedelta(days=step.days)


def object_to_next(next_on: date, done_on: date, proposal: Proposal | None) -> Objection | None:
    """A chosen next date lies after the visit and not later than the rule allows; earlier is always right."""
    if next_on <= done_on:
        return Objection("next_not_after", "下次日期须晚于本次服务日期。", "next_on")
    latest = proposal.latest if proposal else done_on + timedelta(days=FARTHEST_NEXT)
    if next_on > latest:
        sentence = f"按规则下次不能晚于{chinese_date(latest)}，可以提前。"
        return Objection("next_too_late", sentence, "next_on")
    return None
