"""What the visits of a month served: team by team, on the page and as a sheet (S0-27, S1-18)."""

from datetime import date

from django.core.paginator import Paginator
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.utils import timezone
from django.views.decorators.http import require_safe

from care.views.months import month_of
from core.models import ReadLog
from core.readlog import log_read
from core.refusals import Refusal, show_on
from core.sheets import Column, xlsx_response
from outreach.choices import Handout, PointService, WorkKind
from outreach.forms.points import MonthChoice
from outreach.queries.visit_sums import TeamSums, VisitSums, labels, team_sums, total_of
from outreach.rules.patrols import month_end
from outreach.views.points import PAGE_SIZE
from teams.access import Permission, needs
from teams.models import Team

P = Permission


@require_safe
@needs(P.VISIT_VIEW)
def visit_sums(request: HttpRequest) -> HttpResponse:
    """Visits held, hours on site, people, services, what was made there, what was handed out."""
    today = timezone.localdate()
    form = MonthChoice({"month": f"{today:%Y-%m}", **request.GET.dict()}, today=today)
    first = month_of(form.cleaned_data["month"] if form.is_valid() else "", today)
    rows = team_sums(Team.objects.visible_to(request.user), first=first, last=month_end(first))
    if "export" in request.GET:
        try:
            return _sheet(rows, first, request)
        except Refusal as refusal:
            show_on(form, refusal)
    query = f"month={first:%Y-%m}"
    return render(
        request,
        "outreach/points/served.html",
        {
            "form": form, "first": first, "total": total_of(rows), "query": query, "pages_address": f"?{query}&",
            "page": Paginator(rows, PAGE_SIZE).get_page(request.GET.get("page")),
            "groups": [("各项服务（人次）", PointService), ("逐人登记", WorkKind), ("发放材料（份）", Handout)],
        },
    )  # fmt: skip


def _sheet(rows: list[TeamSums], first: date, request: HttpRequest) -> HttpResponse:
    columns = [
        Column("机构", 30), Column("团队", 22), Column("外出服务（次）", 10, "number"),
        Column("现场时长（小时）", 10, "number"), Column("服务人数", 10, "number"),
    ]  # fmt: skip
    columns += [Column(label, 10, "number") for label in _titles()]
    lines = [(one.team.institution.name, one.team.name, *_cells(one.sums)) for one in rows]
    answer = xlsx_response(
        "外出服务统计", columns, [*lines, ("合计", "", *_cells(total_of(rows)))], made_by=request.user.name,
        made_at=timezone.localtime(), note=f"{first:%Y年%m月}",
    )  # fmt: skip
    log_read(request, "team", [one.team.pk for one in rows], action=ReadLog.Action.EXPORT)
    return answer


def _titles() -> list[str]:
    """One row of headers says what two say on the page."""
    units = ["（人次）"] * len(PointService) + ["（逐人登记）"] * len(WorkKind) + ["（份）"] * len(Handout)
    return [f"{label}{unit}" for label, unit in zip(labels(), units, strict=True)]


def _cells(sums: VisitSums) -> tuple[object, ...]:
    return (sums.visits, sums.hours, sums.visitors, *sums.numbers)
