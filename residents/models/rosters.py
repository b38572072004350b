"""Uploaded lists: the job, the sealed file, what it did to whom, and the headers an institution has explained."""

import uuid

from django.contrib.postgres.fields import ArrayField
from django.db import models
from django.db.models import Q
from django.db.models.functions import Now

from core.fields import SealedTextField
from core.masks import mask_name, mask_phone
from residents import querysets
from residents.choices import (
    Comparison,
    ComparisonState,
    IdKind,
    ImportPurpose,
    ImportState,
    LineOutcome,
    OutsideSource,
    PartKind,
    Population,
    Sex,
)
from residents.models.people import Resident
from teams.models import Institution, User


class RosterImport(models.Model):
    """One uploaded list on its way: received, checked, confirmed, applied whole or not at all, perhaps undone.

    Attributes:
        mapping: what the uploader said of the columns, by sheet; empty while the headers speak for themselves.
        asked: for a comparison, what is compared and where (``imports.comparing.Asked``).
        report: what the check found, as JSON: it holds names, so it is sealed.
        result: counts without personal data.
        attempts: how often a worker has begun; a job that dies again and again is given up.
        uploaded_by: None for a list that an operator imported on the command line.
        failure: why it could not be completed, or not be undone, as a Chinese sentence.
        undone_by: who asked for it, from then on.
    """

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    purpose = models.CharField(
        "用途", max_length=10, choices=ImportPurpose, default=ImportPurpose.ROSTER, db_default="roster"
    )
    source = models.CharField(
        "名单来源", max_length=15, choices=OutsideSource, blank=True, default="", db_default=""
    )
    source_on = models.DateField("名单日期", null=True, blank=True)
    file_name = models.CharField("文件名", max_length=200)
    file_bytes = models.BigIntegerField("文件大小", default=0, db_default=0)
    file_digest = models.CharField("文件指纹", max_length=64, blank=True, default="", db_default="")
    institution = models.ForeignKey(
        Institution, models.PROTECT, verbose_name="机构", null=True, blank=True, related_name="roster_imports"
    )
    state = models.CharField("状态", max_length=10, choices=ImportState, default=ImportState.RECEIVED)
    attempts = models.PositiveSmallIntegerField("执行次数", default=0, db_default=0)
    failure = models.CharField("失败原因", max_length=1000, blank=True, default="", db_default="")
    mapping = models.JSONField("列对应", default=dict, db_default={})
    asked = models.JSONField("对照条件", default=dict, db_default={})
    uploaded_by = models.ForeignKey(
        User, models.PROTECT, verbose_name="上传人", null=True, related_name="roster_imports"
    )
    uploaded_at = models.DateTimeField("上传时间", auto_now_add=True)
    applied_at = models.DateTimeField("导入时间", null=True)
    undone_at = models.DateTimeField("撤销时间", null=True)
    undone_by = models.ForeignKey(
        User, models.PROTECT, verbose_name="撤销人", null=True, related_name="+", db_index=False
    )
    report = SealedTextField(purpose="roster.report")
    result = models.JSONField("结果", default=dict)

    objects = querysets.RosterImportQuerySet.as_manager()

    class Meta:
        verbose_name = verbose_name_plural = "花名册导入"
        indexes = [
            models.Index(fields=["uploaded_by", "-uploaded_at"], name="roster_user_at"),
            models.Index(
                fields=["uploaded_at"],
                name="roster_waiting",
                condition=Q(state__in=["received", "checking", "accepted", "applying", "undoing"]),
            ),
        ]

    def __str__(self) -> str:
        return self.file_name


class RosterPart(models.Model):
    """A piece of an uploaded file, or of its refused rows, sealed. The file is erased when the list is decided."""

    roster = models.ForeignKey(RosterImport, models.CASCADE, related_name="parts", db_index=False)
    holds = models.CharField(max_length=10, choices=PartKind, default=PartKind.FILE, db_default="file")
    number = models.PositiveIntegerField()
    sealed = models.BinaryField()

    objects = querysets.OfRosterQuerySet.as_manager()

    class Meta:
        verbose_name = verbose_name_plural = "花名册文件"
        constraints = [models.UniqueConstraint(fields=["roster", "holds", "number"], name="roster_part_once")]

    def __str__(self) -> str:
        return f"{self.roster_id} {self.number}"


class RosterProgress(models.Model):
    """How far the worker is. Apart from the job's own row, which the worker's transaction may hold."""

    roster = models.OneToOneField(
        RosterImport, models.CASCADE, primary_key=True, related_name="progress", serialize=False
    )
    phase = models.CharField("步骤", max_length=40)
    done = models.BigIntegerField("已处理", default=0)
    total = models.BigIntegerField("总数", null=True)
    seconds_left = models.IntegerField("预计还需（秒）", null=True)
    beat_at = models.DateTimeField("最近进展", db_default=Now())

    objects = querysets.OfRosterQuerySet.as_manager()

    class Meta:
        verbose_name = verbose_name_plural = "花名册进度"

    def __str__(self) -> str:
        return self.phase


