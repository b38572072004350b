"""Which package is for whom; how a promise is worded and counted."""

import pytest

from contracts.choices import UNCOUNTED, AgreementKind, Frequency, PackageKind, ServiceTier
from contracts.rules.packages import (
    FITTING,
    Case,
    Content,
    Suits,
    in_words,
    object_to_package,
    object_to_publish,
    printed,
    signed_lines,
)

KEY = PackageKind.KEY_POPULATION
HOUSEHOLD, SUPPLEMENTARY = AgreementKind.HOUSEHOLD, AgreementKind.SUPPLEMENTARY


def code(suits: Suits, case: Case) -> str | None:
    objection = object_to_package("测试包", suits, case)
    if objection:
        assert "测试包" in objection.sentence
        assert objection.field == "packages"
    return objection.code if objection else None


def test_every_kind_of_package_has_its_agreements():
    assert set(FITTING) == set(PackageKind)
    assert all(FITTING.values())


@pytest.mark.parametrize(
    ("kind", "agreement", "expected"),
    [
        (PackageKind.BASIC_FREE, AgreementKind.INDIVIDUAL, None),
        (PackageKind.BASIC_FREE, SUPPLEMENTARY, "package_agreement_kind"),
        (PackageKind.FAMILY_MENU, AgreementKind.INDIVIDUAL, "package_agreement_kind"),
        (PackageKind.FAMILY_MENU, HOUSEHOLD, None),
        (PackageKind.DISEASE_COURSE, HOUSEHOLD, "package_agreement_kind"),
        (PackageKind.DISEASE_COURSE, SUPPLEMENTARY, None),
        (PackageKind.PERSONALIZED_PAID, SUPPLEMENTARY, None),
    ],
)
def test_a_package_stands_in_its_kind_of_agreement(kind, agreement, expected):
    assert code(Suits(kind), Case(agreement)) == expected


@pytest.mark.parametrize(
    ("wanted", "held", "expected"),
    [
        ((), (), None),
        (("hypertension",), ("hypertension", "elderly_65"), None),
        (("hypertension", "diabetes_t2"), ("diabetes_t2",), None),
        (("hypertension",), ("elderly_65",), "package_population"),
        (("hypertension",), (), "package_population"),
    ],
)
def test_populations(wanted, held, expected):
    assert code(Suits(KEY, populations=wanted), Case(populations=held)) == expected


@pytest.mark.parametrize("field", ["elder_color", "cardio_color"])
@pytest.mark.parametrize(
    ("wanted", "color", "expected"),
    [
        ((), None, None),
        ((), "red", None),
        (("green", "yellow"), "yellow", None),
        (("green", "yellow"), "red", "package_color"),
        (("green",), None, "package_not_graded"),
    ],
)
def test_colors(field, wanted, color, expected):
    assert code(Suits(KEY, **{f"{field}s": wanted}), Case(**{field: color})) == expected


@pytest.mark.parametrize("needed", ServiceTier)
@pytest.mark.parametrize("standing", ServiceTier)
def test_a_tier_needs_a_team_that_reaches_it(needed, standing):
    expected = None if needed <= standing else "package_tier"
    assert code(Suits(KEY, tier=needed), Case(team_tier=standing)) == expected


@pytest.mark.parametrize(
    ("course", "days", "expected"),
    [(14, 14, None), (14, 13, "package_term"), (14, 15, "package_term"), (14, None, None), (None, 14, None)],
)
def test_a_course_lasts_as_long_as_its_agreement(course, days, expected):
    kind = PackageKind.DISEASE_COURSE if course else PackageKind.PERSONALIZED_PAID
    assert code(Suits(kind, course_days=course), Case(SUPPLEMENTARY, days=days)) == expected


def test_sentences_name_what_is_wanted():
    objection = object_to_package("三高包", Suits(KEY, populations=["dyslipidemia"]), Case())
    assert "高血脂患者" in objection.sentence
    assert "补充人群标识" in objection.sentence


@pytest.mark.parametrize(
    ("content", "words"),
    [
        (Content("健康体检", Frequency.YEAR, 1, "含血常规"), "健康体检，每年1次：含血常规"),
        (Content("随访", Frequency.QUARTER, 2), "随访，每季度2次"),
        (Content("出诊", Frequency.NEED, None), "出诊，按需"),
        (Content("访视", Frequency.SCHEDULE, None), "访视，按规定时间"),
        (Content("药膳", Frequency.YEAR, 1, is_required=False), "（可选）药膳，每年1次"),
    ],
)
def test_the_words_on_paper(content, words):
    assert in_words(content) == words
    assert printed([content, content]) == f"{words}\n{words}"


def test_an_agreement_words_what_was_chosen_and_nothing_else_of_a_menu():
    lines = [
        "联系，每季度1次",
        "（可选）体检，每年1次：血压",
        "（可选）体检报告，每年1次",
        "（可选）药膳，每年1次",
    ]
    assert signed_lines(lines, {"体检", "药膳"}) == [
        "联系，每季度1次",
        "体检，每年1次：血压",
        "药膳，每年1次",
    ]
    assert signed_lines(lines, ()) == ["联系，每季度1次"]


def test_only_what_has_no_number_is_uncounted():
    assert set(UNCOUNTED) == {Frequency.NEED, Frequency.SCHEDULE}


@pytest.mark.parametrize(
    ("asked", "expected"),
    [
        ((True, False, ""), None),
        ((False, False, ""), "no_contents"),
        ((True, True, ""), "begins_in_past"),
        ((True, False, "2026年12月1日"), "begins_before_last"),
    ],
)
def test_publishing(asked, expected):
    has_contents, is_past, last = asked
    found = object_to_publish(has_contents=has_contents, valid_from_past=is_past, before_last=last)
    assert (found.code if found else None) == expected
