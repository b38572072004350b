import datetime as dt
import itertools
from pathlib import Path
from re import findall

import pytest

from contracts.choices import MassKind, MassState, RefusalReason, RequestState
from contracts.rules import Objection, mass, moves, renewing
from contracts.rules.moves import TRANSFER_STEPS, RefusedToSign, TransferVerb
from residents.choices import LifeStatus

DAY = dt.date(2026, 11, 22)
ONE = dt.timedelta(days=1)
R, V = RequestState, TransferVerb

# --- transfers --------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(("state", "verb"), list(itertools.product(RequestState, TransferVerb)))
def test_what_is_not_in_the_table_is_refused(state, verb):
    found = moves.transfer_step(state, verb)
    if (state, verb) in TRANSFER_STEPS:
        assert found == TRANSFER_STEPS[state, verb]
    else:
        assert isinstance(found, Objection)
        assert found.code == "wrong_state"
        assert state.label in found.sentence


def test_the_table_word_for_word():
    open_to = {verb: state for (one, verb), state in TRANSFER_STEPS.items() if one == R.OPEN}
    assert open_to == {
        V.AGREE: R.ACCEPTED, V.OBJECT: R.OPEN, V.UPHOLD: R.REFUSED, V.OVERRULE: R.ACCEPTED, V.WITHDRAW: R.WITHDRAWN,
    }  # fmt: skip
    assert {(one, verb) for one, verb in TRANSFER_STEPS if one not in (R.OPEN, R.ACCEPTED)} == {
        (R.DONE, V.TAKE_BACK)
    }


@pytest.mark.parametrize(
    ("facts", "label", "tone"),
    [
        ((R.OPEN, False, DAY), "等原团队答复", "yellow"),
        ((R.OPEN, False, DAY - ONE), "异议期已过，今晚转为可以签约", "blue"),
        ((R.OPEN, True, DAY - ONE), "有异议，等区卫健局处理", "red"),
        ((R.ACCEPTED, True, DAY), "可以签约", "green"),
        ((R.REFUSED, True, DAY), "异议成立", "red"),
        ((R.DONE, False, DAY), "已转签", "blue"),
        ((R.WITHDRAWN, False, DAY), "已撤回", "grey"),
    ],
)
def test_how_a_transfer_reads(facts, label, tone):
    state, is_objected, until = facts
    seen = moves.transfer_standing(state, is_objected=is_objected, object_until=until, on=DAY)
    assert (seen.label, seen.tone) == (label, tone)


def test_the_day_of_asking_counts_apart():
    assert moves.last_day_to_object(dt.date(2028, 2, 26), 5) == dt.date(2028, 3, 2)
    assert moves.last_day_to_object(DAY, 0) == DAY


@pytest.mark.parametrize(
    ("changes", "code"),
    [
        ({}, None),
        ({"has_left": True}, "resident_absent"),
        ({"is_running": False}, "not_signed"),
        ({"is_own": True}, "own_team"),
        ({"is_moving": True}, "one_transfer_at_a_time"),
        ({"has_doctor": False}, "no_doctor"),
    ],
)
def test_who_may_be_asked_for(changes, code):
    facts = {
        "is_running": True, "from_team": "甲队", "is_own": False, "is_moving": False, "has_left": False,
        "has_doctor": True,
    }  # fmt: skip
    found = moves.object_to_opening(**facts | changes)
    assert (found.code if found else None) == code


def test_the_old_enrolment_keeps_one_day():
    assert moves.object_to_giving_way(DAY, starts_on=DAY + ONE) is None
    for starts_on in (DAY, DAY - ONE):
        found = moves.object_to_giving_way(DAY, starts_on=starts_on)
        assert (found.code, found.field) == ("starts_before_old", "starts_on")
        assert "2026年11月23日" in found.sentence


# --- refusals ---------------------------------------------------------------------------------------------------


def refusal(**changes):
    facts = {"reason": RefusalReason.NOT_NEEDED, "refused_on": DAY, "ask_again_on": DAY + 180 * ONE}
    return RefusedToSign(**facts | changes)


@pytest.mark.parametrize(
    ("told", "changes", "code"),
    [
        (refusal(), {}, None),
        (refusal(ask_again_on=DAY + ONE), {}, None),
        (refusal(ask_again_on=DAY), {}, "asks_too_early"),
        (refusal(ask_again_on=dt.date(2028, 11, 22)), {}, None),
        (refusal(ask_again_on=dt.date(2028, 11, 23)), {}, "asks_too_late"),
        (refusal(refused_on=DAY + ONE), {}, "refused_in_future"),
        (refusal(reason=RefusalReason.OTHER), {}, "reason_missing"),
        (refusal(reason=RefusalReason.OTHER, note="家人不同意"), {}, None),
        (refusal(), {"is_running": True}, "already_signed"),
        (refusal(), {"is_in_team": False}, "not_own_team"),
        (refusal(), {"life_status": LifeStatus.LOST}, "resident_absent"),
    ],
)
def test_what_a_refusal_must_say(told, changes, code):
    facts = {"on": DAY, "life_status": LifeStatus.PRESENT, "is_running": False, "is_in_team": True}
    found = moves.object_to_refusal(told, **facts | changes)
    assert (found.code if found else None) == code


