"""Pages of handovers and referrals: who sees what, what is typed is kept, bounded queries."""

import datetime as dt

import pytest
from django.urls import reverse

from care.actions.referral_steps import accept_referral
from care.choices import HandoverState
from care.models import Handover, Referral
from core.models import ReadLog
from tests.factories.contracts import NOON, sign_agreement
from tests.factories.moves import (
    accepted,
    of_class,
    offered,
    officer_of,
    officers_take_over,
    sent_down,
    sent_up,
    staff_of,
)
from tests.factories.residents import ResidentFactory

DAY = dt.date(2026, 11, 22)
ONE = dt.timedelta(days=1)
pytestmark = pytest.mark.usefixtures("today")


@pytest.fixture
def signed(resident, cast):
    sign_agreement(resident, cast.team_a, cast.li, on=DAY - 10 * ONE)
    of_class(resident, "disabled", DAY - ONE)
    return resident


@pytest.fixture
def officer(cast):
    officers_take_over()
    return officer_of(cast.institution_a)


@pytest.fixture
def feng(cast):
    return staff_of(cast.hospital)


def text_of(answer):
    return answer.content.decode()


class TestOfficers:
    def test_a_leader_offers_who_is_ticked(self, sign_in, cast, officer, signed):
        page = sign_in(cast.li).get(reverse("officer-offer") + "?population=disabled")
        assert "王*国" in text_of(page)
        assert "王建国" not in text_of(page)
        answer = sign_in(cast.li).post(
            reverse("officer-offer") + f"?team={cast.team_a.pk}&population=disabled",
            {"residents": [signed.pk], "officer": officer.pk, "note": "腿脚不便"},
        )
        assert answer.url == reverse("officer-list")
        made = Handover.objects.get()
        assert (made.to_officer, made.offer_note) == (officer, "腿脚不便")

    def test_nothing_typed_is_lost(self, sign_in, cast, officer, signed):
        answer = sign_in(cast.li).post(
            reverse("officer-offer") + f"?team={cast.team_a.pk}&population=disabled",
            {"officer": officer.pk, "note": "腿脚不便"},
        )
        assert "请勾选要移交的居民" in text_of(answer)
        assert "腿脚不便" in text_of(answer)

    def test_somebody_out_of_scope_is_not_offered(self, sign_in, cast, officer, signed, district):
        stranger = ResidentFactory(grid=district.grid_b)
        sign_in(cast.li).post(
            reverse("officer-offer") + f"?team={cast.team_a.pk}&population=disabled",
            {"residents": [stranger.pk], "officer": officer.pk},
        )
        assert not Handover.objects.exists()

    def test_a_member_does_not_offer(self, sign_in, cast, officer):
        assert sign_in(cast.wang).get(reverse("officer-offer")).status_code == 403

    def test_the_officer_accepts_and_gives_back(self, sign_in, cast, officer, signed):
        made = offered(signed, cast.team_a, cast.li, officer, on=DAY, population="disabled")
        assert "王*国" in text_of(sign_in(officer).get(reverse("officer-inbox")))
        answer = reverse("officer-answer", args=[made.pk])
        sign_in(officer).post(answer, {"verb": "ACCEPT"})
        made.refresh_from_db()
        assert made.state == HandoverState.ACCEPTED
        refused = sign_in(officer).post(
            answer, {"verb": "GIVE_BACK", "give-reason": "other", "give-note": ""}
        )
        assert "请写明具体情况" in text_of(refused)
        sign_in(officer).post(
            answer, {"verb": "GIVE_BACK", "give-reason": "wish", "give-note": "想由李医生管"}
        )
        made.refresh_from_db()
        assert (made.state, made.note) == (HandoverState.RETURNED, "想由李医生管")

    def test_the_leader_takes_back(self, sign_in, cast, officer, signed):
        made = accepted(signed, cast.team_a, cast.li, officer, on=DAY, population="disabled")
        sign_in(cast.li).post(
            reverse("officer-recall", args=[made.pk]), {"verb": "TAKE_BACK", "take-reason": "mistake"}
        )
        made.refresh_from_db()
        assert made.state == HandoverState.RETURNED

    def test_no_verb_of_the_other_side(self, sign_in, cast, officer, signed):
        made = offered(signed, cast.team_a, cast.li, officer, on=DAY, population="disabled")
        answer = reverse("officer-answer", args=[made.pk])
        assert sign_in(officer).post(answer, {"verb": "WITHDRAW"}).status_code == 404
        sign_in(cast.wang).post(answer, {"verb": "ACCEPT"})
        made.refresh_from_db()
        assert made.state == HandoverState.OFFERED

    def test_another_team_finds_nothing(self, sign_in, cast, officer, signed):
        made = offered(signed, cast.team_a, cast.li, officer, on=DAY, population="disabled")
        assert sign_in(cast.zhao).get(reverse("officer-detail", args=[made.pk])).status_code == 404

    def test_the_list_costs_the_same_for_many(
        self, sign_in, cast, officer, district, wording, django_assert_max_num_queries
    ):
        for _ in range(5):
            person = ResidentFactory(grid=district.grid_a)
            sign_agreement(person, cast.team_a, cast.li, on=DAY - ONE)
            of_class(person, "disabled", DAY)
            offered(person, cast.team_a, cast.li, officer, on=DAY, population="disabled")
        client = sign_in(cast.li)
        with django_assert_max_num_queries(16):
            client.get(reverse("officer-list"))
        assert len(ReadLog.objects.latest("pk").subject_ids) == 5


