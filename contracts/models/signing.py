"""What a signing leaves beside the agreement: whose packages, what was chosen, proofs, half-filled forms."""

import pgtrigger
from django.db import models
from django.db.models import Q

from contracts import querysets
from contracts.choices import EvidenceKind
from contracts.models.agreements import Agreement, Enrollment
from contracts.models.packages import PackageItem, ServicePackage
from core.fields import SealedTextField
from residents.models import Household, Resident
from teams.models import User


class EnrolledPackage(models.Model):
    """A package that is promised to one person of an agreement, in the version it was signed under.

    A package of the family menu is promised to the household and stands on the agreement alone.
    """

    enrollment = models.ForeignKey(
        Enrollment, models.PROTECT, verbose_name="签约人", related_name="own_packages"
    )
    package = models.ForeignKey(
        ServicePackage, models.PROTECT, verbose_name="服务包", related_name="+", db_index=False
    )

    objects = querysets.OfEnrollmentQuerySet.as_manager()

    class Meta:
        verbose_name = verbose_name_plural = "个人服务包"
        constraints = [
            models.UniqueConstraint(fields=["enrollment", "package"], name="enrolled_package_once")
        ]

    def __str__(self) -> str:
        return f"{self.enrollment_id}/{self.package_id}"


class ChosenItem(models.Model):
    """A service that was chosen from the menu of a package; what a package always holds needs no row (S0-16)."""

    agreement = models.ForeignKey(Agreement, models.PROTECT, related_name="chosen")
    content = models.ForeignKey(
        PackageItem, models.PROTECT, verbose_name="所选服务", related_name="+", db_index=False
    )

    objects = querysets.OfAgreementQuerySet.as_manager()

    class Meta:
        verbose_name = verbose_name_plural = "所选服务"
        constraints = [models.UniqueConstraint(fields=["agreement", "content"], name="chosen_once")]

    def __str__(self) -> str:
        return f"{self.agreement_id}/{self.content_id}"


class SigningEvidence(models.Model):
    """A picture that proves a signing: re-encoded, sealed, with its fingerprint, time and place. Never changed.

    Attributes:
        place: where the device said it was, WGS-84 degrees; a grade of evidence, never a condition.
    """

    agreement = models.ForeignKey(Agreement, models.PROTECT, related_name="evidence")
    kind = models.CharField("材料", max_length=10, choices=EvidenceKind)
    sealed = models.BinaryField()
    sha256 = models.CharField("图像指纹", max_length=64, db_index=True)
    latitude = models.DecimalField("纬度", max_digits=9, decimal_places=6, null=True)
    longitude = models.DecimalField("经度", max_digits=9, decimal_places=6, null=True)
    accuracy_m = models.PositiveIntegerField("定位精度（米）", null=True)
    note = models.CharField("说明", max_length=100, blank=True)
    added_by = models.ForeignKey(User, models.PROTECT, verbose_name="提交人", db_index=False)
    added_at = models.DateTimeField("提交时间", auto_now_add=True)

    objects = querysets.OfAgreementQuerySet.as_manager()

    class Meta:
        verbose_name = verbose_name_plural = "签约凭证"
        triggers = [
            pgtrigger.Protect(name="evidence_append_only", operation=pgtrigger.Update | pgtrigger.Delete)
        ]

    def __str__(self) -> str:
        return f"{self.get_kind_display()} {self.added_at:%F}"

    @property
    def shows_document(self) -> bool:
        """Whether a whole identity number may be read on it: on anything but a photo of the scene."""
        return self.kind != EvidenceKind.PHOTO


class SigningDraft(models.Model):
    """What somebody has typed into a signing form so far; gone once it is signed."""

    user = models.ForeignKey(User, models.CASCADE, related_name="signing_drafts", db_index=False)
    resident = models.ForeignKey(Resident, models.CASCADE, null=True, related_name="+", db_index=False)
    household = models.ForeignKey(Household, models.CASCADE, null=True, related_name="+", db_index=False)
    typed = SealedTextField(purpose="agreement.draft")
    saved_at = models.DateTimeField("保存时间", auto_now=True)

    class Meta:
        verbose_name = verbose_name_plural = "签约草稿"
        constraints = [
            models.UniqueConstraint(
                fields=["user", "resident", "household"], nulls_distinct=False, name="one_draft_per_form"
            ),
            models.CheckConstraint(
                name="draft_of_one_subject",
                condition=Q(resident__isnull=True, household__isnull=False)
                | Q(resident__isnull=False, household__isnull=True),
            ),
        ]

    def __str__(self) -> str:
        return f"{self.saved_at:%F %T}"
