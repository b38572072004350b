"""The doors of the registry: who may enter, what is shown, what is logged, what is refused."""

import datetime as dt
import json
import re
import threading

import pytest
from django.db import connections
from django.urls import reverse

from core.models import ReadLog
from residents import actions
from residents.choices import Evidence, IdKind, LifeStatus, Population, Relation, Sex
from residents.models import Guardian, Household, PopulationFlag, Resident, RosterImport
from tests.factories.residents import PopulationFlagFactory, ResidentFactory, id_number
from tests.residents.conftest import POLICY, TODAY
from tests.residents.imports.sheets import FILES, number, row, xlsx

FRAME = 6  # session, user, session rules, two for the roles, institution in the page head

pytestmark = pytest.mark.usefixtures("today")

NEW_NUMBER = id_number(dt.date(1960, 1, 1), 300, Sex.FEMALE)


def post(client, page, *args, **data):
    return client.post(reverse(page, args=args), data)


def text_of(response) -> str:
    return response.content.decode()


def assert_no_digits_of(person, html: str) -> None:
    """No part of the identity number, however short it is cut, beside the birth year which is shown on purpose."""
    number_ = person.id_number
    for at in range(len(number_) - 5):
        assert number_[at : at + 6] not in html
    assert number_[-4:] not in html


class TestScopeAndPermission:
    PAGES = (
        "resident-detail",
        "resident-edit",
        "resident-number",
        "resident-status",
        "resident-move",
        "guardian-add",
        "flag-add",
    )
    DEEDS = ("resident-confirm", "resident-reveal", *PAGES[1:])

    def test_out_of_scope_is_404_and_tells_nothing(self, cast, sign_in, neighbor):
        flag = PopulationFlagFactory(resident=neighbor)
        guardian = actions.add_guardian(resident=neighbor, name="丛丽", relation="女", by=cast.zhao, on=TODAY)
        client = sign_in(cast.li)
        pages = [(name, neighbor.pk) for name in self.PAGES]
        pages += [
            ("household-detail", neighbor.household_id),
            ("household-head", neighbor.household_id),
            ("flag-end", flag.pk),
        ]
        for name, pk in pages:
            response = client.get(reverse(name, args=[pk]))
            assert response.status_code == 404, name
            assert "海波" not in text_of(response)
        for name, pk in [
            *((one, neighbor.pk) for one in self.DEEDS),
            ("guardian-end", guardian.pk),
            ("flag-end", flag.pk),
        ]:
            assert post(client, name, pk).status_code == 404, name
        assert not ReadLog.objects.exists()
        neighbor.refresh_from_db()
        assert neighbor.confirmed_on is None

    @pytest.mark.parametrize("who", ["sun", "he", "xu", "shen"])
    def test_without_the_permission_it_is_403(self, cast, sign_in, person, who):
        client = sign_in(getattr(cast, who))
        pages = [
            reverse("resident-list"), reverse("household-list"), reverse("resident-create"), reverse("roster-upload"),
            reverse("roster-template"), reverse("household-detail", args=[person.household_id]),
            *(reverse(name, args=[person.pk]) for name in self.PAGES),
        ]  # fmt: skip
        for address in pages:
            assert client.get(address).status_code == 403, address
        for name in self.DEEDS:
            assert post(client, name, person.pk).status_code == 403, name
        assert not ReadLog.objects.exists()

    def test_nobody_signed_in_is_sent_to_the_login(self, client, person):
        assert client.get(reverse("resident-detail", args=[person.pk])).status_code == 302

    def test_reading_is_not_writing(self, cast, sign_in, person):
        """The officer may look; every form is closed to her."""
        from teams.choices import Role
        from tests.factories.teams import RoleAssignmentFactory, UserFactory

        officer = UserFactory()
        RoleAssignmentFactory(
            user=officer, role=Role.DEDICATED_OFFICER, institution=cast.institution_a, area_code=""
        )
        client = sign_in(officer)
        page = client.get(reverse("resident-detail", args=[person.pk]))
        assert page.status_code == 200
        assert "tel:" not in text_of(page)
        assert "13912345678" not in text_of(page)
        assert "查看明文" not in text_of(page)
        for name in self.DEEDS:
            assert post(client, name, person.pk).status_code == 403, name

    def test_reading_methods_do_not_write(self, cast, sign_in, person):
        client = sign_in(cast.li)
        for name in ("resident-confirm", "resident-reveal"):
            assert client.get(reverse(name, args=[person.pk])).status_code == 405


