"""When a team serves a point: weekly hours, set, changed and ended; the visits ahead follow at once (S0-25, S0-26)."""

from collections.abc import Collection
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta

from django.db import transaction
from django.db.models import Q

from core.history import credited_to
from core.refusals import Refusal
from outreach.actions.planning_visits import Planned, hold_planning, plan_visits
from outreach.choices import VisitState
from outreach.models import Booking, PointTimetable, ServicePoint, VisitCheckIn, VisitSlot
from outreach.policy import OutreachPolicy
from outreach.rules.patrols import WEEKDAYS, next_turn, share_weeks
from teams.models import Team, TeamMembership, User

_ONE = timedelta(days=1)


class CannotSetTimetable(Refusal):
    """The hours cannot be set like this."""


@dataclass(frozen=True)
class Hours:
    """One weekly hour of a point.

    Attributes:
        weekday: 1 Monday to 7 Sunday.
        every_weeks: 1 each week, 2 every other one, counted from the week of the first day.
        seats: residents who may book one slot of ``slot_minutes``; 0: nobody books.
    """

    team: Team
    weekday: int
    begins_at: time
    closes_at: time
    every_weeks: int = 1
    slot_minutes: int = 30
    seats: int = 0
    staff: tuple[User, ...] = ()


def set_timetable(
    *, by: User, on: date, now: datetime, policy: OutreachPolicy, point: ServicePoint, hours: Hours, starts_on: date,
    ends_on: date | None = None,
) -> PointTimetable:  # fmt: skip
    """New weekly hours of a point.

    Raises:
        CannotSetTimetable: they begin in the past or not while the point is open, cross other hours of it, or name somebody
            who does not belong to the team.
    """
    if starts_on < on:
        raise CannotSetTimetable("starts_in_past", "开始日期不能早于今天。", field="starts_on")
    if ends_on and ends_on < starts_on:
        raise CannotSetTimetable("ends_before_start", "结束日期不能早于开始日期。", field="ends_on")
    with transaction.atomic(), credited_to(by):
        hold_planning()
        point = ServicePoint.objects.select_for_update().get(pk=point.pk)
        _check(point, hours, starts_on=starts_on, ends_on=ends_on)
        row = _new_row(point, hours, starts_on=starts_on, ends_on=ends_on)
        plan_visits(on=on, now=now, policy=policy, points=[point.pk])
    return row


def change_timetable(
    *,
    by: User,
    on: date,
    now: datetime,
    policy: OutreachPolicy,
    timetable: PointTimetable,
    hours: Hours,
    from_on: date,
) -> Planned:
    """Other hours from a day on: the old ones end the day before, so that the past stays as it was.

    Only the people, the length of a slot or its seats: the row itself is changed, at once. Every other week stays the same
    other week. What became of the visits.

    Raises:
        CannotSetTimetable: as ``set_timetable``; or the hours have ended by then.
    """
    with transaction.atomic(), credited_to(by):
        row = _held(timetable)
        _refuse_ended(row, from_on)
        if from_on < on:
            raise CannotSetTimetable("starts_in_past", "开始日期不能早于今天。", field="from_on")
        starts_on = max(from_on, row.starts_on)
        if hours.every_weeks == row.every_weeks:
            starts_on = next_turn(row.starts_on, row.every_weeks, starts_on)
        _check(row.point, hours, starts_on=starts_on, ends_on=row.ends_on, but=row.pk)
        if row.starts_on >= from_on or not _other_times(row, hours):
            _write(row, hours)
        else:
            ends_on, row.ends_on = row.ends_on, from_on - _ONE
            row.save(update_fields=["ends_on"])
            if ends_on is None or starts_on <= ends_on:
                _new_row(row.point, hours, starts_on=starts_on, ends_on=ends_on)
        return plan_visits(on=on, now=now, policy=policy, points=[row.point_id])


def end_timetable(
    *, by: User, on: date, now: datetime, policy: OutreachPolicy, timetable: PointTimetable, ends_on: date
) -> Planned:
    """The hours end with that day, or are struck out where they never began. What became of the visits.

    Raises:
        CannotSetTimetable: the day lies in the past; or hours that never began have bookings.
    """
    with transaction.atomic(), credited_to(by):
        row = _held(timetable)
        if ends_on < on - _ONE:
            raise CannotSetTimetable("ends_in_past", "结束日期不能早于昨天。", field="ends_on")
        _refuse_ended(row, ends_on)
        if ends_on < row.starts_on:
            _strike_out(row)
        else:
            row.ends_on = ends_on
            row.save(update_fields=["ends_on"])
        return plan_visits(on=on, now=now, policy=policy, points=[row.point_id])


