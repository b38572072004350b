"""Verbs of seats at a service point: booked, given back, come or stayed away, told of a cancelled visit (S0-28)."""

from collections.abc import Iterable, Sequence
from datetime import date, datetime
from uuid import UUID

from django.db import transaction
from django.db.models import F
from django.utils import timezone

from contracts.queries.signing import works_for
from contracts.rules import Objection
from core.crypto import blind_index
from core.history import credited_to
from core.refusals import Refusal
from core.sql import alone
from core.text import clean_name
from core.texting import has_channel, queue_text
from core.throttling import count_wrong, tries_left
from outreach.choices import BookingState, PointService
from outreach.models import Booking, OutreachVisit, VisitSlot
from outreach.policy import OutreachPolicy, policy_on
from outreach.queries.bookings import seats_held
from outreach.rules.booking import Moment, has_begun, object_to_caller, object_to_mark, object_to_slot
from residents.models import Resident
from residents.rules.phones import is_placeholder, normal_phone
from residents.searchable import phone_index
from teams.models import User

TEXT_PURPOSE = "visit.cancelled"


class CannotBook(Refusal):
    """No seat was booked."""


class CannotChangeBooking(Refusal):
    """The booking stays as it is."""


def book_slot(
    *, by: User | None, on: date, now: datetime, slot: int, name: str, phone: str, source: str, token: UUID,
    services: Sequence[str] = (), resident: Resident | None = None, instead_of: Booking | None = None,
) -> Booking:  # fmt: skip
    """Book one seat. Of many at once as many get one as there are seats (constraint ``slot_never_oversold``).

    Args:
        by: who books for somebody; None for the resident himself.
        slot: id of the slot. token: of the form; sent again, the same booking is returned.
        instead_of: a booking that is given back for this one, both or neither.

    Raises:
        CannotBook: no_slot, not_own_team, visit_not_held, slot_begun, too_early, slot_full, no_name, phone_form,
            too_many, booked_already, form_used.
    """
    called, number = clean_name(name)[:40], _usable(phone)
    index = phone_index(number)
    with transaction.atomic(), credited_to(by):
        if number:
            # Two forms under one number wait for each other: the limit is counted, not hoped for.
            alone(f"outreach.booking:{index}")
        alone(f"outreach.booking:{token}")  # and so does the same form under two numbers
        known = Booking.objects.filter(token=token).first()
        if known:
            return _same(known, slot=slot, name=called, index=index)
        chosen, policy = _slot(slot, by, on), policy_on(on)
        if instead_of:
            _hold_both(instead_of, slot)
            cancel_booking(by=by, on=on, now=now, booking=instead_of)
        held = seats_held(index, on=on) if number else 0
        _refuse(object_to_caller(called, number, held=held, most=policy.bookings_per_phone))
        _take_seat(chosen, name=called, index=index)
        _refuse_visit(chosen, on=on, now=now, policy=policy)
        return Booking.objects.create(
            slot=chosen,
            token=token,
            name=called,
            phone=number,
            phone_index=index,
            services=[one for one in PointService.values if one in services],
            resident=resident,
            source=source,
            booked_at=now,
            booked_by=by,
        )


def moment(on: date, now: datetime) -> Moment:
    return Moment(on, now.astimezone(timezone.get_current_timezone()).time())


def _usable(phone: str) -> str:
    number = normal_phone(phone)
    return "" if is_placeholder(number) else number


def _same(known: Booking, *, slot: int, name: str, index: UUID) -> Booking:
    if (known.slot_id, known.name, known.phone_index) != (slot, name, index):
        raise CannotBook("form_used", "这张表已经用过了，请重新选择时段。")
    return known


def _slot(pk: int, by: User | None, on: date) -> VisitSlot:
    slot = VisitSlot.objects.select_related("visit__team__institution").filter(pk=pk).first()
    if slot is None:
        raise CannotBook("no_slot", "没有这个时段，请重新选择。", field="slot")
    if by and not works_for(by, slot.visit.team, on=on):
        raise CannotBook("not_own_team", "只能预约自己团队或本机构的服务点。", field="slot")
    return slot


def _hold_both(given_back: Booking, wanted: int) -> None:
    """The booking before its slot, as whoever cancels it does; the two slots in one order for everybody: of two people
    who change places neither waits for the other while he is waited for."""
    held = _held(given_back)
    slots = VisitSlot.objects.select_for_update(no_key=True).filter(pk__in=(held.slot_id, wanted))
    list(slots.order_by("pk").values_list("pk"))


def _refuse_visit(slot: VisitSlot, *, on: date, now: datetime, policy: OutreachPolicy) -> None:
    """Asked of the visit last, under its lock: slot before visit is the order in which the planner takes them."""
    visit = OutreachVisit.objects.select_for_update(no_key=True).get(pk=slot.visit_id)
    days = policy.booking_days_ahead
    _refuse(object_to_slot(visit.state, visit.on, slot.begins_at, now=moment(on, now), days_ahead=days))


def _refuse(objection: Objection | None) -> None:
    if objection:
        raise CannotBook(objection.code, objection.sentence, field=objection.field)


