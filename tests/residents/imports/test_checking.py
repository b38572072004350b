"""What the check says to each kind of row, through the same function that page and command use."""

import dataclasses
import datetime as dt

import pytest

from residents.choices import Evidence, LifeStatus, Population, Relation, Sex
from residents.imports.checking import Terms, check_roster
from residents.imports.plan import CHANGED, NEW, REFUSED, SAME
from residents.imports.reading import CannotReadRoster, Sheet
from residents.imports.report import counts_of, report_of
from residents.models import Household, PastIdentifier
from teams.access import scope_of
from tests.factories.grids import GridFactory, GridResponsibilityFactory
from tests.factories.residents import HouseholdFactory, PopulationFlagFactory, ResidentFactory
from tests.residents.conftest import POLICY, TODAY
from tests.residents.imports.sheets import HEADER, number, row

N = [number(one) for one in range(20)]


@pytest.fixture
def check(cast, district):
    def checked(*rows, user=None, policy=POLICY, may_restricted=True, header=HEADER):
        sheet = Sheet("", [["某社区居民花名册"], [*header], *([*one] for one in rows)])
        terms = Terms(scope_of(user or cast.li), policy, may_restricted)
        return check_roster([sheet], terms, on=TODAY)

    return checked


def faults(verdict) -> dict[str, str]:
    return {one.fault.code: one.level for one in verdict.draft.faults}


def the_fault(plan, at=-1):
    (one,) = plan.verdicts[at].draft.faults
    return one


