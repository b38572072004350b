"""The pages of a list: what they show in each state, to whom, and what a click does."""

import json

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.urls import reverse

from core.models import ReadLog
from residents.choices import ImportState, PartKind
from residents.models import HeaderMemory, RosterImport, RosterPart, RosterProgress
from tests.factories import rosters
from tests.residents.helpers import FRAME, text_of
from tests.residents.imports.sheets import FILES

pytestmark = pytest.mark.usefixtures("today")
S = ImportState


def upload(client, data: bytes, name="花名册.xlsx"):
    return client.post(reverse("roster-upload"), {"file": SimpleUploadedFile(name, data)})


def page(client, roster):
    return client.get(reverse("roster-detail", args=[roster.pk]))


def click(client, verb, roster, **data):
    return client.post(reverse(f"roster-{verb}", args=[roster.pk]), data, follow=True)


class TestUpload:
    def test_a_list_is_received_and_its_page_opens(self, cast, sign_in):
        client = sign_in(cast.qian)
        response = upload(client, (FILES / "village.xlsx").read_bytes())
        roster = RosterImport.objects.get()
        assert response["Location"] == reverse("roster-detail", args=[roster.pk])
        html = text_of(client.get(response["Location"]))
        assert "正在核对" in html
        assert "排队中" in html
        assert 'hx-trigger="every 2s"' in html
        assert '<noscript><meta http-equiv="refresh"' in html

    @pytest.mark.parametrize(
        ("data", "says"),
        [
            (b"%PDF-1.7", "这是 PDF 文件"),
            (b"\x89PNG\r\n", "这是图片"),
            (b"Rar!\x1a", "这是压缩包"),
            (b"<html></html>", "另存为 .xlsx"),
            ((FILES / "protected.xlsx").read_bytes(), "密码"),
            (b"PK\x03\x04" + b"x" * 100, "已损坏"),
            (b"", "文件是空的"),
        ],
    )
    def test_a_useless_file_is_told_at_the_field(self, cast, sign_in, data, says):
        response = upload(sign_in(cast.li), data)
        assert response.status_code == 200
        assert says in " ".join(response.context["form"].errors["file"])
        assert not RosterImport.objects.exists()

    def test_no_file_chosen(self, cast, sign_in):
        assert "请选择花名册文件" in text_of(sign_in(cast.li).post(reverse("roster-upload")))

    def test_too_large_is_told_at_the_field(self, cast, sign_in, settings):
        """What was cut off at the door is still seen to be too large."""
        from core.models import PolicySetting

        PolicySetting.objects.create(
            room="residents",
            payload={"roster_max_bytes": 1_000_000},
            in_force_from="2020-01-01",
            source="测试",
        )
        settings.MAX_UPLOAD_BYTES = 1_200_000
        response = upload(sign_in(cast.li), b"x" * 9_000_000)
        assert "请按村居拆成几个文件" in " ".join(response.context["form"].errors["file"])
        assert not RosterPart.objects.exists()

    def test_the_history_is_paged_and_bounded_in_queries(self, cast, sign_in, django_assert_max_num_queries):
        for at in range(25):
            roster = rosters.received(cast.li)
            RosterImport.objects.filter(pk=roster.pk).update(
                uploaded_at=f"2026-11-{at + 1:02}T08:00:00+08:00"
            )
        client = sign_in(cast.li)
        client.get(reverse("roster-upload"))
        with django_assert_max_num_queries(FRAME + 2):
            first = client.get(reverse("roster-upload"))
        assert text_of(first).count("花名册.csv") == 20
        second = client.get(reverse("roster-upload"), {"before": first.context["next_before"]})
        assert text_of(second).count("花名册.csv") == 5
        assert not {one.pk for one in first.context["history"]} & {
            one.pk for one in second.context["history"]
        }
        assert client.get(reverse("roster-upload"), {"before": "gestern"}).status_code == 200


