"""Signing an individual agreement on one screen."""

from datetime import date
from typing import Any

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils import timezone

from contracts.actions import CannotSign, drop_draft, note_first_steps, sign
from contracts.choices import WaitsFor
from contracts.forms import SignForm
from contracts.models import Agreement
from contracts.policy import ContractsPolicy, policy_on
from contracts.queries.signing import SignSheet, sign_sheet
from contracts.views.drafts import FORM_PERMISSIONS, draft_for, restore, restored_at
from contracts.views.subjects import resident_asked
from core.readlog import client_ip, log_read
from core.refusals import show_on
from residents.models import Resident
from residents.policy import policy_on as residents_policy_on
from residents.queries import resident_lines
from teams.access import Permission, may, needs, scope_of
from teams.models import TeamMembership

# Session keys: a session in the community signs many people the same way.
LAST_CHANNEL, LAST_MODE = "sign_channel", "sign_mode"
_PENDING = {
    WaitsFor.APPROVAL: "这是补录，须机构家医管家审批后生效。",
    WaitsFor.RESIDENT: "还须居民本人确认后生效，请在协议页面办理。",
}


@needs(*FORM_PERMISSIONS)
def agreement_sign(request: HttpRequest) -> HttpResponse:
    """The form, and the signing itself; the same form sent twice leads to the same agreement."""
    resident = resident_asked(request)
    today = timezone.localdate()
    policy = policy_on(today)
    sheet = _sheet(request, resident, policy, today)
    draft = None
    if request.method == "POST":
        form = SignForm(request.POST, request.FILES, sheet=sheet, policy=policy, on=today)
        agreement = _signed(request, form) if form.is_valid() else None
        if agreement:
            return redirect("agreement-detail", pk=agreement.pk)
    else:
        draft = draft_for(request, policy, resident=resident)
        first = SignForm.first_values(sheet, **likely_values(request, sheet.doctors), today=today)
        form = SignForm(sheet=sheet, policy=policy, on=today, initial=first)
        restore(form, draft)
    log_read(request, "resident", [resident.pk])
    context = _context(form, sheet, policy, today) | {"restored": restored_at(draft)}
    return render(request, "contracts/sign.html", context)


def _sheet(request: HttpRequest, resident: Resident, policy: ContractsPolicy, today: date) -> SignSheet:
    return sign_sheet(
        request.user,
        resident,
        scope_of(request.user).teams,
        on=today,
        policy=policy,
        minor_age=residents_policy_on(today).minor_age,
        sees_restricted=may(request.user, Permission.RESIDENT_RESTRICTED),
    )


def _signed(request: HttpRequest, form: SignForm) -> Agreement | None:
    """A refusal is shown where it belongs; what was done on the same visit is written down with the agreement."""
    data, resident = form.cleaned_data, form.sheet.resident
    try:
        agreement = sign(
            by=request.user,
            on=timezone.localdate(),
            now=timezone.now(),
            resident=resident,
            team=form.membership.team,
            term_years=data["term_years"],
            signatory=data["signatory"],
            signatures=form.signatures(),
            ip=client_ip(request),
            **form.deed(),
        )
    except CannotSign as refusal:
        show_on(form, refusal)
        return None
    note_first_steps(
        by=request.user,
        on=timezone.localdate(),
        agreement=agreement,
        handed=[resident.pk] if data["handed_out"] else [],
        recorded=[resident.pk] if data["record_done"] else [],
    )
    drop_draft(by=request.user, resident=resident)
    told_signed(request, agreement)
    return agreement


def told_signed(request: HttpRequest, agreement: Agreement) -> None:
    """Remember how it was signed for the next one, and say what comes next."""
    request.session[LAST_CHANNEL], request.session[LAST_MODE] = agreement.channel, agreement.mode
    pending = _PENDING.get(WaitsFor(agreement.waits_for)) if agreement.waits_for else None
    if pending:
        messages.warning(request, f"已提交，协议编号 {agreement.number}。{pending}")
    else:
        messages.success(request, f"签约成功，协议编号 {agreement.number}。请打印一式两份，双方各执一份。")


def likely_values(request: HttpRequest, doctors: list[TeamMembership]) -> dict[str, Any]:
    """Oneself as doctor, if one may sign; channel and mode as the last time."""
    own = next((one for one in doctors if one.user_id == request.user.pk), None)
    likely = own or next(iter(doctors), None)
    return {
        "doctor": likely.pk if likely else None,
        "channel": request.session.get(LAST_CHANNEL, ""),
        "mode": request.session.get(LAST_MODE, ""),
    }


def _context(form: SignForm, sheet: SignSheet, policy: ContractsPolicy, today: date) -> dict[str, Any]:
    return {
        "form": form,
        "choices": form.package_choices(),
        "field_errors": [form["packages"].errors, form["chosen"].errors],
        "subject": f"resident={sheet.resident.pk}",
        "sheet": sheet,
        "is_visible": sheet.resident.is_seen,  # type: ignore[attr-defined]  # people_to_sign
        "person": resident_lines([sheet.resident], on=today)[0],
        "policy": policy,
        "today": today,
        "is_renewal": sheet.starts_on > today,
        "is_elsewhere": sheet.responsible is not None
        and sheet.responsible.pk not in {one.team_id for one in sheet.doctors},
    }