class TestList:
    def test_masked_and_logged_as_one_row(self, cast, sign_in, person, neighbor):
        other = ResidentFactory(grid=person.grid, name="李桂兰", phone="13700000002")
        response = sign_in(cast.li).get(reverse("resident-list"))
        html = text_of(response)
        assert "王*国" in html
        assert "139****5678" in html
        for hidden in ("王建国", "13912345678", "海波", "赵*波"):
            assert hidden not in html
        assert_no_digits_of(person, html)
        assert response["Cache-Control"] == "no-store"
        log = ReadLog.objects.get()
        assert (log.action, log.subject, log.subject_ids, log.page) == (
            "list", "resident", sorted([person.pk, other.pk]), "resident-list",
        )  # fmt: skip

    def test_restricted_kinds_stand_in_no_list(self, cast, sign_in, person):
        PopulationFlagFactory(resident=person, kind=Population.SMI)
        PopulationFlagFactory(resident=person, kind=Population.HIV)
        client = sign_in(cast.li)
        pages = [reverse("resident-list"), reverse("household-detail", args=[person.household_id])]
        for address in pages:
            html = text_of(client.get(address))
            assert "精神障碍" not in html
            assert "艾滋" not in html
        assert "王*国" not in text_of(client.get(reverse("resident-list"), {"kind": Population.SMI}))

    def test_fifty_rows_take_four_queries_beside_the_frame(
        self, cast, district, sign_in, django_assert_max_num_queries
    ):
        for _ in range(55):
            PopulationFlagFactory(resident__grid=district.grid_a)
        client = sign_in(cast.li)
        client.get(reverse("resident-list"))  # the session is written once
        with django_assert_max_num_queries(FRAME + 4):
            html = text_of(client.get(reverse("resident-list")))
        assert html.count('data-label="性别、年龄"') == 50
        after = re.search(r'href="\?after=(\d+)"', html).group(1)
        assert (
            text_of(client.get(reverse("resident-list"), {"after": after})).count('data-label="性别、年龄"')
            == 5
        )

    def test_a_search_by_post_leaves_no_digit_in_any_address(self, cast, sign_in, person, neighbor):
        client = sign_in(cast.li)
        for typed in (person.id_number, person.phone, person.phone[-4:], "建国", "wjg"):
            response = post(client, "resident-search", q=typed)
            assert response.status_code == 302
            assert typed not in response["Location"]
            page = client.get(response["Location"])
            assert "王*国" in text_of(page)
            assert client.get(response["Location"]).status_code == 200  # may be reloaded
        assert ReadLog.objects.count() == 10

    def test_the_typed_text_is_sealed_in_the_session(self, cast, sign_in, person):
        client = sign_in(cast.li)
        post(client, "resident-search", q=person.id_number)
        stored = json.dumps(client.session["searches"])
        assert person.id_number not in stored
        assert person.id_number[6:14] not in stored

    def test_another_persons_search_word_finds_nothing(self, cast, client, sign_in, person):
        where = post(sign_in(cast.li), "resident-search", q="建国")["Location"]
        html = text_of(sign_in(cast.wang).get(where))
        assert "已过期" in html

    def test_filters_stay_with_the_search(self, cast, sign_in, person):
        where = post(
            sign_in(cast.li),
            "resident-search",
            q="建国",
            status=LifeStatus.DECEASED,
            kind="",
            grid=person.grid_id,
        )["Location"]
        assert "status=deceased" in where
        assert f"grid={person.grid_id}" in where
        assert "没有找到居民" in text_of(sign_in(cast.li).get(where))

    def test_what_cannot_be_understood_says_what_can(self, cast, sign_in):
        client = sign_in(cast.li)
        html = text_of(client.get(post(client, "resident-search", q="123")["Location"]))
        assert "看不懂查找内容" in html
        assert "末 4 至 6 位" in html

    def test_an_empty_registry_says_where_to_begin(self, cast, sign_in):
        assert "还没有登记居民" in text_of(sign_in(cast.li).get(reverse("resident-list")))

    @pytest.mark.parametrize(
        "query", ["grid=abc", "grid=99999999", "kind=hiv", "status=x", "after=abc", "after=9" * 30, "s=no"]
    )
    def test_odd_addresses_are_answered(self, cast, sign_in, person, query):
        assert sign_in(cast.li).get(reverse("resident-list") + "?" + query).status_code == 200

    def test_households_are_listed_masked_and_logged(
        self, cast, sign_in, person, neighbor, django_assert_max_num_queries
    ):
        client = sign_in(cast.li)
        client.get(reverse("household-list"))
        with django_assert_max_num_queries(FRAME + 4):
            html = text_of(client.get(reverse("household-list")))
        assert person.household.number in html
        assert neighbor.household.number not in html
        assert "王*国" in html
        assert [one.subject_ids for one in ReadLog.objects.all()] == [[person.pk]] * 2