class TestWatching:
    def test_how_far_it_is(self, cast, sign_in):
        roster = rosters.received(cast.li)
        RosterImport.objects.update(state=S.CHECKING, attempts=2)
        RosterProgress.objects.update(phase="与名册比对", done=250_000, total=1_000_000, seconds_left=170)
        html = text_of(page(sign_in(cast.li), roster))
        for shown in ("与名册比对", 'value="25"', "250,000 / 1,000,000", "约 3 分钟", "第 2 次"):
            assert shown in html

    def test_the_bar_is_asked_for_alone_and_calls_the_page_when_done(
        self, cast, sign_in, django_assert_max_num_queries
    ):
        client = sign_in(cast.li)
        roster = rosters.received(cast.li)
        address = reverse("roster-progress", args=[roster.pk])
        client.get(address)
        with django_assert_max_num_queries(FRAME + 3):
            html = text_of(client.get(address, headers={"HX-Request": "true"}))
        assert "<html" not in html
        assert 'id="progress"' in html
        RosterImport.objects.update(state=S.CHECKED)
        assert client.get(address, headers={"HX-Request": "true"})["HX-Refresh"] == "true"

    def test_the_bar_does_not_keep_an_idle_session_alive(self, cast, sign_in):
        client = sign_in(cast.li)
        roster = rosters.received(cast.li)
        page(client, roster)
        session = client.session
        seen = dict(session.items())
        import time_machine

        with time_machine.travel("2026-11-22T12:20:00+08:00", tick=False):
            client.get(reverse("roster-progress", args=[roster.pk]))
            assert dict(client.session.items()) == seen
        with time_machine.travel("2026-11-22T12:35:00+08:00", tick=False):
            answer = client.get(reverse("roster-progress", args=[roster.pk]), headers={"HX-Request": "true"})
        assert answer.status_code == 401
        assert "/login/" in answer["HX-Redirect"]

    def test_large_ones_wait_in_line(self, cast, sign_in):
        first, second = rosters.received(cast.li), rosters.received(cast.li)
        RosterImport.objects.update(file_bytes=50_000_000)
        client = sign_in(cast.li)
        assert "前面还有 1 份" in text_of(page(client, second))
        assert "马上开始" in text_of(page(client, first))
        RosterImport.objects.filter(pk=first.pk).update(state=S.CHECKING)
        RosterProgress.objects.filter(roster=first).update(beat_at="2030-01-01T00:00:00Z")
        assert "前面还有 1 份" in text_of(page(client, second))


class TestMapping:
    def test_the_page_asks_and_the_answer_is_kept(self, cast, sign_in):
        client = sign_in(cast.li)
        roster = rosters.unmapped(cast.li)
        html = text_of(page(client, roster))
        for shown in (
            "工作表“东北村”",
            "林*芳",
            "18 位数字",
            "不导入",
            "身份证号（必填）",
            "空白格同上一行",
            "记住这些表头",
        ):
            assert shown in html
        answer = {
            "column-0-0": "姓名",
            "column-0-1": "身份证号",
            "column-0-2": "村居",
            "fill-0-2": "on",
            "remember": "on",
        }
        assert "正在核对" in text_of(click(client, "map", roster, **answer))
        roster.refresh_from_db()
        assert roster.mapping["0"]["columns"] == {"0": "姓名", "1": "身份证号", "2": "村居"}
        assert roster.mapping["0"]["fill"] == [2]
        told = HeaderMemory.objects.filter(institution=cast.institution_a)
        assert dict(told.values_list("title", "column")) == {
            "姓名": "姓名", "号码": "身份证号", "所在地": "村居",
        }  # fmt: skip

    def test_what_is_missing_is_told_and_nothing_chosen_is_lost(self, cast, sign_in):
        client = sign_in(cast.li)
        roster = rosters.unmapped(cast.li)
        html = text_of(
            click(client, "map", roster, **{"column-0-0": "姓名", "column-0-1": "姓名", "fill-0-2": "on"})
        )
        assert "有 2 列都选了“姓名”" in html
        assert "请指出哪一列是“身份证号”、“村居”" in html
        assert html.count('value="姓名" selected') == 2
        roster.refresh_from_db()
        assert roster.state == S.UNMAPPED

    def test_a_column_that_is_none_is_refused(self, cast, sign_in):
        html = text_of(click(sign_in(cast.li), "map", rosters.unmapped(cast.li), **{"column-0-0": "密码"}))
        assert "密码" in html
        assert RosterImport.objects.get().state == S.UNMAPPED

    def test_when_it_is_not_asked_any_more(self, cast, sign_in):
        assert "不用再指定列" in text_of(click(sign_in(cast.li), "map", rosters.checked(cast.li)))


