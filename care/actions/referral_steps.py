"""Answering a referral, and everything after: seen, handed down, taken over, closed (S2-21)."""

from datetime import date, datetime

from django.db import transaction

from care.actions.referral_sides import CannotRefer, held_referral, move_referral
from care.choices import HELPED, ReferralOutcome
from care.models import Referral
from care.policy import policy_on
from care.rules import referrals as rules
from care.rules.referrals import ReferralVerb
from contracts.actions import CannotFulfill, Done, fulfill
from contracts.actions.asking import refuse
from contracts.choices import ProofKind
from contracts.models import ServiceItem
from contracts.queries.promised import promised_pairs
from core.calendar import working_days_after
from core.text import tidy
from teams.models import User

# --- the hospital -----------------------------------------------------------------------------------------------


def accept_referral(
    *, by: User, on: date, now: datetime, referral: Referral, appointment_on: date | None, note: str = ""
) -> Referral:
    """The hospital takes the person and gives a day.

    Raises:
        CannotRefer: not one's own institution, answered already, or no day from today on.
    """
    with transaction.atomic():
        held, step = held_referral(referral, ReferralVerb.ACCEPT, by=by, on=on)
        refuse(CannotRefer, rules.object_to_appointment(appointment_on, sent_on=held.sent_on, on=on))
        held.appointment_on = appointment_on
        told = f"预约 {appointment_on:%Y-%m-%d} 就诊。{tidy(note)}"
        return move_referral(held, step, told, ["appointment_on"], by=by, on=on, now=now)


def return_referral(
    *, by: User, on: date, now: datetime, referral: Referral, return_reason: str, note: str = ""
) -> Referral:
    """The receiving side sends it back, and says why.

    Raises:
        CannotRefer: not one's own to answer, settled already, or without a reason.
    """
    with transaction.atomic():
        held, step = held_referral(referral, ReferralVerb.RETURN, by=by, on=on)
        refuse(CannotRefer, rules.object_to_return(return_reason, tidy(note)))
        held.return_reason = return_reason
        told = f"{held.get_return_reason_display()}。{tidy(note)}"
        return move_referral(held, step, told, ["return_reason"], by=by, on=on, now=now)


def see_referred(
    *, by: User, on: date, now: datetime, referral: Referral, seen_on: date | None, findings: str
) -> Referral:
    """The hospital has seen the person and writes what it found.

    Raises:
        CannotRefer: not one's own institution, not accepted, a day outside, or no findings.
    """
    told = tidy(findings)[:1000]
    with transaction.atomic():
        held, step = held_referral(referral, ReferralVerb.SEE, by=by, on=on)
        refuse(CannotRefer, rules.object_to_seeing(seen_on, told, sent_on=held.sent_on, on=on))
        held.seen_on, held.findings = seen_on, told
        return move_referral(held, step, told, ["seen_on", "findings"], by=by, on=on, now=now)


def hand_down(*, by: User, on: date, now: datetime, referral: Referral, plan: str) -> Referral:
    """The hospital hands the person back to the home team, with what goes on at home (接续).

    Raises:
        CannotRefer: not one's own institution, not seen yet, or without a plan.
    """
    told = tidy(plan)[:1000]
    with transaction.atomic():
        held, step = held_referral(referral, ReferralVerb.HAND_DOWN, by=by, on=on)
        if not told:
            raise CannotRefer("hand_down_plan_missing", "请写明转回后团队要做什么。", field="plan")
        held.plan = told
        days = policy_on(on).referral_take_over_days
        held.reply_by = rules.end_of(working_days_after(on, days), now)
        return move_referral(held, step, told, ["plan", "reply_by"], by=by, on=on, now=now)


# --- the home team ----------------------------------------------------------------------------------------------


def take_over(*, by: User, on: date, now: datetime, referral: Referral, note: str = "") -> Referral:
    """The home team goes on with treatment, rehabilitation or nursing.

    Raises:
        CannotRefer: not one's own team's, or nothing was handed down.
    """
    with transaction.atomic():
        held, step = held_referral(referral, ReferralVerb.TAKE_OVER, by=by, on=on)
        return move_referral(held, step, tidy(note), [], by=by, on=on, now=now)


def close_referral(
    *, by: User, on: date, now: datetime, referral: Referral, outcome: str, note: str = ""
) -> Referral:
    """The home team knows how it ended; help that was promised counts as given.

    Raises:
        CannotRefer: not one's own team's, not at its end yet, or without an outcome.
    """
    with transaction.atomic():
        held, step = held_referral(referral, ReferralVerb.CLOSE, by=by, on=on)
        if outcome not in ReferralOutcome.values:
            raise CannotRefer("referral_outcome_missing", "请选择办结情况。", field="outcome")
        held.outcome, held.closed_on = outcome, on
        told = f"{held.get_outcome_display()}。{tidy(note)}"
        move_referral(held, step, told, ["outcome", "closed_on"], by=by, on=on, now=now)
        if outcome in HELPED:
            _fulfill(held, by=by, on=on)
    return held


def cancel_referral(*, by: User, on: date, now: datetime, referral: Referral, note: str) -> Referral:
    """Whoever sent it takes it back before the person was seen.

    Raises:
        CannotRefer: not one's own, too late, or without a reason.
    """
    with transaction.atomic():
        held, step = held_referral(referral, ReferralVerb.CANCEL, by=by, on=on)
        if not tidy(note):
            raise CannotRefer("referral_cancel_note_missing", "请写明取消转诊的原因。", field="note")
        return move_referral(held, step, tidy(note), [], by=by, on=on, now=now)


# Following a referral up is proven by its own record (referral_check); these by the referral itself.
_HELP = ("referral_help",)
_APPOINTED = ("priority_visit",)


def _fulfill(referral: Referral, *, by: User, on: date) -> None:
    """Count the promised help once, on the day it was given; what was not promised is help all the same."""
    one = referral.enrollment
    if one is None:
        return
    codes = _HELP + (_APPOINTED if referral.appointment_on else ())
    items = set(ServiceItem.objects.filter(code__in=codes, owner=None).values_list("pk", flat=True))
    facts = [
        Done(agreement, who, item, referral.sent_on, ProofKind.REFERRAL, referral.key)
        for agreement, who, item in promised_pairs([one.agreement_id])
        if item in items and who in (one.pk, None)
    ]
    try:
        with transaction.atomic():
            fulfill(by=by, on=on, facts=facts)
    except CannotFulfill:  # the agreement was made void since: the referral is closed all the same
        return
