"""The pages of links to one resident: the staff's, and the resident's own behind the second factor."""

import datetime as dt
import logging
import uuid

import pytest
import time_machine
from django.core import signing
from django.test import Client
from django.urls import reverse

from config.logging import without_personal_data
from contracts.models import Confirmation, Dispute
from core.models import OutgoingText, ReadLog
from core.tasks import send_texts
from outreach.actions.personal_links import revoke_personal_link
from outreach.choices import LinkPurpose
from outreach.models import Booking, PersonalLink, SurveyAnswer
from outreach.public.links import COOKIE
from outreach.queries.personal_links import secret_of
from residents.choices import Population
from tests.contracts.own_side import family, sign_family
from tests.factories.contracts import sign_agreement
from tests.factories.residents import ResidentFactory
from tests.outreach.own_links import HAPPY, NOW, TODAY, a_link, a_survey, address_of
from tests.outreach.seats import make_point, make_slot, make_visit

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("noon")]
MINE = "/p/mine/"


@pytest.fixture
def resident(cast, district):
    return ResidentFactory(
        name="王建国", born_on=dt.date(1950, 1, 1), phone="13956785678", grid=district.grid_a
    )


@pytest.fixture
def signed(resident, cast):
    made = sign_agreement(resident, cast.team_a, cast.li, on=TODAY)
    resident.refresh_from_db()
    return made


@pytest.fixture
def link(resident, signed, cast):
    return a_link(cast.li, resident, LinkPurpose.PROGRESS, agreement=signed)


def enter(browser, link, answer=None):
    return browser.post(address_of(link), {"answer": answer or link.resident.id_number[-4:]})


def send(browser, **data):
    """The form of the page, as the page carries it."""
    page = browser.get(MINE)
    return browser.post(MINE, {"form_of": page.context["form_of"]} | data)


# the door


def test_before_the_second_factor_half_a_name_and_the_purpose(client, link, resident, signed, cast):
    text = client.get(address_of(link)).content.decode()
    assert "王*国，您好" in text
    assert "约定的服务做了多少" in text
    for hidden in ("王建国", resident.id_number[-4:], "5678", signed.number, cast.team_a.name, cast.li.name):
        assert hidden not in text
    assert client.get(MINE).status_code == 403
    assert not ReadLog.objects.exists()


@pytest.mark.parametrize("answer", [None, "1111", "right"])
def test_no_cache_keeps_it_and_no_other_site_learns_of_it(client, link, answer):
    answer = link.resident.id_number[-4:] if answer == "right" else answer
    page = enter(client, link, answer) if answer else client.get(address_of(link))
    pages = [page, client.get(MINE), client.get("/p/l/made-up/"), client.post("/p/l/made-up/code/")]
    for one in [*pages, client.post(MINE), client.post(reverse("public-mine-close"))]:
        assert one["Cache-Control"] == "no-store"
        assert one["Referrer-Policy"] == "strict-origin"
        assert one["X-Robots-Tag"] == "noindex, nofollow, noarchive"


@pytest.mark.parametrize("wrong", ["x", "A" * 32, "%2e%2e", "a" * 500, "1%00"])
def test_made_up_expired_and_revoked_are_told_alike(client, link, cast, wrong):
    made_up = client.get(f"/p/l/{wrong}/")
    assert made_up.status_code == 404
    revoke_personal_link(by=cast.li, on=TODAY, now=NOW, link=link)
    revoked = client.get(address_of(link))
    assert (revoked.status_code, revoked.content) == (404, made_up.content)
    assert client.post(f"/p/l/{wrong}/code/").status_code == 404


def test_guessing_locks_it_also_for_the_right_answer(client, link):
    for _ in range(4):
        assert "没有对上" in enter(client, link, "zzzz").content.decode()
    assert enter(client, link, "zzzz").status_code == 429
    assert enter(client, link).status_code == 429
    assert COOKIE not in client.cookies
    with time_machine.travel(NOW + dt.timedelta(minutes=31), tick=False):
        assert enter(client, link).status_code == 302


