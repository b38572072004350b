"""Two people at the same agreements, real connections: one wins, the other reads why."""

import datetime as dt
import threading

import pytest
from django.db import connections, transaction

from contracts.actions import (
    agree_to_transfer,
    confirm_mass,
    object_to_transfer,
    open_transfer,
    preview_mass,
    terminate,
    withdraw_transfer,
)
from contracts.choices import MassKind, MassState
from contracts.models import Agreement, Enrollment, MassOperation, Transfer
from contracts.queries.mass import Asked
from core.refusals import Refusal
from residents.models import Resident
from tests.factories.contracts import NOON, ensure_wording, sign_agreement
from tests.factories.residents import ResidentFactory

DAY = dt.date(2026, 11, 22)
ONE = dt.timedelta(days=1)
NOW = dt.datetime.combine(DAY, NOON)

pytestmark = [pytest.mark.django_db(transaction=True), pytest.mark.slow]


def together(*tasks):
    """Run the tasks at the same moment, each on its own connection; their results or refusals, in order."""
    barrier = threading.Barrier(len(tasks))
    results = [None] * len(tasks)

    def run(place, task):
        try:
            barrier.wait(10)
            results[place] = task()
        except Refusal as refusal:
            results[place] = refusal
        finally:
            connections.close_all()

    threads = [threading.Thread(target=run, args=one) for one in enumerate(tasks)]
    for one in threads:
        one.start()
    for one in threads:
        one.join(30)
    return results


def told(results):
    return [one.code for one in results if isinstance(one, Refusal)]


@pytest.fixture
def village(cast, district):
    ensure_wording()
    people = ResidentFactory.create_batch(3, grid=district.grid_a)
    return [sign_agreement(one, cast.team_a, cast.li, on=DAY - 340 * ONE) for one in people]


def preview(cast):
    asked = Asked(ends_until=DAY + 60 * ONE, signed_on=DAY, years=1, is_archived=True)
    return preview_mass(
        by=cast.qian, on=DAY, kind=MassKind.RENEW, team=cast.team_a, asked=asked, reason="集中续签"
    )


def test_one_operation_confirmed_twice_is_done_once(cast, village):
    operation = preview(cast)
    confirm = lambda: confirm_mass(by=cast.qian, on=DAY, now=NOW, operation=operation)  # noqa: E731
    results = together(confirm, confirm)
    assert told(results) == ["wrong_state"]
    assert Agreement.objects.count() == 6


def test_two_operations_on_the_same_agreements_are_done_once(cast, village):
    first, second = preview(cast), preview(cast)
    results = together(
        lambda: confirm_mass(by=cast.qian, on=DAY, now=NOW, operation=first),
        lambda: confirm_mass(by=cast.li, on=DAY, now=NOW, operation=second),
    )
    assert told(results) == ["changed_meanwhile"]
    assert Agreement.objects.count() == 6
    states = MassOperation.objects.values_list("state", flat=True)
    assert sorted(states) == [MassState.DONE, MassState.PREVIEWED]


def test_an_agreement_that_is_terminated_at_the_same_moment_is_not_renewed(cast, village):
    operation = preview(cast)
    results = together(
        lambda: confirm_mass(by=cast.qian, on=DAY, now=NOW, operation=operation),
        lambda: terminate(
            by=cast.li, on=DAY, now=NOW, agreement=village[0], reason="resident_request", last_day=DAY
        ),
    )
    village[0].refresh_from_db()
    assert told(results) in ([], ["changed_meanwhile"])
    assert village[0].state == "terminated"
    assert not Enrollment.objects.filter(agreement__previous=village[0], state="active").exists()


def test_the_old_team_agrees_and_objects_at_the_same_moment(cast, village):
    person = village[0].enrollments.get().resident
    transfer = open_transfer(by=cast.zhao, on=DAY, resident=person, to_team=cast.team_b, reason="已搬家")
    results = together(
        lambda: agree_to_transfer(by=cast.li, on=DAY, now=NOW, transfer=transfer),
        lambda: object_to_transfer(by=cast.qian, on=DAY, now=NOW, transfer=transfer, reason="不愿"),
    )
    transfer.refresh_from_db()
    if transfer.objection:  # the objection came first; agreeing takes it back
        assert told(results) == []
    else:
        assert told(results) == ["wrong_state"]
    assert transfer.state == "accepted"


def test_two_teams_ask_for_the_same_person(cast, village):
    person = village[0].enrollments.get().resident
    ask = lambda: open_transfer(  # noqa: E731
        by=cast.zhao, on=DAY, resident=person, to_team=cast.team_b, reason="已搬家"
    )
    assert told(together(ask, ask)) == ["one_transfer_at_a_time"]
    assert Transfer.objects.count() == 1


def test_signing_a_transfer_and_ending_the_old_agreement_never_deadlock(cast, village):
    for old in village:
        person = old.enrollments.get().resident
        transfer = open_transfer(by=cast.zhao, on=DAY, resident=person, to_team=cast.team_b, reason="已搬家")
        agree_to_transfer(by=cast.li, on=DAY, now=NOW, transfer=transfer)
        results = together(
            lambda one=person: sign_agreement(one, cast.team_b, cast.zhao, on=DAY),
            lambda one=old: terminate(
                by=cast.li, on=DAY, now=NOW, agreement=one, reason="resident_request", last_day=DAY
            ),
        )
        assert all(results)  # no database error in either
        old.refresh_from_db()
        assert old.state in ("transferred", "terminated")


def test_a_withdrawal_waits_for_a_signing_that_holds_the_person(cast, village):
    person = village[0].enrollments.get().resident
    transfer = open_transfer(by=cast.zhao, on=DAY, resident=person, to_team=cast.team_b, reason="已搬家")
    agree_to_transfer(by=cast.li, on=DAY, now=NOW, transfer=transfer)
    results = []
    late = threading.Thread(
        target=lambda: results.extend(
            together(lambda: withdraw_transfer(by=cast.zhao, on=DAY, now=NOW, transfer=transfer))
        )
    )
    with transaction.atomic():
        Resident.objects.select_for_update().get(pk=person.pk)
        late.start()
        late.join(1)
        sign_agreement(person, cast.team_b, cast.zhao, on=DAY)
    late.join(30)
    assert told(results) == ["wrong_state"]
    transfer.refresh_from_db()
    assert transfer.state == "done"
