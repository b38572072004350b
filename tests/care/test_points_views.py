"""Pages of the points: the account, the desk, the catalogue, the ranking, the management pages."""

import datetime as dt
import uuid

import pytest
from django.urls import reverse

from care.models import PointAccount, PointGoods, PointRedemption, PointRule
from core.models import ReadLog
from residents.models import Resident
from tests.factories.contracts import sign_agreement
from tests.factories.points import earned, goods, own_account, points_are, redeemed
from tests.factories.residents import HouseholdFactory, ResidentFactory

DAY = dt.date(2026, 11, 22)
ONE = dt.timedelta(days=1)
pytestmark = pytest.mark.usefixtures("today")


@pytest.fixture
def signed(resident, cast):
    sign_agreement(resident, cast.team_a, cast.li, on=DAY - 10 * ONE)
    return resident


@pytest.fixture
def rich(signed, cast):
    """Ten points."""
    earned(signed, cast.li, DAY)
    return signed


def text_of(answer):
    return answer.content.decode()


class TestAccount:
    def test_it_shows_balance_and_statement(self, sign_in, cast, rich):
        page = text_of(sign_in(cast.li).get(reverse("points-account", args=[rich.pk])))
        assert "服务得分：慢阻肺随访" in page
        assert "王*国" in page
        assert "王建国" not in page
        assert "相当于" not in page

    def test_yuan_only_where_the_district_says_so(self, sign_in, cast, rich):
        points_are(point_value_yuan=1)
        assert "相当于 10 元" in text_of(sign_in(cast.li).get(reverse("points-account", args=[rich.pk])))

    @pytest.mark.parametrize("month", ["2026-10", "2026-13", "2099-01", "x", ""])
    def test_any_month(self, sign_in, cast, rich, month):
        address = reverse("points-account", args=[rich.pk]) + f"?month={month}"
        assert sign_in(cast.li).get(address).status_code == 200

    def test_nobody_has_points_yet(self, sign_in, cast, signed):
        assert "还没有积分" in text_of(sign_in(cast.li).get(reverse("points-account", args=[signed.pk])))

    def test_out_of_scope(self, sign_in, cast, rich):
        assert sign_in(cast.zhao).get(reverse("points-account", args=[rich.pk])).status_code == 404
        ranked = reverse("points-ranked", args=[own_account(rich).pk])
        assert sign_in(cast.zhao).post(ranked, {"ranked": "yes"}).status_code == 404

    def test_a_household_has_one_pool(self, sign_in, cast, signed, district):
        home = HouseholdFactory(grid=district.grid_a)
        Resident.objects.filter(pk=signed.pk).update(household=home)
        signed.refresh_from_db()
        points_are(points_pool="household")
        earned(signed, cast.li, DAY)
        for name, pk in (("points-account", signed.pk), ("points-household", home.pk)):
            assert f"家庭 {home.number} 的积分" in text_of(sign_in(cast.li).get(reverse(name, args=[pk])))
        assert sign_in(cast.zhao).get(reverse("points-household", args=[home.pk])).status_code == 404

    def test_it_costs_a_bounded_number_of_queries(self, sign_in, cast, rich, django_assert_max_num_queries):
        for _ in range(3):
            redeemed(own_account(rich), rich, cast.qian, goods(1), on=DAY)
        client = sign_in(cast.li)
        with django_assert_max_num_queries(19):
            client.get(reverse("points-account", args=[rich.pk]))

    def test_agreeing_to_the_ranking(self, sign_in, cast, rich):
        account = own_account(rich)
        sign_in(cast.li).post(reverse("points-ranked", args=[account.pk]), {"ranked": "yes"})
        account.refresh_from_db()
        assert (account.is_ranked, account.ranked_by, account.ranked_on) == (True, cast.li, DAY)


