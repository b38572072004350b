"""The login page, lock-out, and what is logged."""

import re

import pytest
import time_machine
from django.test import Client
from django.urls import reverse

from teams import sessions
from teams.models import LoginRecord, Session, User
from tests.factories.teams import PASSWORD

pytestmark = pytest.mark.django_db
LOGIN = "/login/"


def attempt(client: Client, username: str, password: str = PASSWORD, **extra):
    return client.post(LOGIN, {"username": username, "password": password, **extra})


def outcomes(**which) -> list[str]:
    return list(LoginRecord.objects.filter(**which).order_by("pk").values_list("outcome", flat=True))


def without_token(page) -> str:
    return re.sub(r'name="csrfmiddlewaretoken" value="\w+"', "", page.content.decode())


def test_the_right_password_opens_a_session_that_knows_its_person(client, cast):
    answer = attempt(client, "li")
    assert answer.status_code == 302
    assert answer.url == reverse("home")
    (session,) = Session.objects.all()
    assert session.user == cast.li
    record = LoginRecord.objects.get()
    assert (record.outcome, record.user, record.by, record.ip) == ("in", cast.li, cast.li, "127.0.0.1")


def test_page_asked_for_before_is_opened_after(client, cast):
    answer = client.get(reverse("account"))
    assert answer.url == "/login/?next=/account/"
    answer = client.post(answer.url, {"username": "li", "password": PASSWORD, "next": "/account/"})
    assert answer.url == "/account/"


@pytest.mark.parametrize(
    "elsewhere", ["https://evil.example/", "//evil.example", "javascript:alert(1)", "\\\\evil"]
)
def test_no_redirect_to_another_site(client, cast, elsewhere):
    assert attempt(client, "li", next=elsewhere).url == reverse("home")


def test_login_gives_a_new_session_key(client, cast):
    client.get(LOGIN)
    session = client.session
    session["before"] = 1
    session.save()
    before = session.session_key
    client.cookies["fdcs"] = before
    attempt(client, "li")
    assert client.cookies["fdcs"].value != before
    assert not Session.objects.filter(pk=before).exists()


def test_unknown_name_wrong_password_and_closed_account_look_the_same(cast):
    User.objects.filter(pk=cast.zhao.pk).update(is_active=False)
    unknown = attempt(Client(), "nobody")
    wrong = attempt(Client(), "li", "Wrong@password1")
    closed = attempt(Client(), "zhao")
    assert unknown.status_code == wrong.status_code == closed.status_code == 200
    page = without_token(unknown)
    assert page.replace("nobody", "li") == without_token(wrong)
    assert page.replace("nobody", "zhao") == without_token(closed)
    assert "登录名或密码不正确" in page


def test_unknown_name_is_kept_only_in_part(client, cast):
    attempt(client, "371099199001010018")
    record = LoginRecord.objects.get()
    assert record.username == "37***（无此账号）"
    assert record.user is None
    assert record.outcome == "failed"


@pytest.mark.parametrize("username", ["li", "nobody"])
def test_five_failures_lock_known_and_unknown_names_alike(client, cast, username):
    for _ in range(4):
        assert attempt(client, username, "Wrong@password1").status_code == 200
    fifth = attempt(client, username, "Wrong@password1")
    assert fifth.status_code == 429
    assert "暂时锁定" in fifth.content.decode()
    assert 890 <= int(fifth["Retry-After"]) <= 900
    assert outcomes() == ["failed"] * 4 + ["locked"]


def test_right_password_is_refused_while_locked_and_accepted_after(client, cast):
    with time_machine.travel("2026-11-22 09:00 +0800", tick=False) as clock:
        User.objects.update(password_changed_at="2026-11-01T00:00Z")
        for _ in range(5):
            attempt(client, "li", "Wrong@password1")
        clock.shift(14 * 60 + 59)
        locked = attempt(client, "li")
        assert locked.status_code == 429
        assert "09:15" in locked.content.decode()
        assert locked["Retry-After"] == "1"
        assert not Session.objects.exists()
        clock.shift(2)
        assert attempt(client, "li").status_code == 302
    assert outcomes()[-2:] == ["locked", "in"]


def test_lock_is_for_one_name_at_one_address(client, cast):
    for _ in range(5):
        attempt(client, "li", "Wrong@password1")
    assert attempt(client, "li").status_code == 429
    assert attempt(client, "wang").status_code == 302
    assert attempt(Client(REMOTE_ADDR="10.0.0.9"), "li").status_code == 302


def test_success_forgets_the_failures_before_it(client, cast):
    for _ in range(4):
        attempt(client, "li", "Wrong@password1")
    attempt(client, "li")
    client.logout()
    assert attempt(client, "li", "Wrong@password1").status_code == 200


def test_sign_out_is_by_post_and_ends_the_session_on_the_server(client, cast):
    attempt(client, "li")
    cookie = client.cookies["fdcs"].value
    assert client.get(reverse("logout")).status_code == 405
    assert client.post(reverse("logout")).url == LOGIN
    assert outcomes() == ["in", "out"]
    replay = Client()
    replay.cookies["fdcs"] = cookie
    assert replay.get(reverse("account")).status_code == 302


def test_somebody_who_works_only_in_the_grid_lands_on_the_grid_page(client, cast):
    assert attempt(client, "sun").url == reverse("grid-home")


def test_keeping_signed_in_is_for_grid_workers_only(client, cast):
    attempt(client, "sun", keep="on")
    assert client.session[sessions.KEPT] is True
    assert client.session.get_expiry_age() == 30 * 86_400
    doctor = Client()
    attempt(doctor, "li", keep="on")
    assert doctor.session[sessions.KEPT] is False


def test_phone_box_is_ticked_for_who_comes_from_the_grid_page(client):
    assert "checked" in client.get("/login/?next=/g/").content.decode()
    assert "checked" not in client.get("/login/?next=/account/").content.decode()


@pytest.mark.parametrize("username", ["li\0", "李" * 200, "", " "])
def test_odd_names_are_refused_in_words(client, cast, username):
    answer = attempt(client, username, "Wrong@password1")
    assert answer.status_code == 200
    assert "field-error" in answer.content.decode() or "登录名或密码不正确" in answer.content.decode()


def test_agent_in_the_log_is_bounded(cast):
    attempt(Client(headers={"User-Agent": "x" * 5000}), "li")
    assert LoginRecord.objects.get().agent == "x" * 200


def test_a_role_that_ends_takes_effect_at_the_next_request(sign_in, cast):
    browser = sign_in(cast.zhou)
    assert browser.get("/admin/").status_code == 200
    cast.zhou.role_assignments.update(ends_on="2026-01-01")
    assert browser.get("/admin/").status_code == 403


def test_a_closed_account_is_out_at_the_next_request(sign_in, cast):
    browser = sign_in(cast.li)
    assert browser.get(reverse("account")).status_code == 200
    User.objects.filter(pk=cast.li.pk).update(is_active=False)
    assert browser.get(reverse("account")).status_code == 302
