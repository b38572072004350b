"""Policy numbers in the management site: filled in, compared, confirmed, never altered."""

import datetime as dt

import pytest
import time_machine

from config.policies import ROOMS
from core.models import PolicySetting
from core.policy_forms import changed_numbers, policy_form
from teams.policy import TeamsPolicy, policy_on

pytestmark = pytest.mark.django_db
ADD = "/admin/core/policysetting/add/"
TODAY = dt.date(2026, 11, 22)


@pytest.fixture(autouse=True)
def today():
    with time_machine.travel("2026-11-22 09:00 +0800", tick=False):
        yield


def filled(room: str = "teams", day: dt.date = TODAY, **changes) -> dict:
    form = policy_form(ROOMS[room].shape, ROOMS[room].on(day))()
    data = {name: field.prepare_value(field.initial) for name, field in form.fields.items()}
    return (
        {name: value for name, value in data.items() if value is not None}
        | {"source": "局办〔2026〕3号"}
        | changes
    )


def test_change_is_shown_beside_the_old_number_and_saved_on_confirmation(sign_in, cast):
    browser = sign_in(cast.zhou)
    data = filled(password_min_length="12", second_factor_roles=["auditor", "system_admin"])
    page = browser.post(f"{ADD}?room=teams", data)
    assert not PolicySetting.objects.exists()
    shown = [(one.label, one.before, one.after) for one in page.context_data["changes"]]
    assert shown == [
        ("密码最少字符数", "10", "12"),
        ("必须使用动态口令的角色", "无", "审计员、系统管理员"),
    ]
    assert browser.post(f"{ADD}?room=teams", data | {"confirm": "1"}).status_code == 302
    row = PolicySetting.objects.get()
    assert row.payload == {"password_min_length": 12, "second_factor_roles": ["auditor", "system_admin"]}
    assert (row.room, row.in_force_from, row.source, row.created_by_id) == (
        "teams", TODAY, "局办〔2026〕3号", cast.zhou.pk,
    )  # fmt: skip
    assert policy_on(TODAY).password_min_length == 12
    assert policy_on(TODAY - dt.timedelta(days=1)).password_min_length == 10
    listed = browser.get("/admin/core/policysetting/").content.decode()
    assert "密码最少字符数：12" in listed
    assert "周科长" in listed


def test_change_may_begin_later(sign_in, cast):
    browser = sign_in(cast.zhou)
    later = dt.date(2027, 1, 1)
    browser.post(f"{ADD}?room=teams&from=2027-01-01", filled(password_min_length="12", confirm="1"))
    assert policy_on(later - dt.timedelta(days=1)).password_min_length == 10
    assert policy_on(later).password_min_length == 12
    page = browser.get(f"{ADD}?room=teams&from=2027-02-01")
    assert page.context_data["form"].fields["password_min_length"].initial == 12
    page = browser.get(f"{ADD}?room=teams").content.decode()
    assert "2027-01-01 起：密码最少字符数：12" in page


def test_number_ordered_for_later_can_be_taken_back(sign_in, cast):
    browser = sign_in(cast.zhou)
    PolicySetting.objects.create(
        room="teams", payload={"password_min_length": 12}, in_force_from="2027-01-01", source="测试"
    )
    data = filled(day=dt.date(2027, 1, 1), password_min_length="10", confirm="1")
    browser.post(f"{ADD}?room=teams&from=2027-01-01", data)
    assert policy_on(dt.date(2027, 1, 1)).password_min_length == 10


@pytest.mark.parametrize(
    ("text", "said"), [("2026-11-21", "不能早于今天"), ("2026-13-45", "不是有效的日期"), ("x", "不是")]
)
def test_past_and_impossible_days_become_today_and_say_so(sign_in, cast, text, said):
    page = sign_in(cast.zhou).get(f"{ADD}?room=teams&from={text}")
    assert said in page.content.decode()
    assert page.context_data["day"] == TODAY


@pytest.mark.parametrize(
    ("changes", "field"),
    [
        ({"password_min_length": "7"}, "password_min_length"),
        ({"password_min_length": "65"}, "password_min_length"),
        ({"password_min_length": "viel"}, "password_min_length"),
        ({"password_history": "-1"}, "password_history"),
        ({"second_factor_roles": ["king"]}, "second_factor_roles"),
        ({"source": ""}, "source"),
        ({}, "__all__"),
    ],
)
def test_faults_are_said_and_nothing_is_saved(sign_in, cast, changes, field):
    page = sign_in(cast.zhou).post(f"{ADD}?room=teams", filled(**changes, confirm="1"))
    assert page.status_code == 200
    assert field in page.context_data["form"].errors
    assert not PolicySetting.objects.exists()


def test_rows_are_read_only_and_only_the_bureau_sees_them(sign_in, cast):
    row = PolicySetting.objects.create(room="teams", payload={}, in_force_from=TODAY, source="测试")
    address = f"/admin/core/policysetting/{row.pk}/change/"
    assert sign_in(cast.zhou).get(address).status_code == 200
    assert sign_in(cast.zhou).post(address, {"source": "x"}).status_code == 403
    for other in (cast.xu, cast.qian, cast.he, cast.shen):
        assert sign_in(other).get(ADD).status_code == 403


@pytest.mark.parametrize("room", sorted(ROOMS))
def test_every_room_s_form_begins_with_what_holds_and_changes_nothing_by_itself(sign_in, cast, room):
    assert sign_in(cast.zhou).get(f"{ADD}?room={room}").status_code == 200
    standing = ROOMS[room].on(TODAY)
    form = policy_form(ROOMS[room].shape, standing)(filled(room))
    assert form.is_valid(), form.errors
    assert changed_numbers(ROOMS[room].shape, standing, form.cleaned_data) == {}


def test_every_policy_of_the_rooms_is_on_the_page():
    """A room that gets a policy.py must be listed, or the bureau could not change its numbers."""
    from pathlib import Path

    root = Path(__file__).resolve().parents[2]
    rooms = {path.parent.name for path in root.glob("*/policy.py")} - {"core"}
    assert rooms == {one.shape.__module__.split(".")[0] for one in ROOMS.values()}


def test_order_of_ticks_is_no_change():
    before = TeamsPolicy()
    cleaned = {name: getattr(before, name) for name in before.__dataclass_fields__}
    cleaned["core_professions"] = list(reversed(before.core_professions))
    assert changed_numbers(TeamsPolicy, before, cleaned) == {}