class TestOneRow:
    def test_a_good_row_is_new_without_a_word(self, check):
        plan = check(
            row("林桂芳", N[0], 性别="女", 出生日期="1960-01-01", 联系电话="13812340001", 人群类型="高血压")
        )
        (verdict,) = plan.verdicts
        assert (verdict.outcome, verdict.draft.faults, verdict.kinds) == (NEW, [], (Population.HYPERTENSION,))
        assert verdict.draft.row == 3  # as Excel counts, with the title above

    @pytest.mark.parametrize(
        ("cells", "column", "code", "says"),
        [
            ({"name": ""}, "姓名", "name_missing", "没有填写姓名"),
            ({"name": "林2"}, "姓名", "name_digits", "数字"),
            ({"number_": ""}, "身份证号", "id_missing", "暂无证件"),
            ({"number_": "无"}, "身份证号", "id_missing", "暂无证件"),
            ({"number_": "110105194912310021"}, "身份证号", "id_check_digit", "校验码"),
            ({"number_": "371002195002290006"}, "身份证号", "id_date", "出生日期"),
            ({"number_": "3.71002196001010E+17"}, "身份证号", "id_truncated", "Excel"),
            ({"number_": "371002196001010000"}, "身份证号", "id_truncated", "文本"),
            ({"number_": "37100219600101O003"}, "身份证号", "id_lookalike", "字母 O"),
            ({"性别": "男"}, "性别", "sex_disagrees", "不一致"),
            ({"性别": "雄"}, "性别", "sex_unknown", "请填男或女"),
            ({"出生日期": "1960-01-02"}, "出生日期", "birth_disagrees", "1960-01-01"),
            ({"出生日期": "1960-02-30"}, "出生日期", "date_impossible", "不存在"),
            ({"出生日期": "五四年"}, "出生日期", "date_form", "1956-03-08"),
            ({"village": ""}, "村居", "village_missing", "12 位代码"),
            ({"village": "天边村"}, "村居", "village_unknown", "东北村社区"),
            ({"village": "菊花顶社区"}, "村居", "village_out_of_reach", "不在您的管辖范围"),
            ({"网格": "第九网格"}, "网格", "grid_unknown", "没有网格"),
            ({"与户主关系": "邻居"}, "与户主关系", "relation_unknown", "请改填"),
            ({"与户主关系": "妻子"}, "与户主关系", "head_not_found", "户主排在成员前面"),
            ({"详细地址": "路" * 201}, "详细地址", "cell_too_long", "200"),
            ({"备注": "#REF!"}, "备注", "cell_error", "公式错误"),
        ],
    )  # fmt: skip
    def test_an_error_names_row_column_cause_and_remedy(self, check, cells, column, code, says):
        plan = check(row(**{"name": "林桂芳", "number_": N[0]} | cells))
        fault = the_fault(plan)
        assert (plan.verdicts[0].outcome, fault.level, fault.column, fault.fault.code) == (
            REFUSED,
            "error",
            column,
            code,
        )
        assert says in fault.fault.sentence
        assert fault.fault.cause
        assert fault.fault.remedy
        line = report_of(plan)["errors"][0]
        assert (line["row"], line["column"]) == (3, column)

    @pytest.mark.parametrize(
        ("cells", "column", "code"),
        [
            ({"联系电话": "12345"}, "联系电话", "phone_form"),
            ({"联系电话": "13800000000"}, "联系电话", "phone_placeholder"),
            ({"联系电话": "13812340001/13812340002"}, "联系电话", "phone_several"),
            ({"人群类型": "痛风"}, "人群类型", "kind_unknown"),
            ({"人群类型": "艾滋病"}, "人群类型", "kind_closed"),
            ({"number_": "371099600101401"}, "身份证号", "id_upgraded"),
            ({"户号": "12"}, "与户主关系", "relation_missing"),
            ({"户主姓名": "宋建国"}, "与户主关系", "relation_missing"),
            ({"户号": "12", "与户主关系": "长子"}, "与户主关系", "relation_sex"),
        ],
    )
    def test_a_warning_does_not_stop_the_row(self, check, cells, column, code):
        woman = "371099600101402" if cells.get("number_") else N[0]
        plan = check(
            row(**{"name": "林桂芳", "number_": woman} | {k: v for k, v in cells.items() if k != "number_"})
        )
        fault = the_fault(plan)
        assert (plan.verdicts[0].outcome, fault.level, fault.column, fault.fault.code) == (
            NEW,
            "warning",
            column,
            code,
        )

    def test_a_doubtful_phone_is_left_out_and_the_first_mobile_taken(self, check):
        plan = check(row("甲", N[0], 联系电话="0631-5231234、13812340001"), row("乙", N[1], 联系电话="123"))
        assert [one.draft.phone for one in plan.verdicts] == ["13812340001", ""]

    @pytest.mark.parametrize("mark", ["无", "/", "-", "暂无", "不详", "0", "——", " "])
    def test_marks_for_nothing_are_nothing(self, check, mark):
        plan = check(row("林桂芳", N[0], 联系电话=mark, 备注=mark, 人群类型=mark, 出生日期=mark))
        assert plan.verdicts[0].draft.faults == []
        assert plan.verdicts[0].draft.remark == ""

    def test_hiv_never_comes_in_by_a_roster_and_smi_only_by_those_who_may(self, check):
        line = row("林桂芳", N[0], 人群类型="重精、HIV、高血压")
        assert check(line).verdicts[0].kinds == (Population.SMI, Population.HYPERTENSION)
        barred = check(line, may_restricted=False).verdicts[0]
        assert barred.kinds == (Population.HYPERTENSION,)
        assert faults(barred)["kind_restricted"] == "warning"

    def test_the_preview_does_not_name_restricted_kinds(self, check, district):
        ResidentFactory(name="林桂芳", id_number=N[0], grid=district.grid_a, household=None)
        report = str(report_of(check(row("林桂芳", N[0], 人群类型="重精"), row("甲", N[1], 人群类型="重精"))))
        assert "精神" not in report
        assert "受限人群标识" in report


class TestFrame:
    def test_blank_total_signature_and_repeated_header_rows_are_not_people(self, check):
        plan = check(
            [], row("林桂芳", N[0]), [""] * len(HEADER), ["合计", "1"], ["小计：", ""], list(HEADER),
            row("甲", N[1]), ["填表人：王干事"], ["制表日期", ""], ["审核人：", "李主任"], ["备注：以上属实"],
        )  # fmt: skip
        assert [one.draft.name for one in plan.verdicts] == ["林桂芳", "甲"]

    def test_a_person_called_like_a_total_is_a_person(self, check):
        assert check(row("合计", N[0])).verdicts[0].outcome == NEW

    def test_nothing_below_the_header_is_refused(self, check):
        for rows in ([], [[""] * 3], [["合计", "0"]]):
            with pytest.raises(CannotReadRoster) as refused:
                check(*rows)
            assert refused.value.code == "no_rows"

    def test_too_many_people_are_refused_with_the_number(self, check):
        with pytest.raises(CannotReadRoster, match="有 3 行，超过 2 行"):
            check(*[row("甲", one) for one in N[:3]], policy=dataclasses.replace(POLICY, roster_max_rows=2))

    def test_short_rows_are_filled_up(self, check):
        header = ("姓名", "身份证号", "村居", "备注")
        assert check(["林桂芳", N[0], "东北村"], header=header).verdicts[0].outcome == NEW

    def test_unused_columns_and_sheets_are_told(self, cast):
        sheets = [Sheet("一", [["姓名", "身份证号", "村居", "民族"], ["甲", N[0], "东北村", "汉"]])] * 2
        plan = check_roster(sheets, Terms(scope_of(cast.li), POLICY, True), on=TODAY)
        assert len(plan.notes) == 2
        assert "民族" in plan.notes[1]


