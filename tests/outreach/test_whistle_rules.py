"""What a report may say, its clock, which step may follow, and the words to the sender."""

import datetime as dt
from itertools import product
from uuid import UUID
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from outreach.choices import (
    OPEN_STATES,
    Outcome,
    ReportKind,
    ReportState,
    ReportStep,
    Symptom,
)
from outreach.rules.similar import LEAST, Clues, likeness, surname_called
from outreach.rules.whistle import (
    OUTCOMES_OF_CLOSING,
    REPORTED_POPULATIONS,
    Objection,
    Verb,
    deadline,
    facts_in_words,
    is_restricted,
    object_to_silence,
    object_to_verb,
    read_facts,
    stage_due,
    told,
)
from residents.choices import Population

ZONE = ZoneInfo("Asia/Shanghai")
TODAY = dt.date(2026, 11, 23)


def facts(kind, given, *, allow_hiv=False):
    return read_facts(kind, given, allow_hiv=allow_hiv, on=TODAY)


def weekdays(day):
    return day.weekday() < 5


def test_the_nine_kinds_are_those_of_the_plan():
    assert len(REPORTED_POPULATIONS) == 9
    assert set(REPORTED_POPULATIONS) >= {Population.SMI, Population.HIV, Population.TB, Population.DISABLED}


def test_lists_are_kept_in_the_order_of_their_codes_and_once():
    read = facts(ReportKind.NEW_PERSON, {"populations": ["disabled", "tb", "disabled"]})
    assert read == {"populations": ["tb", "disabled"]}


@pytest.mark.parametrize(
    ("kind", "given", "code"),
    [
        (ReportKind.NEW_PERSON, {}, "populations_missing"),
        (ReportKind.NEW_PERSON, {"populations": ["copd"]}, "populations_missing"),
        (ReportKind.NEW_PERSON, {"populations": ["hiv"]}, "population_not_taken"),
        (ReportKind.CHANGE, {"change": "gone"}, "change_missing"),
        (ReportKind.CHANGE, {"change": "died", "since": "2026-11-24"}, "since_to_come"),
        (ReportKind.CHANGE, {"change": "died", "since": "昨天"}, "since_form"),
        (ReportKind.NEED, {"needs": []}, "needs_missing"),
        (ReportKind.URGENT, {"behaviors": ["angry"]}, "behaviors_missing"),
        (ReportKind.SYMPTOM, {"symptom": "cough"}, "symptom_missing"),
        (ReportKind.SYMPTOM, {"symptom": "fever", "count": 0}, "count_range"),
        (ReportKind.SYMPTOM, {"symptom": "fever", "count": 100}, "count_range"),
        ("other", {}, "kind_unknown"),
    ],
)
def test_what_cannot_be_is_refused(kind, given, code):
    objection = facts(kind, given)
    assert isinstance(objection, Objection)
    assert objection.code == code


def test_a_day_is_kept_as_it_is_printed_or_not_at_all():
    assert facts(ReportKind.CHANGE, {"change": "died", "since": TODAY})["since"] == "2026-11-23"
    assert facts(ReportKind.CHANGE, {"change": "died", "since": None})["since"] == ""
    assert facts(ReportKind.SYMPTOM, {"symptom": Symptom.FEVER})["count"] == 1


def test_only_a_symptom_and_danger_may_say_nothing_more():
    assert object_to_silence(ReportKind.NEED, said=False).field == "address"
    for kind in (ReportKind.SYMPTOM, ReportKind.URGENT):
        assert object_to_silence(kind, said=False) is None


def test_mental_illness_and_hiv_are_restricted():
    assert is_restricted(ReportKind.URGENT, {"behaviors": ["missing"]})
    assert is_restricted(ReportKind.NEW_PERSON, {"populations": ["smi", "disabled"]})
    assert is_restricted(ReportKind.NEW_PERSON, {"populations": ["hiv"]})
    assert not is_restricted(ReportKind.NEW_PERSON, {"populations": ["tb"]})


@pytest.mark.parametrize(
    ("at", "days", "due"),
    [
        ("2026-11-23 09:30", 1, "2026-11-24 09:30"),
        ("2026-11-27 17:59", 1, "2026-11-30 17:59"),  # Friday
        ("2026-11-28 12:00", 1, "2026-12-01 00:00"),  # Saturday counts from Monday 00:00
        ("2026-11-27 23:59", 3, "2026-12-02 23:59"),
        ("2026-11-23 00:00", 0, "2026-11-23 00:00"),
    ],
)
def test_deadline(at, days, due):
    moment = dt.datetime.fromisoformat(at).replace(tzinfo=ZONE).astimezone(dt.UTC)
    assert f"{deadline(moment, days, is_working=weekdays, zone=ZONE):%F %R}" == due


@given(st.integers(0, 365 * 24 * 60), st.integers(1, 30))
def test_a_deadline_is_on_a_working_day_and_moves_with_the_days(minutes, days):
    at = dt.datetime(2026, 1, 1, tzinfo=ZONE) + dt.timedelta(minutes=minutes)
    one = deadline(at, days, is_working=weekdays, zone=ZONE)
    assert weekdays(one.date())
    assert at < one < deadline(at, days + 1, is_working=weekdays, zone=ZONE)


