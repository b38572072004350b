"""Errands: ordered by the team, done by a grid worker, seen by nobody else."""

import datetime as dt
import io
import uuid

import pytest
from django.db import connection
from django.urls import reverse
from django.utils import timezone

from core.models import ReadLog
from grids.choices import PostingRole
from outreach.actions.errands import (
    CannotDoErrand,
    CannotOrderErrand,
    ask_another,
    cancel_errand,
    decline_errand,
    fail_errand,
    take_errand,
)
from outreach.models import ErrandOrder
from outreach.queries.errands import errand_counts, receipt_of, worker_errands, workers_for
from outreach.queries.workplaces import workplace_of
from outreach.rules.errands import MOVES, is_late, object_to_due, object_to_move, object_to_result
from teams.models import TeamMembership, User
from tests.factories.grids import MicroGridFactory, PostingFactory
from tests.factories.reports import posting_of
from tests.factories.residents import ResidentFactory
from tests.factories.teams import TeamMembershipFactory
from tests.outreach.errand_steps import (
    NAME,
    PHONE,
    TODAY,
    code_of,
    finish,
    order,
    person_in,
    picture,
    take,
    worker,
)
from tests.residents.test_actions_concurrency import together


@pytest.fixture
def resident(cast, district, noon):
    return person_in(district.grid_a)


@pytest.fixture
def sentinel(cast):
    return posting_of(cast.sun)


@pytest.fixture
def colleague(cast, district):
    """Another sentinel of the same grid."""
    return worker(district.grid_a)


# rules


@pytest.mark.parametrize("state", list(MOVES))
def test_what_has_ended_stays_as_it_is(state):
    for wanted in MOVES:
        objection = object_to_move(state, wanted)
        assert (objection is None) is (wanted in MOVES[state])
    if not MOVES[state]:
        assert object_to_move(state, "taken").code == "ended"


def test_due_today_is_not_late():
    assert object_to_due(TODAY, today=TODAY) is None
    assert object_to_due(TODAY - dt.timedelta(days=1), today=TODAY).code == "due_in_past"
    assert not is_late("asked", TODAY, today=TODAY)
    assert is_late("taken", TODAY - dt.timedelta(days=1), today=TODAY)
    assert not is_late("done", TODAY - dt.timedelta(days=1), today=TODAY)


def test_what_a_result_says():
    assert object_to_result("done", received_by="", note="").code == "no_receiver"
    assert object_to_result("failed", received_by="本人", note="").code == "no_reason"
    assert object_to_result("done", received_by="本人", note="") is None


# ordering


def test_ordered_for_the_grid_of_the_person_within_the_working_days(cast, district, resident):
    made = order(cast.li, resident)
    assert (made.state, made.grid, made.team) == ("asked", district.grid_a, cast.team_a)
    assert made.due_on == dt.date(2026, 11, 24)  # two working days after a Sunday
    with connection.cursor() as cursor:
        cursor.execute("SELECT medicines FROM outreach_errandorder")
        assert "氨氯地平".encode() not in bytes(cursor.fetchone()[0])


def test_sent_again_it_is_the_same_order(cast, resident):
    token = uuid.uuid4()
    assert order(cast.li, resident, client_token=token) == order(cast.li, resident, client_token=token)
    assert ErrandOrder.objects.count() == 1


def test_a_token_of_another_order_is_refused(cast, district, resident):
    token, other = uuid.uuid4(), ResidentFactory(grid=district.grid_a)
    made = order(cast.li, resident, client_token=token)
    for call in (
        lambda: order(cast.li, other, client_token=token),
        lambda: order(cast.wang, resident, client_token=token),
    ):
        assert code_of(CannotOrderErrand, call) == "token_of_other"
    assert list(ErrandOrder.objects.all()) == [made]


