"""The quality worklist: every kind found, nothing else, within one's place, in a bounded number of queries."""

import datetime as dt

import pytest
from django.db import connection

from residents import actions
from residents.choices import IdKind, LifeStatus, Population, Relation, Sex
from residents.models import Guardian, Resident
from residents.queries.findings import finding_page
from residents.queries.quality import Reach, counts_by_kind, found_households, found_people, reach_of
from residents.rules.quality import BY_CODE, RULES
from tests.factories.residents import HouseholdFactory, PopulationFlagFactory, ResidentFactory
from tests.residents.conftest import POLICY, TODAY
from tests.residents.helpers import DAY, register


@pytest.fixture
def sound(cast, district, person):
    """王建国 and his household as they should be: nothing to find."""
    Resident.objects.filter(pk=person.pk).update(confirmed_on=TODAY)
    person.refresh_from_db()
    return person


def member(person, relation=Relation.SON, **facts):
    given = {"grid": person.grid, "household": person.household, "confirmed_on": TODAY, "name": "王小明"}
    return ResidentFactory(relation=relation, **given | {"born_on": dt.date(1980, 3, 4)} | facts)


def counts(user) -> dict[str, int]:
    found = counts_by_kind(reach_of(user), policy=POLICY, on=TODAY)
    return {code: number for code, number in found.items() if number}


def rows(user, code):
    return finding_page(reach_of(user), code, "", 50, policy=POLICY, on=TODAY)[0]


def change(one, **facts):
    type(one).objects.filter(pk=one.pk).update(**facts)


def test_a_sound_household_has_no_findings(cast, sound):
    member(sound)
    assert counts(cast.li) == {}


