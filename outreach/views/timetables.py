"""When a point is served: hours set, changed, ended."""

from typing import Any

from django.contrib import messages
from django.db.models import Q, QuerySet
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils import timezone

from core.refusals import show_on
from outreach.actions.planning_visits import Planned
from outreach.actions.timetables import (
    CannotSetTimetable,
    change_timetable,
    end_timetable,
    set_timetable,
)
from outreach.forms.points import EndForm, HoursForm, hours_values
from outreach.models import PointTimetable, ServicePoint
from outreach.policy import policy_on
from outreach.queries.coverage_calendar import teams_of
from outreach.views.points import FORM_METHODS, load
from teams.access import Permission, needs
from teams.models import Team, TeamMembership, User

P = Permission


@FORM_METHODS
@needs(P.POINT_MANAGE)
def timetable_new(request: HttpRequest, pk: int) -> HttpResponse:
    """New weekly hours of a point; the visits of the coming weeks are planned at once."""
    point, today = load(request, pk), timezone.localdate()
    team = teams_of([point], on=today).get(point.pk)
    first = {
        "starts_on": max(today, point.opened_on),
        "team": team,
        "begins_at": "09:00",
        "closes_at": "11:00",
    }
    form = HoursForm(request.POST or None, **_choices(point, team), initial=first)
    if request.method == "POST" and form.is_valid():
        data = form.cleaned_data
        try:
            set_timetable(
                by=request.user, on=today, now=timezone.now(), policy=policy_on(today), point=point,
                hours=form.hours(), starts_on=data["starts_on"], ends_on=data["ends_on"],
            )  # fmt: skip
        except CannotSetTimetable as refusal:
            show_on(form, refusal)
        else:
            messages.success(request, "巡诊时间已保存，今后几周已排班。")
            return redirect("point-detail", point.pk)
    return _form(request, point, form, "排巡诊时间")


@FORM_METHODS
@needs(P.POINT_MANAGE)
def timetable_edit(request: HttpRequest, pk: int) -> HttpResponse:
    """Other hours from a day on; who has booked is not moved."""
    row, today = _load(request, pk), timezone.localdate()
    first = {"from_on": max(today, row.starts_on), **hours_values(row)}
    choices = _choices(row.point, row.team)
    form = HoursForm(request.POST or None, **choices, initial=first, day_field="from_on")
    if request.method == "POST" and form.is_valid():
        try:
            done = change_timetable(
                by=request.user, on=today, now=timezone.now(), policy=policy_on(today), timetable=row,
                hours=form.hours(), from_on=form.cleaned_data["from_on"],
            )  # fmt: skip
        except CannotSetTimetable as refusal:
            show_on(form, refusal)
        else:
            _tell(request, done, "巡诊时间已修改。")
            return redirect("point-detail", row.point_id)
    return _form(request, row.point, form, "修改巡诊时间")


@FORM_METHODS
@needs(P.POINT_MANAGE)
def timetable_end(request: HttpRequest, pk: int) -> HttpResponse:
    row, today = _load(request, pk), timezone.localdate()
    form = EndForm(request.POST or None, initial={"ends_on": today})
    if request.method == "POST" and form.is_valid():
        try:
            done = end_timetable(
                by=request.user, on=today, now=timezone.now(), policy=policy_on(today), timetable=row,
                ends_on=form.cleaned_data["ends_on"],
            )  # fmt: skip
        except CannotSetTimetable as refusal:
            show_on(form, refusal)
        else:
            _tell(request, done, "这项安排的结束日期已保存。")
            return redirect("point-detail", row.point_id)
    return _form(request, row.point, form, "结束这项安排")


def _load(request: HttpRequest, pk: int) -> PointTimetable:
    """Hours of a point in one's scope: those of one's team at another's point are changed by that point's own people."""
    points = ServicePoint.objects.visible_to(request.user)
    rows = PointTimetable.objects.visible_to(request.user).filter(point__in=points)
    return get_object_or_404(rows.select_related("point__grid__village", "team__institution"), pk=pk)


def _choices(point: ServicePoint, team: Team | None) -> dict[str, QuerySet[Any]]:
    """Teams of the institution that answers for the grid; everybody who works in one of them."""
    today = timezone.localdate()
    teams = Team.objects.active_on(today)
    if team:
        teams = teams.filter(Q(institution=team.institution_id) | Q(pk=team.pk))
    else:
        teams = teams.filter(institution__area_code__startswith=point.grid.code[:9])
    members = TeamMembership.objects.active_on(today).filter(team__in=teams).values("user")
    return {"teams": teams.order_by("name"), "staff": User.objects.filter(pk__in=members).order_by("name")}


def _tell(request: HttpRequest, done: Planned, words: str) -> None:
    if done.kept:
        messages.warning(
            request, f"{words}有 {done.kept} 次巡诊已有居民预约，没有改动，请在下面逐个改约或取消。"
        )
    else:
        messages.success(request, f"{words}今后的排班已随之调整。")


def _form(request: HttpRequest, point: ServicePoint, form: Any, heading: str) -> HttpResponse:
    return render(request, "outreach/points/form.html", {"form": form, "point": point, "heading": heading})
