"""Proofs that an issue was posted: recording them with a phone in the stairwell, judging, taking back (S0-23)."""

from typing import Any

from django.contrib import messages
from django.core.exceptions import PermissionDenied
from django.core.paginator import Paginator
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils import timezone
from django.views.decorators.http import require_safe

from contracts.policy import policy_on as pictures_on
from core.refusals import Refusal, show_on
from outreach.actions.proofs import decide_proof, record_proof, withdraw_proof
from outreach.choices import ProofState
from outreach.disclosures.base import Month
from outreach.forms.proofs import DecideProofForm, ProofForm, WithdrawProofForm
from outreach.models import DisclosureProof, MonthlyDisclosure
from outreach.policy import policy_on
from outreach.queries.disclosure_compliance import asked_in
from outreach.queries.disclosures import approves
from outreach.queries.policies import policies_of
from outreach.queries.proofs import (
    flagged_for,
    photo_for,
    picture_of,
    places_before,
    proof_lines,
    proofs_of,
    told_of,
    twins_of,
)
from outreach.rules.proofs import DECISIONS, WITHDRAWABLE, Verdict, verdict_of
from outreach.views.points import FORM_METHODS, PAGE_SIZE
from residents.views.people import bound
from teams.access import Permission, may, needs

P = Permission


def _issue(request: HttpRequest, pk: int) -> MonthlyDisclosure:
    issues = MonthlyDisclosure.objects.visible_to(request.user)
    return get_object_or_404(issues.select_related("institution", "team"), pk=pk)


def _proof(request: HttpRequest, pk: int) -> DisclosureProof:
    proofs = DisclosureProof.objects.visible_to(request.user)
    return get_object_or_404(
        proofs.select_related("disclosure__institution", "disclosure__team", "recorded_by", "decided_by"),
        pk=pk,
    )


@require_safe
@needs(P.DISCLOSURE_VIEW)
def proof_list(request: HttpRequest, pk: int) -> HttpResponse:
    """Where an issue was posted, with the pictures, and what is still asked for."""
    issue = _issue(request, pk)
    page = Paginator(proofs_of(issue), PAGE_SIZE).get_page(request.GET.get("page"))
    verdict, asked = _verdict(issue)
    context = {
        "issue": issue,
        "month": Month(issue.month),
        "page": page,
        "lines": proof_lines(page.object_list),
        "verdict": verdict,
        "asked": asked,
        "can_record": may(request.user, P.DISCLOSURE_EDIT) and issue.published_at is not None,
        "can_decide": may(request.user, P.DISCLOSURE_APPROVE),
        "withdrawable": WITHDRAWABLE,
    }
    return render(request, "outreach/proofs/list.html", context)


def _verdict(issue: MonthlyDisclosure) -> tuple[Verdict, Any]:
    month, today = Month(issue.month), timezone.localdate()
    asked = asked_in(month, policies_of([month.last], on=today)[month.last])
    told = told_of(MonthlyDisclosure.objects.filter(pk=issue.pk))[issue.pk]
    return verdict_of(told, asked, month=month, on=today), asked


@FORM_METHODS
@needs(P.DISCLOSURE_VIEW, P.DISCLOSURE_EDIT)
def proof_new(request: HttpRequest, pk: int) -> HttpResponse:
    issue, today = _issue(request, pk), timezone.localdate()
    form = ProofForm(
        bound(request), request.FILES or None, places=places_before(issue), pictures=pictures_on(today),
        initial={"posted_on": today},
    )  # fmt: skip
    if request.method == "POST" and form.is_valid():
        try:
            done = record_proof(
                by=request.user, on=today, now=timezone.now(), policy=policy_on(today), disclosure=issue,
                **form.said(),
            )  # fmt: skip
        except Refusal as refusal:
            show_on(form, refusal)
        else:
            _say(request, issue, done.proof)
            return redirect("proof-list", issue.pk)
    context = {"issue": issue, "month": Month(issue.month), "form": form}
    return render(request, "outreach/proofs/new.html", context)