def _held(timetable: PointTimetable) -> PointTimetable:
    """The row, locked after its point: hours of one point change one after the other."""
    hold_planning()
    ServicePoint.objects.select_for_update().get(pk=timetable.point_id)
    return PointTimetable.objects.select_for_update().get(pk=timetable.pk)


def _refuse_ended(row: PointTimetable, day: date) -> None:
    if row.ends_on and row.ends_on < day:
        raise CannotSetTimetable("has_ended", "这项安排在那之前已经结束，请新增一项安排。")


def _strike_out(row: PointTimetable) -> None:
    # Slots before visits, as whoever books: he has finished by now, or finds no slot.
    slots = VisitSlot.objects.select_for_update(of=("self",)).filter(visit__timetable=row)
    list(slots.order_by("pk").values_list("pk"))
    list(row.visits.select_for_update().order_by("pk").values_list("pk"))
    booked = Booking.objects.filter(slot__visit__timetable=row).exists()
    checked = VisitCheckIn.objects.filter(visit__timetable=row).exists()
    begun = row.visits.exclude(state=VisitState.PLANNED, recorded_by=None).exists()
    if booked or checked or begun:
        raise CannotSetTimetable(
            "is_booked",
            "这项安排还没开始，但已有居民预约或已办理过巡诊。请先逐个取消，再把结束日期填在开始日期之后。",
        )
    row.visits.all().delete()
    row.delete()


def _other_times(row: PointTimetable, hours: Hours) -> bool:
    then = (row.team_id, row.weekday, row.begins_at, row.closes_at, row.every_weeks)
    return then != (hours.team.pk, hours.weekday, hours.begins_at, hours.closes_at, hours.every_weeks)


def _new_row(point: ServicePoint, hours: Hours, *, starts_on: date, ends_on: date | None) -> PointTimetable:
    row = PointTimetable(point=point, starts_on=starts_on, ends_on=ends_on)
    _write(row, hours)
    return row


def _write(row: PointTimetable, hours: Hours) -> None:
    for name in ("team", "weekday", "begins_at", "closes_at", "every_weeks", "slot_minutes", "seats"):
        setattr(row, name, getattr(hours, name))
    row.save()
    row.staff.set(hours.staff)


def _check(
    point: ServicePoint, hours: Hours, *, starts_on: date, ends_on: date | None, but: int | None = None
) -> None:
    if starts_on < point.opened_on or (point.closed_on and starts_on >= point.closed_on):
        raise CannotSetTimetable("point_closed", "服务点在开始日期没有启用，请核对日期。", field="starts_on")
    if hours.closes_at <= hours.begins_at:
        raise CannotSetTimetable(
            "hours_reversed", "巡诊的结束时间须晚于开始时间，请改时间。", field="closes_at"
        )
    if hours.seats and _minutes(hours) < hours.slot_minutes:
        raise CannotSetTimetable(
            "slot_too_long", "预约时段比巡诊时间还长，请改短预约时段。", field="slot_minutes"
        )
    _check_staff(hours.team, hours.staff, starts_on)
    crossing = PointTimetable.objects.filter(
        Q(ends_on__isnull=True) | Q(ends_on__gte=starts_on),
        point=point,
        weekday=hours.weekday,
        begins_at__lt=hours.closes_at,
        closes_at__gt=hours.begins_at,
    ).order_by("starts_on")
    if but:
        crossing = crossing.exclude(pk=but)
    if ends_on:
        crossing = crossing.filter(starts_on__lte=ends_on)
    mine = (starts_on, hours.every_weeks)
    other = next((one for one in crossing if share_weeks(mine, (one.starts_on, one.every_weeks))), None)
    if other:
        told = f"{WEEKDAYS[other.weekday]} {other.begins_at:%H:%M} 至 {other.closes_at:%H:%M}"
        raise CannotSetTimetable(
            "hours_taken", f"该服务点{told}已有安排，请换一个时间，或先结束原安排。", field="begins_at"
        )


def _check_staff(team: Team, staff: Collection[User], on: date) -> None:
    members = set(
        TeamMembership.objects.active_on(on)
        .filter(team=team, user__in=[one.pk for one in staff])
        .values_list("user", flat=True)
    )
    strangers = [one.name for one in staff if one.pk not in members]
    if strangers:
        raise CannotSetTimetable(
            "not_of_team",
            f"{'、'.join(strangers)}在开始日期不是该团队成员，请重新选择出诊人员。",
            field="staff",
        )


def _minutes(hours: Hours) -> float:
    day = date(2000, 1, 1)
    return (datetime.combine(day, hours.closes_at) - datetime.combine(day, hours.begins_at)).seconds / 60
