"""Service points: the list with what grids lack, one point, opening, changing, closing (S0-24, S0-25)."""

from typing import Any

from django.contrib import messages
from django.core.paginator import Paginator
from django.db.models import Q, QuerySet
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils import timezone
from django.views.decorators.http import require_http_methods, require_safe

from core.refusals import Refusal, show_on
from core.sheets import Column, xlsx_response
from grids.models import Grid
from outreach.actions.points import CannotKeepPoint, change_point, close_point, open_point
from outreach.choices import PointService
from outreach.forms.points import CloseForm, NewPointForm, PointFilter, PointForm, point_values
from outreach.models import ServicePoint
from outreach.policy import policy_on
from outreach.queries.points import PointLine, detail_of, grids_off, point_lines
from residents.forms.fields import MOST_OPTIONS, grids_for
from teams.access import Permission, needs

P = Permission
FORM_METHODS = require_http_methods(["GET", "HEAD", "POST"])
PAGE_SIZE = 50
MOST_GRIDS = 60  # named on the list; the rest is counted


def seen(request: HttpRequest) -> QuerySet[ServicePoint]:
    """The reader's points, each with its grid, village and street."""
    return ServicePoint.objects.visible_to(request.user).select_related("grid__village__parent")


def load(request: HttpRequest, pk: int) -> ServicePoint:
    return get_object_or_404(seen(request), pk=pk)


def found(points: QuerySet[ServicePoint], word: str) -> QuerySet[ServicePoint]:
    if not word:
        return points
    return points.filter(
        Q(name__contains=word) | Q(grid__name__contains=word) | Q(grid__village__name__contains=word)
    )


@require_safe
@needs(P.VISIT_VIEW)
def point_list(request: HttpRequest) -> HttpResponse:
    """Points with hours and team; grids that have too few or too many of them."""
    today = timezone.localdate()
    form = PointFilter(request.GET)
    points = _filtered(seen(request), form, today)
    if "export" in request.GET:
        try:
            return _sheet(point_lines(list(points), on=today), request)
        except Refusal as refusal:
            show_on(form, refusal)
    page = Paginator(points, PAGE_SIZE).get_page(request.GET.get("page"))
    params = request.GET.copy()
    params.pop("page", None)
    policy = policy_on(today)
    off = grids_off(Grid.objects.visible_to(request.user), on=today, policy=policy)
    return render(
        request,
        "outreach/points/list.html",
        {
            "form": form, "page": page, "rows": point_lines(list(page), on=today), "off": off[:MOST_GRIDS],
            "off_count": len(off), "policy": policy, "query": params.urlencode(),
            "pages_address": f"?{params.urlencode()}&", "today": today,
        },
    )  # fmt: skip


def _filtered(points: QuerySet[ServicePoint], form: PointFilter, today: Any) -> QuerySet[ServicePoint]:
    points = points.order_by("grid__code", "name", "pk")
    if not form.is_valid():
        return points.open_on(today)
    wanted = form.cleaned_data
    if not wanted["closed"]:
        points = points.filter(Q(closed_on=None) | Q(closed_on__gt=today))
    if wanted["venue"]:
        points = points.filter(venue=wanted["venue"])
    return found(points, wanted["q"])


def _sheet(lines: list[PointLine], request: HttpRequest) -> HttpResponse:
    columns = [
        Column("镇街", 16), Column("村居", 20), Column("网格", 26), Column("服务点", 26), Column("场所", 14),
        Column("地址", 36), Column("责任团队", 22), Column("巡诊时间", 40), Column("预约联系人", 12),
        Column("预约电话", 16), Column("可提供的服务", 40), Column("纬度（WGS-84）", 13, "number"),
        Column("经度（WGS-84）", 13, "number"), Column("启用日期", 12, "date"), Column("停用日期", 12, "date"),
    ]  # fmt: skip
    rows = (
        (
            one.point.grid.village.parent.name if one.point.grid.village.parent else "",
            one.point.grid.village.name, one.point.grid.name, one.point.name, one.point.get_venue_display(),
            one.point.address, one.team.name if one.team else "", "；".join(one.hours), one.point.contact,
            one.point.phone, "、".join(PointService(code).label for code in one.point.services),
            one.point.latitude, one.point.longitude, one.point.opened_on, one.point.closed_on,
        )
        for one in lines
    )  # fmt: skip
    return xlsx_response(
        "家庭医生服务点", columns, rows, made_by=request.user.name, made_at=timezone.localtime()
    )


