"""Where a list comes in, and where those that came before are found again."""

from datetime import datetime

from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils import timezone
from django.views.decorators.http import require_http_methods, require_safe

from core.refusals import show_on
from residents.actions.rosters import receive_roster
from residents.choices import ImportPurpose
from residents.forms.rosters import RosterForm
from residents.imports.columns import REQUIRED, Column
from residents.imports.guarding import CannotReadRoster
from residents.imports.reach import reach_of
from residents.imports.sheets import template_response
from residents.models import RosterImport
from residents.policy import policy_on
from residents.queries.rosters import history_rows
from teams.access import Permission, needs, scope_of

PAGE = 20


@require_http_methods(["GET", "HEAD", "POST"])
@needs(Permission.ROSTER_IMPORT)
def roster_upload(request: HttpRequest) -> HttpResponse:
    today = timezone.localdate()
    policy = policy_on(today)
    form = RosterForm(request.POST, request.FILES) if request.method == "POST" else RosterForm()
    if request.method == "POST" and form.is_valid():
        upload = form.cleaned_data["file"]
        try:
            roster = receive_roster(
                file_name=upload.name, stream=upload, policy=policy, by=request.user, on=today
            )
        except CannotReadRoster as refusal:
            show_on(form, refusal)
        else:
            return redirect("roster-detail", roster.pk)
    rows, next_before = _history(request)
    return render(request, "residents/rosters/upload.html", {
        "form": form,
        "history": rows,
        "next_before": next_before,
        "is_first_page": "before" not in request.GET,
        "columns": [(one.value, one in REQUIRED) for one in Column],
        "policy": policy,
        "max_mb": policy.roster_max_bytes // 1024 // 1024,
        "max_workbook_mb": policy.roster_max_workbook_bytes // 1024 // 1024,
    })  # fmt: skip


def _history(request: HttpRequest) -> tuple[list[RosterImport], str]:
    """Own imports, and for a steward those of the institution, newest first; and where the next page begins."""
    seen = RosterImport.objects.visible_to(request.user).filter(purpose=ImportPurpose.ROSTER)
    try:
        before = datetime.fromisoformat(request.GET.get("before", ""))
        seen = seen.filter(uploaded_at__lt=before if before.tzinfo else timezone.make_aware(before))
    except ValueError:
        pass  # the first page
    rows = list(history_rows(seen).order_by("-uploaded_at")[: PAGE + 1])
    return rows[:PAGE], rows[PAGE - 1].uploaded_at.isoformat() if len(rows) > PAGE else ""


@require_safe
@needs(Permission.ROSTER_IMPORT)
def roster_template(request: HttpRequest) -> HttpResponse:
    return template_response(reach_of(scope_of(request.user)))
