"""A clue or a change becomes what the registry knows: who is it, what was found; or enter him (7.3)."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any

from django.contrib import messages
from django.core.exceptions import PermissionDenied
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils import timezone
from django.views.decorators.debug import sensitive_post_parameters
from django.views.decorators.http import require_http_methods

from core.masks import mask_name
from core.models import ReadLog
from core.readlog import log_read
from core.refusals import Refusal, show_on
from outreach.actions import confirming
from outreach.actions.answering import CannotAnswer, link_resident
from outreach.actions.confirming import CannotConfirmReport
from outreach.choices import ChangeType, ReportKind
from outreach.forms.whistles import ArrivalForm, GoneReportForm, KnownForm, NewForm, PhoneForm, SearchForm
from outreach.models import GridReport
from outreach.queries.similar import likely_residents
from outreach.queries.whistles import team_answering
from outreach.rules.whistle import CONFIRMED_KINDS, Verb, facts_in_words, object_to_verb
from outreach.views.whistles import load_report
from residents.choices import Population
from residents.forms.heirs import staying_without
from residents.models import Resident
from residents.queries.duplicates import Warned
from residents.queries.search import search
from residents.views.warning import is_confirmed, must_ask, warned_of
from teams.access import Permission, may, needs

P = Permission
FORM_METHODS = require_http_methods(["GET", "HEAD", "POST"])
FOUND = 10


def _load(request: HttpRequest, pk: int, verb: Verb) -> GridReport:
    """A report with which one may go on like this; one that has ended meanwhile is not there."""
    report = load_report(request, pk)
    if team_answering(report, request.user, on=timezone.localdate()) is None:
        raise PermissionDenied
    if object_to_verb(verb, state=report.state, kind=report.kind):
        raise Http404("not now")
    return report


def _resident(request: HttpRequest, pk: int) -> Resident:
    people = Resident.objects.visible_to(request.user).select_related("grid__village", "household")
    return get_object_or_404(people, pk=pk)


@FORM_METHODS
@needs(P.WHISTLE_ANSWER, P.RESIDENT_VIEW)
def whistle_person(request: HttpRequest, pk: int) -> HttpResponse:
    """Who is it? Those who may be meant, and a search; what was searched for stays out of the address."""
    report = _load(request, pk, Verb.LINK)
    if request.method == "POST" and request.POST.get("resident", "").isdecimal():
        return _linked(request, report)
    form = SearchForm(request.POST if "q" in request.POST else None)
    found: list[Resident] | None = None
    if form.is_valid():
        found = list(search(request.user, form.cleaned_data["q"]).for_lists().order_by("pk")[:FOUND])  # type: ignore[attr-defined]
    candidates = likely_residents(report, request.user) if found is None else []
    people = [(one, ()) for one in found or ()] or [(one.resident, one.reasons) for one in candidates]
    log_read(request, "resident", [one.pk for one, _ in people], action=ReadLog.Action.LIST)
    context = {
        "report": report,
        "form": form,
        "found": found,
        "people": people,
        "who": mask_name(report.person_name),
        "what": facts_in_words(report.facts),
        "is_confirmed_kind": report.kind in CONFIRMED_KINDS,
    }
    return render(request, "outreach/whistles/person.html", context)


def _linked(request: HttpRequest, report: GridReport) -> HttpResponse:
    """A need or an urgent matter: say whom it is about, and go on there."""
    resident = _resident(request, int(request.POST["resident"][:18]))
    try:
        link_resident(
            by=request.user, on=timezone.localdate(), now=timezone.now(), report=report, resident=resident
        )
    except CannotAnswer as refusal:
        messages.error(request, refusal.sentence)
    else:
        messages.success(request, f"已对应到 {resident.masked_name}，可以登记服务了。")
    return redirect("whistle-detail", report.pk)


@dataclass(frozen=True)
class _Way:
    """How a confirmed report is written down: words of the button, form, action."""

    button: str
    form: Callable[..., Any]
    action: Callable[..., GridReport]


def _way(request: HttpRequest, report: GridReport, resident: Resident) -> _Way:
    """What a report of this kind does to somebody on file."""
    if report.kind == ReportKind.NEW_PERSON:
        return _Way("确认，记入人群", _known_form(request, report), confirming.confirm_known)
    change = report.facts["change"]
    if change == ChangeType.PHONE:
        initial = {"phone": report.phone}
        return _Way(
            "确认，更新电话",
            lambda data: PhoneForm(data, report=report, initial=initial),
            confirming.confirm_phone,
        )
    since = report.facts.get("since") or timezone.localdate()
    if change == ChangeType.MOVED_IN:
        return _Way(
            "确认迁入",
            lambda data: ArrivalForm(data, report=report, initial={"since": since}),
            confirming.confirm_arrival,
        )
    is_death = change == ChangeType.DIED
    staying = staying_without(resident, request.user)
    return _Way(
        "确认登记死亡" if is_death else "确认登记迁出",
        _gone_form(is_death, staying, since),
        confirming.confirm_gone,
    )


def _known_form(request: HttpRequest, report: GridReport) -> Callable[..., KnownForm]:
    def make(data: Any) -> KnownForm:
        form = KnownForm(data, report=report, initial={"populations": report.facts.get("populations", [])})
        form.leave_out(sees_restricted=may(request.user, P.RESIDENT_RESTRICTED))
        return form

    return make


def _gone_form(is_death: bool, staying: Sequence[Resident], since: Any) -> Callable[..., GoneReportForm]:
    day = "死亡日期" if is_death else "迁出日期"
    hint = "保存后该居民的签约随之结束。"
    return lambda data: GoneReportForm(data, day=day, hint=hint, staying=staying, on=since)


@FORM_METHODS
@needs(P.WHISTLE_ANSWER, P.RESIDENT_EDIT)
def whistle_confirm(request: HttpRequest, pk: int, resident: int) -> HttpResponse:
    """The report is true and about this resident: what becomes of it in the registry."""
    report, person = _load(request, pk, Verb.CONFIRM), _resident(request, resident)
    way = _way(request, report, person)
    form = way.form(request.POST if request.method == "POST" else None)
    if request.method == "POST" and form.is_valid():
        refusal = _done(request, way.action, report, resident=person, **form.facts())
        if refusal is None:
            messages.success(request, "已核实确认，上报人会看到结果。")
            return redirect("whistle-detail", pk)
        show_on(form, refusal)
    log_read(request, "resident", [person.pk])
    if "phone" in form.fields:
        _log_clear(request, report)
    what = facts_in_words(report.facts)
    context = {"report": report, "resident": person, "form": form, "button": way.button, "what": what}
    return render(request, "outreach/whistles/confirm.html", context)


def _done(
    request: HttpRequest, action: Callable[..., GridReport], report: GridReport, **facts: Any
) -> Refusal | None:
    """The one call; what it refuses."""
    try:
        action(by=request.user, on=timezone.localdate(), now=timezone.now(), report=report, **facts)
    except (CannotAnswer, CannotConfirmReport) as refusal:
        return refusal
    return None


@FORM_METHODS
@sensitive_post_parameters()
@needs(P.WHISTLE_ANSWER, P.RESIDENT_EDIT)
def whistle_register(request: HttpRequest, pk: int) -> HttpResponse:
    """He is not on file: enter him, and confirm with it. Who may be the same is shown first, as at every registering."""
    report = _load(request, pk, Verb.CONFIRM)
    if report.kind == ReportKind.CHANGE and report.facts["change"] != ChangeType.MOVED_IN:
        raise Http404("only who moved in can be new")
    data = request.POST if request.method == "POST" else None
    form = NewForm(data, user=request.user, on=timezone.localdate(), initial=_first(report))
    form.leave_out(sees_restricted=may(request.user, P.RESIDENT_RESTRICTED))
    warned = warned_of(request) if data else Warned()
    is_asked = must_ask(request, warned)
    if data and form.is_valid() and not is_asked:
        refusal = _done(request, confirming.confirm_new, report, person=form.person(), **form.verified())
        if refusal is None:
            messages.success(request, "已登记并核实确认，上报人会看到结果。")
            return redirect("whistle-detail", pk)
        show_on(form, refusal)
    _log_clear(request, report)
    context = {
        "report": report,
        "what": facts_in_words(report.facts),
        "form": form,
        "warned": warned,
        "is_asked": is_asked,
        "is_confirmed": is_confirmed(request, warned),
    }
    return render(request, "outreach/whistles/register.html", context)


def _log_clear(request: HttpRequest, report: GridReport) -> None:
    """The form shows in full what the sender wrote."""
    log_read(request, "report", [report.pk], action=ReadLog.Action.REVEAL, reason="核实并登记上报内容")


def _first(report: GridReport) -> dict[str, Any]:
    """What the report says already; the doctor corrects it."""
    reported = report.facts.get("populations", [])
    return {
        "name": report.person_name,
        "phone": report.phone,
        "address": report.address,
        "grid": report.grid_id,
        "populations": [one for one in reported if one in Population.values],
    }
