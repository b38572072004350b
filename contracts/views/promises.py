"""Promised, done, left: of one agreement, of a whole household; services that are written down by hand."""

from typing import Any

from django.contrib import messages
from django.core.exceptions import PermissionDenied
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils import timezone
from django.views.decorators.http import require_safe

from contracts.actions import CannotFulfill, fulfill, withdraw
from contracts.forms.promises import DoneForm, WithdrawForm
from contracts.models import Agreement, Fulfillment
from contracts.queries.promised import (
    HAND_KEYS,
    AgreementPromises,
    agreements_of,
    promised_in_agreements,
    team_sees,
)
from contracts.queries.signing import works_for
from core.readlog import log_read
from core.refusals import show_on
from residents.models import Household
from teams.access import Permission, may, needs


def promises_for(request: HttpRequest, agreements: list[int]) -> list[AgreementPromises]:
    """What this reader may see of them."""
    sees = team_sees(sees_restricted=may(request.user, Permission.RESIDENT_RESTRICTED))
    return promised_in_agreements(agreements, on=timezone.localdate(), sees=sees)


def may_record(request: HttpRequest, agreement: Agreement) -> bool:
    """Who works in the team writes down what it did."""
    return may(request.user, Permission.AGREEMENT_SIGN) and works_for(
        request.user, agreement.team, on=timezone.localdate()
    )


@needs(Permission.AGREEMENT_VIEW)
def agreement_promises(request: HttpRequest, pk: int) -> HttpResponse:
    """Everything promised in one agreement; the form below counts a service as done."""
    held = get_object_or_404(
        Agreement.objects.visible_to(request.user).select_related("team__institution"), pk=pk
    )
    promises = next(iter(promises_for(request, [held.pk])), None)
    if promises is None:
        raise Http404("a void agreement promises nothing")
    can_record = may_record(request, held)
    form = DoneForm(request.POST or None, promises=promises, initial={"done_on": timezone.localdate()})
    if request.method == "POST":
        if not can_record:
            raise PermissionDenied
        if form.is_valid() and _recorded(request, form):
            return redirect("agreement-promises", pk=pk)
    log_read(request, "resident", promises.resident_ids)
    context: dict[str, Any] = {"all": [promises], "agreement": held, "form": form, "can_record": can_record}
    return render(request, "contracts/promises.html", context)


def _recorded(request: HttpRequest, form: DoneForm) -> bool:
    try:
        fulfill(by=request.user, on=timezone.localdate(), facts=[form.fact()])
    except CannotFulfill as refusal:
        show_on(form, refusal)
        return False
    messages.success(request, "已登记完成。")
    return True


@needs(Permission.AGREEMENT_VIEW, Permission.AGREEMENT_SIGN)
def promise_withdraw(request: HttpRequest, pk: int, done: int) -> HttpResponse:
    """Take back what somebody wrote down by hand; what a record of work proves is taken back there."""
    fact = get_object_or_404(
        Fulfillment.objects.visible_to(request.user)
        .standing()
        .select_related("agreement__team__institution", "enrollment__resident", "item", "recorded_by"),
        pk=done,
        agreement=pk,
    )
    if not fact.key.startswith(HAND_KEYS):
        raise Http404("proven by a record")
    if not may_record(request, fact.agreement):
        raise PermissionDenied
    if fact.pk not in _shown(promises_for(request, [pk])):
        raise Http404("of a package that the reader may not know of")
    form = WithdrawForm(request.POST or None)
    if request.method == "POST" and form.is_valid():
        withdraw(by=request.user, now=timezone.now(), rows=[fact.pk], note=form.cleaned_data["note"])
        messages.success(request, "已撤回这条登记。")
        return redirect("agreement-promises", pk=pk)
    if fact.enrollment:
        log_read(request, "resident", [fact.enrollment.resident_id])
    return render(request, "contracts/promise_withdraw.html", {"form": form, "fact": fact})


def _shown(promises: list[AgreementPromises]) -> set[int]:
    """Ids of the facts that stand on the page."""
    lines = (line for one in promises for part in one.parts for line in part.lines)
    return {proof.pk for line in lines for proof in line.proofs}


@require_safe
@needs(Permission.RESIDENT_VIEW, Permission.AGREEMENT_VIEW)
def household_promises(request: HttpRequest, pk: int) -> HttpResponse:
    """Every running agreement of everybody who lives there: what is overdue, for whom."""
    household = get_object_or_404(Household.objects.visible_to(request.user), pk=pk)
    running = agreements_of(Agreement.objects.visible_to(request.user), household, on=timezone.localdate())
    found = promises_for(request, list(running.values_list("pk", flat=True)))
    log_read(request, "resident", [one for each in found for one in each.resident_ids])
    found.sort(key=lambda one: -one.overdue)
    return render(request, "contracts/household_promises.html", {"household": household, "all": found})
