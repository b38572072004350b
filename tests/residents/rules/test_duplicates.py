import datetime as dt

import pytest
from hypothesis import given
from hypothesis import strategies as st

from residents.rules.duplicates import (
    TABLE,
    Advice,
    Facts,
    Reason,
    are_alike,
    compare,
    is_near,
    number_comparison,
    plain_address,
    whole_number,
)

BORN = dt.date(1950, 2, 3)
ONE = "371099195002030018"
OTHER = "371099195002032136"
NEAR = "371099195002030114"  # the sequence 011 for 001: one digit, and the check digit with it
PHONE = frozenset({"13912340001"})
R = Reason


def facts(name="王建国", **more):
    return Facts(**{"name": name, "sex": 1, "born_on": BORN} | more)


CASES = [
    # one, other -> score, reasons
    (facts(number="371099500203001"), facts(number=whole_number("371099500203001"), name="李明"), 100, [R.SAME_NUMBER]),
    (facts(number=OTHER, former=frozenset({ONE})), facts("李明", number=ONE), 95, [R.FORMER_NUMBER]),
    (facts(phones=PHONE, number=ONE), facts(phones=PHONE), 90, [R.NAME_BIRTH_PHONE, R.NAME_BIRTH_NO_NUMBER]),
    (facts(phones=PHONE, number=ONE), facts(phones=PHONE, number=OTHER), 55, [R.NAME_BIRTH_PHONE]),
    (facts(number=ONE), facts(number=NEAR), 80, [R.NEAR_NUMBER]),
    (facts(number=ONE, address="和平路1号"), facts(number=NEAR, address="和平路 1号"), 85, [R.NEAR_NUMBER, R.NAME_BIRTH_HOME]),
    (facts(number=ONE, address="和平路1号"), facts(number=OTHER, address="和平路1号"), 45, [R.NAME_BIRTH_HOME]),
    (facts(household=7), facts(household=7), 80, [R.NAME_BIRTH_HOME, R.NAME_BIRTH_NO_NUMBER]),
    (facts(number=ONE), facts(), 60, [R.NAME_BIRTH_NO_NUMBER]),
    (facts(number=ONE), facts(sex=2), 30, [R.NAME_BIRTH_NO_NUMBER]),
    (facts("张晨", phones=PHONE), facts("章辰", phones=PHONE), 70, [R.ALIKE_BIRTH_PHONE]),
    (facts("王佳怡", phones=PHONE, number=ONE), facts("王佳宁", phones=PHONE, number=OTHER), 40, [R.ALIKE_BIRTH_PHONE]),
    (
        facts("王佳怡", phones=PHONE, number=ONE, household=7), facts("王佳宁", phones=PHONE, number=OTHER, household=7),
        60, [R.TWINS_ALIKE],
    ),
    (
        facts("王佳怡", number=OTHER, former=frozenset({ONE}), household=7), facts("王佳宁", number=ONE, household=7),
        70, [R.TWINS_CROSSED],
    ),
    (facts("王佳怡", number=ONE, address="和平路1号"), facts("王佳宁", number=ONE, address="和平路1号"), 70, [R.TWINS_CROSSED]),
    (facts(number=ONE, born_on=dt.date(1951, 1, 1), household=7), facts(number=NEAR, household=7), 80, [R.NEAR_NUMBER]),
    # nothing
    (facts(number=ONE), facts(number=OTHER), 0, []),
    (facts(phones=PHONE), facts("李明", phones=PHONE), 0, []),
    (facts(born_on=None), facts(born_on=None), 0, []),
    (facts("张晨", household=7), facts("张辰", household=7), 0, []),
    (facts(number=ONE, born_on=dt.date(1951, 1, 1)), facts(number=NEAR), 0, []),
]  # fmt: skip


@pytest.mark.parametrize(("one", "other", "score", "reasons"), CASES)
def test_table(one, other, score, reasons):
    verdict = compare(one, other)
    assert (verdict.score, list(verdict.reasons)) == (score, reasons)
    assert compare(other, one) == verdict


def test_every_reason_has_a_case_and_a_line():
    assert {reason for *_, reasons in CASES for reason in reasons} == set(Reason) == set(TABLE)


def test_a_strong_pair_is_never_worth_more_than_100():
    same = facts(number=ONE, former=frozenset({OTHER}), phones=PHONE, household=7)
    assert compare(same, same).score == 100


def test_twins_are_to_be_untangled_not_merged():
    one = facts("王佳怡", number=OTHER, former=frozenset({ONE}), household=7)
    assert compare(one, facts("王佳宁", number=ONE, household=7)).advice == Advice.UNTANGLE
    assert compare(facts(number=ONE), facts()).advice == Advice.MERGE


@pytest.mark.parametrize(
    ("one", "other", "near"),
    [
        (ONE, NEAR, True),
        (ONE, OTHER, False),
        (ONE, ONE, False),
        ("371099195002030018", "371099195020030018", True),  # neighbors exchanged
        ("371099195002030018", "371099195002030017", False),  # the check digit alone follows from the rest
        ("E12345678", "E12345670", True),
        ("E12345678", "E123456789", False),
        ("", "", False),
        ("", ONE, False),
    ],
)
def test_near_numbers(one, other, near):
    assert is_near(one, other) is near
    assert is_near(other, one) is near


@given(st.text("0123456789", min_size=17, max_size=17), st.integers(0, 15))
def test_neighbors_exchanged_are_always_near(body, at):
    swapped = body[:at] + body[at + 1] + body[at] + body[at + 2 :]
    assert is_near(body + "0", swapped + "X") is (swapped != body)


@pytest.mark.parametrize(
    ("one", "other", "words"),
    [
        ("", "", "两人都没有证件号码"),
        (ONE, "", "只有一人登记了证件号码"),
        (ONE, ONE, "两个号码相同"),
        ("371099500203001", whole_number("371099500203001"), "两个号码相同（一个是 15 位旧号码）"),
        (ONE, NEAR, "两个号码只差一位"),
        ("371099195002030018", "371099195020030018", "两个号码只有相邻两位颠倒"),
        (ONE, OTHER, "两个号码不同"),
    ],
)
def test_numbers_are_compared_in_words(one, other, words):
    assert number_comparison(one, other) == words


@pytest.mark.parametrize(
    ("one", "other", "alike"),
    [
        ("张晨", "章辰", True),
        ("王建国", "王建华", True),
        ("王建国", "李建国", True),
        ("王伟", "王芳", False),
        ("王建国", "王建国", False),
        ("王建国", "王国", False),
        ("", "王", False),
        ("阿依·古丽", "阿依古丽", True),
    ],
)
def test_names_alike(one, other, alike):
    assert are_alike(one, other) is alike
    assert are_alike(other, one) is alike


def test_an_address_is_compared_without_blanks_and_dashes():
    assert plain_address("和平路 1号-1单元") == plain_address("和平路1号1单元")
    assert plain_address("和平路1号") != plain_address("和平路2号")


def test_no_sentence_holds_a_number():
    assert not any(
        char.isdigit() for one in TABLE.values() for char in one.sentence.replace("15", "").replace("18", "")
    )
