"""Void: what was entered wrongly is kept, but counts nowhere and binds nobody (4.6)."""

from collections.abc import Collection
from datetime import date

from django.db import transaction
from django.db.models import Exists, F, OuterRef, Q, QuerySet

from contracts.actions.asking import held_for, refuse
from contracts.actions.closing import run_out
from contracts.actions.giving_way import take_back
from contracts.choices import AgreementState, EventKind, ReviewState
from contracts.models import Agreement, AgreementEvent, Enrollment, Fulfillment, Refusal
from contracts.rules import Objection
from contracts.rules.states import Verb
from contracts.rules.voiding import object_to_voiding
from core import refusals
from core.history import credited_to
from core.text import tidy
from residents.actions import release_from_care
from residents.models import Resident
from teams.models import User

VOID = AgreementState.VOID


class CannotVoid(refusals.Refusal):
    """The agreement stands."""


def void(*, by: User, on: date, agreement: Agreement, reason: str) -> Agreement:
    """Take an agreement out of force and out of every figure; its supplements go with it.

    Its people are free for every day of it. What gave way to it by a transfer comes back; a refusal that it had
    answered is open again.

    Raises:
        CannotVoid: not in this state, no reason, a next term rests on it, or services were recorded under it.
    """
    told = tidy(reason)
    with transaction.atomic(), credited_to(by):
        held = held_for(Verb.VOID, agreement, CannotVoid, by=by, on=on, as_leader=True)
        refuse(CannotVoid, _objection(held, told))
        supplements = list(held.supplements.exclude(state=VOID).values_list("pk", flat=True))
        _make_void([held.pk, *supplements])
        take_back(by=by, on=on, successor=held)
        run_out([held.pk], by=by)
        Refusal.objects.filter(converted_by=held).update(converted_by=None)
        notes = {held.pk: told} | dict.fromkeys(supplements, f"随主协议 {held.number} 作废：{told}")
        AgreementEvent.objects.bulk_create(
            AgreementEvent(agreement_id=pk, kind=EventKind.VOIDED, on=on, by=by, note=note[:500])
            for pk, note in notes.items()
        )
        release_from_care(by=by, on=on, residents=_left_alone(held), note=f"作废 {held.number}")
        held.refresh_from_db(fields=["state", "waits_for"])
    return held


def _objection(agreement: Agreement, reason: str) -> Objection | None:
    own = Q(agreement=agreement) | Q(agreement__parent=agreement)  # its supplements go with it
    done = Fulfillment.objects.standing().filter(own, done_on__gt=F("agreement__signed_on"))
    return object_to_voiding(
        reason,
        services=done.count(),
        is_found_false=agreement.review_flags.filter(state=ReviewState.CONFIRMED).exists(),
        has_successor=agreement.successors.exclude(state=VOID).exists(),
    )


def _make_void(agreements: Collection[int]) -> None:
    Agreement.objects.filter(pk__in=agreements).update(state=VOID, waits_for="")
    Enrollment.objects.filter(agreement__in=agreements).exclude(state=VOID).update(state=VOID)


def _left_alone(agreement: Agreement) -> QuerySet[Resident]:
    """Its people in the team's care who have nothing else with the team: not now, and nothing that ran out."""
    other = Enrollment.objects.binding().filter(
        resident=OuterRef("resident"), agreement__team=OuterRef("agreement__team")
    )
    own = Enrollment.objects.filter(agreement=agreement, resident__managing_team=F("agreement__team"))
    left = (AgreementState.TERMINATED, AgreementState.TRANSFERRED)
    return Resident.objects.filter(
        pk__in=own.exclude(Exists(other.exclude(state__in=left))).values("resident")
    )
