"""TOTP: required by role, set up, verified, single use, limited tries; recovery codes."""

import re

import pytest
import time_machine
from django.test import Client
from django.urls import reverse
from django.utils import timezone
from django_otp.oath import totp
from django_otp.plugins.otp_static.models import StaticToken
from django_otp.plugins.otp_totp.models import TOTPDevice

from core.models import PolicySetting
from core.policy import load
from teams import second_factor
from teams.models import LoginRecord, User
from teams.policy import TeamsPolicy
from tests.factories.teams import PASSWORD

pytestmark = pytest.mark.django_db
SETUP, VERIFY = "/account/code/setup/", "/account/code/"
MORNING = "2026-11-22 08:00:10 +0800"


@pytest.fixture
def clock(db):
    with time_machine.travel(MORNING, tick=False) as travelling:
        yield travelling


@pytest.fixture
def required(clock):
    PolicySetting.objects.create(
        room="teams", payload={"second_factor_roles": ["bureau"]}, in_force_from="2026-11-22", source="测试"
    )


def enter(username: str) -> Client:
    User.objects.update(password_changed_at="2026-11-01T00:00Z")
    browser = Client()
    assert browser.post("/login/", {"username": username, "password": PASSWORD}).status_code == 302
    return browser


def shown_key(browser: Client) -> bytes:
    browser.get(SETUP)
    return bytes.fromhex(browser.session["otp_key"])


def code_of(key: bytes, step: int = 0) -> str:
    return f"{totp(key, t0=-30 * step):06d}"


def set_up(browser: Client) -> tuple[bytes, list[str]]:
    key = shown_key(browser)
    answer = browser.post(SETUP, {"code": code_of(key)})
    assert answer.status_code == 200
    return key, answer.context["codes"]


def is_open(browser: Client) -> bool:
    return browser.get(reverse("account")).status_code == 200


def outcomes() -> list[str]:
    return list(LoginRecord.objects.order_by("pk").values_list("outcome", flat=True))


def test_role_that_needs_it_reaches_no_page_before_setting_it_up(required, cast):
    browser = enter("zhou")
    for address in (reverse("account"), "/admin/", reverse("home"), reverse("password-change")):
        assert browser.get(address).url.startswith(SETUP), address
    assert outcomes() == ["half_in"]
    assert is_open(enter("li"))


def test_setting_it_up_lets_in_with_a_new_session_key_and_ends_other_sessions(required, cast):
    browser, other = enter("zhou"), enter("zhou")
    page = browser.get(SETUP).content.decode()
    assert "<svg" in page
    assert "style=" not in page.split("<svg")[1].split("</svg>")[0]
    key = browser.cookies["fdcs"].value
    _, codes = set_up(browser)
    assert browser.cookies["fdcs"].value != key
    assert is_open(browser)
    assert len(set(codes)) == 10
    assert other.get(reverse("account")).url.startswith("/login/")


def test_manual_key_is_the_key_of_the_qr_code(clock, cast):
    browser = enter("li")
    key = shown_key(browser)
    shown = re.search(r'<p class="code">([A-Z2-7 ]+)</p>', browser.get(SETUP).content.decode()).group(1)
    assert shown == second_factor.grouped_key(key.hex())


def test_wrong_code_sets_nothing_up(clock, cast):
    browser = enter("li")
    key = shown_key(browser)
    answer = browser.post(SETUP, {"code": code_of(key, step=5)})
    assert "动态口令不正确" in answer.context["form"].errors["code"][0]
    assert not TOTPDevice.objects.exists()
    assert browser.session["otp_key"] == key.hex()


def test_who_has_a_phone_is_asked_for_its_code_even_if_no_role_needs_it(clock, cast):
    key, _ = set_up(enter("li"))
    browser = enter("li")
    clock.shift(60)
    assert browser.get(reverse("account")).url == f"{VERIFY}?next=/account/"
    before = browser.cookies["fdcs"].value
    answer = browser.post(f"{VERIFY}?next=/account/", {"code": code_of(key)})
    assert answer.url == "/account/"
    assert browser.cookies["fdcs"].value != before
    assert is_open(browser)
    assert outcomes()[-2:] == ["half_in", "in"]


def test_password_cannot_be_changed_before_the_code(clock, cast):
    set_up(enter("li"))
    browser = enter("li")
    User.objects.filter(pk=cast.li.pk).update(must_change_password=True)
    assert browser.get(reverse("password-change")).url.startswith(VERIFY)


def test_a_new_phone_cannot_be_set_up_before_the_old_one_s_code(clock, cast):
    set_up(enter("li"))
    browser = enter("li")
    assert browser.get(SETUP).url.startswith(VERIFY)
    assert browser.post(reverse("otp-codes")).url.startswith(VERIFY)


