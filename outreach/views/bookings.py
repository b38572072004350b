"""Seats at service points, for the team that goes there: who comes, booking by telephone, marks, whom to tell."""

from typing import Any

from django.contrib import messages
from django.core.paginator import Paginator
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.utils import timezone
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from core.readlog import log_read
from core.refusals import Refusal, show_on
from outreach.actions.booking import book_slot, cancel_booking, mark_booking, moment, recognize_booking
from outreach.choices import BookingSource, BookingState
from outreach.forms.bookings import StaffBookingForm
from outreach.models import Booking, OutreachVisit
from outreach.policy import policy_on
from outreach.queries.bookings import (
    OpenDay,
    booked_lines,
    booked_visits,
    coming_of,
    open_days,
    people_shown,
    sheet_of,
    untold,
)
from residents.models import Resident
from residents.views.people import bound
from teams.access import Permission, needs, scope_of

PAGE_SIZE = 50
MARKS = {
    BookingState.ATTENDED.value: "已登记到场。",
    BookingState.ABSENT.value: "已登记未到。",
}


def _visits(request: HttpRequest) -> Any:
    """Visits of one's own teams: who only oversees a place need not know who comes."""
    return OutreachVisit.objects.visible_to(request.user).filter(team__in=scope_of(request.user).teams)


def _bookings(request: HttpRequest) -> Any:
    return Booking.objects.visible_to(request.user).select_related("slot__visit__point")


@require_safe
@needs(Permission.VISIT_RECORD)
def booking_visits(request: HttpRequest) -> HttpResponse:
    """Visits to come with their seats; above them, who is still to be told of a cancelled one."""
    today = timezone.localdate()
    waiting = booked_lines(untold(_bookings(request), first=today), Resident.objects.none())
    log_read(request, "booking", [one.booking.pk for one in waiting], action="list")
    page = Paginator(booked_visits(_visits(request), first=today), PAGE_SIZE).get_page(
        request.GET.get("page")
    )
    return render(
        request, "outreach/bookings/visits.html", {"page": page, "waiting": waiting, "today": today}
    )


@require_safe
@needs(Permission.VISIT_RECORD)
def visit_bookings(request: HttpRequest, pk: int) -> HttpResponse:
    """Everybody who has booked one visit, slot by slot."""
    visit = get_object_or_404(_visits(request).select_related("point", "team"), pk=pk)
    sheets = sheet_of(
        visit, Booking.objects.visible_to(request.user), Resident.objects.visible_to(request.user)
    )
    log_read(request, "booking", people_shown(sheets), action="list")
    today = timezone.localdate()
    bookable = open_days(
        _visits(request).filter(pk=pk), now=moment(today, timezone.now()), policy=policy_on(today)
    )
    context = {
        "visit": visit,
        "sheets": sheets,
        "today": today,
        "can_mark": today >= visit.on,
        "can_book": any(one.has_seats for one in bookable),
    }
    return render(request, "outreach/bookings/visit.html", context)


def _days(request: HttpRequest) -> dict[int, OpenDay]:
    """Visits with bookable slots, by id; at ``?visit=`` only that one."""
    today, visits = timezone.localdate(), _visits(request)
    wanted = request.GET.get("visit", "")
    if _is_id(wanted):
        visits = visits.filter(pk=int(wanted))
    found = open_days(visits, now=moment(today, timezone.now()), policy=policy_on(today))
    return {one.visit.pk: one for one in found}


def _is_id(text: str) -> bool:
    return text.isascii() and text.isdigit() and len(text) < 19


def _asked(request: HttpRequest, name: str, rows: Any) -> Any:
    """The row that the address names, in the reader's scope; None where it names none."""
    wanted = request.GET.get(name, "")
    if not wanted:
        return None
    return get_object_or_404(rows, pk=int(wanted) if _is_id(wanted) else 0)


