"""The first page: whom it keeps, the worklist in all its forms, the plan made from it, the paper of a day."""

import datetime as dt

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.urls import reverse

from care.models import Task
from core.models import ReadLog
from tests.care.test_worklist import ONE, task
from tests.factories.contracts import sign_agreement
from tests.factories.planning import planned
from tests.factories.residents import ResidentFactory
from tests.factories.teams import RoleAssignmentFactory, TeamMembershipFactory, UserFactory

pytestmark = pytest.mark.usefixtures("today")
DAY = dt.date(2026, 11, 22)
GROUPS = ("task", "person", "household", "route", "rule")


def text_of(answer):
    return answer.content.decode()


def logged():
    return [(one.action, one.subject_ids, one.page) for one in ReadLog.objects.order_by("pk")]


def key(one):
    return f"{one.resident_id}-{one.rule_id}-{one.sequence}"


@pytest.mark.parametrize(
    ("who", "where"),
    [("zhou", "admin:index"), ("he", "admin:index"), ("shen", "admin:index"), ("sun", "grid-home")],
)
def test_who_works_elsewhere_is_brought_there(cast, wording, sign_in, who, where):
    answer = sign_in(getattr(cast, who)).get(reverse("home"))
    assert (answer.status_code, answer.url) == (302, reverse(where))


@pytest.mark.parametrize("who", ["li", "wang", "qian"])
def test_doctors_see_their_figures_and_what_ends(cast, resident, district, sign_in, who):
    sign_agreement(resident, cast.team_a, cast.li, on=DAY - 340 * ONE)
    other = ResidentFactory(grid=district.grid_b)
    sign_agreement(other, cast.team_b, cast.zhao, on=DAY - 340 * ONE)
    answer = sign_in(getattr(cast, who)).get(reverse("home"))
    home = answer.context["home"]
    assert [(one.team, one.signed, one.present, one.this_week) for one in home.figures] == [
        (cast.team_a, 1, 1, 0)
    ]
    assert [one.resident for one in home.ending] == [resident]
    assert "王*国" in text_of(answer)
    assert logged() == [("list", [resident.pk], "home")]


def test_hospital_staff_begin_with_the_referrals(cast, sign_in):
    staff = UserFactory(institution=cast.hospital)
    RoleAssignmentFactory(user=staff, role="hospital_staff", institution=cast.hospital, area_code="")
    answer = sign_in(staff).get(reverse("home"))
    assert (answer.status_code, answer.url) == (302, reverse("referral-list"))


def test_who_has_no_door_is_told_whom_to_ask(cast, sign_in):
    staff = UserFactory(institution=cast.hospital)
    assert "没有加入家庭医生团队" in text_of(sign_in(staff).get(reverse("home")))


def test_another_year_is_named(cast, resident, sign_in):
    """What is overdue since last December, or may wait until next January, is told with its year."""
    task(resident, cast.team_a, due=-340)
    text = text_of(sign_in(cast.li).get(reverse("home"), {"part": "overdue"}))
    last = dt.date(2026, 11, 18) - 340 * ONE
    assert f"{last.year}年{last.month}月{last.day}日" in text


def test_a_promised_service_is_recorded_with_its_tick_or_by_hand(cast, resident, sign_in):
    """The record page knows which promise is meant; what has no form of its own leads to the agreement."""
    agreement = sign_agreement(resident, cast.team_a, cast.li, on=DAY)
    planned(resident, on=DAY)
    plan, by_hand = (
        Task.objects.select_related("rule").get(resident=resident, rule__item__code=code)
        for code in ("health_plan", "health_record")
    )
    client = sign_in(cast.li)
    record = f"{reverse('record-new', args=[resident.pk, 'health_plan'])}?item={plan.rule.item_id}"
    listed = "".join(
        text_of(client.get(reverse("home"), {"part": part})) for part in ("today", "week", "later")
    )
    assert record in listed
    assert record in text_of(client.get(address("task-detail", plan)))
    page = text_of(client.get(address("task-detail", by_hand)))
    assert reverse("agreement-promises", args=[agreement.pk]) in page
    assert "登记完成" in page


def test_a_settled_task_is_not_overdue_any_more(cast, resident, sign_in):
    made = task(resident, cast.team_a, due=-60, state="done_late", done_on=DAY, record="record:1")
    assert "超期 " not in text_of(sign_in(cast.li).get(address("task-detail", made)))


def test_an_empty_home_says_so(cast, wording, sign_in):
    text = text_of(sign_in(cast.li).get(reverse("home")))
    assert "近期没有到期的协议" in text
    assert "今天没有要办的任务" in text
    assert "没有超期的任务" in text_of(sign_in(cast.li).get(reverse("home"), {"part": "overdue"}))
    assert "没有安排给您的任务" in text_of(sign_in(cast.li).get(reverse("home"), {"part": "mine"}))


