"""What grid workers reported, as the team answers it: the inbox, one report, every step (S2-29, 7.3)."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any
from uuid import UUID, uuid4

from django import forms
from django.contrib import messages
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils import timezone
from django.views.decorators.http import require_POST, require_safe

from core.models import ReadLog
from core.readlog import log_read
from core.refusals import Refusal, show_on
from outreach.actions import answering
from outreach.actions.answering import CannotAnswer
from outreach.actions.responding import CannotBook, answer_by_phone
from outreach.choices import ReportKind
from outreach.forms.whistles import (
    CloseForm,
    DuplicateForm,
    InvalidForm,
    NoteForm,
    PassForm,
    ReopenForm,
    StepForm,
)
from outreach.models import GridReport, ReportPhoto
from outreach.policy import policy_on
from outreach.queries.similar import Similar, likely_residents, similar_reports
from outreach.queries.whistles import (
    BUCKETS,
    in_bucket,
    inbox_counts,
    inbox_of,
    inbox_page,
    members_to_pass,
    picture_of,
    report_of,
    sheet_of,
    team_answering,
)
from outreach.rules.whistle import Verb, object_to_verb
from teams.access import Permission, may, needs, signed_in

P = Permission


@require_safe
@needs(P.WHISTLE_VIEW)
def whistle_list(request: HttpRequest) -> HttpResponse:
    """Everything that waits for one's teams, the most pressing first; by kind and by stage."""
    now = timezone.now()
    bucket = request.GET.get("state", "")
    bucket = bucket if bucket in BUCKETS else "open"
    kind = request.GET.get("kind", "")
    kind = kind if kind in ReportKind.values else ""
    seen = inbox_of(request.user)
    counts = inbox_counts(seen, request.user, now=now)
    if kind:
        seen = seen.filter(kind=kind)
    found = in_bucket(seen, bucket, request.user, now=now)
    page = inbox_page(found, bucket, after=request.GET.get("after", ""), now=now)
    log_read(request, "report", [one.report.pk for one in page.rows], action=ReadLog.Action.LIST)
    context = {
        "page": page,
        "bucket": bucket,
        "buckets": BUCKETS.items(),
        "counts": counts,
        "kind": kind,
        "kinds": ReportKind.choices,
        "can_answer": may(request.user, P.WHISTLE_ANSWER),
    }
    return render(request, "outreach/whistles/list.html", context)


# --- one report -------------------------------------------------------------------------------------------------


@dataclass(frozen=True)
class _Step:
    """One step with a form: what it is called, its verb, and the words of the answer."""

    verb: Verb
    label: str
    form: type[StepForm]
    action: Callable[..., Any]
    told: str
    is_danger: bool = False


_STEPS = {
    one.verb: one
    for one in (
        _Step(Verb.CLOSE, "办结", CloseForm, answering.close_report, "已办结，上报人会看到结果。"),
        _Step(Verb.NOTE, "补充说明", NoteForm, answering.add_note, "已补充。"),
        _Step(Verb.HAND_ON, "转给同事", PassForm, answering.pass_report, "已转给同事。"),
        _Step(Verb.DUPLICATE, "判为重复上报", DuplicateForm, answering.mark_duplicate, "已判为重复。", is_danger=True),
        _Step(Verb.INVALID, "情况不属实", InvalidForm, answering.mark_invalid, "已判为不属实。", is_danger=True),
        _Step(Verb.REOPEN, "重新打开", ReopenForm, answering.reopen_report, "已重新打开，由您继续办理。"),
    )
}  # fmt: skip
# Steps of one tap.
_TAPS = {
    Verb.TAKE: (answering.take_report, "已接单。"),
    Verb.VERIFY: (answering.begin_verifying, "已记下：开始核实处理。"),
}


def load_report(request: HttpRequest, pk: int) -> GridReport:
    """A report that this person may see, or 404; seeing it is logged."""
    found = report_of(request.user, pk)
    if found is None or found.is_training:
        raise Http404("no such report")
    log_read(request, "report", [pk])
    if found.resident_id:
        log_read(request, "resident", [found.resident_id])
    return found


@require_safe
@needs(P.WHISTLE_VIEW)
def whistle_detail(request: HttpRequest, pk: int) -> HttpResponse:
    return _shown(request, load_report(request, pk))


@require_POST
@needs(P.WHISTLE_VIEW, P.RESIDENT_REVEAL)
def whistle_reveal(request: HttpRequest, pk: int) -> HttpResponse:
    """The same page with name and phone in full, to call or to go there; that it was asked for is logged."""
    report = load_report(request, pk)
    log_read(request, "report", [pk], action=ReadLog.Action.REVEAL, reason="联系上报所说的居民")
    return _shown(request, report, is_clear=True)


