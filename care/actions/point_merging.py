"""Points of two entries, or two households, that became one: they go to the one that stays, and come back with it."""

from collections.abc import Sequence
from datetime import date, datetime, time

from django.db import transaction
from django.db.models import F, Q
from django.utils import timezone

from care.actions.ledger import Occasion, Purse, debt_of, locked, post
from care.choices import AccountKind, PointKind
from care.models import PointAccount, PointTransaction
from care.rules.points import credit, debit

_WHOSE = {"resident": "resident__merged_into", "household": "household__merged_into"}


def follow_merged_points(*, ids: Sequence[int], on: date) -> int:
    """Bring points to where the holders are now; how many accounts moved. Safe to call twice.

    Args:
        ids: of residents or of households that were merged, merged into, or taken apart again.
    """
    moved = 0
    with transaction.atomic():
        for name, into in _WHOSE.items():
            mine = PointAccount.objects.own().filter(Q(**{f"{name}__in": ids}) | Q(**{f"{into}__in": ids}))
            gone = mine.filter(**{f"{into}__isnull": False}).annotate(to=F(into))
            for one in gone.order_by("pk"):
                moved += _bring(one, {name: one.to}, on=on)
            back = mine.filter(**{f"{into}__isnull": True})
            for one in back.order_by("pk"):  # type: ignore[assignment]
                moved += _give_back(one, on=on)
    return moved


def _bring(gone: PointAccount, holder: dict[str, int], *, on: date) -> int:
    """Balance and debt of an entry that is no more go to the one that stays."""
    other = {"resident": "household", "household": "resident"}
    ((name, pk),) = holder.items()
    kept, _ = PointAccount.objects.get_or_create(
        kind=AccountKind.OWN, **{f"{name}_id": pk, f"{other[name]}_id": None}, defaults={"opened_on": on}
    )
    purses = {one.pk: locked(one) for one in sorted((gone, kept), key=lambda one: one.pk)}
    purse, theirs = purses[gone.pk], purses[kept.pk]
    points = purse.own.balance - purse.owed
    if not purse.own.balance and not purse.owed:
        return 0
    changes = {purse.own.pk: -purse.own.balance}
    if purse.debt:
        changes[purse.debt.pk] = purse.owed
    _add(changes, theirs, points, on=on)
    count = PointTransaction.objects.filter(kind=PointKind.MERGE, source=f"account:{gone.pk}").count()
    post(changes, _occasion(gone, f"merge:{gone.pk}:{count + 1}", on, "重复登记合并"))
    return 1


def _give_back(own: PointAccount, *, on: date) -> int:
    """What an entry brought into a merge that was undone: it returns, also when it was spent meanwhile."""
    standing = PointTransaction.objects.filter(
        kind=PointKind.MERGE, source=f"account:{own.pk}", reversed_by__isnull=True, reverses__isnull=True
    )
    moved = 0
    for told in standing.order_by("pk"):
        lines = told.entries.select_related("account")
        theirs = next(one.account for one in lines if _holder(one.account) != _holder(own))
        points = sum(one.points for one in lines if _holder(one.account) != _holder(own))
        kept = PointAccount.objects.get(
            kind=AccountKind.OWN, resident=theirs.resident_id, household=theirs.household_id
        )
        purses = {one.pk: locked(one) for one in sorted((own, kept), key=lambda one: one.pk)}
        changes: dict[int, int] = {}
        _add(changes, purses[kept.pk], -points, on=on)
        _add(changes, purses[own.pk], points, on=on)
        post(changes, _occasion(own, f"{told.key}:back", on, "合并已撤销", reverses=told))
        moved += 1
    return moved


def _holder(account: PointAccount) -> tuple[int | None, int | None]:
    return account.resident_id, account.household_id


def _add(changes: dict[int, int], purse: Purse, points: int, *, on: date) -> None:
    """Points for a holder, or points taken from him, on both of his accounts."""
    gains = points > 0
    split = credit(points, owed=purse.owed) if gains else debit(-points, balance=purse.own.balance)
    changes[purse.own.pk] = changes.get(purse.own.pk, 0) + split.own
    if split.debt:
        debt = purse.debt or debt_of(purse.own, on)
        changes[debt.pk] = changes.get(debt.pk, 0) + split.debt


def _occasion(
    account: PointAccount, key: str, on: date, note: str, *, reverses: PointTransaction | None = None
) -> Occasion:
    return Occasion(
        PointKind.MERGE,
        key,
        f"account:{account.pk}",
        None,
        on,
        timezone.make_aware(datetime.combine(on, time(12))),  # a consumer is told the day only
        resident=account.resident_id,
        reverses=reverses,
        note=note,
    )
