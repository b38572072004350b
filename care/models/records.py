"""Records of work: what was found and done, as one versioned form each; contacts, home readings, episodes."""

from django.contrib.postgres.fields import ArrayField
from django.db import models
from django.db.models import F, Q

from care import querysets
from care.choices import (
    ContactOutcome,
    Program,
    ReadingKind,
    ReadingSource,
    RecordState,
    ServiceMode,
)
from contracts.models import Enrollment
from core.fields import SealedTextField
from core.history import keep_history
from residents.models import Resident
from teams.models import Team, User


@keep_history()
class ServiceRecord(models.Model):
    """One service as it was written down. A correction is a further row; the former one stays, replaced.

    Attributes:
        form, form_version: of ``care/data/forms``: which fields ``values`` holds.
        next_on: only if a day was agreed that the rule would not have named by itself; what is due stands in the plans.
        items: ids of promised services that were ticked as given at this visit, beside those its tasks stand for.
        verdict: class of the visit as the rule table judged it, "" where the form has none.
        root: the first row of a chain of corrections; tasks, fulfilments and points name the root, so that a
            correction moves none of them. None in the first row itself.
        client_token: of the form; re-sent, it is the same record.
        sheet: the entries of one household sheet share one.
    """

    resident = models.ForeignKey(Resident, models.PROTECT, verbose_name="居民", related_name="care_records")
    form = models.CharField("表单", max_length=30)
    form_version = models.PositiveSmallIntegerField("表单版本", default=1)
    program = models.CharField("项目", max_length=20, choices=Program, default=Program.CONTRACT)
    team = models.ForeignKey(Team, models.PROTECT, verbose_name="服务团队", related_name="care_records")
    enrollment = models.ForeignKey(
        Enrollment,
        models.PROTECT,
        verbose_name="签约人",
        null=True,
        related_name="care_records",
        db_index=False,
    )
    done_on = models.DateField("服务日期")
    mode = models.CharField("服务方式", max_length=10, choices=ServiceMode)
    values = models.JSONField("内容", default=dict)
    verdict = models.CharField("本次分类", max_length=30, blank=True)
    next_on = models.DateField("约定下次日期", null=True, blank=True)
    items = ArrayField(models.IntegerField(), verbose_name="同时完成的约定服务", default=list, blank=True)
    is_restricted = models.BooleanField("受限", default=False)
    state = models.CharField("状态", max_length=10, choices=RecordState, default=RecordState.STANDING)
    root = models.ForeignKey("self", models.PROTECT, null=True, related_name="versions")
    replaces = models.OneToOneField("self", models.PROTECT, null=True, related_name="replaced_by")
    client_token = models.UUIDField("表单标识", editable=False)
    sheet = models.UUIDField("同表登记", null=True, editable=False)
    done_by = models.ForeignKey(User, models.PROTECT, verbose_name="服务人", related_name="+", db_index=False)
    recorded_by = models.ForeignKey(
        User, models.PROTECT, verbose_name="登记人", related_name="+", db_index=False
    )
    recorded_at = models.DateTimeField("登记时间", auto_now_add=True)
    closed_by = models.ForeignKey(
        User, models.PROTECT, verbose_name="更正或作废人", null=True, related_name="+", db_index=False
    )
    closed_at = models.DateTimeField("更正或作废时间", null=True)
    closed_note = models.CharField("更正或作废原因", max_length=200, blank=True)

    objects = querysets.ServiceRecordQuerySet.as_manager()

    class Meta:
        verbose_name = verbose_name_plural = "服务记录"
        constraints = [
            models.UniqueConstraint(
                fields=["client_token", "resident"],
                name="one_record_per_client_token",
                violation_error_message="这张表单已经提交过。",
            ),
            models.UniqueConstraint(
                fields=["root"],
                condition=Q(state=RecordState.STANDING),
                name="one_standing_version_of_a_record",
                violation_error_message="这条记录已被更正，请打开最新的一版。",
            ),
        ]
        indexes = [
            models.Index(fields=["resident", "form", "-done_on", "-id"], name="record_resident_form"),
            models.Index(fields=["team", "-done_on", "-id"], name="record_team_day"),
        ]

    def __str__(self) -> str:
        return f"{self.form} {self.done_on}"

    @property
    def key(self) -> str:
        """What tasks, fulfilments and points know it by."""
        return f"record:{self.root_id or self.pk}"