class TestDetail:
    def test_one_screen_masked_and_logged(self, cast, district, sign_in, person):
        ResidentFactory(
            grid=district.grid_a, household=person.household, relation=Relation.WIFE, name="李桂兰"
        )
        PopulationFlagFactory(resident=person, kind=Population.SMI)
        html = text_of(sign_in(cast.li).get(reverse("resident-detail", args=[person.pk])))
        for shown in (
            "王*国",
            "76 岁",
            "李*兰",
            "环翠楼街道 东北村社区 第1网格",
            "李医生团队",
            "严重精神障碍患者",
        ):
            assert shown in html
        assert "王建国" not in html
        assert_no_digits_of(person, html.replace("tel:13912345678", ""))
        assert html.count("13912345678") == 1  # only behind the call link
        (log,) = ReadLog.objects.all()
        assert (log.action, person.pk in log.subject_ids) == ("view", True)

    def test_a_steward_does_not_see_restricted_kinds(self, cast, sign_in, person):
        flag = PopulationFlagFactory(resident=person, kind=Population.SMI)
        client = sign_in(cast.qian)
        assert "精神障碍" not in text_of(client.get(reverse("resident-detail", args=[person.pk])))
        assert client.get(reverse("flag-end", args=[flag.pk])).status_code == 404
        assert "精神障碍" not in text_of(client.get(reverse("flag-add", args=[person.pk])))
        assert "精神障碍" in text_of(sign_in(cast.li).get(reverse("flag-add", args=[person.pk])))

    def test_a_bounded_number_of_queries(
        self, cast, district, sign_in, person, django_assert_max_num_queries
    ):
        for _ in range(5):
            ResidentFactory(grid=district.grid_a, household=person.household, relation=Relation.SON)
        client = sign_in(cast.li)
        client.get(reverse("resident-list"))
        with django_assert_max_num_queries(FRAME + 12):
            client.get(reverse("resident-detail", args=[person.pk]))

    def test_a_minor_without_guardian_is_told(self, cast, district, sign_in):
        child = ResidentFactory(grid=district.grid_a, born_on=dt.date(2015, 1, 1))
        assert "未成年人尚未登记监护人" in text_of(
            sign_in(cast.li).get(reverse("resident-detail", args=[child.pk]))
        )


class TestReveal:
    def test_shown_once_with_a_reason_and_kept_nowhere(self, cast, sign_in, person):
        response = post(sign_in(cast.li), "resident-reveal", person.pk, reason="contact", words="通知体检")
        html = text_of(response)
        assert person.id_number in html
        assert "13912345678" in html
        assert "王建国" in html
        assert response["Cache-Control"] == "no-store"
        log = ReadLog.objects.get()
        assert (log.action, log.subject_ids, log.reason) == ("reveal", [person.pk], "联系居民：通知体检")

    @pytest.mark.parametrize(
        ("facts", "says"),
        [
            ({}, "请填写此项"),
            ({"reason": "other"}, "请写明原因"),
            ({"reason": "x", "words": "y"}, "选择一个有效的选项"),
        ],
    )
    def test_without_a_reason_nothing_is_shown(self, cast, sign_in, person, facts, says):
        response = post(sign_in(cast.li), "resident-reveal", person.pk, **facts)
        assert response.status_code == 422
        assert says in text_of(response)
        assert person.id_number not in text_of(response)
        assert not ReadLog.objects.filter(action="reveal").exists()

    def test_the_daily_bound_is_told(self, cast, sign_in, person):
        for _ in range(POLICY.reveals_per_day):
            ReadLog.objects.create(
                user_id=cast.li.pk, user_name="li", action="reveal", subject="resident", subject_ids=[1]
            )
        response = post(sign_in(cast.li), "resident-reveal", person.pk, reason="contact")
        assert response.status_code == 422
        assert "50 次上限" in text_of(response)
        assert person.id_number not in text_of(response)


