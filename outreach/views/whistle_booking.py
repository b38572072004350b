"""What was done about a report, entered where the person's care is kept (S2-29)."""

from collections.abc import Callable
from typing import Any
from uuid import uuid4

from django import forms
from django.contrib import messages
from django.core.exceptions import PermissionDenied
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils import timezone
from django.views.decorators.http import require_http_methods

from care.choices import ServiceMode
from care.forms.contacts import ContactForm
from care.queries.colleagues import members_of
from contracts.forms.promises import DoneForm
from core.refusals import Refusal, show_on
from outreach.actions import responding
from outreach.actions.answering import CannotAnswer
from outreach.actions.responding import CannotBook
from outreach.forms.whistles import RecordForm, TaskForm
from outreach.models import GridReport
from outreach.queries.responses import due_for, promises_for, records_since
from outreach.queries.whistles import team_answering
from outreach.rules.whistle import Verb, object_to_verb
from outreach.views.whistles import load_report
from teams.access import Permission, may, needs

P = Permission


@require_http_methods(["GET", "HEAD", "POST"])
@needs(P.WHISTLE_ANSWER, P.CARE_RECORD)
def whistle_book(request: HttpRequest, pk: int) -> HttpResponse:
    """Four ways to write the response down; one of them at a time."""
    report = load_report(request, pk)
    if team_answering(report, request.user, on=timezone.localdate()) is None:
        raise PermissionDenied
    if report.resident is None or object_to_verb(Verb.BOOK, state=report.state, kind=report.kind):
        raise Http404("nobody to book it for")
    parts = _parts(request, report)
    chosen = request.POST.get("way", "")
    if request.method == "POST" and chosen in parts:
        form = parts[chosen]
        if form.is_valid():
            refusal = _booked(request, report, chosen, form)
            if refusal is None:
                messages.success(request, "已登记为对这条上报的响应。")
                return redirect("whistle-detail", pk)
            show_on(form, refusal)
    context = {
        "report": report,
        "resident": report.resident,
        "parts": parts,
        "chosen": chosen,
        "has_records": records_since(report, request.user).exists(),
    }
    return render(request, "outreach/whistles/book.html", context)


def _parts(request: HttpRequest, report: GridReport) -> dict[str, Any]:
    """The forms by their way, the one that was sent bound to what was sent."""
    user, today = request.user, timezone.localdate()
    resident = report.resident
    assert resident is not None  # noqa: S101 - asked by the view
    sent = request.POST.get("way") if request.method == "POST" else None

    def data(way: str) -> Any:
        return request.POST if sent == way else None

    first = {"contacted_on": today, "mode": ServiceMode.PHONE, "client_token": uuid4()}
    parts: dict[str, Any] = {
        "contact": ContactForm(data("contact"), initial=first),
        "record": RecordForm(data("record"), records=records_since(report, user)),
        "task": TaskForm(
            data("task"), due=due_for(resident, user, on=today), people=members_of(user, on=today),
            initial={"planned_on": today},
        ),
    }  # fmt: skip
    promises = promises_for(resident, user, on=today) if may(user, P.AGREEMENT_SIGN) else None
    if promises:
        parts["service"] = DoneForm(data("service"), promises=promises, initial={"done_on": today})
    return parts


def _booked(request: HttpRequest, report: GridReport, way: str, form: forms.Form) -> Refusal | None:
    """The one call; what it refuses."""
    action, facts = _call(way, form)
    try:
        action(by=request.user, on=timezone.localdate(), now=timezone.now(), report=report, **facts)
    except (CannotAnswer, CannotBook) as refusal:
        return refusal
    return None


def _call(way: str, form: Any) -> tuple[Callable[..., Any], dict[str, Any]]:
    if way == "contact":
        return responding.book_contact, form.cleaned_data
    if way == "record":
        return responding.book_record, form.cleaned_data
    if way == "service":
        return responding.book_service, {"fact": form.fact()}
    return responding.book_task, form.facts()