@require_safe
@needs(P.VISIT_VIEW)
def point_detail(request: HttpRequest, pk: int) -> HttpResponse:
    """One point: who serves it when, what lies ahead, days off."""
    today = timezone.localdate()
    point = load(request, pk)
    detail = detail_of(point, on=today, policy=policy_on(today))
    is_open = point.closed_on is None or point.closed_on > today
    return render(
        request,
        "outreach/points/detail.html",
        {"point": point, "detail": detail, "today": today, "is_open": is_open},
    )


@FORM_METHODS
@needs(P.POINT_MANAGE)
def point_new(request: HttpRequest) -> HttpResponse:
    """Open a point; ``?grid=`` comes from the list of grids that lack one."""
    today = timezone.localdate()
    first = {"opened_on": today, "services": ["pressure", "glucose", "consult"], "grid": _asked_grid(request)}
    form = NewPointForm(request.POST or None, grids=grids_for(request.user, today), initial=first)
    if request.method == "POST" and form.is_valid():
        data = form.cleaned_data
        try:
            point = open_point(
                by=request.user, grid=data["grid"], facts=form.facts(), opened_on=data["opened_on"]
            )
        except CannotKeepPoint as refusal:
            show_on(form, refusal)
        else:
            messages.success(request, "服务点已登记。接下来请排巡诊时间。")
            return redirect("point-detail", point.pk)
    return render(request, "outreach/points/form.html", {"form": form, "heading": "登记服务点"})


def _asked_grid(request: HttpRequest) -> Any:
    """Id or code: whichever the field of the form takes."""
    code = request.GET.get("grid", "")
    grid = grids_for(request.user, timezone.localdate()).filter(code=code).first() if code else None
    return grid and (
        grid.pk if grids_for(request.user, timezone.localdate()).count() <= MOST_OPTIONS else grid.code
    )


@FORM_METHODS
@needs(P.POINT_MANAGE)
def point_edit(request: HttpRequest, pk: int) -> HttpResponse:
    point = load(request, pk)
    form = PointForm(request.POST or None, initial=point_values(point))
    if request.method == "POST" and form.is_valid():
        try:
            change_point(by=request.user, point=point, facts=form.facts())
        except CannotKeepPoint as refusal:
            show_on(form, refusal)
        else:
            messages.success(request, "服务点已保存。海报上的内容有变时请重新打印。")
            return redirect("point-detail", point.pk)
    return render(
        request, "outreach/points/form.html", {"form": form, "point": point, "heading": "修改服务点"}
    )


@FORM_METHODS
@needs(P.POINT_MANAGE)
def point_close(request: HttpRequest, pk: int) -> HttpResponse:
    """Close a point, or take a closing back that has not come yet (``undo`` in the form)."""
    today = timezone.localdate()
    point = load(request, pk)
    form = CloseForm(request.POST or None, initial={"closed_on": point.closed_on or today})
    is_undone = request.method == "POST" and "undo" in request.POST
    if is_undone or (request.method == "POST" and form.is_valid()):
        try:
            close_point(
                by=request.user, on=today, now=timezone.now(), policy=policy_on(today), point=point,
                closed_on=None if is_undone else form.cleaned_data["closed_on"],
            )  # fmt: skip
        except CannotKeepPoint as refusal:
            if is_undone:
                messages.error(request, refusal.sentence)
                return redirect("point-detail", point.pk)
            show_on(form, refusal)
        else:
            messages.success(request, "已取消停用。" if is_undone else "停用日期已保存，之后的巡诊已撤下。")
            return redirect("point-detail", point.pk)
    return render(request, "outreach/points/close.html", {"form": form, "point": point})