def test_the_clock_of_the_stage():
    first, last = dt.datetime(2026, 11, 24, tzinfo=ZONE), dt.datetime(2026, 12, 1, tzinfo=ZONE)
    assert stage_due(ReportState.NEW, first, last) == first
    assert stage_due(ReportState.VERIFYING, first, last) == last
    assert stage_due(ReportState.CLOSED, first, last) is None


def test_every_step_of_every_state_is_decided():
    for verb, state in product(Verb, ReportState):
        objection = object_to_verb(verb, state=state, kind=ReportKind.NEW_PERSON)
        is_open = state in OPEN_STATES
        expected = {
            Verb.TAKE: state == ReportState.NEW,
            Verb.WITHDRAW: state == ReportState.NEW,
            Verb.VERIFY: state in (ReportState.NEW, ReportState.ASSIGNED),
            Verb.REOPEN: not is_open and state != ReportState.WITHDRAWN,
            Verb.NOTE: True,
            Verb.BOOK: is_open or state in (ReportState.CONFIRMED, ReportState.CLOSED),
        }.get(verb, is_open)
        assert (objection is None) == expected, (verb, state)


def test_only_clues_and_changes_are_confirmed():
    for kind in ReportKind:
        objection = object_to_verb(Verb.CONFIRM, state=ReportState.NEW, kind=kind)
        assert (objection is None) == (kind in (ReportKind.NEW_PERSON, ReportKind.CHANGE))
        assert OUTCOMES_OF_CLOSING[kind]


SAYS_NOTHING = [str(one.label) for one in (*Population, *Symptom)]


def test_no_diagnosis_is_told_at_any_step():
    for kind, step, outcome in product(ReportKind, ReportStep, Outcome):
        words = told(step, outcome, kind)
        assert words
        assert not [one for one in SAYS_NOTHING if one in words and one != "其他"], (kind, step, outcome)


def test_of_restricted_matters_only_that_they_are_in_hand():
    for step in set(ReportStep) - {ReportStep.WITHDRAWN}:
        for outcome in Outcome:
            assert told(step, outcome, ReportKind.NEW_PERSON, restricted=True) == "已收到，由专人处理。"
    assert "110" in told(ReportStep.SENT, "", ReportKind.URGENT)
    assert told(ReportStep.CLOSED, Outcome.SERVED, ReportKind.URGENT) == "已收到，由专人处理。"


def test_facts_in_words():
    assert facts_in_words({"populations": ["tb", "disabled"]}) == "肺结核患者、残疾人"
    assert facts_in_words({"change": "moved_in", "since": "2026-11-01"}) == "新搬入（2026-11-01）"
    assert facts_in_words({"change": "phone", "since": ""}) == "电话变更"
    assert facts_in_words({"symptom": "fever", "count": 2}) == "发热 2 人"
    assert facts_in_words({}) == ""


def test_restricted_kinds_are_not_named_in_lists():
    facts = {"populations": ["smi", "hiv", "disabled"]}
    assert facts_in_words(facts, is_list=True) == "受限类别、残疾人"
    assert "严重精神障碍" in facts_in_words(facts)


# --- likeness ---------------------------------------------------------------------------------------------------

PHONE = UUID(int=7)


def clues(name="", address="", phone=None, grid=1, kind="need"):
    return Clues(name, address, phone, grid, kind)


@pytest.mark.parametrize(
    ("one", "other", "alike"),
    [
        (clues(phone=PHONE), clues(phone=PHONE, grid=2, kind="change"), True),
        (clues("刘桂兰"), clues("刘桂兰", grid=2, kind="change"), True),
        (clues("刘桂兰"), clues("刘贵兰"), True),
        (clues("刘桂兰"), clues("刘贵兰", grid=2, kind="change"), False),
        (clues("老刘", "3号楼2单元101"), clues("刘桂兰", "3-2-101", kind="change"), True),
        (clues("老刘"), clues("刘大爷"), True),
        (clues("老刘"), clues("李大爷"), False),
        (clues(address="3号楼2单元101"), clues(address="3号楼1单元101"), False),
        (clues(address="3号楼2单元101"), clues(address="三号楼2单元101"), True),
        (clues("刘桂兰", "3号楼2单元101"), clues("张建国", "5号楼1单元302"), False),
        (clues(), clues(), False),
    ],
)
def test_likeness(one, other, alike):
    found = likeness(one, other)
    assert (found.score >= LEAST) == alike, found
    assert likeness(other, one).score == found.score


def test_nothing_said_is_like_nothing():
    assert likeness(clues(), clues()).score == 0


@pytest.mark.parametrize(
    ("name", "surname"),
    [
        ("老刘", "刘"),
        ("刘大爷", "刘"),
        ("小王", "王"),
        ("王阿姨", "王"),
        ("李某某", "李"),
        ("刘桂兰", ""),
        ("", ""),
    ],
)
def test_who_is_only_called_by_his_surname(name, surname):
    assert surname_called(name) == surname
