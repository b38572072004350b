"""Policy numbers in the management site: filled in, compared, confirmed, never altered."""

import datetime as dt

import pytest
import time_machine
from django.db import IntegrityError, transaction

from config.policies import ROOMS
from core.actions import CannotSetPolicy, withdraw_policy
from core.models import PolicySetting
from core.policy_forms import changed_numbers, policy_form
from core.policy_history import Standing
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


LATER = dt.date(2027, 1, 1)


def ordered(day: dt.date = LATER, **numbers) -> PolicySetting:
    payload = numbers or {"password_min_length": 12}
    return PolicySetting.objects.create(
        room="teams", payload=payload, in_force_from=day, source="局办〔2026〕5号"
    )


def withdrawal(row: PolicySetting) -> str:
    return f"/admin/core/policysetting/{row.pk}/withdraw/"


def test_what_has_not_begun_is_taken_back_by_a_row_of_its_own(sign_in, cast):
    browser, row = sign_in(cast.zhou), ordered()
    page = browser.get(withdrawal(row)).content.decode()
    assert "密码最少字符数" in page
    assert "还没有执行" in page
    assert "source" in browser.post(withdrawal(row), {"source": ""}).context_data["form"].errors
    assert browser.post(withdrawal(row), {"source": "局办〔2026〕6号"}).status_code == 302
    assert policy_on(LATER).password_min_length == 10
    kept = PolicySetting.objects.order_by("pk")
    assert [(one.payload, one.withdraws_id) for one in kept] == [
        ({"password_min_length": 12}, None),
        ({}, row.pk),
    ]
    again = browser.post(withdrawal(row), {"source": "局办〔2026〕7号"})
    assert "已经撤销过了" in again.content.decode()
    assert PolicySetting.objects.count() == 2


def test_taking_one_back_leaves_the_others_as_they_are():
    """Whatever the order: only the change itself is gone."""
    first, second = (
        ordered(),
        ordered(LATER + dt.timedelta(days=31), password_min_length=14, password_history=3),
    )
    third = ordered(LATER + dt.timedelta(days=31), password_min_length=16)
    withdraw_policy(setting=third, source="撤", by=first, on=TODAY)
    withdraw_policy(setting=first, source="撤", by=first, on=TODAY)
    assert policy_on(LATER).password_min_length == 10
    assert policy_on(second.in_force_from).password_min_length == 14
    assert policy_on(second.in_force_from).password_history == 3


@pytest.mark.parametrize(
    ("day", "is_refused"),
    [(TODAY - dt.timedelta(days=1), True), (TODAY, True), (TODAY + dt.timedelta(days=1), False)],
)
def test_what_has_begun_is_not_taken_back(sign_in, cast, day, is_refused):
    row = ordered(day)
    answer = sign_in(cast.zhou).post(withdrawal(row), {"source": "局办〔2026〕6号"})
    assert (answer.status_code == 200) is is_refused
    if is_refused:
        assert "已经执行，不能撤销" in answer.content.decode()
        assert policy_on(day).password_min_length == 12


def test_a_withdrawal_is_not_withdrawn():
    row = ordered()
    back = withdraw_policy(setting=row, source="撤", by=row, on=TODAY)
    with pytest.raises(CannotSetPolicy, match="重新登记数值"):
        withdraw_policy(setting=back, source="撤", by=row, on=TODAY)


def test_the_database_keeps_a_withdrawal_empty():
    row = ordered()
    with pytest.raises(IntegrityError, match="policy_withdrawal_is_empty"), transaction.atomic():
        PolicySetting.objects.create(
            room="teams", payload={"password_history": 1}, in_force_from=LATER, source="撤", withdraws=row
        )


def test_the_history_of_a_room_reads_as_a_story(sign_in, cast):
    ordered(TODAY - dt.timedelta(days=9), password_min_length=11, password_history=5)
    ordered(TODAY, password_min_length=12)
    gone, later = ordered(LATER, password_min_length=20), ordered(LATER, password_min_length=13)
    withdraw_policy(setting=gone, source="局办〔2026〕6号", by=cast.zhou, on=TODAY)
    answer = sign_in(cast.zhou).get("/admin/core/policysetting/history/?room=teams")
    steps = [step for step, _, _ in answer.context_data["steps"]]
    assert [step.standing for step in steps] == [
        Standing.FUTURE, Standing.WITHDRAWN, Standing.IN_FORCE, Standing.IN_FORCE
    ]  # fmt: skip
    said = [[(one.before, one.after) for one in step.changes] for step in steps]
    assert said == [[("12", "13")], [("12", "20")], [("11", "12")], [("10", "11")]]
    assert steps[-1].restated == 1
    page = answer.content.decode()
    assert withdrawal(later) in page
    assert withdrawal(gone) not in page
    assert "周科长" in page
    assert ("密码最少字符数", "12", "GB/T 22239-2019 8.1.4.1") in answer.context_data["numbers"]


@pytest.mark.parametrize("room", sorted(ROOMS))
def test_every_room_has_its_history_at_a_fixed_cost(sign_in, cast, room, django_assert_max_num_queries):
    browser = sign_in(cast.zhou)
    with django_assert_max_num_queries(12):
        assert browser.get(f"/admin/core/policysetting/history/?room={room}").status_code == 200


def test_only_the_bureau_reads_the_history_or_takes_back(sign_in, cast):
    row = ordered()
    for other in (cast.xu, cast.qian, cast.he, cast.shen):
        assert sign_in(other).get("/admin/core/policysetting/history/").status_code == 403
        assert sign_in(other).post(withdrawal(row), {"source": "x"}).status_code == 403


def test_bounds_of_the_same_thing_do_not_cross(sign_in, cast):
    data = filled("outreach", service_points_per_grid_min="4", confirm="1")
    page = sign_in(cast.zhou).post(f"{ADD}?room=outreach", data)
    assert "不能小于" in page.context_data["form"].errors["service_points_per_grid_max"][0]
    assert not PolicySetting.objects.exists()


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