class RosterLine(models.Model):
    """What one row did to one resident: his story tells it, and an undo needs it.

    A million of them are written with a roster: bare columns without foreign-key checks, one row for each person
    entered or changed.

    Attributes:
        household_id: the household that this row founded, if it did.
        before: sealed JSON of the values that the row replaced; "" for a new person.
    """

    roster = models.ForeignKey(
        RosterImport, models.DO_NOTHING, related_name="lines", db_constraint=False, db_index=False
    )
    row = models.PositiveIntegerField("行号")
    sheet = models.PositiveSmallIntegerField("工作表", default=0, db_default=0)
    outcome = models.CharField("结果", max_length=10, choices=LineOutcome)
    resident = models.ForeignKey(
        Resident, models.DO_NOTHING, related_name="roster_lines", db_constraint=False
    )
    household_id = models.BigIntegerField(null=True)
    changed = models.CharField("修改内容", max_length=200, blank=True, default="", db_default="")
    before = SealedTextField(purpose="roster.before")

    objects = querysets.OfRosterQuerySet.as_manager()

    class Meta:
        verbose_name = verbose_name_plural = "花名册逐行结果"
        indexes = [models.Index(fields=["roster", "id"], name="roster_line_roster")]

    def __str__(self) -> str:
        return f"{self.row} {self.get_outcome_display()}"


class HeaderMemory(models.Model):
    """A header that somebody of an institution has explained: the next file is understood by itself.

    Attributes:
        title: the header in its bare form (``imports.columns.bare_title``).
        column: ``imports.columns.Column`` value, or "" for a column to leave out.
    """

    institution = models.ForeignKey(
        Institution, models.CASCADE, verbose_name="机构", related_name="header_memories", db_index=False
    )
    title = models.CharField("表头", max_length=100)
    column = models.CharField("对应列", max_length=30, blank=True)
    told_by = models.ForeignKey(User, models.PROTECT, verbose_name="指定人", db_index=False)
    told_at = models.DateTimeField("指定时间", auto_now=True)

    class Meta:
        verbose_name = verbose_name_plural = "表头记忆"
        constraints = [
            models.UniqueConstraint(
                fields=["institution", "title"],
                name="header_memory_once",
                violation_error_message="该表头已经指定过。",
            )
        ]

    def __str__(self) -> str:
        return self.title


class ComparisonLine(models.Model):
    """One difference between an outside list and the registry, to be worked off.

    What the other list says of the person is kept in columns, the number and the phone sealed; all of it is empty where he
    stands only here.

    Attributes:
        differences: what differs, in words of the page.
    """

    roster = models.ForeignKey(RosterImport, models.CASCADE, related_name="comparison", db_index=False)
    kind = models.CharField("类别", max_length=15, choices=Comparison)
    row = models.PositiveIntegerField("行号", null=True)
    sheet = models.PositiveSmallIntegerField("工作表", default=0, db_default=0)
    resident = models.ForeignKey(
        Resident, models.PROTECT, verbose_name="居民", null=True, related_name="comparison_lines"
    )
    name = models.CharField("姓名", max_length=60, blank=True, default="", db_default="")
    sex = models.PositiveSmallIntegerField("性别", choices=Sex, default=Sex.UNKNOWN, db_default=Sex.UNKNOWN)
    born_on = models.DateField("出生日期", null=True)
    id_kind = models.CharField(
        "证件类型", max_length=2, choices=IdKind, blank=True, default="", db_default=""
    )
    id_number = SealedTextField("证件号码", purpose="resident.id_number")
    id_index = models.UUIDField(null=True, editable=False)
    phone = SealedTextField("联系电话", purpose="resident.phone")
    phone_index = models.UUIDField(null=True, editable=False)
    village_code = models.CharField("村居代码", max_length=12, blank=True, default="", db_default="")
    address = models.CharField("住址", max_length=200, blank=True, default="", db_default="")
    kinds = ArrayField(models.CharField(max_length=20, choices=Population), verbose_name="人群", default=list)
    differences = ArrayField(models.CharField(max_length=10), verbose_name="不一致的项目", default=list)
    state = models.CharField("处理状态", max_length=10, choices=ComparisonState, default=ComparisonState.OPEN)
    note = models.CharField("处理说明", max_length=200, blank=True)
    settled_by = models.ForeignKey(
        User, models.PROTECT, verbose_name="处理人", null=True, related_name="+", db_index=False
    )
    settled_at = models.DateTimeField("处理时间", null=True)

    objects = querysets.OfRosterQuerySet.as_manager()

    class Meta:
        verbose_name = verbose_name_plural = "名单对照结果"
        indexes = [models.Index(fields=["roster", "kind", "state", "id"], name="comparison_worklist")]

    def __str__(self) -> str:
        return f"{self.get_kind_display()} {self.row or ''}"

    @property
    def masked_name(self) -> str:
        return mask_name(self.name)

    @property
    def masked_phone(self) -> str:
        return mask_phone(self.phone)