class TestForms:
    def facts(self, district, **more):
        return {
            "name": "林桂芳", "id_kind": "01", "id_number": NEW_NUMBER, "grid": district.grid_a.pk, "mode": "new",
            "registration": "1", "phone": "13812340001",
        } | more  # fmt: skip

    def test_registering_founds_a_household(self, cast, district, sign_in):
        response = post(sign_in(cast.li), "resident-create", **self.facts(district))
        person = Resident.objects.get()
        assert response["Location"] == reverse("resident-detail", args=[person.pk])
        assert (person.relation, person.household.grid) == (Relation.HEAD, district.grid_a)

    def test_registering_into_a_household_from_its_page(self, cast, district, sign_in, person):
        client = sign_in(cast.li)
        page = text_of(client.get(reverse("resident-create"), {"household": person.household_id}))
        assert person.household.number in page
        post(
            client,
            "resident-create",
            **self.facts(district, mode="join", household=person.household.number, relation="10"),
        )
        assert Resident.objects.get(name="林桂芳").relation == Relation.WIFE

    @pytest.mark.parametrize(
        ("more", "says"),
        [
            ({"id_number": "110105194912310021"}, "校验码"),
            ({"id_number": ""}, "没有填写证件号码"),
            ({"phone": "123"}, "11 位手机号"),
            ({"mode": "join"}, "请填写要加入的家庭编号"),
            ({"mode": "join", "household": "371002001001F99999", "relation": "10"}, "没有这个家庭编号"),
            ({"grid": ""}, "请填写此项"),
            ({"born_on": "1960-02-30"}, "有效的日期"),
            ({"sex": "1"}, "不一致"),
        ],
    )
    def test_bad_input_is_told_at_the_field_and_nothing_typed_is_lost(
        self, cast, district, sign_in, more, says
    ):
        response = post(
            sign_in(cast.li), "resident-create", **self.facts(district, remark="独居老人", **more)
        )
        html = text_of(response)
        assert response.status_code == 200
        assert says in html
        assert "field-error" in html
        assert 'value="林桂芳"' in html
        assert 'value="独居老人"' in html
        assert not Resident.objects.exists()

    def test_a_grid_or_household_out_of_scope_is_not_accepted(self, cast, district, sign_in, neighbor):
        client = sign_in(cast.li)
        for more in (
            {"grid": district.grid_b.pk},
            {"mode": "join", "household": neighbor.household.number, "relation": "10"},
        ):
            assert post(client, "resident-create", **self.facts(district, **more)).status_code == 200
        assert Resident.objects.count() == 1

    def test_fields_nobody_asked_for_are_ignored(self, cast, district, sign_in):
        post(
            sign_in(cast.li), "resident-create",
            **self.facts(district, life_status="deceased", managing_team=cast.team_b.pk, confirmed_on="2020-01-01", id=7),
        )  # fmt: skip
        person = Resident.objects.get()
        assert (person.life_status, person.managing_team, person.confirmed_on) == (
            LifeStatus.PRESENT,
            None,
            TODAY,
        )

    def test_the_edit_form_does_not_show_the_phone_and_keeps_it_when_left_empty(self, cast, sign_in, person):
        client = sign_in(cast.li)
        html = text_of(client.get(reverse("resident-edit", args=[person.pk])))
        assert "13912345678" not in html
        assert "139****5678" in html
        assert_no_digits_of(person, html.replace("139****5678", ""))
        facts = {"name": "王建军", "grid": person.grid_id, "address": "新址", "registration": "2"}
        assert post(client, "resident-edit", person.pk, **facts).status_code == 302
        person.refresh_from_db()
        assert (person.name, person.phone, person.address, person.relation) == (
            "王建军",
            "13912345678",
            "新址",
            Relation.HEAD,
        )
        post(client, "resident-edit", person.pk, **facts, drop_phone="on")
        person.refresh_from_db()
        assert person.phone == ""

    def test_number_status_and_confirmation(self, cast, sign_in, person):
        client = sign_in(cast.li)
        post(client, "resident-number", person.pk, id_kind="01", id_number=NEW_NUMBER, reason="填错")
        post(client, "resident-confirm", person.pk)
        person.refresh_from_db()
        assert (person.id_number, person.confirmed_on) == (NEW_NUMBER, TODAY)
        page = text_of(client.get(reverse("resident-detail", args=[person.pk])))
        assert "曾用证件" in page
        post(client, "resident-status", person.pk, status="deceased", since="2026-11-20", reason="")
        person.refresh_from_db()
        assert (person.life_status, person.life_status_on) == (LifeStatus.DECEASED, dt.date(2026, 11, 20))
        refused = post(client, "resident-status", person.pk, status="present", since="2026-11-22", reason="")
        assert "须说明原因" in text_of(refused)
        assert "不能核实" in text_of(client.post(reverse("resident-confirm", args=[person.pk]), follow=True))

    def test_a_form_that_is_refused_repeats_no_identity_number_of_somebody_else(
        self, cast, sign_in, person, neighbor
    ):
        response = post(
            sign_in(cast.li),
            "resident-number",
            person.pk,
            id_kind="01",
            id_number=neighbor.id_number,
            reason="x",
        )
        assert "其他辖区" in text_of(response)
        assert "海波" not in text_of(response)

    def test_guardians_come_and_go(self, cast, district, sign_in, person):
        wife = ResidentFactory(
            grid=district.grid_a, household=person.household, relation=Relation.WIFE, name="李桂兰"
        )
        client = sign_in(cast.li)
        assert post(client, "guardian-add", person.pk, member=wife.pk, relation="妻子").status_code == 302
        assert "登记" in text_of(post(client, "guardian-add", person.pk, member="", relation="儿子"))
        guardian = Guardian.objects.get()
        assert guardian.name == "李桂兰"
        page = text_of(client.get(reverse("resident-detail", args=[person.pk])))
        assert "李*兰" in page
        post(client, "guardian-end", guardian.pk)
        guardian.refresh_from_db()
        assert guardian.ends_on == TODAY

    def test_flags_come_and_go(self, cast, sign_in, person):
        client = sign_in(cast.li)
        facts = {
            "kind": "hypertension",
            "evidence": Evidence.MEDICAL_RECORD.value,
            "starts_on": "2026-11-01",
            "detail": "门诊",
        }
        assert post(client, "flag-add", person.pk, **facts).status_code == 302
        flag = PopulationFlag.objects.get()
        refused = post(client, "flag-add", person.pk, **facts | {"evidence": Evidence.SCREENING.value})
        assert "不能覆盖" in text_of(refused)
        assert post(client, "flag-end", flag.pk, evidence="4", reason="误诊").status_code == 302
        assert not PopulationFlag.objects.running().exists()

    def test_moving_and_changing_the_head(self, cast, district, sign_in, person):
        son = ResidentFactory(
            grid=district.grid_a, household=person.household, relation=Relation.SON, name="王小明"
        )
        client = sign_in(cast.li)
        assert "变更为留下" in text_of(post(client, "resident-move", person.pk, mode="none"))
        facts = {"head": son.pk, f"relation_{person.pk}": "51", f"relation_{son.pk}": ""}
        assert post(client, "household-head", person.household_id, **facts).status_code == 302
        assert post(client, "resident-move", person.pk, mode="new").status_code == 302
        person.refresh_from_db()
        son.refresh_from_db()
        assert (person.relation, son.relation) == (Relation.HEAD, Relation.HEAD)
        assert person.household != son.household
        page = text_of(client.get(reverse("household-detail", args=[person.household_id])))
        assert "在册 1 人" in page

    def test_a_household_without_head_says_so(self, cast, district, sign_in, person):
        actions.set_status(
            resident=ResidentFactory(grid=district.grid_a, household=person.household, relation=Relation.SON),
            status="lost", since=TODAY, reason="", by=cast.li, on=TODAY,
        )  # fmt: skip
        ResidentFactory(grid=district.grid_a, household=person.household, relation=Relation.DAUGHTER)
        actions.set_status(resident=person, status="deceased", since=TODAY, reason="", by=cast.li, on=TODAY)
        html = text_of(sign_in(cast.li).get(reverse("household-detail", args=[person.household_id])))
        assert "目前没有户主" in html
        assert "已死亡、迁出或失访的成员（2）" in html


