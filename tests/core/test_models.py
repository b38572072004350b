"""What the database itself refuses, and periods."""

import datetime as dt

import pytest
from django.contrib.auth.models import AnonymousUser
from django.db import connection, transaction
from django.db.utils import DatabaseError, InternalError
from django.test import RequestFactory
from django.urls import resolve

from core.actions import CannotSetPolicy, set_policy
from core.models import PolicySetting, ReadLog
from core.policy import load, load_days
from core.readlog import log_read
from core.refusals import Refusal, show_on
from teams.models import LoginRecord, RoleAssignment
from teams.policy import TeamsPolicy
from tests.factories.teams import RoleAssignmentFactory

pytestmark = pytest.mark.django_db
DAY = dt.date(2026, 11, 22)


@pytest.fixture
def log_row(cast):
    return ReadLog.objects.create(
        user_id=cast.li.pk, user_name="li", action="view", subject="resident", subject_ids=[1]
    )


@pytest.mark.parametrize(
    "statement",
    [
        "UPDATE core_readlog SET user_name = 'x'",
        "DELETE FROM core_readlog",
        "UPDATE core_policysetting SET payload = '{}'",
        "DELETE FROM core_policysetting",
        "UPDATE teams_loginrecord SET ip = NULL",
        "DELETE FROM teams_loginrecord",
    ],
)
def test_logs_and_policy_rows_are_append_only(log_row, statement):
    PolicySetting.objects.create(room="teams", payload={"a": 1}, in_force_from=DAY, source="测试")
    LoginRecord.objects.create(username="li", outcome="in")
    refused = pytest.raises((InternalError, DatabaseError), match="Cannot update or delete")
    with refused, transaction.atomic(), connection.cursor() as cursor:
        cursor.execute(statement)


def test_append_only_rows_refuse_the_orm_as_well(log_row):
    with pytest.raises(InternalError), transaction.atomic():
        log_row.delete()
    with pytest.raises(InternalError), transaction.atomic():
        ReadLog.objects.update(reason="x")
    assert ReadLog.objects.get().reason == ""


def reading(user, path: str = "/account/"):
    request = RequestFactory().get(path)
    request.user = user
    request.resolver_match = resolve(path)
    return request


def test_one_page_is_one_row_with_each_person_once(cast):
    log_read(reading(cast.li), "resident", [5, 3, 5], action=ReadLog.Action.LIST, reason="随访")
    row = ReadLog.objects.get()
    assert (row.user_id, row.user_name, row.subject_ids, row.action) == (cast.li.pk, "li", [3, 5], "list")
    assert (row.page, row.reason, row.ip) == ("account", "随访", "127.0.0.1")
    assert row.at is not None


def test_a_page_that_shows_nobody_writes_nothing(cast):
    log_read(reading(cast.li), "resident", [])
    assert not ReadLog.objects.exists()


def test_nobody_reads_without_a_name():
    with pytest.raises(Exception, match="null value|user_id"), transaction.atomic():
        log_read(reading(AnonymousUser()), "resident", [1])


def test_policy_holds_from_its_day_and_the_latest_prevails():
    assert load(TeamsPolicy, "teams", DAY) == TeamsPolicy()
    for day, number in ((DAY, 12), (DAY + dt.timedelta(days=10), 14), (DAY + dt.timedelta(days=5), 13)):
        PolicySetting.objects.create(
            room="teams", payload={"password_min_length": number}, in_force_from=day, source="测试"
        )
    numbers = [
        load(TeamsPolicy, "teams", DAY + dt.timedelta(days=n)).password_min_length
        for n in (-1, 0, 4, 5, 9, 10)
    ]
    assert numbers == [10, 12, 12, 13, 13, 14]


def test_many_days_at_once_are_as_each_alone(django_assert_num_queries):
    days = [DAY + dt.timedelta(days=n) for n in (-1, 0, 5, 9, 10)]
    rows = [
        PolicySetting.objects.create(
            room="teams", payload={"password_min_length": number}, in_force_from=day, source="测试"
        )
        for day, number in ((DAY, 12), (days[2], 13), (days[2], 15), (days[4], 14))
    ]
    PolicySetting.objects.create(
        room="teams", payload={}, in_force_from=days[2], source="撤", withdraws=rows[2]
    )
    with django_assert_num_queries(1):
        found = load_days(TeamsPolicy, "teams", days)
    assert found == {day: load(TeamsPolicy, "teams", day) for day in days}
    assert [found[day].password_min_length for day in days] == [10, 12, 13, 13, 14]
    assert load_days(TeamsPolicy, "teams", []) == {}


def test_two_rows_of_one_day_the_later_entered_prevails():
    for number in (12, 13):
        PolicySetting.objects.create(
            room="teams", payload={"password_min_length": number}, in_force_from=DAY, source="测试"
        )
    assert load(TeamsPolicy, "teams", DAY).password_min_length == 13


def test_rows_change_only_what_they_name_and_unknown_names_are_passed_over():
    PolicySetting.objects.create(
        room="teams", payload={"core_professions": ["gp"], "gone": 1}, in_force_from=DAY, source="测试"
    )
    PolicySetting.objects.create(
        room="residents", payload={"password_history": 1}, in_force_from=DAY, source="测试"
    )
    policy = load(TeamsPolicy, "teams", DAY)
    assert policy.core_professions == ("gp",)
    assert policy.password_history == TeamsPolicy().password_history


@pytest.mark.parametrize(
    ("payload", "day", "code"),
    [({}, DAY, "nothing_changed"), ({"a": 1}, DAY - dt.timedelta(days=1), "in_past")],
)
def test_set_policy_refuses(cast, payload, day, code):
    with pytest.raises(CannotSetPolicy) as refused:
        set_policy(room="teams", payload=payload, in_force_from=day, source="测试", by=cast.zhou, on=DAY)
    assert refused.value.code == code
    assert not PolicySetting.objects.exists()


@pytest.mark.parametrize(
    ("day", "holds"),
    [("2026-01-09", False), ("2026-01-10", True), ("2026-01-20", True), ("2026-01-21", False)],
)
def test_a_period_holds_on_both_its_ends(cast, day, holds):
    RoleAssignmentFactory(user=cast.li, starts_on="2026-01-10", ends_on="2026-01-20")
    found = RoleAssignment.objects.active_on(dt.date.fromisoformat(day)).filter(user=cast.li)
    assert found.exists() is holds


def test_an_open_period_holds_for_ever(cast):
    RoleAssignmentFactory(user=cast.li, starts_on="2026-01-10", ends_on=None)
    assert RoleAssignment.objects.active_on(dt.date(2999, 1, 1)).filter(user=cast.li).exists()


def test_refusal_is_shown_at_its_field_or_above_the_form():
    from django import forms

    class Form(forms.Form):
        name = forms.CharField()

    form = Form({"name": "x"})
    show_on(form, Refusal("a", "请改名。", field="name"))
    show_on(form, Refusal("b", "请换一个。", field="elsewhere"))
    show_on(form, Refusal("c", "请重试。"))
    assert form.errors == {"name": ["请改名。"], "__all__": ["请换一个。", "请重试。"]}
    assert str(Refusal("a", "请改名。")) == "请改名。"
