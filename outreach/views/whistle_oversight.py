"""How reports are answered: for street, institution and bureau; no health data (S2-1, S0-39)."""

from datetime import date, datetime, time, timedelta

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.utils import timezone
from django.views.decorators.http import require_safe

from care.views.months import month_of, months_around
from core.sheets import Column, xlsx_response
from outreach.queries.oversight import Figures, figures_by_team, late_page, overseen_by, total_of
from teams.access import Permission, needs

P = Permission
_COLUMNS = (
    Column("机构", 28),
    Column("团队", 20),
    Column("本月收到", 10, "number"),
    Column("本月办结", 10, "number"),
    Column("平均响应（小时）", 16, "number"),
    Column("待办", 10, "number"),
    Column("其中待响应", 12, "number"),
    Column("已超时", 10, "number"),
    Column("已报区卫健局", 14, "number"),
)


@require_safe
@needs(P.WHISTLE_OVERSEE)
def whistle_oversight(request: HttpRequest) -> HttpResponse:
    """Counts by team, grids without a team first; below, what is late."""
    today, now = timezone.localdate(), timezone.now()
    month = month_of(request.GET.get("month", ""), today)
    before, following = months_around(month, today)
    figures = _figures(request, month)
    context = {
        "figures": figures,
        "total": total_of(figures),
        "page": late_page(overseen_by(request.user), after=request.GET.get("after", ""), now=now),
        "month": month,
        "before": before,
        "following": following,
    }
    return render(request, "outreach/whistles/oversight.html", context)


@require_safe
@needs(P.WHISTLE_OVERSEE)
def whistle_oversight_export(request: HttpRequest) -> HttpResponse:
    month = month_of(request.GET.get("month", ""), timezone.localdate())
    figures = _figures(request, month)
    rows = [
        (
            one.institution or "无责任团队",
            one.team,
            one.sent,
            one.ended,
            one.hours,
            one.open,
            one.new,
            one.late,
            one.bureau,
        )
        for one in [*figures, total_of(figures)]
    ]
    return xlsx_response(
        "网格上报办理情况", _COLUMNS, rows, made_by=request.user.name, made_at=timezone.localtime(),
        note=f"{month:%Y-%m}；待办、超时为导出时的情况",
    )  # fmt: skip


def _figures(request: HttpRequest, month: date) -> list[Figures]:
    after = (month + timedelta(days=31)).replace(day=1)
    return figures_by_team(
        overseen_by(request.user), since=_midnight(month), until=_midnight(after), now=timezone.now()
    )


def _midnight(day: date) -> datetime:
    return datetime.combine(day, time(0), tzinfo=timezone.get_current_timezone())