class TestPersons:
    def test_stale_from_the_day_after_twelve_months(self, cast, sound):
        change(sound, confirmed_on=dt.date(2025, 11, 22))
        assert counts(cast.li) == {}
        change(sound, confirmed_on=dt.date(2025, 11, 21))
        assert counts(cast.li) == {"stale": 1}
        assert rows(cast.li, "stale")[0].detail == "最近核实 2025-11-21"

    @pytest.mark.parametrize(
        ("relation", "sex", "born_on", "is_found"),
        [
            (Relation.SON, Sex.MALE, dt.date(1964, 1, 10), False),  # 14 years after his father
            (Relation.SON, Sex.MALE, dt.date(1963, 12, 20), True),
            (Relation.SON, Sex.MALE, dt.date(1949, 1, 1), True),
            (Relation.ADOPTED_SON, Sex.MALE, dt.date(1955, 1, 1), False),
            (Relation.ADOPTED_SON, Sex.MALE, dt.date(1949, 1, 1), True),
            (Relation.GRANDCHILD, Sex.MALE, dt.date(1970, 1, 1), True),
            (Relation.GRANDCHILD, Sex.MALE, dt.date(2000, 1, 1), False),
            (Relation.MOTHER, Sex.FEMALE, dt.date(1930, 1, 1), False),
            (Relation.MOTHER, Sex.FEMALE, dt.date(1940, 1, 1), True),
            (Relation.WIFE, Sex.FEMALE, dt.date(1990, 1, 1), False),
        ],
    )
    def test_generations_that_cannot_be(self, cast, sound, relation, sex, born_on, is_found):
        member(sound, relation, sex=sex, born_on=born_on)
        assert counts(cast.li) == ({"generation": 1} if is_found else {})

    def test_another_grid_than_the_household(self, cast, district, sound):
        one = member(sound)
        change(one, grid=district.grid_b)
        assert counts(cast.zhou) == {"other_grid": 1}
        assert rows(cast.zhao, "other_grid")[0].id == one.pk

    def test_without_a_household(self, cast, district, sound):
        member(sound, household=None)
        assert counts(cast.li) == {"no_household": 1}

    def test_a_phone_on_more_households_than_the_policy_allows(self, cast, district, sound):
        people = [
            ResidentFactory(grid=district.grid_a, phone="13700001111", confirmed_on=TODAY)
            for _ in range(POLICY.phone_max_households)
        ]
        assert counts(cast.li) == {}
        ResidentFactory(grid=district.grid_b, phone="13700001111", confirmed_on=TODAY)  # elsewhere counts too
        assert counts(cast.li) == {"phone_shared": len(people)}

    @pytest.mark.parametrize(
        ("born_on", "on", "is_minor"),
        [
            (dt.date(2008, 2, 29), dt.date(2026, 2, 28), True),
            (dt.date(2008, 2, 29), dt.date(2026, 3, 1), False),
            (dt.date(2010, 2, 28), dt.date(2028, 2, 28), False),
            (dt.date(2010, 3, 1), dt.date(2028, 2, 29), True),
        ],
    )
    def test_a_minor_without_guardian(self, cast, sound, born_on, on, is_minor):
        one = member(sound, relation=Relation.GRANDCHILD, born_on=born_on)
        change(one, confirmed_on=on)
        change(sound, confirmed_on=on)
        found = found_people(reach_of(cast.li), "minor_no_guardian", policy=POLICY, on=on)
        assert found.exists() is is_minor

    def test_a_guardian_ends_that_and_may_be_gone_himself(self, cast, sound):
        child = member(sound, Relation.GRANDCHILD, born_on=dt.date(2015, 1, 1))
        guardian = member(sound)
        assert counts(cast.li) == {"minor_no_guardian": 1}
        actions.add_guardian(resident=child, guardian=guardian, relation="父亲", by=cast.li, on=TODAY)
        assert counts(cast.li) == {}
        actions.record_death(resident=guardian, since=TODAY, by=cast.li, on=TODAY)
        assert counts(cast.li) == {"guardian_gone": 1}
        Guardian.objects.update(starts_on=TODAY - DAY, ends_on=TODAY - DAY)
        assert counts(cast.li) == {"minor_no_guardian": 1}

    @pytest.mark.parametrize(
        ("born_on", "is_found"), [(dt.date(2026, 8, 22), False), (dt.date(2026, 8, 21), True)]
    )
    def test_a_newborn_has_some_months_for_his_number(self, cast, sound, born_on, is_found):
        one = member(sound, Relation.GRANDCHILD, born_on=born_on)
        actions.add_guardian(resident=one, guardian=sound, relation="祖父", by=cast.li, on=TODAY)
        change(one, id_kind=IdKind.BIRTH_CERTIFICATE)
        assert counts(cast.li) == ({"number_missing": 1} if is_found else {})

    def test_an_upgraded_number_until_somebody_confirms_later(self, cast, district, sound):
        facts = {"founds_household": True, "address": "和平路9号", "phone": "13700000009"}
        one = register(cast, district, id_number="371099800101301", **facts)
        assert counts(cast.li) == {"number_upgraded": 1}
        actions.confirm_resident(resident=one, by=cast.li, on=TODAY + DAY)
        assert counts(cast.li) == {}

    def test_birth_date_and_address_missing(self, cast, sound):
        one = member(sound)
        change(one, born_on=None)
        assert counts(cast.li) == {"birth_missing": 1}
        change(one, born_on=dt.date(1980, 1, 1), address="")
        assert counts(cast.li) == {}  # the household has one
        change(sound.household, address="")
        change(sound, address="和平路")
        assert counts(cast.li) == {"address_missing": 1}

    def test_a_flag_that_is_due_for_review_but_no_restricted_one(self, cast, sound):
        PopulationFlagFactory(resident=sound, kind=Population.SMI, review_on=TODAY)
        flag = PopulationFlagFactory(resident=sound, kind=Population.DISABLED_ELDER, review_on=TODAY + DAY)
        assert "flag_review" not in counts(cast.li)
        change(flag, review_on=TODAY)
        assert counts(cast.li)["flag_review"] == 1


