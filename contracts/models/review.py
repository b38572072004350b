"""Signings that are worth a second look."""

from django.db import models
from django.db.models import Q

from contracts import querysets
from contracts.choices import ReviewKind, ReviewState
from contracts.models.agreements import Agreement
from teams.models import User


class ReviewFlag(models.Model):
    """A reason to look at an agreement again, with what speaks for it; what became of it is a person's word (P2).

    Attributes:
        key: what the finding rests on (a fingerprint, a day, a phone's index), so that it is found once.
        facts: figures of the finding without personal data, as JSON.
    """

    agreement = models.ForeignKey(Agreement, models.PROTECT, verbose_name="协议", related_name="review_flags")
    kind = models.CharField("线索", max_length=15, choices=ReviewKind)
    key = models.CharField(max_length=80)
    facts = models.JSONField("事实", default=dict)
    found_on = models.DateField("发现日期")
    state = models.CharField("状态", max_length=10, choices=ReviewState, default=ReviewState.OPEN)
    note = models.CharField("核查说明", max_length=200, blank=True)
    reviewed_by = models.ForeignKey(User, models.PROTECT, verbose_name="核查人", null=True, db_index=False)
    reviewed_at = models.DateTimeField("核查时间", null=True)

    objects = querysets.OfAgreementQuerySet.as_manager()

    class Meta:
        verbose_name = verbose_name_plural = "签约核查线索"
        constraints = [
            models.UniqueConstraint(
                fields=["agreement", "kind", "key"],
                name="review_flag_once",
                violation_error_message="该线索已经登记。",
            )
        ]
        indexes = [
            models.Index(fields=["-found_on", "-id"], name="review_flag_open", condition=Q(state="open"))
        ]

    def __str__(self) -> str:
        return self.get_kind_display()
