"""Urgent reports: the list with both clocks, and the team's page of one (S2-27)."""

from django.contrib import messages
from django.core.exceptions import PermissionDenied
from django.core.paginator import Paginator
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils import timezone
from django.views.decorators.http import require_http_methods, require_safe

from core.models import ReadLog
from core.readlog import log_read
from outreach.actions.acknowledging import CannotAcknowledge, acknowledge
from outreach.choices import OPEN_STATES, AckSide
from outreach.policy import policy_on
from outreach.queries.clusters import may_look
from outreach.queries.urgent import (
    alarms_for_team,
    alarms_overseen,
    committee_people,
    in_a_list,
    is_on_team_side,
    log_of,
    sides_of,
)
from outreach.rules.whistle import facts_in_words
from teams.access import Permission, needs, signed_in

PAGE_SIZE = 50


@signed_in
@require_safe
def urgent_list(request: HttpRequest) -> HttpResponse:
    """Where and since when, whose answer is missing, and whom to call: for who answers and who oversees. No person."""
    if not may_look(request.user):
        raise PermissionDenied
    is_all = request.GET.get("state") == "all"
    now = timezone.now()
    found = alarms_overseen(request.user)
    if not is_all:
        found = found.filter(state__in=OPEN_STATES)
    page = Paginator(found, PAGE_SIZE).get_page(request.GET.get("page"))
    today = timezone.localdate()
    context = {
        "page": page,
        "rows": in_a_list(page.object_list, user=request.user, now=now, on=today),
        "is_all": is_all,
        "policy": policy_on(today),
    }
    return render(request, "outreach/urgent/list.html", context)


@needs(Permission.WHISTLE_VIEW, Permission.RESIDENT_REVEAL)
@require_http_methods(["GET", "HEAD", "POST"])
def urgent_detail(request: HttpRequest, pk: int) -> HttpResponse:
    """What is known, both clocks, whom to call; one tap says that the team has heard of it.

    In clear: there is no time to ask for a name first. Each look is in the log as one.
    """
    report = get_object_or_404(alarms_for_team(request.user), pk=pk)
    if request.method == "POST":
        try:
            acknowledge(report=report, side=AckSide.TEAM, by=request.user, now=timezone.now())
        except CannotAcknowledge as refusal:
            messages.error(request, refusal.sentence)
        else:
            messages.success(request, "已确认收到，上报人会看到。请马上联系现场。")
        return redirect("whistle-urgent", pk)
    log_read(request, "report", [pk], action=ReadLog.Action.REVEAL, reason="处置紧急上报")
    today = timezone.localdate()
    is_team = is_on_team_side(request.user, report, on=today)
    context = {
        "report": report,
        "sides": sides_of(report, now=timezone.now(), is_team=is_team),
        "committee": committee_people([report], on=today)[pk],
        "facts": facts_in_words(report.facts),
        "log": log_of(report),
    }
    return render(request, "outreach/urgent/detail.html", context)
