"""The posters of a month in one go: asking for them, how far it is, the file."""

from typing import Any
from uuid import UUID

from django.conf import settings
from django.http import Http404, HttpRequest, HttpResponse, StreamingHttpResponse
from django.http.response import HttpResponseBase
from django.shortcuts import get_object_or_404, redirect, render
from django.utils import timezone
from django.utils.http import content_disposition_header
from django.views.decorators.http import require_http_methods, require_safe

from contracts.printing import pdf
from core.refusals import Refusal, show_on
from outreach.actions.poster_runs import ask_posters
from outreach.choices import PaperSize, RunState
from outreach.forms.poster_runs import PostersForm
from outreach.models import MonthlyDisclosure, PosterRun
from outreach.policy import policy_on
from outreach.queries.poster_runs import failures_of, months_of, packed
from teams.access import Permission, needs, unattended

P = Permission
_MONTHS = 24  # to choose from
_RUNS = 20  # of one's own, listed
UNDER_WAY = (RunState.WAITING, RunState.RUNNING)


def load(request: HttpRequest, token: UUID) -> PosterRun:
    return get_object_or_404(PosterRun.objects.visible_to(request.user), token=token)


@require_http_methods(["GET", "HEAD", "POST"])
@needs(P.DISCLOSURE_VIEW)
def disclosure_posters(request: HttpRequest) -> HttpResponse:
    """Choose a month and a size; below, one's own runs."""
    months = months_of(MonthlyDisclosure.objects.visible_to(request.user), most=_MONTHS)
    is_sent = request.method == "POST"
    initial = {"month": request.GET.get("month", "")}
    form = PostersForm(request.POST if is_sent else None, months=months, initial=initial)
    if is_sent and form.is_valid():
        try:
            run = ask_posters(
                by=request.user, now=timezone.now(), month=form.month_first,
                size=PaperSize(form.cleaned_data["size"]), base=_base(request),
            )  # fmt: skip
        except Refusal as refusal:
            show_on(form, refusal)
        else:
            return redirect("disclosure-poster-run", run.token)
    shown = {
        "form": form,
        "months": months,
        "runs": PosterRun.objects.visible_to(request.user).order_by("-asked_at", "-pk")[:_RUNS],
        "keep_days": policy_on(timezone.localdate()).poster_keep_days,
        "pdf_absent": "" if pdf.is_available() else pdf.ABSENT,
    }
    return render(request, "outreach/disclosures/posters.html", shown)


def _base(request: HttpRequest) -> str:
    return settings.PUBLIC_URL or f"{request.scheme}://{request.get_host()}"


@require_safe
@needs(P.DISCLOSURE_VIEW)
def disclosure_poster_run(request: HttpRequest, token: UUID) -> HttpResponse:
    """How far it is; once it is done, the file and what did not succeed."""
    run = load(request, token)
    return render(request, "outreach/disclosures/poster_run.html", _progress_of(run) | {
        "failures": failures_of(run) if run.state not in UNDER_WAY else [],
        "keep_days": policy_on(timezone.localdate()).poster_keep_days,
    })  # fmt: skip


@require_safe
@needs(P.DISCLOSURE_VIEW)
@unattended
def disclosure_poster_progress(request: HttpRequest, token: UUID) -> HttpResponse:
    """The bar alone, asked for every two seconds; once it is over, the page is called anew."""
    run = load(request, token)
    if run.state not in UNDER_WAY:
        return HttpResponse(headers={"HX-Refresh": "true"})
    return render(request, "outreach/disclosures/_poster_progress.html", _progress_of(run))


def _progress_of(run: PosterRun) -> dict[str, Any]:
    total = len(run.issues)
    return {
        "run": run,
        "total": total,
        "is_under_way": run.state in UNDER_WAY,
        "percent": run.made * 100 // total if total else 100,
        "size": PaperSize(run.size).label,
    }


@require_safe
@needs(P.DISCLOSURE_VIEW)
def disclosure_poster_file(request: HttpRequest, token: UUID) -> HttpResponseBase:
    """All posters in one ZIP."""
    run = load(request, token)
    if run.state != RunState.DONE or not run.made:
        raise Http404("nothing to take home")
    name = f"十公开海报-{run.month:%Y%m}-{PaperSize(run.size).label}.zip"
    kept = content_disposition_header(as_attachment=True, filename=name)
    headers = {"Content-Disposition": kept or "attachment", "Cache-Control": "no-store"}
    return StreamingHttpResponse(packed(run), content_type="application/zip", headers=headers)