class TestRoster:
    def upload(self, client, data: bytes, name="花名册.xlsx"):
        from django.core.files.uploadedfile import SimpleUploadedFile

        return client.post(reverse("roster-upload"), {"file": SimpleUploadedFile(name, data)})

    def test_upload_preview_confirm(self, cast, sign_in):
        client = sign_in(cast.qian)
        response = self.upload(client, (FILES / "village.xlsx").read_bytes())
        roster = RosterImport.objects.get()
        assert response["Location"] == reverse("roster-preview", args=[roster.pk])
        html = text_of(client.get(response["Location"]))
        assert "确认导入 9 人" in html
        assert "宋*国" in html
        for hidden in ("宋建国", "19900370001", "371099"):
            assert hidden not in html
        assert not Resident.objects.exists()
        done = client.post(reverse("roster-apply", args=[roster.pk]), follow=True)
        assert "导入完成：新增 9 人、4 户" in text_of(done)
        assert Resident.objects.count() == 9
        assert "不能再次处理" in text_of(client.post(reverse("roster-apply", args=[roster.pk]), follow=True))

    def test_every_kind_of_row_stands_in_the_preview(self, cast, sign_in, person):
        actions.update_resident(
            resident=person, name="王建国", phone=None, grid=person.grid, address="旧址", registration="1", remark="",
            relation=Relation.HEAD, by=cast.li, on=TODAY,
        )  # fmt: skip
        client = sign_in(cast.li)
        data = xlsx(
            row("王建国", person.id_number, 详细地址="新址"),
            row("林桂芳", number(1), 联系电话="1"),
            row("甲", "123"),
        )
        html = text_of(client.get(self.upload(client, data)["Location"]))
        for shown in (
            "详细地址：旧址 → 新址",
            "第 4 行",
            "号码有 3 位，应为 18 位",
            "请对照证件核对",
            "该号码未导入",
        ):
            assert shown in html
        assert ReadLog.objects.get(page="roster-preview").subject_ids == [person.pk]
        assert_no_digits_of(person, html)

    @pytest.mark.parametrize(
        ("data", "says"),
        [
            (b"%PDF-1.7", "请上传 .xlsx、.xls 或 .csv"),
            (b"<html></html>", "另存为"),
            (xlsx(), "没有居民数据"),
            (xlsx(["a"], header=["姓名", "性别"]), "缺少“身份证号”、“村居”"),
            ((FILES / "protected.xlsx").read_bytes(), "密码"),
            (b"", "空"),
        ],
    )
    def test_an_unusable_file_is_told_at_the_field(self, cast, sign_in, data, says):
        response = self.upload(sign_in(cast.li), data)
        assert response.status_code == 200
        assert says in text_of(response)
        assert not RosterImport.objects.exists()

    def test_no_file_chosen(self, cast, sign_in):
        assert "请选择花名册文件" in text_of(sign_in(cast.li).post(reverse("roster-upload")))

    def test_too_large_is_told(self, cast, sign_in, monkeypatch):
        import dataclasses

        from residents.views import roster as door

        monkeypatch.setattr(
            door, "policy_on", lambda _: dataclasses.replace(POLICY, roster_max_bytes=1_000_000)
        )
        response = self.upload(sign_in(cast.li), b"x" * 1_000_001)
        assert "文件超过 0 MB" in text_of(response) or "文件超过" in text_of(response)

    def test_others_imports_do_not_exist(self, cast, sign_in):
        self.upload(sign_in(cast.li), (FILES / "village.xlsx").read_bytes())
        pk = RosterImport.objects.get().pk
        client = sign_in(cast.wang)
        assert client.get(reverse("roster-upload")).status_code == 403  # a member may not import at all
        client = sign_in(cast.qian)
        for name in ("roster-preview", "roster-errors"):
            assert client.get(reverse(name, args=[pk])).status_code == 404
        for name in ("roster-apply", "roster-cancel"):
            assert client.post(reverse(name, args=[pk])).status_code == 404
        assert not Resident.objects.exists()

    def test_error_rows_and_template_are_downloads(self, cast, sign_in):
        client = sign_in(cast.li)
        self.upload(client, xlsx(row("甲", "123")))
        pk = RosterImport.objects.get().pk
        html = text_of(client.get(reverse("roster-preview", args=[pk])))
        assert "没有可以导入的行" in html
        assert "确认导入" not in html
        for address in (reverse("roster-errors", args=[pk]), reverse("roster-template")):
            response = client.get(address)
            assert "attachment" in response["Content-Disposition"]
            assert response["Cache-Control"] == "no-store"
            assert response.content.startswith(b"PK")

    def test_cancelling_erases(self, cast, sign_in):
        client = sign_in(cast.li)
        self.upload(client, (FILES / "village.xlsx").read_bytes())
        pk = RosterImport.objects.get().pk
        assert "没有导入任何一行" in text_of(client.post(reverse("roster-cancel", args=[pk]), follow=True))
        assert "已取消" in text_of(client.get(reverse("roster-preview", args=[pk])))
        assert client.get(reverse("roster-errors", args=[pk])).status_code == 404
        assert RosterImport.objects.get().rows == ""

    def test_the_upload_page_takes_a_bounded_number_of_queries(
        self, cast, sign_in, django_assert_max_num_queries
    ):
        client = sign_in(cast.li)
        for _ in range(12):
            self.upload(client, xlsx(row("甲", "123")))
        with django_assert_max_num_queries(FRAME + 2):
            client.get(reverse("roster-upload"))