class Contact(models.Model):
    """One attempt to speak with a resident, and what came of it (S2-18, P10). Attempts and reached are counted apart.

    Attributes:
        record: the visit that was at the same time a contact; None for a contact alone.
    """

    resident = models.ForeignKey(
        Resident, models.PROTECT, verbose_name="居民", related_name="contacts", db_index=False
    )
    team = models.ForeignKey(
        Team, models.PROTECT, verbose_name="团队", related_name="contacts", db_index=False
    )
    enrollment = models.ForeignKey(
        Enrollment, models.PROTECT, verbose_name="签约人", null=True, related_name="contacts", db_index=False
    )
    contacted_on = models.DateField("联系日期")
    mode = models.CharField("联系方式", max_length=10, choices=ServiceMode)
    outcome = models.CharField("结果", max_length=15, choices=ContactOutcome)
    topic = models.CharField("内容", max_length=200, blank=True)
    record = models.OneToOneField(ServiceRecord, models.PROTECT, null=True, related_name="contact")
    client_token = models.UUIDField("表单标识", editable=False)
    done_by = models.ForeignKey(User, models.PROTECT, verbose_name="联系人", related_name="+", db_index=False)
    recorded_at = models.DateTimeField("登记时间", auto_now_add=True)
    voided_at = models.DateTimeField("作废时间", null=True)
    voided_by = models.ForeignKey(
        User, models.PROTECT, verbose_name="作废人", null=True, related_name="+", db_index=False
    )
    voided_note = models.CharField("作废原因", max_length=200, blank=True)

    objects = querysets.ContactQuerySet.as_manager()

    class Meta:
        verbose_name = verbose_name_plural = "联系记录"
        constraints = [
            models.UniqueConstraint(
                fields=["client_token", "resident"],
                name="one_contact_per_client_token",
                violation_error_message="这次联系已经登记过。",
            )
        ]
        indexes = [
            models.Index(fields=["resident", "-contacted_on"], name="contact_resident_day"),
            models.Index(fields=["team", "-contacted_on"], name="contact_team_day"),
        ]

    def __str__(self) -> str:
        return f"{self.get_outcome_display()} {self.contacted_on}"


class Reading(models.Model):
    """One value measured at home (S3-26). Blood pressure has two numbers, everything else one.

    Attributes:
        first, second: mmHg, mmol/L, kg, %, beats a minute, degrees C, by kind.
        is_abnormal: judged when it came in, by the limits in force on that day.
    """

    resident = models.ForeignKey(
        Resident, models.PROTECT, verbose_name="居民", related_name="readings", db_index=False
    )
    kind = models.CharField("项目", max_length=20, choices=ReadingKind)
    taken_at = models.DateTimeField("测量时间")
    first = models.DecimalField("数值", max_digits=6, decimal_places=2)
    second = models.DecimalField("舒张压", max_digits=6, decimal_places=2, null=True, blank=True)
    source = models.CharField("来源", max_length=10, choices=ReadingSource, default=ReadingSource.SELF)
    is_abnormal = models.BooleanField("异常", default=False)
    client_token = models.UUIDField("表单标识", editable=False)
    recorded_by = models.ForeignKey(
        User, models.PROTECT, verbose_name="登记人", null=True, related_name="+", db_index=False
    )
    recorded_at = models.DateTimeField("登记时间", auto_now_add=True)
    voided_at = models.DateTimeField("作废时间", null=True)
    voided_by = models.ForeignKey(
        User, models.PROTECT, verbose_name="作废人", null=True, related_name="+", db_index=False
    )

    objects = querysets.OfResidentQuerySet.as_manager()

    class Meta:
        verbose_name = verbose_name_plural = "居家监测"
        constraints = [
            models.UniqueConstraint(
                fields=["client_token"],
                name="one_reading_per_client_token",
                violation_error_message="这次测量已经登记过。",
            ),
            models.CheckConstraint(
                name="reading_second_for_pressure",
                condition=Q(kind=ReadingKind.BLOOD_PRESSURE, second__isnull=False)
                | ~Q(kind=ReadingKind.BLOOD_PRESSURE) & Q(second__isnull=True),
                violation_error_message="血压须填收缩压和舒张压。",
            ),
        ]
        indexes = [models.Index(fields=["resident", "kind", "-taken_at"], name="reading_resident_kind")]

    def __str__(self) -> str:
        return f"{self.get_kind_display()} {self.taken_at:%F}"


