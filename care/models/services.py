"""What is agreed upon apart from the programmes: a service at home, a bed at home, and the consent both rest on
(S1-8, S3-16, S4-10)."""

import pgtrigger
from django.db import models
from django.db.models import F, Q

from care import querysets
from care.choices import (
    OPEN_BEDS,
    OPEN_ORDERS,
    BedClosing,
    BedGround,
    BedState,
    ConsentForm,
    HomeServiceKind,
    OrderState,
)
from care.models.records import ServiceRecord
from contracts.models import Enrollment
from core.history import keep_history
from residents.models import Resident
from teams.models import Team, User


class RiskConsent(models.Model):
    """The risks as they were told, and who agreed. Never changed: other risks are told anew.

    Attributes:
        risks: the very words that were read out.
        image: the finger signature, drawn anew here; b"" for one on paper.
    """

    resident = models.ForeignKey(
        Resident, models.PROTECT, verbose_name="居民", related_name="risk_consents", db_index=False
    )
    risks = models.TextField("告知的风险")
    way = models.CharField("同意方式", max_length=10, choices=ConsentForm)
    signer_name = models.CharField("签名人", max_length=60)
    signer_relation = models.CharField("与居民关系", max_length=20, default="本人")
    image = models.BinaryField("签名图像", default=b"")
    sha256 = models.CharField("图像指纹", max_length=64, blank=True)
    told_by = models.ForeignKey(User, models.PROTECT, verbose_name="告知人", related_name="+", db_index=False)
    agreed_at = models.DateTimeField("同意时间")

    objects = querysets.OfResidentQuerySet.as_manager()

    class Meta:
        verbose_name = verbose_name_plural = "风险告知同意"
        indexes = [models.Index(fields=["resident", "-agreed_at"], name="risk_consent_resident")]
        constraints = [
            models.CheckConstraint(
                name="risk_consent_signed",
                condition=Q(way=ConsentForm.PAPER, sha256="") | Q(way=ConsentForm.INK) & ~Q(sha256=""),
                violation_error_message="电子同意须有签名图像。",
            )
        ]
        triggers = [
            pgtrigger.Protect(name="risk_consent_append_only", operation=pgtrigger.Update | pgtrigger.Delete)
        ]

    def __str__(self) -> str:
        return f"{self.get_way_display()} {self.agreed_at:%F}"


@keep_history()
class HomeServiceOrder(models.Model):
    """One service at home that both sides agree upon, by appointment; emergency care is not part of it (S1-8).

    Attributes:
        need: what is asked for and why. is_ltci: paid by long-term-care insurance.
        record: the visit that was made for it.
    """

    resident = models.ForeignKey(
        Resident, models.PROTECT, verbose_name="居民", related_name="home_orders", db_index=False
    )
    team = models.ForeignKey(Team, models.PROTECT, verbose_name="服务团队", related_name="home_orders")
    enrollment = models.ForeignKey(
        Enrollment, models.PROTECT, verbose_name="签约人", null=True, related_name="+", db_index=False
    )
    kind = models.CharField("服务类别", max_length=10, choices=HomeServiceKind)
    need = models.CharField("需求和病情", max_length=300)
    is_ltci = models.BooleanField("长期护理保险项目", default=False)
    state = models.CharField("状态", max_length=10, choices=OrderState, default=OrderState.REQUESTED)
    requested_on = models.DateField("申请日期")
    consent = models.OneToOneField(
        RiskConsent, models.PROTECT, verbose_name="风险告知同意", null=True, related_name="order"
    )
    scheduled_on = models.DateField("约定日期", null=True, blank=True)
    assigned_to = models.ForeignKey(
        User, models.PROTECT, verbose_name="上门人员", null=True, blank=True, related_name="+", db_index=False
    )
    record = models.OneToOneField(
        ServiceRecord, models.PROTECT, verbose_name="服务记录", null=True, related_name="home_order"
    )
    closed_on = models.DateField("办结日期", null=True)
    cancel_reason = models.CharField("取消原因", max_length=200, blank=True)
    client_token = models.UUIDField("表单标识", editable=False)
    recorded_by = models.ForeignKey(
        User, models.PROTECT, verbose_name="登记人", related_name="+", db_index=False
    )
    recorded_at = models.DateTimeField("登记时间", auto_now_add=True)

    objects = querysets.HomeCareQuerySet.as_manager()

    class Meta:
        verbose_name = verbose_name_plural = "协商上门服务"
        constraints = [
            models.UniqueConstraint(
                fields=["client_token"],
                name="one_home_order_per_client_token",
                violation_error_message="这份申请已经登记过。",
            ),
            models.UniqueConstraint(
                fields=["resident", "kind"],
                condition=Q(state__in=OPEN_ORDERS),
                name="one_open_home_order_per_kind",
                violation_error_message="该居民已有一份同类上门服务没有办结，请先办结。",
            ),
            models.CheckConstraint(
                name="home_order_consented",
                condition=Q(state__in=[OrderState.REQUESTED, OrderState.CANCELLED])
                | Q(consent__isnull=False),
                violation_error_message="上门服务须先告知风险并取得同意。",
            ),
            models.CheckConstraint(
                name="home_order_scheduled",
                condition=~Q(state=OrderState.SCHEDULED) | Q(scheduled_on__isnull=False),
                violation_error_message="请填写约定日期。",
            ),
            models.CheckConstraint(
                name="home_order_done_by_a_record",
                condition=~Q(state=OrderState.DONE) | Q(record__isnull=False, closed_on__isnull=False),
                violation_error_message="完成的上门服务须有服务记录。",
            ),
            models.CheckConstraint(
                name="home_order_cancelled_with_reason",
                condition=~Q(state=OrderState.CANCELLED) | Q(closed_on__isnull=False) & ~Q(cancel_reason=""),
                violation_error_message="取消须写明原因。",
            ),
        ]
        indexes = [
            models.Index(fields=["resident", "-requested_on"], name="home_order_resident"),
            models.Index(
                fields=["team", "scheduled_on"], name="home_order_open", condition=Q(state__in=OPEN_ORDERS)
            ),
        ]

    def __str__(self) -> str:
        return f"{self.get_kind_display()} {self.requested_on}"


