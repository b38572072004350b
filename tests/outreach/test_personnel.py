"""Changes of grid people: told by their leader, entered or sent back by the street; days away; the leader's page."""

import datetime as dt
from uuid import uuid4

import pytest
import time_machine
from django.urls import reverse

from grids.models import Posting
from outreach.actions.leave import CannotEndLeave, CannotTakeLeave, end_leave, take_leave
from outreach.actions.personnel import (
    CannotDecideChange,
    CannotReportChange,
    apply_change,
    refuse_change,
    report_change,
)
from outreach.models import PersonnelChange, SentinelLeave, ZeroReport
from outreach.policy import OutreachPolicy
from outreach.queries.community import led_people
from teams.choices import Role
from tests.factories.community import leader
from tests.factories.grids import PostingFactory
from tests.factories.teams import RoleAssignmentFactory, UserFactory
from tests.residents.test_actions_concurrency import together

ON = dt.date(2026, 11, 22)  # a Sunday
NOW = dt.datetime(2026, 11, 22, 4, 0, tzinfo=dt.UTC)
SINCE = dt.date(2026, 11, 25)
NEWCOMER = {"name": "李 新人", "phone": "13900000123", "origin": "volunteer"}


def outbox_of(user) -> dict[str, str]:
    return {"X-Outbox": "1", "X-Outbox-Owner": str(user.pk)}


@pytest.fixture(autouse=True)
def _noon(noon):
    """Whose role holds, and who is in post, is of this day."""


@pytest.fixture
def tell(people, district):
    def told(**changed) -> PersonnelChange:
        asked = {
            "by": people.leader, "on": ON, "now": NOW, "client_token": uuid4(), "kind": "left",
            "grid": district.grid_a, "posting": people.sentinel, "since": SINCE,
        }  # fmt: skip
        return report_change(**asked | changed)

    return told


def enter(change, by, **changed):
    return apply_change(**{"by": by, "on": ON, "now": NOW, "change": change} | changed)


def test_the_same_token_is_one_report(tell, people, cast):
    token = uuid4()
    first = tell(client_token=token, note=" 搬走 了 ")
    assert tell(client_token=token).pk == first.pk
    assert (first.state, first.note, first.reported_by) == ("new", "搬走 了", people.leader)
    with pytest.raises(CannotReportChange) as caught:
        tell(client_token=token, by=people.steward)
    assert caught.value.code == "not_yours"
    assert PersonnelChange.objects.count() == 1


@pytest.mark.parametrize("changed", [{"kind": "phone", "phone": "13900000123"}, {"posting": "leader_post"}])
def test_a_token_of_another_change_is_refused(tell, people, changed):
    token = uuid4()
    tell(client_token=token)
    if "posting" in changed:
        changed = {"posting": people.leader_post}
    with pytest.raises(CannotReportChange) as caught:
        tell(client_token=token, by=people.leader, **changed)
    assert caught.value.code == "token_of_other"
    assert "没有报上" in caught.value.sentence
    assert PersonnelChange.objects.count() == 1


@pytest.mark.slow
@pytest.mark.django_db(transaction=True)
def test_one_token_by_two_people_in_the_same_moment(tell, people):
    token = uuid4()
    found = together(
        lambda: tell(client_token=token),
        lambda: tell(client_token=token, by=people.steward, kind="phone", phone="1"),
    )
    assert sorted(getattr(one, "code", "told") for one in found) == ["not_yours", "told"]
    assert PersonnelChange.objects.count() == 1


@pytest.mark.parametrize(
    ("asked", "code"),
    [
        ({"posting": None}, "posting_missing"),
        ({"kind": "joined", "posting": None, **NEWCOMER, "name": " "}, "name_missing"),
        ({"kind": "joined", "posting": None, **NEWCOMER, "origin": ""}, "origin_missing"),
        ({"kind": "joined", "posting": None, **NEWCOMER, "phone": ""}, "phone_missing"),
        ({"kind": "replaced", **NEWCOMER, "origin": ""}, "origin_missing"),
        ({"kind": "phone"}, "phone_missing"),
        ({"since": ON + dt.timedelta(days=93)}, "since_far"),
        ({"since": ON - dt.timedelta(days=93)}, "since_far"),
    ],
)
def test_what_is_missing_is_said(tell, asked, code):
    with pytest.raises(CannotReportChange) as caught:
        tell(**asked)
    assert caught.value.code == code
    assert not PersonnelChange.objects.exists()


