"""The life of an agreement on its page: what has to be seen first, what may be done, wishes for another doctor."""

from datetime import date
from typing import Any

from django.http import HttpRequest

from contracts.choices import AgreementState, RenewalMode
from contracts.policy import policy_on
from contracts.queries.agreements import AgreementDetail
from contracts.queries.newcomers import newcomers
from contracts.rules import states
from contracts.rules.renewing import was_reached
from residents.models import Resident
from teams.access import Permission, may, scope_of


def first_of_all(request: HttpRequest, detail: AgreementDetail, *, on: date) -> dict[str, Any]:
    """What follows, what is missing, who asks to be asked. Three queries for a household, else none."""
    agreement, policy = detail.agreement, policy_on(on)
    days = [row.enrollment.last_reached_on for row in detail.running_members]
    is_auto = policy.renewal_mode == RenewalMode.AUTO_UNLESS_TERMINATED and policy.auto_renew_needs_contact
    spoken = was_reached(days, starts_on=agreement.starts_on, ends_on=agreement.ends_on)
    return {
        "policy": policy,
        "outside": _outside(request, detail, on=on),
        "moved": [
            row for row in detail.running_members if row.resident.household_id != agreement.household_id
        ]
        if detail.is_running and detail.is_household
        else [],
        "needs_representative": detail.is_running
        and detail.is_household
        and agreement.representative_id not in {row.resident.pk for row in detail.running_members},
        "is_unreached": is_auto and detail.may_renew and detail.is_running and not spoken,
        "is_own": agreement.team_id in scope_of(request.user).teams,
    }


def _outside(request: HttpRequest, detail: AgreementDetail, *, on: date) -> list[Any]:
    if not (detail.is_running and detail.is_household):
        return []
    return newcomers(detail.agreement, Resident.objects.visible_to(request.user), on=on)


def dealings(request: HttpRequest, detail: AgreementDetail, *, on: date) -> dict[str, Any] | None:
    """What this person may do with this agreement today; the action asks again. No query."""
    user, agreement = request.user, detail.agreement
    if agreement.team_id not in scope_of(user).teams:
        return None
    state, verb = AgreementState(agreement.state), states.Verb
    signs = may(user, Permission.AGREEMENT_SIGN) and detail.is_running
    found = {
        "reach": signs,
        "amend": signs,
        "join": signs and detail.is_household,
        "represent": signs and detail.is_household and len(detail.running_members) > 1,
        "doctor": signs,
        "terminate": may(user, Permission.AGREEMENT_TERMINATE) and detail.is_running,
        "void": may(user, Permission.AGREEMENT_APPROVE) and (state, verb.VOID) in states.TRANSITIONS,
    }
    return found if any(found.values()) else None


def wishes(request: HttpRequest, detail: AgreementDetail, *, on: date) -> dict[str, Any] | None:
    """Requests for another doctor, the latest first. One query."""
    rows = detail.agreement.doctor_requests.select_related("wanted", "recorded_by", "decided_by")
    found = list(rows.order_by("-requested_on", "-pk"))
    can_answer = (
        may(request.user, Permission.AGREEMENT_TERMINATE)
        and detail.is_running
        and detail.agreement.team_id in scope_of(request.user).teams
    )
    return {"wishes": found, "can_answer": can_answer} if found else None