@pytest.mark.parametrize("group", GROUPS)
def test_the_worklist_is_masked_and_logged(cast, resident, sign_in, group):
    made = task(resident, cast.team_a)
    answer = sign_in(cast.li).get(reverse("home"), {"group": group})
    text = text_of(answer)
    assert "高血压" in text
    assert "王建国" not in text
    assert "13912345678" not in text
    if group != "rule":
        assert "王*国" in text
        assert f'value="{key(made)}"' in text
        assert reverse("task-detail", args=[resident.pk, made.rule_id, 1]) in text
        assert reverse("record-new", args=[resident.pk, "htn_follow_up"]) in text
        assert logged() == [("list", [resident.pk], "home")]


def test_who_may_not_record_sees_no_buttons(cast, resident, sign_in):
    task(resident, cast.team_a)
    text = text_of(sign_in(cast.qian).get(reverse("home")))
    assert "王*国" in text
    assert reverse("record-new", args=[resident.pk, "htn_follow_up"]) not in text
    assert 'name="task"' not in text


def test_somebody_is_found_in_the_list_without_his_name_in_the_address(cast, district, resident, sign_in):
    resident.managing_team = cast.team_a
    resident.save(update_fields=["managing_team"])
    other = ResidentFactory(grid=district.grid_a, name="赵大海")
    for one in (resident, other):
        task(one, cast.team_a)
    client = sign_in(cast.li)
    answer = client.post(reverse("task-search"), {"q": "王建国", "part": "today"})
    assert "王建国" not in answer.url
    text = text_of(client.get(answer.url))
    assert "王*国" in text
    assert "赵*海" not in text
    assert client.post(reverse("task-search"), {"q": " "}).url == reverse("home")
    assert "查找内容已过期" in text_of(client.get(reverse("home"), {"s": "nonsense"}))


def test_nonsense_in_the_address_is_no_filter(cast, resident, sign_in):
    task(resident, cast.team_a)
    asked = {
        "part": "x",
        "group": "y",
        "program": "z",
        "grid": "q",
        "urgency": "many",
        "after": "1_x",
        "rule": "-4",
    }
    assert "王*国" in text_of(sign_in(cast.li).get(reverse("home"), asked))


def test_the_page_costs_the_same_with_many_rows(cast, district, wording, sign_in):
    client = sign_in(cast.li)

    def cost(**query):
        with CaptureQueriesContext(connection) as spent:
            client.get(reverse("home"), query)
        return len(spent)

    task(ResidentFactory(grid=district.grid_a), cast.team_a)
    cost()  # what a process reads once
    few = {group: cost(group=group) for group in GROUPS}
    for _ in range(9):
        task(ResidentFactory(grid=district.grid_a), cast.team_a)
    assert {group: cost(group=group) for group in GROUPS} == few
    assert max(few.values()) <= 50


# --- plan -------------------------------------------------------------------------------------------------------


def test_ticked_tasks_are_planned(cast, resident, sign_in):
    made = task(resident, cast.team_a)
    client = sign_in(cast.li)
    sent = {"task": [key(made)], "planned_on": "2026-11-26", "assigned_to": cast.wang.pk, "back": "part=week"}
    answer = client.post(reverse("task-plan"), sent)
    assert (answer.status_code, answer.url) == (302, f"{reverse('home')}?part=week")
    made.refresh_from_db()
    assert (made.planned_on, made.assigned_to) == (dt.date(2026, 11, 26), cast.wang)
    assert "已安排 1 项任务" in text_of(client.get(answer.url))


@pytest.mark.parametrize(
    ("changes", "words"),
    [
        ({"planned_on": "2026-11-21"}, "计划日期不能早于今天"),
        ({"planned_on": "soon"}, "日期"),
        ({"task": []}, "请勾选要安排的任务"),
        ({"task": ["x", "1-2", "9-9-9"]}, "请勾选要安排的任务"),
    ],
)
def test_what_is_wrong_with_a_plan_is_told_with_the_ticks_kept(cast, resident, sign_in, changes, words):
    made = task(resident, cast.team_a)
    sent = {"task": [key(made)], "planned_on": "2026-11-26", "assigned_to": ""} | changes
    answer = sign_in(cast.li).post(reverse("task-plan"), sent)
    assert answer.status_code == 422
    assert words in text_of(answer)
    if changes.get("task") is None:
        assert f'value="{key(made)}" checked' in text_of(answer)
    assert not Task.objects.filter(planned_on__isnull=False).exists()