class TestDuplicates:
    def test_the_same_number_twice_is_told_at_the_second_row(self, check):
        plan = check(row("林桂芳", N[0]), row("林桂芳", N[0].lower()), row("甲", N[0]))
        assert [one.outcome for one in plan.verdicts] == [NEW, REFUSED, REFUSED]
        assert [list(faults(one)) for one in plan.verdicts[1:]] == [["id_repeated"], ["id_two_names"]]
        assert "第 3 行" in plan.verdicts[1].draft.faults[0].fault.cause

    def test_15_and_18_digits_are_the_same_person(self, check):
        old = N[0][:6] + N[0][8:17]
        assert [one.outcome for one in check(row("林桂芳", N[0]), row("林桂芳", old)).verdicts] == [
            NEW,
            REFUSED,
        ]

    def test_one_phone_in_too_many_households_is_doubted(self, check):
        rows = [row("林桂芳", one, 联系电话="13812340001", 与户主关系="户主") for one in N[:7]]
        assert all(faults(one) == {"phone_shared": "warning"} for one in check(*rows).verdicts)
        assert all(one.draft.faults == [] for one in check(*rows[:6]).verdicts)

    def test_one_phone_for_a_family_is_normal(self, check):
        rows = [row("甲", one, 户号="1", 与户主关系="其他亲属", 联系电话="13812340001") for one in N[:8]]
        assert all(one.draft.faults == [] for one in check(*rows).verdicts)


class TestAgainstTheRegistry:
    @pytest.fixture
    def known(self, district):
        return ResidentFactory(
            name="林桂芳", id_number=N[0], sex=Sex.FEMALE, born_on=dt.date(1960, 1, 1), phone="13812340001",
            grid=district.grid_a, household=None, relation=Relation.NON_RELATIVE, address="和平路1号", remark="旧",
        )  # fmt: skip

    def test_nothing_new_is_unchanged_and_blanks_erase_nothing(self, check, known):
        for line in (
            row("林桂芳", N[0]),
            row("林桂芳", N[0], 联系电话="138 1234 0001", 详细地址="和平路1号", 备注="旧"),
        ):
            assert [(one.outcome, one.changes) for one in check(line).verdicts] == [(SAME, [])]

    def test_changes_show_before_and_after_masked(self, check, known):
        (verdict,) = check(
            row("林桂芳", N[0], 联系电话="13912340009", 详细地址="和平路2号", 备注="新", 人群类型="糖尿病")
        ).verdicts
        assert verdict.outcome == CHANGED
        assert [(one.label, one.before, one.after) for one in verdict.changes] == [
            ("联系电话", "138****0001", "139****0009"),
            ("详细地址", "和平路1号", "和平路2号"),
            ("备注", "旧", "新"),
            ("人群类型", "", "增加 2型糖尿病患者"),
        ]

    def test_another_name_for_a_known_number_is_a_conflict(self, check, known):
        (verdict,) = check(row("林贵芳", N[0], 联系电话="13912340009")).verdicts
        assert (verdict.outcome, list(faults(verdict))) == (REFUSED, ["name_conflict"])
        assert "林*芳" in verdict.draft.faults[0].fault.cause

    def test_somebody_of_another_team_is_not_described(self, check, district):
        ResidentFactory(name="赵海波", id_number=N[0], grid=district.grid_b)
        (verdict,) = check(row("林桂芳", N[0])).verdicts
        assert (verdict.outcome, list(faults(verdict))) == (REFUSED, ["id_elsewhere"])
        assert "赵" not in str(report_of(check(row("林桂芳", N[0]))))

    def test_a_former_number_asks_for_the_present_one(self, check, cast, known):
        from residents.searchable import number_index

        PastIdentifier.objects.create(
            resident=known, id_kind="01", id_number=N[5], id_index=number_index(N[5]), replaced_on=TODAY, reason="x",
            replaced_by=cast.li,
        )  # fmt: skip
        assert list(faults(check(row("林桂芳", N[5])).verdicts[0])) == ["id_former"]

    @pytest.mark.parametrize("status", [LifeStatus.DECEASED, LifeStatus.MOVED_OUT])
    def test_the_dead_and_the_gone_are_not_brought_back_by_a_list(self, check, known, status):
        known.life_status, known.life_status_on = status, TODAY
        known.save()
        assert list(faults(check(row("林桂芳", N[0])).verdicts[0])) == ["not_present"]

    @pytest.mark.parametrize(
        ("evidence", "outcome"),
        [(Evidence.GRID_REPORT, CHANGED), (Evidence.ROSTER, SAME), (Evidence.MEDICAL_RECORD, SAME)],
    )
    def test_a_roster_raises_only_weaker_evidence(self, check, known, evidence, outcome):
        PopulationFlagFactory(resident=known, kind=Population.HYPERTENSION, evidence=evidence)
        assert check(row("林桂芳", N[0], 人群类型="高血压")).verdicts[0].outcome == outcome

    def test_without_household_the_grid_may_change_by_a_roster(self, check, cast, district, known):
        other = GridFactory(village=district.village_a)
        GridResponsibilityFactory(grid=other, team=cast.team_a)
        (verdict,) = check(row("林桂芳", N[0], 网格="2")).verdicts
        assert verdict.values == {"grid_id": other.pk}
        known.household = HouseholdFactory(grid=district.grid_a)
        known.save()
        (verdict,) = check(row("林桂芳", N[0], 网格="2")).verdicts
        assert (verdict.outcome, faults(verdict)) == (SAME, {"grid_differs": "warning"})


