"""What feeds the disclosures: clinic hours, vaccines, techniques, policies, live streams, the seasons (items 1 to 9)."""

from django.contrib.postgres.fields import ArrayField
from django.core.validators import MaxValueValidator, MinValueValidator
from django.db import models
from django.db.models import F, Q

from core.history import keep_history
from core.periods import Period, ends_after_start
from outreach import querysets
from outreach.choices import (
    ClinicKind,
    EducationForm,
    LivestreamState,
    SeasonKind,
    SupplyState,
    TechniqueKind,
    VaccineAudience,
    VaccineProgram,
)
from outreach.models.visits import OutreachVisit
from teams.models import PHONE, Institution, User

_WEEKDAY = [MinValueValidator(1), MaxValueValidator(7)]
MOST_TEXT = 300  # letters of a season: six such texts fit into an item of a disclosure


@keep_history()
class ClinicHours(Period):
    """Regular hours of an institution: immunisation, a specialist, check-ups.

    Attributes:
        weekday: 1 Monday to 7 Sunday. month_weeks: the first to fifth such day of a month; [] every one.
        specialist: one of the staff, or ``specialist_name`` of an expert without an account.
        home: institution that the expert comes from, as residents know it.
    """

    institution = models.ForeignKey(
        Institution, models.PROTECT, verbose_name="机构", related_name="clinic_hours"
    )
    kind = models.CharField("类别", max_length=20, choices=ClinicKind)
    weekday = models.PositiveSmallIntegerField("星期", validators=_WEEKDAY)
    month_weeks = ArrayField(
        models.PositiveSmallIntegerField(validators=[MinValueValidator(1), MaxValueValidator(5)]),
        verbose_name="每月第几个",
        default=list,
        blank=True,
    )
    begins_at = models.TimeField("开始时间")
    closes_at = models.TimeField("结束时间")
    place = models.CharField("地点", max_length=60, blank=True)
    specialist = models.ForeignKey(
        User, models.PROTECT, verbose_name="专家", null=True, blank=True, related_name="clinic_hours"
    )
    specialist_name = models.CharField("专家姓名", max_length=40, blank=True)
    specialty = models.CharField("专业特长", max_length=60, blank=True)
    home = models.CharField("来自机构", max_length=60, blank=True)
    phone = models.CharField("预约电话", max_length=20, blank=True, validators=[PHONE])
    needs_booking = models.BooleanField("须预约", default=False)
    note = models.CharField("说明", max_length=100, blank=True)

    objects = querysets.OfInstitutionPeriodQuerySet.as_manager()

    class Meta:
        verbose_name = verbose_name_plural = "门诊（接种）日程"
        constraints = [
            ends_after_start("clinic_ends_after_start"),
            models.CheckConstraint(
                name="clinic_hours",
                condition=Q(closes_at__gt=F("begins_at")),
                violation_error_message="结束时间须晚于开始时间。",
            ),
            models.CheckConstraint(
                name="clinic_weekday",
                condition=Q(weekday__range=(1, 7)),
                violation_error_message="星期须在 1 到 7 之间。",
            ),
            models.CheckConstraint(
                name="clinic_specialist_named",
                condition=~Q(kind=ClinicKind.SPECIALIST)
                | Q(specialist__isnull=False)
                | ~Q(specialist_name=""),
                violation_error_message="专家坐诊须选专家或填写专家姓名。",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.get_kind_display()} 周{self.weekday}"


class ClinicStop(Period):
    """Days on which clinic hours are not kept."""

    hours = models.ForeignKey(ClinicHours, models.PROTECT, verbose_name="日程", related_name="stops")
    reason = models.CharField("原因", max_length=60)
    entered_by = models.ForeignKey(
        User, models.PROTECT, verbose_name="登记人", related_name="+", db_index=False
    )

    objects = querysets.ClinicStopQuerySet.as_manager()

    class Meta:
        verbose_name = verbose_name_plural = "停诊日"
        constraints = [
            ends_after_start("clinic_stop_ends_after_start"),
            models.CheckConstraint(
                name="clinic_stop_ends",
                condition=Q(ends_on__isnull=False),
                violation_error_message="停诊须填写结束日期。",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.hours_id} {self.starts_on}"


@keep_history()
class VaccineSupply(models.Model):
    """A vaccine of an institution and whether it can be had; a shown state always with its day."""

    institution = models.ForeignKey(
        Institution, models.PROTECT, verbose_name="机构", related_name="vaccines", db_index=False
    )
    name = models.CharField("疫苗名称", max_length=60)
    program = models.CharField("类别", max_length=5, choices=VaccineProgram)
    audience = models.CharField("接种对象", max_length=5, choices=VaccineAudience)
    state = models.CharField("供应情况", max_length=10, choices=SupplyState)
    price_yuan = models.DecimalField("价格（元/剂）", max_digits=8, decimal_places=2, null=True, blank=True)
    note = models.CharField("说明", max_length=100, blank=True)
    updated_on = models.DateField("更新日期")
    updated_by = models.ForeignKey(
        User, models.PROTECT, verbose_name="更新人", related_name="+", db_index=False
    )

    objects = querysets.OfInstitutionQuerySet.as_manager()

    class Meta:
        verbose_name = verbose_name_plural = "疫苗供应"
        constraints = [
            models.UniqueConstraint(
                fields=["institution", "name"],
                name="vaccine_once",
                violation_error_message="本机构已有这种疫苗。",
            ),
            models.CheckConstraint(
                name="vaccine_price",
                condition=Q(price_yuan__isnull=True) | Q(price_yuan__gte=0),
                violation_error_message="价格不能为负。",
            ),
        ]

    def __str__(self) -> str:
        return self.name


@keep_history()
class NewTechnique(Period):
    """A new technique, or one of Chinese medicine, that residents may ask for (item 8)."""

    institution = models.ForeignKey(
        Institution, models.PROTECT, verbose_name="机构", related_name="techniques"
    )
    kind = models.CharField("类别", max_length=10, choices=TechniqueKind)
    title = models.CharField("名称", max_length=60)
    text = models.CharField("介绍", max_length=500)
    phone = models.CharField("咨询电话", max_length=20, blank=True, validators=[PHONE])

    objects = querysets.OfInstitutionPeriodQuerySet.as_manager()

    class Meta:
        verbose_name = verbose_name_plural = "新技术"
        constraints = [ends_after_start("technique_ends_after_start")]

    def __str__(self) -> str:
        return self.title


@keep_history()
class PolicyNotice(Period):
    """A policy that residents are told of while it stands: the bureau's for all, or an institution's own (item 9)."""

    institution = models.ForeignKey(
        Institution, models.PROTECT, verbose_name="机构", null=True, blank=True, related_name="policy_notices",
        help_text="不选表示全区。",
    )  # fmt: skip
    title = models.CharField("标题", max_length=80)
    text = models.CharField("内容", max_length=500)
    document = models.CharField("文件依据", max_length=120, blank=True)

    objects = querysets.PolicyNoticeQuerySet.as_manager()

    class Meta:
        verbose_name = verbose_name_plural = "政策宣传"
        constraints = [ends_after_start("policy_notice_ends_after_start")]

    def __str__(self) -> str:
        return self.title


@keep_history()
class SeasonEntry(models.Model):
    """What to tell of a solar term or a month: keeping healthy, and which illnesses to watch (item 1, S0-10)."""

    kind = models.CharField("类别", max_length=5, choices=SeasonKind)
    number = models.PositiveSmallIntegerField("序号", help_text="节气从小寒起为 1 至 24；月份为 1 至 12。")
    title = models.CharField("名称", max_length=20)
    health = models.TextField("健康养生", max_length=MOST_TEXT)
    diseases = models.TextField("注意防病", max_length=MOST_TEXT)

    class Meta:
        verbose_name = verbose_name_plural = "节气与月份养生"
        constraints = [
            models.UniqueConstraint(
                fields=["kind", "number"],
                name="season_once",
                violation_error_message="该节气（月份）已有条目。",
            ),
            models.CheckConstraint(
                name="season_number",
                condition=Q(kind=SeasonKind.TERM, number__range=(1, 24))
                | Q(kind=SeasonKind.MONTH, number__range=(1, 12)),
                violation_error_message="节气序号为 1 至 24，月份为 1 至 12。",
            ),
        ]

    def __str__(self) -> str:
        return self.title


@keep_history()
class LivestreamSlot(Period):
    """The fixed weekly hour of an institution's live stream (S2-10)."""

    institution = models.ForeignKey(
        Institution, models.PROTECT, verbose_name="机构", related_name="livestream_slots"
    )
    weekday = models.PositiveSmallIntegerField("星期", validators=_WEEKDAY)
    begins_at = models.TimeField("开始时间")
    minutes = models.PositiveSmallIntegerField(
        "时长（分钟）", validators=[MinValueValidator(5), MaxValueValidator(600)]
    )
    platform = models.CharField("平台（账号）", max_length=60)

    objects = querysets.OfInstitutionPeriodQuerySet.as_manager()

    class Meta:
        verbose_name = verbose_name_plural = "固定直播时间"
        constraints = [
            ends_after_start("stream_slot_ends_after_start"),
            models.CheckConstraint(
                name="stream_slot_weekday",
                condition=Q(weekday__range=(1, 7), minutes__range=(5, 600)),
                violation_error_message="星期须在 1 到 7 之间，时长须在 5 到 600 分钟之间。",
            ),
        ]

    def __str__(self) -> str:
        return f"周{self.weekday} {self.begins_at:%H:%M}"


@keep_history()
class Livestream(models.Model):
    """One live stream, planned and as it was: how long, whether residents could ask, how many did (S2-10)."""

    institution = models.ForeignKey(
        Institution, models.PROTECT, verbose_name="机构", related_name="livestreams", db_index=False
    )
    slot = models.ForeignKey(
        LivestreamSlot, models.PROTECT, verbose_name="固定时间", null=True, blank=True, related_name="streams"
    )
    on = models.DateField("日期")
    begins_at = models.TimeField("计划开始")
    minutes = models.PositiveSmallIntegerField("计划时长（分钟）")
    topic = models.CharField("主题", max_length=80, blank=True)
    host = models.CharField("主讲人", max_length=60, blank=True)
    platform = models.CharField("平台（账号）", max_length=60)
    state = models.CharField("状态", max_length=10, choices=LivestreamState, default=LivestreamState.PLANNED)
    began_at = models.DateTimeField("实际开始", null=True, blank=True)
    ended_at = models.DateTimeField("实际结束", null=True, blank=True)
    qa_enabled = models.BooleanField("开通居民提问", default=False)
    questions = models.PositiveIntegerField("居民提问（条）", default=0)
    viewers = models.PositiveIntegerField("观看人次", default=0)
    note = models.CharField("说明", max_length=200, blank=True)
    recorded_by = models.ForeignKey(
        User, models.PROTECT, verbose_name="登记人", null=True, related_name="+", db_index=False
    )

    objects = querysets.OfInstitutionQuerySet.as_manager()

    class Meta:
        verbose_name = verbose_name_plural = "健康直播"
        constraints = [
            models.UniqueConstraint(
                fields=["institution", "on", "begins_at"],
                name="livestream_once",
                violation_error_message="这个时间已经安排了直播。",
            ),
            models.CheckConstraint(
                name="livestream_held_has_times",
                condition=~Q(state=LivestreamState.HELD)
                | Q(began_at__isnull=False, ended_at__isnull=False, ended_at__gt=F("began_at")),
                violation_error_message="已开展的直播须填实际开始和结束时间，结束须晚于开始。",
            ),
        ]
        indexes = [models.Index(fields=["on"], name="livestream_day")]

    def __str__(self) -> str:
        return f"{self.on} {self.topic}"


@keep_history()
class EducationRecord(models.Model):
    """What the books ask of a health-education activity, beside its visit (S2-20, 3.11).

    Attributes:
        materials: kinds and pieces in words. archives: codes of ``EducationArchive``: what was kept.
    """

    visit = models.OneToOneField(
        OutreachVisit, models.PROTECT, verbose_name="外出服务", related_name="education"
    )
    form = models.CharField("形式", max_length=15, choices=EducationForm)
    organizer = models.CharField("组织者", max_length=60, blank=True)
    audience = models.CharField("对象", max_length=60, blank=True)
    phone = models.CharField("报名电话", max_length=20, blank=True, validators=[PHONE])
    materials = models.CharField("资料种类与数量", max_length=200, blank=True)
    content = models.CharField("内容", max_length=500, blank=True)
    summary = models.CharField("总结评价", max_length=500, blank=True)
    archives = ArrayField(models.CharField(max_length=10), verbose_name="存档材料", default=list, blank=True)

    objects = querysets.OfVisitQuerySet.as_manager()

    class Meta:
        verbose_name = verbose_name_plural = "健康教育活动记录"

    def __str__(self) -> str:
        return f"{self.visit_id} {self.get_form_display()}"
