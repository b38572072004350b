"""The list of agreements, one agreement, its signatures, its early end."""

from django.contrib import messages
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils import timezone
from django.views.decorators.http import require_safe

from contracts.actions import CannotTerminate, terminate
from contracts.choices import Occasion, SignerParty
from contracts.forms import ListFilter, TerminateForm
from contracts.models import Agreement, Signature
from contracts.policy import policy_on
from contracts.printing import pdf
from contracts.printing.agreements import notices_for
from contracts.queries.agreements import AgreementDetail, agreement_detail, agreement_page, narrowed
from contracts.rules.numbers import read_number
from core.models import ReadLog
from core.readlog import client_ip, log_read
from core.refusals import show_on
from teams.access import Permission, may, needs, scope_of
from teams.models import Team


@require_safe
@needs(Permission.AGREEMENT_VIEW)
def agreement_list(request: HttpRequest) -> HttpResponse:
    """Agreements in one's scope, by bucket, team or number."""
    today = timezone.localdate()
    notice = policy_on(today).renewal_notice_days
    chosen = ListFilter(request.GET, teams=_teams(request))
    chosen.is_valid()
    picked = chosen.cleaned_data
    bucket, team, number = picked.get("state", ""), picked.get("team"), picked.get("number", "")
    agreements = Agreement.objects.visible_to(request.user)
    if number:
        agreements = agreements.filter(number=str(read_number(number) or number))
    rows = narrowed(
        agreements, bucket=bucket, team_id=team.pk if team else None, on=today, notice_days=notice
    )
    page = agreement_page(rows, bucket=bucket, after=picked.get("after", ""), on=today, notice_days=notice)
    log_read(request, "resident", page.resident_ids, action=ReadLog.Action.LIST)
    context = {"filter": chosen, "page": page, "bucket": bucket, "team": team, "number": number}
    context["is_mistyped"] = bool(number) and read_number(number) is None
    return render(request, "contracts/list.html", context | {"notice_days": notice, "today": today})


def _teams(request: HttpRequest):
    """One's own teams; who has none chooses among the teams of his area."""
    own = scope_of(request.user).teams
    teams = Team.objects.filter(pk__in=own) if own else Team.objects.visible_to(request.user)
    return teams.order_by("name")


@require_safe
@needs(Permission.AGREEMENT_VIEW)
def agreement_show(request: HttpRequest, pk: int) -> HttpResponse:
    detail = detail_or_404(request, pk)
    log_read(request, "resident", [detail.resident.pk])
    user = request.user
    context = {
        "detail": detail,
        "agreement": detail.agreement,
        "can_print": may(user, Permission.RESIDENT_REVEAL) and not detail.withheld,
        "has_pdf": pdf.is_available(),
        "notices": notices_for(detail),
        "can_terminate": may(user, Permission.AGREEMENT_TERMINATE)
        and detail.agreement.team_id in scope_of(user).teams
        and detail.is_running,
    }
    return render(request, "contracts/detail.html", context)


def detail_or_404(request: HttpRequest, pk: int) -> AgreementDetail:
    today = timezone.localdate()
    detail = agreement_detail(
        Agreement.objects.visible_to(request.user),
        pk,
        on=today,
        policy=policy_on(today),
        sees_restricted=may(request.user, Permission.RESIDENT_RESTRICTED),
    )
    if detail is None:
        raise Http404("no such agreement")
    return detail


@require_safe
@needs(Permission.AGREEMENT_VIEW)
def agreement_signature(request: HttpRequest, pk: int, signature: int) -> HttpResponse:
    """The image of one signature, kept by no cache."""
    found = get_object_or_404(
        Signature.objects.visible_to(request.user).exclude(image=b""), agreement=pk, pk=signature
    )
    people = found.agreement.enrollments.values_list("resident_id", flat=True)
    log_read(request, "resident", people)
    return HttpResponse(bytes(found.image), content_type="image/png", headers={"Cache-Control": "no-store"})


@needs(Permission.AGREEMENT_VIEW, Permission.AGREEMENT_TERMINATE)
def agreement_terminate(request: HttpRequest, pk: int) -> HttpResponse:
    detail = detail_or_404(request, pk)
    agreement, today = detail.agreement, timezone.localdate()
    party = _resident_side(detail)
    options = {"agreement": agreement, "policy": policy_on(today)}
    if request.method == "POST":
        form = TerminateForm(request.POST, **options)
        if form.is_valid() and _ended(request, form, agreement, party):
            return redirect("agreement-detail", pk=pk)
    else:
        form = TerminateForm(initial={"last_day": min(today, agreement.ends_on)}, **options)
    log_read(request, "resident", [detail.resident.pk])
    context = {"form": form, "detail": detail, "agreement": agreement, "party": party}
    return render(request, "contracts/terminate.html", context)


def _resident_side(detail: AgreementDetail) -> SignerParty:
    """Who signed for the resident, and so confirms the end."""
    signed = {one.party for one in detail.signatures if one.occasion == Occasion.SIGNING}
    return SignerParty.GUARDIAN if SignerParty.GUARDIAN in signed else SignerParty.RESIDENT


def _ended(request: HttpRequest, form: TerminateForm, agreement: Agreement, party: SignerParty) -> bool:
    data = form.cleaned_data
    try:
        terminate(
            by=request.user,
            on=timezone.localdate(),
            now=timezone.now(),
            agreement=agreement,
            reason=data["reason"],
            last_day=data["last_day"],
            note=data["note"],
            evidence=form.evidence(party),
            ip=client_ip(request),
        )
    except CannotTerminate as refusal:
        show_on(form, refusal)
        return False
    messages.success(request, f"已解约，最后有效日为{data['last_day']:%Y-%m-%d}。")
    return True