def test_one_open_report_about_a_person(tell, cast):
    first = tell(since=ON + dt.timedelta(days=92))
    with pytest.raises(CannotReportChange) as caught:
        tell(kind="phone", phone="13900000123")
    assert caught.value.code == "waiting"
    refuse_change(by=cast.he, on=ON, now=NOW, change=first, note="请核实日期")
    assert tell().pk != first.pk


def test_who_left_is_in_post_until_the_day_before(tell, people, cast):
    done = enter(tell(), cast.he, note="已核实")
    people.sentinel.refresh_from_db()
    assert people.sentinel.ends_on == SINCE - dt.timedelta(days=1)
    assert people.sentinel.role_assignment.ends_on == SINCE - dt.timedelta(days=1)
    assert (done.state, done.decided_by, done.decision) == ("applied", cast.he, "已核实")


def test_who_joined_is_in_post_from_that_day(tell, cast, district):
    enter(tell(kind="joined", posting=None, **NEWCOMER), cast.he)
    made = Posting.objects.get(name="李新人")
    assert (made.role, made.grid, made.origin, made.starts_on) == (
        "sentinel", district.grid_a, "volunteer", SINCE,
    )  # fmt: skip


def test_a_leader_is_replaced_as_leader(tell, people, cast, district):
    asked = {
        "kind": "replaced",
        "posting": people.leader_post,
        "by": people.steward,
        **NEWCOMER,
        "origin": "",
    }
    enter(tell(**asked), cast.he)
    made = Posting.objects.get(name="李新人")
    people.leader_post.refresh_from_db()
    assert (made.role, made.grid, made.origin) == ("grid_leader", district.grid_a, "")
    assert people.leader_post.ends_on == made.starts_on - dt.timedelta(days=1)


def test_a_replaced_sentinel_of_a_micro_grid_is_replaced_there(tell, people, cast):
    enter(tell(kind="replaced", posting=people.other, **NEWCOMER), cast.he)
    assert Posting.objects.get(name="李新人").grid == people.other.grid


def test_a_number_changes_and_nothing_else(tell, people, cast):
    enter(tell(kind="phone", phone="13911112222"), cast.he)
    before = (people.sentinel.name, people.sentinel.origin, people.sentinel.ends_on)
    people.sentinel.refresh_from_db()
    assert people.sentinel.phone == "13911112222"
    assert (people.sentinel.name, people.sentinel.origin, people.sentinel.ends_on) == before


def test_what_the_grid_refuses_is_said_and_nothing_is_half_done(tell, people, cast):
    people.sentinel.ends_on = ON
    people.sentinel.save(update_fields=["ends_on"])
    change = tell(kind="replaced", **NEWCOMER)
    with pytest.raises(CannotDecideChange) as caught:
        enter(change, cast.he)
    assert caught.value.code == "ended"
    assert not Posting.objects.filter(name="李新人").exists()
    change.refresh_from_db()
    assert change.state == "new"


def test_a_decision_is_made_once_and_a_refusal_has_its_reason(tell, cast):
    change = tell()
    with pytest.raises(CannotDecideChange) as caught:
        refuse_change(by=cast.he, on=ON, now=NOW, change=change, note="  ")
    assert caught.value.code == "no_reason"
    refuse_change(by=cast.he, on=ON, now=NOW, change=change, note="他还在岗")
    with pytest.raises(CannotDecideChange) as caught:
        enter(change, cast.he)
    assert caught.value.code == "decided"


