"""The page of one list, whatever its state, and the verbs on it."""

import json
from collections.abc import Callable
from typing import Any
from uuid import UUID

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils import timezone
from django.views.decorators.http import require_POST, require_safe

from core.models import ReadLog
from core.readlog import log_read
from core.refusals import Refusal, show_on
from residents.actions.rosters import (
    CannotImport,
    accept_roster,
    ask_undo,
    cancel_roster,
    map_columns,
    reopen_columns,
    retry_roster,
)
from residents.choices import UNDER_WAY, ImportPurpose, ImportState, PartKind
from residents.forms.rosters import MappingForm, RosterForm
from residents.imports.columns import bare_title
from residents.models import RosterImport
from residents.policy import policy_on
from residents.queries.rosters import applied_before, lists_before
from residents.views.rosters import load
from teams.access import Permission, needs, unattended

S = ImportState


@require_safe
@needs(Permission.ROSTER_IMPORT)
def roster_detail(request: HttpRequest, pk: UUID) -> HttpResponse:
    """Where the list stands, and what can be done about it now."""
    roster = load(request, pk)
    if roster.state in UNDER_WAY:
        return _working(request, roster)
    if roster.state == S.UNMAPPED:
        return _mapping(request, roster, MappingForm(proposal=_proposal(roster)))
    if roster.state == S.FAILED:
        return _failed(request, roster)
    if roster.purpose == ImportPurpose.COMPARE:
        is_done = roster.state == S.APPLIED
        return redirect("comparison-detail", pk) if is_done else redirect("comparison-list")
    return _preview(request, roster)


def _is_own(request: HttpRequest, roster: RosterImport) -> bool:
    """Only who uploaded it decides on it; who answers for the institution looks on."""
    return roster.uploaded_by_id == request.user.pk


def _working(request: HttpRequest, roster: RosterImport) -> HttpResponse:
    return render(request, "residents/rosters/working.html", _progress_of(request, roster))


def _progress_of(request: HttpRequest, roster: RosterImport) -> dict[str, Any]:
    progress = roster.progress
    is_waiting = roster.state in (S.RECEIVED, S.ACCEPTED) or (
        roster.state == S.UNDOING and not roster.attempts
    )
    return {
        "roster": roster,
        "is_own": _is_own(request, roster),
        "progress": progress,
        "is_waiting": is_waiting,
        "lists_before": lists_before(roster) if is_waiting else 0,
        "percent": min(progress.done * 100 // progress.total, 100) if progress.total else None,
    }


@require_safe
@needs(Permission.ROSTER_IMPORT)
@unattended
def roster_progress(request: HttpRequest, pk: UUID) -> HttpResponse:
    """The bar alone, asked for every two seconds; once there is something to decide, the page is called anew."""
    roster = load(request, pk)
    if roster.state not in UNDER_WAY:
        return HttpResponse(headers={"HX-Refresh": "true"})
    return render(request, "residents/rosters/_progress.html", _progress_of(request, roster))


def _proposal(roster: RosterImport) -> dict[str, Any]:
    return json.loads(roster.report)["proposal"] if roster.report else {"sheets": []}


def _mapping(request: HttpRequest, roster: RosterImport, form: MappingForm) -> HttpResponse:
    return render(
        request,
        "residents/rosters/mapping.html",
        {"roster": roster, "form": form, "is_own": _is_own(request, roster)},
    )


def _failed(request: HttpRequest, roster: RosterImport) -> HttpResponse:
    """The reason stands at the field in which a better file is chosen, unless the same file may be tried again."""
    can_retry = roster.parts.filter(holds=PartKind.FILE).exists()
    form = RosterForm(data={}) if not can_retry else RosterForm()
    if not can_retry:
        form.errors.clear()
        form.add_error("file", roster.failure)
    context = {"roster": roster, "form": form, "can_retry": can_retry, "is_own": _is_own(request, roster)}
    return render(request, "residents/rosters/failed.html", context)


def _preview(request: HttpRequest, roster: RosterImport) -> HttpResponse:
    report: dict[str, Any] = json.loads(roster.report) if roster.report else {}
    log_read(request, "resident", report.get("resident_ids", []), action=ReadLog.Action.LIST)
    counts = roster.result
    is_open = roster.state == S.CHECKED
    return render(request, "residents/rosters/preview.html", {
        "roster": roster,
        "is_own": _is_own(request, roster),
        "counts": counts,
        "report": report,
        "is_open": is_open,
        "is_applied": roster.state == S.APPLIED,
        "importable": counts.get("created_residents", 0) + counts.get("updated_residents", 0),
        "applied_before": applied_before(roster) if is_open else None,
    })  # fmt: skip


@require_POST
@needs(Permission.ROSTER_IMPORT)
def roster_map(request: HttpRequest, pk: UUID) -> HttpResponse:
    """Which column is which, as the uploader says."""
    roster = load(request, pk)
    if roster.state != S.UNMAPPED:
        messages.error(request, f"这份花名册{roster.get_state_display()}，不用再指定列。")
        return redirect("roster-detail", pk)
    form = MappingForm(request.POST, proposal=_proposal(roster))
    if form.is_valid():
        remembered = {bare_title(title): column for title, column in form.told().items()}
        try:
            map_columns(
                roster=roster,
                mapping=form.mapping(),
                remembered=remembered,
                by=request.user,
                on=timezone.localdate(),
            )
        except CannotImport as refusal:
            show_on(form, refusal)
        else:
            return redirect("roster-detail", pk)
    return _mapping(request, roster, form)


@require_POST
@needs(Permission.ROSTER_IMPORT)
def roster_remap(request: HttpRequest, pk: UUID) -> HttpResponse:
    return _do(
        request, pk, lambda roster: reopen_columns(roster=roster, by=request.user, on=timezone.localdate())
    )


@require_POST
@needs(Permission.ROSTER_IMPORT)
def roster_apply(request: HttpRequest, pk: UUID) -> HttpResponse:
    digest = request.POST.get("digest", "")
    return _do(
        request,
        pk,
        lambda roster: accept_roster(roster=roster, digest=digest, by=request.user, on=timezone.localdate()),
    )


@require_POST
@needs(Permission.ROSTER_IMPORT)
def roster_cancel(request: HttpRequest, pk: UUID) -> HttpResponse:
    return _do(
        request,
        pk,
        lambda roster: cancel_roster(roster=roster, by=request.user, on=timezone.localdate()),
        said="已取消，没有导入任何一行；上传的内容已经清除。",
    )


@require_POST
@needs(Permission.ROSTER_IMPORT)
def roster_retry(request: HttpRequest, pk: UUID) -> HttpResponse:
    return _do(
        request, pk, lambda roster: retry_roster(roster=roster, by=request.user, on=timezone.localdate())
    )


@require_POST
@needs(Permission.ROSTER_IMPORT)
def roster_undo(request: HttpRequest, pk: UUID) -> HttpResponse:
    today = timezone.localdate()
    return _do(
        request,
        pk,
        lambda roster: ask_undo(roster=roster, policy=policy_on(today), by=request.user, on=today),
    )


def _do(
    request: HttpRequest, pk: UUID, deed: Callable[[RosterImport], Any], *, said: str = ""
) -> HttpResponse:
    """One deed, and back to the page of the list, which shows what has come of it."""
    try:
        deed(load(request, pk))
    except Refusal as refusal:
        messages.error(request, refusal.sentence)
    else:
        if said:
            messages.success(request, said)
    return redirect("roster-detail", pk)
