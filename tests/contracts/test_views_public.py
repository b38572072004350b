"""The resident's own page: hostile visitors first."""

import datetime as dt
import logging

import pghistory.models
import pytest
import time_machine
from django.core import signing
from django.test import Client
from django.urls import reverse

from config.logging import without_personal_data
from contracts.actions import revoke_link
from contracts.models import Confirmation, Dispute, ResidentLink
from contracts.views.public import COOKIE
from core.models import ReadLog
from residents.choices import Population
from tests.contracts.own_side import NOW, TODAY, family, secret_of, sign_family, wait_for_resident
from tests.factories.contracts import package, sign_agreement
from tests.factories.residents import PopulationFlagFactory, ResidentFactory

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("today")]
HOUSE = "/p/agreement/"


@pytest.fixture
def signed(resident, cast):
    return sign_agreement(resident, cast.team_a, cast.li, on=TODAY)


@pytest.fixture
def address(signed):
    return reverse("public-link", args=[secret_of(signed)])


def open_it(browser, address, answer="5678"):
    return browser.post(address, {"answer": answer})


def test_before_the_second_factor_nothing_is_told(client, address, signed, resident, cast):
    page = client.get(address)
    text = page.content.decode()
    for secret in (
        signed.number,
        resident.name,
        resident.masked_name,
        "5678",
        cast.team_a.name,
        cast.li.name,
    ):
        assert secret not in text
    assert client.get(HOUSE).status_code == 403
    assert not ReadLog.objects.exists()


@pytest.mark.parametrize("answer", [None, "1111", "5678"])
def test_no_cache_keeps_it_and_no_other_site_learns_of_it(client, address, answer):
    page = open_it(client, address, answer) if answer else client.get(address)
    pages = [
        page,
        client.get(HOUSE),
        client.get("/p/a/made-up/"),
        client.post(HOUSE),
        client.post("/p/agreement/close/"),
    ]
    for one in pages:
        assert one["Cache-Control"] == "no-store"
        assert one["Referrer-Policy"] == "strict-origin", "the origin alone, never the path with the secret"
        assert one["X-Robots-Tag"] == "noindex, nofollow, noarchive"
        assert "default-src 'self'" in one["Content-Security-Policy"]


@pytest.mark.parametrize("wrong", ["x", "A" * 32, "%2e%2e", "a" * 500, "1%00"])
def test_a_made_up_secret_is_not_there(client, address, wrong):
    for answer in (client.get(f"/p/a/{wrong}/"), client.post(f"/p/a/{wrong}/", {"answer": "5678"})):
        assert answer.status_code == 404
        assert "二维码已失效" in answer.content.decode()


def test_guessing_locks_it_also_for_the_right_answer(client, address):
    for _ in range(4):
        page = open_it(client, address, "1111")
        assert (page.status_code, "没有对上" in page.content.decode()) == (200, True)
    assert open_it(client, address, "1111").status_code == 429
    locked = open_it(client, address)
    assert locked.status_code == 429
    assert "30 分钟后再试" in locked.content.decode()
    assert COOKIE not in client.cookies
    with time_machine.travel(NOW + dt.timedelta(minutes=31), tick=False):
        assert open_it(client, address).status_code == 302


def test_what_was_typed_is_not_shown_again_nor_the_right_answer(client, address):
    text = open_it(client, address, "37109919500101001X").content.decode()
    assert "37109919500101001X" not in text
    assert "5678" not in text


def test_another_persons_answer_is_wrong(client, address, district):
    other = ResidentFactory(grid=district.grid_a, phone="13911110000")
    assert "没有对上" in open_it(client, address, "0000").content.decode()
    assert "没有对上" in open_it(client, address, other.id_number[-4:]).content.decode()


def test_expired_and_revoked(client, address, signed, cast):
    open_it(client, address)
    days = (signed.ends_on - TODAY).days + 32
    with time_machine.travel(NOW + dt.timedelta(days=days), tick=False):
        assert client.get(address).status_code == 404
        assert open_it(client, address).status_code == 404
    revoke_link(by=cast.li, on=TODAY, now=NOW, agreement=signed)
    assert client.get(HOUSE).status_code == 403, "an open page closes as well"
    assert client.get(address).status_code == 404


