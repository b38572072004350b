"""Risk tiers: versioned decision tables, and the tier of a person."""

import pgtrigger
from django.db import models
from django.db.models import Q

from core.history import by_moment, keep_history
from core.periods import Period, ends_after_start
from residents import querysets
from residents.choices import RiskColor, RiskKind
from residents.models.people import Resident
from teams.models import User


class RiskScheme(models.Model):
    """One version of a decision table (3.10). Rows are added, never changed.

    Attributes:
        table: inputs, decision rows in order, score fallback; its shape is in ``rules.risk``.
    """

    kind = models.CharField("分级方案", max_length=20, choices=RiskKind)
    version = models.PositiveSmallIntegerField("版本")
    in_force_from = models.DateField("生效日期")
    source = models.CharField("依据", max_length=200)
    table = models.JSONField("判定表")
    created_at = models.DateTimeField("登记时间", auto_now_add=True)
    created_by = models.ForeignKey(
        User, models.PROTECT, verbose_name="登记人", null=True, related_name="+", db_index=False
    )

    class Meta:
        verbose_name = verbose_name_plural = "风险分级方案"
        constraints = [
            models.UniqueConstraint(
                fields=["kind", "version"],
                name="risk_scheme_version",
                violation_error_message="该版本已存在。",
            )
        ]
        triggers = [
            pgtrigger.Protect(name="risk_scheme_append_only", operation=pgtrigger.Update | pgtrigger.Delete)
        ]

    def __str__(self) -> str:
        return f"{self.get_kind_display()}（第{self.version}版）"


@keep_history(by_time="risk_tier_history_at")
class RiskTier(Period):
    """The tier of a person from a day on, with what it was judged from."""

    resident = models.ForeignKey(
        Resident, models.PROTECT, verbose_name="居民", related_name="risk_tiers", db_index=False
    )
    kind = models.CharField("分级方案", max_length=20, choices=RiskKind)
    scheme = models.ForeignKey(RiskScheme, models.PROTECT, verbose_name="判定版本", db_index=False)
    color = models.CharField("分级", max_length=10, choices=RiskColor)
    inputs = models.JSONField("判定依据", default=dict)
    explained = models.CharField("判定过程", max_length=200, help_text="命中的判定行，或得分。")
    assessed_by = models.ForeignKey(
        User, models.PROTECT, verbose_name="评估人", null=True, related_name="+", db_index=False
    )
    assessed_at = models.DateTimeField("评估时间", auto_now_add=True)

    objects = querysets.RiskTierQuerySet.as_manager()

    class Meta:
        verbose_name = verbose_name_plural = "风险分级"
        constraints = [
            ends_after_start("risk_tier_ends_after_start"),
            models.UniqueConstraint(
                fields=["resident", "kind"],
                condition=Q(ends_on__isnull=True),
                name="one_running_tier_per_kind",
                violation_error_message="该居民已有此项分级。",
            ),
        ]
        indexes = [
            models.Index(fields=["resident", "kind", "-starts_on"], name="risk_tier_resident"),
            by_moment("assessed_at", "risk_tier_assessed"),
            models.Index(
                fields=["kind", "color", "resident"],
                name="risk_tier_running",
                condition=Q(ends_on__isnull=True),
            ),
        ]

    def __str__(self) -> str:
        return self.get_color_display()
