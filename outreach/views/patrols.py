"""The coverage calendar, and what came of the weeks (S0-26, S1-14, S2-17)."""

from collections.abc import Iterable
from datetime import date, timedelta
from itertools import groupby
from urllib.parse import urlencode

from django.core.paginator import Paginator
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.utils import timezone
from django.views.decorators.http import require_safe

from care.views.months import month_of
from core.refusals import Refusal, show_on
from core.sheets import Column, xlsx_response
from outreach.forms.points import CalendarFilter, MonthFilter
from outreach.policy import policy_on
from outreach.queries.compliance import (
    Grouping,
    PatrolLine,
    TeamMonth,
    patrol_line,
    patrol_lines,
    team_months,
)
from outreach.queries.coverage_calendar import PointRow, point_rows, totals_of
from outreach.queries.policies import policies_of
from outreach.rules.patrols import WeekState, monday_of, mondays, month_end, week_name, weeks_of_month
from outreach.views.points import PAGE_SIZE, found, seen
from teams.access import Permission, needs
from teams.models import Team

P = Permission
_WEEK, _SIX = timedelta(days=7), timedelta(days=6)
WEEKS_BACK = 3  # that the calendar shows beside this one


@require_safe
@needs(P.VISIT_VIEW)
def coverage_calendar(request: HttpRequest) -> HttpResponse:
    """Points by weeks: what was held, what is planned, and where next week nobody comes."""
    today = timezone.localdate()
    policy, form = policy_on(today), CalendarFilter(request.GET)
    need = policy.patrols_per_point_week
    wanted = form.cleaned_data if form.is_valid() else {"q": "", "gaps": False}
    this = monday_of(today)
    weeks = mondays(this - WEEKS_BACK * _WEEK, this + policy.visits_ahead_weeks * _WEEK)
    policies = policies_of((one + _SIX for one in weeks), on=today)
    rows = point_rows(
        found(_counted(request, weeks[0], weeks[-1]), wanted["q"]), weeks=weeks, on=today, policies=policies
    )
    totals, following = totals_of(rows, weeks), this + _WEEK
    if wanted["gaps"]:
        rows = [one for one in rows if one.state_in(following) == WeekState.GAP]
    if "export" in request.GET:
        try:
            return _calendar_sheet(rows, weeks, request, today)
        except Refusal as refusal:
            show_on(form, refusal)
    page = Paginator(rows, PAGE_SIZE).get_page(request.GET.get("page"))
    query = urlencode(
        {name: value for name, value in (("q", wanted["q"]), ("gaps", wanted["gaps"] and "on")) if value}
    )
    return render(
        request,
        "outreach/points/calendar.html",
        {
            "form": form, "page": page, "totals": totals, "this": this, "following": following,
            "gaps": next(one.gaps for one in totals if one.monday == following),
            "gaps_now": next(one.gaps for one in totals if one.monday == this), "query": query,
            "pages_address": f"?{query}&", "need": need,
            "has_other_need": any(one.patrols_per_point_week != need for one in policies.values()),
        },
    )  # fmt: skip


def _counted(request: HttpRequest, first: date, last: date):
    """The reader's points that were open in these weeks."""
    points = seen(request).filter(opened_on__lte=last + _SIX)
    return points.exclude(closed_on__lte=first)


def _calendar_sheet(
    rows: list[PointRow], weeks: list[date], request: HttpRequest, today: date
) -> HttpResponse:
    columns = [Column("镇街", 16), Column("网格", 26), Column("服务点", 26), Column("责任团队", 22)]
    columns += [Column(f"{one:%m-%d}起", 10) for one in weeks]
    lines = ([*_named(one), *(str(week.state) for week in one.weeks)] for one in rows)
    return xlsx_response(
        "巡诊覆盖日历", columns, lines, made_by=request.user.name, made_at=timezone.localtime(),
        note=f"截至 {today}，每列为一周（周一起）",
    )  # fmt: skip


def _named(one: PointRow) -> list[str]:
    street = one.point.grid.village.parent
    return [
        street.name if street else "",
        one.point.grid.name,
        one.point.name,
        one.team.name if one.team else "",
    ]