class TestReferrals:
    def _form(self, cast, **changes):
        return {
            "institution": cast.hospital.pk, "urgency": "0", "reasons": ["uncontrolled"],
            "summary": "血压 170/100", "client_token": "5f1c0a52-0f0e-4f3f-8a5c-0a6a5b7d2f10",
        } | changes  # fmt: skip

    def test_sent_from_the_persons_page_once(self, sign_in, cast, signed):
        address = reverse("referral-new") + f"?resident={signed.pk}"
        assert "测试区人民医院" in text_of(sign_in(cast.wang).get(address))
        for _ in range(2):
            answer = sign_in(cast.wang).post(address, self._form(cast))
        made = Referral.objects.get()
        assert answer.url == reverse("referral-detail", args=[made.pk])

    def test_nothing_typed_is_lost(self, sign_in, cast, signed):
        address = reverse("referral-new") + f"?resident={signed.pk}"
        answer = sign_in(cast.wang).post(address, self._form(cast, reasons=["critical"]))
        assert "紧急程度须选“紧急”" in text_of(answer)
        assert "血压 170/100" in text_of(answer)

    @pytest.mark.parametrize("asked", ["?resident=x", "?resident=999999", "", "?record=1", "?record=x"])
    def test_nobody_found(self, sign_in, cast, asked):
        assert sign_in(cast.wang).get(reverse("referral-new") + asked).status_code == 404

    def test_out_of_scope(self, sign_in, cast, signed):
        address = reverse("referral-new") + f"?resident={signed.pk}"
        assert sign_in(cast.zhao).get(address).status_code == 404

    def test_the_hospital_sees_the_minimum_and_answers(self, sign_in, cast, feng, signed):
        made = sent_up(signed, cast.li, cast.hospital, on=DAY)
        assert "王*国" in text_of(sign_in(feng).get(reverse("referral-list")))
        page = text_of(sign_in(feng).get(reverse("referral-detail", args=[made.pk])))
        assert "王*国" in page
        assert "76 岁" in page
        for hidden in ("王建国", signed.id_number, "13912345678", f"/residents/{signed.pk}/"):
            assert hidden not in page
        step = reverse("referral-step", args=[made.pk])
        refused = sign_in(feng).post(step, {"verb": "ACCEPT", "accept-appointment_on": "2026-11-21"})
        assert "不早于今天" in text_of(refused)
        sign_in(feng).post(step, {"verb": "ACCEPT", "accept-appointment_on": "2026-11-24"})
        made.refresh_from_db()
        assert (made.state, made.appointment_on) == ("accepted", dt.date(2026, 11, 24))

    def test_each_read_is_logged(self, sign_in, cast, feng, signed):
        made = sent_up(signed, cast.li, cast.hospital, on=DAY)
        sign_in(feng).get(reverse("referral-detail", args=[made.pk]))
        told = ReadLog.objects.latest("pk")
        assert (told.user_id, told.subject_ids, told.page) == (feng.pk, [signed.pk], "referral-detail")

    def test_another_hospital_and_another_team_find_nothing(self, sign_in, cast, signed):
        made = sent_up(signed, cast.li, cast.hospital, on=DAY)
        other = staff_of(cast.institution_b, name="别院")
        for user in (other, cast.zhao, cast.wu):
            assert sign_in(user).get(reverse("referral-detail", args=[made.pk])).status_code == 404
            step = reverse("referral-step", args=[made.pk])
            assert sign_in(user).post(step, {"verb": "CLOSE"}).status_code == 404

    def test_the_wrong_side_reads_why(self, sign_in, cast, signed):
        made = sent_up(signed, cast.li, cast.hospital, on=DAY)
        step = reverse("referral-step", args=[made.pk])
        answer = sign_in(cast.li).post(
            step, {"verb": "ACCEPT", "accept-appointment_on": "2026-11-24"}, follow=True
        )
        assert "这一步由医院（上级机构）办理" in text_of(answer)
        assert sign_in(cast.li).post(step, {"verb": "NONE"}).status_code == 404

    def test_down_by_the_full_number_which_stands_in_no_address(self, sign_in, cast, feng, signed):
        found = sign_in(feng).post(reverse("referral-find"), {"number": signed.id_number})
        assert signed.id_number not in found.url
        page = text_of(sign_in(feng).get(found.url))
        assert "王*国" in page
        assert "李医生团队" in page
        assert "王建国" not in page
        form = self._form(cast, reasons=["rehab"], plan="每周康复两次")
        sign_in(feng).post(found.url, form)
        made = Referral.objects.get()
        assert (made.direction, made.team) == ("down", cast.team_a)
        assert "每周康复两次" in text_of(sign_in(cast.wang).get(reverse("referral-detail", args=[made.pk])))

    def test_the_list_costs_the_same_for_many(
        self, sign_in, cast, feng, district, wording, django_assert_max_num_queries
    ):
        for _ in range(5):
            person = ResidentFactory(grid=district.grid_a)
            sign_agreement(person, cast.team_a, cast.li, on=DAY - ONE)
            sent_up(person, cast.li, cast.hospital, on=DAY)
        client = sign_in(feng)
        with django_assert_max_num_queries(14):
            client.get(reverse("referral-list"))

    @pytest.mark.parametrize("bucket", ["answer", "open", "over", "done", "nonsense"])
    def test_every_tab(self, sign_in, cast, feng, signed, bucket):
        made = sent_up(signed, cast.li, cast.hospital, on=DAY)
        now = dt.datetime.combine(DAY, NOON)
        accept_referral(by=feng, on=DAY, now=now, referral=made, appointment_on=DAY)
        sent_down(signed, feng, cast.hospital, on=DAY)
        page = sign_in(cast.li).get(reverse("referral-list") + f"?state={bucket}&after=x")
        assert page.status_code == 200


class TestCounts:
    def test_the_bureau_sees_numbers_and_nobody(self, sign_in, cast, signed):
        sent_up(signed, cast.li, cast.hospital, on=DAY)
        page = text_of(sign_in(cast.zhou).get(reverse("referral-counts")))
        assert "区级医院" in page
        assert "王*国" not in page

    def test_a_period_that_ends_before_it_begins(self, sign_in, cast):
        address = reverse("referral-counts") + "?first=2026-02-01&last=2026-01-01"
        assert "结束日期不能早于开始日期" in text_of(sign_in(cast.zhou).get(address))
        export = reverse("referral-export") + "?first=2026-02-01&last=2026-01-01"
        assert sign_in(cast.zhou).get(export).status_code == 302

    def test_the_export_is_a_spreadsheet(self, sign_in, cast, signed):
        sent_up(signed, cast.li, cast.hospital, on=DAY)
        answer = sign_in(cast.zhou).get(reverse("referral-export"))
        assert answer["Content-Type"].endswith("spreadsheetml.sheet")
        assert answer.content.startswith(b"PK")