@pytest.mark.slow
@pytest.mark.django_db(transaction=True)
def test_sent_twice_at_once_it_is_one_row(tell):
    token = uuid4()
    made = together(*(lambda: tell(client_token=token) for _ in range(4)))
    assert {one.pk for one in made} == {PersonnelChange.objects.get().pk}


@pytest.mark.slow
@pytest.mark.django_db(transaction=True)
def test_newcomers_sent_twice_at_once_are_one_row(tell):
    token = uuid4()
    made = together(
        *(lambda: tell(client_token=token, kind="joined", posting=None, **NEWCOMER) for _ in range(4))
    )
    assert {one.pk for one in made} == {PersonnelChange.objects.get().pk}


def test_the_leader_reports_and_reads_the_answer(people, cast, sign_in):
    client = sign_in(people.leader)
    assert client.get(reverse("grid-change-new")).url == reverse("grid-changes")
    address = f"{reverse('grid-change-new')}?kind=left&person={people.sentinel.pk}"
    page = client.get(address).content.decode()
    assert "离任：孙网格员" in page
    token = uuid4()
    typed = {"client_token": token, "posting": people.sentinel.pk, "since": SINCE, "note": "搬家"}
    for _ in range(2):
        assert client.post(address, typed).url == reverse("grid-changes")
    change = PersonnelChange.objects.get()
    assert "待镇街办理" in client.get(reverse("grid-changes")).content.decode()
    refuse_change(by=cast.he, on=ON, now=NOW, change=change, note="请写清去向")
    page = client.get(reverse("grid-changes")).content.decode()
    assert "退回" in page
    assert "请写清去向" in page
    assert "请写清去向" in client.get(reverse("grid-team-person", args=[people.sentinel.pk])).content.decode()


def test_each_kind_asks_only_for_what_it_needs(people, sign_in):
    client = sign_in(people.leader)
    asked = {}
    for kind in ("joined", "left", "replaced", "phone"):
        form = client.get(f"{reverse('grid-change-new')}?kind={kind}").context["form"]
        asked[kind] = set(form.fields) - {"client_token", "typed_at"}
    assert asked == {
        "joined": {"grid", "name", "phone", "origin", "since", "note"},
        "left": {"posting", "since", "note"},
        "replaced": {"posting", "name", "phone", "origin", "since", "note"},
        "phone": {"posting", "phone", "note"},
    }


def test_nobody_reports_about_other_peoples_sentinels(people, district, sign_in):
    stranger = PostingFactory(grid=district.grid_b)
    client = sign_in(people.leader)
    typed = {"client_token": uuid4(), "posting": stranger.pk, "since": SINCE}
    answer = client.post(f"{reverse('grid-change-new')}?kind=left", typed, headers=outbox_of(people.leader))
    assert (answer.status_code, list(answer.json()["errors"])) == (422, ["posting"])
    typed = {"client_token": uuid4(), "grid": district.grid_b.pk, "since": SINCE, **NEWCOMER}
    answer = client.post(f"{reverse('grid-change-new')}?kind=joined", typed, headers=outbox_of(people.leader))
    assert (answer.status_code, list(answer.json()["errors"])) == (422, ["grid"])


def test_the_street_enters_it_in_the_management_site(tell, people, cast, sign_in):
    change = tell(kind="joined", posting=None, **NEWCOMER)
    client = sign_in(cast.he)
    assert "李新人" in client.get(reverse("admin:outreach_personnelchange_changelist")).content.decode()
    address = reverse("admin:outreach_personnelchange_change", args=[change.pk])
    answer = client.post(address, {"verdict": "refuse", "decision": ""})
    assert answer.status_code == 200
    assert "退回请写明原因" in answer.content.decode()
    answer = client.post(address, {"verdict": "apply", "decision": "已登记"}, follow=True)
    assert "李新人已任职" in answer.content.decode()
    assert Posting.objects.filter(name="李新人").exists()
    page = client.get(address).content.decode()
    assert "已登记" in page
    assert 'name="verdict"' not in page
    assert client.post(address, {"verdict": "refuse", "decision": "晚了"}).status_code == 403


