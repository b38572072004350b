"""Points lapse: those of a year hold through so many further years (P14)."""

from datetime import date, datetime

from django.db import transaction

from care.actions.ledger import Occasion, locked, move
from care.choices import AccountKind, PointKind
from care.models import PointAccount
from care.policy import policy_on
from care.queries.points import earned_since
from care.rules.points import Split, expiring, last_day_lapsing
from core.sql import rows_of

# Accounts that hold more than came in since the last day that lapses, and have not been gone through for that day.
_STALE = """
    SELECT account.id FROM care_pointaccount AS account
    WHERE account.kind = 'own' AND account.balance > 0 AND account.balance > coalesce((
            SELECT sum(entry.points) FROM care_pointentry AS entry
            JOIN care_pointtransaction AS told ON told.id = entry.transaction_id
            LEFT JOIN care_pointtransaction AS back ON back.reverses_id = told.id
            WHERE entry.account_id = account.id AND entry.points > 0 AND told."on" > %(last)s AND back.id IS NULL
        ), 0)
    ORDER BY account.id
"""


def expire_points(*, on: date, now: datetime) -> int:
    """Let lapse what is too old, the oldest points being spent first; how many points. Any night, again without harm."""
    last = last_day_lapsing(on, policy_on(on).points_valid_years)
    if last is None:
        return 0
    lapsed = 0
    for (account,) in rows_of(_STALE, {"last": last}):
        lapsed += _lapse(account, last, on=on, now=now)
    return lapsed


def _lapse(account: int, last: date, *, on: date, now: datetime) -> int:
    with transaction.atomic():
        purse = locked(PointAccount(pk=account))
        points = expiring(purse.own.balance, earned_since(purse.own, last))
        if points:
            words = f"{last.year}年及以前的积分"
            told = Occasion(
                PointKind.EXPIRE, f"expire:{account}:{on:%Y%m%d}", f"expire:{last.year}", None, on, now, note=words
            )  # fmt: skip
            move(purse, Split(own=-points, debt=0), AccountKind.EXPIRED, told)
    return points
