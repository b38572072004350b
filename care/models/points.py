"""Health points as a double-entry ledger (S4-16, P14): what earns them, whose they are, what they are spent on.

Every movement is one transaction whose entries sum to zero. Balances are kept by the database from the entries, so
that no code can write one without the other, and a balance below zero is refused there.
"""

import pgtrigger
from django.contrib.postgres.fields import ArrayField
from django.db import models
from django.db.models import Q

from care import querysets
from care.choices import (
    AccountKind,
    GoodsKind,
    PointKind,
    PointPeriod,
    RedemptionState,
    ServiceMode,
)
from core.history import keep_history
from residents.models import Household, Resident
from teams.models import Institution, Team, User

HOLDERS = [AccountKind.OWN, AccountKind.DEBT]


class PointRule(models.Model):
    """What one kind of record earns from a day on. Rows are added, never changed: a new number is a new row.

    Attributes:
        code: the rule that a row is a version of; the latest begun row of a code is in force.
        form: code of the record form. verdicts, modes: of the visit; empty for any.
        on_time_only: only a record that closed a task in time.
        points: of one record; 0 ends the rule from its first day on.
        times: how often within ``period`` one person earns by it at most.
    """

    code = models.SlugField("规则编码", max_length=40)
    name = models.CharField("名称", max_length=60)
    form = models.CharField("表单", max_length=30)
    verdicts = ArrayField(
        models.CharField(max_length=30), verbose_name="限本次分类", default=list, blank=True
    )
    modes = ArrayField(
        models.CharField(max_length=10, choices=ServiceMode),
        verbose_name="限服务方式",
        default=list,
        blank=True,
    )
    on_time_only = models.BooleanField("须按时完成", default=False)
    points = models.PositiveSmallIntegerField("积分", help_text="填 0 表示自生效日期起不再给分。")
    period = models.CharField("计次周期", max_length=8, choices=PointPeriod, default=PointPeriod.NONE)
    times = models.PositiveSmallIntegerField("周期内最多次数", default=0, help_text="不限次数填 0。")
    source = models.CharField("依据", max_length=200)
    in_force_from = models.DateField("生效日期")
    created_at = models.DateTimeField("登记时间", auto_now_add=True)
    created_by = models.ForeignKey(
        User,
        models.PROTECT,
        verbose_name="登记人",
        null=True,
        related_name="+",
        db_index=False,
        editable=False,
    )

    class Meta:
        verbose_name = verbose_name_plural = "积分规则"
        constraints = [
            models.CheckConstraint(
                name="point_rule_cap",
                condition=Q(period=PointPeriod.NONE, times=0) | ~Q(period=PointPeriod.NONE) & Q(times__gt=0),
                violation_error_message="选了计次周期须填最多次数；不限次数的填 0。",
            )
        ]
        indexes = [models.Index(fields=["code", "-in_force_from", "-id"], name="point_rule_version")]
        triggers = [
            pgtrigger.Protect(name="point_rule_append_only", operation=pgtrigger.Update | pgtrigger.Delete)
        ]

    def __str__(self) -> str:
        return f"{self.name}（{self.in_force_from} 起）"


