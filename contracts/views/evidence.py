"""Pictures that prove a signing: adding them later, looking at one."""

from django.contrib import messages
from django.core.exceptions import PermissionDenied
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils import timezone
from django.views.decorators.http import require_http_methods, require_safe

from contracts.actions import CannotAddEvidence, add_evidence
from contracts.forms import EvidenceForm
from contracts.models import Agreement, SigningEvidence
from contracts.policy import policy_on
from contracts.queries.evidence import picture_of
from core.readlog import log_read
from core.refusals import show_on
from teams.access import Permission, may, needs


@require_http_methods(["GET", "HEAD", "POST"])
@needs(Permission.AGREEMENT_VIEW, Permission.AGREEMENT_SIGN)
def agreement_evidence(request: HttpRequest, pk: int) -> HttpResponse:
    """Photos and scans for an agreement that is signed already."""
    agreements = Agreement.objects.visible_to(request.user).select_related("team").defer("as_signed")
    agreement = get_object_or_404(agreements, pk=pk)
    policy = policy_on(timezone.localdate())
    if request.method == "POST":
        form = EvidenceForm(request.POST, request.FILES, policy=policy)
        if form.is_valid() and _added(request, form, agreement):
            return redirect("agreement-detail", pk=pk)
    else:
        form = EvidenceForm(policy=policy)
    log_read(request, "resident", agreement.enrollments.values_list("resident_id", flat=True))
    return render(request, "contracts/evidence.html", {"form": form, "agreement": agreement})


def _added(request: HttpRequest, form: EvidenceForm, agreement: Agreement) -> bool:
    try:
        kept = add_evidence(
            by=request.user,
            on=timezone.localdate(),
            now=timezone.now(),
            agreement=agreement,
            proofs=form.proofs(),
        )
    except CannotAddEvidence as refusal:
        show_on(form, refusal)
        return False
    messages.success(request, f"已保存 {len(kept)} 张凭证照片。")
    return True


@require_safe
@needs(Permission.AGREEMENT_VIEW)
def agreement_picture(request: HttpRequest, pk: int, evidence: int) -> HttpResponse:
    """One picture, kept by no cache; what shows a whole document only to who may see numbers in full."""
    found = get_object_or_404(
        SigningEvidence.objects.visible_to(request.user).select_related("agreement"),
        agreement=pk,
        pk=evidence,
    )
    if found.shows_document and not may(request.user, Permission.RESIDENT_REVEAL):
        raise PermissionDenied
    log_read(request, "resident", found.agreement.enrollments.values_list("resident_id", flat=True))
    return HttpResponse(picture_of(found), content_type="image/jpeg", headers={"Cache-Control": "no-store"})