@pytest.mark.parametrize(("step", "opens"), [(-2, False), (-1, True), (0, True), (1, True), (2, False)])
def test_one_step_of_clock_error_is_forgiven(clock, cast, step, opens):
    key, _ = set_up(enter("li"))
    browser = enter("li")
    clock.shift(300)
    browser.post(VERIFY, {"code": code_of(key, step=step)})
    assert is_open(browser) is opens


def test_a_code_opens_once(clock, cast):
    key, _ = set_up(enter("li"))
    clock.shift(60)
    first, second = enter("li"), enter("li")
    first.post(VERIFY, {"code": code_of(key)})
    second.post(VERIFY, {"code": code_of(key)})
    assert is_open(first)
    assert not is_open(second)


def test_code_may_be_typed_with_a_blank_and_full_width(clock, cast):
    key, _ = set_up(enter("li"))
    clock.shift(60)
    browser = enter("li")
    code = code_of(key)
    wide = "".join(chr(ord(digit) + 0xFEE0) for digit in code)
    browser.post(VERIFY, {"code": f" {wide[:3]} {wide[3:]} "})
    assert is_open(browser)


def test_five_wrong_codes_end_the_session(clock, cast):
    key, _ = set_up(enter("li"))
    browser = enter("li")
    for tries in range(1, 5):
        clock.shift(60)
        answer = browser.post(VERIFY, {"code": "000000" if code_of(key) != "000000" else "000001"})
        assert f"还可以试 {5 - tries} 次" in answer.context["form"].errors["code"][0]
    clock.shift(60)
    assert browser.post(VERIFY, {"code": "12345x"}).url == "/login/"
    assert browser.get(VERIFY).url.startswith("/login/")
    assert outcomes()[-5:] == ["otp_failed"] * 5


def test_too_fast_tries_are_refused_even_with_the_right_code(clock, cast):
    key, _ = set_up(enter("li"))
    browser = enter("li")
    clock.shift(60)
    TOTPDevice.objects.update(throttling_failure_count=8, throttling_failure_timestamp=timezone.now())
    answer = browser.post(VERIFY, {"code": code_of(key)})
    assert "请等 3 分钟" in answer.context["form"].errors["code"][0]
    assert not is_open(browser)
    clock.shift(128)
    browser.post(VERIFY, {"code": code_of(key)})
    assert is_open(browser)


def test_recovery_code_opens_once_and_is_stored_as_fingerprint(clock, cast):
    _, codes = set_up(enter("li"))
    stored = set(StaticToken.objects.values_list("token", flat=True))
    assert not stored & set(codes)
    assert len(stored) == 10
    browser = enter("li")
    answer = browser.post(VERIFY, {"code": codes[3].upper().replace("-", " ")}, follow=True)
    assert "还剩 9 个" in answer.content.decode()
    assert is_open(browser)
    again = enter("li")
    again.post(VERIFY, {"code": codes[3]})
    assert not is_open(again)


def test_new_recovery_codes_void_the_old_ones(clock, cast):
    browser = enter("li")
    _, old = set_up(browser)
    new = browser.post(reverse("otp-codes")).context["codes"]
    assert not set(old) & set(new)
    late = enter("li")
    late.post(VERIFY, {"code": old[0]})
    assert not is_open(late)
    clock.shift(60)
    late.post(VERIFY, {"code": new[0]})
    assert is_open(late)


def test_changing_the_phone_voids_the_old_one(clock, cast):
    browser = enter("li")
    old, _ = set_up(browser)
    clock.shift(60)
    new, _ = set_up(browser)
    assert old != new
    assert TOTPDevice.objects.count() == 1
    clock.shift(60)
    late = enter("li")
    late.post(VERIFY, {"code": code_of(old)})
    assert not is_open(late)
    clock.shift(60)
    late.post(VERIFY, {"code": code_of(new)})
    assert is_open(late)


def test_another_person_s_code_opens_nothing(clock, cast):
    li_key, _ = set_up(enter("li"))
    set_up(enter("wang"))
    clock.shift(60)
    browser = enter("wang")
    browser.post(VERIFY, {"code": code_of(li_key)})
    assert not is_open(browser)


def test_codes_page_is_kept_by_no_cache(clock, cast):
    browser = enter("li")
    key = shown_key(browser)
    assert "no-store" in browser.get(SETUP)["Cache-Control"]
    assert "no-store" in browser.post(SETUP, {"code": code_of(key)})["Cache-Control"]


def test_demand_holds_from_its_first_day(required, cast):
    with time_machine.travel("2026-11-21 23:59 +0800", tick=False):
        assert is_open(enter("zhou"))
    with time_machine.travel("2026-11-22 00:00 +0800", tick=False):
        assert not is_open(enter("zhou"))


def test_policy_knows_the_roles_that_may_need_it(required):
    assert load(TeamsPolicy, "teams", timezone.localdate()).second_factor_roles == ("bureau",)


def test_program_without_the_code_is_told_in_json(required, cast):
    answer = enter("zhou").get(reverse("account"), headers={"Accept": "application/json"})
    assert (answer.status_code, answer.json()["code"]) == (401, "second_factor_setup")