@keep_history()
class HomeBed(models.Model):
    """A bed at home: set up after an assessment and consent, visited at a cadence, closed with a reason (S4-10).

    Attributes:
        assessment: what the assessment found. round_days: at most so many days between two rounds.
    """

    resident = models.ForeignKey(
        Resident, models.PROTECT, verbose_name="居民", related_name="home_beds", db_index=False
    )
    team = models.ForeignKey(Team, models.PROTECT, verbose_name="管床团队", related_name="home_beds")
    enrollment = models.ForeignKey(
        Enrollment, models.PROTECT, verbose_name="签约人", null=True, related_name="+", db_index=False
    )
    ground = models.CharField("建床指征", max_length=15, choices=BedGround)
    diagnosis = models.CharField("主要诊断", max_length=100)
    assessment = models.CharField("评估情况", max_length=300)
    assessed_on = models.DateField("评估日期")
    assessed_by = models.ForeignKey(
        User, models.PROTECT, verbose_name="评估人", related_name="+", db_index=False
    )
    is_ltci = models.BooleanField("长期护理保险项目", default=False)
    state = models.CharField("状态", max_length=10, choices=BedState, default=BedState.ASSESSED)
    consent = models.OneToOneField(
        RiskConsent, models.PROTECT, verbose_name="风险告知同意", null=True, related_name="bed"
    )
    opened_on = models.DateField("建床日期", null=True, blank=True)
    round_days = models.PositiveSmallIntegerField("查床间隔（天）")
    closed_on = models.DateField("撤床日期", null=True, blank=True)
    closing = models.CharField("撤床原因", max_length=15, choices=BedClosing, blank=True)
    closing_note = models.CharField("撤床说明", max_length=200, blank=True)
    client_token = models.UUIDField("表单标识", editable=False)
    recorded_at = models.DateTimeField("登记时间", auto_now_add=True)

    objects = querysets.HomeCareQuerySet.as_manager()

    class Meta:
        verbose_name = verbose_name_plural = "家庭病床"
        constraints = [
            models.UniqueConstraint(
                fields=["client_token"],
                name="one_home_bed_per_client_token",
                violation_error_message="这次评估已经登记过。",
            ),
            models.UniqueConstraint(
                fields=["resident"],
                condition=Q(state__in=OPEN_BEDS),
                name="one_open_home_bed",
                violation_error_message="该居民已有一张家庭病床没有撤床。",
            ),
            models.CheckConstraint(
                name="home_bed_consented",
                condition=~Q(state=BedState.OPEN) | Q(consent__isnull=False, opened_on__isnull=False),
                violation_error_message="建床须先告知风险并取得同意。",
            ),
            models.CheckConstraint(
                name="home_bed_closed_with_reason",
                condition=~Q(state=BedState.CLOSED) | Q(closed_on__isnull=False) & ~Q(closing=""),
                violation_error_message="撤床须写明日期和原因。",
            ),
            models.CheckConstraint(
                name="home_bed_days_in_order",
                condition=Q(opened_on__isnull=True)
                | Q(opened_on__gte=F("assessed_on"))
                & (Q(closed_on__isnull=True) | Q(closed_on__gte=F("opened_on"))),
                violation_error_message="建床不能早于评估，撤床不能早于建床。",
            ),
            models.CheckConstraint(
                name="home_bed_round_days",
                condition=Q(round_days__gte=1),
                violation_error_message="查床间隔至少 1 天。",
            ),
        ]
        indexes = [models.Index(fields=["resident", "-assessed_on"], name="home_bed_resident")]

    def __str__(self) -> str:
        return f"{self.get_state_display()} {self.assessed_on}"
