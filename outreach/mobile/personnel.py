"""Days away, one's own and of those whom one leads; changes of persons, told to the street (S2-23, S2-25)."""

from datetime import date

from django.db.models import Q, QuerySet
from django.http import HttpRequest, HttpResponse, QueryDict
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.utils import timezone
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from core.refusals import Refusal, show_on
from grids.models import Grid, Posting
from outreach.actions.leave import CannotEndLeave, CannotTakeLeave, end_leave, take_leave
from outreach.actions.personnel import CannotReportChange, report_change
from outreach.choices import PersonnelChangeKind
from outreach.forms.community import LeaveForm, PersonnelChangeForm
from outreach.mobile.answers import refused, saved
from outreach.mobile.practice import real_only
from outreach.models import PersonnelChange, SentinelLeave
from outreach.queries.community import lead_of, leaves_ahead, led_by
from teams.access import Permission, needs

FORM = ("GET", "HEAD", "POST")
CHANGES_SHOWN = 100


@needs(Permission.GRID_PAGE)
@require_http_methods(FORM)
@real_only
def own_leave(request: HttpRequest) -> HttpResponse:
    """My own days away: a list, and a form for further ones."""
    today = timezone.localdate()
    postings = list(
        Posting.objects.visible_to(request.user)
        .active_on(today)
        .filter(user=request.user)
        .select_related("grid")
    )
    leaves = leaves_ahead(postings, on=today)
    shown = {"leaves": leaves, "today": today, "has_post": bool(postings), "back": reverse("grid-home")}
    return _leave(request, postings, today, shown | {"name": "我"}, then=("grid-leave",))


@needs(Permission.GRID_LEAD)
@require_http_methods(FORM)
@real_only
def leave_of(request: HttpRequest, pk: int) -> HttpResponse:
    """Days away of one of my people."""
    today = timezone.localdate()
    posting = get_object_or_404(led_by(request.user, on=today), pk=pk)
    shown = {
        "leaves": leaves_ahead([posting], on=today),
        "today": today,
        "has_post": True,
        "name": posting.name,
        "back": reverse("grid-team-person", args=[posting.pk]),
    }
    return _leave(request, [posting], today, shown, then=("grid-team-person", posting.pk))


def _leave(
    request: HttpRequest, postings: list[Posting], today: date, shown: dict, *, then: tuple
) -> HttpResponse:
    """Whoever works two grids is away from both."""
    form = LeaveForm(_posted(request), on=today)
    template, shown = "outreach/team/leave.html", shown | {"send": "登记请假"}
    if request.method != "POST":
        return render(request, template, {"form": form} | shown)
    if form.is_valid():
        days = {name: form.cleaned_data[name] for name in ("starts_on", "ends_on", "note")}
        try:
            take_leave(by=request.user, on=today, postings=postings, **days)
        except CannotTakeLeave as refusal:
            show_on(form, refusal)
        else:
            return saved(request, "请假已登记，这几天不算漏报。", *then)
    return refused(request, form, template, shown)


@needs(Permission.GRID_PAGE)
@require_POST
@real_only
def end_leave_early(request: HttpRequest, pk: int) -> HttpResponse:
    """Back before the end, or never gone: one's own leave, or that of one of my people."""
    today = timezone.localdate()
    mine = Posting.objects.visible_to(request.user).active_on(today).filter(user=request.user)
    led = led_by(request.user, on=today)
    seen = SentinelLeave.objects.visible_to(request.user)
    rows = seen.filter(Q(posting__in=mine.values("pk")) | Q(posting__in=led.values("pk")))
    leave = get_object_or_404(rows.select_related("posting"), pk=pk)
    is_own = leave.posting.user_id == request.user.pk
    try:
        end_leave(by=request.user, on=today, leave=leave)
        words = "已销假，从今天起恢复正常。"
    except CannotEndLeave as refusal:
        words = refusal.sentence
    then = ("grid-leave",) if is_own else ("grid-team-person", leave.posting_id)
    return saved(request, words, *then)


@needs(Permission.GRID_LEAD)
@require_safe
def changes(request: HttpRequest) -> HttpResponse:
    """What I reported of my people, and what the street made of it."""
    mine = (
        PersonnelChange.objects.visible_to(request.user)
        .filter(reported_by=request.user)
        .select_related("grid", "posting")
    )
    rows = list(mine.order_by("-reported_at", "-pk")[:CHANGES_SHOWN])
    kinds = [(one.value, one.label) for one in PersonnelChangeKind]
    return render(request, "outreach/team/changes.html", {"changes": rows, "kinds": kinds})


@needs(Permission.GRID_LEAD)
@require_http_methods(FORM)
@real_only
def change_new(request: HttpRequest) -> HttpResponse:
    """``?kind=`` joined, left, replaced, phone; ``?person=`` whom it is about."""
    today = timezone.localdate()
    asked = request.GET.get("kind", "")
    if asked not in PersonnelChangeKind:
        return redirect("grid-changes")
    kind = PersonnelChangeKind(asked)
    people = led_by(request.user, on=today).order_by("grid__code", "role", "pk")
    number = request.GET.get("person", "")
    about = (
        people.filter(pk=int(number)).first()
        if number.isascii() and number.isdigit() and len(number) < 10
        else None
    )
    grids = _led_grids(request, today)
    form = PersonnelChangeForm(
        _posted(request), kind=kind, people=people, grids=grids, person=about, on=today
    )
    back = reverse("grid-team-person", args=[about.pk]) if about else reverse("grid-changes")
    template, shown = (
        "outreach/team/change.html",
        {"kind": kind, "person": about, "back": back, "send": "报镇街办理"},
    )
    if request.method != "POST":
        return render(request, template, {"form": form} | shown)
    if form.is_valid():
        try:
            _report(request, kind, form.cleaned_data, today)
        except Refusal as refusal:
            show_on(form, refusal)
        else:
            return saved(request, "已报镇街，办理结果在这里能看到。", "grid-changes")
    return refused(request, form, template, shown)


def _report(request: HttpRequest, kind: PersonnelChangeKind, data: dict, today: date) -> PersonnelChange:
    posting = data.get("posting")
    grid = posting.grid if posting else data.get("grid")
    if grid is None:
        raise CannotReportChange("grid_missing", "请选择网格。", field="grid")
    said = {name: data.get(name, "") for name in ("name", "phone", "origin", "note")}
    return report_change(
        by=request.user, on=today, now=timezone.now(), client_token=data["client_token"], kind=kind, grid=grid,
        posting=posting, since=data.get("since") or today, **said,
    )  # fmt: skip


def _led_grids(request: HttpRequest, today: date) -> QuerySet[Grid]:
    """Open grids in which the person leads, micro-grids included."""
    lead = lead_of(request.user, on=today)
    here = Grid.objects.visible_to(request.user).open_on(today)
    rows = (
        here.filter(pk__in=lead.grids)
        | here.filter(parent__in=lead.grids)
        | here.filter(village__in=lead.villages)
    )
    return rows.order_by("code")


def _posted(request: HttpRequest) -> QueryDict | None:
    return request.POST if request.method == "POST" else None
