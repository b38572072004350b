"""Flags with what was found, corrected and ended; the page of criteria."""

import datetime as dt
from dataclasses import replace

import pytest
from django.db import connection
from django.urls import reverse

from residents import actions
from residents.choices import Evidence, Population
from residents.models import PopulationFlag, Resident
from residents.rules.findings import Finding
from tests.factories.residents import ResidentFactory
from tests.residents.conftest import POLICY, TODAY
from tests.residents.helpers import DAY, post, text_of

pytestmark = pytest.mark.usefixtures("today")


def flag(person, by, kind, **facts):
    given = {"evidence": Evidence.SCREENING, "starts_on": TODAY - 30 * DAY}
    return actions.flag_population(
        resident=person, kind=kind, **given | facts, policy=POLICY, by=by, on=TODAY
    )


def test_a_score_is_put_in_words_and_asks_for_the_next_assessment(cast, person):
    found = flag(person, cast.li, Population.DISABLED_ELDER, finding=Finding(adl_score=12), detail="入户评估")
    assert found.detail == "自理能力评分 12 分，中度依赖；入户评估"
    assert found.review_on == TODAY - 30 * DAY + 365 * DAY
    with pytest.raises(actions.CannotFlag) as refused:
        flag(person, cast.li, Population.DISABLED_ELDER, finding=Finding(adl_score=3))
    assert (refused.value.code, refused.value.field) == ("adl_independent", "adl_score")


def test_a_certificate_is_sealed_and_only_kind_and_grade_are_said(cast, person):
    number = person.id_number + "43"
    found = flag(person, cast.li, Population.DISABLED, finding=Finding(certificate=number), source="残联")
    assert (found.detail, found.source, found.certificate) == ("肢体残疾三级", "残联", number)
    with connection.cursor() as cursor:
        cursor.execute("SELECT certificate FROM residents_populationflag WHERE id = %s", [found.pk])
        assert number.encode() not in bytes(cursor.fetchone()[0])


def test_a_pregnancy_is_due_42_days_after_delivery(cast, person):
    found = flag(person, cast.li, Population.PERINATAL)
    again = flag(person, cast.li, Population.PERINATAL, finding=Finding(delivered_on=TODAY - 42 * DAY))
    assert (found.pk, again.review_on) == (again.pk, TODAY)
    with pytest.raises(actions.CannotFlag, match="还没有到"):
        flag(person, cast.li, Population.PERINATAL, finding=Finding(delivered_on=TODAY + DAY))


def test_a_first_day_may_be_corrected_in_both_directions_but_not_on_lower_evidence(cast, person):
    found = flag(person, cast.li, Population.CHD, evidence=Evidence.MEDICAL_RECORD)
    facts = {"flag": found, "detail": "", "source": "", "by": cast.li, "on": TODAY}
    for day in (TODAY - 5 * DAY, TODAY - 90 * DAY):
        changed = actions.amend_flag(evidence=Evidence.MEDICAL_RECORD, starts_on=day, **facts)
        assert changed.starts_on == day
    with pytest.raises(actions.CannotFlag) as refused:
        actions.amend_flag(evidence=Evidence.SCREENING, starts_on=TODAY, **facts)
    assert refused.value.code == "lower_evidence"


@pytest.mark.parametrize(
    ("last", "is_possible"),
    [(-31, False), (-30, True), (-1, True), (0, True), (1, False)],
)
def test_the_last_day_lies_between_the_first_day_and_today(cast, person, last, is_possible):
    found = flag(person, cast.li, Population.TB)
    facts = {"flag": found, "evidence": Evidence.SCREENING, "reason": "疗程结束", "by": cast.li, "on": TODAY}
    if is_possible:
        ended = actions.unflag_population(ends_on=TODAY + last * DAY, **facts)
        assert (ended.ends_on, ended.end_reason) == (TODAY + last * DAY, "疗程结束")
    else:
        with pytest.raises(actions.CannotFlag) as refused:
            actions.unflag_population(ends_on=TODAY + last * DAY, **facts)
        assert refused.value.field == "ends_on"


