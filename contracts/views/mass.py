"""Operations on many agreements: choose, look at what it would do, confirm, undo for a while."""

from collections.abc import Callable
from datetime import timedelta
from typing import Any

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils import timezone
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from contracts.actions import (
    CannotRunMass,
    confirm_mass,
    drop_mass,
    preview_again,
    preview_mass,
    undo_mass,
)
from contracts.choices import MassKind, MassState
from contracts.forms.moves import MassReassignForm, MassRenewForm, MassStartForm
from contracts.models import MassOperation
from contracts.policy import policy_on
from contracts.queries.handover import receivers
from contracts.queries.mass import (
    Asked,
    area_named,
    asked_of,
    built_upon,
    mass_lines,
    mass_options,
    mass_plan,
    mass_rows,
    meant_by,
    newest,
    receiver_of,
    undo_until,
)
from contracts.rules.mass import LEFT_OUT, TODO
from core.models import ReadLog
from core.readlog import log_read
from core.refusals import show_on
from teams.access import Permission, needs, scope_of
from teams.models import Team


@require_safe
@needs(Permission.AGREEMENT_VIEW, Permission.AGREEMENT_MASS)
def mass_list(request: HttpRequest) -> HttpResponse:
    """What was done before, and the first question of a new one."""
    seen = MassOperation.objects.visible_to(request.user)
    rows, following = newest(seen, after=request.GET.get("after", ""))
    context = {"rows": rows, "next_after": following, "form": MassStartForm(teams=_own_teams(request))}
    return render(request, "contracts/moves/mass_list.html", context)


def _own_teams(request: HttpRequest):
    seen = Team.objects.visible_to(request.user).filter(pk__in=scope_of(request.user).teams)
    return seen.select_related("institution").order_by("name")


@require_http_methods(["GET", "HEAD", "POST"])
@needs(Permission.AGREEMENT_VIEW, Permission.AGREEMENT_MASS)
def mass_new(request: HttpRequest) -> HttpResponse:
    """Which agreements, and what with them; the team and the kind stand in the address."""
    start = MassStartForm(request.GET, teams=_own_teams(request))
    if not start.is_valid():
        messages.warning(request, "请先选择办理什么、办理哪个团队的协议。")
        return redirect("mass-list")
    kind, team = start.cleaned_data["kind"], start.cleaned_data["team"]
    form = _form(request, kind, team)
    if form.is_valid():
        made = _previewed(request, form, kind, team)
        if made:
            return redirect("mass-detail", pk=made.pk)
    policy = policy_on(timezone.localdate())
    context = {"form": form, "team": team, "kind": MassKind(kind), "policy": policy}
    return render(request, "contracts/moves/mass_new.html", context)


def _form(request: HttpRequest, kind: str, team: Team) -> MassRenewForm | MassReassignForm:
    today = timezone.localdate()
    policy = policy_on(today)
    data = request.POST if request.method == "POST" else None
    options = mass_options(team, on=today)
    if kind == MassKind.RENEW:
        until = today + timedelta(days=policy.renewal_notice_days)
        first = {"signed_on": today, "ends_until": until, "term_years": policy.auto_renew_years}
        return MassRenewForm(data, options=options, policy=policy, initial=first)
    running = meant_by(kind, team, Asked(), on=today)
    posts = receivers(scope_of(request.user).teams, running, on=today, policy=policy)
    return MassReassignForm(data, options=options, posts=posts)


def _previewed(request: HttpRequest, form: Any, kind: str, team: Team) -> MassOperation | None:
    try:
        return preview_mass(
            by=request.user,
            on=timezone.localdate(),
            kind=kind,
            team=team,
            asked=form.asked(),
            reason=form.cleaned_data["reason"],
        )
    except CannotRunMass as refusal:
        show_on(form, refusal)
        return None