# --- hand-over --------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("changes", "code"),
    [
        ({}, None),
        ({"is_leader": False}, "not_own_team"),
        ({"is_moving": True}, "is_moving"),
        ({"is_same": True}, "nothing_changes"),
        ({"is_team_active": False}, "team_not_active"),
        ({"may_sign": False}, "doctor_post"),
    ],
)
def test_to_whom_an_agreement_may_go(changes, code):
    facts = {
        "is_leader": True, "is_same": False, "is_team_active": True, "may_sign": True, "is_moving": False,
    }  # fmt: skip
    found = moves.object_to_reassigning(**facts | changes)
    assert (found.code if found else None) == code


# --- many at once -----------------------------------------------------------------------------------------------

GONE, MOVING = Objection("package_gone", "服务包停了"), Objection("transfer_open", "在转签")


def test_counts_name_the_most_frequent_reason_first():
    assert list(mass.counts_of(7, {1: GONE, 2: MOVING, 3: MOVING}).items()) == [
        ("todo", 7), ("transfer_open", 2), ("package_gone", 1),
    ]  # fmt: skip


def test_the_digest_tells_every_change_apart():
    first = mass.digest_of({1: "a", 2: "b"}, {3: GONE})
    assert first == mass.digest_of({2: "b", 1: "a"}, {3: GONE})
    changed = [
        ({1: "a"}, {3: GONE}),
        ({1: "a", 2: "c"}, {3: GONE}),
        ({1: "a", 2: "b"}, {3: MOVING}),
        ({1: "a", 2: "b"}, {}),
        ({1: "a", 2: "b", 3: "x"}, {}),
    ]
    assert len({first, *(mass.digest_of(*one) for one in changed)}) == len(changed) + 1


@pytest.mark.parametrize(
    ("changes", "code"),
    [
        ({}, None),
        ({"is_archived": False}, "not_archived"),
        ({"is_archived": False, "mode": "AUTO_UNLESS_TERMINATED"}, None),
        ({"signed_on": DAY + ONE}, "signed_in_future"),
        ({"signed_on": DAY - 7 * ONE}, None),
        ({"signed_on": DAY - 8 * ONE}, "backdated"),
        ({"years": 3}, None),
        ({"years": 4}, "term_length"),
        ({"years": 0}, "term_length"),
        ({"ends_until": DAY + 60 * ONE}, None),
        ({"ends_until": DAY + 61 * ONE}, "renewal_early"),
        ({"ends_until": None}, "renewal_early"),
    ],
)
def test_what_a_renewal_of_many_must_say(changes, code):
    facts = {
        "mode": "EXPLICIT", "is_archived": True, "signed_on": DAY, "on": DAY, "backdate_days": 7, "years": 1, "most": 3,
        "ends_until": DAY, "notice_days": 60,
    }  # fmt: skip
    found = mass.object_to_renewing_many(**facts | changes)
    assert (found.code if found else None) == code


@pytest.mark.parametrize("state", list(MassState))
def test_only_a_preview_is_confirmed_and_only_what_is_done_undone(state):
    confirming = mass.object_to_confirming(state, is_unchanged=True, todo=1)
    assert (confirming is None) == (state == MassState.PREVIEWED)
    undoing = mass.object_to_undoing(state, kind=MassKind.RENEW, undo_until=DAY, on=DAY, built_upon=0)
    assert (undoing is None) == (state == MassState.DONE)


def test_confirming_asks_for_what_was_shown():
    assert mass.object_to_confirming(MassState.PREVIEWED, is_unchanged=False, todo=1).code == (
        "changed_meanwhile"
    )
    assert mass.object_to_confirming(MassState.PREVIEWED, is_unchanged=True, todo=0).code == "nothing_to_do"


def test_undoing_has_its_days_and_nothing_may_rest_upon_it():
    facts = {"kind": MassKind.REASSIGN, "undo_until": DAY, "built_upon": 0}
    assert mass.object_to_undoing(MassState.DONE, on=DAY, **facts) is None
    assert mass.object_to_undoing(MassState.DONE, on=DAY + ONE, **facts).code == "undo_late"
    facts["built_upon"] = 2
    found = mass.object_to_undoing(MassState.DONE, on=DAY, **facts)
    assert found.code == "built_upon"
    assert "2份" in found.sentence


def test_every_reason_of_leaving_out_has_its_words():
    """The reasons of renewing stand in another file; a new one there needs a word here."""
    text = Path(renewing.__file__).read_text() + Path(mass.__file__).read_text().split("LEFT_OUT")[1]
    codes = set(findall(r'Objection\(\s*"(\w+)"', text.split("def object_to_renewing_many")[0]))
    assert codes
    assert codes <= set(mass.LEFT_OUT)
