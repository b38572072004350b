"""What residents objected to."""

from datetime import date

from django.db.models import QuerySet

from contracts.choices import RequestState
from contracts.models import Agreement, Dispute
from contracts.queries.signing import works_for
from teams.access import Permission, may
from teams.models import User

# How an answer reads to the resident and to the staff.
OUTCOMES = {RequestState.ACCEPTED: "情况属实，已处理", RequestState.REFUSED: "经核实，签约无误"}
STATES = {RequestState.OPEN: "待答复"} | OUTCOMES


def may_see_disputes(user: User) -> bool:
    """Team leaders, stewards and the bureau: who could answer one."""
    return may(user, Permission.AGREEMENT_TERMINATE) or may(user, Permission.AGREEMENT_REVIEW)


def may_answer(user: User, agreement: Agreement, *, on: date) -> bool:
    """The team's leader, its institution's steward, or the bureau."""
    return may(user, Permission.AGREEMENT_REVIEW) or works_for(user, agreement.team, on=on, as_leader=True)


def disputes_of(disputes: QuerySet[Dispute], *, is_open: bool) -> QuerySet[Dispute]:
    """With what a list shows of each: open ones oldest first, answered ones newest first."""
    listed = disputes.select_related("agreement__team", "agreement__doctor", "answered_by").defer(
        "agreement__as_signed"
    )
    if is_open:
        return listed.filter(state=RequestState.OPEN).order_by("raised_at", "pk")
    return listed.exclude(state=RequestState.OPEN).order_by("-answered_at", "-pk")