@require_safe
@needs(Permission.AGREEMENT_VIEW, Permission.AGREEMENT_MASS)
def mass_show(request: HttpRequest, pk: int) -> HttpResponse:
    """What it would do, or did: numbers, reasons, and the agreements behind each number."""
    operation = _load(request, pk)
    today = timezone.localdate()
    asked = asked_of(operation)
    chosen = request.GET.get("show", "")
    context = {
        "operation": operation,
        "asked": asked,
        "place": area_named(asked),
        "receiver": receiver_of(asked),
        "counts": _counted(operation.counts),
        "todo": operation.counts.get(TODO, 0),
        "shown": chosen if chosen in operation.counts else TODO,
    }
    if operation.state == MassState.PREVIEWED:
        context |= _preview(operation, asked, context["shown"], today)
    elif operation.state in (MassState.DONE, MassState.UNDONE):
        context |= _outcome(operation, request.GET.get("after", ""), today)
    log_read(
        request,
        "resident",
        [one.resident_id for one in context.get("rows", ())],
        action=ReadLog.Action.LIST,
    )
    return render(request, "contracts/moves/mass.html", context)


def _counted(counts: dict[str, int]) -> list[tuple[str, str, int]]:
    """Reasons of what is left out, with their words and numbers."""
    return [(code, LEFT_OUT[code], number) for code, number in counts.items() if code in LEFT_OUT]


def _preview(operation: MassOperation, asked: Asked, shown: str, today: Any) -> dict[str, Any]:
    plan = mass_plan(operation.kind, operation.team, asked, on=today, policy=policy_on(today))
    return {"rows": mass_rows(plan, shown=shown), "is_stale": plan.digest != operation.digest}


def _outcome(operation: MassOperation, after: str, today: Any) -> dict[str, Any]:
    page = mass_lines(operation, after=after)
    until = undo_until(operation, on=today)
    is_open = operation.state == MassState.DONE and until is not None and today <= until
    blocked = built_upon(operation).count() if is_open else 0
    return {
        "rows": page.rows,
        "next_after": page.next_after,
        "undo_until": until,
        "blocked": blocked,
        "can_undo": is_open and not blocked,
    }


def _load(request: HttpRequest, pk: int) -> MassOperation:
    seen = MassOperation.objects.visible_to(request.user).filter(team__in=scope_of(request.user).teams)
    people = ("team__institution", "created_by", "undone_by")
    return get_object_or_404(seen.select_related(*people), pk=pk)


@require_POST
@needs(Permission.AGREEMENT_VIEW, Permission.AGREEMENT_MASS)
def mass_confirm(request: HttpRequest, pk: int) -> HttpResponse:
    """Do it; where agreements have changed since, show anew what it would do."""
    operation, now = _load(request, pk), timezone.now()
    try:
        done = confirm_mass(by=request.user, on=timezone.localdate(), now=now, operation=operation)
        messages.success(request, f"已办理 {done.counts[TODO]} 份协议。")
    except CannotRunMass as refusal:
        messages.error(request, refusal.sentence)
        if refusal.code == "changed_meanwhile":
            preview_again(by=request.user, on=timezone.localdate(), operation=operation)
    return redirect("mass-detail", pk=pk)


@require_POST
@needs(Permission.AGREEMENT_VIEW, Permission.AGREEMENT_MASS)
def mass_refresh(request: HttpRequest, pk: int) -> HttpResponse:
    return _told(request, pk, preview_again, "已按现在的情况重新列出，请核对。")


@require_POST
@needs(Permission.AGREEMENT_VIEW, Permission.AGREEMENT_MASS)
def mass_drop(request: HttpRequest, pk: int) -> HttpResponse:
    return _told(request, pk, drop_mass, "已放弃这次批量办理，没有改动任何协议。")


@require_POST
@needs(Permission.AGREEMENT_VIEW, Permission.AGREEMENT_MASS)
def mass_undo(request: HttpRequest, pk: int) -> HttpResponse:
    return _told(request, pk, undo_mass, "已撤销，协议恢复到办理之前。", now=timezone.now())


def _told(request: HttpRequest, pk: int, action: Callable[..., Any], told: str, **more: Any) -> HttpResponse:
    operation = _load(request, pk)
    try:
        action(by=request.user, on=timezone.localdate(), operation=operation, **more)
        messages.success(request, told)
    except CannotRunMass as refusal:
        messages.error(request, refusal.sentence)
    return redirect("mass-detail", pk=pk)
