"""The monthly ten disclosures: text, versions, corrections, and proof that residents were told (S0-22, S0-23, S2-8)."""

import uuid

import pgtrigger
from django.core.validators import RegexValidator
from django.db import models
from django.db.models import F, Q

from core.history import keep_history
from outreach import querysets
from outreach.choices import (
    DisclosureChannel,
    DisclosureState,
    DisclosureStep,
    DisclosureTopic,
    ItemState,
    ProofState,
)
from teams.models import Institution, Team, User

_FROZEN = pgtrigger.Update | pgtrigger.Delete


@keep_history()
class MonthlyDisclosure(models.Model):
    """One issue: of a team, or of a whole institution (``team`` is None), for a calendar month.

    Attributes:
        month: its first day.
        code: of the public page, short and without look-alikes.
        digest: SHA-256 of the published content, "" before.
    """

    institution = models.ForeignKey(
        Institution, models.PROTECT, verbose_name="机构", related_name="disclosures", db_index=False
    )
    team = models.ForeignKey(
        Team, models.PROTECT, verbose_name="团队", null=True, related_name="disclosures", db_index=False
    )
    month = models.DateField("月份")
    state = models.CharField("状态", max_length=10, choices=DisclosureState, default=DisclosureState.DRAFT)
    code = models.CharField(
        "公开编码", max_length=10, unique=True, validators=[RegexValidator(r"^[a-z2-9]{8,10}$")]
    )
    drafted_at = models.DateTimeField("生成时间")
    confirmed_by = models.ForeignKey(
        User, models.PROTECT, verbose_name="确认人", null=True, related_name="+", db_index=False
    )
    confirmed_at = models.DateTimeField("确认时间", null=True)
    published_by = models.ForeignKey(
        User, models.PROTECT, verbose_name="审核人", null=True, related_name="+", db_index=False
    )
    published_at = models.DateTimeField("发布时间", null=True)
    digest = models.CharField("内容指纹", max_length=64, blank=True)

    objects = querysets.DisclosureQuerySet.as_manager()

    class Meta:
        verbose_name = verbose_name_plural = "月度十公开"
        constraints = [
            models.UniqueConstraint(
                fields=["team", "month"],
                name="disclosure_once_per_team",
                violation_error_message="本团队这个月的十公开已经建立。",
            ),
            models.UniqueConstraint(
                fields=["institution", "month"],
                condition=Q(team__isnull=True),
                name="disclosure_once_per_institution",
                violation_error_message="本机构这个月的十公开已经建立。",
            ),
            models.CheckConstraint(
                name="disclosure_month_first",
                condition=Q(month__day=1),
                violation_error_message="月份须为当月第一天。",
            ),
            models.CheckConstraint(
                name="disclosure_published_whole",
                condition=~Q(state=DisclosureState.PUBLISHED)
                | Q(published_at__isnull=False, confirmed_at__isnull=False) & ~Q(digest=""),
                violation_error_message="发布的十公开须经确认，并有内容指纹。",
            ),
        ]
        indexes = [
            models.Index(fields=["month", "state"], name="disclosure_month_state"),
            models.Index(fields=["institution", "month"], name="disclosure_institution_month"),
        ]

    def __str__(self) -> str:
        return f"{self.month:%Y年%m月}"