def test_a_refusal_of_the_grid_is_shown_in_the_form(tell, people, cast, sign_in):
    change = tell()
    people.sentinel.ends_on = ON
    people.sentinel.save(update_fields=["ends_on"])
    address = reverse("admin:outreach_personnelchange_change", args=[change.pk])
    answer = sign_in(cast.he).post(address, {"verdict": "apply", "decision": ""})
    assert answer.status_code == 200
    assert "已于 2026-11-22 结束" in answer.content.decode()


def test_another_street_does_not_find_it(tell, cast, sign_in):
    change = tell()
    other = UserFactory(name="别处干事")
    RoleAssignmentFactory(user=other, role=Role.STREET, area_code="371002002")
    address = reverse("admin:outreach_personnelchange_change", args=[change.pk])
    assert sign_in(other).get(address).status_code == 404
    assert sign_in(cast.li).get(address).status_code == 403


# days away


def away(people, **changed):
    asked = {
        "by": people.leader,
        "on": ON,
        "postings": [people.sentinel],
        "starts_on": SINCE,
        "ends_on": SINCE,
    }
    return take_leave(**asked | changed)


def test_leave_is_entered_once(people):
    (first,) = away(people, note="回老家")
    assert [one.pk for one in away(people)] == [first.pk]
    with pytest.raises(CannotTakeLeave) as caught:
        away(people, ends_on=SINCE + dt.timedelta(days=3))
    assert caught.value.code == "one_leave_at_a_time"


@pytest.mark.parametrize(
    ("first", "last", "code"),
    [
        (2, 1, "ends_before_start"),
        (0, 367, "too_long"),
        (-10, -7, "over"),
    ],
)
def test_days_that_cannot_be(people, first, last, code):
    days = {"starts_on": ON + dt.timedelta(days=first), "ends_on": ON + dt.timedelta(days=last)}
    with pytest.raises(CannotTakeLeave) as caught:
        away(people, **days)
    assert caught.value.code == code


def test_this_week_may_still_be_entered(people):
    monday = dt.date(2026, 11, 16)
    assert away(people, starts_on=monday, ends_on=monday)
    assert away(people, starts_on=ON, ends_on=ON + dt.timedelta(days=366))


def test_leave_before_the_posting_began(people):
    people.sentinel.starts_on = SINCE + dt.timedelta(days=1)
    people.sentinel.save(update_fields=["starts_on"])
    with pytest.raises(CannotTakeLeave) as caught:
        away(people)
    assert caught.value.code == "not_in_post"
    with pytest.raises(CannotTakeLeave) as caught:
        away(people, postings=[])
    assert caught.value.code == "not_posted"


def test_who_works_two_grids_is_away_from_both_or_none(people, cast, district):
    second = PostingFactory(grid=people.other.grid, user=cast.sun, name="孙网格员")
    assert len(away(people, postings=[people.sentinel, second])) == 2
    later = {"starts_on": SINCE + dt.timedelta(days=1), "ends_on": SINCE + dt.timedelta(days=9)}
    away(people, postings=[second], **later)
    with pytest.raises(CannotTakeLeave):
        away(people, postings=[people.sentinel, second], **later | {"ends_on": SINCE + dt.timedelta(days=5)})
    assert people.sentinel.leaves.count() == 1


def test_back_earlier(people):
    (leave,) = away(people, starts_on=dt.date(2026, 11, 20), ends_on=dt.date(2026, 11, 30))
    ended = end_leave(by=people.leader, on=ON, leave=leave)
    assert ended.ends_on == dt.date(2026, 11, 21)
    with pytest.raises(CannotEndLeave):
        end_leave(by=people.leader, on=ON, leave=leave)
    (ahead,) = away(people)
    assert end_leave(by=people.leader, on=ON, leave=ahead) is None
    assert SentinelLeave.objects.count() == 1


