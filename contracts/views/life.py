"""What happens to a running agreement: contact, amendment, members, representative, void. One form a page."""

from collections.abc import Callable
from typing import Any

from django import forms
from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils import timezone

from contracts.actions import (
    Amendment,
    amend,
    join,
    name_representative,
    note_reached,
    void,
)
from contracts.choices import AgreementKind
from contracts.forms import AmendForm, JoinForm, ReachedForm, RepresentativeForm, VoidForm
from contracts.models import PackageItem
from contracts.policy import policy_on
from contracts.queries.agreements import AgreementDetail
from contracts.queries.amending import paper_differences
from contracts.queries.cases import cases_of
from contracts.queries.newcomers import newcomers
from contracts.queries.packages import menu_of, packages_offered, suits_of
from contracts.rules.households import object_for_anybody
from contracts.views.loading import detail_or_404
from core.readlog import client_ip, log_read
from core.refusals import Refusal, show_on
from residents.models import Resident
from teams.access import Permission, may, needs


def answered(
    request: HttpRequest,
    detail: AgreementDetail,
    form: forms.Form,
    do: Callable[[], object],
    *,
    template: str,
    said: str,
    is_for_running: bool = True,
    **context: Any,
) -> HttpResponse:
    """The form, or after a valid post the one call of the action and back to the agreement; a refusal stands in it.

    Args:
        is_for_running: what is over has no form, only a sentence that says so.
    """
    if is_for_running and not detail.is_running:
        log_read(request, "resident", detail.resident_ids)
        return render(
            request, "contracts/not_running.html", {"detail": detail, "agreement": detail.agreement}
        )
    if request.method == "POST" and form.is_valid():
        try:
            do()
        except Refusal as refusal:
            show_on(form, refusal)
        else:
            messages.success(request, said)
            return redirect("agreement-detail", pk=detail.agreement.pk)
    log_read(request, "resident", detail.resident_ids)
    return render(
        request, template, {"form": form, "detail": detail, "agreement": detail.agreement} | context
    )


@needs(Permission.AGREEMENT_VIEW, Permission.AGREEMENT_SIGN)
def agreement_reached(request: HttpRequest, pk: int) -> HttpResponse:
    """Somebody spoke with the resident."""
    detail, today = detail_or_404(request, pk), timezone.localdate()
    members = detail.running_members
    first = {"day": today, "residents": [one.resident.pk for one in members] if len(members) == 1 else []}
    form = ReachedForm(request.POST if request.method == "POST" else None, members=members, initial=first)

    def do() -> object:
        data = form.cleaned_data
        return note_reached(by=request.user, on=timezone.localdate(), agreement=detail.agreement, **data)

    return answered(request, detail, form, do, template="contracts/reached.html", said="已登记联系。")


@needs(Permission.AGREEMENT_VIEW, Permission.AGREEMENT_APPROVE)
def agreement_void(request: HttpRequest, pk: int) -> HttpResponse:
    detail = detail_or_404(request, pk)
    form = VoidForm(request.POST if request.method == "POST" else None)

    def do() -> object:
        reason = form.cleaned_data["reason"]
        return void(by=request.user, on=timezone.localdate(), agreement=detail.agreement, reason=reason)

    return answered(
        request,
        detail,
        form,
        do,
        template="contracts/void.html",
        said="协议已作废。",
        is_for_running=False,
    )


@needs(Permission.AGREEMENT_VIEW, Permission.AGREEMENT_SIGN)
def agreement_amend(request: HttpRequest, pk: int) -> HttpResponse:
    """Correct a typo or change what is promised, without a new agreement."""
    detail, today = detail_or_404(request, pk), timezone.localdate()
    form = AmendForm(
        request.POST if request.method == "POST" else None,
        detail=detail,
        initial=_as_it_is(detail),
        **_offer(request, detail),
    )

    def do() -> object:
        return amend(by=request.user, on=today, agreement=detail.agreement, wanted=_wanted(form, detail))

    return answered(request, detail, form, do, template="contracts/amend.html", said="已保存更正或变更。")