@keep_history()
class DisclosureItem(models.Model):
    """One of the ten, as it stands now.

    Attributes:
        text: plain lines; one that begins with "- " is a point of a list. Escaped wherever it is shown.
        drafted: what its source wrote, so that an edit can be seen and taken back.
        facts: figures of its source: [{"label", "value", "unit", "as_of", "page"}]; value None is not known.
        source: code of the source that wrote it.
    """

    disclosure = models.ForeignKey(
        MonthlyDisclosure, models.PROTECT, verbose_name="十公开", related_name="items", db_index=False
    )
    number = models.PositiveSmallIntegerField("序号", choices=DisclosureTopic)
    state = models.CharField("状态", max_length=10, choices=ItemState, default=ItemState.GAP)
    text = models.TextField("内容", max_length=2000, blank=True)
    drafted = models.TextField("自动生成的内容", max_length=4000, blank=True)
    facts = models.JSONField("数据", default=list)
    gap = models.CharField("缺什么", max_length=200, blank=True)
    as_of = models.DateTimeField("数据截至")
    edited_by = models.ForeignKey(
        User, models.PROTECT, verbose_name="修改人", null=True, related_name="+", db_index=False
    )
    edited_at = models.DateTimeField("修改时间", null=True)

    objects = querysets.OfDisclosureQuerySet.as_manager()

    class Meta:
        verbose_name = verbose_name_plural = "公开事项"
        constraints = [
            models.UniqueConstraint(fields=["disclosure", "number"], name="disclosure_item_once"),
            models.CheckConstraint(
                name="disclosure_item_number",
                condition=Q(number__range=(1, 10)),
                violation_error_message="公开事项为第1至10项。",
            ),
            models.CheckConstraint(
                name="disclosure_item_filled",
                condition=~Q(state=ItemState.FILLED) | ~Q(text=""),
                violation_error_message="已填写的事项须有内容。",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.disclosure_id}-{self.number}"


class DisclosureVersion(models.Model):
    """The whole text after one step, never changed afterwards: who did what, and what stood there then.

    Attributes:
        content: {"items": [{"number", "title", "state", "text", "facts"}], ...}; of the last one the digest is kept.
    """

    disclosure = models.ForeignKey(
        MonthlyDisclosure, models.PROTECT, verbose_name="十公开", related_name="versions", db_index=False
    )
    number = models.PositiveSmallIntegerField("版本")
    step = models.CharField("步骤", max_length=10, choices=DisclosureStep)
    by = models.ForeignKey(
        User, models.PROTECT, verbose_name="经办人", null=True, related_name="+", db_index=False
    )
    at = models.DateTimeField("时间")
    note = models.CharField("说明", max_length=300, blank=True)
    content = models.JSONField("内容")
    digest = models.CharField("内容指纹", max_length=64)

    objects = querysets.OfDisclosureQuerySet.as_manager()

    class Meta:
        verbose_name = verbose_name_plural = "十公开版本"
        constraints = [
            models.UniqueConstraint(fields=["disclosure", "number"], name="disclosure_version_once")
        ]
        triggers = [pgtrigger.Protect(name="disclosure_version_frozen", operation=_FROZEN)]

    def __str__(self) -> str:
        return f"{self.disclosure_id} v{self.number}"


class DisclosureNote(models.Model):
    """A correction under a published text, shown with it; what was published stays as it was."""

    disclosure = models.ForeignKey(
        MonthlyDisclosure, models.PROTECT, verbose_name="十公开", related_name="notes"
    )
    number = models.PositiveSmallIntegerField("更正哪一项", choices=DisclosureTopic, null=True, blank=True)
    text = models.CharField("更正内容", max_length=500)
    by = models.ForeignKey(User, models.PROTECT, verbose_name="更正人", related_name="+", db_index=False)
    at = models.DateTimeField("更正时间")

    objects = querysets.OfDisclosureQuerySet.as_manager()

    class Meta:
        verbose_name = verbose_name_plural = "十公开更正"
        triggers = [pgtrigger.Protect(name="disclosure_note_frozen", operation=_FROZEN)]

    def __str__(self) -> str:
        return f"{self.disclosure_id} {self.at:%F}"


@keep_history()
class DisclosureProof(models.Model):
    """That an issue was posted: where, by which kind of channel, when, by whom (S0-23).

    Attributes:
        decision: words of whoever looked at a flagged one.
    """

    disclosure = models.ForeignKey(
        MonthlyDisclosure, models.PROTECT, verbose_name="十公开", related_name="proofs"
    )
    channel = models.CharField("公开形式", max_length=20, choices=DisclosureChannel)
    place = models.CharField("地点（群名）", max_length=120)
    posted_on = models.DateField("公开日期")
    state = models.CharField("状态", max_length=10, choices=ProofState, default=ProofState.COUNTED)
    note = models.CharField("说明", max_length=200, blank=True)
    recorded_by = models.ForeignKey(
        User, models.PROTECT, verbose_name="登记人", related_name="+", db_index=False
    )
    recorded_at = models.DateTimeField("登记时间")
    decided_by = models.ForeignKey(
        User, models.PROTECT, verbose_name="核定人", null=True, related_name="+", db_index=False
    )
    decided_at = models.DateTimeField("核定时间", null=True)
    decision = models.CharField("核定意见", max_length=200, blank=True)
    client_token = models.UUIDField("表单标识", unique=True, default=uuid.uuid4, editable=False)

    objects = querysets.OfDisclosureQuerySet.as_manager()

    class Meta:
        verbose_name = verbose_name_plural = "公开凭证"

    def __str__(self) -> str:
        return f"{self.get_channel_display()} {self.posted_on}"


class ProofPhoto(models.Model):
    """A photo or screenshot of a posting: re-encoded, sealed, with two fingerprints.

    Attributes:
        fingerprint: 64-bit difference hash of the picture; near ones show nearly the same.
    """

    proof = models.ForeignKey(DisclosureProof, models.PROTECT, related_name="photos")
    sealed = models.BinaryField()
    sha256 = models.CharField("图像指纹", max_length=64, db_index=True)
    fingerprint = models.BigIntegerField("相似指纹")
    added_at = models.DateTimeField("收到时间")

    objects = querysets.OfProofQuerySet.as_manager()

    class Meta:
        verbose_name = verbose_name_plural = "公开照片"
        constraints = [
            models.UniqueConstraint(
                fields=["proof", "sha256"],
                name="proof_photo_once",
                violation_error_message="这张照片已经收到。",
            )
        ]

    def __str__(self) -> str:
        return f"{self.proof_id} {self.added_at:%F}"


class PhotoTwin(models.Model):
    """Two photos of different months, teams or places that show (nearly) the same; found when the later one came.

    Attributes:
        distance: bits in which the fingerprints differ; 0 with equal sha256 is the same file.
    """

    later = models.ForeignKey(ProofPhoto, models.PROTECT, related_name="twins")
    earlier = models.ForeignKey(ProofPhoto, models.PROTECT, related_name="later_twins")
    distance = models.PositiveSmallIntegerField("差异（位）")

    objects = querysets.PhotoTwinQuerySet.as_manager()

    class Meta:
        verbose_name = verbose_name_plural = "疑似重复照片"
        constraints = [
            models.UniqueConstraint(fields=["later", "earlier"], name="photo_twin_once"),
            models.CheckConstraint(
                name="photo_twin_differs",
                condition=~Q(later=F("earlier")),
                violation_error_message="照片不能与自身重复。",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.later_id}~{self.earlier_id}"
