"""Two doctors, one person, real connections: one wins, the other reads why."""

import datetime as dt
import threading
import time
import uuid
from contextlib import contextmanager

import pytest
from django.db import connection, connections, transaction

from contracts.actions import CannotSign, terminate
from contracts.actions.signing import individual as signing_actions
from contracts.actions.signing import writing as writing_actions
from contracts.models import Agreement, Enrollment
from residents.models import Resident
from tests.factories.contracts import (
    NOON,
    ensure_wording,
    family,
    household_signed,
    offered_course,
    sign_agreement,
    supplement_signed,
)
from tests.factories.residents import ResidentFactory

DAY = dt.date(2026, 11, 22)

pytestmark = [pytest.mark.django_db(transaction=True), pytest.mark.slow]


@pytest.fixture
def person(cast, district):
    ensure_wording()
    return ResidentFactory(name="王建国", grid=district.grid_a)


def together(*tasks):
    """Run the tasks at the same moment, each on its own connection; their results or refusals, in order."""
    barrier = threading.Barrier(len(tasks))
    results = [None] * len(tasks)

    def run(place, task):
        try:
            barrier.wait(10)
            results[place] = task()
        except CannotSign as refusal:
            results[place] = refusal
        finally:
            connections.close_all()

    threads = [threading.Thread(target=run, args=one) for one in enumerate(tasks)]
    for one in threads:
        one.start()
    for one in threads:
        one.join(30)
    return results


def test_two_doctors_sign_the_same_person(cast, district):
    ensure_wording()
    for person in ResidentFactory.create_batch(5, grid=district.grid_a):
        results = together(
            lambda one=person: sign_agreement(one, cast.team_a, cast.li, on=DAY),
            lambda one=person: sign_agreement(one, cast.team_b, cast.zhao, on=DAY),
        )
        won = [one for one in results if isinstance(one, Agreement)]
        lost = [one for one in results if isinstance(one, CannotSign)]
        assert (len(won), len(lost)) == (1, 1)
        assert lost[0].code == "overlap"
        assert f"已由“{won[0].team.name}”签约，协议有效至2027年11月21日" in lost[0].sentence
        assert Enrollment.objects.filter(resident=person).count() == 1
        person.refresh_from_db()
        assert person.managing_team == won[0].team


def test_many_at_once_give_one_agreement_each_and_numbers_without_gap(cast, district):
    ensure_wording()
    people = ResidentFactory.create_batch(8, grid=district.grid_a)
    results = together(*(lambda one=one: sign_agreement(one, cast.team_a, cast.li, on=DAY) for one in people))
    serials = sorted(int(one.number.split("-")[3]) for one in results)
    assert serials == list(range(1, 9))


def test_the_same_form_sent_twice_at_once_is_one_agreement(cast, person):
    token = uuid.uuid4()
    send = lambda: sign_agreement(person, cast.team_a, cast.li, on=DAY, client_token=token)  # noqa: E731
    first, second = together(send, send)
    assert first.pk == second.pk
    assert Agreement.objects.count() == 1


def test_one_form_sent_at_once_for_two_people_is_one_agreement(cast, person, district):
    token, other = uuid.uuid4(), ResidentFactory(grid=district.grid_a)
    results = together(
        lambda: sign_agreement(person, cast.team_a, cast.li, on=DAY, client_token=token),
        lambda: sign_agreement(other, cast.team_a, cast.li, on=DAY, client_token=token),
    )
    lost = [one for one in results if isinstance(one, CannotSign)]
    assert len(lost) == 1
    assert lost[0].code in ("one_agreement_per_client_token", "token_reused")
    assert Agreement.objects.count() == 1


@contextmanager
def without_row_lock(monkeypatch):
    """As if somebody had forgotten the lock: the rules read before the other has committed."""
    plain = Resident.objects.all()
    with monkeypatch.context() as patch:
        patch.setattr(Resident.objects, "select_for_update", lambda *_, **__: plain, raising=False)
        yield


def test_the_constraint_alone_lets_one_win(cast, person, monkeypatch):
    """Both ask the rules before either has written; the first commits while the second waits at the constraint."""
    wrote, asked = threading.Event(), threading.Event()
    enroll = signing_actions.enroll

    def slow_enroll(agreement, *rest):
        if agreement.team == cast.team_b:
            asked.set()
            wrote.wait(10)
            enroll(agreement, *rest)
        else:
            asked.wait(10)
            enroll(agreement, *rest)
            wrote.set()

    monkeypatch.setattr(signing_actions, "enroll", slow_enroll)
    monkeypatch.setattr(writing_actions, "give_into_care", lambda **_: None)
    with without_row_lock(monkeypatch):
        won, lost = together(
            lambda: sign_agreement(person, cast.team_a, cast.li, on=DAY),
            lambda: sign_agreement(person, cast.team_b, cast.zhao, on=DAY),
        )
    assert isinstance(won, Agreement)
    assert isinstance(lost, CannotSign)
    assert lost.code == "overlap"
    assert "已由“李医生团队”签约" in lost.sentence
    assert list(Agreement.objects.all()) == [won]


