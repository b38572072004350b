"""Points as pages show them: rules of a day, accounts, monthly statements, ranking (S4-16, P14)."""

from collections.abc import Collection, Iterable, Sequence
from dataclasses import dataclass
from datetime import date, timedelta

from django.db.models import F, OuterRef, Q, QuerySet, Subquery, Sum
from django.db.models.functions import Coalesce

from care.choices import AccountKind, PointKind, PointPeriod, PointsPool
from care.models import (
    PointAccount,
    PointEntry,
    PointGoods,
    PointRedemption,
    PointRule,
    PointTransaction,
    ServiceRecord,
)
from care.rules.points import period_of
from core.masks import mask_name
from core.paging import Page, dated_page, keyset_page
from core.sql import rows_of
from residents.choices import LifeStatus, Relation
from residents.models import Household, Resident

PAGE_SIZE = 50
UNNAMED = "健康服务"  # what a statement says of a service that only named roles may know


def rules_on(day: date, *, form: str = "") -> dict[str, PointRule]:
    """Code -> the version in force on a day, without those that ended. One query.

    Args:
        form: of this form only.
    """
    begun = PointRule.objects.filter(in_force_from__lte=day).order_by("code", "-in_force_from", "-id")
    latest = PointRule.objects.filter(pk__in=Subquery(begun.distinct("code").values("pk")), points__gt=0)
    if form:
        latest = latest.filter(form=form)
    return {one.code: one for one in latest.order_by("form", "code")}


def times_counted(record: ServiceRecord, rules: Iterable[PointRule]) -> dict[str, int]:
    """Rule code -> how often the person earned by it in the period of the record, by other records.

    One query for each rule that counts.
    """
    found = {}
    for rule in rules:
        if rule.period != PointPeriod.NONE:
            first, after = period_of(PointPeriod(rule.period), record.done_on)
            earned = PointTransaction.objects.filter(
                kind=PointKind.EARN,
                resident=record.resident_id,
                rule__code=rule.code,
                done_on__gte=first,
                done_on__lt=after,
                reversed_by__isnull=True,
            )
            found[rule.code] = earned.exclude(source=record.key).count()
    return found


# --- accounts ---------------------------------------------------------------------------------------------------


@dataclass(frozen=True)
class Holding:
    """What a holder has.

    Attributes:
        account: None as long as nothing was ever earned. owed: points that wait to be taken back.
        lapsing: of the balance, what lapses at the end of this year if it is not spent.
    """

    account: PointAccount | None
    balance: int
    owed: int
    lapsing: int


def holding(
    *, resident: Resident | None = None, household: Household | None = None, on: date, valid_years: int
) -> Holding:
    """The points of a person, or of a household. One query, one more if points lapse."""
    kinds = [AccountKind.OWN, AccountKind.DEBT]
    found = PointAccount.objects.filter(kind__in=kinds, resident=resident, household=household)
    by = {one.kind: one for one in found}
    own, debt = by.get(AccountKind.OWN), by.get(AccountKind.DEBT)
    if own is None:
        return Holding(None, 0, 0, 0)
    lapsing = 0
    if valid_years and own.balance:
        since = date(on.year - valid_years, 12, 31)
        lapsing = max(own.balance - earned_since(own, since), 0)
    return Holding(own, own.balance, -debt.balance if debt else 0, lapsing)


def earned_since(account: PointAccount, day: date) -> int:
    """What came in after a day and was not taken back: it was earned later than what lapses. One query."""
    came = PointEntry.objects.filter(
        account=account, points__gt=0, transaction__on__gt=day, transaction__reversed_by__isnull=True
    )
    return came.aggregate(total=Coalesce(Sum("points"), 0))["total"]


def pool_of(resident: Resident, pool: str) -> Household | None:
    """The household whose pool a person's points go to; None for his own."""
    return resident.household if pool == PointsPool.HOUSEHOLD and resident.household_id else None


@dataclass(frozen=True)
class Movement:
    """A line of a statement, with no more of the occasion than the whole household may read."""

    entry: PointEntry
    label: str
    name: str


@dataclass(frozen=True)
class Statement:
    """One month of an account: what it began with, what moved, what it ended with."""

    first: date
    last: date
    before: int
    lines: tuple[Movement, ...]
    after: int

    @property
    def came(self) -> int:
        return sum(one.entry.points for one in self.lines if one.entry.points > 0)

    @property
    def went(self) -> int:
        return sum(one.entry.points for one in self.lines if one.entry.points < 0)


def statement(account: PointAccount, month: date) -> Statement:
    """The month of a day. Two queries."""
    first, after = period_of(PointPeriod.MONTH, month)
    entries = PointEntry.objects.filter(account=account)
    before = entries.filter(transaction__on__lt=first).aggregate(total=Coalesce(Sum("points"), 0))["total"]
    own = entries.filter(transaction__on__gte=first, transaction__on__lt=after)
    rows = own.select_related("transaction__resident").defer(
        "transaction__resident__id_number", "transaction__resident__phone"
    )
    lines = tuple(_movement(one) for one in rows.order_by("transaction__on", "pk"))
    total = before + sum(one.entry.points for one in lines)
    return Statement(first, after - timedelta(days=1), before, lines, total)


def _movement(entry: PointEntry) -> Movement:
    told = entry.transaction
    note = UNNAMED if told.is_restricted else told.note
    label = str(told.get_kind_display())
    name = told.resident.masked_name if told.resident else ""
    return Movement(entry, f"{label}：{note}" if note else label, name)


