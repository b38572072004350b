"""Persons sent to a higher level and back, between institutions of four levels (S2-21, S4-4)."""

import pgtrigger
from django.contrib.postgres.fields import ArrayField
from django.db import models
from django.db.models import F, Q

from care import querysets
from care.choices import (
    OPEN_REFERRALS,
    Program,
    ReferralDirection,
    ReferralLevel,
    ReferralOutcome,
    ReferralReason,
    ReferralState,
    ReturnReason,
    Urgency,
)
from care.models.records import ServiceRecord
from contracts.models import Enrollment
from residents.models import Resident
from teams.models import Department, Institution, Team, User


class Referral(models.Model):
    """One person on his way between two institutions. The home team is ``team``, whichever the direction.

    Attributes:
        from_level, to_level: as they were on the day of sending; counts of former years stay what they were (S4-4).
        record: the visit whose verdict asked for it.
        enrollment: under which promise; None for somebody who is not signed.
        reply_by: until when the receiving side has to answer: the hospital (up), the team (down).
        appointment_on: the day the hospital gave.
        findings: what the hospital found; plan: what goes on at home (接续).
        outcome: what the home team found out when it closed the referral.
    """

    number = models.CharField("转诊单号", max_length=30, unique=True)
    resident = models.ForeignKey(Resident, models.PROTECT, verbose_name="居民", related_name="referrals")
    direction = models.CharField("方向", max_length=4, choices=ReferralDirection)
    state = models.CharField("状态", max_length=12, choices=ReferralState)
    team = models.ForeignKey(Team, models.PROTECT, verbose_name="家庭医生团队", related_name="referrals")
    enrollment = models.ForeignKey(
        Enrollment, models.PROTECT, verbose_name="签约人", null=True, related_name="+", db_index=False
    )
    program = models.CharField("项目", max_length=20, choices=Program, default=Program.CONTRACT)
    is_restricted = models.BooleanField("受限", default=False)
    from_institution = models.ForeignKey(
        Institution, models.PROTECT, verbose_name="转出机构", related_name="referrals_out"
    )
    from_level = models.PositiveSmallIntegerField("转出层级", choices=ReferralLevel)
    to_institution = models.ForeignKey(
        Institution, models.PROTECT, verbose_name="转入机构", related_name="referrals_in"
    )
    to_level = models.PositiveSmallIntegerField("转入层级", choices=ReferralLevel)
    department = models.ForeignKey(
        Department,
        models.PROTECT,
        verbose_name="科室",
        null=True,
        blank=True,
        related_name="+",
        db_index=False,
    )
    reasons = ArrayField(models.CharField(max_length=20, choices=ReferralReason), verbose_name="转诊原因")
    summary = models.CharField("病情摘要", max_length=500)
    urgency = models.PositiveSmallIntegerField("紧急程度", choices=Urgency, default=Urgency.ROUTINE)
    record = models.ForeignKey(
        ServiceRecord, models.PROTECT, verbose_name="服务记录", null=True, related_name="referrals"
    )
    sent_on = models.DateField("转诊日期")
    sent_at = models.DateTimeField("转诊时间")
    sent_by = models.ForeignKey(User, models.PROTECT, verbose_name="转诊人", related_name="+", db_index=False)
    client_token = models.UUIDField("表单标识", unique=True, editable=False)
    reply_by = models.DateTimeField("答复期限")
    appointment_on = models.DateField("预约就诊日期", null=True, blank=True)
    return_reason = models.CharField("退回原因", max_length=20, choices=ReturnReason, blank=True)
    seen_on = models.DateField("就诊日期", null=True, blank=True)
    findings = models.CharField("就诊情况", max_length=1000, blank=True)
    plan = models.CharField("接续要求", max_length=1000, blank=True)
    outcome = models.CharField("办结情况", max_length=10, choices=ReferralOutcome, blank=True)
    closed_on = models.DateField("办结日期", null=True)

    objects = querysets.ReferralQuerySet.as_manager()

    class Meta:
        verbose_name = verbose_name_plural = "双向转诊"
        constraints = [
            models.CheckConstraint(
                name="referral_between_levels",
                condition=Q(direction=ReferralDirection.UP, to_level__gt=F("from_level"))
                | Q(direction=ReferralDirection.DOWN, to_level__lt=F("from_level")),
                violation_error_message="上转须转到上一级机构，下转须转到下一级机构。",
            ),
            models.CheckConstraint(
                name="referral_returned_with_reason",
                condition=~Q(state=ReferralState.RETURNED) | ~Q(return_reason=""),
                violation_error_message="退回转诊须写明原因。",
            ),
            models.CheckConstraint(
                name="referral_seen_with_findings",
                condition=~Q(state=ReferralState.SEEN) | Q(seen_on__isnull=False) & ~Q(findings=""),
                violation_error_message="已就诊的转诊须写明就诊日期和情况。",
            ),
            models.CheckConstraint(
                name="referral_closed_with_outcome",
                condition=~Q(state=ReferralState.CLOSED) | Q(closed_on__isnull=False) & ~Q(outcome=""),
                violation_error_message="办结的转诊须写明情况和日期。",
            ),
        ]
        indexes = [
            models.Index(fields=["team", "-sent_on", "-id"], name="referral_team"),
            models.Index(fields=["to_institution", "-sent_on", "-id"], name="referral_to"),
            models.Index(fields=["from_institution", "-sent_on", "-id"], name="referral_from"),
            models.Index(fields=["sent_on"], name="referral_sent"),
            models.Index(
                fields=["reply_by"], name="referral_clock", condition=Q(state__in=["sent", "handed_down"])
            ),
            models.Index(fields=["resident"], name="referral_open", condition=Q(state__in=OPEN_REFERRALS)),
        ]

    def __str__(self) -> str:
        return self.number

    @property
    def key(self) -> str:
        """What fulfilments and tasks know it by."""
        return f"referral:{self.pk}"

    @property
    def reason_words(self) -> str:
        return "、".join(str(ReferralReason(one).label) for one in self.reasons)


class ReferralEvent(models.Model):
    """Who did what to a referral, when and why. Append-only."""

    referral = models.ForeignKey(Referral, models.PROTECT, related_name="events")
    state = models.CharField("事项", max_length=12, choices=ReferralState)
    on = models.DateField("日期")
    at = models.DateTimeField("时间")
    by = models.ForeignKey(User, models.PROTECT, verbose_name="经办人", related_name="+", db_index=False)
    note = models.CharField("说明", max_length=1000, blank=True)

    objects = querysets.ReferralEventQuerySet.as_manager()

    class Meta:
        verbose_name = verbose_name_plural = "转诊经过"
        triggers = [
            pgtrigger.Protect(
                name="referral_event_append_only", operation=pgtrigger.Update | pgtrigger.Delete
            )
        ]

    def __str__(self) -> str:
        return f"{self.get_state_display()} {self.on}"