def test_the_page_closes_by_itself_and_by_hand(client, address):
    open_it(client, address)
    assert client.get(HOUSE).status_code == 200
    with time_machine.travel(NOW + dt.timedelta(minutes=15, seconds=1), tick=False):
        assert client.get(HOUSE).status_code == 403
    assert client.post(reverse("public-close")).status_code == 200
    assert client.get(HOUSE).status_code == 403


def test_a_forged_or_borrowed_cookie_opens_nothing(client, address, signed):
    open_it(client, address)
    kept = client.cookies[COOKIE]
    assert kept["httponly"]
    assert kept["samesite"] == "Lax"
    link = ResidentLink.objects.get()
    for forged in ("", str(link.pk), signing.dumps(link.pk), kept.value[:-1] + "x"):
        client.cookies[COOKIE] = forged
        assert client.get(HOUSE).status_code == 403


def test_forms_without_a_token_are_refused(address):
    browser = Client(enforce_csrf_checks=True)
    assert open_it(browser, address).status_code == 403
    browser.cookies[COOKIE] = signing.dumps(ResidentLink.objects.get().pk, salt="contracts.public")
    for name in ("public-confirm", "public-dispute", "public-close"):
        assert browser.post(reverse(name)).status_code == 403
    assert not Confirmation.objects.exists()


def test_looking_changes_nothing(client, address):
    open_it(client, address)
    for name in ("public-confirm", "public-dispute", "public-close"):
        assert client.get(reverse(name)).status_code == 405


def test_the_secret_is_in_no_log_and_no_history(client, address, signed, caplog):
    secret = address.rsplit("/", 2)[1]
    with caplog.at_level(logging.DEBUG), caplog.at_level(logging.DEBUG, logger="django"):
        client.get(address)
        client.get(address + "no-such-page")
        client.put(address)
        Client(enforce_csrf_checks=True).post(address)
        open_it(client, address, "1111")
        open_it(client, address)
        client.post(reverse("public-confirm"))
    seen = [record.getMessage() for record in caplog.records if secret in record.getMessage()]
    for message in seen:
        assert secret not in without_personal_data(None, "info", {"event": message})["event"]
    assert seen, "Django names the path of what it refused, so there was something to take out"
    assert secret not in str(list(pghistory.models.Context.objects.values()))


def test_the_agreement_masked_with_team_and_emergency(client, address, signed, resident, cast):
    page = client.get(open_it(client, address).url)
    text = page.content.decode()
    assert signed.number in text
    assert resident.masked_name in text
    assert cast.team_a.name in text
    assert cast.li.name in text
    assert 'href="tel:120"' in text
    assert "定期联系" in text
    assert "共 4 次" in text
    for hidden in (resident.name, resident.id_number, resident.phone, resident.id_number[-4:], "5678"):
        assert hidden not in text
    log = ReadLog.objects.get()
    assert (log.user_id, log.user_name, log.subject_ids) == (0, "居民本人（链接）", [resident.pk])
    assert (log.page, log.ip) == ("public-agreement", "127.0.0.1")
    assert client.get(address).url == HOUSE, "scanning again while it is open asks nothing"


def test_he_may_see_his_own_restricted_package(client, resident, cast):
    PopulationFlagFactory(resident=resident, kind=Population.SMI)
    agreement = sign_agreement(
        resident, cast.team_a, cast.li, on=TODAY, packages=[package(), package("severe_mental")]
    )
    open_it(client, reverse("public-link", args=[secret_of(agreement)]))
    assert "严重精神障碍患者随访" in client.get(HOUSE).content.decode()


