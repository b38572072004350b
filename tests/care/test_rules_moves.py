"""Handovers and referrals: what may follow what, for every state and verb; levels; what may be sent."""

import datetime as dt
from itertools import product

import pytest

from care.choices import (
    OPEN_REFERRALS,
    RUNNING_HANDOVERS,
    HandoverReason,
    HandoverState,
    ReferralDirection,
    ReferralLevel,
    ReferralReason,
    ReferralState,
)
from care.rules import handovers, referrals
from care.rules.handovers import DECLINING, HandoverVerb, Offer
from care.rules.referrals import Party, ReferralVerb, level_of, referral_step, verbs_of
from contracts.rules import Objection

DAY = dt.date(2026, 11, 22)
ONE = dt.timedelta(days=1)


@pytest.mark.parametrize(("state", "verb"), list(product(HandoverState, HandoverVerb)))
def test_every_handover_verb_leads_somewhere_or_is_refused(state, verb):
    found = handovers.handover_step(state, verb)
    expected = handovers.STEPS.get((state, verb))
    assert found == expected if expected else isinstance(found, Objection)
    if expected:
        assert state in RUNNING_HANDOVERS


@pytest.mark.parametrize(
    ("direction", "state", "verb"), list(product(ReferralDirection, ReferralState, ReferralVerb))
)
def test_every_referral_verb_leads_somewhere_or_is_refused(direction, state, verb):
    found = referral_step(direction, state, verb)
    expected = referrals.STEPS.get((direction, state, verb))
    assert found == expected if expected else isinstance(found, Objection)
    if expected:
        assert state in OPEN_REFERRALS


@pytest.mark.parametrize(
    ("direction", "first"),
    [(ReferralDirection.UP, ReferralState.SENT), (ReferralDirection.DOWN, ReferralState.HANDED_DOWN)],
)
def test_every_referral_can_come_to_an_end(direction, first):
    """From each state that a referral can reach, some way leads out of the open ones."""
    reached, wave = {first}, {first}
    ways = {(at, step.to) for (way, at, _), step in referrals.STEPS.items() if way == direction}
    while wave:
        wave = {to for at, to in ways if at in wave} - reached
        reached |= wave
    ending = {at for at in reached if at not in OPEN_REFERRALS}
    assert ending >= {ReferralState.CLOSED, ReferralState.RETURNED, ReferralState.CANCELLED}
    grown = True
    while grown:
        before = set(ending)
        ending |= {at for at, to in ways if to in ending}
        grown = ending != before
    assert reached <= ending


def test_each_side_has_its_own_verbs():
    sent = verbs_of(ReferralDirection.UP, ReferralState.SENT, [Party.HOSPITAL])
    assert sent == (ReferralVerb.ACCEPT, ReferralVerb.RETURN)
    home = verbs_of(ReferralDirection.UP, ReferralState.SENT, [Party.HOME])
    assert home == (ReferralVerb.CANCEL, ReferralVerb.CLOSE)
    assert verbs_of(ReferralDirection.UP, ReferralState.CLOSED, list(Party)) == ()


@pytest.mark.parametrize(
    ("kind", "grade", "level"),
    [
        ("station", 0, ReferralLevel.STATION),
        ("village_clinic", 1, ReferralLevel.STATION),
        ("clinic", 0, ReferralLevel.STATION),
        ("chc", 1, ReferralLevel.CENTER),
        ("township_hospital", 2, ReferralLevel.CENTER),
        ("hospital", 2, ReferralLevel.SECOND),
        ("mch", 0, ReferralLevel.SECOND),
        ("hospital", 3, ReferralLevel.THIRD),
        ("tcm_hospital", 3, ReferralLevel.THIRD),
    ],
)
def test_an_institution_has_one_of_four_levels(kind, grade, level):
    assert level_of(kind, grade) == level


GOOD = {
    "direction": ReferralDirection.UP, "from_level": 2, "to_level": 3, "reasons": ["uncontrolled"],
    "summary": "血压高", "urgency": 0, "has_left": False,
}  # fmt: skip


