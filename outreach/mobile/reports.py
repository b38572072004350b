"""Reporting from the grid: what it is about, one question a screen, and out."""

from collections.abc import Callable
from typing import Any

from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import render
from django.utils import timezone
from django.views.decorators.debug import sensitive_post_parameters
from django.views.decorators.http import require_http_methods, require_safe

from core.refusals import show_on
from outreach.actions.reporting import CannotReport, Sent, send_report
from outreach.choices import ReportKind
from outreach.forms.mobile import (
    ChangeForm,
    ClosedForm,
    NeedForm,
    PersonForm,
    ReportForm,
    SymptomForm,
    UrgentForm,
)
from outreach.mobile.answers import refused, saved
from outreach.mobile.practice import is_practice
from outreach.models import GridReport
from outreach.policy import policy_on
from outreach.queries.mine import sent_before
from outreach.queries.workplaces import Workplace, workplace_of
from residents.models import Household
from teams.access import Permission, needs

FORM_METHODS = require_http_methods(["GET", "HEAD", "POST"])
TITLES = {
    PersonForm: "新来的人",
    ChangeForm: "人员变动",
    NeedForm: "居民需要",
    SymptomForm: "发热等症状",
    UrgentForm: "精神异常紧急情况",
    ClosedForm: "单独填报",
}


@needs(Permission.GRID_PAGE)
@require_safe
def choose(request: HttpRequest) -> HttpResponse:
    """What is to be reported; ``?household=`` is handed on to the form."""
    household = _number(request.GET.get("household", ""))
    context = {
        "known": f"?household={household}" if household else "",
        "takes_closed": policy_on(timezone.localdate()).allow_hiv_clue,
    }
    return render(request, "outreach/report_choose.html", context)


def _number(typed: str) -> int:
    """An id out of an address, 0 for anything else."""
    return int(typed[:18]) if typed.isascii() and typed.isdigit() else 0


def _door(form_class: type[ReportForm]) -> Callable[[HttpRequest], HttpResponse]:
    """The page of one kind of report."""

    @FORM_METHODS
    @sensitive_post_parameters()
    @needs(Permission.GRID_PAGE)
    def report(request: HttpRequest) -> HttpResponse:
        is_sent = request.method == "POST"
        if is_sent and (known := sent_before(request.user, request.POST.get("client_token", ""))):
            return _thanked(request, known)
        today = timezone.localdate()
        takes_closed = policy_on(today).allow_hiv_clue
        if form_class is ClosedForm and not takes_closed:
            raise Http404
        workplace = workplace_of(request.user, on=today)
        form = form_class(
            request.POST if is_sent else None,
            request.FILES if is_sent else None,
            workplace=workplace,
            on=today,
            initial={} if is_sent else _known(request, workplace),
        )
        context = {
            "title": TITLES[form_class],
            "workplace": workplace,
            "kind": "closed" if form_class is ClosedForm else form.kind,
            "takes_closed": takes_closed,
        }
        if not is_sent:
            return render(request, "outreach/report_form.html", context | {"form": form})
        if form.is_valid():
            try:
                sent = _send(request, form, workplace)
            except CannotReport as refusal:
                show_on(form, refusal)
            else:
                return _thanked(request, sent.report)
        return refused(request, form, "outreach/report_form.html", context)

    return report


def _known(request: HttpRequest, workplace: Workplace) -> dict[str, Any]:
    """What the form knows already: whether it is practice, and the door one came from (?household=)."""
    known: dict[str, Any] = {"is_training": is_practice(request)}
    if wanted := _number(request.GET.get("household", "")):
        households = Household.objects.visible_to(request.user).filter(grid__in=workplace.own)
        if found := households.filter(pk=wanted).first():
            known |= {"address": found.address[:120], "grid": found.grid_id}
    return known


def _send(request: HttpRequest, form: ReportForm, workplace: Workplace) -> Sent:
    said = form.said()
    now = timezone.now()
    return send_report(
        by=request.user,
        on=timezone.localdate(now),
        now=now,
        posting=workplace.posting_for(said["grid"]),
        **said,
    )


def _thanked(request: HttpRequest, report: GridReport) -> HttpResponse:
    """An urgent report leads to its own page, where both sides' answers appear; the others to the list."""
    if report.is_training:
        return saved(request, "练习完成：这条只有您自己看得到，不会有人处理。", "grid-mine")
    if report.kind == ReportKind.URGENT:
        words = "已同时报给村（居）委会和家庭医生团队。有危险请先打110、120。"
        return saved(request, words, "grid-mine-report", report.pk)
    if report.is_restricted:
        return saved(request, "已收到，由专人处理。", "grid-mine")
    return saved(request, "已收到，谢谢您。处理结果会在“我的上报”里告诉您。", "grid-mine")


new_person = _door(PersonForm)
change = _door(ChangeForm)
need = _door(NeedForm)
symptom = _door(SymptomForm)
urgent = _door(UrgentForm)
closed = _door(ClosedForm)
