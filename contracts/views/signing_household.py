"""Signing a household: five steps of one visit on one page (S1-30)."""

from datetime import date
from typing import Any

from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils import timezone

from contracts.actions import CannotSign, drop_draft, note_first_steps, sign_household
from contracts.forms import HouseholdSignForm
from contracts.models import Agreement
from contracts.policy import ContractsPolicy, policy_on
from contracts.queries.households import HouseSheet, household_sheet
from contracts.views.drafts import FORM_PERMISSIONS, draft_for, restore, restored_at, token_of
from contracts.views.signing import likely_values, told_signed
from contracts.views.subjects import form_address, household_asked
from core.readlog import client_ip, log_read
from residents.models import Household
from residents.policy import policy_on as residents_policy_on
from teams.access import Permission, may, needs, scope_of


@needs(*FORM_PERMISSIONS)
def agreement_sign_household(request: HttpRequest) -> HttpResponse:
    """The form, and the signing itself; the same form sent twice leads to the same agreement."""
    household = household_asked(request)
    today = timezone.localdate()
    policy = policy_on(today)
    sheet = _sheet(request, household, policy, today)
    draft = None
    made = _made_already(request, household)
    if made:
        return redirect("agreement-detail", pk=made.pk)
    if request.method == "POST":
        form = HouseholdSignForm(request.POST, request.FILES, sheet=sheet, policy=policy, on=today)
        agreement = _signed(request, form) if form.is_valid() else None
        if agreement:
            return redirect("agreement-detail", pk=agreement.pk)
    else:
        draft = draft_for(request, policy, household=household)
        first = HouseholdSignForm.first_values(sheet, **likely_values(request, sheet.doctors), today=today)
        form = HouseholdSignForm(sheet=sheet, policy=policy, on=today, initial=first)
        for part in (form, *form.rows):
            restore(part, draft)
    log_read(request, "resident", [one.resident.pk for one in sheet.members])
    context = _context(form, sheet, policy, today) | {"restored": restored_at(draft)}
    return render(request, "contracts/sign_household.html", context)


def _made_already(request: HttpRequest, household: Household) -> Agreement | None:
    """What this very form has signed before: its members are no longer free, so it cannot be read again."""
    token = token_of(request.POST)
    if token is None:
        return None
    own = Agreement.objects.visible_to(request.user).filter(household=household, created_by=request.user)
    return own.filter(client_token=token).first()


def _sheet(request: HttpRequest, household: Household, policy: ContractsPolicy, today: date) -> HouseSheet:
    return household_sheet(
        request.user,
        household,
        scope_of(request.user).teams,
        on=today,
        policy=policy,
        minor_age=residents_policy_on(today).minor_age,
        sees_restricted=may(request.user, Permission.RESIDENT_RESTRICTED),
    )


def _signed(request: HttpRequest, form: HouseholdSignForm) -> Agreement | None:
    """A refusal is shown where it belongs; what was done on the same visit is written down with the agreement."""
    data, household = form.cleaned_data, form.sheet.household
    try:
        agreement = sign_household(
            by=request.user,
            on=timezone.localdate(),
            now=timezone.now(),
            household=household,
            representative=form.representing,
            members=form.joining(),
            team=form.membership.team,
            signatory=data["signatory"],
            term_years=data["term_years"],
            signatures=form.signatures(),
            ip=client_ip(request),
            **form.deed(),
        )
    except CannotSign as refusal:
        form.show(refusal)
        return None
    note_first_steps(
        by=request.user,
        on=timezone.localdate(),
        agreement=agreement,
        handed=form.ticked("handed_out"),
        recorded=form.ticked("record_done"),
    )
    drop_draft(by=request.user, household=household)
    told_signed(request, agreement)
    return agreement


def _context(
    form: HouseholdSignForm, sheet: HouseSheet, policy: ContractsPolicy, today: date
) -> dict[str, Any]:
    return {
        "form": form,
        "sheet": sheet,
        "policy": policy,
        "today": today,
        "household": sheet.household,
        "choices": form.package_choices(form.whose()),
        "field_errors": [form["packages"].errors, form["chosen"].errors],
        "subject": f"household={sheet.household.pk}",
        "here": form_address(household=sheet.household),
        "is_elsewhere": sheet.responsible is not None
        and sheet.responsible.pk not in {one.team_id for one in sheet.doctors},
    }
