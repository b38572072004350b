import datetime as dt
import re

import pytest

from residents.choices import Population
from residents.policy import ResidentsPolicy
from residents.rules.criteria import CRITERIA
from residents.rules.faults import Fault
from residents.rules.findings import (
    Certificate,
    Finding,
    check_dependence,
    dependence,
    read_certificate,
    review_day,
)

ON = dt.date(2026, 11, 22)
NUMBER = "371099196001010010"
K = Population


@pytest.mark.parametrize(
    ("score", "said"),
    [(0, "可自理"), (3, "可自理"), (4, "轻度依赖"), (8, "轻度依赖"), (9, "中度依赖"), (18, "中度依赖"),
     (19, "不能自理"), (37, "不能自理")],
)  # fmt: skip
def test_the_bands_of_daily_living(score, said):
    assert dependence(score) == said


@pytest.mark.parametrize(
    ("score", "code"), [(-1, "adl_range"), (0, "adl_independent"), (3, "adl_independent"), (4, None), (38, "adl_range")]
)  # fmt: skip
def test_only_a_dependent_elder_is_one(score, code):
    assert getattr(check_dependence(score), "code", None) == code


@pytest.mark.parametrize(
    ("typed", "kind", "grade"),
    [
        (NUMBER + "11", "视力", "一级"),
        (NUMBER + "43", "肢体", "三级"),
        (NUMBER + "74", "多重", "四级"),
        (f"{NUMBER} 6 2", "精神", "二级"),
        (NUMBER + "43B1", "肢体", "三级"),  # issued again
    ],
)
def test_a_certificate_tells_kind_and_grade(typed, kind, grade):
    found = read_certificate(typed, id_number=NUMBER, on=ON)
    assert isinstance(found, Certificate)
    assert (found.kind, found.grade, len(found.number)) == (kind, grade, 20)
    assert found.said == f"{kind}残疾{grade}"


@pytest.mark.parametrize(
    ("typed", "own", "code"),
    [
        (NUMBER + "81", NUMBER, "certificate_form"),
        (NUMBER + "15", NUMBER, "certificate_form"),
        (NUMBER, NUMBER, "certificate_form"),
        (NUMBER[:-1] + "1" + "11", NUMBER, "id_check_digit"),
        (NUMBER + "11", "371099196001010037", "certificate_other"),
        ("", "", "certificate_form"),
    ],
)
def test_a_certificate_must_be_well_formed_and_ones_own(typed, own, code):
    found = read_certificate(typed, id_number=own, on=ON)
    assert isinstance(found, Fault)
    assert found.code == code
    assert NUMBER[6:] not in found.sentence


def test_without_a_citizen_number_only_the_form_is_checked():
    assert isinstance(read_certificate(NUMBER + "11", id_number="", on=ON), Certificate)


@pytest.mark.parametrize(
    ("kind", "finding", "day"),
    [
        (K.PERINATAL, Finding(delivered_on=dt.date(2026, 10, 1)), dt.date(2026, 11, 12)),
        (K.PERINATAL, Finding(), ON + dt.timedelta(days=322)),
        (K.HIGH_RISK_HTN, Finding(), ON + dt.timedelta(days=182)),
        (K.DISABLED_ELDER, Finding(), ON + dt.timedelta(days=365)),
        (K.DISABLED_ELDER, Finding(review_on=dt.date(2027, 1, 1)), dt.date(2027, 1, 1)),
        (K.HYPERTENSION, Finding(), None),
    ],
)
def test_when_to_look_again(kind, finding, day):
    assert review_day(kind, ON, finding) == day


def test_every_kind_has_its_criterion_once():
    assert [one.kind for one in CRITERIA].count(K.SMI) == 1
    assert {one.kind for one in CRITERIA} == set(Population)
    assert len(CRITERIA) == len(Population)


def test_the_numbers_in_the_criteria_are_policy_numbers():
    known = set(ResidentsPolicy.__dataclass_fields__)
    for one in CRITERIA:
        for text in (one.meets, one.leaves):
            assert set(re.findall(r"\{(\w+)\}", text)) <= known
        assert one.source
