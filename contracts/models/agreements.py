"""Agreements, the persons they cover, what proves them, what happened to them."""

import pgtrigger
from django.db import models
from django.db.models import F, Q

from contracts import querysets
from contracts.choices import (
    RUNNING,
    AgreementKind,
    AgreementState,
    ConsentWay,
    EventKind,
    Occasion,
    RenewalKind,
    Signatory,
    SignChannel,
    SignerParty,
    SignMode,
    TerminationReason,
    WaitsFor,
)
from contracts.models.packages import ServicePackage
from contracts.models.wording import AgreementTemplate
from core.fields import SealedTextField
from core.history import by_moment, keep_history
from core.periods import one_at_a_time
from residents.models import Household, Resident
from teams.models import Team, User


@keep_history(exclude=["as_signed"])
class Agreement(models.Model):
    """One signed document; the persons it covers are its enrolments.

    ``ends_on`` is the last day as printed: start + n years - 1 day. ``as_signed`` holds both parties as they stood
    on the day of signing (contracts.parties), so that a reprint years later shows the same paper. ``term_years`` is 0
    for a supplementary agreement, whose term is the course in days.
    """

    number = models.CharField("协议编号", max_length=30, unique=True)
    kind = models.CharField(
        "协议类型", max_length=15, choices=AgreementKind, default=AgreementKind.INDIVIDUAL
    )
    state = models.CharField("状态", max_length=15, choices=AgreementState)
    team = models.ForeignKey(Team, models.PROTECT, verbose_name="签约团队", related_name="agreements")
    signatory = models.CharField("签约主体", max_length=6, choices=Signatory, default=Signatory.TEAM)
    doctor = models.ForeignKey(User, models.PROTECT, verbose_name="签约医生", related_name="agreements")
    household = models.ForeignKey(
        Household, models.PROTECT, verbose_name="家庭", null=True, blank=True, related_name="agreements"
    )
    template = models.ForeignKey(AgreementTemplate, models.PROTECT, verbose_name="协议文本")
    packages = models.ManyToManyField(ServicePackage, verbose_name="服务包", related_name="agreements")
    previous = models.ForeignKey(
        "self", models.PROTECT, verbose_name="上一份协议", null=True, blank=True, related_name="successors"
    )
    parent = models.ForeignKey(
        "self", models.PROTECT, verbose_name="主协议", null=True, blank=True, related_name="supplements"
    )
    disease = models.CharField("补充协议病种", max_length=60, blank=True, default="", db_default="")
    representative = models.ForeignKey(
        Resident, models.PROTECT, verbose_name="家庭代表", null=True, blank=True, related_name="represents"
    )
    signed_on = models.DateField("签约日期")
    starts_on = models.DateField("生效日期")
    ends_on = models.DateField("到期日期")
    term_years = models.PositiveSmallIntegerField("期限（年）")
    renewal_kind = models.CharField(
        "续签类型",
        max_length=8,
        choices=RenewalKind,
        default=RenewalKind.FIRST,
        db_default=RenewalKind.FIRST,
    )
    waits_for = models.CharField(
        "等待", max_length=8, choices=WaitsFor, blank=True, default="", db_default=""
    )
    channel = models.CharField("签约渠道", max_length=20, choices=SignChannel)
    mode = models.CharField("签约方式", max_length=10, choices=SignMode)
    as_signed = SealedTextField("签约时双方信息", purpose="agreement.as_signed")
    client_token = models.UUIDField("表单标识", editable=False)
    created_by = models.ForeignKey(
        User, models.PROTECT, verbose_name="录入人", related_name="agreements_entered"
    )
    created_at = models.DateTimeField("录入时间", auto_now_add=True)

    objects = querysets.AgreementQuerySet.as_manager()

    class Meta:
        verbose_name = verbose_name_plural = "协议"
        constraints = [
            models.CheckConstraint(
                name="agreement_ends_after_start",
                condition=Q(ends_on__gte=F("starts_on")),
                violation_error_message="到期日期不能早于生效日期。",
            ),
            models.UniqueConstraint(
                fields=["client_token"],
                name="one_agreement_per_client_token",
                violation_error_message="这张签约表单已经提交过，请从居民页面重新打开签约。",
            ),
            models.CheckConstraint(
                name="supplement_has_parent",
                condition=Q(kind=AgreementKind.SUPPLEMENTARY, parent__isnull=False)
                | (~Q(kind=AgreementKind.SUPPLEMENTARY) & Q(parent__isnull=True)),
                violation_error_message="补充协议须依附于一份主协议。",
            ),
            models.CheckConstraint(
                name="household_agreement_has_household",
                condition=~Q(kind=AgreementKind.HOUSEHOLD)
                | Q(household__isnull=False, representative__isnull=False),
                violation_error_message="家庭协议须写明家庭和家庭代表。",
            ),
            models.CheckConstraint(
                name="pending_waits_for_somebody",
                condition=Q(state=AgreementState.PENDING_CONFIRM) & ~Q(waits_for="")
                | ~Q(state=AgreementState.PENDING_CONFIRM) & Q(waits_for=""),
                violation_error_message="待确认的协议须写明等待谁确认。",
            ),
        ]
        indexes = [
            models.Index(fields=["team", "-signed_on", "-id"], name="agreement_team_signed"),
            models.Index(fields=["-signed_on", "-id"], name="agreement_signed"),
            models.Index(fields=["created_at"], name="agreement_created"),
            models.Index(
                fields=["ends_on"], condition=Q(state=AgreementState.ACTIVE), name="agreement_running_end"
            ),
            models.Index(
                fields=["ends_on"], condition=Q(state=AgreementState.EXPIRED), name="agreement_expired_end"
            ),
        ]

    def __str__(self) -> str:
        return self.number


