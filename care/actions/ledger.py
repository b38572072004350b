"""The ledger of points: accounts, and movements between them. Every movement sums to zero, by the database's own word."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date, datetime

from care.choices import AccountKind, PointKind, PointsPool
from care.models import PointAccount, PointEntry, PointRule, PointTransaction
from care.rules.points import Split
from residents.models import Resident
from teams.models import User


@dataclass(frozen=True)
class Occasion:
    """What moves points; see ``care.models.PointTransaction``."""

    kind: PointKind
    key: str
    source: str
    by: User | None
    on: date
    at: datetime
    resident: int | None = None
    team: int | None = None
    rule: PointRule | None = None
    done_on: date | None = None
    reverses: PointTransaction | None = None
    is_restricted: bool = False
    note: str = ""


@dataclass
class Purse:
    """The accounts of one holder, held against everybody else until the end of the transaction.

    Attributes:
        own: its row, locked. debt: what waits to be taken back; None as long as nothing ever did.
    """

    own: PointAccount
    debt: PointAccount | None = field(default=None)

    @property
    def owed(self) -> int:
        return -self.debt.balance if self.debt else 0


def holder_of(resident: Resident, pool: str) -> dict[str, int | None]:
    """Whose points a person's are: his household's where it has a pool, else his own."""
    if pool == PointsPool.HOUSEHOLD and resident.household_id:
        return {"resident_id": None, "household_id": resident.household_id}
    return {"resident_id": resident.pk, "household_id": None}


def purse_of(resident: Resident, pool: str, *, on: date) -> Purse:
    """The person's accounts, opened if there are none yet. Five queries at most."""
    holder = holder_of(resident, pool)
    own, _ = PointAccount.objects.get_or_create(kind=AccountKind.OWN, **holder, defaults={"opened_on": on})
    return locked(own)


def locked(account: PointAccount) -> Purse:
    """The holder's accounts as they are now; nobody else moves them until this transaction ends. Two queries."""
    own = PointAccount.objects.select_for_update().get(pk=account.pk)
    holder = {"resident_id": own.resident_id, "household_id": own.household_id}
    return Purse(own, PointAccount.objects.filter(kind=AccountKind.DEBT, **holder).first())


def move(purse: Purse, split: Split, against: AccountKind, occasion: Occasion) -> PointTransaction:
    """Book a sum on a holder's accounts, and the opposite on the district's. Four queries, one or two more at first.

    The balances in ``purse`` follow.
    """
    changes = {purse.own.pk: split.own}
    if split.debt:
        purse.debt = purse.debt or debt_of(purse.own, occasion.on)
        changes[purse.debt.pk] = split.debt
        purse.debt.balance += split.debt
    changes[_district(against, occasion.on).pk] = -split.own - split.debt
    purse.own.balance += split.own
    return post(changes, occasion)


def post(changes: Mapping[int, int], occasion: Occasion) -> PointTransaction:
    """One transaction: account id -> points. All its entries are written by one statement."""
    made = PointTransaction.objects.create(
        kind=occasion.kind,
        key=occasion.key,
        source=occasion.source,
        on=occasion.on,
        at=occasion.at,
        by=occasion.by,
        resident_id=occasion.resident,
        team_id=occasion.team,
        rule=occasion.rule,
        done_on=occasion.done_on,
        reverses=occasion.reverses,
        is_restricted=occasion.is_restricted,
        note=occasion.note[:100],
    )
    PointEntry.objects.bulk_create(
        PointEntry(transaction=made, account_id=account, points=points)
        for account, points in changes.items()
        if points
    )
    return made


def debt_of(own: PointAccount, on: date) -> PointAccount:
    """The account of what a holder owes, opened when something is owed for the first time."""
    return PointAccount.objects.create(
        kind=AccountKind.DEBT, resident_id=own.resident_id, household_id=own.household_id, opened_on=on
    )


def _district(kind: AccountKind, on: date) -> PointAccount:
    """Where points come from and go to."""
    account, _ = PointAccount.objects.get_or_create(
        kind=kind, resident=None, household=None, defaults={"opened_on": on}
    )
    return account
