"""Days on which points are not served: asked for, decided, taken back (S0-26)."""

from typing import Any

from django.contrib import messages
from django.core.exceptions import PermissionDenied
from django.core.paginator import Paginator
from django.db.models import Case, Q, QuerySet, Value, When
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils import timezone
from django.views.decorators.http import require_POST, require_safe

from core.refusals import show_on
from outreach.actions.exceptions import (
    CannotStopService,
    ask_exception,
    decide_exception,
    revoke_exception,
)
from outreach.choices import ExceptionState
from outreach.forms.points import DaysOffForm, DecideForm, StopFilter
from outreach.models import PointException, ServicePoint
from outreach.policy import policy_on
from outreach.views.points import FORM_METHODS, PAGE_SIZE, seen
from residents.forms.fields import MOST_OPTIONS
from teams.access import Permission, may, needs

P = Permission
_WAITING = Case(When(state=ExceptionState.ASKED, then=Value(0)), default=Value(1))


@require_safe
@needs(P.VISIT_VIEW)
def stop_list(request: HttpRequest) -> HttpResponse:
    """What was asked for, the open ones first."""
    form = StopFilter(request.GET)
    rows = PointException.objects.visible_to(request.user).select_related(
        "point__grid__village", "asked_by", "decided_by"
    )
    state = form.cleaned_data["state"] if form.is_valid() else ""
    rows = (
        rows.filter(state=state).order_by("-starts_on", "-pk")
        if state
        else rows.order_by(_WAITING, "-asked_at", "-pk")
    )
    page = Paginator(rows, PAGE_SIZE).get_page(request.GET.get("page"))
    waiting = PointException.objects.visible_to(request.user).filter(state=ExceptionState.ASKED).count()
    return render(
        request,
        "outreach/points/stops.html",
        {
            "form": form, "page": page, "today": timezone.localdate(), "waiting": waiting,
            "pages_address": f"?state={state}&", "can_ask": may_ask(request),
        },
    )  # fmt: skip


def may_ask(request: HttpRequest) -> bool:
    return may(request.user, P.VISIT_RECORD) or may(request.user, P.POINT_MANAGE)


@FORM_METHODS
@needs(P.VISIT_VIEW)
def stop_ask(request: HttpRequest) -> HttpResponse:
    """Ask for one point (``?point=``), or tick several."""
    if not may_ask(request):
        raise PermissionDenied("streets look only")
    today = timezone.localdate()
    first = {"points": _asked(request), "starts_on": today, "ends_on": today}
    form = DaysOffForm(request.POST or None, points=_offered(request), initial=first)
    if request.method == "POST" and form.is_valid():
        data = form.cleaned_data
        try:
            rows = ask_exception(
                by=request.user, on=today, now=timezone.now(), policy=policy_on(today), points=data["points"],
                days=form.days(),
            )  # fmt: skip
        except CannotStopService as refusal:
            show_on(form, refusal)
        else:
            messages.success(request, f"已为 {len(rows)} 个服务点提出停诊申请，批准后不计入考核。")
            return redirect("point-stop-list")
    return render(request, "outreach/points/stop.html", {"form": form})


def _asked(request: HttpRequest) -> list[str]:
    return [one for one in request.GET.getlist("point") if one.isascii() and one.isdigit()]


def _offered(request: HttpRequest) -> QuerySet[ServicePoint]:
    """The points to tick; of more than a list can hold those that were asked for."""
    today = timezone.localdate()
    points = seen(request).filter(Q(closed_on=None) | Q(closed_on__gt=today))
    if points.count() > MOST_OPTIONS:
        wanted = _asked(request) or [
            one for one in request.POST.getlist("points") if one.isascii() and one.isdigit()
        ]
        points = points.filter(pk__in=wanted)
    return points.order_by("grid__code", "name")


@require_POST
@needs(P.POINT_MANAGE)
def stop_decide(request: HttpRequest, pk: int) -> HttpResponse:
    """Approve, refuse, or take back what was approved."""
    row = get_object_or_404(PointException.objects.visible_to(request.user), pk=pk)
    form = DecideForm(request.POST)
    if not form.is_valid():
        messages.error(request, "审批没有保存：意见最多 200 字，请重新选择。")
        return redirect("point-stop-list")
    today, data = timezone.localdate(), form.cleaned_data
    given: dict[str, Any] = {
        "by": request.user, "on": today, "now": timezone.now(), "policy": policy_on(today), "exception": row,
        "decision": data["decision"],
    }  # fmt: skip
    try:
        if data["verdict"] == "revoke":
            done = revoke_exception(**given)
        else:
            done = decide_exception(**given, approves=data["verdict"] == "approve")
    except CannotStopService as refusal:
        messages.error(request, refusal.sentence)
    else:
        if done and done.cancelled:
            messages.warning(
                request, f"已保存。有 {done.cancelled} 次巡诊已有居民预约，请到预约名单逐个告知。"
            )
        else:
            messages.success(request, "已保存。")
    return redirect("point-stop-list")