def test_nobody_plans_tasks_of_another_team_or_gives_them_to_a_stranger(cast, district, resident, sign_in):
    other = task(ResidentFactory(grid=district.grid_b), cast.team_b)
    sent = {"task": [key(other)], "planned_on": "2026-11-26", "assigned_to": ""}
    assert sign_in(cast.li).post(reverse("task-plan"), sent).status_code == 422
    made = task(resident, cast.team_a)
    sent = {"task": [key(made)], "planned_on": "", "assigned_to": cast.zhao.pk}
    assert sign_in(cast.li).post(reverse("task-plan"), sent).status_code == 422
    assert not Task.objects.filter(planned_on__isnull=False).exists()


def test_where_a_plan_leads_back_to_is_our_own_page(cast, resident, sign_in):
    made = task(resident, cast.team_a)
    sent = {"task": [key(made)], "planned_on": "", "assigned_to": "", "back": "//evil.example/?a=<b>"}
    assert sign_in(cast.li).post(reverse("task-plan"), sent).url.startswith(f"{reverse('home')}?")


def test_the_route_of_a_day_is_printed_and_logged_so(cast, district, resident, sign_in):
    task(resident, cast.team_a, planned_on=DAY, assigned_to=cast.li)
    other = ResidentFactory(grid=district.grid_a, name="赵大海")
    task(other, cast.team_a, planned_on=DAY + ONE, assigned_to=cast.wang)
    client = sign_in(cast.li)
    text = text_of(client.get(reverse("task-route")))
    assert "王*国" in text
    assert "赵*海" not in text
    assert logged() == [("print", [resident.pk], "task-route")]
    asked = {"day": "2026-11-23", "who": cast.wang.pk}
    assert "赵*海" in text_of(client.get(reverse("task-route"), asked))
    assert "这一天没有安排" in text_of(client.get(reverse("task-route"), {"day": "2026-12-24"}))
    assert client.get(reverse("task-route"), {"day": "soon", "who": "x"}).status_code == 200
    assert sign_in(cast.zhou).get(reverse("task-route")).status_code == 403


# --- one task ---------------------------------------------------------------------------------------------------


def address(name, one):
    return reverse(name, args=[one.resident_id, one.rule_id, one.sequence])


def test_a_task_tells_why_until_when_and_who(cast, resident, sign_in):
    before = task(resident, cast.team_a, due=-90, sequence=1, state="missed")
    made = task(resident, cast.team_a, sequence=2, planned_on=DAY, assigned_to=cast.wang)
    text = text_of(sign_in(cast.li).get(address("task-detail", made)))
    for words in (
        "为什么有这项任务",
        "（第三版）高血压",
        "李医生团队",
        cast.wang.name,
        f"{made.closes_on:%Y-%m-%d}",
    ):
        assert words in text
    assert f"{before.due_on:%Y-%m-%d}" in text
    assert logged() == [("view", [resident.pk], "task-detail")]


def test_only_who_may_see_it_opens_a_task(cast, resident, sign_in):
    made = task(resident, cast.team_a)
    hidden = task(resident, cast.team_a, code="smi.routine")
    assert sign_in(cast.zhao).get(address("task-detail", made)).status_code == 404
    assert sign_in(cast.zhou).get(address("task-detail", made)).status_code == 403
    assert sign_in(cast.qian).get(address("task-detail", made)).status_code == 200
    assert sign_in(cast.qian).get(address("task-detail", hidden)).status_code == 404
    assert sign_in(cast.qian).post(address("task-close", made)).status_code == 403


def test_a_task_is_closed_with_a_reason_and_opened_again(cast, resident, sign_in):
    made = task(resident, cast.team_a)
    client = sign_in(cast.li)
    assert "请选择" in text_of(client.get(address("task-close", made)))
    assert "说明" in text_of(client.post(address("task-close", made), {"reason": "other", "note": ""}))
    made.refresh_from_db()
    assert made.state == "due"
    answer = client.post(address("task-close", made), {"reason": "not_reached", "note": "三次无人接听"})
    assert answer.url == address("task-detail", made)
    made.refresh_from_db()
    assert (made.state, made.note, made.closed_by) == ("lost", "三次无人接听", cast.li)
    assert "三次无人接听" in text_of(client.get(answer.url))
    again = client.post(address("task-close", made), {"reason": "not_reached"})
    assert "不用再关闭" in text_of(again)
    client.post(address("task-reopen", made))
    assert sign_in(cast.zhao).post(address("task-reopen", made)).status_code == 404


def test_who_only_sees_the_person_does_not_close_the_task(cast, district, resident, sign_in):
    """A team that manages a person whom another team signed sees his tasks and leaves them alone."""
    resident.managing_team = cast.team_b
    resident.save(update_fields=["managing_team"])
    made = task(resident, cast.team_a)
    client = sign_in(cast.zhao)
    assert client.get(address("task-detail", made)).status_code == 200
    assert client.get(address("task-close", made)).status_code == 403
    TeamMembershipFactory(team=cast.team_a, user=cast.zhao)
    assert sign_in(cast.zhao).get(address("task-close", made)).status_code == 200
