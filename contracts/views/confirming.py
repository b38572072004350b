"""The resident's own word, asked for by the team: a code on his phone, his document, the link on his paper."""

from django.contrib import messages
from django.core.exceptions import PermissionDenied
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils import timezone
from django.views.decorators.http import require_POST

from contracts.actions import (
    CannotConfirm,
    CannotLink,
    confirm_by_code,
    confirm_by_document,
    revoke_link,
    send_code,
)
from contracts.choices import AgreementState, EvidenceKind, WaitsFor
from contracts.forms.confirming import CodeForm
from contracts.models import Agreement
from contracts.policy import policy_on
from contracts.queries.links import signatory_of
from contracts.queries.signing import works_for
from core.masks import mask_phone
from core.readlog import client_ip, log_read
from core.refusals import show_on
from core.texting import has_channel
from teams.access import Permission, needs

DONE = "居民已确认{then}。"


def _held(request: HttpRequest, pk: int) -> Agreement:
    """An agreement of one's own team; 403 for one that is only seen."""
    agreements = Agreement.objects.visible_to(request.user).select_related("team__institution")
    held = get_object_or_404(agreements, pk=pk)
    if not works_for(request.user, held.team, on=timezone.localdate()):
        raise PermissionDenied
    return held


@needs(Permission.AGREEMENT_VIEW, Permission.AGREEMENT_SIGN)
def agreement_confirm(request: HttpRequest, pk: int) -> HttpResponse:
    """What ways there are, and the code that the resident reads out."""
    held = _held(request, pk)
    form = CodeForm(request.POST or None)
    if request.method == "POST" and form.is_valid() and _confirmed_by_code(request, form, held):
        return redirect("agreement-detail", pk=pk)
    signatory, now = signatory_of(held), timezone.now()
    log_read(request, "resident", [signatory.resident.pk])
    context = {
        "agreement": held,
        "form": form,
        "resident": signatory.resident,
        "phone": mask_phone(signatory.mobile),
        "is_guardian": bool(signatory.guardian_phone),
        "has_channel": has_channel(),
        "has_code": held.codes.filter(used_at__isnull=True, expires_at__gt=now).exists(),
        "has_id_photo": held.evidence.filter(kind=EvidenceKind.ID_PHOTO).exists(),
        "confirmations": held.confirmations.select_related("recorded_by").order_by("pk"),
        "is_waiting": held.waits_for == WaitsFor.RESIDENT,
        "policy": policy_on(timezone.localdate()),
    }
    return render(request, "contracts/confirm.html", context)


def _confirmed_by_code(request: HttpRequest, form: CodeForm, held: Agreement) -> bool:
    try:
        confirm_by_code(
            by=request.user,
            on=timezone.localdate(),
            now=timezone.now(),
            agreement=held,
            code=form.cleaned_data["code"],
            ip=client_ip(request),
        )
    except CannotConfirm as refusal:
        show_on(form, refusal)
        return False
    _tell(request, held)
    return True


def _tell(request: HttpRequest, held: Agreement) -> None:
    held.refresh_from_db(fields=["state"])
    then = "，协议已生效" if held.state == AgreementState.ACTIVE else ""
    messages.success(request, DONE.format(then=then))


@require_POST
@needs(Permission.AGREEMENT_VIEW, Permission.AGREEMENT_SIGN)
def agreement_code_send(request: HttpRequest, pk: int) -> HttpResponse:
    held = _held(request, pk)
    try:
        phone = send_code(by=request.user, on=timezone.localdate(), now=timezone.now(), agreement=held)
        messages.success(request, f"验证码已发往 {phone}，请居民念给您。")
    except CannotConfirm as refusal:
        messages.error(request, refusal.sentence)
    return redirect("agreement-confirm", pk=pk)


@require_POST
@needs(Permission.AGREEMENT_VIEW, Permission.AGREEMENT_SIGN)
def agreement_confirm_document(request: HttpRequest, pk: int) -> HttpResponse:
    held = _held(request, pk)
    try:
        confirm_by_document(by=request.user, on=timezone.localdate(), agreement=held, ip=client_ip(request))
    except CannotConfirm as refusal:
        messages.error(request, refusal.sentence)
        return redirect("agreement-confirm", pk=pk)
    _tell(request, held)
    return redirect("agreement-detail", pk=pk)


@require_POST
@needs(Permission.AGREEMENT_VIEW, Permission.AGREEMENT_SIGN)
def agreement_link_revoke(request: HttpRequest, pk: int) -> HttpResponse:
    held = _held(request, pk)
    try:
        revoke_link(by=request.user, on=timezone.localdate(), now=timezone.now(), agreement=held)
        messages.success(request, "旧的二维码已停用。请重新打印协议，新打印的带新二维码。")
    except CannotLink as refusal:
        messages.error(request, refusal.sentence)
    return redirect("agreement-detail", pk=pk)
