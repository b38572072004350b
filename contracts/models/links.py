"""The resident's own part: the link on his paper, codes, his confirmation, his dispute."""

import pgtrigger
from django.db import models
from django.db.models import Q

from contracts import querysets
from contracts.choices import ConfirmWay, RequestState
from contracts.models.agreements import Agreement
from teams.models import User


class ResidentLink(models.Model):
    """The link behind the QR code of one paper: opens nothing without a second factor, locks after wrong tries.

    There is one at a time for an agreement, the same on every copy, until it is revoked. Only the keyed digest of its
    secret is kept.

    Attributes:
        tries: wrong answers since the last right one.
    """

    agreement = models.ForeignKey(Agreement, models.PROTECT, related_name="links")
    digest = models.CharField(max_length=64, unique=True)
    tries = models.PositiveSmallIntegerField("连续输错次数", default=0)
    locked_until = models.DateTimeField("锁定至", null=True)
    expires_at = models.DateTimeField("失效时间", null=True)
    revoked_at = models.DateTimeField("停用时间", null=True)
    revoked_by = models.ForeignKey(User, models.PROTECT, verbose_name="停用人", null=True, db_index=False)
    created_at = models.DateTimeField("生成时间", auto_now_add=True)

    objects = querysets.OfAgreementQuerySet.as_manager()

    class Meta:
        verbose_name = verbose_name_plural = "居民链接"
        constraints = [
            models.UniqueConstraint(
                fields=["agreement"], condition=Q(revoked_at__isnull=True), name="one_link_per_agreement"
            )
        ]

    def __str__(self) -> str:
        return f"{self.agreement_id}"


class OneTimeCode(models.Model):
    """A code sent to the resident's phone to confirm a signing; only its keyed digest is kept."""

    agreement = models.ForeignKey(Agreement, models.PROTECT, related_name="codes")
    phone_index = models.UUIDField()
    digest = models.CharField(max_length=64)
    tries = models.PositiveSmallIntegerField("输错次数", default=0)
    sent_by = models.ForeignKey(User, models.PROTECT, verbose_name="发送人", null=True, db_index=False)
    sent_at = models.DateTimeField("发送时间", auto_now_add=True)
    expires_at = models.DateTimeField("失效时间")
    used_at = models.DateTimeField("使用时间", null=True)

    objects = querysets.OfAgreementQuerySet.as_manager()

    class Meta:
        verbose_name = verbose_name_plural = "验证码"

    def __str__(self) -> str:
        return f"{self.agreement_id} {self.sent_at:%F %T}"


class Confirmation(models.Model):
    """The resident's own word that he signed (P2)."""

    agreement = models.ForeignKey(Agreement, models.PROTECT, related_name="confirmations")
    way = models.CharField("方式", max_length=10, choices=ConfirmWay)
    confirmed_at = models.DateTimeField("确认时间", auto_now_add=True)
    recorded_by = models.ForeignKey(User, models.PROTECT, verbose_name="经办人", null=True, db_index=False)
    ip = models.GenericIPAddressField("IP 地址", null=True)

    objects = querysets.OfAgreementQuerySet.as_manager()

    class Meta:
        verbose_name = verbose_name_plural = "居民确认"
        constraints = [models.UniqueConstraint(fields=["agreement", "way"], name="confirmed_once_per_way")]
        triggers = [
            pgtrigger.Protect(name="confirmation_append_only", operation=pgtrigger.Update | pgtrigger.Delete)
        ]

    def __str__(self) -> str:
        return f"{self.get_way_display()} {self.confirmed_at:%F}"


class Dispute(models.Model):
    """A resident says that he did not sign this, or not like this."""

    agreement = models.ForeignKey(Agreement, models.PROTECT, verbose_name="协议", related_name="disputes")
    text = models.CharField("居民说明", max_length=500)
    raised_at = models.DateTimeField("提出时间", auto_now_add=True)
    state = models.CharField("状态", max_length=10, choices=RequestState, default=RequestState.OPEN)
    answer = models.CharField("答复", max_length=500, blank=True)
    answered_by = models.ForeignKey(User, models.PROTECT, verbose_name="答复人", null=True, db_index=False)
    answered_at = models.DateTimeField("答复时间", null=True)

    objects = querysets.OfAgreementQuerySet.as_manager()

    class Meta:
        verbose_name = verbose_name_plural = "居民异议"
        constraints = [
            models.UniqueConstraint(
                fields=["agreement"],
                condition=Q(state=RequestState.OPEN),
                name="one_open_dispute_per_agreement",
                violation_error_message="已经收到您的异议，正在核实。",
            )
        ]
        indexes = [models.Index(fields=["-raised_at", "-id"], name="dispute_raised")]

    def __str__(self) -> str:
        return f"{self.agreement_id} {self.get_state_display()}"
