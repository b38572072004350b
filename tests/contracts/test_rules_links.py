"""Who may open the resident's page, and what it shows."""

import datetime as dt

import pytest

from contracts.choices import PackageKind
from contracts.rules.links import answers_of, is_right, lock_minutes, shown_to_signatory

BORN = dt.date(1950, 1, 1)


def answers(id_number: str = "", *phones: str) -> list[str]:
    return answers_of(id_number=id_number, phones=phones, born_on=BORN)


def test_number_and_phones_open_it_the_birthday_only_without_them():
    assert answers("37109919500101001x", "13912345678") == ["001X", "5678"]
    assert answers() == ["19500101"]
    assert answers_of(id_number="", phones=[], born_on=None) == []


@pytest.mark.parametrize("typed", ["001x", "001X", "００１ｘ", " 0 0 1 X ", "5678"])
def test_right(typed):
    assert is_right(typed, answers("37109919500101001X", "13912345678"))


@pytest.mark.parametrize(
    "typed", ["", "0", "01X", "37109919500101001X", "13912345678", "19500101", "5679", "\0", "五六七八"]
)
def test_wrong(typed):
    assert not is_right(typed, answers("37109919500101001X", "13912345678"))


def test_nothing_opens_what_has_no_answer():
    assert not is_right("", answers_of(id_number="", phones=[], born_on=None))


def test_each_round_of_wrong_answers_locks_longer_up_to_a_day():
    locks = [lock_minutes(tries, most=5, minutes=30) for tries in (1, 4, 5, 6, 10, 15, 30, 35, 500)]
    assert locks == [0, 0, 30, 0, 60, 120, 960, 1440, 1440]
    assert lock_minutes(5, most=5, minutes=1440) == 1440


KEY, BASIC = PackageKind.KEY_POPULATION, PackageKind.BASIC_FREE


@pytest.mark.parametrize(
    ("kind", "restricted", "own", "ward", "shown"),
    [
        (KEY, True, True, False, True),
        (KEY, False, True, False, True),
        (BASIC, False, False, False, True),
        (KEY, False, False, False, False),
        (PackageKind.DISEASE_COURSE, False, False, False, False),
        (PackageKind.PERSONALIZED_PAID, False, False, False, False),
        (KEY, False, False, True, True),
        (KEY, True, False, True, False),
        (BASIC, True, False, False, False),
    ],
)
def test_what_the_representative_sees(kind, restricted, own, ward, shown):
    assert shown_to_signatory(kind, is_restricted=restricted, is_own=own, is_ward=ward) == shown