def test_a_code_by_text(client, link, settings, tmp_path, monkeypatch):
    assert "验证码到登记的手机" not in client.get(address_of(link)).content.decode(), "there is no channel"
    settings.SMS_SENDER, settings.SMS_FILE = "file", tmp_path / "texts.txt"
    monkeypatch.setattr(send_texts, "apply_async", lambda **options: None)
    assert "验证码到登记的手机" in client.get(address_of(link)).content.decode()
    page = client.post(address_of(link) + "code/").content.decode()
    assert "验证码已发到登记的手机" in page
    assert "5678" not in page
    code = OutgoingText.objects.get().text.split("验证码 ")[1][:6]
    assert enter(client, link, code).status_code == 302
    for _ in range(5):
        page = client.post(address_of(link) + "code/").content.decode()
    assert "24 小时内最多发" in page


def test_forged_borrowed_and_late_cookies_open_nothing(client, link):
    enter(client, link)
    kept = client.cookies[COOKIE]
    assert (kept["httponly"], kept["samesite"]) == (True, "Lax")
    good = kept.value
    assert client.get(MINE).status_code == 200
    for forged in ("", str(link.pk), signing.dumps(link.pk), signing.dumps(link.pk, salt="contracts.public")):
        client.cookies[COOKIE] = forged
        assert client.get(MINE).status_code == 403
    client.cookies[COOKIE] = good
    with time_machine.travel(NOW + dt.timedelta(minutes=15, seconds=1), tick=False):
        assert client.get(MINE).status_code == 403
    assert client.post(reverse("public-mine-close")).status_code == 200
    assert client.get(MINE).status_code == 403


def test_an_open_page_closes_when_the_link_is_revoked(client, link, cast):
    enter(client, link)
    revoke_personal_link(by=cast.li, on=TODAY, now=NOW, link=link)
    assert client.get(MINE).status_code == 403


def test_forms_without_a_token_are_refused(link):
    browser = Client(enforce_csrf_checks=True)
    assert enter(browser, link).status_code == 403
    for name, args in (
        ("public-personal-code", [secret_of(link.pk)]),
        ("public-mine", []),
        ("public-mine-close", []),
    ):
        assert browser.post(reverse(name, args=args)).status_code == 403


def test_the_secret_is_in_no_log(client, link, caplog):
    secret = secret_of(link.pk)
    with caplog.at_level(logging.DEBUG), caplog.at_level(logging.DEBUG, logger="django"):
        client.get(address_of(link))
        client.put(address_of(link))
        client.get(address_of(link) + "no-such-page")
        client.get(address_of(link) + "code/")
        Client(enforce_csrf_checks=True).post(address_of(link))
    seen = [one.getMessage() for one in caplog.records if secret in one.getMessage()]
    assert seen
    for message in seen:
        assert secret not in without_personal_data(None, "info", {"event": message})["event"]


# inside


def test_progress(client, link, resident, signed, cast):
    page = client.get(enter(client, link).url).content.decode()
    assert "定期联系" in page
    assert signed.number in page
    assert cast.team_a.name in page
    assert "是我本人签的" not in page
    for hidden in (resident.name, resident.id_number, resident.phone):
        assert hidden not in page
    log = ReadLog.objects.get()
    assert (log.user_id, log.user_name, log.subject_ids, log.page) == (
        0, "居民本人（链接）", [resident.pk], "public-mine",
    )  # fmt: skip
    assert client.get(address_of(link)).url == MINE
    assert send(client).url == MINE, "there is nothing to send"


def test_another_adult_sees_his_own_part_only(client, district, cast):
    people = family(district.grid_a, Population.HYPERTENSION, Population.DIABETES_T2, Population.CHILD_0_6)
    agreement = sign_family(people, cast.team_a, cast.li, ("basic", "hypertension", "diabetes", "child"))
    other = a_link(cast.li, people[1], LinkPurpose.PROGRESS, agreement=agreement)
    enter(client, other)
    page = client.get(MINE).content.decode()
    assert "糖尿病" in page
    for hidden in ("高血压", "儿童健康", "预防接种提醒", people[0].masked_name, people[2].masked_name):
        assert hidden not in page
    assert ReadLog.objects.get().subject_ids == [people[1].pk]