def _take_seat(slot: VisitSlot, *, name: str, index: UUID) -> None:
    if Booking.objects.filter(slot=slot, name=name, phone_index=index, state=BookingState.BOOKED).exists():
        raise CannotBook("booked_already", "您已预约这个时段，不必重复预约。", field="slot")
    free = VisitSlot.objects.filter(pk=slot.pk, taken__lt=F("seats"))
    if not free.update(taken=F("taken") + 1):
        raise CannotBook("slot_full", "这个时段刚刚约满，请选其他时段。", field="slot")


def cancel_booking(*, by: User | None, on: date, now: datetime, booking: Booking) -> Booking:
    """Give the seat back. Cancelled already: nothing changes.

    Args:
        by: who was told; None for the resident himself, by his link.

    Raises:
        CannotChangeBooking: not_own_team, begun (the resident himself, once the time has come), not_from_here.
    """
    with transaction.atomic(), credited_to(by):
        held = _held(booking)
        if held.state == BookingState.CANCELLED:
            return held
        visit = held.slot.visit
        if by is None and has_begun(visit.on, held.slot.begins_at, moment(on, now)):
            raise CannotChangeBooking("begun", "预约的时间已到，不能在网上取消，请打电话告诉服务点。")
        _may_change(held, BookingState.CANCELLED, by=by, on=on)
        _set_state(held, BookingState.CANCELLED, now=now)
        VisitSlot.objects.filter(pk=held.slot_id, taken__gt=0).update(taken=F("taken") - 1)
    return held


def mark_booking(*, by: User, on: date, now: datetime, booking: Booking, state: str) -> Booking:
    """Come, or stayed away; a wrong mark is put right within the days for late entries. The seat stays taken.

    Raises:
        CannotChangeBooking: not_own_team, not_from_here, not_yet, too_late.
    """
    with transaction.atomic(), credited_to(by):
        held = _held(booking)
        if held.state != state:
            _may_change(held, state, by=by, on=on)
            _set_state(held, state, now=now)
    return held


def recognize_booking(*, by: User, on: date, booking: Booking, resident: Resident) -> Booking:
    """Who booked by link is this resident; the name must be his.

    Raises:
        CannotChangeBooking: not_own_team, other_name, known_already.
    """
    with transaction.atomic(), credited_to(by):
        held = _held(booking)
        if not works_for(by, held.slot.visit.team, on=on):
            raise CannotChangeBooking("not_own_team", "只能办理自己团队或本机构的预约。")
        if held.resident_id not in (None, resident.pk):
            raise CannotChangeBooking("known_already", "这个预约已经认定为另一位居民。")
        if held.name != resident.name:
            raise CannotChangeBooking("other_name", "姓名不一致，请核对是不是同一个人。")
        held.resident = resident
        held.save(update_fields=["resident"])
    return held


def _held(booking: Booking) -> Booking:
    rows = Booking.objects.select_for_update(of=("self",))
    return rows.select_related("slot__visit__team__institution").get(pk=booking.pk)


def _may_change(booking: Booking, state: str, *, by: User | None, on: date) -> None:
    visit = booking.slot.visit
    if by and not works_for(by, visit.team, on=on):
        raise CannotChangeBooking("not_own_team", "只能办理自己团队或本机构的预约。")
    objection = object_to_mark(
        booking.state, state, on=visit.on, today=on, back_days=policy_on(on).visit_backdate_days
    )
    if objection:
        raise CannotChangeBooking(objection.code, objection.sentence)


def _set_state(booking: Booking, state: str, *, now: datetime) -> None:
    booking.state, booking.changed_at = state, now
    booking.save(update_fields=["state", "changed_at"])


def tell_booked(*, visits: Iterable[OutreachVisit], now: datetime) -> int:
    """Text those who booked a visit that was just cancelled; how many. For the verb that cancels, in its transaction.

    The bookings stay: the page of the team lists them with their numbers until somebody has told each person.
    """
    if not has_channel():
        return 0
    waiting = Booking.objects.filter(state=BookingState.BOOKED, slot__visit__in=[one.pk for one in visits])
    count = 0
    for one in waiting.select_related("slot__visit__point"):
        visit, at = one.slot.visit, one.slot.begins_at
        begins = timezone.make_aware(datetime.combine(visit.on, at))
        if not one.phone.startswith("1") or begins <= now:
            continue
        text = f"您预约的{visit.on.month}月{visit.on.day}日{at:%H:%M}{visit.point or ''}服务已取消，请改约或等团队电话联系。"
        queue_text(purpose=TEXT_PURPOSE, phone=one.phone, text=text, at=now, useless_at=begins)
        count += 1
    return count


def object_to_address(address: str | None, *, at: datetime, policy: OutreachPolicy) -> Objection | None:
    """Why nothing is taken from where a public form comes from; each form that was let through is counted."""
    key = blind_index(address or "", purpose="booking.address")
    if not tries_left(key, most=policy.booking_tries, at=at):
        return Objection(
            "address_locked",
            f"这个网络短时间内提交的次数太多，请 {policy.booking_lock_minutes} 分钟后再试，或打电话预约。",
        )
    count_wrong(key, minutes=policy.booking_lock_minutes, at=at)
    return None
