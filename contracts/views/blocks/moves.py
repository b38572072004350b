"""Between teams, on the agreement's page: transfers of its people, and why it should be handed over."""

from datetime import date
from typing import Any

from django.http import HttpRequest

from contracts.choices import AgreementKind
from contracts.models import Agreement
from contracts.queries.agreements import AgreementDetail
from contracts.queries.handover import handover_page, to_hand_over
from contracts.queries.transfers import line_of, transfers_of
from teams.access import Permission, may, scope_of


def read(request: HttpRequest, detail: AgreementDetail, *, on: date) -> dict[str, Any] | None:
    """Transfers under way or done, the reasons of a hand-over, the way to it. Four queries at most."""
    agreement = detail.agreement
    transfers = [line_of(one, on=on) for one in transfers_of(agreement.enrollments.all())]
    can_reassign = (
        detail.is_running
        and agreement.kind != AgreementKind.SUPPLEMENTARY
        and may(request.user, Permission.AGREEMENT_TERMINATE)
        and agreement.team_id in scope_of(request.user).teams
    )
    if not transfers and not can_reassign:
        return None
    own = Agreement.objects.visible_to(request.user).filter(pk=agreement.pk)
    found = handover_page(to_hand_over(own, on=on), after="").rows if can_reassign else []
    return {"transfers": transfers, "can_reassign": can_reassign, "why": found[0] if found else None}