def test_the_second_waits_at_the_persons_row(cast, person):
    """The lock is what makes the second read the first's agreement: without a wait there would be nothing to read."""
    with transaction.atomic():
        Resident.objects.select_for_update().get(pk=person.pk)
        second = threading.Thread(
            target=lambda: together(lambda: sign_agreement(person, cast.team_b, cast.zhao, on=DAY))
        )
        second.start()
        assert somebody_waits_for_us()
        assert not Agreement.objects.exists()
    second.join(30)
    assert Enrollment.objects.filter(resident=person).count() == 1


def somebody_waits_for_us() -> bool:
    with connection.cursor() as cursor:
        for _ in range(200):
            cursor.execute("SELECT pg_stat_clear_snapshot()")
            cursor.execute(
                "SELECT count(*) FROM pg_stat_activity WHERE pg_backend_pid() = ANY (pg_blocking_pids(pid))"
            )
            if cursor.fetchone()[0]:
                return True
            time.sleep(0.02)
    return False


# --- households -------------------------------------------------------------------------------------------------


def test_two_doctors_sign_one_household_at_once(cast, district):
    """One wins with everybody, the loser reads which member is taken; nobody waits for ever."""
    ensure_wording()
    for _ in range(4):
        home = family(district.grid_a)
        results = together(
            lambda home=home: household_signed(home, cast.team_a, cast.li, on=DAY),
            lambda home=home: household_signed(home, cast.team_b, cast.zhao, on=DAY),
        )
        won = [one for one in results if isinstance(one, Agreement)]
        lost = [one for one in results if isinstance(one, CannotSign)]
        assert (len(won), len(lost)) == (1, 1)
        assert lost[0].code == "overlap"
        assert lost[0].field.endswith("-joins")
        assert won[0].team.name in lost[0].sentence
        assert won[0].enrollments.count() == 3
        assert Enrollment.objects.filter(resident__household=home).count() == 3


def test_a_member_and_his_household_at_once(cast, district):
    """The person is signed alone by one doctor while another signs his household, either way round."""
    ensure_wording()
    for turn in range(4):
        home = family(district.grid_a)
        child = home.members.get(name="李秀英")
        tasks = [
            lambda home=home: household_signed(home, cast.team_a, cast.li, on=DAY),
            lambda child=child: sign_agreement(child, cast.team_b, cast.zhao, on=DAY),
        ]
        results = together(*(tasks if turn % 2 else reversed(tasks)))
        assert sorted(type(one).__name__ for one in results) == ["Agreement", "CannotSign"]
        refusal = next(one for one in results if isinstance(one, CannotSign))
        assert refusal.code == "overlap"
        assert Enrollment.objects.filter(resident=child).count() == 1


def test_the_same_household_form_sent_twice_at_once_is_one_agreement(cast, district):
    ensure_wording()
    home, token = family(district.grid_a), uuid.uuid4()
    send = lambda: household_signed(home, cast.team_a, cast.li, on=DAY, client_token=token)  # noqa: E731
    first, second = together(send, send)
    assert first.pk == second.pk
    assert Enrollment.objects.count() == 3


def test_two_courses_at_once_get_two_numbers(cast, person):
    main = sign_agreement(person, cast.team_a, cast.li, on=DAY)
    offered_course(by=cast.zhou, on=DAY)
    send = lambda: supplement_signed(main, person, cast.li, on=DAY)  # noqa: E731
    made = together(send, send, send)
    assert sorted(one.number[-4:] for one in made) == ["-S01", "-S02", "-S03"]


def test_an_agreement_that_ends_while_a_course_is_signed(cast, person):
    """Either the course comes first, or it reads that there is nothing left to add to; they never wait in a ring."""
    main = sign_agreement(person, cast.team_a, cast.li, on=DAY)
    offered_course(by=cast.zhou, on=DAY)
    ended = lambda: terminate(  # noqa: E731
        by=cast.li, on=DAY, now=dt.datetime.combine(DAY, NOON), agreement=main, reason="resident_request",
        last_day=DAY,
    )  # fmt: skip
    results = together(ended, lambda: supplement_signed(main, person, cast.li, on=DAY))
    assert isinstance(results[0], Agreement)
    assert isinstance(results[1], Agreement) or results[1].code == "parent_not_active"