def test_one_asks_for_leave_oneself(cast, people, sign_in):
    client = sign_in(cast.sun)
    days = {"client_token": uuid4(), "starts_on": "2026-11-23", "ends_on": "2026-11-27", "note": "住院"}
    assert client.post(reverse("grid-leave"), days).url == reverse("grid-leave")
    leave = SentinelLeave.objects.get()
    assert (leave.posting, leave.entered_by) == (people.sentinel, cast.sun)
    assert "住院" in client.get(reverse("grid-leave")).content.decode()
    assert (
        "请假"
        in sign_in(people.leader).get(reverse("grid-team-person", args=[people.sentinel.pk])).content.decode()
    )
    answer = sign_in(people.leader).post(reverse("grid-leave-end", args=[leave.pk]))
    assert answer.url == reverse("grid-team-person", args=[people.sentinel.pk])
    assert not SentinelLeave.objects.exists()


def test_nobody_ends_a_strangers_leave(cast, people, district, sign_in):
    stranger = leader(district.grid_b, "冯别处")
    (leave,) = away(people)
    assert sign_in(stranger.user).post(reverse("grid-leave-end", args=[leave.pk])).status_code == 404
    assert sign_in(cast.li).post(reverse("grid-leave-end", args=[leave.pk])).status_code == 403


def test_without_a_posting_leave_says_what_to_do(district, sign_in):
    user = UserFactory()
    RoleAssignmentFactory(user=user, role=Role.SENTINEL, area_code=district.grid_a.code)
    client = sign_in(user)
    assert "今天没有您的任职" in client.get(reverse("grid-leave")).content.decode()
    days = {"client_token": uuid4(), "starts_on": "2026-11-23", "ends_on": "2026-11-27"}
    answer = client.post(reverse("grid-leave"), days, headers=outbox_of(user))
    assert (answer.status_code, list(answer.json()["errors"])) == (422, [""])


# the leader's page


def test_the_page_names_the_silent_the_late_and_the_away(cast, people, sign_in):
    (line, other) = led_people(people.leader, on=ON, policy=OutreachPolicy())
    assert (line.posting, line.is_silent, line.is_late, line.heard_on) == (people.sentinel, True, True, None)
    assert (other.posting, other.is_silent, other.is_late) == (people.other, False, False)
    page = sign_in(people.leader).get(reverse("grid-team")).content.decode()
    assert "没动静" in page
    assert "没有登录账号" in page
    assert 'href="tel:13900000001"' in page
    ZeroReport.objects.create(posting=people.sentinel, week_on=dt.date(2026, 11, 9), reported_at=NOW)
    (line, _) = led_people(people.leader, on=ON, policy=OutreachPolicy())
    assert (line.is_silent, line.is_late, line.heard_on) == (False, False, ON)
    away(people, starts_on=ON, ends_on=SINCE)
    assert "请假至11月25日" in sign_in(people.leader).get(reverse("grid-team")).content.decode()


def test_the_steward_sees_leaders_and_sentinels(people, sign_in):
    page = sign_in(people.steward).get(reverse("grid-team")).content.decode()
    for name in ("冯网格长", "孙网格员", "韩楼长"):
        assert name in page
    assert "赵医生" not in page


def test_the_number_of_queries_does_not_grow(people, district, sign_in, django_assert_max_num_queries):
    client = sign_in(people.leader)
    client.get(reverse("grid-team"))
    PostingFactory.create_batch(15, grid=district.grid_a)
    with django_assert_max_num_queries(28):
        client.get(reverse("grid-team"))


def test_a_page_of_last_month_is_of_its_day(people):
    """Who came this month was not there: the list is of the day."""
    with time_machine.travel(dt.datetime(2026, 10, 22, 4, tzinfo=dt.UTC), tick=False):
        people.sentinel.starts_on = dt.date(2026, 11, 1)
        people.sentinel.save(update_fields=["starts_on"])
        found = led_people(people.leader, on=dt.date(2026, 10, 22), policy=OutreachPolicy())
        assert [one.posting for one in found] == [people.other]