def _shown(
    request: HttpRequest,
    report: GridReport,
    *,
    verb: Verb | None = None,
    form: forms.Form | None = None,
    is_clear: bool = False,
) -> HttpResponse:
    """The page, with the form that was refused in its place."""
    user, today, now = request.user, timezone.localdate(), timezone.now()
    is_ours = may(user, P.WHISTLE_ANSWER) and team_answering(report, user, on=today) is not None
    allowed = {
        one for one in Verb if is_ours and not object_to_verb(one, state=report.state, kind=report.kind)
    }
    similar = similar_reports(report, user, days=policy_on(today).duplicate_days) if report.is_open else []
    steps = [
        (step, form if one == verb else _form(step, request, report, similar=similar))
        for one, step in _STEPS.items()
        if one in allowed
    ]
    candidates = likely_residents(report, user) if is_ours and report.is_open and not report.resident else []
    log_read(request, "resident", [one.resident.pk for one in candidates], action=ReadLog.Action.LIST)
    log_read(request, "report", [one.report.pk for one in similar], action=ReadLog.Action.LIST)
    context = {
        "report": report,
        "sheet": sheet_of(report, user, now=now),
        "is_clear": is_clear,
        "is_ours": is_ours,
        "allowed": allowed,
        "steps": steps,
        "similar": similar,
        "candidates": candidates,
        "can_reveal": may(user, P.RESIDENT_REVEAL)
        and not is_clear
        and bool(report.phone or report.person_name),
        "can_edit": may(user, P.RESIDENT_EDIT),
        "client_token": uuid4(),
    }
    return render(request, "outreach/whistles/detail.html", context)


def _form(step: _Step, request: HttpRequest, report: GridReport, *, similar: list[Similar]) -> StepForm:
    """The form of a step, bound to what was sent if this is the step that was taken."""
    verb = step.verb
    is_sent = request.method == "POST" and request.POST.get("verb") == verb
    data = request.POST if is_sent else None
    more: dict[str, Any] = {"report": report, "prefix": verb.value}
    if verb == Verb.HAND_ON:
        more["people"] = members_to_pass(report, on=timezone.localdate())
    if verb == Verb.DUPLICATE:
        more |= {"similar": similar, "others": inbox_of(request.user).exclude(pk=report.pk)}
    return step.form(data, **more)


@require_POST
@needs(P.WHISTLE_VIEW, P.WHISTLE_ANSWER)
def whistle_step(request: HttpRequest, pk: int) -> HttpResponse:
    """Any step; whether one may take it, the action asks."""
    report, name = load_report(request, pk), request.POST.get("verb", "")
    if name == "phone":
        return _answered(request, report, answer_by_phone, "已登记联系并办结。", client_token=_token(request))
    if name in _TAPS:
        return _answered(request, report, *_TAPS[Verb(name)])
    if name not in _STEPS:
        raise Http404("no such step")
    step, today = _STEPS[Verb(name)], timezone.localdate()
    similar = (
        similar_reports(report, request.user, days=policy_on(today).duplicate_days)
        if step.verb == Verb.DUPLICATE
        else []
    )
    form = _form(step, request, report, similar=similar)
    if not form.is_valid():
        return _shown(request, report, verb=step.verb, form=form)
    try:
        step.action(by=request.user, on=today, now=timezone.now(), report=report, **form.facts())
    except CannotAnswer as refusal:
        if refusal.field:
            show_on(form, refusal)
            return _shown(request, report, verb=step.verb, form=form)
        messages.error(request, refusal.sentence)
    else:
        messages.success(request, step.told)
    return redirect("whistle-detail", pk)


def _answered(
    request: HttpRequest, report: GridReport, action: Callable[..., Any], told: str, **more: Any
) -> HttpResponse:
    """A step of one tap; back to the list if it was tapped there."""
    try:
        action(by=request.user, on=timezone.localdate(), now=timezone.now(), report=report, **more)
    except (CannotAnswer, CannotBook) as refusal:
        _told(request, refusal)
    else:
        messages.success(request, told)
    if request.POST.get("from") == "list":
        return redirect("whistle-list")
    return redirect("whistle-detail", report.pk)


def _told(request: HttpRequest, refusal: Refusal) -> None:
    messages.error(request, refusal.sentence)


def _token(request: HttpRequest) -> UUID:
    try:
        return UUID(request.POST.get("client_token", ""))
    except ValueError:
        return uuid4()


@require_safe
@signed_in
def whistle_photo(request: HttpRequest, pk: int) -> HttpResponse:
    """One picture, kept by no cache: for whoever may see its report, and for whoever sent it."""
    photo = get_object_or_404(ReportPhoto.objects.visible_to(request.user), pk=pk)
    log_read(request, "report", [photo.report_id])
    return HttpResponse(picture_of(photo), content_type="image/jpeg", headers={"Cache-Control": "no-store"})
