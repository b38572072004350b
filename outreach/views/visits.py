"""The calendar of all goings-out, planning them, calling them off."""

from datetime import date, timedelta
from typing import Any

from django.contrib import messages
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils import timezone
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from core.refusals import show_on
from outreach.actions.visits import (
    CannotCancelVisit,
    CannotPlanVisit,
    Planned,
    cancel_visit,
    change_visit,
    plan_weekly,
)
from outreach.choices import VisitKind
from outreach.context import RUNNING
from outreach.forms.visits import CancelForm, PlanForm
from outreach.models import OutreachVisit
from outreach.policy import policy_on
from outreach.queries.visits import MonthOfWorkDays, calendar_of, planned_staff, staff_for, work_days_of
from outreach.rules.patrols import last_judged_on
from teams.access import Permission, may, needs, scope_of
from teams.models import Team

P = Permission
FORM_METHODS = require_http_methods(["GET", "HEAD", "POST"])
WEEK = timedelta(days=7)


def load(request: HttpRequest, pk: int) -> OutreachVisit:
    """A visit that the reader sees, or 404."""
    seen = OutreachVisit.objects.visible_to(request.user)
    return get_object_or_404(seen.select_related("team__institution", "point__grid"), pk=pk)


def load_own(request: HttpRequest, pk: int) -> OutreachVisit:
    """A visit of one of the reader's teams, or 404."""
    visit = load(request, pk)
    if visit.team_id not in scope_of(request.user).teams:
        raise Http404("a visit of another team")
    return visit


def forget(request: HttpRequest, visit: OutreachVisit) -> None:
    """The pages lead back to this visit no more, if they did; another that goes on stays."""
    if request.session.get(RUNNING, {}).get("pk") == visit.pk:
        del request.session[RUNNING]


@require_safe
@needs(P.VISIT_VIEW)
def visit_list(request: HttpRequest) -> HttpResponse:
    """A week, or a day; of one's own teams, of one team, or of everything that one sees."""
    today, user = timezone.localdate(), request.user
    day, is_day = _day_asked(request, today), "day" in request.GET
    first = day if is_day else day - timedelta(days=day.weekday())
    last = first if is_day else first + timedelta(days=6)
    own = scope_of(user).teams
    teams = list(Team.objects.visible_to(user).active_on(first).order_by("name", "pk")[:300])
    visits, team, kind = (
        OutreachVisit.objects.visible_to(user),
        _team(request, teams),
        request.GET.get("kind", ""),
    )
    if team:
        visits = visits.filter(team=team)
    elif own and request.GET.get("all") != "1":
        visits = visits.filter(team__in=own)
    if kind in VisitKind.values:
        visits = visits.filter(kind=kind)
    mine = [one for one in teams if one.pk in own]
    shown = team or (mine[0] if len(mine) == 1 else None)
    context = {
        "calendar": calendar_of(visits, first=first, last=last, own=own),
        "first": first, "last": last, "today": today, "is_day": is_day,
        "before": first - (timedelta(days=1) if is_day else WEEK),
        "after": first + (timedelta(days=1) if is_day else WEEK),
        "week": first.isocalendar().week, "teams": teams, "team": team, "kind": kind, "kinds": VisitKind,
        "kept": _kept(request), "has_own": bool(own), "is_all": request.GET.get("all") == "1",
        "month": _month(shown, first, today) if shown else None,
        "can_record": may(user, P.VISIT_RECORD),
    }  # fmt: skip
    return render(request, "outreach/visits/calendar.html", context)


def _day_asked(request: HttpRequest, today: date) -> date:
    try:
        found = date.fromisoformat(request.GET.get("day") or request.GET.get("week") or "")
    except ValueError:
        return today
    return found if abs((found - today).days) < 3660 else today


def _team(request: HttpRequest, teams: list[Team]) -> Team | None:
    wanted = request.GET.get("team", "")
    return next((one for one in teams if str(one.pk) == wanted), None)


def _kept(request: HttpRequest) -> str:
    """What narrows the calendar, for the links to other weeks."""
    kept = request.GET.copy()
    for name in set(kept) - {"team", "kind", "all"}:
        del kept[name]
    return kept.urlencode()


