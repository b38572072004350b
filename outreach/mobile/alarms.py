"""The committee side of urgent reports: what happened where, whom to call, and one tap that it is known (S2-27)."""

from datetime import datetime

from django.contrib import messages
from django.core.paginator import Paginator
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils import timezone
from django.views.decorators.http import require_http_methods, require_safe

from core.readlog import log_read
from outreach.actions.acknowledging import CannotAcknowledge, acknowledge
from outreach.choices import AckSide
from outreach.models import GridReport
from outreach.queries.urgent import Side, alarms_for_committee, sides_of
from outreach.rules.whistle import facts_in_words
from teams.access import Permission, needs

PAGE_SIZE = 20


@needs(Permission.GRID_LEAD)
@require_safe
def urgent_list(request: HttpRequest) -> HttpResponse:
    """Those of one's village or grid, the newest first: where and when, whether anybody has answered."""
    now, today = timezone.now(), timezone.localdate()
    found = alarms_for_committee(request.user, on=today)
    page = Paginator(found, PAGE_SIZE).get_page(request.GET.get("page"))
    rows = [(one, _own_side(one, now)) for one in page.object_list]
    return render(request, "outreach/urgent/mobile_list.html", {"page": page, "rows": rows})


@needs(Permission.GRID_LEAD)
@require_http_methods(["GET", "HEAD", "POST"])
def urgent_detail(request: HttpRequest, pk: int) -> HttpResponse:
    now, today = timezone.now(), timezone.localdate()
    report = get_object_or_404(alarms_for_committee(request.user, on=today), pk=pk)
    if request.method == "POST":
        try:
            acknowledge(report=report, side=AckSide.COMMITTEE, by=request.user, now=now)
        except CannotAcknowledge as refusal:
            messages.error(request, refusal.sentence)
        else:
            messages.success(request, "已确认收到，团队和上报人都会看到。")
        return redirect("grid-urgent", pk)
    log_read(request, "report", [pk])
    context = {
        "report": report,
        "sides": sides_of(report, now=now, is_committee=True),
        "facts": facts_in_words(report.facts),
    }
    return render(request, "outreach/urgent/mobile_detail.html", context)


def _own_side(report: GridReport, now: datetime) -> Side:
    sides = sides_of(report, now=now, is_committee=True)
    return next(one for one in sides if one.side == AckSide.COMMITTEE)
