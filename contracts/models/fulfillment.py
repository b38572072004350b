"""What was done of what was promised. Records of work write it; nobody ticks a promise off without one."""

from django.db import models
from django.db.models import Q

from contracts import querysets
from contracts.choices import ProofKind
from contracts.models.agreements import Agreement, Enrollment
from contracts.models.packages import ServiceItem
from teams.models import User


class Fulfillment(models.Model):
    """One service given to one person, or to the household, under an agreement (P1).

    Attributes:
        enrollment: whom; None for what the household as a whole was promised.
        key: names the record that proves it ("follow_up:12"), so that it counts once however often it is told.
        withdrawn_at: the record was withdrawn or corrected away; the row stays and counts no more.
    """

    agreement = models.ForeignKey(Agreement, models.PROTECT, related_name="fulfillments")
    enrollment = models.ForeignKey(
        Enrollment, models.PROTECT, verbose_name="签约人", null=True, blank=True, related_name="fulfillments"
    )
    item = models.ForeignKey(
        ServiceItem, models.PROTECT, verbose_name="服务项目", related_name="+", db_index=False
    )
    done_on = models.DateField("服务日期")
    proof = models.CharField("依据", max_length=15, choices=ProofKind)
    key = models.CharField("依据编号", max_length=60)
    note = models.CharField("说明", max_length=200, blank=True)
    recorded_by = models.ForeignKey(
        User, models.PROTECT, verbose_name="登记人", null=True, related_name="+", db_index=False
    )
    recorded_at = models.DateTimeField("登记时间", auto_now_add=True)
    withdrawn_at = models.DateTimeField("撤回时间", null=True)
    withdrawn_by = models.ForeignKey(
        User, models.PROTECT, verbose_name="撤回人", null=True, related_name="+", db_index=False
    )
    withdrawn_note = models.CharField("撤回原因", max_length=200, blank=True, default="", db_default="")

    objects = querysets.FulfillmentQuerySet.as_manager()

    class Meta:
        verbose_name = verbose_name_plural = "履约记录"
        constraints = [
            models.UniqueConstraint(
                fields=["agreement", "enrollment", "item", "key"],
                condition=Q(withdrawn_at__isnull=True),
                nulls_distinct=False,
                name="fulfilled_once_per_record",
                violation_error_message="这条记录已经计入履约。",
            )
        ]
        indexes = [
            models.Index(fields=["key"], name="fulfillment_key", condition=Q(withdrawn_at__isnull=True))
        ]

    def __str__(self) -> str:
        return f"{self.agreement_id}/{self.item_id} {self.done_on}"
