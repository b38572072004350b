"""What the resident said himself: that he signed, or that he did not; the link on his paper."""

from datetime import date
from typing import Any

from django.http import HttpRequest
from django.utils import timezone

from contracts.choices import RUNNING, WaitsFor
from contracts.queries.agreements import AgreementDetail
from contracts.queries.disputes import STATES, may_see_disputes
from contracts.queries.signing import works_for
from teams.access import Permission, may


def read(request: HttpRequest, detail: AgreementDetail, *, on: date) -> dict[str, Any]:
    """Five queries at most."""
    agreement = detail.agreement
    is_own = may(request.user, Permission.AGREEMENT_SIGN) and works_for(request.user, agreement.team, on=on)
    links = agreement.links.filter(revoked_at__isnull=True, expires_at__gt=timezone.now())
    return {
        "confirmations": list(agreement.confirmations.order_by("pk")),
        "link": links.first(),
        "now": timezone.now(),
        "is_waiting": agreement.waits_for == WaitsFor.RESIDENT,
        "can_confirm": is_own and agreement.state in RUNNING,
        "can_revoke": is_own,
    }


def disputes(request: HttpRequest, detail: AgreementDetail, *, on: date) -> dict[str, Any] | None:
    """One query."""
    if not may_see_disputes(request.user):
        return None
    rows = list(detail.agreement.disputes.select_related("answered_by").order_by("-raised_at", "-pk"))
    for one in rows:
        one.state_words = STATES.get(one.state, "")  # type: ignore[attr-defined]
    return {"disputes": rows} if rows else None
