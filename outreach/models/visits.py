"""Everything for which a team goes out, planned and as it was; and who has booked (S0-26 to S0-28, S2-17, S4-8)."""

import uuid

from django.contrib.postgres.fields import ArrayField
from django.db import models
from django.db.models import F, Q

from core.fields import SealedTextField
from core.history import keep_history
from grids.models import Grid, Posting
from outreach import querysets
from outreach.choices import (
    BookingSource,
    BookingState,
    PlaceGrade,
    PointService,
    VisitKind,
    VisitState,
    WorkKind,
)
from outreach.models.points import PointTimetable, ServicePoint
from residents.models import Resident
from teams.models import Team, User


@keep_history()
class OutreachVisit(models.Model):
    """One going-out of a team: planned hours, and what really happened.

    Attributes:
        point: of a patrol. timetable: that it was planned from; a visit of it and day is made once.
        grids: where a work day or a round of homes leads; of a patrol the grid is that of the point.
        begins_at, closes_at: planned hours of the day; began_at, ended_at: as it was.
        head_counts: service code -> people; handouts: code -> pieces.
        place_grade: what the phone said about having been there.
    """

    kind = models.CharField("类别", max_length=10, choices=VisitKind)
    state = models.CharField("状态", max_length=10, choices=VisitState, default=VisitState.PLANNED)
    team = models.ForeignKey(Team, models.PROTECT, verbose_name="团队", related_name="visits", db_index=False)
    point = models.ForeignKey(
        ServicePoint,
        models.PROTECT,
        verbose_name="服务点",
        null=True,
        blank=True,
        related_name="visits",
        db_index=False,
    )
    timetable = models.ForeignKey(
        PointTimetable, models.PROTECT, null=True, blank=True, related_name="visits", db_index=False
    )
    grids = models.ManyToManyField(Grid, verbose_name="到访网格", related_name="visits", blank=True)
    place = models.CharField("地点", max_length=120, blank=True)
    topic = models.CharField("主题", max_length=100, blank=True)
    on = models.DateField("日期")
    begins_at = models.TimeField("计划开始")
    closes_at = models.TimeField("计划结束")
    began_at = models.DateTimeField("实际开始", null=True)
    ended_at = models.DateTimeField("实际结束", null=True)
    visitors = models.PositiveIntegerField("服务人数", default=0)
    head_counts = models.JSONField("各项服务人次", default=dict)
    handouts = models.JSONField("发放材料", default=dict)
    latitude = models.DecimalField("纬度", max_digits=9, decimal_places=6, null=True)
    longitude = models.DecimalField("经度", max_digits=9, decimal_places=6, null=True)
    accuracy_m = models.PositiveIntegerField("定位精度（米）", null=True)
    place_grade = models.PositiveSmallIntegerField("定位", choices=PlaceGrade, default=PlaceGrade.NONE)
    note = models.CharField("说明", max_length=300, blank=True)
    client_token = models.UUIDField("表单标识", unique=True, default=uuid.uuid4, editable=False)
    recorded_by = models.ForeignKey(
        User, models.PROTECT, verbose_name="登记人", null=True, related_name="+", db_index=False
    )
    recorded_at = models.DateTimeField("登记时间", null=True)

    objects = querysets.VisitQuerySet.as_manager()

    class Meta:
        verbose_name = verbose_name_plural = "外出服务"
        constraints = [
            models.UniqueConstraint(
                fields=["timetable", "on"],
                name="visit_planned_once",
                violation_error_message="这一天的巡诊已经排班。",
            ),
            models.CheckConstraint(
                name="visit_patrol_has_point",
                condition=~Q(kind=VisitKind.PATROL) | Q(point__isnull=False),
                violation_error_message="巡诊须选服务点。",
            ),
            models.CheckConstraint(
                name="visit_hours",
                condition=Q(closes_at__gt=F("begins_at")),
                violation_error_message="结束时间须晚于开始时间。",
            ),
            models.CheckConstraint(
                name="visit_done_has_times",
                condition=~Q(state=VisitState.DONE)
                | Q(began_at__isnull=False, ended_at__isnull=False, ended_at__gt=F("began_at")),
                violation_error_message="完成的服务须有实际开始和结束时间，结束须晚于开始。",
            ),
        ]
        indexes = [
            models.Index(fields=["team", "on"], name="visit_team_day"),
            models.Index(fields=["point", "on"], name="visit_point_day"),
            models.Index(fields=["on"], name="visit_open", condition=Q(state__in=["planned", "ongoing"])),
        ]

    def __str__(self) -> str:
        return f"{self.get_kind_display()} {self.on}"


class VisitStaff(models.Model):
    """Who was to come, and who came."""

    visit = models.ForeignKey(OutreachVisit, models.CASCADE, related_name="staff")
    user = models.ForeignKey(User, models.PROTECT, verbose_name="人员", related_name="outreach_visits")
    is_present = models.BooleanField("到场", default=False)

    objects = querysets.OfVisitQuerySet.as_manager()

    class Meta:
        verbose_name = verbose_name_plural = "外出服务人员"
        constraints = [
            models.UniqueConstraint(
                fields=["visit", "user"], name="visit_staff_once", violation_error_message="该人员已列入。"
            )
        ]

    def __str__(self) -> str:
        return f"{self.visit_id} {self.user_id}"


