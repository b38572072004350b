"""Errands for the team: what is under way, ordering one for a resident, passing it on, calling it off (S2-31)."""

from collections.abc import Callable
from typing import Any

from django import forms
from django.contrib import messages
from django.core.paginator import Paginator
from django.db.models import BooleanField, ExpressionWrapper, Q
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils import timezone
from django.views.decorators.http import require_http_methods, require_safe

from core.calendar import working_days_after
from core.readlog import log_read
from core.refusals import Refusal, show_on
from outreach.actions.errands import ask_another, cancel_errand, order_errand
from outreach.forms.errands import AskAnotherForm, CancelErrandForm, OrderErrandForm
from outreach.models import ErrandOrder, GridReport
from outreach.policy import policy_on
from outreach.queries.errands import (
    STATES,
    errands_of,
    errands_shown,
    receipt_of,
    workers_for,
)
from outreach.rules.errands import OPEN, is_late
from residents.views.people import bound, load
from teams.access import Permission, may, needs

PAGE_SIZE = 50
FORM_METHODS = require_http_methods(["GET", "HEAD", "POST"])


@require_safe
@needs(Permission.WHISTLE_VIEW)
def errand_list(request: HttpRequest) -> HttpResponse:
    """Fifty on a page, late ones first."""
    state, today = request.GET.get("state", ""), timezone.localdate()
    state = state if state in STATES else "open"
    shown = errands_shown(ErrandOrder.objects.visible_to(request.user), state, on=today)
    page = Paginator(shown, PAGE_SIZE).get_page(request.GET.get("page"))
    log_read(request, "resident", [one.resident_id for one in page], action="list")
    context = {"page": page, "state": state, "states": STATES, "today": today}
    return render(request, "outreach/errands/list.html", context)


def _load(request: HttpRequest, pk: int) -> ErrandOrder:
    rows = ErrandOrder.objects.visible_to(request.user).select_related(
        "resident", "team", "posting", "grid__village__parent", "asked_by"
    )
    has_receipt = ExpressionWrapper(Q(receipt__isnull=False), BooleanField())
    rows = rows.defer("receipt").annotate(has_receipt=has_receipt)
    return get_object_or_404(rows, pk=pk)


def _is_hidden(request: HttpRequest, errand: ErrandOrder) -> bool:
    """Whether this reader may know that there is an errand, but not what is fetched: medicine names the illness. Of
    nobody, lest what is hidden be a hint itself; who ordered it knows anyway."""
    return not may(request.user, Permission.RESIDENT_RESTRICTED) and errand.asked_by_id != request.user.pk


@require_safe
@needs(Permission.WHISTLE_VIEW)
def errand_detail(request: HttpRequest, pk: int) -> HttpResponse:
    """What was asked, who goes, how it went; once it is done, what comes next."""
    errand, today = _load(request, pk), timezone.localdate()
    log_read(request, "resident", [errand.resident_id])
    is_open = errand.state in OPEN
    reports = GridReport.objects.visible_to(request.user)  # a restricted one is not even named to the others
    context = {
        "errand": errand,
        "report": reports.filter(pk=errand.report_id).first() if errand.report_id else None,
        "resident": errand.resident,
        "is_open": is_open,
        "is_hidden": _is_hidden(request, errand),
        "is_late": is_late(errand.state, errand.due_on, today=today),
    }
    return render(request, "outreach/errands/detail.html", context)


@require_safe
@needs(Permission.WHISTLE_VIEW)
def errand_receipt(request: HttpRequest, pk: int) -> HttpResponse:
    """The picture of the receipt, kept by no cache."""
    errand = _load(request, pk)
    picture = b"" if _is_hidden(request, errand) else receipt_of(errand)
    if not picture:
        raise Http404
    log_read(request, "resident", [errand.resident_id])
    return HttpResponse(picture, content_type="image/jpeg", headers={"Cache-Control": "no-store"})


@FORM_METHODS
@needs(Permission.RESIDENT_VIEW, Permission.WHISTLE_ANSWER)
def errand_new(request: HttpRequest, pk: int) -> HttpResponse:
    """For one resident; ``?report=`` says from which report it comes, ``?kind=`` what is asked for."""
    resident, today = load(request, pk), timezone.localdate()
    first = {
        "due_on": working_days_after(today, policy_on(today).errand_days),
        "kind": request.GET.get("kind", ""),
    }
    form = OrderErrandForm(bound(request), workers=workers_for(resident.grid, on=today), initial=first)
    report = _report(request)

    def do() -> ErrandOrder:
        now = timezone.now()
        return order_errand(
            by=request.user, on=today, now=now, resident=resident, report=report, **form.cleaned_data
        )

    if done := _done(request, form, do):
        messages.success(request, "已安排代办，代办人在网格端能看到。")
        return redirect("errand-detail", done.pk)
    log_read(request, "resident", [resident.pk])
    earlier = errands_of(resident, ErrandOrder.objects.visible_to(request.user))
    context = {"resident": resident, "form": form, "report": report, "earlier": earlier}
    return render(request, "outreach/errands/new.html", context)


def _report(request: HttpRequest) -> GridReport | None:
    wanted = request.GET.get("report", "")
    if not wanted:
        return None
    pk = int(wanted) if wanted.isascii() and wanted.isdigit() and len(wanted) < 19 else 0
    return get_object_or_404(GridReport.objects.visible_to(request.user), pk=pk)


def _done(request: HttpRequest, form: forms.Form, do: Callable[[], Any]) -> Any:
    """What the action made of a valid post; None where there was none, or it refused."""
    if request.method == "POST" and form.is_valid():
        try:
            return do()
        except Refusal as refusal:
            show_on(form, refusal)
    return None


@FORM_METHODS
@needs(Permission.WHISTLE_ANSWER)
def errand_ask(request: HttpRequest, pk: int) -> HttpResponse:
    """Somebody else goes, or whoever can."""
    errand, today = _load(request, pk), timezone.localdate()
    workers = workers_for(errand.grid, on=today)
    form = AskAnotherForm(bound(request), workers=workers, initial={"posting": errand.posting_id})

    def do() -> ErrandOrder:
        return ask_another(by=request.user, on=today, errand=errand, posting=form.cleaned_data["posting"])

    return _changed(request, errand, form, do, said="已改派。", heading="改派代办")


@FORM_METHODS
@needs(Permission.WHISTLE_ANSWER)
def errand_cancel(request: HttpRequest, pk: int) -> HttpResponse:
    errand = _load(request, pk)
    form = CancelErrandForm(bound(request))

    def do() -> ErrandOrder:
        today, now = timezone.localdate(), timezone.now()
        return cancel_errand(
            by=request.user, on=today, now=now, errand=errand, note=form.cleaned_data["note"]
        )

    return _changed(request, errand, form, do, said="已取消代办。", heading="取消代办")


def _changed(
    request: HttpRequest,
    errand: ErrandOrder,
    form: forms.Form,
    do: Callable[[], Any],
    *,
    said: str,
    heading: str,
) -> HttpResponse:
    if _done(request, form, do):
        messages.success(request, said)
        return redirect("errand-detail", errand.pk)
    log_read(request, "resident", [errand.resident_id])
    context = {"errand": errand, "resident": errand.resident, "form": form, "heading": heading}
    return render(request, "outreach/errands/change.html", context)
