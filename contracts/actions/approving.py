"""Late entries that wait for a steward's word, and what begins once nobody's word is missing (4.6)."""

from datetime import date, datetime

from django.db import transaction

from contracts.actions.closing import run_out
from contracts.actions.giving_way import take_back
from contracts.actions.locking import locked_agreement
from contracts.choices import AgreementKind, AgreementState, EventKind, WaitsFor
from contracts.models import Agreement, AgreementEvent, Confirmation
from contracts.policy import policy_on
from contracts.queries.signing import works_for
from contracts.rules import Objection, signing, states
from core.history import credited_to
from core.refusals import Refusal
from core.text import tidy
from residents.actions import give_into_care
from residents.models import Resident
from teams.models import User


class CannotApprove(Refusal):
    """The late entry stays as it is."""


def approve_signing(*, by: User, on: date, now: datetime, agreement: Agreement, note: str = "") -> Agreement:
    """Accept a late entry: it is in force, unless the resident's own word is still missing.

    Raises:
        CannotApprove: it does not wait for approval, or not by this person.
    """
    with transaction.atomic(), credited_to(by):
        held = locked_agreement(agreement)
        waits = signing.after_approval(held.mode, policy_on(on))
        if waits and Confirmation.objects.filter(agreement=held).exists():
            waits = None
        _refuse_unless_mine(held, states.Verb.HAND_ON if waits else states.Verb.APPROVE, by, on)
        if waits:
            held.waits_for = waits
            held.save(update_fields=["waits_for"])
        else:
            activate(held, by=by, on=on)
        AgreementEvent.objects.create(
            agreement=held, kind=EventKind.APPROVED, on=on, by=by, note=tidy(note)[:500]
        )
    return held


def reject_signing(*, by: User, on: date, now: datetime, agreement: Agreement, note: str) -> Agreement:
    """Refuse a late entry: void, which frees everybody whom it held.

    Raises:
        CannotApprove: no reason given, it does not wait for approval, or not by this person.
    """
    reason = tidy(note)[:500]
    if not reason:
        raise CannotApprove("reason_missing", "请写明退回的原因，录入人会看到。", field="note")
    with transaction.atomic(), credited_to(by):
        held = locked_agreement(agreement)
        held.state = _refuse_unless_mine(held, states.Verb.REJECT, by, on)
        held.waits_for = ""
        held.save(update_fields=["state", "waits_for"])
        held.enrollments.filter(state=AgreementState.PENDING_CONFIRM).update(state=held.state)
        take_back(by=by, on=on, successor=held)
        run_out([held.pk], by=by)
        AgreementEvent.objects.create(agreement=held, kind=EventKind.VOIDED, on=on, by=by, note=reason)
    return held


def activate(agreement: Agreement, *, by: User | None, on: date) -> None:
    """Nobody's word is missing any more: in force, and the team looks after whom it covers.

    For whoever holds the agreement's row and has asked the rules; the event is his to write.
    """
    agreement.state, agreement.waits_for = AgreementState.ACTIVE, ""
    agreement.save(update_fields=["state", "waits_for"])
    waiting = agreement.enrollments.filter(state=AgreementState.PENDING_CONFIRM)
    residents = list(waiting.values_list("resident", flat=True))
    waiting.update(state=agreement.state)
    if agreement.kind != AgreementKind.SUPPLEMENTARY:
        people = Resident.objects.filter(pk__in=residents)
        give_into_care(residents=people, team=agreement.team, by=by, on=on, note=f"签约 {agreement.number}")


def _refuse_unless_mine(agreement: Agreement, verb: states.Verb, by: User, on: date) -> AgreementState:
    following = states.step(AgreementState(agreement.state), verb)
    if isinstance(following, Objection):
        raise CannotApprove(following.code, following.sentence)
    if agreement.waits_for != WaitsFor.APPROVAL:
        raise CannotApprove("not_waiting", "该协议不在等待补录审批，请等居民确认。")
    if by.pk in (agreement.created_by_id, agreement.doctor_id):
        raise CannotApprove(
            "own_entry",
            "自己录入或自己签的补录不能自己审批，请由上级机构的家医管家审批；录错的请作废后由他人重新录入。",
        )
    if not works_for(by, agreement.team, on=on):
        raise CannotApprove("not_own_institution", "只能审批本机构团队补录的协议。")
    return following
