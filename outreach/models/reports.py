"""What grid workers send, and what becomes of it: "the grid whistles, the doctor reports" (S2-26 to S2-31)."""

import uuid

import pgtrigger
from django.db import models
from django.db.models import Q

from core.fields import SealedTextField
from core.history import keep_history
from grids.models import Area, Grid, Posting
from outreach import querysets
from outreach.choices import (
    OPEN_STATES,
    AckSide,
    AlertState,
    BookedAs,
    ErrandKind,
    ErrandState,
    Escalation,
    Outcome,
    ReportKind,
    ReportState,
    ReportStep,
    Symptom,
)
from residents.models import Resident
from teams.models import Team, User


class ClusterAlert(models.Model):
    """Several reports of one symptom kind, close in time and place (S0-10). One at a time for a village and symptom.

    Attributes:
        grid: where the number was reached. reports: how many belong to it by now.
        first_on: day of the first of them. quiet_until: last day on which no further alert is raised.
    """

    symptom = models.CharField("症状", max_length=10, choices=Symptom)
    grid = models.ForeignKey(Grid, models.PROTECT, verbose_name="网格", related_name="cluster_alerts")
    village = models.ForeignKey(Area, models.PROTECT, verbose_name="村居", related_name="+", db_index=False)
    first_on = models.DateField("首例日期")
    reports = models.PositiveSmallIntegerField("上报数")
    raised_at = models.DateTimeField("预警时间")
    quiet_until = models.DateField("不再重复预警至")
    state = models.CharField("状态", max_length=10, choices=AlertState, default=AlertState.OPEN)
    handled_by = models.ForeignKey(
        User, models.PROTECT, verbose_name="处置人", null=True, related_name="+", db_index=False
    )
    handled_at = models.DateTimeField("处置时间", null=True)
    note = models.CharField("处置情况", max_length=200, blank=True)

    objects = querysets.ClusterAlertQuerySet.as_manager()

    class Meta:
        verbose_name = verbose_name_plural = "聚集性症状预警"
        constraints = [
            models.UniqueConstraint(
                fields=["village", "symptom"],
                condition=~Q(state=AlertState.CLOSED),
                name="one_alert_per_village_and_symptom",
                violation_error_message="该村居的这类症状已有未结束的预警。",
            )
        ]

    def __str__(self) -> str:
        return f"{self.get_symptom_display()} {self.raised_at:%F}"


