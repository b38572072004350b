"""What was found about an agreement, on its page, for whoever reviews signings."""

from datetime import date
from typing import Any

from django.http import HttpRequest

from contracts.choices import ReviewKind
from contracts.queries.agreements import AgreementDetail
from contracts.queries.review import TONES, flags_of
from contracts.rules.review import reason_of
from teams.access import Permission, may


def read(request: HttpRequest, detail: AgreementDetail, *, on: date) -> dict[str, Any] | None:
    """One query, for a reviewer only."""
    if not may(request.user, Permission.AGREEMENT_REVIEW):
        return None
    flags = flags_of(detail.agreement)
    if not flags:
        return None
    return {"flags": [(one, reason_of(ReviewKind(one.kind), one.facts), TONES[one.state]) for one in flags]}