@require_http_methods(["GET", "HEAD", "POST"])
@needs(Permission.VISIT_RECORD)
def booking_new(request: HttpRequest) -> HttpResponse:
    """``?visit=`` one visit only; ``?resident=`` for a registered one; ``?instead=`` of a booking that falls away."""
    people = Resident.objects.visible_to(request.user).present().select_related("grid")
    instead = _asked(request, "instead", _bookings(request).select_related("resident__grid"))
    resident = _asked(request, "resident", people) or (instead.resident if instead else None)
    days = _sorted(list(_days(request).values()), resident)
    first = {"name": instead.name, "services": instead.services} if instead else {}
    first["services"] = first.get("services") or request.GET.getlist("service")
    first["source"] = BookingSource.STAFF if resident and not instead else BookingSource.PHONE
    known = instead or resident
    form = StaffBookingForm(
        bound(request), days=days, initial=first, known_name=known.name if known else "",
        has_phone=bool(known and known.phone),
    )  # fmt: skip
    if request.method == "POST" and form.is_valid():
        booking = _booked(request, form, resident, instead)
        if booking:
            messages.success(
                request, f"已预约 {booking.slot.visit.on:%Y-%m-%d} {booking.slot.begins_at:%H:%M}。"
            )
            return redirect("point-bookings-visit", booking.slot.visit_id)
    log_read(request, "resident", [resident.pk] if resident else [])
    coming = coming_of(resident, _bookings(request), on=timezone.localdate()) if resident else ()
    context = {"form": form, "resident": resident, "instead": instead, "days": days, "coming": coming}
    return render(request, "outreach/bookings/new.html", context)


def _sorted(days: list[OpenDay], resident: Resident | None) -> list[OpenDay]:
    """Points of the resident's own grid before all others."""
    if resident is None:
        return days
    return sorted(days, key=lambda one: not one.visit.point or one.visit.point.grid_id != resident.grid_id)


def _booked(
    request: HttpRequest, form: StaffBookingForm, resident: Resident | None, instead: Booking | None
) -> Booking | None:
    known = instead or resident
    facts = form.cleaned_data | {"name": known.name if known else form.cleaned_data["name"]}
    facts["phone"] = facts["phone"] or (known.phone if known else "")
    try:
        return book_slot(
            by=request.user,
            on=timezone.localdate(),
            now=timezone.now(),
            resident=resident,
            instead_of=instead,
            **facts,
        )
    except Refusal as refusal:
        show_on(form, refusal)
    return None


@require_POST
@needs(Permission.VISIT_RECORD)
def booking_mark(request: HttpRequest, pk: int) -> HttpResponse:
    """Come, or stayed away."""
    booking = get_object_or_404(_bookings(request), pk=pk)
    state = request.POST.get("state", "")
    if state not in MARKS:
        messages.error(request, "请选择已到场或未到。")
        return _back(booking)
    try:
        mark_booking(
            by=request.user, on=timezone.localdate(), now=timezone.now(), booking=booking, state=state
        )
        messages.success(request, MARKS[state])
    except Refusal as refusal:
        messages.error(request, refusal.sentence)
    return _back(booking)


@require_POST
@needs(Permission.VISIT_RECORD)
def booking_cancel(request: HttpRequest, pk: int) -> HttpResponse:
    """Cancelled by telephone, or told that the visit is off."""
    booking = get_object_or_404(_bookings(request), pk=pk)
    try:
        cancel_booking(by=request.user, on=timezone.localdate(), now=timezone.now(), booking=booking)
        messages.success(request, "已取消这个预约。")
    except Refusal as refusal:
        messages.error(request, refusal.sentence)
    return redirect("point-bookings") if request.POST.get("told") else _back(booking)


@require_POST
@needs(Permission.VISIT_RECORD, Permission.RESIDENT_VIEW)
def booking_recognize(request: HttpRequest, pk: int) -> HttpResponse:
    """Who booked by link is this registered resident."""
    booking = get_object_or_404(_bookings(request), pk=pk)
    wanted = request.POST.get("resident", "")
    people = Resident.objects.visible_to(request.user)
    resident = get_object_or_404(people, pk=int(wanted) if _is_id(wanted) else 0)
    try:
        recognize_booking(by=request.user, on=timezone.localdate(), booking=booking, resident=resident)
        messages.success(request, f"已认定为 {resident.masked_name}，可以直接登记服务。")
    except Refusal as refusal:
        messages.error(request, refusal.sentence)
    return _back(booking)


def _back(booking: Booking) -> HttpResponse:
    return redirect(f"{reverse('point-bookings-visit', args=[booking.slot.visit_id])}#booking-{booking.pk}")
