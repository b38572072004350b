"""Late entries for the steward: the list, and his word on one."""

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils import timezone
from django.views.decorators.http import require_http_methods, require_safe

from contracts.actions import CannotApprove, approve_signing, reject_signing
from contracts.forms import ApprovalForm
from contracts.models import Agreement
from contracts.policy import policy_on
from contracts.queries.agreements import with_people
from contracts.queries.approving import late_entry, late_page, waiting
from contracts.queries.evidence import evidence_of
from core.models import ReadLog
from core.readlog import log_read
from core.refusals import show_on
from teams.access import Permission, needs, scope_of


@require_safe
@needs(Permission.AGREEMENT_VIEW, Permission.AGREEMENT_APPROVE)
def agreement_approvals(request: HttpRequest) -> HttpResponse:
    """What waits for one's word, oldest first."""
    mine = waiting(Agreement.objects.visible_to(request.user), scope_of(request.user).teams)
    page = late_page(mine, request.user, request.GET.get("after", ""))
    log_read(request, "resident", page.resident_ids, action=ReadLog.Action.LIST)
    context = {"page": page, "allowed": policy_on(timezone.localdate()).backdate_days}
    return render(request, "contracts/approvals.html", context)


@require_http_methods(["GET", "HEAD", "POST"])
@needs(Permission.AGREEMENT_VIEW, Permission.AGREEMENT_APPROVE)
def agreement_approve(request: HttpRequest, pk: int) -> HttpResponse:
    """One late entry with what proves it; approve, or send back with a reason."""
    visible = with_people(Agreement.objects.visible_to(request.user))
    agreement = get_object_or_404(visible.select_related("team", "doctor", "created_by"), pk=pk)
    form = ApprovalForm(request.POST if request.method == "POST" else None)
    if request.method == "POST" and form.is_valid() and _decided(request, form, agreement):
        return redirect("agreement-detail", pk=pk)
    entry = late_entry(agreement, request.user)
    log_read(request, "resident", [one.resident_id for one in agreement.enrollments.all()])
    context = {
        "form": form,
        "agreement": agreement,
        "entry": entry,
        "why": entry.why(policy_on(timezone.localdate()).backdate_days),
        "signatures": agreement.signatures.defer("image").order_by("pk"),
        "block": {"pictures": evidence_of(agreement), "can_add": False},
    }
    return render(request, "contracts/approve.html", context)


def _decided(request: HttpRequest, form: ApprovalForm, agreement: Agreement) -> bool:
    is_approved = "approve" in request.POST
    decide = approve_signing if is_approved else reject_signing
    try:
        decide(
            by=request.user,
            on=timezone.localdate(),
            now=timezone.now(),
            agreement=agreement,
            note=form.cleaned_data["note"],
        )
    except CannotApprove as refusal:
        show_on(form, refusal)
        return False
    messages.success(request, "已审批通过。" if is_approved else "已退回，该协议作废，居民可以重新签约。")
    return True
