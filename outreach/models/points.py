"""Service points and when they are served (S0-24 to S0-26)."""

from django.contrib.postgres.fields import ArrayField
from django.core.validators import MaxValueValidator, MinValueValidator, RegexValidator
from django.db import models
from django.db.models import F, Q

from core.history import keep_history
from core.periods import Period, ends_after_start
from grids.models import Grid
from outreach import querysets
from outreach.choices import ExceptionReason, ExceptionState, PointService, Venue
from teams.models import PHONE, Team, User


@keep_history()
class ServicePoint(models.Model):
    """A place in a grid at which the team can be met every week.

    Attributes:
        code: of the public page and the poster, short and without look-alikes.
        latitude, longitude: WGS-84 degrees, whatever they were entered in.
        services: what the point is equipped for.
    """

    grid = models.ForeignKey(Grid, models.PROTECT, verbose_name="网格", related_name="service_points")
    name = models.CharField("服务点名称", max_length=60)
    venue = models.CharField("场所类型", max_length=15, choices=Venue)
    address = models.CharField("地址", max_length=120)
    latitude = models.DecimalField("纬度", max_digits=9, decimal_places=6, null=True, blank=True)
    longitude = models.DecimalField("经度", max_digits=9, decimal_places=6, null=True, blank=True)
    contact = models.CharField("预约联系人", max_length=40, blank=True)
    phone = models.CharField("预约电话", max_length=20, blank=True, validators=[PHONE])
    services = ArrayField(
        models.CharField(max_length=20, choices=PointService),
        verbose_name="可提供的服务",
        default=list,
        blank=True,
    )
    code = models.CharField(
        "公开编码",
        max_length=10,
        unique=True,
        editable=False,
        validators=[RegexValidator(r"^[a-z2-9]{8,10}$")],
    )
    opened_on = models.DateField("启用日期")
    closed_on = models.DateField("停用日期", null=True, blank=True)

    objects = querysets.ServicePointQuerySet.as_manager()

    class Meta:
        verbose_name = verbose_name_plural = "家庭医生服务点"
        constraints = [
            models.UniqueConstraint(
                fields=["grid", "name"],
                name="point_name_unique",
                violation_error_message="本网格已有同名服务点。",
            ),
            models.CheckConstraint(
                name="point_closed_after_opened",
                condition=Q(closed_on__isnull=True) | Q(closed_on__gte=F("opened_on")),
                violation_error_message="停用日期不能早于启用日期。",
            ),
            models.CheckConstraint(
                name="point_place_whole",
                condition=Q(latitude__isnull=True, longitude__isnull=True)
                | Q(latitude__range=(-90, 90), longitude__range=(-180, 180)),
                violation_error_message="经纬度须同时填写，且在正常范围内。",
            ),
        ]

    def __str__(self) -> str:
        return self.name


@keep_history()
class PointTimetable(Period):
    """A weekly hour at which a team serves a point; planned visits are made from it.

    Attributes:
        weekday: 1 Monday to 7 Sunday. every_weeks: 1 each week, 2 every other one, counted from ``starts_on``.
        slot_minutes, seats: what residents may book: a slot of so many minutes for so many people; 0 seats: none.
    """

    point = models.ForeignKey(ServicePoint, models.PROTECT, verbose_name="服务点", related_name="timetables")
    team = models.ForeignKey(Team, models.PROTECT, verbose_name="团队", related_name="timetables")
    weekday = models.PositiveSmallIntegerField(
        "星期", validators=[MinValueValidator(1), MaxValueValidator(7)]
    )
    begins_at = models.TimeField("开始时间")
    closes_at = models.TimeField("结束时间")
    every_weeks = models.PositiveSmallIntegerField(
        "每几周一次", default=1, validators=[MinValueValidator(1), MaxValueValidator(4)]
    )
    slot_minutes = models.PositiveSmallIntegerField("每个预约时段（分钟）", default=30)
    seats = models.PositiveSmallIntegerField("每时段可约（人）", default=0)
    staff = models.ManyToManyField(User, verbose_name="出诊人员", related_name="timetables", blank=True)

    objects = querysets.TimetableQuerySet.as_manager()

    class Meta:
        verbose_name = verbose_name_plural = "巡诊时间表"
        constraints = [
            ends_after_start("timetable_ends_after_start"),
            models.CheckConstraint(
                name="timetable_hours",
                condition=Q(closes_at__gt=F("begins_at")),
                violation_error_message="结束时间须晚于开始时间。",
            ),
            models.CheckConstraint(
                name="timetable_weekday",
                condition=Q(weekday__range=(1, 7), every_weeks__range=(1, 4)),
                violation_error_message="星期须在 1 到 7 之间，间隔须在 1 到 4 周之间。",
            ),
            models.CheckConstraint(
                name="timetable_slot",
                condition=Q(slot_minutes__range=(5, 240)),
                violation_error_message="每个预约时段须在 5 到 240 分钟之间。",
            ),
            models.UniqueConstraint(
                fields=["point", "weekday", "begins_at", "starts_on"],
                name="timetable_once",
                violation_error_message="该服务点这个时间已经排班。",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.point_id} 周{self.weekday} {self.begins_at:%H:%M}"


@keep_history()
class PointException(Period):
    """Days on which a point is not served as planned; approved, its weeks are not counted against it."""

    point = models.ForeignKey(ServicePoint, models.PROTECT, verbose_name="服务点", related_name="exceptions")
    reason = models.CharField("原因", max_length=10, choices=ExceptionReason)
    note = models.CharField("说明", max_length=200, blank=True)
    state = models.CharField("状态", max_length=10, choices=ExceptionState, default=ExceptionState.ASKED)
    asked_by = models.ForeignKey(
        User, models.PROTECT, verbose_name="申请人", related_name="+", db_index=False
    )
    asked_at = models.DateTimeField("申请时间")
    decided_by = models.ForeignKey(
        User, models.PROTECT, verbose_name="审批人", null=True, related_name="+", db_index=False
    )
    decided_at = models.DateTimeField("审批时间", null=True)
    decision = models.CharField("审批意见", max_length=200, blank=True)

    objects = querysets.OfPointQuerySet.as_manager()

    class Meta:
        verbose_name = verbose_name_plural = "停诊申请"
        constraints = [
            ends_after_start("exception_ends_after_start"),
            models.CheckConstraint(
                name="exception_ends",
                condition=Q(ends_on__isnull=False),
                violation_error_message="停诊须填写结束日期。",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.point_id} {self.starts_on}"
