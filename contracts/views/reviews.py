"""Signings worth a second look: the bureau's list, one finding, its download."""

from typing import Any

from django.contrib import messages
from django.db.models import QuerySet
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils import timezone
from django.views.decorators.http import require_http_methods, require_safe

from contracts.actions.reviewing import CannotReview, record_review
from contracts.choices import ReviewState
from contracts.forms.review import FlagFilter, OutcomeForm
from contracts.models import ReviewFlag
from contracts.queries.review import FlagLine, flag_lines, flag_page, narrowed_flags, with_agreements
from core.models import ReadLog
from core.readlog import log_read
from core.refusals import show_on
from core.sheets import MAX_ROWS, CannotExport, Column, xlsx_response
from teams.access import Permission, needs
from teams.models import Team

COLUMNS = [
    Column("线索", 18),
    Column("理由", 50),
    Column("发现日期", kind="date"),
    Column("协议编号", 30),
    Column("居民", 12),
    Column("人数", 8, kind="number"),
    Column("机构", 28),
    Column("团队", 20),
    Column("签约医生", 12),
    Column("签约日期", kind="date"),
    Column("状态", 14),
    Column("核查说明", 40),
    Column("核查人", 12),
]


@require_safe
@needs(Permission.AGREEMENT_VIEW, Permission.AGREEMENT_REVIEW)
def review_list(request: HttpRequest) -> HttpResponse:
    """What nobody has looked at yet, unless another state is asked for."""
    form, flags = _asked(request)
    page = flag_page(flags, form.cleaned_data.get("after", ""))
    log_read(request, "resident", [one.resident.pk for one in page.lines], action=ReadLog.Action.LIST)
    address = request.GET.copy()
    address.pop("after", None)
    context: dict[str, Any] = {"form": form, "page": page, "address": address.urlencode()}
    if page.next_after:
        address["after"] = page.next_after
        context["next_address"] = address.urlencode()
    return render(request, "contracts/reviews.html", context)


def _asked(request: HttpRequest) -> tuple[FlagFilter, QuerySet[ReviewFlag]]:
    form = FlagFilter(request.GET, teams=Team.objects.visible_to(request.user).order_by("name"))
    return form, narrowed_flags(ReviewFlag.objects.visible_to(request.user), **form.narrowing())


@require_safe
@needs(Permission.AGREEMENT_VIEW, Permission.AGREEMENT_REVIEW)
def review_export(request: HttpRequest) -> HttpResponse:
    """The list as it is narrowed, masked like the page."""
    _, flags = _asked(request)
    found = with_agreements(flags).order_by("-found_on", "-pk")[: MAX_ROWS + 1]
    lines = flag_lines(found)
    log_read(request, "resident", [one.resident.pk for one in lines], action=ReadLog.Action.EXPORT)
    try:
        return xlsx_response(
            "签约核查线索",
            COLUMNS,
            (_cells(one) for one in lines),
            made_by=request.user.name,
            made_at=timezone.localtime(),
            note="线索只说明值得核实，不说明签约有问题。",
        )
    except CannotExport as refusal:
        messages.error(request, refusal.sentence)
        return redirect("review-list")


def _cells(line: FlagLine) -> list[Any]:
    flag, agreement = line.flag, line.agreement
    return [
        flag.get_kind_display(),
        line.reason,
        flag.found_on,
        agreement.number,
        line.resident.masked_name,
        line.people,
        agreement.team.institution.name,
        agreement.team.name,
        agreement.doctor.name,
        agreement.signed_on,
        flag.get_state_display(),
        flag.note,
        flag.reviewed_by.name if flag.reviewed_by else "",
    ]


@require_http_methods(["GET", "HEAD", "POST"])
@needs(Permission.AGREEMENT_VIEW, Permission.AGREEMENT_REVIEW)
def review_show(request: HttpRequest, pk: int) -> HttpResponse:
    """One finding and what became of it."""
    known = with_agreements(ReviewFlag.objects.visible_to(request.user))
    (line,) = flag_lines([get_object_or_404(known, pk=pk)])
    form = OutcomeForm() if line.flag.state == ReviewState.OPEN else None
    if request.method == "POST":
        form = OutcomeForm(request.POST)
        if form.is_valid() and _recorded(request, form, line.flag):
            return redirect("review-list")
    log_read(request, "resident", [one.resident_id for one in line.agreement.enrollments.all()])
    status = 422 if form is not None and form.errors else 200
    return render(
        request, "contracts/review.html", {"line": line, "flag": line.flag, "form": form}, status=status
    )


def _recorded(request: HttpRequest, form: OutcomeForm, flag: ReviewFlag) -> bool:
    try:
        record_review(
            by=request.user,
            on=timezone.localdate(),
            now=timezone.now(),
            flag=flag,
            outcome=form.cleaned_data["outcome"],
            note=form.cleaned_data["note"],
        )
    except CannotReview as refusal:
        show_on(form, refusal)
        return False
    messages.success(request, f"已记录：{form.cleaned_data['outcome'].label}。")
    return True