def test_the_management_list_shows_counts_only(cast, sign_in):
    from residents.actions.roster import stage_roster

    stage_roster(
        file_name="社区.xlsx", data=xlsx(row("林桂芳", number(0))), policy=POLICY, by=cast.qian, on=TODAY
    )
    client = sign_in(cast.qian)
    html = text_of(client.get(reverse("admin:residents_rosterimport_changelist")))
    assert "社区.xlsx" in html
    assert "林" not in re.sub(r"<[^>]+>", "", html.split("<main")[-1]).replace("林场", "")
    assert client.get(reverse("admin:residents_rosterimport_add")).status_code == 403
    pk = RosterImport.objects.get().pk
    assert client.get(reverse("admin:residents_rosterimport_change", args=[pk])).status_code == 200
    assert sign_in(cast.xu).get(reverse("admin:residents_rosterimport_changelist")).status_code == 403


@pytest.mark.django_db(transaction=True)
@pytest.mark.slow
def test_two_people_registering_the_same_number_at_once_make_one_resident(cast, district):
    gate, answers = threading.Barrier(2), []

    def run(user):
        gate.wait()
        try:
            answers.append(
                actions.register_resident(
                    name="林桂芳", id_kind=IdKind.ID_CARD, id_number=NEW_NUMBER, grid=district.grid_a, policy=POLICY,
                    founds_household=True, by=user, on=TODAY,
                ).pk
            )  # fmt: skip
        except actions.CannotRegister as refused:
            answers.append(refused)
        finally:
            connections.close_all()

    threads = [threading.Thread(target=run, args=[user]) for user in (cast.li, cast.wang)]
    for one in threads:
        one.start()
    for one in threads:
        one.join(30)
    person = Resident.objects.get()
    (refused,) = [one for one in answers if isinstance(one, actions.CannotRegister)]
    assert person.pk in answers
    assert "已登记" in refused.sentence
    assert Household.objects.count() == 1
