"""Each key population, its rate and its family share: equal to counting one by one, and to the table of places."""

import datetime as dt
import io
from dataclasses import replace
from fractions import Fraction
from random import Random

import openpyxl
import pytest
from django.urls import reverse
from django.utils import timezone

from assessment.choices import Level
from assessment.queries import coverage, populations
from core.models import PolicySetting
from residents.choices import Population
from residents.policy import ResidentsPolicy
from tests.assessment.district import LONG_AGO, enroll, enter, kinds_slowly, scatter
from tests.factories.residents import PopulationFlagFactory

DAY = dt.date(2026, 11, 22)
POLICY = ResidentsPolicy()
EVERY = tuple(one.value for one in Population if one not in ("smi", "hiv"))
PAGE, EXPORT = reverse("coverage-populations"), reverse("coverage-populations-export")


def counted(user, *, on=DAY, policy=POLICY, area=None, counts_auto=True):
    found = populations(user, area=area, on=on, policy=policy, counts_auto=counts_auto)
    return {one.kind: (one.residents, one.signed, one.family) for one in (*found.lines, found.total)}


@pytest.mark.parametrize("seed", range(4))
def test_equal_to_counting_one_by_one(cast, district, seed):
    keys = EVERY if seed % 2 else ("elderly_65", "hypertension", "child_0_6")
    basis = "YEAR_END" if seed % 2 else "EXACT_DAY"
    policy = replace(POLICY, key_populations=keys, elderly_age_basis=basis)
    scatter(Random(seed), cast, district, DAY)
    for day in (DAY - dt.timedelta(30), DAY, DAY + dt.timedelta(1)):
        for counts_auto in (True, False):
            slow = kinds_slowly(day, policy, counts_auto)
            fast = counted(cast.zhou, on=day, policy=policy, counts_auto=counts_auto)
            assert {kind: figures for kind, figures in fast.items() if figures[0]} == slow


@pytest.mark.parametrize("seed", [5, 6])
def test_the_total_is_that_of_the_table_of_places(cast, district, seed):
    scatter(Random(seed), cast, district, DAY)
    total = coverage(
        cast.zhou, Level.TOWNSHIP, area=None, on=DAY, before=DAY - dt.timedelta(30), policy=POLICY
    ).total.now
    assert counted(cast.zhou)[""] == (total.key_residents, total.key_signed, total.key_family)
    assert total.key_family > 0


def test_a_person_of_two_kinds_stands_in_both_and_once_in_the_total(cast, district):
    person = enter(district.grid_a, born_on=dt.date(1950, 1, 1))
    PopulationFlagFactory(resident=person, kind="hypertension")
    enroll(person, cast.team_a, cast.li, DAY, DAY, family=True)
    found = counted(cast.zhou)
    assert found["elderly_65"] == found["hypertension"] == found[""] == (1, 1, 1)


def test_two_flags_of_one_kind_on_one_day_are_one_person(cast, district):
    person = enter(district.grid_a, born_on=dt.date(1990, 1, 1))
    PopulationFlagFactory(resident=person, kind="tb", ends_on=DAY)
    PopulationFlagFactory(resident=person, kind="tb", starts_on=DAY)
    assert counted(cast.zhou)["tb"] == (1, 0, 0)


def test_family_share_is_of_the_signed_key_persons(cast, district):
    for family in (True, False, False, False):
        person = enter(district.grid_a, born_on=dt.date(1950, 1, 1))
        enroll(person, cast.team_a, cast.li, DAY, DAY, family=family)
    young = enter(district.grid_a, born_on=dt.date(1990, 1, 1))
    enroll(young, cast.team_a, cast.li, DAY, DAY, family=True)
    found = populations(cast.zhou, area=None, on=DAY, policy=POLICY)
    assert found.total.family_share == Fraction(1, 4)


def test_restricted_kinds_count_in_the_total_and_stand_nowhere(cast, district):
    person = enter(district.grid_a, born_on=dt.date(1990, 1, 1))
    PopulationFlagFactory(resident=person, kind="smi")
    for user in (cast.zhou, cast.li):
        found = populations(user, area=None, on=DAY, policy=POLICY)
        assert (found.total.residents, found.withheld) == (1, 1)
        assert "smi" not in {one.kind for one in found.lines}


def test_one_s_own_scope_and_an_area(cast, district):
    for grid in (district.grid_a, district.grid_b):
        enter(grid, born_on=dt.date(1950, 1, 1))
    assert counted(cast.zhou)[""][0] == 2
    assert counted(cast.li)[""][0] == 1
    assert counted(cast.zhou, area=district.village_b)[""][0] == 1


def test_one_query_however_many_rows(cast, district, django_assert_num_queries):
    scatter(Random(1), cast, district, DAY, people=6)
    counted(cast.zhou)
    with django_assert_num_queries(1):
        counted(cast.zhou)


@pytest.mark.parametrize(
    ("who", "status"), [("zhou", 200), ("he", 200), ("li", 200), ("sun", 403), ("xu", 403)]
)
@pytest.mark.parametrize("address", [PAGE, EXPORT])
def test_who_may_see_it(cast, sign_in, who, status, address):
    assert sign_in(getattr(cast, who)).get(address).status_code == status


class TestPage:
    @pytest.fixture
    def some(self, cast, district):
        today = timezone.localdate()
        for family in (True, False):
            person = enter(district.grid_a, born_on=dt.date(1950, 1, 1))
            enroll(person, cast.team_a, cast.li, today, today, family=family)
        enter(district.grid_a, born_on=dt.date(1950, 1, 1))

    def test_rates_beside_their_targets(self, cast, some, sign_in):
        page = sign_in(cast.zhou).get(reverse("coverage"))
        reached = {one.label: (one.percent, one.missing) for one in page.context["goals"]}
        assert reached["重点人群家庭签约占比"] == (50, 0)
        assert reached["重点人群签约率"][1] == 1  # 85 % of three are three
        assert "还差 1 人" in page.content.decode()

    def test_the_table_and_its_download_say_the_same(self, cast, some, sign_in):
        browser = sign_in(cast.zhou)
        page = browser.get(PAGE).content.decode()
        assert "65岁及以上老年人" in page and "66.67%" in page and "严重精神障碍" not in page
        rows = list(openpyxl.load_workbook(io.BytesIO(browser.get(EXPORT).content)).active.values)
        elders = next(row for row in rows if row[0] == "65岁及以上老年人")
        assert elders[1:3] == (3, 2) and elders[4] == 1 and elders[5] == 0.5
        assert rows[-1][0] == "重点人群合计"

    def test_automatic_renewals_count_as_the_policy_says(self, cast, district, sign_in):
        today = timezone.localdate()
        person = enter(district.grid_a, born_on=dt.date(1950, 1, 1))
        enroll(person, cast.team_a, cast.li, today, today, renewal="auto")
        browser = sign_in(cast.zhou)
        assert browser.get(PAGE).context["total"].line.signed == 1
        PolicySetting.objects.create(
            room="assessment", payload={"auto_renewed_counts": False}, in_force_from=LONG_AGO, source="测"
        )
        page = browser.get(PAGE)
        assert page.context["total"].line.signed == 0 and "自动续签的协议不计入" in page.content.decode()
        assert browser.get(reverse("coverage")).context["total"].line.now.signed == 0

    def test_a_bad_day_gets_its_sentence(self, cast, sign_in):
        answer = sign_in(cast.zhou).get(PAGE, {"on": "2099-01-01"})
        assert answer.status_code == 400 and "统计日期不能晚于今天" in answer.content.decode()
