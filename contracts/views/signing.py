"""Signing an agreement on one screen."""

from typing import Any

from django.contrib import messages
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils import timezone

from contracts.actions import CannotSign, sign
from contracts.forms import SignForm
from contracts.models import Agreement
from contracts.policy import ContractsPolicy, policy_on
from contracts.queries.signing import SignSheet, sign_sheet
from core.readlog import client_ip, log_read
from core.refusals import show_on
from residents.models import Resident
from residents.policy import policy_on as residents_policy_on
from residents.queries import resident_lines
from teams.access import Permission, may, needs, scope_of

LAST_CHANNEL = "sign_channel"  # session key: a session in the community signs many people the same way


@needs(Permission.AGREEMENT_SIGN, Permission.RESIDENT_VIEW)
def agreement_sign(request: HttpRequest) -> HttpResponse:
    """The form, and the signing itself; the same form sent twice leads to the same agreement."""
    resident = _resident(request)
    today = timezone.localdate()
    policy = policy_on(today)
    sheet = sign_sheet(
        request.user,
        resident,
        scope_of(request.user).teams,
        on=today,
        policy=policy,
        minor_age=residents_policy_on(today).minor_age,
        sees_restricted=may(request.user, Permission.RESIDENT_RESTRICTED),
    )
    if request.method == "POST":
        form = SignForm(request.POST, sheet=sheet, policy=policy)
        agreement = _signed(request, form) if form.is_valid() else None
        if agreement:
            return redirect("agreement-detail", pk=agreement.pk)
    else:
        form = SignForm(sheet=sheet, policy=policy, initial=_first_values(request, sheet, today))
    log_read(request, "resident", [resident.pk])
    return render(request, "contracts/sign.html", _context(form, sheet, policy, today))


def _resident(request: HttpRequest) -> Resident:
    number = request.GET.get("resident", "")
    if not (number.isascii() and number.isdigit()) or len(number) > 18:
        raise Http404("no such resident")
    return get_object_or_404(Resident.objects.visible_to(request.user).for_lists(), pk=int(number))


def _signed(request: HttpRequest, form: SignForm) -> Agreement | None:
    """One call of the action; a refusal is shown where it belongs."""
    data = form.cleaned_data
    chosen = next(one for one in form.sheet.doctors if one.pk == data["doctor"])
    try:
        agreement = sign(
            by=request.user,
            on=timezone.localdate(),
            now=timezone.now(),
            resident=form.sheet.resident,
            team=chosen.team,
            doctor=chosen.user,
            term_years=data["term_years"],
            starts_on=data["starts_on"],
            signed_on=data["signed_on"],
            channel=data["channel"],
            mode=data["mode"],
            packages=list(data["packages"]),
            signatures=form.signatures(chosen.user.name),
            client_token=data["client_token"],
            ip=client_ip(request),
        )
    except CannotSign as refusal:
        show_on(form, refusal)
        return None
    request.session[LAST_CHANNEL] = data["channel"]
    messages.success(request, f"签约成功，协议编号 {agreement.number}。请打印一式两份，双方各执一份。")
    return agreement


def _first_values(request: HttpRequest, sheet: SignSheet, today: Any) -> dict[str, Any]:
    own = next((one for one in sheet.doctors if one.user_id == request.user.pk), None)
    likely = own or next(iter(sheet.doctors), None)
    return SignForm.first_values(
        sheet,
        doctor=likely.pk if likely else None,
        channel=request.session.get(LAST_CHANNEL, ""),
        today=today,
    )


def _context(form: SignForm, sheet: SignSheet, policy: ContractsPolicy, today: Any) -> dict[str, Any]:
    return {
        "form": form,
        "sheet": sheet,
        "person": resident_lines([sheet.resident], on=today)[0],
        "policy": policy,
        "today": today,
        "is_elsewhere": sheet.responsible is not None
        and sheet.responsible.pk not in {one.team_id for one in sheet.doctors},
    }
