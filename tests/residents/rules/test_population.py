import dataclasses
import datetime as dt

import pytest
from hypothesis import given
from hypothesis import strategies as st

from core.dates import age_on
from residents.choices import Population
from residents.policy import ResidentsPolicy
from residents.rules.population import (
    AGE_KINDS,
    age_bands,
    first_day,
    kinds_by_age,
    last_day,
    latest_birth,
    read_kinds,
)

K = Population
YEAR_END = ResidentsPolicy()
EXACT = dataclasses.replace(YEAR_END, elderly_age_basis="EXACT_DAY")


def kinds(born_on: dt.date, on: dt.date, policy=EXACT) -> set[Population]:
    return set(kinds_by_age(born_on, age_bands(on, policy)))


def test_a_child_until_the_day_before_the_seventh_birthday():
    born_on = dt.date(2019, 11, 23)
    assert K.CHILD_0_6 in kinds(born_on, dt.date(2026, 11, 22))
    assert K.CHILD_0_6 not in kinds(born_on, dt.date(2026, 11, 23))
    assert K.CHILD_0_6 in kinds(dt.date(2026, 11, 22), dt.date(2026, 11, 22))
    assert K.CHILD_0_6 not in kinds(dt.date(2026, 11, 23), dt.date(2026, 11, 22))  # not born yet


def test_born_on_29_february_one_turns_seven_on_1_march():
    born_on = dt.date(2016, 2, 29)
    assert K.CHILD_0_6 in kinds(born_on, dt.date(2023, 2, 28))
    assert K.CHILD_0_6 not in kinds(born_on, dt.date(2023, 3, 1))


def test_65_by_the_day():
    born_on = dt.date(1961, 11, 23)
    assert kinds(born_on, dt.date(2026, 11, 22)) == {K.ELDERLY_60_64}
    assert kinds(born_on, dt.date(2026, 11, 23)) == {K.ELDERLY_65}


def test_65_by_the_year_counts_from_1_january():
    born_on = dt.date(1961, 12, 31)
    assert kinds(born_on, dt.date(2025, 12, 31), YEAR_END) == {K.ELDERLY_60_64}
    assert kinds(born_on, dt.date(2026, 1, 1), YEAR_END) == {K.ELDERLY_65}


def test_60_and_80_have_the_same_basis():
    assert kinds(dt.date(1966, 12, 31), dt.date(2026, 1, 1), YEAR_END) == {K.ELDERLY_60_64}
    assert kinds(dt.date(1967, 1, 1), dt.date(2026, 12, 31), YEAR_END) == set()
    assert kinds(dt.date(1946, 12, 31), dt.date(2026, 1, 1), YEAR_END) == {K.ELDERLY_65, K.ELDERLY_80}


@given(
    st.dates(dt.date(1907, 1, 1), dt.date(2026, 12, 31)), st.dates(dt.date(2020, 1, 1), dt.date(2032, 12, 31))
)
def test_bands_agree_with_the_age_on_the_day(born_on, on):
    found = kinds(born_on, on)
    age = age_on(born_on, on)
    assert (K.CHILD_0_6 in found) == (0 <= age < 7)
    assert (K.ELDERLY_60_64 in found) == (60 <= age < 65)
    assert (K.ELDERLY_65 in found) == (age >= 65)
    assert (K.ELDERLY_80 in found) == (age >= 80)


@given(
    st.dates(dt.date(1907, 1, 1), dt.date(2026, 12, 31)),
    st.sampled_from([YEAR_END, EXACT]),
    st.sampled_from(AGE_KINDS),
)
def test_first_and_last_day_are_the_edges_of_the_band(born_on, policy, kind):
    begins, ends = first_day(kind, born_on, policy), last_day(kind, born_on, policy)
    one = dt.timedelta(days=1)
    assert kind in kinds(born_on, begins, policy)
    assert kind not in kinds(born_on, begins - one, policy)
    if ends:
        assert kind in kinds(born_on, ends, policy)
        assert kind not in kinds(born_on, ends + one, policy)


def test_the_latest_birthday_of_an_age_on_leap_days():
    assert latest_birth(7, dt.date(2024, 2, 29)) == dt.date(2017, 2, 28)
    assert latest_birth(4, dt.date(2024, 2, 29)) == dt.date(2020, 2, 29)
    assert latest_birth(7, dt.date(2023, 2, 28)) == dt.date(2016, 2, 28)
    assert latest_birth(7, dt.date(2023, 3, 1)) == dt.date(2016, 3, 1)


@pytest.mark.parametrize(
    ("cell", "found"),
    [
        ("高血压", (K.HYPERTENSION,)),
        ("高血压、糖尿病", (K.HYPERTENSION, K.DIABETES_T2)),
        ("糖尿病2型，高血压病", (K.DIABETES_T2, K.HYPERTENSION)),
        ("２型糖尿病 / DM", (K.DIABETES_T2,)),
        ("高血压2级", (K.HYPERTENSION,)),
        ("脑梗患者", (K.STROKE,)),
        ("重精", (K.SMI,)),
        ("结核+慢阻肺", (K.TB, K.COPD)),
        ("HTN", (K.HYPERTENSION,)),
        ("65岁以上老年人;残疾", (K.ELDERLY_65, K.DISABLED)),
        ("0－6岁儿童", (K.CHILD_0_6,)),
        ("失能（半失能）老年人", (K.DISABLED_ELDER,)),
        ("高血压高危", (K.HIGH_RISK_HTN,)),
        ("一般人群", ()),
        ("无", ()),
        ("", ()),
    ],
)
def test_words_of_rosters(cell, found):
    assert read_kinds(cell).kinds == found
    assert read_kinds(cell).unknown == ()


def test_every_label_of_the_code_list_is_understood():
    for kind in Population:
        assert read_kinds(kind.label).kinds == (kind,), kind.label


def test_unknown_words_are_told():
    found = read_kinds("高血压、痛风")
    assert found.kinds == (K.HYPERTENSION,)
    assert found.unknown == ("痛风",)