def test_confirming_and_then_reading_that_it_is_done(client, resident, signed, cast):
    link = a_link(cast.li, resident, LinkPurpose.CONFIRM, agreement=signed)
    enter(client, link)
    assert send(client).url == MINE
    assert "谢谢，您已经确认过" in client.get(MINE).content.decode()
    assert Confirmation.objects.get().ip == "127.0.0.1"
    assert "用过了" in send(client).content.decode()


def test_staff_cannot_confirm_or_answer_in_the_residents_place(sign_in, resident, signed, cast):
    survey = a_survey(cast.zhou)
    browser = sign_in(cast.li)
    enter(browser, a_link(cast.li, resident, LinkPurpose.CONFIRM, agreement=signed))
    assert "不能代居民确认" in send(browser).content.decode()
    enter(browser, a_link(cast.li, resident, LinkPurpose.SURVEY, survey=survey))
    assert "不能代居民填写" in send(browser, **HAPPY).content.decode()
    assert not Confirmation.objects.exists()
    assert not SurveyAnswer.objects.exists()
    assert {one.user_id for one in ReadLog.objects.all()} == {cast.li.pk}


def test_disputing(client, resident, signed, cast):
    enter(client, a_link(cast.li, resident, LinkPurpose.DISPUTE, agreement=signed))
    assert "请选择哪里不对" in send(client, text="说不清").content.decode()
    send(client, complaint="not_signed", text="<script>alert(1)</script>")
    page = client.get(MINE).content.decode()
    assert "&lt;script&gt;" in page
    assert "<script>alert" not in page
    assert "已提交" in page
    assert Dispute.objects.count() == 1


def test_a_survey(client, resident, cast):
    enter(client, a_link(cast.li, resident, LinkPurpose.SURVEY, survey=a_survey(cast.zhou)))
    page = send(client, **HAPPY | {"q2": ""}).content.decode()
    assert "请选择一项" in page
    assert "希望周末也能上门" in page, "what was typed stays"
    assert send(client, **HAPPY).url == MINE
    assert "谢谢您的回答" in client.get(MINE).content.decode()
    assert SurveyAnswer.objects.get().answers == HAPPY


def test_a_survey_that_ended_meanwhile(client, resident, cast):
    survey = a_survey(cast.zhou)
    enter(client, a_link(cast.li, resident, LinkPurpose.SURVEY, survey=survey))
    page = client.get(MINE)
    survey.ends_on = TODAY - dt.timedelta(days=1)
    survey.starts_on = survey.ends_on
    survey.save()
    answer = client.post(MINE, {"form_of": page.context["form_of"]} | HAPPY).content.decode()
    assert "问卷已经截止" in answer
    assert not SurveyAnswer.objects.exists()


def test_booking(client, resident, signed, cast, district):
    slot = make_slot(make_visit(make_point(district.grid_a), cast.team_a))
    make_slot(make_visit(make_point(district.grid_b, code="bbbbbbbb", name="别处服务点"), cast.team_b))
    enter(client, a_link(cast.li, resident))
    page = client.get(MINE).content.decode()
    assert "11月24日" in page
    assert "别处服务点" not in page
    for hidden in (resident.name, resident.phone, "13956785678"):
        assert hidden not in page
    assert "请选择时段" in send(client, token=str(uuid.uuid4())).content.decode()
    assert send(client, slot=slot.pk, token=str(uuid.uuid4()), services=["pressure"]).url == MINE
    booking = Booking.objects.get()
    page = client.get(MINE).content.decode()
    assert reverse("public-point-booking", args=["abcdefgh", booking.token]) in page
    assert "已经预约过一次" in page


def test_of_two_links_on_one_phone_neither_is_used_for_the_other(client, resident, cast, district):
    survey = a_survey(cast.zhou)
    wife = ResidentFactory(name="李秀英", grid=district.grid_a)
    enter(client, a_link(cast.li, resident, LinkPurpose.SURVEY, survey=survey))
    first = client.get(MINE).context["form_of"]
    client.cookies.clear()
    enter(client, a_link(cast.li, wife, LinkPurpose.SURVEY, survey=survey))
    page = client.post(MINE, {"form_of": first} | HAPPY).content.decode()
    assert "后来又打开了另一个链接" in page
    assert not SurveyAnswer.objects.exists()


