"""Changing one's password, and being made to."""

import pytest
from django.test import Client
from django.urls import reverse
from django.utils import timezone

from core.models import PolicySetting
from teams.models import LoginRecord, PasswordRecord, Session, User
from tests.factories.teams import PASSWORD

pytestmark = pytest.mark.django_db
NEW = "Qing4-Shan-Lv"
PAGE = "/account/password/"


def signed_in_as(username: str) -> Client:
    browser = Client()
    assert browser.post("/login/", {"username": username, "password": PASSWORD}).status_code == 302
    return browser


def change(
    browser: Client, new: str = NEW, old: str = PASSWORD, repeated: str | None = None, query: str = ""
):
    data = {"old_password": old, "new_password": new, "repeated": new if repeated is None else repeated}
    return browser.post(PAGE + query, data)


def test_new_password_is_kept_logged_and_ends_the_other_sessions(cast):
    here, there = signed_in_as("li"), signed_in_as("li")
    key = here.cookies["fdcs"].value
    before = timezone.now()
    assert change(here).url == reverse("home")
    cast.li.refresh_from_db()
    assert cast.li.check_password(NEW)
    assert cast.li.password_changed_at >= before
    assert PasswordRecord.objects.get().password == cast.li.password
    assert LoginRecord.objects.last().outcome == "password"
    assert Session.objects.filter(user=cast.li).count() == 1
    assert here.get(reverse("account")).status_code == 200
    assert here.cookies["fdcs"].value != key
    assert there.get(reverse("account")).status_code == 302


def test_rules_stand_on_the_page_and_broken_ones_at_the_field(cast):
    browser = signed_in_as("li")
    assert "不少于 10 个字符" in browser.get(PAGE).content.decode()
    answer = change(browser, new="abc")
    assert answer.status_code == 200
    assert "密码太短" in answer.context["form"].errors["new_password"][0]
    cast.li.refresh_from_db()
    assert cast.li.check_password(PASSWORD)


def test_wrong_old_password_and_unequal_new_ones_are_refused(cast):
    browser = signed_in_as("li")
    assert change(browser, old="Wrong@password1").context["form"].errors["old_password"] == [
        "当前密码不正确。"
    ]
    assert "不一致" in change(browser, repeated="Other4-Shan").context["form"].errors["repeated"][0]
    cast.li.refresh_from_db()
    assert cast.li.check_password(PASSWORD)


def test_guessing_the_old_password_is_locked_out_as_well(cast):
    browser = signed_in_as("li")
    for _ in range(4):
        change(browser, old="Wrong@password1")
    assert change(browser, old="Wrong@password1").status_code == 429
    assert change(browser).status_code == 429


def test_present_password_may_not_be_kept(cast):
    browser = signed_in_as("zhao")
    User.objects.filter(pk=cast.zhao.pk).update(institution=None, name="赵某")
    answer = change(browser, new=PASSWORD)
    assert "最近用过" in answer.context["form"].errors["new_password"][0]


def test_first_password_must_be_changed_before_anything_else(cast):
    User.objects.filter(pk=cast.li.pk).update(must_change_password=True)
    browser = signed_in_as("li")
    answer = browser.get(reverse("account"))
    assert answer.url == f"{PAGE}?next=/account/"
    assert "初始密码" in browser.get(PAGE).content.decode()
    assert change(browser, query="?next=/account/").url == "/account/"
    assert browser.get(reverse("account")).status_code == 200
    cast.li.refresh_from_db()
    assert cast.li.must_change_password is False


def test_old_password_must_be_changed_on_the_day_after_its_term(cast):
    changed = timezone.now() - timezone.timedelta(days=90)
    User.objects.filter(pk=cast.li.pk).update(password_changed_at=changed)
    browser = signed_in_as("li")
    assert browser.get(reverse("account")).status_code == 200
    User.objects.filter(pk=cast.li.pk).update(password_changed_at=changed - timezone.timedelta(days=1))
    assert browser.get(reverse("account")).status_code == 302
    assert "已用满 90 天" in browser.get(PAGE).content.decode()


def test_bureau_may_switch_the_term_off(cast):
    old = timezone.now() - timezone.timedelta(days=900)
    User.objects.filter(pk=cast.li.pk).update(password_changed_at=old)
    today = timezone.localdate()
    PolicySetting.objects.create(
        room="teams", payload={"password_max_age_days": 0}, in_force_from=today, source="测试"
    )
    assert signed_in_as("li").get(reverse("account")).status_code == 200


def test_who_must_change_may_still_sign_out(cast):
    User.objects.filter(pk=cast.li.pk).update(must_change_password=True)
    browser = signed_in_as("li")
    assert browser.post(reverse("logout")).url == "/login/"


def test_long_passwords_are_taken_whole(cast):
    long = "Aa1-" * 16
    browser = signed_in_as("li")
    assert change(browser, new=long).status_code == 302
    cast.li.refresh_from_db()
    assert cast.li.check_password(long)
    assert not cast.li.check_password(long[:-1])


def test_passwords_are_stored_as_argon2id_at_the_house_cost(cast):
    assert cast.li.password.startswith("argon2$argon2id$v=19$m=19456,t=2,p=1$")


def test_older_hashes_are_renewed_at_sign_in(cast):
    from django.contrib.auth.hashers import make_password

    User.objects.filter(pk=cast.li.pk).update(password=make_password(PASSWORD, hasher="pbkdf2_sha256"))
    signed_in_as("li")
    cast.li.refresh_from_db()
    assert cast.li.password.startswith("argon2$")