@FORM_METHODS
@needs(P.VISIT_RECORD)
def visit_new(request: HttpRequest) -> HttpResponse:
    """``?kind=`` and perhaps ``?day=`` and ``?point=``; without a kind one is chosen first."""
    kind, today = request.GET.get("kind", ""), timezone.localdate()
    if kind not in VisitKind.values:
        return render(
            request, "outreach/visits/kinds.html", {"kinds": VisitKind, "day": request.GET.get("day", "")}
        )
    teams = _own_teams(request, today)
    form = PlanForm(
        request.POST if request.method == "POST" else None,
        kind=kind, teams=teams, staff=staff_for([one.pk for one in teams], on=today), user=request.user, on=today,
        initial={
            "on": _day_asked(request, today), "staff": [request.user.pk], "point": request.GET.get("point", ""),
            "team": teams[0].pk if teams else None,
        },
    )  # fmt: skip
    if request.method == "POST" and form.is_valid():
        made = _planned(request, form, teams, today)
        if made:
            return _after_planning(request, made, today)
    return render(
        request, "outreach/visits/plan.html", {"form": form, "kind": VisitKind(kind), "has_team": teams}
    )


def _own_teams(request: HttpRequest, today: date) -> list[Team]:
    seen = Team.objects.visible_to(request.user).active_on(today)
    return list(seen.filter(pk__in=scope_of(request.user).teams).order_by("name", "pk"))


def _planned(request: HttpRequest, form: PlanForm, teams: list[Team], today: date) -> list[Planned] | None:
    data = form.cleaned_data
    team = data.get("team") or (teams[0] if teams else None)
    if team is None:
        form.add_error(None, "您今天不在任何团队，不能安排外出服务。")
        return None
    try:
        return plan_weekly(
            by=request.user, on=today, now=timezone.now(), team=team, kind=form.kind,
            client_token=data["client_token"], weeks=data["weeks"], **form.plan(),
        )  # fmt: skip
    except CannotPlanVisit as refusal:
        show_on(form, refusal)
        return None


def _after_planning(request: HttpRequest, made: list[Planned], today: date) -> HttpResponse:
    first = made[0].visit
    if first.on < today:
        messages.info(request, "已建好，请接着补录实际情况。")
        return redirect("visit-end", first.pk)
    messages.success(request, f"已排入日历{f'，共 {len(made)} 次' if len(made) > 1 else ''}。")
    _warn(request, first, today)
    return redirect("visit-detail", first.pk)


def _month(team: Team, day: date, today: date) -> MonthOfWorkDays:
    return work_days_of(team, day, on=today, policy=policy_on(last_judged_on(day, on=today)))


def _warn(request: HttpRequest, visit: OutreachVisit, today: date) -> None:
    if visit.kind == VisitKind.WORK_DAY:
        for sentence in _month(visit.team, visit.on, today).warnings:
            messages.warning(request, sentence)


@FORM_METHODS
@needs(P.VISIT_RECORD)
def visit_edit(request: HttpRequest, pk: int) -> HttpResponse:
    visit, today = load_own(request, pk), timezone.localdate()
    form = PlanForm(
        request.POST if request.method == "POST" else None,
        kind=visit.kind, teams=[visit.team], staff=staff_for([visit.team_id], on=visit.on), user=request.user,
        on=today, is_new=False, initial=_as_planned(visit),
    )  # fmt: skip
    if request.method == "POST" and form.is_valid():
        try:
            change_visit(by=request.user, on=today, now=timezone.now(), visit=visit, **form.plan())
        except CannotPlanVisit as refusal:
            show_on(form, refusal)
        else:
            messages.success(request, "已修改。")
            visit.refresh_from_db()
            _warn(request, visit, today)
            return redirect("visit-detail", pk)
    context = {"form": form, "kind": VisitKind(visit.kind), "visit": visit, "has_team": True}
    return render(request, "outreach/visits/plan.html", context)


def _as_planned(visit: OutreachVisit) -> dict[str, Any]:
    return {
        "on": visit.on,
        "begins_at": visit.begins_at,
        "closes_at": visit.closes_at,
        "point": visit.point_id,
        "grids": [one.pk for one in visit.grids.all()],
        "place": visit.place,
        "topic": visit.topic,
        "note": visit.note,
        "staff": [one.pk for one in planned_staff(visit)],
    }


@require_POST
@needs(P.VISIT_RECORD)
def visit_cancel(request: HttpRequest, pk: int) -> HttpResponse:
    visit, form = load_own(request, pk), CancelForm(request.POST)
    note = form.cleaned_data["note"] if form.is_valid() else ""
    try:
        cancel_visit(by=request.user, on=timezone.localdate(), now=timezone.now(), visit=visit, note=note)
    except CannotCancelVisit as refusal:
        messages.error(request, str(refusal))
    else:
        forget(request, visit)
        messages.success(request, "已取消。有预约的居民请到预约名单逐一告知。")
    return redirect("visit-detail", pk)