class VisitWork(models.Model):
    """What was made at a visit and stands elsewhere: a record, a measurement, an agreement, a new resident.

    Attributes:
        key: "record:12", "reading:7", "agreement:5", "resident:9".
    """

    visit = models.ForeignKey(OutreachVisit, models.PROTECT, related_name="works", db_index=False)
    kind = models.CharField("类别", max_length=10, choices=WorkKind)
    key = models.CharField("编号", max_length=60)
    service = models.CharField("服务", max_length=20, choices=PointService)
    resident = models.ForeignKey(
        Resident, models.PROTECT, verbose_name="居民", related_name="+", db_index=False
    )
    added_by = models.ForeignKey(
        User, models.PROTECT, verbose_name="登记人", related_name="+", db_index=False
    )
    added_at = models.DateTimeField("登记时间")

    objects = querysets.OfVisitQuerySet.as_manager()

    class Meta:
        verbose_name = verbose_name_plural = "外出服务成果"
        constraints = [
            models.UniqueConstraint(
                fields=["visit", "key", "service"],
                name="visit_work_once",
                violation_error_message="这项服务已经记入本次外出。",
            )
        ]
        indexes = [models.Index(fields=["key"], name="visit_work_key")]

    def __str__(self) -> str:
        return self.key


class VisitCheckIn(models.Model):
    """A grid worker was there (S2-28)."""

    visit = models.ForeignKey(OutreachVisit, models.PROTECT, related_name="check_ins", db_index=False)
    posting = models.ForeignKey(Posting, models.PROTECT, verbose_name="任职", related_name="check_ins")
    client_token = models.UUIDField("签到标识", unique=True, editable=False)
    at = models.DateTimeField("签到时间")
    typed_at = models.DateTimeField("手机时间", null=True)
    place_grade = models.PositiveSmallIntegerField("定位", choices=PlaceGrade, default=PlaceGrade.NONE)

    objects = querysets.OfVisitQuerySet.as_manager()

    class Meta:
        verbose_name = verbose_name_plural = "活动签到"
        constraints = [
            models.UniqueConstraint(
                fields=["visit", "posting"], name="checked_in_once", violation_error_message="您已经签到。"
            )
        ]

    def __str__(self) -> str:
        return f"{self.visit_id} {self.posting_id}"


class VisitSlot(models.Model):
    """Some minutes of a visit that may be booked. ``taken`` never exceeds ``seats``."""

    visit = models.ForeignKey(OutreachVisit, models.CASCADE, related_name="slots", db_index=False)
    begins_at = models.TimeField("开始时间")
    seats = models.PositiveSmallIntegerField("可约人数")
    taken = models.PositiveSmallIntegerField("已约人数", default=0)

    objects = querysets.OfVisitQuerySet.as_manager()

    class Meta:
        verbose_name = verbose_name_plural = "预约时段"
        constraints = [
            models.UniqueConstraint(
                fields=["visit", "begins_at"], name="slot_once", violation_error_message="该时段已有。"
            ),
            models.CheckConstraint(
                name="slot_never_oversold",
                condition=Q(taken__lte=F("seats")),
                violation_error_message="该时段已约满，请选其他时段。",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.visit_id} {self.begins_at:%H:%M}"


class Booking(models.Model):
    """A seat at a service point, booked by a resident or for one.

    Attributes:
        token: of the link with which it is looked up and cancelled.
        services: what he comes for. resident: known only where staff booked or recognised him.
    """

    slot = models.ForeignKey(VisitSlot, models.PROTECT, verbose_name="时段", related_name="bookings")
    token = models.UUIDField(unique=True, default=uuid.uuid4, editable=False)
    name = models.CharField("姓名", max_length=40)
    phone = SealedTextField("电话", purpose="booking.phone")
    phone_index = models.UUIDField(editable=False)
    services = ArrayField(
        models.CharField(max_length=20, choices=PointService),
        verbose_name="预约服务",
        default=list,
        blank=True,
    )
    resident = models.ForeignKey(
        Resident, models.PROTECT, verbose_name="居民", null=True, related_name="bookings"
    )
    source = models.CharField("来源", max_length=10, choices=BookingSource)
    state = models.CharField("状态", max_length=10, choices=BookingState, default=BookingState.BOOKED)
    booked_at = models.DateTimeField("预约时间")
    booked_by = models.ForeignKey(
        User, models.PROTECT, verbose_name="登记人", null=True, related_name="+", db_index=False
    )
    changed_at = models.DateTimeField("变更时间", null=True)

    objects = querysets.BookingQuerySet.as_manager()

    class Meta:
        verbose_name = verbose_name_plural = "服务点预约"
        constraints = [
            models.UniqueConstraint(
                fields=["slot", "phone_index", "name"],
                condition=Q(state=BookingState.BOOKED),
                name="one_booking_per_slot",
                violation_error_message="您已预约这个时段。",
            )
        ]

    def __str__(self) -> str:
        return f"{self.slot_id} {self.get_state_display()}"