@require_safe
@needs(P.VISIT_VIEW)
def compliance(request: HttpRequest) -> HttpResponse:
    """A month: patrols by team, institution or street; community visits, work days and check-up sessions of teams."""
    today = timezone.localdate()
    groupings = [(one.code, f"按{one.value}") for one in Grouping]
    asked = {"month": f"{today:%Y-%m}", "by": Grouping.TEAM.code, **request.GET.dict()}
    form = MonthFilter(asked, groupings=groupings, today=today)
    chosen = form.cleaned_data if form.is_valid() else {}
    first, by = month_of(chosen.get("month", ""), today), _grouping(chosen.get("by", ""))
    weeks = weeks_of_month(first)
    policies = policies_of([month_end(first), *(one + _SIX for one in weeks)], on=today)
    rows = point_rows(_counted(request, weeks[0], weeks[-1]), weeks=weeks, on=today, policies=policies)
    months = team_months(Team.objects.visible_to(request.user), first=first, on=today, policies=policies)
    export = request.GET.get("export")
    if export in _SHEETS:
        try:
            return _SHEETS[export](rows, months, by, first, request)
        except Refusal as refusal:
            show_on(form, refusal)
    page = Paginator(patrol_lines(rows, by), PAGE_SIZE).get_page(request.GET.get("page"))
    query = urlencode({"month": f"{first:%Y-%m}", "by": by.code})
    return render(
        request,
        "outreach/points/compliance.html",
        {
            "form": form, "first": first, "weeks": [(one, week_name(one)) for one in weeks], "by": by,
            "total": patrol_line("合计", rows), "page": page, "query": query,
            "policy": policies[month_end(first)],
            "patrols": _each(policies[one + _SIX].patrols_per_point_week for one in weeks),
            "rounds": _each(policies[one + _SIX].community_visits_per_week for one in weeks),
            "pages_address": f"?{query}&",
            "months": Paginator(months, PAGE_SIZE).get_page(request.GET.get("teams")),
            "teams_address": f"?{query}&",
            "short": _worst(rows), "shorts": _short(rows),
        },
    )  # fmt: skip


def _each(numbers: Iterable[int]) -> list[int]:
    """What was asked in the weeks of a month, in their order: one number, unless it changed."""
    return [one for one, _ in groupby(numbers)]


def _grouping(code: str) -> Grouping:
    return next((one for one in Grouping if one.code == code), Grouping.TEAM)


def _short(rows: list[PointRow]) -> int:
    return sum(one.rate.met < one.rate.asked for one in rows)


def _worst(rows: list[PointRow]) -> list[PointRow]:
    """Points that missed weeks, the worst first, as many as fit on the page."""
    missed = [one for one in rows if one.rate.met < one.rate.asked]
    return sorted(missed, key=lambda one: one.rate.met - one.rate.asked)[:PAGE_SIZE]


def _points_sheet(
    rows: list[PointRow], months: list[TeamMonth], by: Grouping, first: date, request: HttpRequest
) -> HttpResponse:
    """Every point with every week."""
    weeks = weeks_of_month(first)
    columns = [Column("镇街", 16), Column("网格", 26), Column("服务点", 26), Column("责任团队", 22)]
    columns += [Column(week_name(one), 14) for one in weeks]
    columns += [
        Column("应巡周数", 9, "number"),
        Column("达标周数", 9, "number"),
        Column("达标率", 10, "percent"),
    ]
    lines = (
        [*_named(one), *(str(week.state) for week in one.weeks), one.rate.asked, one.rate.met, one.rate.share]
        for one in rows
    )
    return _answer("服务点巡诊达标", columns, lines, first, request)


def _groups_sheet(
    rows: list[PointRow], months: list[TeamMonth], by: Grouping, first: date, request: HttpRequest
) -> HttpResponse:
    columns = [
        Column(by.value, 40), Column("服务点数", 9, "number"), Column("全部达标的服务点", 10, "number"),
        Column("应巡周次", 9, "number"), Column("达标周次", 9, "number"), Column("达标率", 10, "percent"),
    ]  # fmt: skip
    lines: list[PatrolLine] = patrol_lines(rows, by)
    cells = ((one.name, one.points, one.whole, one.rate.asked, one.rate.met, one.rate.share) for one in lines)
    return _answer(f"巡诊达标（按{by.value}）", columns, cells, first, request)


def _teams_sheet(
    rows: list[PointRow], months: list[TeamMonth], by: Grouping, first: date, request: HttpRequest
) -> HttpResponse:
    columns = [
        Column("机构", 30), Column("团队", 22), Column("应进社区周数", 9, "number"), Column("达标周数", 9, "number"),
        Column("达标率", 10, "percent"), Column("家庭医生工作日（天）", 10, "number"), Column("核对", 40),
        Column("体检日已开展（次）", 10, "number"), Column("体检日安排（次）", 10, "number"),
    ]  # fmt: skip
    cells = (
        (
            one.team.institution.name, one.team.name, one.community.asked, one.community.met, one.community.share,
            one.workdays, one.finding.sentence if one.finding else "", one.checkups, one.checkups_planned,
        )
        for one in months
    )  # fmt: skip
    return _answer("团队进社区与工作日", columns, cells, first, request)


def _answer(title: str, columns: list[Column], lines, first: date, request: HttpRequest) -> HttpResponse:
    return xlsx_response(
        title,
        columns,
        lines,
        made_by=request.user.name,
        made_at=timezone.localtime(),
        note=f"{first:%Y年%m月}",
    )


_SHEETS = {"points": _points_sheet, "groups": _groups_sheet, "teams": _teams_sheet}
