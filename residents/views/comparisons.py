"""Outside lists held against the registry: upload, the worklist of differences, working it off."""

from typing import Any
from uuid import UUID

from django.contrib import messages
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.utils import timezone
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from core.models import ReadLog
from core.paging import keyset_page
from core.readlog import log_read
from core.refusals import show_on
from core.sheets import CannotExport, Column, xlsx_response
from residents.actions import CannotRegister
from residents.actions.comparing import CannotSettle, refresh_lines, register_listed, settle_lines
from residents.actions.rosters import receive_roster
from residents.choices import Comparison, ComparisonState, ImportPurpose, ImportState
from residents.forms.comparisons import CompareForm, LineFilter, RegisterListedForm, SettleForm
from residents.imports.guarding import CannotReadRoster
from residents.imports.reach import reach_of
from residents.models import ComparisonLine, Resident, RosterImport
from residents.policy import policy_on
from residents.queries.comparisons import (
    NEXT_STEPS,
    ComparedLine,
    compared_lines,
    counts_by_class,
    lines_of,
)
from residents.queries.rosters import history_rows, kept_report
from residents.views.rosters import load
from teams.access import Permission, may, needs, scope_of

PAGE_SIZE = 50
RECENT = 20


@require_http_methods(["GET", "HEAD", "POST"])
@needs(Permission.ROSTER_IMPORT)
def comparison_list(request: HttpRequest) -> HttpResponse:
    """Upload another list; those compared before."""
    today = timezone.localdate()
    policy = policy_on(today)
    reach = reach_of(scope_of(request.user))
    form = CompareForm(reach=reach, on=today)
    if request.method == "POST":
        form = CompareForm(request.POST, request.FILES, reach=reach, on=today)
        roster = _received(request, form) if form.is_valid() else None
        if roster:
            return redirect("roster-detail", roster.pk)
    seen = RosterImport.objects.visible_to(request.user).filter(purpose=ImportPurpose.COMPARE)
    return render(request, "residents/comparisons/list.html", {
        "form": form,
        "history": history_rows(seen).order_by("-uploaded_at")[:RECENT],
        "policy": policy,
    })  # fmt: skip


def _received(request: HttpRequest, form: CompareForm) -> RosterImport | None:
    today, data = timezone.localdate(), form.cleaned_data
    try:
        return receive_roster(
            file_name=data["file"].name,
            stream=data["file"],
            policy=policy_on(today),
            by=request.user,
            on=today,
            purpose=ImportPurpose.COMPARE,
            source=data["source"],
            source_on=data["source_on"],
            asked=form.asked().as_json(),
        )
    except CannotReadRoster as refusal:
        show_on(form, refusal)
        return None


def _load(request: HttpRequest, pk: UUID) -> RosterImport:
    """A finished comparison, or 404."""
    roster = load(request, pk, ImportState.APPLIED)
    if roster.purpose != ImportPurpose.COMPARE:
        raise Http404
    return roster


def _shown(request: HttpRequest, waiting: dict[str, tuple[int, int]]) -> tuple[str, str]:
    """Class and state that were asked for; at first the first class with open lines."""
    form = LineFilter(request.GET)
    picked = form.cleaned_data if form.is_valid() else {}
    first = next((kind for kind, (left, _) in waiting.items() if left), str(Comparison.MISSING_HERE))
    state = picked.get("state") or str(ComparisonState.OPEN)
    return picked.get("kind") or first, state


@require_safe
@needs(Permission.ROSTER_IMPORT)
def comparison_detail(request: HttpRequest, pk: UUID) -> HttpResponse:
    """The worklist: one class at a time, open lines first."""
    today = timezone.localdate()
    roster = _load(request, pk)
    counts = counts_by_class(roster)
    kind, state = _shown(request, counts)
    lines = lines_of(roster, kind=kind, state="" if state == "all" else state)
    page = keyset_page(lines, request.GET.get("after", ""), PAGE_SIZE)
    rows = compared_lines(page.rows, Resident.objects.visible_to(request.user), on=today)
    log_read(request, "resident", [one.person.id for one in rows if one.person], action=ReadLog.Action.LIST)
    return render(request, "residents/comparisons/detail.html", {
        "roster": roster,
        "report": kept_report(roster),
        "tabs": [(one, *counts[str(one)]) for one in Comparison],
        "kind": Comparison(kind),
        "state": state,
        "states": [*ComparisonState.choices, ("all", "全部")],
        "step": NEXT_STEPS[Comparison(kind)],
        "rows": rows,
        "can_edit": may(request.user, Permission.RESIDENT_EDIT),
        "is_here": kind == Comparison.MISSING_HERE,
        "next_address": f"?kind={kind}&state={state}&after={page.next_after}" if page.next_after else "",
    })  # fmt: skip


