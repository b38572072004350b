"""Booking a seat by the code on a poster: no account, a bounded number of forms from one place, a secret link after.

Nobody is named here: who holds the link sees time and place, and half a name.
"""

from uuid import UUID

from django.core.exceptions import ValidationError
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils import timezone
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from contracts.rules import Objection
from contracts.views.public import resident_page
from core.addresses import client_ip
from core.masks import mask_name
from core.refusals import Refusal, show_on
from outreach.actions.booking import book_slot, cancel_booking, moment, object_to_address
from outreach.choices import BookingSource, BookingState, VisitState
from outreach.forms.bookings import BookingFields
from outreach.models import Booking, ServicePoint
from outreach.policy import policy_on
from outreach.queries.bookings import OpenDay, SlotLine, open_days, public_booking, public_point, visits_of
from outreach.rules.booking import has_begun, object_to_point


def _point(code: str) -> ServicePoint:
    point = public_point(code)
    if point is None:
        raise Http404
    return point


def not_served(request: HttpRequest, point: ServicePoint, objection: Objection) -> HttpResponse:
    """Before it opens the address is right (200); of one that is closed nothing is there any more (404)."""
    is_over = objection.code == "point_closed"
    context = {"point": point, "told": objection.sentence, "is_over": is_over}
    return render(request, "public/point_not_served.html", context, status=404 if is_over else 200)


def _objection(point: ServicePoint) -> Objection | None:
    return object_to_point(point.opened_on, point.closed_on, today=timezone.localdate())


def _open_days(point: ServicePoint) -> list[OpenDay]:
    today = timezone.localdate()
    return open_days(visits_of(point), now=moment(today, timezone.now()), policy=policy_on(today))


@resident_page
@require_safe
def book(request: HttpRequest, code: str) -> HttpResponse:
    """The days and times that are still free."""
    point = _point(code)
    objection = _objection(point)
    return not_served(request, point, objection) if objection else _slots(request, point)


def _slots(request: HttpRequest, point: ServicePoint, *, is_gone: bool = False) -> HttpResponse:
    policy = policy_on(timezone.localdate())
    context = {
        "point": point,
        "days": _open_days(point),
        "ahead": policy.booking_days_ahead,
        "is_gone": is_gone,
    }
    return render(request, "public/point_slots.html", context, status=404 if is_gone else 200)


@resident_page
@require_http_methods(["GET", "HEAD", "POST"])
def book_slot_page(request: HttpRequest, code: str, slot: int) -> HttpResponse:
    """Name and telephone for one slot."""
    point = _point(code)
    objection = _objection(point)
    if objection:
        return not_served(request, point, objection)
    chosen = _chosen(point, slot)
    if chosen is None:
        return _slots(request, point, is_gone=True)
    form = BookingFields(request.POST if request.method == "POST" else None, offered=point.services)
    if request.method == "POST" and form.is_valid():
        booking = _booked(request, form, slot)
        if booking:
            return redirect("public-point-booking", code, booking.token)
    context = {"point": point, "day": chosen[0], "line": chosen[1], "form": form}
    is_locked = any(one.code == "address_locked" for one in form.non_field_errors().as_data())
    return render(request, "public/point_book.html", context, status=429 if is_locked else 200)


def _chosen(point: ServicePoint, slot: int) -> tuple[OpenDay, SlotLine] | None:
    slots = ((day, line) for day in _open_days(point) for line in day.slots)
    return next((one for one in slots if one[1].pk == slot), None)


def _booked(request: HttpRequest, form: BookingFields, slot: int) -> Booking | None:
    today, now, data = timezone.localdate(), timezone.now(), form.cleaned_data
    objection = object_to_address(client_ip(request), at=now, policy=policy_on(today))
    if objection:
        form.add_error(None, ValidationError(objection.sentence, code=objection.code))
        return None
    try:
        return book_slot(by=None, on=today, now=now, slot=slot, source=BookingSource.LINK, **data)
    except Refusal as refusal:
        show_on(form, refusal)
    return None


def _booking(code: str, token: UUID) -> Booking:
    booking = public_booking(code, token)
    if booking is None:
        raise Http404
    return booking


@resident_page
@require_safe
def booking(request: HttpRequest, code: str, token: UUID) -> HttpResponse:
    """What was booked, by its secret link."""
    return _shown(request, _booking(code, token))


@resident_page
@require_POST
def booking_cancel(request: HttpRequest, code: str, token: UUID) -> HttpResponse:
    """Given back; asked again it is so still."""
    held = _booking(code, token)
    try:
        cancel_booking(by=None, on=timezone.localdate(), now=timezone.now(), booking=held)
    except Refusal as refusal:
        return _shown(request, held, told=refusal.sentence)
    return _shown(request, _booking(code, token))


def _shown(request: HttpRequest, held: Booking, *, told: str = "") -> HttpResponse:
    visit = held.slot.visit
    begun = has_begun(visit.on, held.slot.begins_at, moment(timezone.localdate(), timezone.now()))
    context = {
        "booking": held,
        "visit": visit,
        "point": visit.point,
        "masked_name": mask_name(held.name),
        "can_cancel": held.state == BookingState.BOOKED and visit.state != VisitState.CANCELLED and not begun,
        "told": told,
    }
    return render(request, "public/point_booking.html", context)