def test_the_pages_correct_and_show_what_is_due_and_what_was(cast, sign_in, person):
    client = sign_in(cast.li)
    sent = {
        "kind": "perinatal",
        "evidence": "4",
        "starts_on": "2026-01-10",
        "source": "区妇幼",
        "delivered_on": "2026-09-20",
    }
    assert post(client, "flag-add", person.pk, **sent).status_code == 302
    found = PopulationFlag.objects.get()
    page = text_of(client.get(reverse("resident-detail", args=[person.pk])))
    assert "2026-11-01 到期，请复核" in page
    assert "区妇幼" in page
    edit = reverse("flag-edit", args=[found.pk])
    assert "区妇幼" in text_of(client.get(edit))
    assert "adl_score" not in text_of(client.get(edit))  # asks only what the kind asks
    answer = client.post(edit, {"evidence": "4", "starts_on": "2026-01-05", "source": "区妇幼", "detail": ""})
    assert answer.status_code == 302
    found.refresh_from_db()
    assert found.starts_on == dt.date(2026, 1, 5)
    post(client, "flag-end", found.pk, evidence="4", reason="产后42天检查完成", ends_on="2026-11-01")
    page = text_of(client.get(reverse("resident-detail", args=[person.pk])))
    assert "2026-01-05 至 2026-11-01，产后42天检查完成" in page
    assert client.get(edit).status_code == 404


def test_the_criteria_are_read_by_everybody_with_the_numbers_in_force(cast, sign_in):
    page = text_of(sign_in(cast.zhou).get(reverse("population-criteria")))
    assert "65 周岁及以上" in page
    assert "18 岁起管理" in page
    assert "当年内满该年龄即算" in page


@pytest.mark.parametrize(("days", "is_managed"), [(-1, True), (0, True), (1, False)])
def test_hypertension_is_managed_from_the_18th_birthday(cast, district, days, is_managed):
    young = ResidentFactory(grid=district.grid_a, born_on=dt.date(2008, 11, 22) + days * DAY)
    if is_managed:
        assert flag(young, cast.li, Population.HYPERTENSION).kind == Population.HYPERTENSION
        return
    with pytest.raises(actions.CannotFlag, match="未满 18 周岁") as refused:
        flag(young, cast.li, Population.HYPERTENSION)
    assert (refused.value.code, refused.value.field) == ("managed_age", "kind")
    assert flag(young, cast.li, Population.CHD)  # only hypertension has such an age


def test_the_managing_age_is_a_policy_number_and_an_unknown_birthday_is_no_obstacle(cast, district):
    young = ResidentFactory(grid=district.grid_a, born_on=dt.date(2010, 1, 1))
    policy = replace(POLICY, htn_manage_min_age=16)
    given = {"evidence": Evidence.SCREENING, "starts_on": TODAY, "by": cast.li, "on": TODAY}
    assert actions.flag_population(resident=young, kind=Population.HYPERTENSION, policy=policy, **given)
    unknown = ResidentFactory(grid=district.grid_a)
    Resident.objects.filter(pk=unknown.pk).update(born_on=None)
    assert flag(unknown, cast.li, Population.HYPERTENSION)


@pytest.mark.parametrize(("days", "is_told"), [(0, False), (1, True)])
def test_who_is_not_counted_by_the_statistics_is_told(cast, district, sign_in, days, is_told):
    adult = ResidentFactory(grid=district.grid_a, born_on=dt.date(1991, 11, 22) + days * DAY)
    client = sign_in(cast.li)
    post(client, "flag-add", adult.pk, kind="hypertension", evidence="4", starts_on="2026-01-10")
    page = text_of(client.get(reverse("resident-detail", args=[adult.pk])))
    assert "人群标识已登记" in page
    assert ("未满 35 周岁" in page) == is_told