def _back(pk: UUID, request: HttpRequest) -> HttpResponse:
    """To the lines that were shown."""
    form = LineFilter(request.POST)
    kind = form.cleaned_data.get("kind") if form.is_valid() else ""
    return redirect(reverse("comparison-detail", args=[pk]) + (f"?kind={kind}" if kind else ""))


@require_POST
@needs(Permission.ROSTER_IMPORT)
def comparison_settle(request: HttpRequest, pk: UUID) -> HttpResponse:
    """The ticked lines are done, need nothing, or are open again."""
    roster = _load(request, pk)
    form = SettleForm({"state": request.POST.get("to", ""), "note": request.POST.get("note", "")})
    ticked = [int(one) for one in request.POST.getlist("row")[:PAGE_SIZE] if one.isascii() and one.isdigit()]
    if not form.is_valid():
        messages.error(request, "请选择处理结果；说明不超过 200 字。")
        return _back(pk, request)
    try:
        count = settle_lines(
            roster=roster, lines=ticked, by=request.user, on=timezone.localdate(), **form.cleaned_data
        )
    except CannotSettle as refusal:
        messages.error(request, refusal.sentence)
    else:
        messages.success(
            request, f"已把 {count} 行标为“{ComparisonState(form.cleaned_data['state']).label}”。"
        )
    return _back(pk, request)


@require_POST
@needs(Permission.ROSTER_IMPORT)
def comparison_refresh(request: HttpRequest, pk: UUID) -> HttpResponse:
    closed = refresh_lines(roster=_load(request, pk), on=timezone.localdate())
    messages.success(
        request,
        f"已按现在的登记重新比对，有 {closed} 行自动办结。" if closed else "已重新比对，没有新的变化。",
    )
    return _back(pk, request)


@require_http_methods(["GET", "HEAD", "POST"])
@needs(Permission.ROSTER_IMPORT, Permission.RESIDENT_EDIT)
def comparison_register(request: HttpRequest, pk: UUID, line: int) -> HttpResponse:
    """Enter somebody whom only the outside list knows; his number is taken over unseen."""
    today, roster = timezone.localdate(), _load(request, pk)
    lines = ComparisonLine.objects.visible_to(request.user).filter(kind=Comparison.MISSING_HERE)
    found = get_object_or_404(lines, roster=roster, pk=line)
    (row,) = compared_lines([found], Resident.objects.visible_to(request.user), on=today)
    given: dict[str, Any] = {"user": request.user, "on": today, "village_code": found.village_code}
    form = RegisterListedForm(initial={"address": found.address}, **given)
    if request.method == "POST":
        form = RegisterListedForm(request.POST, **given)
        if form.is_valid():
            try:
                resident = register_listed(
                    line=found, policy=policy_on(today), by=request.user, on=today, **form.cleaned_data
                )
            except (CannotRegister, CannotSettle) as refusal:
                show_on(form, refusal)
            else:
                messages.success(request, "已登记。请在居民页面办理归户。")
                return redirect("resident-detail", resident.pk)
    return render(
        request, "residents/comparisons/register.html", {"roster": roster, "row": row, "form": form}
    )


_SHEET = (
    Column("名单行", 14), Column("姓名", 10), Column("性别", 6), Column("年龄", 6, kind="number"), Column("电话", 14),
    Column("名单住址", 30), Column("本系统居民", 12), Column("本系统住址", 30), Column("责任团队", 18),
    Column("不一致", 24), Column("处理状态", 10), Column("处理说明", 30),
)  # fmt: skip


@require_safe
@needs(Permission.ROSTER_IMPORT)
def comparison_export(request: HttpRequest, pk: UUID) -> HttpResponse:
    """The lines as they are shown, masked."""
    roster = _load(request, pk)
    kind, state = _shown(request, counts_by_class(roster))
    lines = lines_of(roster, kind=kind, state="" if state == "all" else state).order_by("pk")
    rows = compared_lines(lines, Resident.objects.visible_to(request.user), on=timezone.localdate())
    try:
        answer = xlsx_response(
            f"名单对照-{Comparison(kind).label}", _SHEET, map(_cells, rows),
            made_by=str(request.user), made_at=timezone.localtime(), note=str(roster.get_source_display()),
        )  # fmt: skip
    except CannotExport as refusal:
        messages.error(request, refusal.sentence)
        return redirect("comparison-detail", pk)
    people = [one.person.id for one in rows if one.person]
    log_read(request, "resident", people, action=ReadLog.Action.EXPORT)
    return answer


def _cells(one: ComparedLine) -> tuple[Any, ...]:
    person = one.person
    return (
        one.spot, one.name, one.sex, one.age, one.phone, one.address, person.name if person else "",
        f"{person.village} {person.address}" if person else "", person.team if person else "",
        "、".join(one.differences), one.state, one.note,
    )  # fmt: skip
