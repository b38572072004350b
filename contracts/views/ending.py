"""Ending an agreement early, or letting some members of a household go."""

from typing import Any

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils import timezone

from contracts.actions import CannotTerminate, terminate
from contracts.choices import Occasion, SignerParty
from contracts.forms import TerminateForm
from contracts.policy import policy_on
from contracts.queries.agreements import AgreementDetail
from contracts.views.loading import detail_or_404
from core.readlog import client_ip, log_read
from core.refusals import show_on
from teams.access import Permission, needs


@needs(Permission.AGREEMENT_VIEW, Permission.AGREEMENT_TERMINATE)
def agreement_terminate(request: HttpRequest, pk: int) -> HttpResponse:
    """``?member=`` is the enrolment of the member of a household who leaves; without it everybody is ticked."""
    detail = detail_or_404(request, pk)
    today = timezone.localdate()
    options: dict[str, Any] = {
        "agreement": detail.agreement,
        "policy": policy_on(today),
        "members": detail.running_members if detail.is_household else (),
    }
    if request.method == "POST":
        form = TerminateForm(request.POST, **options)
        if form.is_valid() and _ended(request, form, detail):
            return redirect("agreement-detail", pk=pk)
    else:
        form = TerminateForm(initial=_first_values(request, detail, today), **options)
    log_read(request, "resident", detail.resident_ids)
    context = {"form": form, "detail": detail, "agreement": detail.agreement, "party": _resident_side(detail)}
    return render(request, "contracts/terminate.html", context)


def _first_values(request: HttpRequest, detail: AgreementDetail, today: Any) -> dict[str, Any]:
    asked = request.GET.get("member", "")
    one = [row.resident.pk for row in detail.running_members if str(row.enrollment.pk) == asked]
    everybody = [row.resident.pk for row in detail.running_members]
    return {"last_day": min(today, detail.agreement.ends_on), "members": one or everybody}


def _resident_side(detail: AgreementDetail) -> SignerParty:
    """Who signed for the resident, and so confirms the end."""
    signed = {one.party for one in detail.signatures if one.occasion == Occasion.SIGNING}
    is_guardian = SignerParty.GUARDIAN in signed and SignerParty.RESIDENT not in signed
    return SignerParty.GUARDIAN if is_guardian else SignerParty.RESIDENT


def _ended(request: HttpRequest, form: TerminateForm, detail: AgreementDetail) -> bool:
    data = form.cleaned_data
    try:
        ended = terminate(
            by=request.user,
            on=timezone.localdate(),
            now=timezone.now(),
            agreement=detail.agreement,
            reason=data["reason"],
            last_day=data["last_day"],
            note=data["note"],
            evidence=form.evidence(_resident_side(detail)),
            ip=client_ip(request),
            members=data.get("members", ()),
        )
    except CannotTerminate as refusal:
        show_on(form, refusal)
        return False
    what = "所选成员已退出协议" if ended.state == "active" else "已解约"
    messages.success(request, f"{what}，最后有效日为{data['last_day']:%Y-%m-%d}。")
    return True