def test_the_page_says_so_and_keeps_what_was_typed(cast, district, resident, sign_in):
    token, other = uuid.uuid4(), ResidentFactory(grid=district.grid_a)
    order(cast.li, resident, client_token=token)
    data = {
        "kind": "delivery",
        "medicines": "二甲双胍 2 盒",
        "due_on": "2026-11-25",
        "client_token": str(token),
    }
    answer = sign_in(cast.li).post(reverse("errand-new", args=[other.pk]), data)
    page = answer.content.decode()
    assert (answer.status_code, "这张表单已经用过" in page, "二甲双胍 2 盒" in page) == (200, True, True)


@pytest.mark.slow
@pytest.mark.django_db(transaction=True)
def test_one_token_for_two_people_at_once(cast, district, resident):
    token, other = uuid.uuid4(), ResidentFactory(grid=district.grid_a)
    found = together(
        *(
            lambda one=one: order(cast.li, one, client_token=token)
            for one in (resident, other, resident, other)
        )
    )
    made = ErrandOrder.objects.get()
    assert sorted(getattr(one, "code", "made") for one in found) == ["made"] * 2 + ["token_of_other"] * 2
    assert {one.pk for one in found if isinstance(one, ErrandOrder)} == {made.pk}


def test_refused_orders(cast, district, resident):
    other = ResidentFactory(grid=district.grid_b)
    gone = ResidentFactory(grid=district.grid_a, life_status="deceased", life_status_on=TODAY)
    elsewhere = worker(district.grid_b)
    over = worker(district.grid_a, ends_on=TODAY - dt.timedelta(days=1))
    for call, code in (
        (lambda: order(cast.li, other), "not_own_team"),
        (lambda: order(cast.zhao, resident), "not_own_team"),
        (lambda: order(cast.li, gone), "not_here"),
        (lambda: order(cast.li, resident, medicines="  "), "no_medicines"),
        (lambda: order(cast.li, resident, due_on=TODAY - dt.timedelta(days=1)), "due_in_past"),
        (lambda: order(cast.li, resident, posting=elsewhere), "works_elsewhere"),
        (lambda: order(cast.li, resident, posting=over), "works_elsewhere"),
    ):
        assert code_of(CannotOrderErrand, call) == code
    assert not ErrandOrder.objects.exists()


def test_a_grid_without_a_team(cast, district, resident):
    district.grid_a.responsibilities.all().delete()
    assert code_of(CannotOrderErrand, lambda: order(cast.li, resident)) == "no_team"


def test_who_can_be_asked(cast, district, sentinel, colleague):
    PostingFactory(role=PostingRole.SENTINEL, grid=district.grid_a, user=None, role_assignment=None)
    worker(district.grid_b)
    micro = MicroGridFactory(parent=district.grid_a)
    assert set(workers_for(district.grid_a, on=TODAY)) == {sentinel, colleague}
    assert set(workers_for(micro, on=TODAY)) == {sentinel, colleague}


# doing


def test_taken_done_and_received(cast, resident, sentinel):
    made = order(cast.li, resident)
    assert take(made, sentinel).state == "taken"
    done = finish(made, cast.sun, receipt=picture(), note="药已放桌上")
    done.refresh_from_db()
    assert (done.state, done.received_by, done.posting) == ("done", "本人", sentinel)
    assert receipt_of(done) == picture()
    assert bytes(done.receipt) != picture()
    again = finish(made, cast.sun, received_by="别人")
    assert again.received_by == "本人"
    assert code_of(
        CannotDoErrand, lambda: fail_errand(by=cast.sun, now=timezone.now(), errand=made, note="x")
    )


def test_only_one_takes_it(cast, resident, sentinel, colleague):
    made = order(cast.li, resident)
    take(made, sentinel)
    take(made, sentinel)
    assert code_of(CannotDoErrand, lambda: take(made, colleague)) == "asked_another"
    assert code_of(CannotDoErrand, lambda: finish(made, colleague.user)) == "not_his"


def test_asked_of_somebody(cast, district, resident, sentinel, colleague):
    made = order(cast.li, resident, posting=colleague)
    assert code_of(CannotDoErrand, lambda: take(made, sentinel)) == "asked_another"
    done = finish(made, colleague.user)  # without tapping first that he goes
    assert (done.state, done.taken_at) == ("done", timezone.now())