def test_a_household_page_tells_no_other_adults_diagnosis(client, district, cast, wording):
    """Neither by the package, nor by its services, nor by their count."""
    people = family(
        district.grid_a, Population.HYPERTENSION, Population.SMI, Population.DIABETES_T2, Population.CHILD_0_6
    )
    codes = ("basic", "hypertension", "severe_mental", "diabetes", "child")
    agreement = sign_family(people, cast.team_a, cast.li, codes)
    open_it(client, reverse("public-link", args=[secret_of(agreement)]), people[0].phone[-4:])
    text = client.get(HOUSE).content.decode()
    assert "高血压随访" in text, "his own"
    assert "儿童健康" in text or "预防接种提醒" in text, "the child he agreed for"
    for hidden in ("严重精神障碍", "糖尿病", "另有"):
        assert hidden not in text
    assert "其他成年家人的重点人群服务" in text


def test_confirming_puts_it_in_force(client, signed):
    wait_for_resident(signed)
    open_it(client, reverse("public-link", args=[secret_of(signed)]))
    assert "等待居民确认" in client.get(HOUSE).content.decode()
    assert client.post(reverse("public-confirm")).url == HOUSE
    client.post(reverse("public-confirm"))
    signed.refresh_from_db()
    assert signed.state == "active"
    word = Confirmation.objects.get()
    assert (word.way, word.recorded_by, word.ip) == ("link", None, "127.0.0.1")
    assert "已确认" in client.get(HOUSE).content.decode()


def test_objecting(client, address, cast):
    open_it(client, address)
    made = {"complaint": "not_signed", "text": "<script>alert(1)</script> 我不认识他"}
    assert client.post(reverse("public-dispute"), made).status_code == 302
    text = client.get(HOUSE).content.decode()
    assert "<script>alert" not in text
    assert "&lt;script&gt;" in text
    assert "提出异议</button>" not in text, "one at a time"
    again = client.post(reverse("public-dispute"), made)
    assert "已经收到您的异议" in again.content.decode()
    assert Dispute.objects.count() == 1


@pytest.mark.parametrize(
    ("typed", "told"),
    [
        ({"text": "说不清"}, "请选择哪里不对"),
        ({"complaint": "else", "text": ""}, "选择"),
        ({"complaint": "wrong", "text": "长" * 401}, "不超过 400 个字"),
        ({"complaint": "wrong", "text": "a\0b"}, "空"),
    ],
)
def test_a_wrong_objection_is_told_and_kept(client, address, typed, told):
    open_it(client, address)
    page = client.post(reverse("public-dispute"), typed)
    text = page.content.decode()
    assert told in text
    if len(typed["text"]) < 10 and "\0" not in typed["text"]:
        assert typed["text"] in text
    assert not Dispute.objects.exists()


def test_who_is_signed_in_keeps_his_own_session(client, address, sign_in, cast):
    browser = sign_in(cast.wang)
    open_it(browser, address)
    assert browser.get(HOUSE).status_code == 200
    browser.post(reverse("public-close"))
    assert browser.get(reverse("agreement-list")).status_code == 200


def test_staff_cannot_confirm_in_the_residents_place(address, sign_in, cast):
    browser = sign_in(cast.li)
    open_it(browser, address)
    page = browser.post(reverse("public-confirm"))
    assert "不能代居民确认" in page.content.decode()
    assert not Confirmation.objects.exists()


def test_staff_who_look_stand_in_the_log_by_their_own_name(address, sign_in, cast):
    browser = sign_in(cast.wang)
    open_it(browser, address)
    browser.get(HOUSE)
    log = ReadLog.objects.get(page="public-agreement")
    assert (log.user_id, log.user_name) == (cast.wang.pk, cast.wang.get_username())


def test_queries_are_bounded(client, district, cast, wording, django_assert_max_num_queries):
    people = family(district.grid_a, *[None] * 8)
    agreement = sign_family(people, cast.team_a, cast.li)
    open_it(client, reverse("public-link", args=[secret_of(agreement)]), people[0].phone[-4:])
    with django_assert_max_num_queries(15):
        assert client.get(HOUSE).status_code == 200