@pytest.mark.parametrize(
    ("facts", "code"),
    [
        ({}, None),
        ({"to_level": 4}, None),
        ({"to_level": 2}, "referral_not_up"),
        ({"to_level": 1}, "referral_not_up"),
        ({"reasons": []}, "referral_reason_missing"),
        ({"reasons": ["rehab"]}, "referral_reason_missing"),
        ({"reasons": ["other"]}, None),
        ({"summary": ""}, "referral_summary_missing"),
        ({"has_left": True}, "referral_resident_absent"),
        ({"reasons": ["critical"]}, "critical_is_urgent"),
        ({"reasons": ["critical"], "urgency": 2}, None),
        ({"direction": ReferralDirection.DOWN, "to_level": 1, "reasons": ["rehab"]}, None),
        ({"direction": ReferralDirection.DOWN, "to_level": 3, "reasons": ["rehab"]}, "referral_not_down"),
        ({"direction": ReferralDirection.DOWN, "to_level": 1}, "referral_reason_missing"),
    ],
)
def test_what_may_be_sent(facts, code):
    objection = referrals.object_to_sending(**GOOD | facts)
    assert (objection.code if objection else None) == code


@pytest.mark.parametrize(
    ("day", "code"),
    [
        (None, "appointment_past"),
        (DAY - ONE, "appointment_past"),
        (DAY, None),
        (DAY + 180 * ONE, None),
        (DAY + 181 * ONE, "appointment_far"),
    ],
)
def test_an_appointment_is_soon_and_not_past(day, code):
    objection = referrals.object_to_appointment(day, sent_on=DAY - ONE, on=DAY)
    assert (objection.code if objection else None) == code


@pytest.mark.parametrize(
    ("day", "findings", "code"),
    [
        (DAY - ONE, "好", None),
        (DAY, "好", None),
        (DAY - 2 * ONE, "好", "seen_on_wrong"),
        (DAY + ONE, "好", "seen_on_wrong"),
        (None, "好", "seen_on_wrong"),
        (DAY, "", "findings_missing"),
    ],
)
def test_somebody_is_seen_between_the_sending_and_today(day, findings, code):
    objection = referrals.object_to_seeing(day, findings, sent_on=DAY - ONE, on=DAY)
    assert (objection.code if objection else None) == code


def test_every_reason_belongs_to_a_direction():
    assert set(referrals.UP_REASONS) | set(referrals.DOWN_REASONS) == set(ReferralReason)


@pytest.mark.parametrize(
    ("facts", "code"),
    [
        ({}, None),
        ({"has_class": False}, "handover_not_of_class"),
        ({"in_care": False}, "handover_not_signed"),
        ({"is_running": True}, "handed_over_already"),
    ],
)
def test_who_may_be_offered(facts, code):
    offer = Offer(
        **{"population": "perinatal", "has_class": True, "in_care": True, "is_running": False} | facts
    )
    objection = handovers.object_to_person(offer)
    assert (objection.code if objection else None) == code


@pytest.mark.parametrize(
    ("facts", "code"),
    [
        ({}, None),
        ({"is_on": False}, "handover_off"),
        ({"is_leader": False}, "handover_not_leader"),
        ({"is_officer": False}, "not_an_officer"),
        ({"population": "hypertension"}, "handover_class_not_allowed"),
    ],
)
def test_which_teams_may_offer(facts, code):
    good = {
        "is_on": True,
        "is_leader": True,
        "is_officer": True,
        "population": "perinatal",
        "allowed": ("perinatal",),
    }
    objection = handovers.object_to_offering(**good | facts)
    assert (objection.code if objection else None) == code


@pytest.mark.parametrize(
    ("reason", "note", "code"),
    [
        ("", "", "handover_reason_missing"),
        (HandoverReason.MISTAKE, "", "handover_reason_missing"),  # the team's word, not the officer's
        (HandoverReason.OTHER, "", "handover_note_missing"),
        (HandoverReason.OTHER, "产假", None),
        (HandoverReason.OVERLOAD, "", None),
    ],
)
def test_declining_has_a_reason(reason, note, code):
    objection = handovers.object_to_reason(reason, note, DECLINING)
    assert (objection.code if objection else None) == code


def test_an_answer_is_late_from_the_day_after():
    assert handovers.days_late(DAY, on=DAY) == 0
    assert handovers.days_late(DAY, on=DAY + ONE) == 1