@keep_history(exclude=["last_reached_on"], by_time="enrollment_history_at")
class Enrollment(models.Model):
    """One person under one agreement. ``ends_on`` moves forward to the last real day when it ends early.

    Attributes:
        position: the person's place in a household agreement; printed as the suffix -M01.
        last_reached_on: when somebody last spoke with the person in this term (S1-27, P13).
    """

    agreement = models.ForeignKey(Agreement, models.PROTECT, verbose_name="协议", related_name="enrollments")
    resident = models.ForeignKey(Resident, models.PROTECT, verbose_name="居民", related_name="enrollments")
    state = models.CharField("状态", max_length=15, choices=AgreementState)
    starts_on = models.DateField("生效日期")
    ends_on = models.DateField("最后有效日")
    is_supplementary = models.BooleanField("补充协议", default=False)
    end_reason = models.CharField("结束原因", max_length=20, choices=TerminationReason, blank=True)
    consent = models.CharField(
        "同意方式", max_length=10, choices=ConsentWay, default=ConsentWay.SIGNED, db_default=ConsentWay.SIGNED
    )
    consented_on = models.DateField("同意日期", null=True, blank=True)
    guardian_name = models.CharField("监护人", max_length=60, blank=True, default="", db_default="")
    position = models.PositiveSmallIntegerField("协议内序号", default=1, db_default=1)
    last_reached_on = models.DateField("最近联系上", null=True, blank=True)

    objects = querysets.EnrollmentQuerySet.as_manager()

    class Meta:
        verbose_name = verbose_name_plural = "签约人"
        constraints = [
            models.CheckConstraint(
                name="enrollment_ends_after_start",
                condition=Q(ends_on__gte=F("starts_on")),
                violation_error_message="结束日期不能早于生效日期。",
            ),
            one_at_a_time(
                "one_running_enrollment",
                "resident_id",
                condition=~Q(state=AgreementState.VOID) & Q(is_supplementary=False),
                message="该居民在此期间已有签约，同一时期只能签一个团队。",
            ),
            models.UniqueConstraint(fields=["agreement", "resident"], name="enrolled_once_per_agreement"),
        ]
        indexes = [
            models.Index(fields=["resident", "-starts_on"], name="enrollment_resident"),
            models.Index(fields=["ends_on"], condition=Q(state__in=RUNNING), name="enrollment_running_end"),
        ]

    def __str__(self) -> str:
        return f"{self.agreement_id}/{self.resident_id}"


class Signature(models.Model):
    """What proves that both sides agreed: a finger signature, re-encoded here, with its fingerprint. Never changed.

    A signature on paper has no image and no fingerprint; the row tells who signed.
    """

    agreement = models.ForeignKey(Agreement, models.PROTECT, related_name="signatures")
    occasion = models.CharField("签名事由", max_length=10, choices=Occasion, default=Occasion.SIGNING)
    party = models.CharField("签名方", max_length=10, choices=SignerParty)
    signer_name = models.CharField("签名人", max_length=60)
    resident = models.ForeignKey(
        Resident,
        models.PROTECT,
        verbose_name="签名的家庭成员",
        null=True,
        blank=True,
        related_name="+",
        db_index=False,
    )
    image = models.BinaryField("签名图像", default=b"")
    sha256 = models.CharField("图像指纹", max_length=64, blank=True)
    signed_at = models.DateTimeField("签名时间")
    ip = models.GenericIPAddressField("IP 地址", null=True)

    objects = querysets.OfAgreementQuerySet.as_manager()

    class Meta:
        verbose_name = verbose_name_plural = "签名"
        constraints = [
            models.UniqueConstraint(
                fields=["agreement", "occasion", "party", "resident"],
                nulls_distinct=False,
                name="one_signature_per_party",
                violation_error_message="该签名方已经签过名。",
            )
        ]
        indexes = [models.Index(fields=["sha256"], name="signature_sha256")]
        triggers = [
            pgtrigger.Protect(name="signature_append_only", operation=pgtrigger.Update | pgtrigger.Delete)
        ]

    def __str__(self) -> str:
        return f"{self.get_party_display()} {self.signed_at:%F}"


class AgreementEvent(models.Model):
    """Who did what to an agreement, when and why. Append-only."""

    agreement = models.ForeignKey(Agreement, models.PROTECT, related_name="events")
    kind = models.CharField("事项", max_length=12, choices=EventKind)
    at = models.DateTimeField("时间", auto_now_add=True)
    on = models.DateField("生效日")
    by = models.ForeignKey(User, models.PROTECT, verbose_name="经办人", null=True)
    reason = models.CharField("原因", max_length=20, choices=TerminationReason, blank=True)
    note = models.CharField("说明", max_length=500, blank=True)

    objects = querysets.OfAgreementQuerySet.as_manager()

    class Meta:
        verbose_name = verbose_name_plural = "协议事项"
        indexes = [
            models.Index(fields=["agreement", "-at"], name="agreement_event_at"),
            by_moment("at", "agreement_event_moment"),
        ]
        triggers = [
            pgtrigger.Protect(name="event_append_only", operation=pgtrigger.Update | pgtrigger.Delete)
        ]

    def __str__(self) -> str:
        return f"{self.get_kind_display()} {self.at:%F}"
