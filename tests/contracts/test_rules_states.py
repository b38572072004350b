import datetime as dt
from itertools import product

import pytest

from contracts.choices import AgreementState as S
from contracts.rules import Objection
from contracts.rules.states import TRANSITIONS, Verb, ended_sentence, standing, step

DAY = dt.date(2026, 11, 22)


@pytest.mark.parametrize(("state", "verb"), list(product(S, Verb)))
def test_every_state_answers_every_verb(state, verb):
    answer = step(state, verb)
    if (state, verb) in TRANSITIONS:
        assert answer == TRANSITIONS[state, verb]
    else:
        assert isinstance(answer, Objection)
        assert answer.code == "wrong_state"
        assert f"“{state.label}”" in answer.sentence
        assert str(verb) in answer.sentence
        assert answer.sentence.endswith("。")


def leads(state):
    """Verb -> the state it leads to from this one."""
    return {verb: following for (before, verb), following in TRANSITIONS.items() if before == state}


def test_the_table_is_that_of_the_domain():
    assert leads(S.DRAFT) == {Verb.SUBMIT: S.PENDING_CONFIRM, Verb.SIGN: S.ACTIVE, Verb.VOID: S.VOID}
    changes = {verb: to for verb, to in leads(S.ACTIVE).items() if to != S.ACTIVE}
    assert changes == {
        Verb.RENEW: S.RENEWED, Verb.EXPIRE: S.EXPIRED, Verb.TERMINATE: S.TERMINATED,
        Verb.TRANSFER: S.TRANSFERRED, Verb.VOID: S.VOID,
    }  # fmt: skip
    waiting = {verb: to for verb, to in leads(S.PENDING_CONFIRM).items() if to != S.PENDING_CONFIRM}
    assert waiting == {
        Verb.APPROVE: S.ACTIVE, Verb.CONFIRM: S.ACTIVE, Verb.REJECT: S.VOID, Verb.VOID: S.VOID,
    }  # fmt: skip


def test_nothing_comes_back_to_life_but_a_transfer_that_failed():
    over = {S.RENEWED, S.EXPIRED, S.TERMINATED, S.TRANSFERRED, S.VOID}
    back = {one for one, to in TRANSITIONS.items() if one[0] in over and to not in over}
    assert back == {(S.TRANSFERRED, Verb.RESTORE)}
    assert leads(S.VOID) == {}
    assert leads(S.RENEWED) == {Verb.EXPIRE: S.EXPIRED}


def test_every_state_is_reached_and_every_verb_leads_somewhere():
    assert set(TRANSITIONS.values()) == set(S) - {S.DRAFT}
    assert {verb for _, verb in TRANSITIONS} == set(Verb)


@pytest.mark.parametrize(
    ("starts", "ends", "label", "tone"),
    [
        (DAY + dt.timedelta(1), DAY + dt.timedelta(365), "待生效", "blue"),
        (DAY, DAY + dt.timedelta(364), "生效", "green"),
        (DAY, DAY + dt.timedelta(61), "生效", "green"),
        (DAY - dt.timedelta(300), DAY + dt.timedelta(60), "即将到期", "yellow"),
        (DAY - dt.timedelta(300), DAY, "即将到期", "yellow"),
        (DAY - dt.timedelta(300), DAY - dt.timedelta(1), "到期", "red"),
    ],
)
def test_an_active_agreement_reads_by_its_dates(starts, ends, label, tone):
    seen = standing(S.ACTIVE, starts, ends, on=DAY, notice_days=60)
    assert (seen.label, seen.tone) == (label, tone)


@pytest.mark.parametrize("state", [one for one in S if one != S.ACTIVE])
def test_other_states_read_as_stored(state):
    assert standing(state, DAY, DAY, on=DAY, notice_days=60).label == state.label


@pytest.mark.parametrize(
    ("state", "last_day", "sentence"),
    [
        (S.ACTIVE, DAY, ""),
        (S.ACTIVE, DAY - dt.timedelta(1), "本协议已于2026年11月21日到期。"),
        (S.EXPIRED, dt.date(2025, 1, 1), "本协议已于2025年1月1日到期。"),
        (S.TRANSFERRED, DAY, ""),
        (S.TRANSFERRED, dt.date(2025, 1, 1), "居民已转签到其他团队，本协议最后有效日为2025年1月1日。"),
        (S.TERMINATED, DAY, "本协议已解约，最后有效日为2026年11月22日。"),
        (S.VOID, DAY + dt.timedelta(100), "本协议已作废。"),
    ],
)
def test_what_the_paper_says_of_an_ended_agreement(state, last_day, sentence):
    assert ended_sentence(state, last_day, on=DAY) == sentence
