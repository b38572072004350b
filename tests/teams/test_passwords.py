"""What a password must be: rules of form without a database, former passwords with one."""

import datetime as dt
import string
from dataclasses import replace

import pytest
from django.contrib.auth.hashers import make_password
from django.contrib.auth.password_validation import password_validators_help_texts, validate_password
from django.core.exceptions import ValidationError

from core.models import PolicySetting
from teams.models import PasswordRecord, User
from teams.passwords import (
    MAX_LENGTH,
    faults,
    faults_for,
    is_due,
    random_password,
    rules_in_words,
    words_about,
)
from teams.policy import TeamsPolicy
from tests.factories.teams import InstitutionFactory, UserFactory

POLICY = TeamsPolicy()
GOOD = "Qing4-Shan"
TODAY = dt.date(2026, 11, 22)


@pytest.mark.parametrize(
    ("password", "complaint"),
    [
        (GOOD, None),
        (GOOD[:9], "太短"),
        ("qing4shanlvshui", "太简单"),
        ("QINGSHAN-lvshui", None),
        ("Qing4Shan0", None),
        ("Qing-Shan-", None),
        ("青山绿水Qing4", "太短"),
        ("青山绿水Qing4山", None),
        ("QING4SHAN44", "太简单"),
        ("", "太短"),
        ("Aa1-" * 16, None),
        ("Aa1-" * (MAX_LENGTH // 4), None),
        ("Aa1-" * (MAX_LENGTH // 4) + "x", "太长"),
    ],
)
def test_rules_of_form(password, complaint):
    found = faults(password, policy=POLICY)
    assert bool(found) == bool(complaint), found
    if complaint:
        assert complaint in "".join(found)


def test_every_broken_rule_is_named_at_once():
    said = "".join(faults("abc", policy=POLICY))
    assert "太短" in said
    assert "大写字母、数字、符号" in said


def test_numbers_come_from_the_policy():
    loose = replace(POLICY, password_min_length=8, password_min_classes=1)
    assert faults("qingshan", policy=loose) == []
    assert faults("qingsha", policy=loose)
    strict = replace(POLICY, password_min_length=14, password_min_classes=4)
    assert faults("Qing4Shan0Qing4", policy=strict)
    assert faults("Qing4Shan0Qing-", policy=strict) == []


WORDS = words_about(
    username="lidoctor", name="李建国", phone="13912345678", institution="环翠楼街道社区卫生服务中心"
)


@pytest.mark.parametrize(
    "password",
    [
        "Lidoctor@2026",
        "LiJianGuo@2026",
        "李建国Abcd1234",
        "Abc@13912345678",
        "Zz@345678zzz",
        "Huancui@2026",
        "环翠Abcd12345",
    ],
)
def test_what_others_know_about_the_person_is_refused(password):
    assert any("容易被猜到" in one for one in faults(password, policy=POLICY, words=WORDS))


def test_what_merely_resembles_it_is_refused_and_the_rest_is_not():
    assert faults("L1doctor.1", policy=POLICY, words=WORDS)
    assert faults(GOOD, policy=POLICY, words=WORDS) == []


def test_short_names_do_not_forbid_everything():
    words = words_about(username="li", name="李", phone="", institution="")
    assert faults("Linqing4-4", policy=POLICY, words=words) == []


def test_common_passwords_are_refused():
    loose = replace(POLICY, password_min_length=8, password_min_classes=1)
    assert "很多人都在用" in "".join(faults("Password1", policy=loose))


def test_random_passwords_are_good_different_and_readable():
    made = {random_password(POLICY) for _ in range(200)}
    assert len(made) == 200
    for password in made:
        assert faults(password, policy=replace(POLICY, password_min_classes=4)) == []
        assert not set(password) & set("Il1Oo0")
        assert set(password) <= set(string.printable)
    assert len(random_password(replace(POLICY, password_min_length=20))) == 20


def test_rules_in_words_follow_the_policy():
    said = "；".join(rules_in_words(replace(POLICY, password_history=0, password_max_age_days=0)))
    assert "10 个字符" in said
    assert "天" not in said
    assert "最近" not in said


@pytest.mark.parametrize(
    ("changed", "is_late"),
    [
        ("2026-08-24T09:00+08:00", False),  # 90 days ago: its last day
        ("2026-08-23T23:59+08:00", True),  # 91 days ago in Shanghai
        ("2026-08-23T16:01+00:00", False),  # the same UTC day, but the 24th in Shanghai
        ("2026-11-22T00:00+08:00", False),
    ],
)
def test_a_password_is_due_after_its_last_day(changed, is_late):
    user = User(must_change_password=False, password_changed_at=dt.datetime.fromisoformat(changed))
    assert is_due(user, POLICY, on=TODAY) is is_late


def test_first_password_and_unknown_age_are_always_due_and_age_can_be_switched_off():
    old = dt.datetime(2020, 1, 1, tzinfo=dt.UTC)
    ageless = replace(POLICY, password_max_age_days=0)
    assert is_due(User(must_change_password=True, password_changed_at=old), ageless, on=TODAY)
    assert is_due(User(must_change_password=False, password_changed_at=None), ageless, on=TODAY)
    assert not is_due(User(must_change_password=False, password_changed_at=old), ageless, on=TODAY)


def used(user: User, *passwords: str) -> None:
    """Passwords in the order in which they were set, the last one today."""
    for days, password in enumerate(reversed(passwords)):
        at = dt.datetime(2026, 11, 22, tzinfo=dt.UTC) - dt.timedelta(days=days)
        PasswordRecord.objects.create(user=user, password=make_password(password), set_at=at)


@pytest.mark.django_db
def test_the_last_five_passwords_and_the_present_one_may_not_come_back():
    user = UserFactory(username="cheng", name="程某", phone="", password="Present-99")
    used(user, *(f"Former{n}-{n}abc" for n in range(6)))
    assert faults_for(user, "Former0-0abc", on=TODAY) == []
    for n in range(1, 6):
        assert "最近用过" in "".join(faults_for(user, f"Former{n}-{n}abc", on=TODAY))
    assert "最近用过" in "".join(faults_for(user, "Present-99", on=TODAY))


@pytest.mark.django_db
def test_length_of_the_history_is_policy():
    user = UserFactory(username="cheng", name="程某", phone="", password="Present-99")
    used(user, "Former0-0abc", "Former1-1abc")
    PolicySetting.objects.create(
        room="teams", payload={"password_history": 1}, in_force_from=TODAY, source="测试"
    )
    assert faults_for(user, "Former0-0abc", on=TODAY) == []
    assert faults_for(user, "Former1-1abc", on=TODAY)
    assert faults_for(user, "Former0-0abc", on=TODAY - dt.timedelta(days=1))


@pytest.mark.django_db
def test_institution_name_is_taken_from_the_person():
    user = UserFactory(institution=InstitutionFactory(name="鲸园街道社区卫生服务中心"))
    assert faults_for(user, "Jingyuan@2026", on=TODAY)


@pytest.mark.django_db
def test_commands_of_django_obey_the_same_rules():
    with pytest.raises(ValidationError, match="太短"):
        validate_password("Ab1-")
    with pytest.raises(ValidationError, match="容易被猜到"):
        validate_password("Chengxiao@2026", UserFactory(username="chengxiao"))
    validate_password("Qing4-Shan-Lv", UserFactory(name="程某", phone=""))
    assert "10 个字符" in password_validators_help_texts()[0]