class TestHouseholds:
    def test_a_head_who_is_gone_until_the_next_one_is_chosen(self, cast, sound):
        son = member(sound)
        change(sound, life_status=LifeStatus.MOVED_OUT, life_status_on=TODAY)
        assert counts(cast.li) == {"gone_head": 1}
        actions.change_head(household=sound.household, head=son, relations={}, by=cast.li, on=TODAY)
        sound.refresh_from_db()
        assert (counts(cast.li), sound.relation) == ({}, Relation.FATHER)

    def test_never_a_head(self, cast, sound):
        change(sound, relation=Relation.SON)
        assert counts(cast.li) == {"no_head": 1}

    def test_nobody_present_unless_one_may_be_found(self, cast, district, sound):
        empty = HouseholdFactory(grid=district.grid_a)
        assert counts(cast.li) == {"no_member": 1}
        assert rows(cast.li, "no_member")[0].number == empty.number
        member(sound, household=empty, life_status=LifeStatus.LOST, life_status_on=TODAY)
        assert counts(cast.li) == {}

    def test_no_phone_at_all(self, cast, sound):
        change(sound, phone="", phone_index=None, phone_tail=None)
        assert counts(cast.li) == {"no_phone": 1}
        actions.add_contact_phone(resident=sound, phone="13700001111", owner="儿子", by=cast.li, on=TODAY)
        assert counts(cast.li) == {}

    def test_a_key_population_without_steward(self, cast, sound):
        flag = PopulationFlagFactory(resident=sound, kind=Population.HYPERTENSION)
        assert counts(cast.li) == {"no_steward": 1}
        change(flag, kind=Population.SMI)
        assert counts(cast.li) == {}  # a list must not hint at a restricted kind
        change(flag, kind=Population.HYPERTENSION)
        actions.name_steward(household=sound.household, steward=sound, policy=POLICY, by=cast.li, on=TODAY)
        assert counts(cast.li) == {}

    def test_closed_households_are_done_with(self, cast, district, sound):
        HouseholdFactory(grid=district.grid_a, closed_on=TODAY)
        assert counts(cast.li) == {}


class TestPages:
    def test_only_ones_own_place(self, cast, district, sound, neighbor):
        assert counts(cast.li) == {}
        assert counts(cast.zhao) == {"stale": 1}
        assert rows(cast.zhao, "stale")[0].team == "赵医生团队"

    def test_who_is_managed_by_ones_team_but_lives_elsewhere(self, cast, sound, neighbor):
        change(neighbor, managing_team=cast.team_a)
        assert counts(cast.li) == {"stale": 1}

    def test_one_village(self, cast, district, sound, neighbor):
        assert counts_by_kind(reach_of(cast.zhou, district.village_a), policy=POLICY, on=TODAY)["stale"] == 0
        assert counts_by_kind(reach_of(cast.zhou, district.village_b), policy=POLICY, on=TODAY)["stale"] == 1

    def test_the_pages_follow_each_other(self, cast, district):
        people = sorted(ResidentFactory(grid=district.grid_a).pk for _ in range(5))
        reach, seen, after = reach_of(cast.li), [], ""
        for _ in range(3):
            found, after = finding_page(reach, "stale", after, 2, policy=POLICY, on=TODAY)
            seen += [one.id for one in found]
        assert (seen, after) == (people, "")

    def test_masked(self, cast, sound):
        change(sound, confirmed_on=None)
        (row,) = rows(cast.li, "stale")
        assert (row.name, row.number, row.detail) == ("王*国", sound.household.number, "从未核实")

    def test_counting_takes_two_queries_and_a_page_no_more_than_five(
        self, cast, district, sound, django_assert_num_queries, django_assert_max_num_queries
    ):
        for _ in range(20):
            ResidentFactory(grid=district.grid_a)
        reach = reach_of(cast.li)
        with django_assert_num_queries(2):
            counts_by_kind(reach, policy=POLICY, on=TODAY)
        for one in RULES:
            with django_assert_max_num_queries(5):
                finding_page(reach, one.code, "", 50, policy=POLICY, on=TODAY)

    def test_the_counts_agree_with_the_pages(self, cast, district, sound):
        member(sound, household=None)
        HouseholdFactory(grid=district.grid_a)
        ResidentFactory(
            grid=district.grid_a,
            household=sound.household,
            relation=Relation.SON,
            born_on=dt.date(1940, 1, 1),
        )
        reach = reach_of(cast.li)
        for code, number in counts_by_kind(reach, policy=POLICY, on=TODAY).items():
            assert len(finding_page(reach, code, "", 50, policy=POLICY, on=TODAY)[0]) == number, code


def plan_of(queryset) -> str:
    """The plan that is possible without reading a whole table: what a million rows make the planner choose."""
    sql, params = queryset.query.sql_with_params()
    with connection.cursor() as cursor:
        cursor.execute("SET LOCAL enable_seqscan = off")
        cursor.execute("EXPLAIN " + sql, params)
        return "\n".join(row[0] for row in cursor.fetchall())


@pytest.mark.django_db
@pytest.mark.parametrize("code", list(BY_CODE))
def test_no_kind_reads_the_whole_registry(code):
    reach = Reach((1, 2), (3,))
    if BY_CODE[code].is_household:
        found = found_households(reach, code, policy=POLICY)
    else:
        found = found_people(reach, code, policy=POLICY, on=TODAY)
    plan = plan_of(found)
    assert "Seq Scan" not in plan, plan
