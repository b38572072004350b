"""Refusals to sign: writing one down, the list of those to be asked again."""

from datetime import timedelta

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils import timezone
from django.views.decorators.http import require_http_methods, require_safe

from contracts.actions import CannotRecordRefusal, record_refusal
from contracts.forms.moves import RefusalForm
from contracts.models import Refusal
from contracts.policy import policy_on
from contracts.queries.people import sign_status
from contracts.queries.refusals import BUCKETS, refusal_counts, refusal_page, refusals_in, refusals_of
from core.models import ReadLog
from core.readlog import log_read
from core.refusals import show_on
from residents.models import Resident
from teams.access import Permission, needs, scope_of
from teams.models import Team


@require_safe
@needs(Permission.RESIDENT_VIEW, Permission.AGREEMENT_VIEW)
def refusal_list(request: HttpRequest) -> HttpResponse:
    """Whom to ask again today, and how many of those who refused have signed since."""
    today = timezone.localdate()
    bucket = request.GET.get("state", "")
    bucket = bucket if bucket in dict(BUCKETS) else "due"
    own = Refusal.objects.visible_to(request.user)
    page = refusal_page(refusals_in(own, bucket, on=today), bucket=bucket, after=request.GET.get("after", ""))
    log_read(request, "resident", page.resident_ids, action=ReadLog.Action.LIST)
    counts = refusal_counts(own, on=today)
    context = {"page": page, "bucket": bucket, "buckets": BUCKETS, "counts": counts, "today": today}
    return render(request, "contracts/moves/refusals.html", context)


@require_http_methods(["GET", "HEAD", "POST"])
@needs(Permission.RESIDENT_VIEW, Permission.AGREEMENT_SIGN)
def refusal_record(request: HttpRequest, pk: int) -> HttpResponse:
    """A resident does not sign: why, and when to ask again."""
    people = Resident.objects.visible_to(request.user).for_lists()
    resident = get_object_or_404(people, pk=pk)
    today = timezone.localdate()
    policy = policy_on(today)
    own = Team.objects.visible_to(request.user).active_on(today)
    teams = own.filter(pk__in=scope_of(request.user).teams).order_by("name")
    again = today + timedelta(days=policy.refusal_ask_again_days)
    form = RefusalForm(
        request.POST if request.method == "POST" else None,
        teams=teams,
        initial={"refused_on": today, "ask_again_on": again},
    )
    if form.is_valid() and _recorded(request, form, resident):
        return redirect("resident-agreements", pk=pk)
    log_read(request, "resident", [pk])
    status = sign_status([pk], on=today, notice_days=policy.renewal_notice_days).get(pk)
    context = {"form": form, "resident": resident, "former": refusals_of(pk), "status": status}
    return render(request, "contracts/moves/refusal.html", context)


def _recorded(request: HttpRequest, form: RefusalForm, resident: Resident) -> bool:
    data = form.cleaned_data
    try:
        made = record_refusal(
            by=request.user,
            on=timezone.localdate(),
            resident=resident,
            team=data["team"],
            reason=data["reason"],
            refused_on=data["refused_on"],
            ask_again_on=data["ask_again_on"],
            note=data["note"],
        )
    except CannotRecordRefusal as refusal:
        show_on(form, refusal)
        return False
    messages.success(request, f"已登记拒签，{made.ask_again_on:%Y-%m-%d} 会列入“再次联系”。")
    log_read(request, "resident", [resident.pk])
    return True
