"""My reports: what came of them, a word more about one, and taking one back."""

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils import timezone
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from core.refusals import show_on
from outreach.actions.answering import CannotAnswer, add_note, withdraw_report
from outreach.forms.mine import NoteForm
from outreach.mobile.answers import refused, saved
from outreach.models import GridReport
from outreach.queries.mine import reports_of, sheet_of
from teams.access import Permission, needs


@needs(Permission.GRID_PAGE)
@require_safe
def mine(request: HttpRequest) -> HttpResponse:
    return render(
        request, "outreach/mine.html", {"page": reports_of(request.user, request.GET.get("after", ""))}
    )


def _load(request: HttpRequest, pk: int) -> GridReport:
    own = GridReport.objects.visible_to(request.user).sent_by(request.user)
    return get_object_or_404(own.select_related("grid__village"), pk=pk)


@needs(Permission.GRID_PAGE)
@require_http_methods(["GET", "HEAD", "POST"])
def report(request: HttpRequest, pk: int) -> HttpResponse:
    """One of them, with its way so far; something may be added while it is open."""
    found = _load(request, pk)
    form = NoteForm(request.POST if request.method == "POST" else None)
    if request.method == "POST" and form.is_valid():
        try:
            now = timezone.now()
            add_note(
                by=request.user,
                on=timezone.localdate(now),
                now=now,
                report=found,
                note=form.cleaned_data["note"],
                typed_at=form.cleaned_data["typed_at"],
            )
        except CannotAnswer as refusal:
            show_on(form, refusal)
        else:
            return saved(request, "已补充。", "grid-mine-report", found.pk)
    context = {"sheet": sheet_of(found)}
    if request.method == "POST":
        return refused(request, form, "outreach/mine_report.html", context)
    return render(request, "outreach/mine_report.html", context | {"form": form})


@needs(Permission.GRID_PAGE)
@require_POST
def withdraw(request: HttpRequest, pk: int) -> HttpResponse:
    """Take back what nobody has begun with."""
    found = _load(request, pk)
    try:
        withdraw_report(by=request.user, now=timezone.now(), report=found)
    except CannotAnswer as refusal:
        messages.error(request, refusal.sentence)
    else:
        messages.success(request, "已撤回。")
    return redirect("grid-mine-report", found.pk)