def test_queries_of_the_resident_are_bounded(client, district, cast, django_assert_max_num_queries):
    people = family(district.grid_a, *[None] * 8)
    agreement = sign_family(people, cast.team_a, cast.li)
    enter(client, a_link(cast.li, people[0], LinkPurpose.PROGRESS, agreement=agreement))
    with django_assert_max_num_queries(20):
        assert client.get(MINE).status_code == 200


# the staff


def test_from_the_residents_page_to_the_address(sign_in, resident, signed, cast):
    browser = sign_in(cast.wang)
    hub = reverse("personal-link-new", args=[resident.pk])
    assert hub in browser.get(reverse("resident-detail", args=[resident.pk])).content.decode()
    assert (
        f"{hub}?what=confirm:{signed.pk}"
        in browser.get(reverse("agreement-detail", args=[signed.pk])).content.decode()
    )
    assert "请选择链接的用途" in browser.post(hub).content.decode()
    assert "选择" in browser.post(hub, {"what": "book:99"}).content.decode()
    page = browser.get(browser.post(hub, {"what": f"progress:{signed.pk}"}).url)
    link = PersonalLink.objects.get()
    text = page.content.decode()
    assert f"http://testserver{address_of(link)}" in text
    assert "data:image/svg+xml" in text
    assert page["Cache-Control"] == "no-store"
    assert resident.name not in text
    for name in ("personal-link-new", "personal-link-detail"):
        assert ReadLog.objects.filter(page=name, subject_ids=[resident.pk], user_id=cast.wang.pk).exists()
    detail = reverse("personal-link-detail", args=[link.pk])
    page = browser.post(reverse("personal-link-revoke", args=[link.pk]), follow=True).content.decode()
    assert "链接已停用" in page
    assert secret_of(link.pk) not in browser.get(detail).content.decode()


def test_no_channel_is_told(sign_in, link, cast):
    browser = sign_in(cast.li)
    page = browser.post(reverse("personal-link-text", args=[link.pk]), follow=True).content.decode()
    assert "还没有配置短信通道" in page


def test_others(sign_in, link, resident, cast):
    hub, detail = (
        reverse("personal-link-new", args=[resident.pk]),
        reverse("personal-link-detail", args=[link.pk]),
    )
    for user, hub_status, detail_status in (
        (cast.zhao, 404, 404),
        (cast.wu, 404, 404),
        (cast.zhou, 200, 403),
        (cast.he, 403, 403),
        (cast.sun, 403, 403),
    ):
        browser = sign_in(user)
        assert (browser.get(hub).status_code, browser.get(detail).status_code) == (hub_status, detail_status)
        assert browser.post(hub, {"what": "book:0"}).status_code == (404 if hub_status == 404 else 403)
        for name in ("personal-link-revoke", "personal-link-text"):
            assert browser.post(reverse(name, args=[link.pk])).status_code == detail_status
    link.refresh_from_db()
    assert link.revoked_at is None


def test_the_list_and_its_filters(sign_in, link, resident, cast, district):
    other = a_link(cast.zhao, ResidentFactory(grid=district.grid_b, name="赵小兰"))
    gone = a_link(cast.li, resident)
    revoke_personal_link(by=cast.li, on=TODAY, now=NOW, link=gone)
    browser, address = sign_in(cast.qian), reverse("personal-link-list")

    def shown(**query):
        return {line.link.pk for line in browser.get(address, query).context["rows"]}

    assert shown() == {link.pk, gone.pk}
    assert shown(standing="open") == {link.pk}
    assert shown(standing="revoked") == {gone.pk}
    assert shown(standing="used") == shown(standing="expired") == set()
    assert shown(purpose="book", standing="") == {gone.pk}
    assert other.pk not in shown(purpose="nonsense", page="x")
    assert "赵*兰" not in browser.get(address).content.decode()


def test_the_list_costs_the_same_for_many(sign_in, resident, cast, district, django_assert_max_num_queries):
    for _ in range(12):
        a_link(cast.li, ResidentFactory(grid=district.grid_a))
    browser = sign_in(cast.li)
    browser.get(reverse("personal-link-list"))
    with django_assert_max_num_queries(16):
        browser.get(reverse("personal-link-list"))
