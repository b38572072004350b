"""Rule tables on the doctors' page and in the management site."""

import datetime as dt
import re

import pytest
from django.urls import reverse

from care.actions.publishing import edited, publish
from care.models import RuleTable
from care.queries.rules import table_on
from care.rule_data import shipped, shipped_programs

ADD = "admin:care_ruletable_add"


@pytest.fixture
def as_li(client, cast, today):
    client.force_login(cast.li)
    return client


@pytest.fixture
def as_zhou(client, cast, today):
    client.force_login(cast.zhou)
    return client


def typed(program, **changes):
    """What the form sends."""
    numbers = table_on(program, dt.date(2026, 11, 22)).table["numbers"]
    data = {f"number_{name}": one["value"] for name, one in numbers.items() if "policy" not in one}
    data |= {f"number_{name}": value for name, value in changes.items()}
    return data | {"in_force_from": "2026-12-01", "source": "卫健局会议纪要"}


class TestDoctorsPages:
    def test_the_list_names_every_programme(self, as_li, django_assert_max_num_queries):
        with django_assert_max_num_queries(12):
            page = as_li.get(reverse("rule-tables")).content.decode()
        assert "高血压患者健康管理" in page
        assert "第 1 版" in page

    @pytest.mark.parametrize("program", shipped_programs())
    def test_every_table_can_be_read(self, as_li, program):
        answer = as_li.get(reverse("rule-table", args=[program]))
        assert answer.status_code == 200
        page = answer.content.decode()
        assert "服务安排" in page
        assert "None" not in page
        assert "$" not in page

    def test_a_clinician_reads_triggers_windows_classes_and_sources(self, as_li):
        page = as_li.get(reverse("rule-table", args=["hypertension"])).content.decode()
        for text in (
            "登记为高血压患者后",
            "每 3 个月一次，从上次服务算起",
            "提前 15 天至推后 15 天",
            "收缩压达到 180，或者舒张压达到 110，或者有危急症状",
            "上一次为危急情况",
            "年龄达到 65 时 150；其余 140",
            "调整药物，指导生活方式，14 天内再随访。",
            "高血压再随访",
            "3.1 HT-5",
        ):
            assert text in page

    def test_two_versions_side_by_side(self, as_li):
        standing = table_on("hypertension", dt.date(2026, 11, 22))
        publish(
            by=None,
            on=dt.date(2026, 11, 22),
            program="hypertension",
            table=edited(standing.table, {"target_sbp": 130}),
            in_force_from=dt.date(2026, 12, 1),
            source="新指南",
        )
        address = reverse("rule-table", args=["hypertension"])
        page = as_li.get(address, {"version": "2", "against": "1"}).content.decode()
        assert "第 1 版与第 2 版的不同" in page
        assert "待生效" in page
        assert "<strong>130</strong>" in page
        assert "第 1 版，2017年2月28日起，现行" in as_li.get(address).content.decode()
        assert as_li.get(address, {"version": "99", "against": "x"}).status_code == 200

    def test_an_unknown_programme_is_not_found(self, as_li):
        assert as_li.get(reverse("rule-table", args=["astrology"])).status_code == 404

    def test_not_for_everybody(self, client, cast, today):
        client.force_login(cast.sun)
        assert client.get(reverse("rule-tables")).status_code == 403
        assert client.get(reverse("rule-table", args=["tb"])).status_code == 403


