"""What can be booked at a service point, and who has booked."""

from collections.abc import Collection, Iterable, Sequence
from dataclasses import dataclass
from datetime import date, time
from uuid import UUID

from django.db.models import QuerySet, Sum

from core.masks import mask_name, mask_phone
from outreach.choices import BookingState, PointService, VisitState
from outreach.models import Booking, OutreachVisit, ServicePoint, VisitSlot
from outreach.policy import OutreachPolicy
from outreach.rules.booking import Moment, has_begun, last_day
from residents.models import Resident

_HELD = (VisitState.PLANNED, VisitState.ONGOING)


@dataclass(frozen=True)
class SlotLine:
    """A slot that can be chosen. ``left``: seats free."""

    pk: int
    begins_at: time
    left: int


@dataclass(frozen=True)
class OpenDay:
    """A visit to come with its slots, full ones with ``left`` 0."""

    visit: OutreachVisit
    slots: tuple[SlotLine, ...]

    @property
    def has_seats(self) -> bool:
        return any(one.left for one in self.slots)


def public_point(code: str) -> ServicePoint | None:
    """The point behind a poster's code, also before it opens and after it closed: who scans the poster is told so. One
    query."""
    return ServicePoint.objects.filter(code=code).select_related("grid__village").first()


def public_booking(code: str, token: UUID) -> Booking | None:
    """The booking that a secret link leads to. One query."""
    found = Booking.objects.filter(token=token, slot__visit__point__code=code)
    return found.select_related("slot__visit__point__grid__village", "slot__visit__team__institution").first()


def open_days(visits: QuerySet[OutreachVisit], *, now: Moment, policy: OutreachPolicy) -> list[OpenDay]:
    """The visits of these that can be booked now, by day. Two queries."""
    last = last_day(now.on, days_ahead=policy.booking_days_ahead)
    held = visits.filter(on__range=(now.on, last), state__in=_HELD).order_by("on", "begins_at", "pk")
    shown = {one.pk: one for one in held.select_related("point", "team")}
    found: dict[int, list[SlotLine]] = {}
    for one in VisitSlot.objects.filter(visit__in=list(shown), seats__gt=0).order_by("begins_at"):
        if not has_begun(shown[one.visit_id].on, one.begins_at, now):
            line = SlotLine(one.pk, one.begins_at, one.seats - one.taken)
            found.setdefault(one.visit_id, []).append(line)
    return [OpenDay(visit, tuple(found[pk])) for pk, visit in shown.items() if pk in found]


def visits_of(point: ServicePoint) -> QuerySet[OutreachVisit]:
    return OutreachVisit.objects.filter(point=point)


def seats_held(index: UUID, *, on: date) -> int:
    """Seats to come that are booked under a number; those of cancelled visits do not count. One query."""
    booked = Booking.objects.filter(phone_index=index, state=BookingState.BOOKED)
    return booked.filter(slot__visit__on__gte=on, slot__visit__state__in=_HELD).count()


def booked_visits(visits: QuerySet[OutreachVisit], *, first: date) -> QuerySet[OutreachVisit]:
    """Visits from a day on that have slots, with ``seats`` and ``taken``; for paging."""
    counted = visits.filter(on__gte=first).annotate(seats=Sum("slots__seats"), taken=Sum("slots__taken"))
    return counted.filter(seats__gt=0).select_related("point", "team").order_by("on", "begins_at", "pk")


def untold(bookings: QuerySet[Booking], *, first: date) -> QuerySet[Booking]:
    """Seats at visits from a day on that will not be: these people are still to be told."""
    gone = bookings.filter(state=BookingState.BOOKED, slot__visit__on__gte=first)
    gone = gone.filter(slot__visit__state=VisitState.CANCELLED)
    return gone.select_related("slot__visit__point").order_by("slot__visit__on", "slot__begins_at", "pk")


@dataclass(frozen=True)
class BookedLine:
    """Somebody who has booked; ``maybe``: residents whom this name and number may mean."""

    booking: Booking
    maybe: tuple[Resident, ...] = ()

    @property
    def masked_name(self) -> str:
        return mask_name(self.booking.name)

    @property
    def masked_phone(self) -> str:
        return mask_phone(self.booking.phone)

    @property
    def services(self) -> str:
        return "、".join(PointService(one).label for one in self.booking.services)


def booked_lines(bookings: Iterable[Booking], people: QuerySet[Resident]) -> list[BookedLine]:
    """Lines for these bookings; ``people``: residents in the reader's scope. One query for all of them."""
    rows = list(bookings)
    unknown = {one.phone_index for one in rows if one.resident_id is None}
    found: dict[tuple[UUID | None, str], list[Resident]] = {}
    if unknown:
        named = people.filter(phone_index__in=unknown, name__in={one.name for one in rows})
        for one in named.select_related("grid__village").order_by("pk"):
            found.setdefault((one.phone_index, one.name), []).append(one)
    return [
        BookedLine(one, () if one.resident_id else tuple(found.get((one.phone_index, one.name), ())))
        for one in rows
    ]


@dataclass(frozen=True)
class SlotSheet:
    """A slot with everybody who has booked it, those who cancelled last."""

    slot: VisitSlot
    people: tuple[BookedLine, ...]


def sheet_of(
    visit: OutreachVisit, bookings: QuerySet[Booking], people: QuerySet[Resident]
) -> list[SlotSheet]:
    """The whole list of a visit. Three queries."""
    slots = list(VisitSlot.objects.filter(visit=visit).order_by("begins_at"))
    rows = bookings.filter(slot__in=slots).select_related("resident", "booked_by").order_by("booked_at", "pk")
    by_slot: dict[int, list[BookedLine]] = {}
    for one in sorted(
        booked_lines(rows, people), key=lambda line: line.booking.state == BookingState.CANCELLED
    ):
        by_slot.setdefault(one.booking.slot_id, []).append(one)
    return [SlotSheet(one, tuple(by_slot.get(one.pk, ()))) for one in slots]


def people_shown(sheets: Sequence[SlotSheet]) -> Collection[int]:
    """Ids of the bookings on these sheets, for the log of reads."""
    return [line.booking.pk for sheet in sheets for line in sheet.people]


def coming_of(resident: Resident, bookings: QuerySet[Booking], *, on: date) -> list[Booking]:
    """The resident's own seats to come, as far as they are known to be his. One query."""
    mine = bookings.filter(resident=resident, state=BookingState.BOOKED, slot__visit__on__gte=on)
    return list(mine.select_related("slot__visit__point").order_by("slot__visit__on", "slot__begins_at"))