@keep_history()
class GridReport(models.Model):
    """One thing reported from a grid. It belongs to its place, whoever sent it.

    Attributes:
        client_token: made on the telephone; sent again, it is the same report.
        team: who answered for the grid when it came in; None while nobody does.
        posting: as what the sender worked; None once he has none. is_training: sent for practice, in no count.
        is_restricted: mental illness and HIV: only for those who may know them, and the sender.
        facts: by kind, as ``outreach.rules.whistle`` names them: {"populations": [..]}, {"change": .., "since": ..},
            {"needs": [..]}, {"behaviors": [..]}, {"symptom": .., "count": ..}.
        typed_at: when it was typed, by the telephone's clock; ``reported_at`` is the server's.
        respond_by, settle_by: clocks of the stage; None for practice. Of an urgent one the sides have clocks instead
            of the first.
        handler: who has taken it on. resident: whom it turned out to be about.
    """

    client_token = models.UUIDField("上报标识", unique=True, editable=False)
    kind = models.CharField("类别", max_length=10, choices=ReportKind)
    state = models.CharField("状态", max_length=10, choices=ReportState, default=ReportState.NEW)
    grid = models.ForeignKey(
        Grid, models.PROTECT, verbose_name="网格", related_name="reports", db_index=False
    )
    team = models.ForeignKey(
        Team, models.PROTECT, verbose_name="责任团队", null=True, related_name="reports", db_index=False
    )
    posting = models.ForeignKey(
        Posting, models.PROTECT, verbose_name="上报身份", null=True, related_name="reports", db_index=False
    )
    reporter = models.ForeignKey(
        User, models.PROTECT, verbose_name="上报人", related_name="grid_reports", db_index=False
    )
    is_training = models.BooleanField("练习", default=False)
    is_restricted = models.BooleanField("受限", default=False)
    person_name = models.CharField("姓名或称呼", max_length=40, blank=True)
    phone = SealedTextField("联系电话", purpose="report.phone")
    phone_index = models.UUIDField(null=True, editable=False)
    address = models.CharField("住址", max_length=120, blank=True)
    description = SealedTextField("情况说明", purpose="report.description")
    facts = models.JSONField("内容", default=dict)
    latitude = models.DecimalField("纬度", max_digits=9, decimal_places=6, null=True)
    longitude = models.DecimalField("经度", max_digits=9, decimal_places=6, null=True)
    accuracy_m = models.PositiveIntegerField("定位精度（米）", null=True)
    typed_at = models.DateTimeField("填写时间", null=True)
    reported_at = models.DateTimeField("收到时间")
    respond_by = models.DateTimeField("应响应时间", null=True)
    settle_by = models.DateTimeField("应办结时间", null=True)
    handler = models.ForeignKey(
        User, models.PROTECT, verbose_name="经办人", null=True, related_name="+", db_index=False
    )
    taken_at = models.DateTimeField("接单时间", null=True)
    ended_at = models.DateTimeField("结束时间", null=True)
    outcome = models.CharField("结果", max_length=15, choices=Outcome, blank=True, default=Outcome.NONE)
    reply = models.CharField("给上报人的话", max_length=200, blank=True)
    escalated = models.PositiveSmallIntegerField("超时上报", choices=Escalation, default=Escalation.NONE)
    resident = models.ForeignKey(
        Resident, models.PROTECT, verbose_name="居民", null=True, related_name="grid_reports"
    )
    duplicate_of = models.ForeignKey(
        "self", models.PROTECT, verbose_name="与其重复", null=True, related_name="duplicates"
    )
    alert = models.ForeignKey(
        ClusterAlert, models.PROTECT, verbose_name="聚集预警", null=True, related_name="members"
    )

    objects = querysets.ReportQuerySet.as_manager()

    class Meta:
        verbose_name = verbose_name_plural = "网格上报"
        constraints = [
            models.CheckConstraint(
                name="report_ended_has_time",
                condition=Q(state__in=OPEN_STATES, ended_at__isnull=True)
                | ~Q(state__in=OPEN_STATES) & Q(ended_at__isnull=False),
                violation_error_message="已结束的上报须有结束时间，未结束的不能有。",
            ),
            models.CheckConstraint(
                name="report_duplicate_names_the_other",
                condition=Q(state=ReportState.DUPLICATE, duplicate_of__isnull=False)
                | ~Q(state=ReportState.DUPLICATE) & Q(duplicate_of__isnull=True),
                violation_error_message="判为重复时须指明原上报。",
            ),
        ]
        indexes = [
            models.Index(
                fields=["team", "respond_by"],
                name="report_open",
                condition=Q(state__in=OPEN_STATES, is_training=False),
            ),
            models.Index(fields=["grid", "-reported_at"], name="report_grid"),
            models.Index(fields=["reporter", "-reported_at"], name="report_reporter"),
        ]

    def __str__(self) -> str:
        return f"{self.get_kind_display()} {self.reported_at:%F}"

    @property
    def is_open(self) -> bool:
        return self.state in OPEN_STATES


class ReportEvent(models.Model):
    """One step of a report: who, when, what. Never changed.

    Attributes:
        note: for colleagues; what the sender is told is made from the step and the outcome.
    """

    report = models.ForeignKey(GridReport, models.PROTECT, related_name="events")
    step = models.CharField("步骤", max_length=10, choices=ReportStep)
    at = models.DateTimeField("时间")
    by = models.ForeignKey(
        User, models.PROTECT, verbose_name="办理人", null=True, related_name="+", db_index=False
    )
    note = SealedTextField("说明", purpose="report.event")

    objects = querysets.OfReportQuerySet.as_manager()

    class Meta:
        verbose_name = verbose_name_plural = "上报办理记录"
        triggers = [
            pgtrigger.Protect(name="report_event_append_only", operation=pgtrigger.Update | pgtrigger.Delete)
        ]

    def __str__(self) -> str:
        return f"{self.get_step_display()} {self.at:%F %R}"


class ReportPhoto(models.Model):
    """A picture sent with a report: re-encoded, without what the camera wrote into it, sealed."""

    report = models.ForeignKey(GridReport, models.PROTECT, related_name="photos")
    sealed = models.BinaryField()
    sha256 = models.CharField("图像指纹", max_length=64)
    added_at = models.DateTimeField("收到时间")

    objects = querysets.OfReportQuerySet.as_manager()

    class Meta:
        verbose_name = verbose_name_plural = "上报照片"
        constraints = [
            models.UniqueConstraint(
                fields=["report", "sha256"],
                name="report_photo_once",
                violation_error_message="这张照片已经收到。",
            )
        ]

    def __str__(self) -> str:
        return f"{self.report_id} {self.added_at:%F}"