def test_elsewhere_and_for_another_nobody_takes(cast, district, resident, sentinel):
    made = order(cast.li, resident)
    elsewhere = worker(district.grid_b)
    assert code_of(CannotDoErrand, lambda: take(made, elsewhere)) == "works_elsewhere"
    not_his = code_of(
        CannotDoErrand,
        lambda: take_errand(by=elsewhere.user, on=TODAY, now=timezone.now(), errand=made, posting=sentinel),
    )
    assert not_his == "not_own_posting"


def test_given_back_it_waits_for_anybody(cast, resident, sentinel, colleague):
    made = order(cast.li, resident)
    take(made, sentinel)
    assert code_of(CannotDoErrand, lambda: decline_errand(by=cast.sun, errand=made, note=" ")) == "no_reason"
    for _ in range(2):
        back = decline_errand(by=cast.sun, errand=made, note="今天值班")
    assert (back.state, back.posting, back.taken_at) == ("asked", None, None)
    assert take(made, colleague).posting == colleague


def test_failed_needs_a_reason_and_a_receiver_a_name(cast, resident, sentinel):
    made = order(cast.li, resident)
    take(made, sentinel)
    now = timezone.now()
    assert code_of(CannotDoErrand, lambda: finish(made, cast.sun, received_by=" ")) == "no_receiver"
    assert (
        code_of(CannotDoErrand, lambda: fail_errand(by=cast.sun, now=now, errand=made, note=""))
        == "no_reason"
    )
    for _ in range(2):
        assert fail_errand(by=cast.sun, now=now, errand=made, note="药房缺药").state == "failed"


@pytest.mark.parametrize(("said", "kept"), [("", ""), ("药已放桌上", "药已放桌上")])
def test_why_somebody_could_not_go_is_no_word_of_who_did(cast, resident, sentinel, colleague, said, kept):
    made = order(cast.li, resident)
    take(made, sentinel)
    assert decline_errand(by=cast.sun, errand=made, note="今天值班").note == "今天值班"
    take(made, colleague)
    done = finish(made, colleague.user, note=said)
    done.refresh_from_db()
    assert (done.state, done.note) == ("done", kept)


def test_the_team_passes_on_and_calls_off(cast, resident, sentinel, colleague):
    made = order(cast.li, resident)
    take(made, sentinel)
    passed = ask_another(by=cast.wang, on=TODAY, errand=made, posting=colleague)
    assert (passed.state, passed.posting, passed.taken_at) == ("asked", colleague, None)
    for verb in (
        lambda: ask_another(by=cast.zhao, on=TODAY, errand=made, posting=None),
        lambda: cancel_errand(by=cast.zhao, on=TODAY, now=timezone.now(), errand=made, note="不用了"),
    ):
        assert code_of(CannotDoErrand, verb) == "not_own_team"
    off = cancel_errand(by=cast.qian, on=TODAY, now=timezone.now(), errand=made, note="家属已取")
    assert off.state == "cancelled"
    assert code_of(CannotDoErrand, lambda: finish(made, colleague.user)) == "ended"
    assert code_of(CannotDoErrand, lambda: ask_another(by=cast.li, on=TODAY, errand=made, posting=None))


# what a grid worker sees


def test_mine_and_what_anybody_may_take(cast, district, resident, sentinel, colleague):
    mine = order(cast.li, resident)
    take(mine, sentinel)
    late = order(cast.li, resident, posting=sentinel, due_on=TODAY)
    ErrandOrder.objects.filter(pk=late.pk).update(due_on=TODAY - dt.timedelta(days=1))
    offered = order(cast.li, resident)
    order(cast.li, resident, posting=colleague)
    order(cast.zhao, ResidentFactory(grid=district.grid_b))
    counts = errand_counts(cast.sun, on=TODAY)
    assert (counts.mine, counts.late, counts.offered) == (2, 1, 1)
    assert set(worker_errands(workplace_of(cast.sun, on=TODAY))) == {mine, late, offered}
    later = sentinel.starts_on.replace(year=2027)
    type(sentinel).objects.filter(pk=sentinel.pk).update(ends_on=TODAY)
    assert not worker_errands(workplace_of(cast.sun, on=later)).exists()


