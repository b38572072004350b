"""Who lives together: by number, by the head's name, by order; and which household of the registry that is."""

import pytest

from residents.choices import Relation, Sex
from residents.models import Household
from tests.factories.grids import GridFactory, GridResponsibilityFactory
from tests.factories.residents import HouseholdFactory, ResidentFactory
from tests.residents.imports.runs import NEW, REFUSED, SAME, judged
from tests.residents.imports.sheets import number, row, xlsx

N = [number(one) for one in range(20)]


@pytest.fixture
def check(cast, district):
    def checked(*rows, user=None, **options):
        return judged(xlsx(*rows, title="某社区居民花名册"), user=user or cast.li, **options)

    return checked


class TestFamilies:
    def test_a_head_then_his_members(self, check):
        plan = check(
            row("甲", number(0, Sex.MALE), 与户主关系="户主"), row("乙", N[1], 与户主关系="妻子"),
            row("丙", number(2, Sex.MALE), 与户主关系="户主"), row("丁", N[3], 与户主关系="女儿"), row("戊", N[4]),
        )  # fmt: skip
        assert plan.homes == [0, 0, 1, 1, None]
        assert plan.founded == 2
        assert all(not one.faults for one in plan.rows)

    def test_by_household_number_in_any_order(self, check):
        plan = check(
            row("乙", N[1], 户号="A1", 与户主关系="妻子"), row("丁", N[3], 户号="A2", 与户主关系="户主"),
            row("甲", number(0, Sex.MALE), 户号="a1", 与户主关系="户主"),
        )  # fmt: skip
        assert plan.homes == [0, 1, 0]
        assert not any(one.faults for one in plan.rows)

    def test_by_the_name_of_the_head(self, check):
        plan = check(
            row("乙", N[1], 户主姓名="甲", 与户主关系="妻子"), row("甲", number(0, Sex.MALE), 户主姓名="甲"),
            row("丙", N[2], 户主姓名="丙"),
        )  # fmt: skip
        assert plan.homes == [0, 0, 1]
        assert plan.rows[1].relation == Relation.HEAD

    def test_heads_of_one_name_are_told_apart_by_address_or_not_at_all(self, check):
        heads = [
            row("张伟", number(0, Sex.MALE), 与户主关系="户主", 详细地址="一号"),
            row("张伟", number(1, Sex.MALE), 与户主关系="户主", 详细地址="二号"),
        ]
        plan = check(*heads, row("乙", N[2], 户主姓名="张伟", 与户主关系="妻子", 详细地址="二号"))
        assert plan.homes == [0, 1, 1]
        plan = check(*heads, row("乙", N[2], 户主姓名="张伟", 与户主关系="妻子"))
        assert list(plan.rows[2].faults) == ["head_ambiguous"]

    def test_two_heads_under_one_number_are_refused(self, check):
        plan = check(
            row("甲", N[0], 户号="1", 与户主关系="户主"), row("乙", N[1], 户号="1", 与户主关系="户主")
        )
        assert [one.outcome for one in plan.rows] == [NEW, REFUSED]
        assert "第 3 行" in plan.the_fault.cause

    def test_a_head_with_an_error_leaves_his_family_without_head_and_says_so(self, check):
        plan = check(row("甲", "123", 与户主关系="户主", 详细地址="一号"), row("乙", N[1], 与户主关系="妻子"))
        assert [one.outcome for one in plan.rows] == [REFUSED, NEW]
        assert plan.rows[1].faults == {"head_refused": "warning"}
        assert plan.founded == 1

    def test_members_of_another_village_do_not_follow(self, check, cast, district):
        plan = check(
            row("甲", N[0], 与户主关系="户主"),
            row("乙", N[1], 与户主关系="女儿", village="菊花顶社区"),
            user=cast.zhou,
        )
        assert list(plan.rows[1].faults) == ["head_not_found"]

    def test_another_address_than_the_head_is_told(self, check):
        plan = check(
            row("甲", N[0], 与户主关系="户主", 详细地址="一号"),
            row("乙", N[1], 与户主关系="女儿", 详细地址="二号"),
        )
        assert plan.rows[1].faults == {"address_differs": "warning"}

    def test_a_known_head_keeps_his_household(self, check, cast, district):
        head = ResidentFactory(name="甲", id_number=N[0], grid=district.grid_a, sex=Sex.FEMALE)
        plan = check(row("甲", N[0], 与户主关系="户主"), row("乙", N[1], 与户主关系="女儿"))
        assert [one.outcome for one in plan.rows] == [SAME, NEW]
        assert plan.household_of(0) == head.household_id
        assert plan.founded == 0

    def test_a_member_alone_finds_the_registered_head_by_name(self, check, district):
        head = ResidentFactory(name="甲", id_number=N[0], grid=district.grid_a)
        plan = check(row("乙", N[1], 户主姓名="甲", 与户主关系="女儿"))
        assert plan.household_of(0) == head.household_id

    def test_a_new_head_of_the_same_name_founds_a_household_of_his_own(self, check, district):
        ResidentFactory(name="甲", id_number=N[0], grid=district.grid_a)
        plan = check(row("甲", N[1], 与户主关系="户主"))
        assert plan.household_of(0) is None
        assert plan.founded == 1

    def test_a_household_number_of_ours_is_used_or_refused(self, check, district):
        home = HouseholdFactory(grid=district.grid_a)
        plan = check(row("乙", N[1], 户号=home.number.lower(), 与户主关系="女儿"))
        assert plan.household_of(0) == home.pk
        plan = check(row("乙", N[1], 户号="371002001001F99999", 与户主关系="女儿"))
        assert list(plan.rows[0].faults) == ["household_unknown"]

    def test_a_household_of_another_team_is_not_joined(self, check, district):
        home = HouseholdFactory(grid=district.grid_b)
        plan = check(row("乙", N[1], 户号=home.number, 与户主关系="女儿"))
        assert list(plan.rows[0].faults) == ["household_unknown"]

    def test_nobody_is_moved_nor_made_head_by_a_roster(self, check, district):
        settled = ResidentFactory(name="乙", id_number=N[1], grid=district.grid_a, relation=Relation.DAUGHTER)
        ResidentFactory(name="丙", id_number=N[2], grid=district.grid_a, household=settled.household)
        plan = check(row("甲", N[0], 与户主关系="户主"), row("乙", N[1], 与户主关系="女儿"))
        assert (plan.rows[1].outcome, plan.rows[1].faults) == (
            SAME,
            {"household_differs": "warning"},
        )
        plan = check(row("乙", N[1], 与户主关系="户主"))
        assert list(plan.rows[0].faults) == ["head_exists"]
        assert Household.objects.count() == 1

    def test_who_has_no_household_joins_the_one_of_the_sheet(self, check, district):
        ResidentFactory(
            name="乙", id_number=N[1], grid=district.grid_a, household=None, relation=Relation.NON_RELATIVE
        )
        plan = check(row("甲", N[0], 与户主关系="户主"), row("乙", N[1], 与户主关系="女儿"))
        assert [(label, after) for label, _, after in plan.rows[1].changes] == [
            ("家庭", "新建一户"),
            ("与户主关系", "女"),
        ]

    def test_members_without_any_head_are_told(self, check):
        plan = check(
            row("甲", N[0], 户号="1", 与户主关系="妻子"), row("乙", N[1], 户号="1", 与户主关系="女儿")
        )
        assert [one.faults for one in plan.rows] == [{"head_missing": "warning"}] * 2
        assert plan.founded == 1

    def test_members_in_several_grids_stay_there_and_are_told(self, check, cast, district):
        GridResponsibilityFactory(grid=GridFactory(village=district.village_a), team=cast.team_a)
        rows = row("甲", N[0], 与户主关系="户主", 网格="1"), row("乙", N[1], 与户主关系="女儿", 网格="2")
        assert [one.faults for one in check(*rows).rows] == [{"grids_scattered": "warning"}] * 2
