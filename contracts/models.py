"""What was promised, to whom, by which team, until when."""

import pgtrigger
from django.db import models
from django.db.models import F, Q

from contracts import querysets
from contracts.choices import (
    RUNNING,
    AgreementKind,
    AgreementState,
    EventKind,
    PackageKind,
    Signatory,
    SignChannel,
    SignerParty,
    SignMode,
    TerminationReason,
)
from core.history import keep_history
from core.periods import one_at_a_time
from residents.models import Household, Resident
from teams.models import Team, User


class ServicePackage(models.Model):
    """A package as it stood in one version; a signed agreement keeps the version it was signed under."""

    code = models.CharField("服务包编码", max_length=30)
    version = models.PositiveSmallIntegerField("版本", default=1)
    name = models.CharField("名称", max_length=60)
    kind = models.CharField("类别", max_length=20, choices=PackageKind)
    items = models.TextField("服务内容", help_text="每行一项，印在协议书上。")
    price_yuan = models.DecimalField("价格（元/年）", max_digits=8, decimal_places=2, default=0)
    source = models.CharField("依据", max_length=60, blank=True)
    is_enabled = models.BooleanField("可选用", default=True)

    class Meta:
        verbose_name = verbose_name_plural = "服务包"
        constraints = [
            models.UniqueConstraint(
                fields=["code", "version"], name="package_version_unique", violation_error_message="该版本已存在。"
            )
        ]

    def __str__(self) -> str:
        return self.name

    @property
    def item_list(self) -> list[str]:
        return [line.strip() for line in self.items.splitlines() if line.strip()]


class AgreementTemplate(models.Model):
    """The wording of an agreement from a day on; printed forever as it was signed."""

    kind = models.CharField("协议类型", max_length=15, choices=AgreementKind)
    version = models.PositiveSmallIntegerField("版本")
    title = models.CharField("标题", max_length=60)
    body = models.TextField("正文", help_text="空行分段；以“## ”开头的行是小标题。")
    in_force_from = models.DateField("生效日期")

    class Meta:
        verbose_name = verbose_name_plural = "协议文本"
        constraints = [
            models.UniqueConstraint(
                fields=["kind", "version"], name="template_version_unique", violation_error_message="该版本已存在。"
            )
        ]
        triggers = [pgtrigger.Protect(name="template_append_only", operation=pgtrigger.Update | pgtrigger.Delete)]

    def __str__(self) -> str:
        return f"{self.title}（第{self.version}版）"


@keep_history()
class Agreement(models.Model):
    """One signed document; the persons it covers are its enrolments.

    ``ends_on`` is the last day as printed: start + n years - 1 day.
    """

    number = models.CharField("协议编号", max_length=30, unique=True)
    kind = models.CharField("协议类型", max_length=15, choices=AgreementKind, default=AgreementKind.INDIVIDUAL)
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
    signed_on = models.DateField("签约日期")
    starts_on = models.DateField("生效日期")
    ends_on = models.DateField("到期日期")
    term_years = models.PositiveSmallIntegerField("期限（年）")
    channel = models.CharField("签约渠道", max_length=20, choices=SignChannel)
    mode = models.CharField("签约方式", max_length=10, choices=SignMode)
    client_token = models.UUIDField("表单标识", unique=True, editable=False)
    created_by = models.ForeignKey(User, models.PROTECT, verbose_name="录入人", related_name="agreements_entered")
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
        ]
        indexes = [
            models.Index(fields=["team", "-signed_on", "-id"], name="agreement_team_signed"),
            models.Index(fields=["ends_on"], condition=Q(state=AgreementState.ACTIVE), name="agreement_running_end"),
        ]

    def __str__(self) -> str:
        return self.number


@keep_history()
class Enrollment(models.Model):
    """One person under one agreement. ``ends_on`` moves forward to the last real day when it ends early."""

    agreement = models.ForeignKey(Agreement, models.PROTECT, verbose_name="协议", related_name="enrollments")
    resident = models.ForeignKey(Resident, models.PROTECT, verbose_name="居民", related_name="enrollments")
    state = models.CharField("状态", max_length=15, choices=AgreementState)
    starts_on = models.DateField("生效日期")
    ends_on = models.DateField("最后有效日")
    is_supplementary = models.BooleanField("补充协议", default=False)
    end_reason = models.CharField("结束原因", max_length=20, choices=TerminationReason, blank=True)

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
    """What proves that both sides agreed: a finger signature, re-encoded here, with its fingerprint. Never changed."""

    agreement = models.ForeignKey(Agreement, models.PROTECT, related_name="signatures")
    party = models.CharField("签名方", max_length=10, choices=SignerParty)
    signer_name = models.CharField("签名人", max_length=60)
    image = models.BinaryField("签名图像", default=b"")
    sha256 = models.CharField("图像指纹", max_length=64)
    signed_at = models.DateTimeField("签名时间")
    ip = models.GenericIPAddressField("IP 地址", null=True)

    objects = querysets.OfAgreementQuerySet.as_manager()

    class Meta:
        verbose_name = verbose_name_plural = "签名"
        constraints = [models.UniqueConstraint(fields=["agreement", "party"], name="one_signature_per_party")]
        indexes = [models.Index(fields=["sha256"], name="signature_sha256")]
        triggers = [pgtrigger.Protect(name="signature_append_only", operation=pgtrigger.Update | pgtrigger.Delete)]

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
        indexes = [models.Index(fields=["agreement", "-at"], name="agreement_event_at")]
        triggers = [pgtrigger.Protect(name="event_append_only", operation=pgtrigger.Update | pgtrigger.Delete)]

    def __str__(self) -> str:
        return f"{self.get_kind_display()} {self.at:%F}"
