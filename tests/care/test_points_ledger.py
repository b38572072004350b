"""The ledger under fire: random movements keep it balanced; fifty at once spend what one can afford only once."""

import datetime as dt
import threading
from contextlib import suppress
from random import Random

import pytest
from django.db import connections
from django.db.models import Sum

from care.actions.expiring import expire_points
from care.actions.points import reverse
from care.actions.redeeming import cancel_redemption
from care.choices import AccountKind, RedemptionState
from care.models import PointAccount, PointEntry, PointRedemption, PointTransaction
from care.queries.points import totals
from core.refusals import Refusal
from tests.factories.contracts import NOON, sign_agreement
from tests.factories.points import earned, ensure_points, goods, own_account, redeemed
from tests.factories.residents import ResidentFactory

DAY = dt.date(2026, 11, 22)


def now(day):
    return dt.datetime.combine(day, NOON)


def books_are_right():
    assert sum(totals().values()) == 0
    sums = PointEntry.objects.values("transaction").annotate(total=Sum("points"))
    assert not [one for one in sums if one["total"]]
    for one in PointAccount.objects.filter(kind__in=[AccountKind.OWN, AccountKind.DEBT]):
        assert one.balance == (one.entries.aggregate(total=Sum("points"))["total"] or 0)
        assert one.balance >= 0 if one.kind == AccountKind.OWN else one.balance <= 0


@pytest.mark.parametrize("seed", range(4))
def test_whatever_happens_the_books_are_right(seed, cast, district, wording):
    chance, day = Random(seed), dt.date(2026, 1, 1)
    people = [ResidentFactory(grid=district.grid_a) for _ in range(2)]
    for one in people:
        sign_agreement(one, cast.team_a, cast.li, on=day)
    cheap, records = goods(3, stock=30), []
    for _ in range(40):
        day += dt.timedelta(days=chance.randrange(40))
        person, verb = (
            chance.choice(people),
            chance.choice(["earn", "earn", "reverse", "redeem", "cancel", "lapse"]),
        )
        if verb == "earn":
            records.append(earned(person, cast.li, day, form=chance.choice(["copd_follow_up", "education"])))
        elif verb == "reverse" and records:
            reverse(key=chance.choice(records).key, by=cast.li, on=day, now=now(day))
        elif verb == "redeem":
            _spent(person, cast.qian, cheap, day, chance.randrange(1, 4))
        elif verb == "cancel":
            done = PointRedemption.objects.filter(state=RedemptionState.DONE).first()
            if done:
                cancel_redemption(by=cast.qian, on=day, now=now(day), redemption=done, note="退回")
        elif verb == "lapse":
            expire_points(on=day, now=now(day))
        books_are_right()
    assert PointTransaction.objects.count() > 10


def _spent(person, by, what, day, quantity):
    """Spend if there is enough."""
    account = PointAccount.objects.own().filter(resident=person).first()
    if account:
        with suppress(Refusal):
            redeemed(account, person, by, what, on=day, quantity=quantity)


@pytest.mark.django_db(transaction=True)
@pytest.mark.slow
def test_fifty_at_once_spend_what_is_there_only_once(cast, district, wording):
    ensure_points()
    person = ResidentFactory(grid=district.grid_a)
    sign_agreement(person, cast.team_a, cast.li, on=DAY)
    earned(person, cast.li, DAY)
    account, what = own_account(person), goods(10)
    barrier, told = threading.Barrier(50), []

    def spend():
        try:
            barrier.wait(60)
            told.append(redeemed(account, person, cast.qian, what, on=DAY).number)
        except Refusal as refusal:
            told.append(refusal.code)
        finally:
            connections.close_all()

    threads = [threading.Thread(target=spend) for _ in range(50)]
    for one in threads:
        one.start()
    for one in threads:
        one.join(120)
    assert len(told) == 50
    assert told.count("points_short") == 49
    assert PointRedemption.objects.count() == 1
    account.refresh_from_db()
    assert account.balance == 0
    books_are_right()


@pytest.mark.django_db(transaction=True)
@pytest.mark.slow
def test_taken_back_by_several_at_once_it_is_taken_back_once(cast, district, wording):
    ensure_points()
    person = ResidentFactory(grid=district.grid_a)
    sign_agreement(person, cast.team_a, cast.li, on=DAY)
    record = earned(person, cast.li, DAY)
    barrier, taken = threading.Barrier(8), []

    def take():
        try:
            barrier.wait(60)
            taken.append(reverse(key=record.key, by=cast.li, on=DAY, now=now(DAY)))
        finally:
            connections.close_all()

    threads = [threading.Thread(target=take) for _ in range(8)]
    for one in threads:
        one.start()
    for one in threads:
        one.join(60)
    assert sorted(taken) == [0] * 7 + [10]
    assert own_account(person).balance == 0