def _say(request: HttpRequest, issue: MonthlyDisclosure, proof: DisclosureProof) -> None:
    month = Month(issue.month)
    if proof.state == ProofState.FLAGGED:
        messages.warning(
            request, "已登记。照片与以前的照片很像，要等机构家医管家核定后才计入达标；传错了请撤回重新登记。"
        )
    elif proof.posted_on > month.last:
        messages.warning(request, f"已登记。公开日期在{month}之后，不计入当月达标。")
    else:
        messages.success(request, f"已登记：{proof.get_channel_display()}，{proof.place}。")


@require_safe
@needs(P.DISCLOSURE_VIEW)
def proof_flagged(request: HttpRequest) -> HttpResponse:
    """Proofs with pictures seen before, of all issues in the reader's scope."""
    page = Paginator(flagged_for(request.user), PAGE_SIZE).get_page(request.GET.get("page"))
    context = {
        "page": page,
        "lines": proof_lines(page.object_list),
        "can_decide": may(request.user, P.DISCLOSURE_APPROVE),
    }
    return render(request, "outreach/proofs/flagged.html", context)


@FORM_METHODS
@needs(P.DISCLOSURE_VIEW, P.DISCLOSURE_APPROVE)
def proof_decide(request: HttpRequest, pk: int) -> HttpResponse:
    """The pictures beside those that came before them; does the posting count?"""
    proof = _proof(request, pk)
    if not approves(request.user, proof.disclosure, on=timezone.localdate()):
        raise PermissionDenied
    form = DecideProofForm(bound(request))
    if request.method == "POST" and form.is_valid():
        verdict, words = ProofState(form.cleaned_data["verdict"]), form.cleaned_data["words"]
        try:
            decide_proof(by=request.user, now=timezone.now(), proof=proof, verdict=verdict, words=words)
        except Refusal as refusal:
            show_on(form, refusal)
        else:
            messages.success(request, f"已核定：{verdict.label}。")
            return redirect("proof-list", proof.disclosure_id)
    (line,) = proof_lines([proof])
    context = {
        "proof": proof,
        "issue": proof.disclosure,
        "month": Month(proof.disclosure.month),
        "line": line,
        "twins": twins_of(proof),
        "form": form,
        "is_open": bool(DECISIONS[ProofState(proof.state)]),
        "is_own": proof.recorded_by_id == request.user.pk,
    }
    return render(request, "outreach/proofs/decide.html", context)


@FORM_METHODS
@needs(P.DISCLOSURE_VIEW, P.DISCLOSURE_EDIT)
def proof_withdraw(request: HttpRequest, pk: int) -> HttpResponse:
    proof = _proof(request, pk)
    form = WithdrawProofForm(bound(request))
    if request.method == "POST" and form.is_valid():
        try:
            withdraw_proof(by=request.user, now=timezone.now(), proof=proof, words=form.cleaned_data["words"])
        except Refusal as refusal:
            show_on(form, refusal)
        else:
            messages.success(request, "已撤回，这些照片可以重新登记。")
            return redirect("proof-list", proof.disclosure_id)
    context = {
        "proof": proof,
        "issue": proof.disclosure,
        "month": Month(proof.disclosure.month),
        "form": form,
    }
    return render(request, "outreach/proofs/withdraw.html", context)


@require_safe
@needs(P.DISCLOSURE_VIEW)
def proof_photo(request: HttpRequest, pk: int) -> HttpResponse:
    """One picture, kept by no cache."""
    photo = photo_for(request.user, pk, may_compare=may(request.user, P.DISCLOSURE_APPROVE))
    if photo is None:
        raise Http404
    return HttpResponse(picture_of(photo), content_type="image/jpeg", headers={"Cache-Control": "no-store"})
