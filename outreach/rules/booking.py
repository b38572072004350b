"""Booking a seat at a service point (S0-28): when it may be booked, by whom, and what becomes of it.

Pure: the caller brings the day, the time of day and the counts.
"""

from dataclasses import dataclass
from datetime import date, time, timedelta

from contracts.rules import Objection
from outreach.choices import BookingState, VisitState

_BOOKABLE = (VisitState.PLANNED, VisitState.ONGOING)

# From a state to what staff may make of it: a wrong mark is put right, a cancelled seat is booked anew.
MOVES: dict[str, tuple[BookingState, ...]] = {
    BookingState.BOOKED: (BookingState.ATTENDED, BookingState.ABSENT, BookingState.CANCELLED),
    BookingState.ATTENDED: (BookingState.ABSENT,),
    BookingState.ABSENT: (BookingState.ATTENDED,),
    BookingState.CANCELLED: (),
}


def object_to_point(opened_on: date, closed_on: date | None, *, today: date) -> Objection | None:
    """Why nobody is served at a point today, for who scanned its poster."""
    if closed_on and closed_on <= today:
        return Objection(
            "point_closed",
            f"服务点已于 {_spoken(closed_on, today)} 停用。请联系您的签约团队，或到所在街道（镇）的卫生服务机构。",
        )
    if opened_on > today:
        return Objection("point_to_come", f"服务点将于 {_spoken(opened_on, today)} 启用，启用后可以预约。")
    return None


def _spoken(day: date, today: date) -> str:
    """12月1日; of another year with the year."""
    return f"{f'{day.year}年' if day.year != today.year else ''}{day.month}月{day.day}日"


@dataclass(frozen=True)
class Moment:
    """A day and the time of day on the clock of the district."""

    on: date
    clock: time


def has_begun(on: date, begins_at: time, now: Moment) -> bool:
    return (on, begins_at) <= (now.on, now.clock)


def last_day(today: date, *, days_ahead: int) -> date:
    """The last day for which a seat may be booked."""
    return today + timedelta(days=days_ahead)


def object_to_slot(
    state: str, on: date, begins_at: time, *, now: Moment, days_ahead: int
) -> Objection | None:
    """Why nobody may book this slot any more, or not yet; whether it is full is asked of the row itself.

    Args:
        state: of the visit. days_ahead: how many days before a slot may be booked.
    """
    if state not in _BOOKABLE:
        return Objection("visit_not_held", "这次巡诊已经取消或结束，请选其他时段。", "slot")
    if has_begun(on, begins_at, now):
        return Objection("slot_begun", "这个时段已经开始，请选其他时段，或直接到服务点。", "slot")
    if on > last_day(now.on, days_ahead=days_ahead):
        return Objection("too_early", f"最多提前 {days_ahead} 天预约，请选近一些的日期。", "slot")
    return None


def object_to_caller(name: str, phone: str, *, held: int, most: int) -> Objection | None:
    """Why this person may not book.

    Args:
        name, phone: in their normal forms, "" for none that can be used.
        held: seats to come that are booked under this number.
    """
    if len(name) < 2:
        return Objection("no_name", "请填写来看的人的姓名。", "name")
    if not phone:
        return Objection("phone_form", "请填写能打通的手机号，或带区号的座机号。", "phone")
    if held >= most:
        return Objection(
            "too_many",
            f"这个电话已有 {held} 个还没到期的预约，最多同时预约 {most} 次；不去的请先取消。",
            "phone",
        )
    return None


def object_to_mark(state: str, wanted: str, *, on: date, today: date, back_days: int) -> Objection | None:
    """Why a booking cannot be marked so.

    Args:
        on: day of the visit. back_days: how many days after it a mark may still be made.
    """
    if wanted not in MOVES[state]:
        return Objection(
            "not_from_here", f"{BookingState(state).label}的预约不能改为{BookingState(wanted).label}。"
        )
    if wanted == BookingState.CANCELLED:
        return None
    if on > today:
        return Objection("not_yet", "还没到预约的日子，当天再登记到场。")
    if on < today - timedelta(days=back_days):
        return Objection("too_late", f"预约日过去超过 {back_days} 天，不能再登记。")
    return None