class TestManagementPages:
    def test_the_list_and_a_table(self, as_zhou):
        row = table_on("elderly", dt.date(2026, 11, 22))
        assert "老年人健康管理" in as_zhou.get(reverse("admin:care_ruletable_changelist")).content.decode()
        page = as_zhou.get(reverse("admin:care_ruletable_change", args=[row.pk])).content.decode()
        assert "老年人年度健康体检" in page
        assert "修改数值" in page

    @pytest.mark.parametrize("program", shipped_programs())
    def test_the_form_has_every_number_with_its_bounds_and_source(self, as_zhou, program):
        page = as_zhou.get(reverse(ADD), {"program": program}).content.decode()
        for name, one in table_on(program, dt.date(2026, 11, 22)).table["numbers"].items():
            assert (f'name="number_{name}"' in page) == ("policy" not in one)
            assert one["label"] in page
        names = re.findall(r'name="number_(\w+)"', page)
        assert names == [one for one in shipped(program)["numbers"] if one in names], (
            "in the order of the file"
        )

    def test_change_preview_confirm(self, as_zhou, cast):
        data = typed("hypertension", target_sbp="130", routine_months="2")
        page = as_zhou.post(reverse(ADD) + "?program=hypertension", data).content.decode()
        assert "请核对后确认" in page
        assert "控制目标：收缩压低于" in page
        assert "对现有安排的影响" in page
        assert RuleTable.objects.filter(program="hypertension").count() == 1
        answer = as_zhou.post(reverse(ADD) + "?program=hypertension", data | {"confirm": "1"})
        row = RuleTable.objects.get(program="hypertension", version=2)
        assert answer.url == reverse("admin:care_ruletable_change", args=[row.pk])
        assert (row.created_by, row.in_force_from, row.source) == (
            cast.zhou,
            dt.date(2026, 12, 1),
            "卫健局会议纪要",
        )
        assert row.table["numbers"]["target_sbp"]["value"] == 130
        assert row.table["numbers"]["target_sbp"]["source"] == "3.1"

    def test_fractions_are_kept_as_written(self, as_zhou):
        data = typed("diabetes", target_fasting="7.2") | {"confirm": "1"}
        as_zhou.post(reverse(ADD) + "?program=diabetes", data)
        row = RuleTable.objects.get(program="diabetes", version=2)
        assert row.table["numbers"]["target_fasting"]["value"] == "7.2"
        assert row.table["numbers"]["emergency_high"]["value"] == "16.7"

    @pytest.mark.parametrize(
        ("changes", "sentence"),
        [
            ({}, "没有改动任何数值"),
            ({"number_target_sbp": "999"}, "应在 110 到 160 之间。"),
            ({"number_target_sbp": "abc"}, "请填写数字。"),
            ({"number_target_sbp": ""}, "请填写数值。"),
            ({"number_target_sbp": "130", "source": ""}, "请写明批准这次改动的文件。"),
            ({"number_target_sbp": "130", "in_force_from": "2026-13-01"}, "请填写有效的日期"),
            ({"number_target_sbp": "130", "in_force_from": "3026-12-01"}, "生效日期太远"),
        ],
    )
    def test_what_is_wrong_is_said_and_nothing_typed_is_lost(self, as_zhou, changes, sentence):
        data = typed("hypertension") | {"number_grace_days": "30"} | changes
        page = as_zhou.post(reverse(ADD) + "?program=hypertension", data).content.decode()
        assert sentence in page
        assert RuleTable.objects.filter(program="hypertension").count() == 1
        for value in changes.values():
            assert f'value="{value}"' in page or not value

    def test_going_back_keeps_what_was_typed(self, as_zhou):
        data = typed("hypertension", target_sbp="130") | {"again": "1"}
        page = as_zhou.post(reverse(ADD) + "?program=hypertension", data).content.decode()
        assert "下一步：核对" in page
        assert 'value="130"' in page

    def test_numbers_that_together_make_no_table_are_refused(self, as_zhou):
        data = typed("perinatal", second_to="146", third_from="147", fourth_from="190", third_to="189")
        assert "请核对后确认" in as_zhou.post(reverse(ADD) + "?program=perinatal", data).content.decode()
        data = typed("perinatal", register_due="90", register_to="84")
        assert "日期先后有误" in as_zhou.post(reverse(ADD) + "?program=perinatal", data).content.decode()

    def test_only_the_bureau(self, client, cast, today):
        row = table_on("tb", dt.date(2026, 11, 22))
        for user, code in ((cast.li, 403), (cast.he, 403)):
            client.force_login(user)
            assert client.get(reverse(ADD)).status_code == code
            assert client.get(reverse("admin:care_ruletable_change", args=[row.pk])).status_code == code

    def test_a_version_cannot_be_changed_by_post(self, as_zhou):
        row = table_on("tb", dt.date(2026, 11, 22))
        assert as_zhou.post(reverse("admin:care_ruletable_change", args=[row.pk]), {}).status_code == 403
