"""What the check says to each kind of row, through the same function that worker and command use."""

import datetime as dt

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from residents.choices import Evidence, LifeStatus, Population, Relation, Sex
from residents.imports.guarding import CannotReadRoster
from residents.models import PastIdentifier
from tests.factories.grids import GridFactory, GridResponsibilityFactory
from tests.factories.residents import HouseholdFactory, PopulationFlagFactory, ResidentFactory
from tests.residents.conftest import TODAY
from tests.residents.imports.runs import CHANGED, NEW, REFUSED, SAME, judged
from tests.residents.imports.sheets import HEADER, number, row, xlsx

N = [number(one) for one in range(20)]


@pytest.fixture
def check(cast, district):
    def checked(*rows, user=None, header=HEADER, **options):
        data = xlsx(*rows, header=header, title="某社区居民花名册")
        return judged(data, user=user or cast.li, **options)

    return checked


class TestOneRow:
    def test_a_good_row_is_new_without_a_word(self, check):
        plan = check(
            row("林桂芳", N[0], 性别="女", 出生日期="1960-01-01", 联系电话="13812340001", 人群类型="高血压")
        )
        (verdict,) = plan.rows
        assert (verdict.outcome, verdict.faults, verdict.kinds) == (NEW, {}, (Population.HYPERTENSION,))
        assert verdict.row == 3  # as Excel counts, with the title above

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
        ],
    )  # fmt: skip
    def test_an_error_names_row_column_cause_and_remedy(self, check, cells, column, code, says):
        plan = check(row(**{"name": "林桂芳", "number_": N[0]} | cells))
        fault = plan.the_fault
        assert (plan.rows[0].outcome, fault.level, fault.column, fault.code) == (
            REFUSED,
            "error",
            column,
            code,
        )
        assert says in f"{fault.cause}，{fault.remedy}。"
        assert fault.cause
        assert fault.remedy
        (kind,) = plan.report.page["errors"]
        assert (kind["code"], kind["count"]) == (code, 1)
        assert (kind["rows"][0]["row"], kind["rows"][0]["column"]) == (3, column)

    @pytest.mark.parametrize(
        ("cells", "column", "code"),
        [
            ({"联系电话": "12345"}, "联系电话", "phone_form"),
            ({"联系电话": "13800000000"}, "联系电话", "phone_placeholder"),
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
        fault = next(one for one in plan.rows[0].told if one.code == code)
        assert (plan.rows[0].outcome, fault.level, fault.column) == (NEW, "warning", column)

    def test_a_doubtful_phone_is_left_out_and_the_first_mobile_taken(self, check):
        plan = check(row("甲", N[0], 联系电话="0631-5231234、13812340001"), row("乙", N[1], 联系电话="123"))
        assert [one.phone for one in plan.rows] == ["13812340001", ""]

    @pytest.mark.parametrize("mark", ["无", "/", "-", "暂无", "不详", "0", "——", " "])
    def test_marks_for_nothing_are_nothing(self, check, mark):
        plan = check(row("林桂芳", N[0], 联系电话=mark, 备注=mark, 人群类型=mark, 出生日期=mark))
        assert plan.rows[0].faults == {}
        assert plan.rows[0].remark == ""

    def test_hiv_never_comes_in_by_a_roster_and_smi_only_by_those_who_may(self, check):
        line = row("林桂芳", N[0], 人群类型="重精、HIV、高血压")
        assert check(line).rows[0].kinds == (Population.SMI, Population.HYPERTENSION)
        barred = check(line, may_restricted=False).rows[0]
        assert barred.kinds == (Population.HYPERTENSION,)
        assert barred.faults["kind_restricted"] == "warning"

    def test_the_preview_does_not_name_restricted_kinds(self, check, district):
        ResidentFactory(name="林桂芳", id_number=N[0], grid=district.grid_a, household=None)
        report = str(
            check(row("林桂芳", N[0], 人群类型="重精"), row("甲", N[1], 人群类型="重精")).report.page
        )
        assert "精神" not in report
        assert "受限人群标识" in report


class TestFrame:
    def test_blank_total_signature_and_repeated_header_rows_are_not_people(self, check):
        plan = check(
            [], row("林桂芳", N[0]), [""] * len(HEADER), ["合计", "1"], ["小计：", ""], list(HEADER),
            row("甲", N[1]), ["填表人：王干事"], ["制表日期", ""], ["审核人：", "李主任"], ["备注：以上属实"],
        )  # fmt: skip
        assert [one.name for one in plan.rows] == ["林桂芳", "甲"]

    def test_a_person_called_like_a_total_is_a_person(self, check):
        assert check(row("合计", N[0])).rows[0].outcome == NEW

    def test_nothing_below_the_header_is_refused(self, check):
        for rows in ([], [[""] * 3], [["合计", "0"]]):
            with pytest.raises(CannotReadRoster) as refused:
                check(*rows)
            assert refused.value.code == "no_rows"

    def test_short_rows_are_filled_up(self, check):
        header = ("姓名", "身份证号", "村居", "备注")
        assert check(["林桂芳", N[0], "东北村"], header=header).rows[0].outcome == NEW

    def test_unused_columns_are_told(self, check):
        report = check(["甲", N[0], "东北村", "汉"], header=("姓名", "身份证号", "村居", "民族")).report
        assert any("民族" in note for note in report.page["notes"])


class TestDuplicates:
    def test_the_same_number_twice_is_told_at_the_second_row(self, check):
        plan = check(row("林桂芳", N[0]), row("林桂芳", N[0].lower()), row("甲", N[0]))
        assert [one.outcome for one in plan.rows] == [NEW, REFUSED, REFUSED]
        assert [list(one.faults) for one in plan.rows[1:]] == [["id_repeated"], ["id_two_names"]]
        assert "第 3 行" in plan.rows[1].told[0].cause

    def test_15_and_18_digits_are_the_same_person(self, check):
        old = N[0][:6] + N[0][8:17]
        assert [one.outcome for one in check(row("林桂芳", N[0]), row("林桂芳", old)).rows] == [
            NEW,
            REFUSED,
        ]

    def test_one_phone_in_too_many_households_is_doubted(self, check):
        rows = [row("林桂芳", one, 联系电话="13812340001", 与户主关系="户主") for one in N[:7]]
        assert all(one.faults == {"phone_shared": "warning"} for one in check(*rows).rows)
        assert all(not one.faults for one in check(*rows[:6]).rows)

    def test_one_phone_for_a_family_is_normal(self, check):
        relations = ["户主", *["其他亲属"] * 7]
        rows = [
            row("甲", one, 户号="1", 与户主关系=said, 联系电话="13812340001")
            for one, said in zip(N[:8], relations, strict=True)
        ]
        assert all(not one.faults for one in check(*rows).rows)


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
            assert [(one.outcome, one.changes) for one in check(line).rows] == [(SAME, [])]

    def test_changes_show_before_and_after_masked(self, check, known):
        (verdict,) = check(
            row("林桂芳", N[0], 联系电话="13912340009", 详细地址="和平路2号", 备注="新", 人群类型="糖尿病")
        ).rows
        assert verdict.outcome == CHANGED
        assert verdict.changes == [
            ["联系电话", "138****0001", "139****0009"],
            ["详细地址", "和平路1号", "和平路2号"],
            ["备注", "旧", "新"],
            ["人群类型", "", "增加 2型糖尿病患者"],
        ]

    def test_another_name_for_a_known_number_is_a_conflict(self, check, known):
        (verdict,) = check(row("林贵芳", N[0], 联系电话="13912340009")).rows
        assert (verdict.outcome, list(verdict.faults)) == (REFUSED, ["name_conflict"])
        assert "林*芳" in verdict.told[0].cause

    def test_somebody_of_another_team_is_not_described(self, check, district):
        ResidentFactory(name="赵海波", id_number=N[0], grid=district.grid_b)
        (verdict,) = check(row("林桂芳", N[0])).rows
        assert (verdict.outcome, list(verdict.faults)) == (REFUSED, ["id_elsewhere"])
        assert "赵" not in str(check(row("林桂芳", N[0])).report.page)

    def test_a_former_number_asks_for_the_present_one(self, check, cast, known):
        from residents.searchable import number_index

        PastIdentifier.objects.create(
            resident=known, id_kind="01", id_number=N[5], id_index=number_index(N[5]), replaced_on=TODAY, reason="x",
            replaced_by=cast.li,
        )  # fmt: skip
        assert list(check(row("林桂芳", N[5])).rows[0].faults) == ["id_former"]

    @pytest.mark.parametrize("status", [LifeStatus.DECEASED, LifeStatus.MOVED_OUT])
    def test_the_dead_and_the_gone_are_not_brought_back_by_a_list(self, check, known, status):
        known.life_status, known.life_status_on = status, TODAY
        known.save()
        assert list(check(row("林桂芳", N[0])).rows[0].faults) == ["not_present"]

    @pytest.mark.parametrize(
        ("evidence", "outcome"),
        [(Evidence.GRID_REPORT, CHANGED), (Evidence.ROSTER, SAME), (Evidence.MEDICAL_RECORD, SAME)],
    )
    def test_a_roster_raises_only_weaker_evidence(self, check, known, evidence, outcome):
        PopulationFlagFactory(resident=known, kind=Population.HYPERTENSION, evidence=evidence)
        assert check(row("林桂芳", N[0], 人群类型="高血压")).rows[0].outcome == outcome

    def test_without_household_the_grid_may_change_by_a_roster(self, check, cast, district, known):
        other = GridFactory(village=district.village_a)
        GridResponsibilityFactory(grid=other, team=cast.team_a)
        (verdict,) = check(row("林桂芳", N[0], 网格="2")).rows
        assert verdict.changes == [["网格", district.grid_a.name, other.name]]
        known.household = HouseholdFactory(grid=district.grid_a)
        known.save()
        (verdict,) = check(row("林桂芳", N[0], 网格="2")).rows
        assert (verdict.outcome, verdict.faults) == (SAME, {"grid_differs": "warning"})


def test_the_same_number_of_queries_whatever_the_rows(cast, check):
    def asked(count):
        rows = [row(f"林{chr(0x4E00 + at)}", number(at), 与户主关系="户主") for at in range(count)]
        with CaptureQueriesContext(connection) as queries:
            assert len(check(*rows).rows) == count
        return len(queries)

    asked(2)  # the scope is read once
    assert asked(3) == asked(120)


def test_counts_part_the_rows_into_ok_warned_and_refused(check):
    rows = row("甲", N[0]), row("乙", N[1], 联系电话="1"), row("丙", "1"), row("", "2")
    counts = check(*rows).report.counts
    assert (counts["rows"], counts["ok"], counts["warnings"], counts["errors"]) == (4, 1, 1, 2)
    assert (counts["created_residents"], counts["error_kinds"]) == (2, {"id_length": 2, "name_missing": 1})