class TestPreview:
    def test_everything_by_kind(self, cast, sign_in, person, django_assert_max_num_queries):
        roster = rosters.checked(cast.li, resident_ids=[person.pk])
        client = sign_in(cast.li)
        client.get(reverse("roster-upload"))
        with django_assert_max_num_queries(FRAME + 4):
            html = text_of(page(client, roster))
        for shown in (
            "确认导入 2 人", "证件号码位数不对", "请对照证件核对", "第 4 行", "电话不对", "详细地址：旧址 → 新址", "林*芳",
            "以下列不导入：签名。", "下载错误行（1）", "1 户",
        ):  # fmt: skip
            assert shown in html
        assert ReadLog.objects.get(page="roster-detail").subject_ids == [person.pk]
        assert ReadLog.objects.get(page="roster-detail").action == "list"

    def test_a_million_rows_make_a_small_page(self, cast, sign_in):
        counts = rosters.COUNTS | {"rows": 1_000_000, "errors": 30_000}
        rows = [
            {"sheet": 0, "row": at, "name": "林*芳", "column": "身份证号", "cause": "号码有 3 位"}
            for at in range(20)
        ]
        kinds = [
            {"code": str(at), "title": "位数不对", "remedy": "请核对", "count": 3_000, "rows": rows}
            for at in range(10)
        ]
        roster = rosters.checked(
            cast.li,
            counts=counts,
            errors=kinds,
            refused=({**rosters.REFUSED, "row": at} for at in range(30_000)),
        )
        html = text_of(page(sign_in(cast.li), roster))
        assert len(html) < 150_000
        assert "1,000,000" in html
        assert "下载错误行（30,000）" in html

    def test_confirming_queues_it(self, cast, sign_in):
        client = sign_in(cast.li)
        roster = rosters.checked(cast.li)
        assert "正在导入" in text_of(click(client, "apply", roster, digest=rosters.DIGEST))
        assert "等待导入，不能再这样处理" in text_of(click(client, "apply", roster, digest=rosters.DIGEST))

    def test_confirming_another_preview_is_refused(self, cast, sign_in):
        assert "预览已经更新" in text_of(
            click(sign_in(cast.li), "apply", rosters.checked(cast.li), digest="x")
        )
        assert RosterImport.objects.get().state == S.CHECKED

    def test_a_renewed_preview_says_why(self, cast, sign_in):
        assert "预览已经更新" in text_of(page(sign_in(cast.li), rosters.checked(cast.li, is_renewed=True)))

    def test_the_same_file_again_is_a_notice(self, cast, sign_in):
        rosters.applied(cast.li)
        again = rosters.checked(cast.li)
        assert "完全相同" in text_of(page(sign_in(cast.li), again))

    def test_nothing_to_import(self, cast, sign_in):
        counts = rosters.COUNTS | {"created_residents": 0, "updated_residents": 0}
        html = text_of(page(sign_in(cast.li), rosters.checked(cast.li, counts=counts)))
        assert "没有可以导入的行" in html
        assert "确认导入" not in html

    def test_cancelling_erases(self, cast, sign_in):
        client = sign_in(cast.li)
        roster = rosters.checked(cast.li)
        assert "没有导入任何一行" in text_of(click(client, "cancel", roster))
        assert not RosterPart.objects.exists()
        assert client.get(reverse("roster-errors", args=[roster.pk])).status_code == 404

    def test_done(self, cast, sign_in):
        html = text_of(page(sign_in(cast.li), rosters.applied(cast.li)))
        assert "导入完成：新增 1 人、1 户，变更 1 人。" in html
        assert "撤销整批导入" in html

    def test_after_the_days_only_numbers(self, cast, sign_in):
        roster = rosters.applied(cast.li)
        RosterImport.objects.update(report="")
        html = text_of(page(sign_in(cast.li), roster))
        assert "只留下数量" in html
        assert "下载错误行" not in html


class TestColumnsUnderstoodWrongly:
    def test_they_are_told_anew_without_another_upload(self, cast, sign_in):
        client = sign_in(cast.li)
        roster = rosters.checked(cast.li, proposal=rosters.PROPOSAL)
        assert "重新指定列" in text_of(page(client, roster))
        html = text_of(click(client, "remap", roster))
        assert "请指出每一列是什么" in html
        assert html.count('value="姓名" selected') == 1
        answer = {"column-0-0": "姓名", "column-0-1": "身份证号", "column-0-2": "村居"}
        assert "正在核对" in text_of(click(client, "map", roster, **answer))

    def test_only_before_it_is_confirmed(self, cast, sign_in):
        client = sign_in(cast.li)
        roster = rosters.applied(cast.li, proposal=rosters.PROPOSAL)
        assert "重新指定列" not in text_of(page(client, roster))
        assert "不能再这样处理" in text_of(click(client, "remap", roster))


