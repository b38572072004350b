"""The pictures of a signing on its agreement's page."""

from datetime import date
from typing import Any

from django.http import HttpRequest

from contracts.choices import AgreementState
from contracts.queries.agreements import AgreementDetail
from contracts.queries.evidence import evidence_of
from teams.access import Permission, may, scope_of


def read(request: HttpRequest, detail: AgreementDetail, *, on: date) -> dict[str, Any] | None:
    """What there is, and whether one may add to it; nothing where there is neither. One query."""
    agreement = detail.agreement
    can_add = (
        may(request.user, Permission.AGREEMENT_SIGN)
        and agreement.team_id in scope_of(request.user).teams
        and agreement.state != AgreementState.VOID
    )
    pictures = evidence_of(agreement)
    return {"pictures": pictures, "can_add": can_add} if pictures or can_add else None
