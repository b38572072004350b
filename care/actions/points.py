"""Points for services that were given on time and as required: earned once, taken back once (S4-16, P14)."""

from collections.abc import Collection, Iterable
from datetime import date, datetime

from django.db import transaction

from care.actions.ledger import Occasion, Purse, locked, move, purse_of
from care.choices import AccountKind, PointKind, PointPeriod, PointsPool, RecordState, TaskState
from care.models import PointAccount, PointRule, PointTransaction, ServiceRecord, Task
from care.policy import policy_on
from care.queries.points import rules_on, times_counted
from care.rules.points import Earning, credit, debit, occasion, wanted
from teams.models import User


def earn(*, record: ServiceRecord, by: User, on: date, now: datetime) -> int:
    """Make the points of a record what it deserves, by the rules of the day of the service; by how much they changed.

    Told again it changes nothing; after a correction it takes back what is deserved no more and adds what is new. Call
    it after the record has closed its tasks: some rules ask for a task done in time.
    """
    pool = policy_on(on).points_pool
    with transaction.atomic():
        if pool == PointsPool.NONE and not PointTransaction.objects.filter(source=record.key).exists():
            return 0
        deserving = pool != PointsPool.NONE and record.enrollment_id and record.state == RecordState.STANDING
        rules = rules_on(record.done_on, form=record.form) if deserving else {}
        standing = PointTransaction.objects.standing_for(record.key)
        if not rules and not standing.exists():
            return 0
        purse = purse_of(record.resident, pool, on=on)
        deserved = _deserved(record, rules)
        kept, changed = set(), 0
        for one in standing.select_related("rule").order_by("pk"):
            if one.rule and deserved.get(one.rule.code) == one.rule.points and one.done_on == record.done_on:
                kept.add(one.rule.code)
            else:
                changed -= _take_back(one, purse, by=by, on=on, now=now)
        for code in deserved.keys() - kept:
            changed += _give(record, rules[code], purse, by=by, on=on, now=now)
    return changed


def _deserved(record: ServiceRecord, rules: dict[str, PointRule]) -> dict[str, int]:
    """Rule code -> points of a record. One query for on-time, one for each rule with a cap."""
    in_time = Task.objects.filter(resident=record.resident_id, record=record.key, state=TaskState.DONE)
    return wanted(
        [as_earning(one) for one in rules.values()],
        times_counted(record, rules.values()),
        form=record.form,
        verdict=record.verdict,
        mode=record.mode,
        is_on_time=any(one.on_time_only for one in rules.values()) and in_time.exists(),
    )


def as_earning(rule: PointRule) -> Earning:
    return Earning(
        code=rule.code,
        form=rule.form,
        verdicts=tuple(rule.verdicts),
        modes=tuple(rule.modes),
        on_time_only=rule.on_time_only,
        points=rule.points,
        period=PointPeriod(rule.period),
        times=rule.times,
    )


def _give(record: ServiceRecord, rule: PointRule, purse: Purse, *, by: User, on: date, now: datetime) -> int:
    before = PointTransaction.objects.filter(kind=PointKind.EARN, source=record.key, rule__code=rule.code)
    split = credit(rule.points, owed=purse.owed)
    told = Occasion(
        PointKind.EARN,
        occasion(record.key, rule.code, before.count()),
        record.key,
        by,
        on,
        now,
        resident=record.resident_id,
        team=record.team_id,
        rule=rule,
        done_on=record.done_on,
        is_restricted=record.is_restricted,
        note=rule.name,
    )
    move(purse, split, AccountKind.ISSUED, told)
    return rule.points


def reverse(*, key: str, by: User, on: date, now: datetime) -> int:
    """Take back what a record earned, each transaction once; how many points.

    Points that were spent already stay owed: shown on the account, and paid first by what is earned next. The balance
    never falls below zero for that.

    Args:
        key: of the record, "record:12".
    """
    with transaction.atomic():
        purses = {one.pk: locked(one) for one in _holders(PointTransaction.objects.filter(source=key))}
        taken = 0
        for one in PointTransaction.objects.standing_for(key).order_by("pk"):
            taken += _take_back(one, purses[_own_account(one).pk], by=by, on=on, now=now)
    return taken


def _take_back(earned: PointTransaction, purse: Purse, *, by: User, on: date, now: datetime) -> int:
    """From the account it was earned on; that may be another one than today's, when the pool was changed since."""
    own = _own_account(earned)
    if own.pk != purse.own.pk:
        purse = locked(own)
    moved = earned.entries.filter(account__kind__in=[AccountKind.OWN, AccountKind.DEBT])
    points = sum(moved.values_list("points", flat=True))
    told = Occasion(
        PointKind.REVERSE,
        f"{earned.key}:back",
        earned.source,
        by,
        on,
        now,
        resident=earned.resident_id,
        team=earned.team_id,
        reverses=earned,
        is_restricted=earned.is_restricted,
        note=earned.note,
    )
    move(purse, debit(points, balance=purse.own.balance), AccountKind.ISSUED, told)
    return points


def _own_account(earned: PointTransaction) -> PointAccount:
    return _holders([earned])[0]


def _holders(transactions: Iterable[PointTransaction] | Collection[PointTransaction]) -> list[PointAccount]:
    """The holders' own accounts that these transactions touched, in the order in which they are locked."""
    touched = PointAccount.objects.filter(
        entries__transaction__in=transactions, kind__in=[AccountKind.OWN, AccountKind.DEBT]
    )
    found = []
    for resident, household in set(touched.values_list("resident", "household")):
        found.append(PointAccount.objects.get(kind=AccountKind.OWN, resident=resident, household=household))
    return sorted(found, key=lambda one: one.pk)