class TestFailed:
    def test_a_useless_file_is_told_at_the_field_of_the_next(self, cast, sign_in):
        response = page(sign_in(cast.li), rosters.failed(cast.li, keeps_file=False))
        assert response.context["form"].errors["file"] == [
            "文件已损坏，打不开。请用 Excel 重新另存一份后再上传。"
        ]
        assert "重新上传" in text_of(response)
        assert "重新核对" not in text_of(response)

    def test_one_that_broke_off_can_be_tried_again(self, cast, sign_in):
        client = sign_in(cast.li)
        roster = rosters.failed(cast.li, keeps_file=True, sentence="处理连续中断。")
        html = text_of(page(client, roster))
        assert "处理连续中断。" in html
        assert "重新核对" in html
        assert "正在核对" in text_of(click(client, "retry", roster))

    def test_an_outside_list_leads_back_to_the_comparisons(self, cast, sign_in):
        roster = rosters.failed(cast.li, keeps_file=False)
        RosterImport.objects.update(purpose="compare")
        html = text_of(page(sign_in(cast.li), roster))
        assert "文件已损坏" in html
        assert f'href="{reverse("comparison-list")}">重新上传' in html
        assert reverse("roster-upload") not in html.split("<main")[1]


class TestWhoSees:
    PAGES = ("detail", "progress", "errors")
    DEEDS = ("map", "remap", "apply", "cancel", "retry", "undo")

    @pytest.mark.parametrize("stranger", ["zhao", "wu", "zhou"])
    def test_for_others_it_does_not_exist(self, cast, sign_in, stranger):
        roster = rosters.checked(cast.li)
        client = sign_in(getattr(cast, stranger))
        for name in self.PAGES:
            assert client.get(reverse(f"roster-{name}", args=[roster.pk])).status_code == 404
        for name in self.DEEDS:
            assert client.post(reverse(f"roster-{name}", args=[roster.pk])).status_code == 404
        assert "花名册.csv" not in text_of(client.get(reverse("roster-upload")))
        roster.refresh_from_db()
        assert roster.state == S.CHECKED

    def test_the_steward_of_the_institution_looks_on_but_does_not_decide(self, cast, sign_in):
        roster = rosters.checked(cast.li)
        client = sign_in(cast.qian)
        html = text_of(page(client, roster))
        assert "由上传人 李医生 确认或取消" in html
        assert "确认导入" not in html
        assert client.get(reverse("roster-errors", args=[roster.pk])).status_code == 200
        for name in ("apply", "cancel"):
            assert "上传人本人" in text_of(click(client, name, roster, digest=rosters.DIGEST))
        assert "花名册.csv" in text_of(client.get(reverse("roster-upload")))
        roster.refresh_from_db()
        assert roster.state == S.CHECKED

    def test_a_leader_does_not_see_his_colleagues(self, cast, sign_in):
        assert page(sign_in(cast.li), rosters.checked(cast.qian)).status_code == 404

    def test_a_member_may_not_at_all(self, cast, sign_in):
        client = sign_in(cast.wang)
        roster = rosters.checked(cast.li)
        assert client.get(reverse("roster-upload")).status_code == 403
        for name in self.PAGES:
            assert client.get(reverse(f"roster-{name}", args=[roster.pk])).status_code == 403


def test_the_management_list_shows_counts_only(cast, sign_in):
    roster = rosters.checked(cast.qian)
    client = sign_in(cast.qian)
    for address in (
        reverse("admin:residents_rosterimport_changelist"),
        reverse("admin:residents_rosterimport_change", args=[roster.pk]),
    ):
        html = text_of(client.get(address))
        assert "花名册.csv" in html
        assert "林*芳" not in html
        assert json.loads(roster.report)["digest"] not in html
    assert client.get(reverse("admin:residents_rosterimport_add")).status_code == 403
    assert sign_in(cast.xu).get(reverse("admin:residents_rosterimport_changelist")).status_code == 403


def test_error_pieces_are_not_the_file(cast):
    """What is downloaded later is not what a worker reads."""
    roster = rosters.checked(cast.li)
    assert sorted(roster.parts.values_list("holds", flat=True)) == [PartKind.ERRORS, PartKind.FILE]