class TestDesk:
    def test_the_steward_finds_by_a_word_that_says_nothing(self, sign_in, cast, rich):
        found = sign_in(cast.qian).post(reverse("points-desk"), {"q": "王建国"})
        assert "王建国" not in found.url
        assert "打开积分页" in text_of(sign_in(cast.qian).get(found.url))

    def test_redeemed_once_with_a_receipt(self, sign_in, cast, rich):
        what, token = goods(4, stock=2), str(uuid.uuid4())
        address = reverse("points-redeem", args=[own_account(rich).pk])
        assert what.name in text_of(sign_in(cast.qian).get(address))
        form = {"goods": what.pk, "quantity": 1, "resident": rich.pk, "client_token": token}
        for _ in range(2):
            answer = sign_in(cast.qian).post(address, form)
        given = PointRedemption.objects.get()
        assert answer.url == reverse("points-receipt", args=[given.pk])
        page = text_of(sign_in(cast.qian).get(answer.url))
        assert given.number in page
        assert ReadLog.objects.latest("pk").subject_ids == [rich.pk]

    def test_what_is_too_dear_is_not_offered(self, sign_in, cast, rich):
        what = goods(11)
        address = reverse("points-redeem", args=[own_account(rich).pk])
        assert what.name not in text_of(sign_in(cast.qian).get(address))
        form = {"goods": what.pk, "quantity": 1, "resident": rich.pk, "client_token": uuid.uuid4()}
        assert sign_in(cast.qian).post(address, form).status_code == 200
        assert not PointRedemption.objects.exists()

    def test_more_than_there_is(self, sign_in, cast, rich):
        what = goods(4)
        address = reverse("points-redeem", args=[own_account(rich).pk])
        form = {"goods": what.pk, "quantity": 3, "resident": rich.pk, "client_token": uuid.uuid4()}
        assert "还差 2 分" in text_of(sign_in(cast.qian).post(address, form))

    def test_cancelled_with_a_reason(self, sign_in, cast, rich):
        given = redeemed(own_account(rich), rich, cast.qian, goods(4), on=DAY)
        address = reverse("points-cancel", args=[given.pk])
        assert "请写明取消兑换的原因" in text_of(sign_in(cast.qian).post(address, {}))
        sign_in(cast.qian).post(address, {"note": "登记错误"})
        assert own_account(rich).balance == 10
        assert "已经取消" in text_of(sign_in(cast.qian).post(address, {"note": "再来"}, follow=True))

    def test_another_institution_finds_no_receipt(self, sign_in, cast, rich):
        given = redeemed(own_account(rich), rich, cast.qian, goods(4), on=DAY)
        assert sign_in(cast.wu).get(reverse("points-receipt", args=[given.pk])).status_code == 404
        assert sign_in(cast.wu).get(reverse("points-redeem", args=[own_account(rich).pk])).status_code == 404

    def test_a_doctor_does_not_redeem(self, sign_in, cast, rich):
        assert sign_in(cast.li).get(reverse("points-redeem", args=[own_account(rich).pk])).status_code == 403

    def test_the_desk_costs_the_same_for_many(self, sign_in, cast, rich, django_assert_max_num_queries):
        for _ in range(5):
            redeemed(own_account(rich), rich, cast.qian, goods(1), on=DAY)
        client = sign_in(cast.qian)
        with django_assert_max_num_queries(14):
            client.get(reverse("points-desk"))


class TestCatalogueAndRanking:
    def test_the_catalogue_shows_rules_and_goods(self, sign_in, cast, wording):
        goods(9, name="别院项目", institution=cast.institution_b)
        page = text_of(sign_in(cast.li).get(reverse("points-goods")))
        assert "慢阻肺随访" in page
        assert "普通门诊诊查费抵扣" in page
        assert "别院项目" not in page

    def test_small_numbers_are_hidden(self, sign_in, cast, district, wording):
        for _ in range(5):
            person = ResidentFactory(name="赵钱孙", grid=district.grid_a)
            sign_agreement(person, cast.team_a, cast.li, on=DAY - ONE)
            earned(person, cast.li, DAY)
        PointAccount.objects.own().update(is_ranked=True)
        assert "赵*孙" in text_of(sign_in(cast.li).get(reverse("points-ranking")))
        PointAccount.objects.filter(pk=PointAccount.objects.own().first().pk).update(is_ranked=False)
        page = text_of(sign_in(cast.li).get(reverse("points-ranking")))
        assert "赵*孙" not in page
        assert "不显示排行" in page

    def test_another_team_is_no_choice(self, sign_in, cast, wording):
        page = text_of(sign_in(cast.li).get(reverse("points-ranking") + f"?team={cast.team_b.pk}"))
        assert "不显示排行" in page


class TestManagement:
    def _rule(self, **changes):
        return {
            "code": "copd_follow_up", "name": "慢阻肺随访", "form": "copd_follow_up", "verdicts": "", "points": "15",
            "period": "year", "times": "4", "in_force_from": "2026-12-01", "source": "卫健发〔2026〕9号",
        } | changes  # fmt: skip

    def test_a_new_number_is_a_new_version(self, sign_in, cast, wording):
        sign_in(cast.zhou).post(reverse("admin:care_pointrule_add"), self._rule())
        versions = PointRule.objects.filter(code="copd_follow_up").order_by("pk")
        assert [one.points for one in versions] == [10, 15]

    @pytest.mark.parametrize(
        ("changes", "said"),
        [({"in_force_from": "2026-11-21"}, "不能倒签"), ({"period": "none"}, "不限次数的填 0")],
    )
    def test_what_cannot_be_is_said_at_its_field(self, sign_in, cast, wording, changes, said):
        answer = sign_in(cast.zhou).post(reverse("admin:care_pointrule_add"), self._rule(**changes))
        assert said in text_of(answer)
        assert PointRule.objects.filter(code="copd_follow_up").count() == 1

    def test_a_steward_makes_no_rules(self, sign_in, cast, wording):
        assert sign_in(cast.qian).get(reverse("admin:care_pointrule_changelist")).status_code == 200
        assert sign_in(cast.qian).get(reverse("admin:care_pointrule_add")).status_code == 403

    def test_a_steward_keeps_goods_of_his_institution_only(self, sign_in, cast, wording):
        form = {"name": "血压计", "kind": "goods", "points": "50", "is_active": "on", "description": ""}
        add = reverse("admin:care_pointgoods_add")
        assert "由区卫健局维护" in text_of(sign_in(cast.qian).post(add, form))
        sign_in(cast.qian).post(add, form | {"institution": cast.institution_a.pk})
        assert PointGoods.objects.get(name="血压计").institution == cast.institution_a
        district = PointGoods.objects.filter(institution=None).first()
        change = reverse("admin:care_pointgoods_change", args=[district.pk])
        assert sign_in(cast.qian).post(change, form).status_code == 403
