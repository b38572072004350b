"""Errands on the grid worker's telephone: what waits, taking it on, saying how it went (S2-31).

Whom an errand is for is shown in full only to who goes; before that half a name and the address.
"""

from collections.abc import Callable
from typing import Any

from django import forms
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import render
from django.utils import timezone
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from contracts.policy import policy_on as contracts_policy_on
from core.readlog import log_read
from core.refusals import Refusal, show_on
from outreach.actions.errands import decline_errand, fail_errand, finish_errand, take_errand
from outreach.choices import ErrandState
from outreach.forms.errands import DeclineForm, FailForm, FinishForm, TakeForm
from outreach.mobile.answers import refused, saved
from outreach.mobile.practice import real_only
from outreach.models import ErrandOrder
from outreach.queries.errands import covers, phones_of, worker_errands, worker_page
from outreach.queries.workplaces import Workplace, workplace_of
from outreach.rules.errands import OPEN, is_late
from teams.access import Permission, needs

MOST = 50  # rows of each kind on one page
FORM_METHODS = require_http_methods(["GET", "HEAD", "POST"])


def _place(request: HttpRequest) -> Workplace:
    return workplace_of(request.user, on=timezone.localdate())


def _load(request: HttpRequest, pk: int) -> tuple[ErrandOrder, Workplace]:
    place = _place(request)
    rows = worker_errands(place).select_related("resident", "grid__village", "team", "posting")
    found = rows.defer("receipt").filter(pk=pk).first()
    if found is None:
        raise Http404
    return found, place


@require_safe
@needs(Permission.GRID_PAGE)
def errands(request: HttpRequest) -> HttpResponse:
    """Mine, those I may take, and what ended lately."""
    page = worker_page(_place(request), most=MOST)
    log_read(request, "resident", [one.resident_id for one in page.all], action="list")
    return render(request, "outreach/errands/mine.html", {"page": page, "today": timezone.localdate()})


@require_safe
@needs(Permission.GRID_PAGE)
@real_only
def errand(request: HttpRequest, pk: int) -> HttpResponse:
    """One errand; in full once it is mine."""
    found, place = _load(request, pk)
    log_read(request, "resident", [found.resident_id])
    is_mine = found.posting_id in {one.pk for one in place.postings}
    is_open = found.state in OPEN
    context = {
        "errand": found,
        "is_mine": is_mine and is_open,
        "is_open": is_open,
        "is_late": is_late(found.state, found.due_on, today=place.on),
        "phones": phones_of(found.resident) if is_mine and is_open else (),
        "take": TakeForm() if found.state == ErrandState.ASKED else None,
    }
    return render(request, "outreach/errands/one.html", context)


@require_POST
@needs(Permission.GRID_PAGE)
@real_only
def errand_take(request: HttpRequest, pk: int) -> HttpResponse:
    """One tap, no question."""
    found, place = _load(request, pk)
    posting = next((one for one in place.postings if covers(one, found.grid, on=place.on)), None)
    if posting is None:
        raise Http404
    form = TakeForm(request.POST)

    def do() -> ErrandOrder:
        today, now = timezone.localdate(), timezone.now()
        return take_errand(by=request.user, on=today, now=now, errand=found, posting=posting)

    return _answered(request, found, form, do, said="已接单，请按时办好。", words={})


@FORM_METHODS
@needs(Permission.GRID_PAGE)
@real_only
def errand_finish(request: HttpRequest, pk: int) -> HttpResponse:
    """Handed over, and to whom."""
    found, _ = _load(request, pk)
    policy = contracts_policy_on(timezone.localdate())
    form = FinishForm(*_sent(request), kind=found.kind, policy=policy)

    def do() -> ErrandOrder:
        data = form.cleaned_data
        return finish_errand(
            by=request.user, now=timezone.now(), errand=found, received_by=data["received_by"],
            receipt=data.get("receipt", b""), note=data["note"],
        )  # fmt: skip

    words = {"heading": "登记已办妥", "outbox": "代办办妥", "send": "已办妥"}
    return _answered(request, found, form, do, said="已办妥，谢谢您。", words=words)


@FORM_METHODS
@needs(Permission.GRID_PAGE)
@real_only
def errand_fail(request: HttpRequest, pk: int) -> HttpResponse:
    """It could not be done, and why."""
    found, _ = _load(request, pk)
    form = FailForm(*_sent(request))

    def do() -> ErrandOrder:
        note = form.cleaned_data["note"]
        return fail_errand(by=request.user, now=timezone.now(), errand=found, note=note)

    words = {"heading": "登记没办成", "outbox": "代办没办成", "send": "提交"}
    return _answered(request, found, form, do, said="已告诉团队，由团队再安排。", words=words)


@FORM_METHODS
@needs(Permission.GRID_PAGE)
@real_only
def errand_decline(request: HttpRequest, pk: int) -> HttpResponse:
    """He cannot go."""
    found, _ = _load(request, pk)
    form = DeclineForm(*_sent(request))

    def do() -> ErrandOrder:
        return decline_errand(by=request.user, errand=found, note=form.cleaned_data["note"])

    words = {"heading": "我去不了", "outbox": "代办退回", "send": "退回"}
    return _answered(request, found, form, do, said="已退回，请别人去办。", words=words)


def _sent(request: HttpRequest) -> tuple[Any, Any]:
    return (request.POST, request.FILES) if request.method == "POST" else (None, None)


def _answered(
    request: HttpRequest, found: ErrandOrder, form: forms.Form, do: Callable[[], Any], *, said: str,
    words: dict[str, str],
) -> HttpResponse:  # fmt: skip
    """The form by itself, or after a post what the action says to it."""
    if request.method == "POST" and form.is_valid():
        try:
            do()
        except Refusal as refusal:
            show_on(form, refusal)
        else:
            return saved(request, said, "grid-errands")
    context = {"errand": found, "form": form, **words}
    if request.method == "POST":
        return refused(request, form, "outreach/errands/result.html", context)
    log_read(request, "resident", [found.resident_id])
    return render(request, "outreach/errands/result.html", context)