def homes(plan) -> list[int | None]:
    return [one.draft.family for one in plan.verdicts]


class TestFamilies:
    def test_a_head_then_his_members(self, check):
        plan = check(
            row("甲", number(0, Sex.MALE), 与户主关系="户主"), row("乙", N[1], 与户主关系="妻子"),
            row("丙", number(2, Sex.MALE), 与户主关系="户主"), row("丁", N[3], 与户主关系="女儿"), row("戊", N[4]),
        )  # fmt: skip
        assert homes(plan) == [0, 0, 1, 1, None]
        assert len(plan.founded) == 2
        assert all(one.draft.faults == [] for one in plan.verdicts)

    def test_by_household_number_in_any_order(self, check):
        plan = check(
            row("乙", N[1], 户号="A1", 与户主关系="妻子"), row("丁", N[3], 户号="A2", 与户主关系="户主"),
            row("甲", number(0, Sex.MALE), 户号="a1", 与户主关系="户主"),
        )  # fmt: skip
        assert homes(plan) == [0, 1, 0]
        assert plan.families[0].head.name == "甲"

    def test_by_the_name_of_the_head(self, check):
        plan = check(
            row("乙", N[1], 户主姓名="甲", 与户主关系="妻子"), row("甲", number(0, Sex.MALE), 户主姓名="甲"),
            row("丙", N[2], 户主姓名="丙"),
        )  # fmt: skip
        assert homes(plan) == [0, 0, 1]
        assert plan.families[0].head.relation == Relation.HEAD

    def test_heads_of_one_name_are_told_apart_by_address_or_not_at_all(self, check):
        heads = [
            row("张伟", number(0, Sex.MALE), 与户主关系="户主", 详细地址="一号"),
            row("张伟", number(1, Sex.MALE), 与户主关系="户主", 详细地址="二号"),
        ]
        plan = check(*heads, row("乙", N[2], 户主姓名="张伟", 与户主关系="妻子", 详细地址="二号"))
        assert homes(plan) == [0, 1, 1]
        plan = check(*heads, row("乙", N[2], 户主姓名="张伟", 与户主关系="妻子"))
        assert list(faults(plan.verdicts[2])) == ["head_ambiguous"]

    def test_two_heads_under_one_number_are_refused(self, check):
        plan = check(
            row("甲", N[0], 户号="1", 与户主关系="户主"), row("乙", N[1], 户号="1", 与户主关系="户主")
        )
        assert [one.outcome for one in plan.verdicts] == [NEW, REFUSED]
        assert "第 3 行" in the_fault(plan).fault.cause

    def test_a_head_with_an_error_leaves_his_family_without_head_and_says_so(self, check):
        plan = check(row("甲", "123", 与户主关系="户主", 详细地址="一号"), row("乙", N[1], 与户主关系="妻子"))
        assert [one.outcome for one in plan.verdicts] == [REFUSED, NEW]
        assert faults(plan.verdicts[1]) == {"head_refused": "warning"}
        assert len(plan.founded) == 1

    def test_members_of_another_village_do_not_follow(self, check, cast, district):
        plan = check(
            row("甲", N[0], 与户主关系="户主"),
            row("乙", N[1], 与户主关系="女儿", village="菊花顶社区"),
            user=cast.zhou,
        )
        assert list(faults(plan.verdicts[1])) == ["head_not_found"]

    def test_another_address_than_the_head_is_told(self, check):
        plan = check(
            row("甲", N[0], 与户主关系="户主", 详细地址="一号"),
            row("乙", N[1], 与户主关系="女儿", 详细地址="二号"),
        )
        assert faults(plan.verdicts[1]) == {"address_differs": "warning"}

    def test_a_known_head_keeps_his_household(self, check, cast, district):
        head = ResidentFactory(name="甲", id_number=N[0], grid=district.grid_a, sex=Sex.FEMALE)
        plan = check(row("甲", N[0], 与户主关系="户主"), row("乙", N[1], 与户主关系="女儿"))
        assert [one.outcome for one in plan.verdicts] == [SAME, NEW]
        assert plan.families[0].household_id == head.household_id
        assert plan.founded == []

    def test_a_member_alone_finds_the_registered_head_by_name(self, check, district):
        head = ResidentFactory(name="甲", id_number=N[0], grid=district.grid_a)
        plan = check(row("乙", N[1], 户主姓名="甲", 与户主关系="女儿"))
        assert plan.families[0].household_id == head.household_id

    def test_a_new_head_of_the_same_name_founds_a_household_of_his_own(self, check, district):
        ResidentFactory(name="甲", id_number=N[0], grid=district.grid_a)
        plan = check(row("甲", N[1], 与户主关系="户主"))
        assert plan.families[0].household_id is None
        assert len(plan.founded) == 1

    def test_a_household_number_of_ours_is_used_or_refused(self, check, district):
        home = HouseholdFactory(grid=district.grid_a)
        plan = check(row("乙", N[1], 户号=home.number.lower(), 与户主关系="女儿"))
        assert plan.families[0].household_id == home.pk
        plan = check(row("乙", N[1], 户号="371002001001F99999", 与户主关系="女儿"))
        assert list(faults(plan.verdicts[0])) == ["household_unknown"]

    def test_a_household_of_another_team_is_not_joined(self, check, district):
        home = HouseholdFactory(grid=district.grid_b)
        plan = check(row("乙", N[1], 户号=home.number, 与户主关系="女儿"))
        assert list(faults(plan.verdicts[0])) == ["household_unknown"]

    def test_nobody_is_moved_nor_made_head_by_a_roster(self, check, district):
        settled = ResidentFactory(name="乙", id_number=N[1], grid=district.grid_a, relation=Relation.DAUGHTER)
        ResidentFactory(name="丙", id_number=N[2], grid=district.grid_a, household=settled.household)
        plan = check(row("甲", N[0], 与户主关系="户主"), row("乙", N[1], 与户主关系="女儿"))
        assert (plan.verdicts[1].outcome, faults(plan.verdicts[1])) == (
            SAME,
            {"household_differs": "warning"},
        )
        plan = check(row("乙", N[1], 与户主关系="户主"))
        assert list(faults(plan.verdicts[0])) == ["head_exists"]
        assert Household.objects.count() == 1

    def test_who_has_no_household_joins_the_one_of_the_sheet(self, check, district):
        ResidentFactory(
            name="乙", id_number=N[1], grid=district.grid_a, household=None, relation=Relation.NON_RELATIVE
        )
        plan = check(row("甲", N[0], 与户主关系="户主"), row("乙", N[1], 与户主关系="女儿"))
        assert [(one.label, one.after) for one in plan.verdicts[1].changes] == [
            ("家庭", "新建一户"),
            ("与户主关系", "女"),
        ]


def test_a_bounded_number_of_queries_whatever_the_rows(cast, check, django_assert_max_num_queries):
    rows = [row(f"林{chr(0x4E00 + at)}", number(at), 与户主关系="户主") for at in range(120)]
    scope_of(cast.li)
    with django_assert_max_num_queries(12):
        assert len(check(*rows).verdicts) == 120


def test_counts_part_the_rows_into_ok_warned_and_refused(check):
    counts = counts_of(check(row("甲", N[0]), row("乙", N[1], 联系电话="1"), row("丙", "1"), row("", "2")))
    assert (counts["rows"], counts["ok"], counts["warnings"], counts["errors"]) == (4, 1, 1, 2)
    assert (counts["created_residents"], counts["error_kinds"]) == (2, {"id_length": 2, "name_missing": 1})
