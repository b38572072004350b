"""Entries that may be one person, and merges that can be undone."""

from django.db import models
from django.db.models import F, Q

from core.fields import SealedTextField
from residents import querysets
from residents.choices import DuplicateState
from residents.models.people import Resident
from teams.models import User


class DuplicatePair(models.Model):
    """Two entries that may be one person; a person decides, never the system.

    Attributes:
        first, second: in the order of their ids, so that a pair stands once.
        score: 0 to 100, higher is likelier.
        reasons: codes of ``rules.duplicates`` that spoke for it.
        facts: fingerprint of what was compared; while it is the same, the pair is not scored again.
    """

    first = models.ForeignKey(
        Resident, models.PROTECT, verbose_name="居民甲", related_name="+", db_index=False
    )
    second = models.ForeignKey(Resident, models.PROTECT, verbose_name="居民乙", related_name="+")
    score = models.PositiveSmallIntegerField("相似度")
    reasons = models.JSONField("依据", default=list)
    state = models.CharField("状态", max_length=10, choices=DuplicateState, default=DuplicateState.OPEN)
    facts = models.UUIDField(null=True, editable=False)
    found_on = models.DateField("发现日期")
    decided_by = models.ForeignKey(
        User, models.PROTECT, verbose_name="核实人", null=True, related_name="+", db_index=False
    )
    decided_at = models.DateTimeField("核实时间", null=True)
    note = models.CharField("核实说明", max_length=200, blank=True)

    objects = querysets.DuplicatePairQuerySet.as_manager()

    class Meta:
        verbose_name = verbose_name_plural = "疑似重复"
        constraints = [
            models.UniqueConstraint(
                fields=["first", "second"],
                name="duplicate_pair_once",
                violation_error_message="这两人已在核实清单中。",
            ),
            models.CheckConstraint(
                name="duplicate_pair_ordered",
                condition=Q(first__lt=F("second")),
                violation_error_message="同一个居民不能与自己重复。",
            ),
        ]
        indexes = [
            models.Index(fields=["-score", "id"], name="duplicate_open", condition=Q(state="open")),
        ]

    def __str__(self) -> str:
        return f"{self.first_id}/{self.second_id}"


class ResidentMerge(models.Model):
    """One entry was merged into another; everything needed to take them apart again.

    Attributes:
        snapshot: sealed JSON of both entries as they were.
        moved: which rows of which model were given to the kept entry: {"app.Model.field": [ids]}.
    """

    kept = models.ForeignKey(Resident, models.PROTECT, verbose_name="保留的居民", related_name="merges")
    dropped = models.ForeignKey(Resident, models.PROTECT, verbose_name="并入的居民", related_name="merged_by")
    reason = models.CharField("合并理由", max_length=200)
    snapshot = SealedTextField(purpose="resident.merge")
    moved = models.JSONField(default=dict)
    merged_by = models.ForeignKey(
        User, models.PROTECT, verbose_name="合并人", related_name="+", db_index=False
    )
    merged_at = models.DateTimeField("合并时间", auto_now_add=True)
    undone_by = models.ForeignKey(
        User, models.PROTECT, verbose_name="撤销人", null=True, related_name="+", db_index=False
    )
    undone_at = models.DateTimeField("撤销时间", null=True)

    objects = querysets.ResidentMergeQuerySet.as_manager()

    class Meta:
        verbose_name = verbose_name_plural = "居民合并"
        constraints = [
            models.UniqueConstraint(
                fields=["dropped"],
                condition=Q(undone_at__isnull=True),
                name="one_standing_merge",
                violation_error_message="该居民已经合并。",
            ),
            models.CheckConstraint(
                name="merge_not_into_itself",
                condition=~Q(kept=F("dropped")),
                violation_error_message="不能把居民合并到自己。",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.dropped_id} → {self.kept_id}"