def redemptions_of(account: PointAccount) -> list[PointRedemption]:
    """What the account was spent on, the latest first. One query."""
    found = account.redemptions.select_related("institution", "redeemed_by", "resident")
    return list(found.defer("resident__id_number", "resident__phone").order_by("-pk")[:30])


# --- the desk ---------------------------------------------------------------------------------------------------


def goods_for(goods: QuerySet[PointGoods], *, balance: int | None = None) -> list[PointGoods]:
    """What is on offer, the cheapest first; ``balance``: only what it can pay. One query."""
    found = goods.on_offer().select_related("institution").order_by("points", "name")  # type: ignore[attr-defined]
    if balance is not None:
        found = found.filter(Q(stock__isnull=True) | Q(stock__gt=0), points__lte=balance)
    return list(found)


def redemption_page(redemptions: QuerySet[PointRedemption], after: str) -> Page:
    """What the desk gave out, the latest first. One query."""
    found = redemptions.select_related("resident", "institution", "redeemed_by", "account")
    found = found.defer("resident__id_number", "resident__phone")
    return dated_page(found, "redeemed_on", after, PAGE_SIZE, newest_first=True)


def rule_history(code: str) -> list[PointRule]:
    """All versions of a rule, the latest first. One query."""
    return list(PointRule.objects.filter(code=code).select_related("created_by").order_by("-in_force_from", "-id"))  # fmt: skip


def account_page(accounts: QuerySet[PointAccount], after: str) -> Page:
    """Accounts with points in them. One query."""
    held = accounts.own().filter(balance__gt=0).select_related("resident", "household")  # type: ignore[attr-defined]
    head = Resident.objects.filter(
        household=OuterRef("household"), relation=Relation.HEAD, life_status=LifeStatus.PRESENT
    )
    named = held.annotate(head_name=Subquery(head.values("name")[:1]))
    return keyset_page(named.defer("resident__id_number", "resident__phone"), after, PAGE_SIZE)


# --- ranking ----------------------------------------------------------------------------------------------------

_RANKING = """
    WITH sums AS (
        SELECT unit.key, account.id, sum(entry.points)::int AS points, coalesce(person.name, head.name, '') AS name,
            account.household_id IS NOT NULL AS is_home
        FROM unnest(%(keys)s::int[], %(teams)s::bigint[]) AS unit (key, team)
        JOIN care_pointtransaction AS told ON told.team_id = unit.team
        JOIN care_pointentry AS entry ON entry.transaction_id = told.id
        JOIN care_pointaccount AS account ON account.id = entry.account_id AND account.kind = 'own'
        LEFT JOIN residents_resident AS person ON person.id = account.resident_id
        LEFT JOIN residents_resident AS head ON head.household_id = account.household_id
            AND head.relation = %(head)s AND head.life_status = 'present'
        LEFT JOIN care_pointtransaction AS back ON back.reverses_id = told.id
        WHERE told.kind = 'earn' AND told."on" >= %(first)s AND told."on" < %(after)s
            AND back.id IS NULL AND account.is_ranked
            AND (person.life_status = 'present' OR head.id IS NOT NULL)
        GROUP BY unit.key, account.id, person.name, head.name
    ), ranked AS (
        SELECT key, id, points, name, is_home, row_number() OVER (PARTITION BY key ORDER BY points DESC, id) AS at
        FROM sums
    )
    SELECT key, points, name, is_home FROM ranked WHERE at <= %(most)s ORDER BY key, at
"""
_MOST_PLACES = 100


@dataclass(frozen=True)
class Place:
    """A place of the ranking; equal points share a place. ``name`` is masked."""

    place: int
    name: str
    points: int


@dataclass(frozen=True)
class Ranking:
    """``is_hidden``: fewer took part than may be shown without telling who they are."""

    places: tuple[Place, ...]
    is_hidden: bool


def ranking(team: int, month: date, *, least: int) -> Ranking:
    """Who earned most by a team's services in a month, of those who agreed to stand in it. One query.

    Who has died or moved away since is named no more, nor is a household without a head: the ranking is public.
    """
    return rankings([(team,)], month, least=least)[0]


def rankings(groups: Sequence[Collection[int]], month: date, *, least: int) -> list[Ranking]:
    """The same for many groups of teams, in their order. One query, however many there are."""
    first, after = period_of(PointPeriod.MONTH, month)
    pairs = [(key, team) for key, teams in enumerate(groups) for team in teams]
    given = {"first": first, "after": after, "head": Relation.HEAD, "most": max(_MOST_PLACES, least)}
    given |= {"keys": [key for key, _ in pairs], "teams": [team for _, team in pairs]}
    found: list[list[tuple[int, str, bool]]] = [[] for _ in groups]
    for key, points, name, is_home in rows_of(_RANKING, given):
        found[key].append((points, name, is_home))
    return [_ranking(rows, least) for rows in found]


def _ranking(rows: list[tuple[int, str, bool]], least: int) -> Ranking:
    if len(rows) < least:
        return Ranking((), is_hidden=True)
    higher = [points for points, _, _ in rows]
    return Ranking(
        tuple(
            Place(higher.index(points) + 1, mask_name(name) + ("家" if is_home else ""), points)
            for points, name, is_home in rows
        ),
        is_hidden=False,
    )


def totals() -> dict[str, int]:
    """Account kind -> sum of its entries, for the check of the books. One query."""
    rows = PointEntry.objects.values(kind=F("account__kind")).annotate(total=Sum("points"))
    return {one["kind"]: one["total"] for one in rows.order_by("kind")}
