"""How many went from which level to which (S4-4): a page, and the same as a spreadsheet. Nobody is shown."""

from datetime import date
from typing import Any

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils import timezone
from django.views.decorators.http import require_safe

from care.forms.referrals import PeriodForm
from care.models import Referral
from care.queries.referrals import LevelCount, counts_by_level
from care.querysets import sees_restricted
from core.sheets import Column, xlsx_response
from teams.access import Permission, needs

COLUMNS = (
    Column("方向", 8),
    Column("转出层级", 30),
    Column("转入层级", 30),
    Column("转诊（人次）", 12, "number"),
    Column("已答复", 10, "number"),
    Column("退回", 10, "number"),
    Column("办结且已就诊", 14, "number"),
)

SUMMED = ("sent", "answered", "returned", "helped")


def _asked(request: HttpRequest) -> PeriodForm:
    """The period of the address; without one, this year so far."""
    today = timezone.localdate()
    usual = {"first": date(today.year, 1, 1).isoformat(), "last": today.isoformat()}
    return PeriodForm({one: request.GET.get(one) or usual[one] for one in usual})


def _counts(request: HttpRequest, form: PeriodForm) -> list[LevelCount]:
    seen = Referral.objects.countable_for(request.user)
    return counts_by_level(seen, form.cleaned_data["first"], form.cleaned_data["last"])


@require_safe
@needs(Permission.FULFILMENT_VIEW)
def referral_counts_page(request: HttpRequest) -> HttpResponse:
    form = _asked(request)
    rows = _counts(request, form) if form.is_valid() else []
    context: dict[str, Any] = {"form": form, "rows": rows, "is_partial": not sees_restricted(request.user)}
    context["total"] = {one: sum(getattr(row, one) for row in rows) for one in SUMMED}
    return render(request, "care/referrals/counts.html", context)


@require_safe
@needs(Permission.FULFILMENT_VIEW)
def referral_export(request: HttpRequest) -> HttpResponse:
    form = _asked(request)
    if not form.is_valid():
        messages.error(request, "请先更正统计期间，再导出。")
        return redirect("referral-counts")
    rows = [
        (one.direction.label, one.from_level.label, one.to_level.label, one.sent, one.answered, one.returned, one.helped)
        for one in _counts(request, form)
    ]  # fmt: skip
    first, last = form.cleaned_data["first"], form.cleaned_data["last"]
    return xlsx_response(
        "双向转诊层级统计",
        COLUMNS,
        rows,
        made_by=request.user.name,
        made_at=timezone.localtime(),
        note=f"{first:%Y-%m-%d} 至 {last:%Y-%m-%d}，不含已取消的转诊",
    )