class PointAccount(models.Model):
    """Points of a person or a household, what they owe, or one of the district's own accounts.

    Attributes:
        balance: sum of the entries, kept by trigger; of holders' accounts only (the district's are sums when asked,
            so that nobody waits for a row that everybody writes).
        is_ranked: the holder agreed to stand in the ranking, under a masked name.
    """

    merges_by_itself = True  # care.actions.point_merging adds up what two entries of one person have

    kind = models.CharField("类别", max_length=10, choices=AccountKind)
    resident = models.ForeignKey(
        Resident, models.PROTECT, verbose_name="居民", null=True, related_name="point_accounts"
    )
    household = models.ForeignKey(
        Household, models.PROTECT, verbose_name="家庭", null=True, related_name="point_accounts"
    )
    balance = models.IntegerField("余额", default=0)
    is_ranked = models.BooleanField("同意参加排行", default=False)
    ranked_on = models.DateField("同意或退出日期", null=True)
    ranked_by = models.ForeignKey(
        User, models.PROTECT, verbose_name="排行登记人", null=True, related_name="+", db_index=False
    )
    opened_on = models.DateField("开户日期")

    objects = querysets.PointAccountQuerySet.as_manager()

    class Meta:
        verbose_name = verbose_name_plural = "积分账户"
        constraints = [
            models.UniqueConstraint(
                fields=["kind", "resident", "household"],
                nulls_distinct=False,
                name="one_point_account_per_holder",
                violation_error_message="积分账户已存在。",
            ),
            models.CheckConstraint(
                name="point_account_has_its_holder",
                condition=Q(kind__in=HOLDERS, resident__isnull=False, household__isnull=True)
                | Q(kind__in=HOLDERS, resident__isnull=True, household__isnull=False)
                | ~Q(kind__in=HOLDERS) & Q(resident__isnull=True, household__isnull=True),
                violation_error_message="积分账户属于一名居民或一个家庭。",
            ),
            models.CheckConstraint(
                name="points_never_below_zero",
                condition=~Q(kind=AccountKind.OWN) | Q(balance__gte=0),
                violation_error_message="积分不足，请减少数量或改换其他项目。",
            ),
            models.CheckConstraint(
                name="point_debt_never_above_zero",
                condition=~Q(kind=AccountKind.DEBT) | Q(balance__lte=0),
                violation_error_message="待扣回积分已扣完。",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.get_kind_display()} {self.pk}"


class PointTransaction(models.Model):
    """One occasion on which points moved.

    Attributes:
        key: names the occasion, so that it moves points once however often it is told: "record:12:htn_visit".
        source: the record, redemption or run behind it: "record:12".
        done_on: day of the service that earned them; caps count by it.
        team: whose service it was, for the ranking.
        reverses: the transaction that this one takes back; each is taken back once.
        is_restricted: of a record that only named roles may know; statements then say only that it was a service.
    """

    kind = models.CharField("类别", max_length=10, choices=PointKind)
    key = models.CharField("事由编号", max_length=80, unique=True)
    source = models.CharField("依据", max_length=40)
    on = models.DateField("记账日期")
    at = models.DateTimeField("记账时间")
    by = models.ForeignKey(
        User, models.PROTECT, verbose_name="经办人", null=True, related_name="+", db_index=False
    )
    resident = models.ForeignKey(
        Resident, models.PROTECT, verbose_name="居民", null=True, related_name="+", db_index=False
    )
    team = models.ForeignKey(
        Team, models.PROTECT, verbose_name="团队", null=True, related_name="+", db_index=False
    )
    rule = models.ForeignKey(
        PointRule, models.PROTECT, verbose_name="规则", null=True, related_name="+", db_index=False
    )
    done_on = models.DateField("服务日期", null=True)
    reverses = models.OneToOneField(
        "self", models.PROTECT, verbose_name="冲销", null=True, related_name="reversed_by"
    )
    is_restricted = models.BooleanField("受限", default=False)
    note = models.CharField("说明", max_length=100, blank=True)

    objects = querysets.PointTransactionQuerySet.as_manager()

    class Meta:
        verbose_name = verbose_name_plural = "积分记账"
        indexes = [
            models.Index(fields=["source"], name="point_source"),
            models.Index(fields=["resident", "rule", "done_on"], name="point_cap", condition=Q(kind="earn")),
            models.Index(fields=["team", "on"], name="point_team_month", condition=Q(kind="earn")),
        ]
        triggers = [
            pgtrigger.Protect(
                name="point_transaction_append_only", operation=pgtrigger.Update | pgtrigger.Delete
            )
        ]

    def __str__(self) -> str:
        return self.key


_BALANCED = """
    IF EXISTS (
        SELECT 1 FROM care_pointentry AS one
        WHERE one.transaction_id IN (SELECT transaction_id FROM added)
        GROUP BY one.transaction_id HAVING sum(one.points) <> 0
    ) THEN
        RAISE EXCEPTION 'entries of a point transaction do not sum to zero' USING ERRCODE = 'check_violation';
    END IF;
    UPDATE care_pointaccount AS account SET balance = account.balance + moved.points
    FROM (SELECT account_id, sum(points) AS points FROM added GROUP BY account_id) AS moved
    WHERE account.id = moved.account_id AND account.kind IN ('own', 'debt');
    RETURN NULL;
"""


class PointEntry(models.Model):
    """What one transaction adds to one account. All entries of a transaction are written by one statement, which the
    database refuses unless they sum to zero; by the same trigger the balances follow."""

    transaction = models.ForeignKey(PointTransaction, models.PROTECT, related_name="entries")
    account = models.ForeignKey(PointAccount, models.PROTECT, related_name="entries", db_index=False)
    points = models.IntegerField("积分")

    objects = querysets.PointEntryQuerySet.as_manager()

    class Meta:
        verbose_name = verbose_name_plural = "积分分录"
        constraints = [
            models.CheckConstraint(name="point_entry_moves", condition=~Q(points=0)),
            models.UniqueConstraint(fields=["transaction", "account"], name="one_point_entry_per_account"),
        ]
        indexes = [models.Index(fields=["account", "-id"], name="point_entry_account")]
        triggers = [
            pgtrigger.Protect(name="point_entry_append_only", operation=pgtrigger.Update | pgtrigger.Delete),
            pgtrigger.Trigger(
                name="point_entries_balance",
                level=pgtrigger.Statement,
                when=pgtrigger.After,
                operation=pgtrigger.Insert,
                referencing=pgtrigger.Referencing(new="added"),
                func=_BALANCED,
            ),
        ]

    def __str__(self) -> str:
        return f"{self.account_id} {self.points:+d}"


@keep_history(inserts=True)
class PointGoods(models.Model):
    """Something that points are redeemed for.

    Attributes:
        institution: where it is handed out; None for every institution of the district.
        stock: pieces left; None for a service that has no stock.
    """

    name = models.CharField("名称", max_length=60)
    kind = models.CharField("类别", max_length=10, choices=GoodsKind, default=GoodsKind.SERVICE)
    points = models.PositiveIntegerField("所需积分")
    institution = models.ForeignKey(
        Institution,
        models.PROTECT,
        verbose_name="兑换机构",
        null=True,
        blank=True,
        related_name="point_goods",
        help_text="留空表示全区各机构都可兑换。",
    )
    stock = models.IntegerField("库存", null=True, blank=True, help_text="服务类不填。")
    description = models.CharField("说明", max_length=200, blank=True)
    is_active = models.BooleanField("可兑换", default=True)

    objects = querysets.PointGoodsQuerySet.as_manager()

    class Meta:
        verbose_name = verbose_name_plural = "积分兑换目录"
        constraints = [
            models.UniqueConstraint(
                fields=["name", "institution"],
                nulls_distinct=False,
                name="point_goods_name_unique",
                violation_error_message="目录里已有同名项目。",
            ),
            models.CheckConstraint(
                name="point_goods_cost_something",
                condition=Q(points__gt=0),
                violation_error_message="所需积分须大于 0。",
            ),
            models.CheckConstraint(
                name="point_goods_stock_left",
                condition=Q(stock__isnull=True) | Q(stock__gte=0),
                violation_error_message="库存不足，请减少数量或改换其他项目。",
            ),
        ]

    def __str__(self) -> str:
        return self.name


class PointRedemption(models.Model):
    """Points given for goods or a service, with a receipt; cancelled, the points and the stock come back once.

    Attributes:
        name, unit_points: of the goods as they were that day.
        resident: who came for it.
    """

    number = models.CharField("凭证编号", max_length=30, unique=True)
    account = models.ForeignKey(PointAccount, models.PROTECT, verbose_name="账户", related_name="redemptions")
    resident = models.ForeignKey(Resident, models.PROTECT, verbose_name="兑换人", related_name="redemptions")
    goods = models.ForeignKey(PointGoods, models.PROTECT, verbose_name="项目", related_name="redemptions")
    name = models.CharField("名称", max_length=60)
    unit_points = models.PositiveIntegerField("单价（分）")
    quantity = models.PositiveSmallIntegerField("数量", default=1)
    institution = models.ForeignKey(
        Institution, models.PROTECT, verbose_name="兑换机构", related_name="+", db_index=False
    )
    state = models.CharField("状态", max_length=10, choices=RedemptionState, default=RedemptionState.DONE)
    redeemed_on = models.DateField("兑换日期")
    redeemed_by = models.ForeignKey(
        User, models.PROTECT, verbose_name="经办人", related_name="+", db_index=False
    )
    client_token = models.UUIDField("表单标识", unique=True, editable=False)
    cancelled_on = models.DateField("取消日期", null=True)
    cancelled_by = models.ForeignKey(
        User, models.PROTECT, verbose_name="取消人", null=True, related_name="+", db_index=False
    )
    cancelled_note = models.CharField("取消原因", max_length=200, blank=True)

    objects = querysets.PointRedemptionQuerySet.as_manager()

    class Meta:
        verbose_name = verbose_name_plural = "积分兑换"
        constraints = [
            models.CheckConstraint(name="redemption_of_something", condition=Q(quantity__gt=0)),
            models.CheckConstraint(
                name="redemption_cancelled_by_somebody",
                condition=Q(state=RedemptionState.DONE, cancelled_on__isnull=True)
                | Q(state=RedemptionState.CANCELLED, cancelled_on__isnull=False),
            ),
        ]
        indexes = [
            models.Index(fields=["institution", "-redeemed_on", "-id"], name="redemption_place"),
            models.Index(fields=["account", "-id"], name="redemption_account"),
        ]

    def __str__(self) -> str:
        return self.number

    @property
    def points(self) -> int:
        return self.unit_points * self.quantity
