"""Roster import: upload, look at what will happen, confirm or cancel, take the error rows home."""

import json
from typing import Any
from uuid import UUID

from django.contrib import messages
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils import timezone
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from core.models import ReadLog
from core.readlog import log_read
from core.refusals import show_on
from residents.actions.roster import CannotImport, cancel_roster, confirm_roster, stage_roster
from residents.choices import ImportState
from residents.forms.lists import RosterForm
from residents.imports.columns import REQUIRED, Column
from residents.imports.reach import reach_of
from residents.imports.reading import CannotReadRoster
from residents.imports.report import ERRORS_SHOWN
from residents.imports.sheets import error_sheet, template_response
from residents.models import RosterImport
from residents.policy import policy_on
from teams.access import Permission, needs, scope_of

RECENT = 10


def _load(request: HttpRequest, pk: UUID, *states: str) -> RosterImport:
    """One's own import, without its rows, or 404."""
    own = RosterImport.objects.visible_to(request.user).defer("rows")
    return get_object_or_404(own.filter(state__in=states) if states else own, pk=pk)


@require_http_methods(["GET", "HEAD", "POST"])
@needs(Permission.ROSTER_IMPORT)
def roster_upload(request: HttpRequest) -> HttpResponse:
    today = timezone.localdate()
    policy = policy_on(today)
    form = RosterForm(request.POST, request.FILES) if request.method == "POST" else RosterForm()
    if request.method == "POST" and form.is_valid():
        upload = form.cleaned_data["file"]
        try:
            # One byte more than allowed is enough to know that it is too much.
            data = upload.read(policy.roster_max_bytes + 1)
            roster = stage_roster(file_name=upload.name, data=data, policy=policy, by=request.user, on=today)
        except CannotReadRoster as refusal:
            show_on(form, refusal)
        else:
            return redirect("roster-preview", roster.pk)
    recent = RosterImport.objects.visible_to(request.user).defer("rows", "report").order_by("-uploaded_at")
    return render(request, "residents/roster_upload.html", {
        "form": form,
        "recent": recent[:RECENT],
        "columns": [(one.value, one in REQUIRED) for one in Column],
        "max_rows": policy.roster_max_rows,
        "max_mb": policy.roster_max_bytes // 1024 // 1024,
    })  # fmt: skip


@require_safe
@needs(Permission.ROSTER_IMPORT)
def roster_preview(request: HttpRequest, pk: UUID) -> HttpResponse:
    """What the file would do, or did."""
    roster = _load(request, pk)
    report: dict[str, Any] = json.loads(roster.report) if roster.report else {}
    log_read(request, "resident", report.get("resident_ids", []), action=ReadLog.Action.LIST)
    errors = roster.result.get("errors", 0)
    shown = len({one["row"] for one in report.get("errors", [])})
    return render(request, "residents/roster_preview.html", {
        "roster": roster,
        "counts": roster.result,
        "report": report,
        "is_open": roster.state == ImportState.CHECKED,
        "importable": roster.result.get("created_residents", 0) + roster.result.get("updated_residents", 0),
        "errors_hidden": max(errors - shown, 0) if errors > ERRORS_SHOWN else 0,
    })  # fmt: skip


@require_POST
@needs(Permission.ROSTER_IMPORT)
def roster_apply(request: HttpRequest, pk: UUID) -> HttpResponse:
    today = timezone.localdate()
    try:
        done = confirm_roster(roster=_load(request, pk), policy=policy_on(today), by=request.user, on=today)
    except CannotImport as refusal:
        messages.error(request, refusal.sentence)
    else:
        sentence = f"导入完成：新增 {done.created_residents} 人、{done.created_households} 户，变更 {done.updated_residents} 人。"
        messages.success(request, sentence)
    return redirect("roster-preview", pk)


@require_POST
@needs(Permission.ROSTER_IMPORT)
def roster_cancel(request: HttpRequest, pk: UUID) -> HttpResponse:
    try:
        cancel_roster(roster=_load(request, pk), by=request.user, on=timezone.localdate())
    except CannotImport as refusal:
        messages.error(request, refusal.sentence)
        return redirect("roster-preview", pk)
    messages.success(request, "已取消，没有导入任何一行；上传的内容已经清除。")
    return redirect("roster-upload")


@require_safe
@needs(Permission.ROSTER_IMPORT)
def roster_errors(request: HttpRequest, pk: UUID) -> HttpResponse:
    """The refused rows in the layout of the upload, with a reason column."""
    roster = _load(request, pk, ImportState.CHECKED, ImportState.APPLIED)
    if not roster.report:
        raise Http404
    return error_sheet(json.loads(roster.report), made_by=str(request.user), made_at=timezone.localtime())


@require_safe
@needs(Permission.ROSTER_IMPORT)
def roster_template(request: HttpRequest) -> HttpResponse:
    return template_response(reach_of(scope_of(request.user)))
