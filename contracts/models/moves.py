"""Between teams and doctors: transfers, refusals, requests for another doctor, and operations on many agreements."""

from django.db import models
from django.db.models import F, Q

from contracts import querysets
from contracts.choices import MassKind, MassState, RefusalReason, RequestState
from contracts.models.agreements import Agreement, Enrollment
from residents.models import Resident
from teams.models import Team, User


class Transfer(models.Model):
    """A resident wants to go to another team: the old one may object until a day, then the new one signs (4.6).

    Attributes:
        objection: the old team's reason; the bureau then decides, or the new team withdraws.
        decided_by: who agreed, decided or withdrew; None when the days of objection passed in silence.
        successor: the agreement with the new team, once it is signed.
    """

    enrollment = models.ForeignKey(
        Enrollment, models.PROTECT, verbose_name="原签约", related_name="transfers"
    )
    from_team = models.ForeignKey(Team, models.PROTECT, verbose_name="原团队", related_name="+")
    to_team = models.ForeignKey(Team, models.PROTECT, verbose_name="新团队", related_name="transfers_in")
    reason = models.CharField("转签理由", max_length=200)
    opened_on = models.DateField("提出日期")
    opened_by = models.ForeignKey(
        User, models.PROTECT, verbose_name="提出人", related_name="+", db_index=False
    )
    object_until = models.DateField("异议截止日期")
    state = models.CharField("状态", max_length=10, choices=RequestState, default=RequestState.OPEN)
    objection = models.CharField("异议理由", max_length=200, blank=True)
    objected_by = models.ForeignKey(
        User, models.PROTECT, verbose_name="异议人", null=True, related_name="+", db_index=False
    )
    objected_at = models.DateTimeField("异议时间", null=True)
    decision = models.CharField("处理意见", max_length=200, blank=True, default="", db_default="")
    decided_by = models.ForeignKey(
        User, models.PROTECT, verbose_name="处理人", null=True, related_name="+", db_index=False
    )
    decided_at = models.DateTimeField("处理时间", null=True)
    successor = models.ForeignKey(
        Agreement, models.PROTECT, verbose_name="新协议", null=True, related_name="transfers"
    )

    objects = querysets.TransferQuerySet.as_manager()

    class Meta:
        verbose_name = verbose_name_plural = "转签"
        constraints = [
            models.UniqueConstraint(
                fields=["enrollment"],
                condition=Q(state__in=[RequestState.OPEN, RequestState.ACCEPTED]),
                name="one_transfer_at_a_time",
                violation_error_message="该居民已有一项转签在办理。",
            ),
            models.CheckConstraint(
                name="transfer_to_another_team",
                condition=~Q(from_team=F("to_team")),
                violation_error_message="转签的新团队不能是原团队。",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.enrollment_id} → {self.to_team_id}"


class Refusal(models.Model):
    """A resident does not want to sign, why, and when he will be asked again (4.6, P16)."""

    resident = models.ForeignKey(Resident, models.PROTECT, verbose_name="居民", related_name="refusals")
    team = models.ForeignKey(Team, models.PROTECT, verbose_name="团队", related_name="refusals")
    reason = models.CharField("原因", max_length=15, choices=RefusalReason)
    note = models.CharField("说明", max_length=200, blank=True)
    refused_on = models.DateField("日期")
    ask_again_on = models.DateField("再次联系日期", null=True, blank=True)
    recorded_by = models.ForeignKey(User, models.PROTECT, verbose_name="登记人", db_index=False)
    recorded_at = models.DateTimeField("登记时间", auto_now_add=True)
    converted_by = models.ForeignKey(
        Agreement, models.PROTECT, verbose_name="后来签约", null=True, related_name="converted_refusals"
    )

    objects = querysets.RefusalQuerySet.as_manager()

    class Meta:
        verbose_name = verbose_name_plural = "拒签记录"
        indexes = [
            models.Index(
                fields=["team", "ask_again_on"],
                name="refusal_ask_again",
                condition=Q(converted_by__isnull=True),
            )
        ]

    def __str__(self) -> str:
        return f"{self.get_reason_display()} {self.refused_on}"


class DoctorRequest(models.Model):
    """A resident asks for another doctor of the same team or institution (P7)."""

    agreement = models.ForeignKey(
        Agreement, models.PROTECT, verbose_name="协议", related_name="doctor_requests"
    )
    wanted = models.ForeignKey(
        User, models.PROTECT, verbose_name="希望的医生", null=True, blank=True, related_name="+"
    )
    reason = models.CharField("理由", max_length=200)
    requested_on = models.DateField("申请日期")
    recorded_by = models.ForeignKey(
        User, models.PROTECT, verbose_name="登记人", null=True, related_name="+", db_index=False
    )
    state = models.CharField("状态", max_length=10, choices=RequestState, default=RequestState.OPEN)
    answer = models.CharField("答复", max_length=200, blank=True)
    decided_by = models.ForeignKey(
        User, models.PROTECT, verbose_name="处理人", null=True, related_name="+", db_index=False
    )
    decided_at = models.DateTimeField("处理时间", null=True)

    objects = querysets.OfAgreementQuerySet.as_manager()

    class Meta:
        verbose_name = verbose_name_plural = "更换医生申请"
        constraints = [
            models.UniqueConstraint(
                fields=["agreement"],
                condition=Q(state=RequestState.OPEN),
                name="one_doctor_request_at_a_time",
                violation_error_message="该协议已有一项更换医生的申请待处理。",
            )
        ]

    def __str__(self) -> str:
        return f"{self.agreement_id} {self.requested_on}"


class MassOperation(models.Model):
    """Many agreements at once: previewed with counts, confirmed as shown, undone for a while.

    Attributes:
        asked: what was chosen, as JSON (ids and days).
        counts: what it would do, did, and leaves out by reason, as JSON.
        digest: tells whether the agreements are still those of the preview.
    """

    kind = models.CharField("办理", max_length=10, choices=MassKind)
    state = models.CharField("状态", max_length=10, choices=MassState, default=MassState.PREVIEWED)
    team = models.ForeignKey(Team, models.PROTECT, verbose_name="团队", related_name="mass_operations")
    asked = models.JSONField("条件", default=dict)
    counts = models.JSONField("数量", default=dict)
    digest = models.CharField(max_length=64)
    reason = models.CharField("事由", max_length=200)
    created_by = models.ForeignKey(
        User, models.PROTECT, verbose_name="经办人", related_name="+", db_index=False
    )
    created_at = models.DateTimeField("提出时间", auto_now_add=True)
    done_at = models.DateTimeField("办理时间", null=True)
    undone_at = models.DateTimeField("撤销时间", null=True)
    undone_by = models.ForeignKey(
        User, models.PROTECT, verbose_name="撤销人", null=True, related_name="+", db_index=False
    )

    objects = querysets.MassOperationQuerySet.as_manager()

    class Meta:
        verbose_name = verbose_name_plural = "批量办理"
        indexes = [models.Index(fields=["team", "-created_at"], name="mass_operation_team")]

    def __str__(self) -> str:
        return f"{self.get_kind_display()} {self.created_at:%F}"


class MassLine(models.Model):
    """What a mass operation did to one agreement, and how it was before."""

    operation = models.ForeignKey(MassOperation, models.CASCADE, related_name="lines")
    agreement = models.ForeignKey(Agreement, models.PROTECT, related_name="mass_lines")
    before = models.JSONField(default=dict)
    successor = models.ForeignKey(Agreement, models.PROTECT, null=True, related_name="+", db_index=False)

    objects = querysets.MassLineQuerySet.as_manager()

    class Meta:
        verbose_name = verbose_name_plural = "批量办理明细"
        constraints = [models.UniqueConstraint(fields=["operation", "agreement"], name="mass_line_once")]

    def __str__(self) -> str:
        return f"{self.operation_id}/{self.agreement_id}"