class ReportAck(models.Model):
    """One of the two sides that must say that it has heard of an urgent report (S2-27), with a clock of its own."""

    report = models.ForeignKey(GridReport, models.PROTECT, related_name="acks")
    side = models.CharField("接收方", max_length=10, choices=AckSide)
    due_at = models.DateTimeField("应确认时间")
    acked_at = models.DateTimeField("确认时间", null=True)
    acked_by = models.ForeignKey(
        User, models.PROTECT, verbose_name="确认人", null=True, related_name="+", db_index=False
    )
    escalated = models.PositiveSmallIntegerField("超时上报", choices=Escalation, default=Escalation.NONE)

    objects = querysets.OfReportQuerySet.as_manager()

    class Meta:
        verbose_name = verbose_name_plural = "紧急上报确认"
        constraints = [
            models.UniqueConstraint(
                fields=["report", "side"], name="one_ack_per_side", violation_error_message="该方已经列入。"
            ),
            models.CheckConstraint(
                name="ack_by_somebody",
                condition=Q(acked_at__isnull=True, acked_by__isnull=True)
                | Q(acked_at__isnull=False, acked_by__isnull=False),
                violation_error_message="确认须有时间和确认人。",
            ),
        ]
        indexes = [models.Index(fields=["due_at"], name="ack_waiting", condition=Q(acked_at__isnull=True))]

    def __str__(self) -> str:
        return f"{self.get_side_display()} {self.due_at:%F %R}"


class ReportBooking(models.Model):
    """As what the response was entered in the person's care: key of a contact, record, service or task."""

    report = models.ForeignKey(GridReport, models.PROTECT, related_name="bookings")
    kind = models.CharField("登记为", max_length=10, choices=BookedAs)
    key = models.CharField("登记编号", max_length=60)
    booked_by = models.ForeignKey(
        User, models.PROTECT, verbose_name="登记人", related_name="+", db_index=False
    )
    booked_at = models.DateTimeField("登记时间")

    objects = querysets.OfReportQuerySet.as_manager()

    class Meta:
        verbose_name = verbose_name_plural = "上报的服务登记"
        constraints = [
            models.UniqueConstraint(
                fields=["report", "key"],
                name="report_booked_once",
                violation_error_message="这次响应已经登记过。",
            )
        ]

    def __str__(self) -> str:
        return f"{self.get_kind_display()} {self.key}"


@keep_history()
class ErrandOrder(models.Model):
    """Medicine fetched or brought by a grid worker after the team has seen the person (S2-31).

    Attributes:
        medicines: what is to be fetched or brought, sealed.
        posting: who is asked to go; None until somebody takes it.
        received_by: who took the medicine at the door. receipt: a picture of the receipt, sealed.
    """

    client_token = models.UUIDField("单据标识", unique=True, default=uuid.uuid4, editable=False)
    kind = models.CharField("类别", max_length=12, choices=ErrandKind)
    state = models.CharField("状态", max_length=10, choices=ErrandState, default=ErrandState.ASKED)
    grid = models.ForeignKey(Grid, models.PROTECT, verbose_name="网格", related_name="errands")
    team = models.ForeignKey(Team, models.PROTECT, verbose_name="责任团队", related_name="errands")
    resident = models.ForeignKey(Resident, models.PROTECT, verbose_name="居民", related_name="errands")
    medicines = SealedTextField("药品", purpose="errand.medicines")
    asked_by = models.ForeignKey(
        User, models.PROTECT, verbose_name="发起人", related_name="+", db_index=False
    )
    asked_at = models.DateTimeField("发起时间")
    due_on = models.DateField("应办日期")
    posting = models.ForeignKey(
        Posting, models.PROTECT, verbose_name="代办人", null=True, related_name="errands"
    )
    taken_at = models.DateTimeField("接单时间", null=True)
    ended_at = models.DateTimeField("结束时间", null=True)
    received_by = models.CharField("签收人", max_length=40, blank=True)
    receipt = models.BinaryField(null=True)
    note = models.CharField("说明", max_length=200, blank=True)
    report = models.ForeignKey(
        GridReport, models.PROTECT, verbose_name="来自上报", null=True, related_name="errands"
    )

    objects = querysets.ErrandQuerySet.as_manager()

    class Meta:
        verbose_name = verbose_name_plural = "代办"
        constraints = [
            models.CheckConstraint(
                name="errand_done_has_receiver",
                condition=~Q(state=ErrandState.DONE) | Q(ended_at__isnull=False) & ~Q(received_by=""),
                violation_error_message="办妥须填签收人。",
            )
        ]
        indexes = [
            models.Index(
                fields=["team", "due_on"], name="errand_open", condition=Q(state__in=["asked", "taken"])
            )
        ]

    def __str__(self) -> str:
        return f"{self.get_kind_display()} {self.due_on}"
