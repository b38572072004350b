"""Were residents told: a month by team, institution, street with the late ones, and a year at a glance (S0-23)."""

from collections.abc import Callable, Iterable
from typing import Any
from urllib.parse import urlencode

from django.core.paginator import Paginator
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.utils import timezone
from django.views.decorators.http import require_safe

from care.views.months import month_of
from core.refusals import Refusal, show_on
from core.sheets import Column, xlsx_response
from outreach.choices import DisclosureChannel, DisclosureState
from outreach.disclosures.base import Month
from outreach.forms.points import MonthFilter
from outreach.forms.proofs import YearFilter
from outreach.queries.compliance import Grouping
from outreach.queries.disclosure_compliance import (
    UnitMonth,
    YearLine,
    asked_in,
    group_line,
    group_lines,
    late_rows,
    months_until,
    unit_months,
    year_lines,
)
from outreach.queries.policies import policies_of
from outreach.queries.proofs import flagged_for
from outreach.views.points import PAGE_SIZE
from teams.access import Permission, needs
from teams.models import Team

P = Permission
_YEAR = 12  # months


@require_safe
@needs(P.DISCLOSURE_VIEW)
def disclosure_compliance(request: HttpRequest) -> HttpResponse:
    """A month: who told its residents in enough ways, who was late, who has not."""
    today = timezone.localdate()
    groupings = [(one.code, f"按{one.value}") for one in Grouping]
    asked = {"month": f"{today:%Y-%m}", "by": Grouping.TEAM.code, **request.GET.dict()}
    form = MonthFilter(asked, groupings=groupings, today=today)
    chosen = form.cleaned_data if form.is_valid() else {}
    month = Month(month_of(chosen.get("month", ""), today))
    by = next((one for one in Grouping if one.code == chosen.get("by")), Grouping.TEAM)
    policies = policies_of([month.last], on=today)
    teams = Team.objects.visible_to(request.user)
    rows = unit_months(teams, months=[month], on=today, policies=policies)[month.first]
    export = request.GET.get("export")
    if export in _SHEETS:
        try:
            return _SHEETS[export](rows, by, month, request)
        except Refusal as refusal:
            show_on(form, refusal)
    late = late_rows(rows)
    query = urlencode({"month": f"{month.first:%Y-%m}", "by": by.code})
    context = {
        "form": form, "month": month, "by": by, "query": query, "pages_address": f"?{query}&",
        "total": group_line("合计", rows), "asked": asked_in(month, policies[month.last]),
        "groups": Paginator(group_lines(rows, by), PAGE_SIZE).get_page(request.GET.get("page")),
        "units": Paginator(rows, PAGE_SIZE).get_page(request.GET.get("page")), "is_units": by == Grouping.TEAM,
        "late": late[:PAGE_SIZE], "lates": len(late), "flagged": flagged_for(request.user).count(),
    }  # fmt: skip
    return render(request, "outreach/proofs/compliance.html", context)


def _units_sheet(rows: list[UnitMonth], by: Grouping, month: Month, request: HttpRequest) -> HttpResponse:
    """Every team (or institution) with what it did."""
    return _answer("十公开达标明细", _UNIT_COLUMNS, map(_unit_cells, rows), f"{month}", request)


def _late_sheet(rows: list[UnitMonth], by: Grouping, month: Month, request: HttpRequest) -> HttpResponse:
    return _answer("十公开逾期名单", _UNIT_COLUMNS, map(_unit_cells, late_rows(rows)), f"{month}", request)


_UNIT_COLUMNS = [
    Column("镇街", 16), Column("机构", 30), Column("团队", 22), Column("结果", 10), Column("缺什么", 36),
    Column("编写进度", 12), Column("发布日期", 12, "date"), Column("已公开内容（项）", 10, "number"),
    *(Column(f"{one.label}（首次）", 12, "date") for one in DisclosureChannel),
    Column("公开形式（种）", 10, "number"), Column("达标日期", 12, "date"), Column("应达标日期", 12, "date"),
]  # fmt: skip


def _unit_cells(one: UnitMonth) -> list[Any]:
    told, verdict = one.told, one.verdict
    days = told.channels or {}
    return [
        one.street, one.institution.name, one.team.name if one.team else "（全机构）", str(verdict.standing),
        "，".join(verdict.missing), DisclosureState(told.state).label if told.state else "未生成",
        told.published_on, told.items, *(days.get(channel) for channel in DisclosureChannel), verdict.kinds,
        verdict.met_on, one.asked.due_on,
    ]  # fmt: skip


def _groups_sheet(rows: list[UnitMonth], by: Grouping, month: Month, request: HttpRequest) -> HttpResponse:
    columns = [
        Column(by.value, 40), Column("应公开（期）", 10, "number"), Column("达标（期）", 10, "number"),
        Column("其中逾期达标（期）", 10, "number"), Column("未达标（期）", 10, "number"), Column("达标率", 10, "percent"),
    ]  # fmt: skip
    cells = (
        (one.name, one.rate.asked, one.rate.met, one.late, one.behind, one.rate.share)
        for one in group_lines(rows, by)
    )
    return _answer(f"十公开达标（按{by.value}）", columns, cells, f"{month}", request)


_SHEETS: dict[str, Callable[[list[UnitMonth], Grouping, Month, HttpRequest], HttpResponse]] = {
    "units": _units_sheet,
    "groups": _groups_sheet,
    "late": _late_sheet,
}


@require_safe
@needs(P.DISCLOSURE_VIEW)
def disclosure_year(request: HttpRequest) -> HttpResponse:
    """Twelve months of every team in a row."""
    today = timezone.localdate()
    form = YearFilter(request.GET, today=today)
    until = form.cleaned_data["until"] if form.is_valid() else ""
    last = Month(today.replace(year=int(until), month=12, day=1)) if until else Month.of(today)
    months = months_until(last, _YEAR)
    lines = year_lines(
        Team.objects.visible_to(request.user), months=months, on=today,
        policies=policies_of([one.last for one in months], on=today),
    )  # fmt: skip
    if request.GET.get("export") == "year":
        try:
            return _year_sheet(lines, months, request)
        except Refusal as refusal:
            show_on(form, refusal)
    query = urlencode({"until": until})
    context = {
        "form": form, "months": months, "query": query, "pages_address": f"?{query}&",
        "page": Paginator(lines, PAGE_SIZE).get_page(request.GET.get("page")),
    }  # fmt: skip
    return render(request, "outreach/proofs/year.html", context)


def _year_sheet(lines: list[YearLine], months: list[Month], request: HttpRequest) -> HttpResponse:
    columns = [Column("机构", 30), Column("团队", 22), *(Column(f"{one.first:%Y-%m}", 10) for one in months)]
    columns += [
        Column("已结束（月）", 10, "number"),
        Column("达标（月）", 10, "number"),
        Column("达标率", 10, "percent"),
    ]
    cells = (
        [
            one.team.institution.name, one.team.name,
            *(str(cell.verdict.standing) if cell else "不考核" for cell in one.months),
            one.rate.asked, one.rate.met, one.rate.share,
        ]
        for one in lines
    )  # fmt: skip
    return _answer("十公开全年达标", columns, cells, f"{months[0]}至{months[-1]}", request)


def _answer(
    title: str, columns: list[Column], cells: Iterable[Any], span: str, request: HttpRequest
) -> HttpResponse:
    return xlsx_response(
        title,
        columns,
        cells,
        made_by=request.user.name,
        made_at=timezone.localtime(),
        note=span,
    )
