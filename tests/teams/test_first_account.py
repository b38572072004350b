"""The first account of a new installation, and only the first."""

from io import StringIO

import pytest
from django.core.management import CommandError, call_command

from teams.access import Permission, may
from teams.models import User

pytestmark = pytest.mark.django_db


def found(username: str = "admin", area: str = "371002") -> str:
    out = StringIO()
    call_command("first_account", username, name="徐管理员", area=area, stdout=out)
    return out.getvalue()


def test_the_first_administrator_signs_in_with_the_password_shown_and_must_change_it(client):
    password = found().rsplit("：", 1)[1].strip()
    person = User.objects.get(username="admin")
    assert person.check_password(password)
    assert person.must_change_password
    assert may(person, Permission.ACCOUNT_MANAGE)
    assert not may(person, Permission.RESIDENT_VIEW)
    answer = client.post("/login/", {"username": "admin", "password": password})
    assert answer.status_code == 302
    assert client.get("/").url.startswith("/account/password/")


def test_there_is_no_second_first_account():
    found()
    with pytest.raises(CommandError, match="已有系统管理员“admin”"):
        found("other")
    assert User.objects.count() == 1


@pytest.mark.parametrize("area", ["", "37100", "环翠区", "3710021"])
def test_an_area_code_that_is_none_is_refused_and_nothing_saved(area):
    with pytest.raises(CommandError, match="区划代码"):
        found(area=area)
    assert not User.objects.exists()


def test_a_name_in_use_is_refused(cast):
    cast.xu.role_assignments.all().delete()
    with pytest.raises(CommandError, match="登录名“li”已被使用"):
        found("li")
