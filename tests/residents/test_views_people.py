import datetime as dt
import threading

import pytest
from django.db import connections
from django.urls import reverse

from core.models import ReadLog
from residents import actions
from residents.choices import IdKind, LifeStatus, Population, Relation
from residents.models import Household, Resident
from tests.factories.residents import PopulationFlagFactory, ResidentFactory
from tests.residents.conftest import POLICY, TODAY
from tests.residents.helpers import FRAME, NUMBER, assert_no_digits_of, post, text_of

pytestmark = pytest.mark.usefixtures("today")


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
        with django_assert_max_num_queries(FRAME + 17):
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
            "name": "林桂芳", "id_kind": "01", "id_number": NUMBER, "grid": district.grid_a.pk, "mode": "new",
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
        post(client, "resident-number", person.pk, id_kind="01", id_number=NUMBER, reason="填错")
        post(client, "resident-confirm", person.pk)
        person.refresh_from_db()
        assert (person.id_number, person.confirmed_on) == (NUMBER, TODAY)
        page = text_of(client.get(reverse("resident-detail", args=[person.pk])))
        assert "曾用证件" in page
        post(client, "resident-death", person.pk, since="2026-11-20")
        person.refresh_from_db()
        assert (person.life_status, person.life_status_on) == (LifeStatus.DECEASED, dt.date(2026, 11, 20))
        refused = post(client, "resident-return", person.pk, since="2026-11-22", home="former")
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


@pytest.mark.django_db(transaction=True)
@pytest.mark.slow
def test_two_people_registering_the_same_number_at_once_make_one_resident(cast, district):
    gate, answers = threading.Barrier(2), []

    def run(user):
        gate.wait()
        try:
            answers.append(
                actions.register_resident(
                    name="林桂芳", id_kind=IdKind.ID_CARD, id_number=NUMBER, grid=district.grid_a, policy=POLICY,
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