def _offer(request: HttpRequest, detail: AgreementDetail) -> dict[str, Any]:
    """What stands in the version that was signed, and what else is on offer today for anybody in it."""
    agreement, today = detail.agreement, timezone.localdate()
    held = {one.code: one for one in detail.packages}
    offered = packages_offered(
        on=today,
        teams=[agreement.team],
        kind=AgreementKind(agreement.kind),
        sees_restricted=may(request.user, Permission.RESIDENT_RESTRICTED),
    )
    cases = cases_of(
        [row.resident.pk for row in detail.running_members],
        [agreement.team_id],
        AgreementKind(agreement.kind),
        on=today,
        reader=request.user,
    )
    people = list(cases.values())
    newer = [
        one
        for one in offered
        if people and one.code not in held and not object_for_anybody(one.name, suits_of(one), people)
    ]
    packages = [*held.values(), *newer]
    menu = [each for some in menu_of(packages).values() for each in some]
    return {"packages": packages, "menu": menu, "differences": paper_differences(agreement, on=today)}


def _as_it_is(detail: AgreementDetail) -> dict[str, Any]:
    agreement = detail.agreement
    return {
        "channel": agreement.channel,
        "disease": agreement.disease,
        "packages": [one.pk for one in detail.packages],
        "chosen": list(agreement.chosen.values_list("content", flat=True)),
    }


def _wanted(form: AmendForm, detail: AgreementDetail) -> Amendment:
    """What the reader may not see stays as it is."""
    data = form.cleaned_data
    shown = {one.pk for one in detail.packages}
    hidden = list(detail.agreement.packages.exclude(pk__in=shown)) if detail.withheld else []
    offered = {one.pk for one in form.fields["chosen"].queryset} if "chosen" in form.fields else set()  # type: ignore[attr-defined]
    held = PackageItem.objects.filter(pk__in=detail.agreement.chosen.values("content"))
    kept = [one for one in held.select_related("item") if one.pk not in offered]
    return Amendment(
        channel=data["channel"],
        disease=data.get("disease", detail.agreement.disease),
        packages=(*data["packages"], *hidden),
        chosen=(*data.get("chosen", ()), *kept),
        corrected=frozenset(data.get("corrected", ())),
        is_agreed=data["agreed"],
        reason=data["reason"],
    )


@needs(Permission.AGREEMENT_VIEW, Permission.AGREEMENT_SIGN)
def agreement_join(request: HttpRequest, pk: int) -> HttpResponse:
    """A newborn, or somebody who moved in, comes into the household's agreement."""
    detail, today = detail_or_404(request, pk), timezone.localdate()
    people = newcomers(detail.agreement, Resident.objects.visible_to(request.user), on=today)
    form = JoinForm(
        request.POST if request.method == "POST" else None,
        people=people,
        policy=policy_on(today),
        initial=JoinForm.first_values(people, today=today),
    )

    def do() -> object:
        return join(
            by=request.user,
            on=timezone.localdate(),
            now=timezone.now(),
            agreement=detail.agreement,
            member=form.joining(),
            starts_on=form.cleaned_data["starts_on"],
            ip=client_ip(request),
        )

    log_read(request, "resident", [one.resident.pk for one in people])
    return answered(
        request, detail, form, do, template="contracts/join.html", said="已加入家庭协议。", people=people
    )


@needs(Permission.AGREEMENT_VIEW, Permission.AGREEMENT_SIGN)
def agreement_representative(request: HttpRequest, pk: int) -> HttpResponse:
    """Another member speaks for the household."""
    detail = detail_or_404(request, pk)
    form = RepresentativeForm(
        request.POST if request.method == "POST" else None,
        agreement=detail.agreement,
        members=detail.running_members,
    )

    def do() -> object:
        chosen = {one.resident.pk: one.resident for one in detail.running_members}
        return name_representative(
            by=request.user,
            on=timezone.localdate(),
            agreement=detail.agreement,
            resident=chosen[form.cleaned_data["representative"]],
        )

    return answered(
        request, detail, form, do, template="contracts/representative.html", said="已变更家庭代表。"
    )
