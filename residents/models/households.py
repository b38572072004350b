"""Households: who lives together, who is the health steward, and what happened to the household."""

import pgtrigger
from django.db import models
from django.db.models import F, Q

from core.history import keep_history
from grids.models import Dwelling, Grid
from residents import querysets
from teams.models import User


@keep_history()
class Household(models.Model):
    """Persons who live together, apart from the dwelling: one door may hold several households.

    The head is the member whose relation is 户主; one at most, by constraint.
    """

    number = models.CharField(
        "家庭编号", max_length=18, unique=True, help_text="村居 12 位代码 + F + 5 位序号。"
    )
    grid = models.ForeignKey(
        Grid, models.PROTECT, verbose_name="网格", related_name="households", db_index=False
    )
    dwelling = models.ForeignKey(
        Dwelling, models.PROTECT, verbose_name="住房", null=True, blank=True, related_name="households"
    )
    address = models.CharField("家庭住址", max_length=200, blank=True)
    roster_key = models.CharField(
        "花名册户键",
        max_length=120,
        blank=True,
        default="",
        db_default="",
        editable=False,
        help_text="花名册里认出这一户的依据（户号或户主），补传的行据此归到原来的家庭。",
    )
    steward = models.ForeignKey(
        "residents.Resident",
        models.PROTECT,
        verbose_name="家庭健康掌门人",
        null=True,
        blank=True,
        related_name="stewarded",
        help_text="负责全家健康的成员（S0-13）。",
    )
    merged_into = models.ForeignKey(
        "self",
        models.PROTECT,
        verbose_name="并入家庭",
        null=True,
        blank=True,
        editable=False,
        related_name="merged",
    )
    registered_on = models.DateField("建档日期")
    closed_on = models.DateField("销户日期", null=True, blank=True)

    objects = querysets.HouseholdQuerySet.as_manager()

    class Meta:
        verbose_name = verbose_name_plural = "家庭"
        constraints = [
            models.CheckConstraint(
                name="merged_household_closed",
                condition=Q(merged_into__isnull=True)
                | (Q(closed_on__isnull=False) & ~Q(merged_into=F("id"))),
                violation_error_message="并入其他家庭的家庭须已销户，且不能并入自己。",
            )
        ]
        indexes = [models.Index(fields=["grid", "id"], name="household_grid_id")]

    def __str__(self) -> str:
        return self.number


class HouseholdEvent(models.Model):
    """What happened to a household, by whom and why."""

    class Kind(models.TextChoices):
        FOUNDED = "founded", "建户"
        JOINED = "joined", "成员迁入"
        LEFT = "left", "成员离开"
        HEAD_CHANGED = "head_changed", "变更户主"
        SPLIT = "split", "分户"
        MERGED = "merged", "并户"
        CHANGED = "changed", "修改"
        STEWARD_CHANGED = "steward_changed", "变更掌门人"
        STEWARD_TRAINED = "steward_trained", "掌门人培训"
        CLOSED = "closed", "销户"
        REOPENED = "reopened", "恢复"

    household = models.ForeignKey(Household, models.PROTECT, related_name="events", db_index=False)
    kind = models.CharField("事项", max_length=20, choices=Kind)
    note = models.CharField("说明", max_length=500, blank=True)
    at = models.DateTimeField("时间", auto_now_add=True)
    by = models.ForeignKey(User, models.PROTECT, verbose_name="经办人", null=True, db_index=False)

    objects = querysets.OfHouseholdQuerySet.as_manager()

    class Meta:
        verbose_name = verbose_name_plural = "家庭事项"
        indexes = [models.Index(fields=["household", "-at"], name="household_event_at")]
        triggers = [
            pgtrigger.Protect(
                name="household_event_append_only", operation=pgtrigger.Update | pgtrigger.Delete
            )
        ]

    def __str__(self) -> str:
        return f"{self.get_kind_display()} {self.at:%F}"


class StewardTraining(models.Model):
    """One training of a household health steward (S0-13)."""

    household = models.ForeignKey(Household, models.PROTECT, verbose_name="家庭", related_name="trainings")
    steward = models.ForeignKey(
        "residents.Resident", models.PROTECT, verbose_name="掌门人", related_name="steward_trainings"
    )
    trained_on = models.DateField("培训日期")
    topic = models.CharField("培训内容", max_length=100)
    recorded_by = models.ForeignKey(User, models.PROTECT, verbose_name="登记人", db_index=False)
    recorded_at = models.DateTimeField("登记时间", auto_now_add=True)

    objects = querysets.OfHouseholdQuerySet.as_manager()

    class Meta:
        verbose_name = verbose_name_plural = "掌门人培训"

    def __str__(self) -> str:
        return f"{self.topic} {self.trained_on}"