@keep_history(by_time="episode_history_at")
class Episode(models.Model):
    """A stretch of care with dates of its own: a pregnancy, a course of tuberculosis treatment, a newborn's discharge.

    Attributes:
        starts_on: what its schedule counts from (last menstrual period, management notice, discharge).
        facts: the other days and choices of it, by programme ("edd", "delivered_on", "discharged_on", "notice_at",
            "phase" ...), as ``care.rules`` names them; days as ISO text.
    """

    resident = models.ForeignKey(Resident, models.PROTECT, verbose_name="居民", related_name="episodes")
    program = models.CharField("项目", max_length=20, choices=Program)
    starts_on = models.DateField("起算日期")
    facts = models.JSONField("情况", default=dict)
    ends_on = models.DateField("结案日期", null=True, blank=True)
    end_reason = models.CharField("结案原因", max_length=60, blank=True)
    recorded_by = models.ForeignKey(
        User, models.PROTECT, verbose_name="登记人", related_name="+", db_index=False
    )
    recorded_at = models.DateTimeField("登记时间", auto_now_add=True)

    objects = querysets.EpisodeQuerySet.as_manager()

    class Meta:
        verbose_name = verbose_name_plural = "专案管理"
        constraints = [
            models.UniqueConstraint(
                fields=["resident", "program"],
                condition=Q(ends_on__isnull=True),
                name="one_running_episode_per_program",
                violation_error_message="该居民的这项管理还没有结案。",
            ),
            models.CheckConstraint(
                name="episode_ends_after_start",
                condition=Q(ends_on__isnull=True) | Q(ends_on__gte=F("starts_on")),
                violation_error_message="结案日期不能早于起算日期。",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.get_program_display()} {self.starts_on}"


class RecordDraft(models.Model):
    """What somebody has typed into a record form and not saved yet, sealed: one for a person, resident and page.

    Attributes:
        page: the forms that stand on it ("htn_follow_up+dm_follow_up").
        typed: JSON of the fields as the browser sends them.
    """

    user = models.ForeignKey(User, models.CASCADE, verbose_name="填写人", related_name="+")
    resident = models.ForeignKey(
        Resident, models.CASCADE, verbose_name="居民", related_name="+", db_index=False
    )
    page = models.CharField("表单", max_length=120)
    typed = SealedTextField("已填内容", purpose="record_draft.typed")
    saved_at = models.DateTimeField("保存时间", auto_now=True)

    objects = querysets.OfResidentQuerySet.as_manager()

    class Meta:
        verbose_name = verbose_name_plural = "服务记录草稿"
        constraints = [
            models.UniqueConstraint(fields=["user", "resident", "page"], name="one_record_draft_per_page")
        ]
        indexes = [models.Index(fields=["saved_at"], name="record_draft_saved")]

    def __str__(self) -> str:
        return f"{self.page} {self.saved_at:%F}"