def test_on_the_telephone_name_and_number_only_once_it_is_his(cast, resident, sentinel, sign_in):
    made = order(cast.li, resident)
    client = sign_in(cast.sun)
    listed = client.get(reverse("grid-errands")).content.decode()
    assert "刘*兰" in listed
    page = client.get(reverse("grid-errand", args=[made.pk])).content.decode()
    for hidden in (NAME, PHONE, "氨氯地平"):
        assert hidden not in listed
        assert hidden not in page
    assert "和平路8号" in page
    answer = client.post(reverse("grid-errand-take", args=[made.pk]), {"client_token": uuid.uuid4()})
    assert answer.url == reverse("grid-errands")
    page = client.get(reverse("grid-errand", args=[made.pk])).content.decode()
    assert NAME in page
    assert f'href="tel:{PHONE}"' in page
    assert f">{PHONE}" not in page
    assert "氨氯地平" in page
    assert ReadLog.objects.filter(page="grid-errand", subject_ids=[resident.pk]).exists()
    finish(made, cast.sun)
    page = client.get(reverse("grid-errand", args=[made.pk])).content.decode()
    assert NAME not in page
    assert PHONE not in page


def test_done_on_the_telephone_by_the_outbox(cast, resident, sentinel, sign_in):
    made = order(cast.li, resident, posting=sentinel)
    client = sign_in(cast.sun)
    address = reverse("grid-errand-finish", args=[made.pk])
    assert "谁签收的" in client.get(address).content.decode()
    headers = {"X-Outbox": "1", "X-Outbox-Owner": str(cast.sun.pk)}
    answer = client.post(address, {"client_token": uuid.uuid4()}, headers=headers)
    assert answer.status_code == 422
    assert "received_by" in answer.json()["errors"]
    for _ in range(2):
        receipt = io.BytesIO(picture())
        receipt.name = "receipt.jpg"
        data = {"client_token": uuid.uuid4(), "received_by": "女儿", "receipt": receipt}
        answer = client.post(address, data, headers=headers)
        assert answer.json()["state"] == "saved"
    made.refresh_from_db()
    assert (made.state, made.received_by) == ("done", "女儿")
    assert receipt_of(made).startswith(b"\xff\xd8")


def test_not_done_and_given_back_on_the_telephone(cast, resident, sentinel, sign_in):
    made, other = (order(cast.li, resident, posting=sentinel) for _ in range(2))
    client = sign_in(cast.sun)
    data = {"client_token": uuid.uuid4(), "note": "家里没人"}
    assert client.post(reverse("grid-errand-fail", args=[made.pk]), {}).status_code == 200
    client.post(reverse("grid-errand-fail", args=[made.pk]), data)
    client.post(reverse("grid-errand-decline", args=[other.pk]), data)
    made.refresh_from_db()
    other.refresh_from_db()
    assert (made.state, other.state, other.posting) == ("failed", "asked", None)


def test_another_grid_answers_404(cast, district, resident, sign_in):
    made = order(cast.li, resident)
    client = sign_in(worker(district.grid_b).user)
    assert "刘*兰" not in client.get(reverse("grid-errands")).content.decode()
    assert client.get(reverse("grid-errand", args=[made.pk])).status_code == 404
    for name in ("take", "finish", "fail", "decline"):
        address = reverse(f"grid-errand-{name}", args=[made.pk])
        assert client.post(address, {"client_token": uuid.uuid4(), "note": "x"}).status_code == 404


def test_who_ordered_it_and_works_elsewhere_now_sees_it_no_more(cast, resident):
    made = order(cast.li, resident)
    assert made in ErrandOrder.objects.visible_to(cast.li)
    TeamMembership.objects.filter(user=cast.li).update(ends_on=TODAY - dt.timedelta(days=1))
    TeamMembershipFactory(team=cast.team_b, user=cast.li, starts_on=TODAY)
    assert not ErrandOrder.objects.visible_to(User.objects.get(pk=cast.li.pk)).exists()
