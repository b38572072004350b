"""The community health team at work: weekly word, leave, evaluations, changes of persons (S2-22 to S2-26, S2-37)."""

from django.db import models

from core.history import keep_history
from core.periods import Period, PeriodQuerySet, ends_after_start, one_at_a_time
from grids.choices import SentinelOrigin
from grids.models import Grid, Posting
from outreach import querysets
from outreach.choices import ChangeState, EvaluationKind, PersonnelChangeKind
from teams.models import PHONE, User


class ZeroReport(models.Model):
    """Word that there was nothing to report in a week; counted once."""

    posting = models.ForeignKey(Posting, models.PROTECT, verbose_name="任职", related_name="zero_reports")
    week_on = models.DateField("所属周（周一）")
    reported_at = models.DateTimeField("上报时间")

    objects = querysets.OfPostingQuerySet.as_manager()

    class Meta:
        verbose_name = verbose_name_plural = "零报告"
        constraints = [
            models.UniqueConstraint(
                fields=["posting", "week_on"],
                name="one_zero_report_a_week",
                violation_error_message="本周已经报过平安。",
            )
        ]

    def __str__(self) -> str:
        return f"{self.posting_id} {self.week_on}"


class LeaveQuerySet(PeriodQuerySet, querysets.OfPostingQuerySet):
    """Leave by day and by person."""


class SentinelLeave(Period):
    """Days on which a grid worker is away: he is not late then, and reports go to the others."""

    posting = models.ForeignKey(Posting, models.PROTECT, verbose_name="任职", related_name="leaves")
    note = models.CharField("说明", max_length=100, blank=True)
    entered_by = models.ForeignKey(
        User, models.PROTECT, verbose_name="登记人", related_name="+", db_index=False
    )

    objects = LeaveQuerySet.as_manager()

    class Meta:
        verbose_name = verbose_name_plural = "请假"
        constraints = [
            ends_after_start("leave_ends_after_start"),
            one_at_a_time("one_leave_at_a_time", "posting_id", message="这几天已经登记了请假。"),
        ]

    def __str__(self) -> str:
        return f"{self.posting_id} {self.starts_on}"


@keep_history()
class Evaluation(models.Model):
    """How somebody of the community health team did in half a year (S2-22, S2-23, S2-37).

    Attributes:
        posting: who is evaluated. half: 1 or 2.
        scores: item code -> points, as ``outreach.rules.evaluating`` names them; ``total`` is their sum.
    """

    kind = models.CharField("类别", max_length=10, choices=EvaluationKind)
    posting = models.ForeignKey(Posting, models.PROTECT, verbose_name="被评价人", related_name="evaluations")
    year = models.PositiveSmallIntegerField("年度")
    half = models.PositiveSmallIntegerField("半年", choices=[(1, "上半年"), (2, "下半年")])
    scores = models.JSONField("评分", default=dict)
    total = models.PositiveSmallIntegerField("总分")
    note = models.CharField("评语", max_length=200, blank=True)
    evaluated_by = models.ForeignKey(
        User, models.PROTECT, verbose_name="评价人", related_name="+", db_index=False
    )
    evaluated_at = models.DateTimeField("评价时间")

    objects = querysets.OfPostingQuerySet.as_manager()

    class Meta:
        verbose_name = verbose_name_plural = "网格人员评价"
        constraints = [
            models.UniqueConstraint(
                fields=["posting", "year", "half"],
                name="one_evaluation_per_half_year",
                violation_error_message="本半年已经评价过，可以修改原评价。",
            )
        ]

    def __str__(self) -> str:
        return f"{self.posting_id} {self.year}-{self.half}"


class PersonnelChange(models.Model):
    """A change among the sentinels of a grid, reported by its leader; the street enters it (S2-23)."""

    client_token = models.UUIDField("上报标识", unique=True, editable=False)
    kind = models.CharField("类别", max_length=10, choices=PersonnelChangeKind)
    grid = models.ForeignKey(Grid, models.PROTECT, verbose_name="网格", related_name="personnel_changes")
    posting = models.ForeignKey(
        Posting, models.PROTECT, verbose_name="原任职", null=True, related_name="changes"
    )
    name = models.CharField("新人员姓名", max_length=40, blank=True)
    phone = models.CharField("新电话", max_length=20, blank=True, validators=[PHONE])
    origin = models.CharField("来源", max_length=20, choices=SentinelOrigin, blank=True)
    since = models.DateField("变动日期")
    note = models.CharField("说明", max_length=200, blank=True)
    state = models.CharField("状态", max_length=10, choices=ChangeState, default=ChangeState.NEW)
    reported_by = models.ForeignKey(
        User, models.PROTECT, verbose_name="上报人", related_name="+", db_index=False
    )
    reported_at = models.DateTimeField("上报时间")
    decided_by = models.ForeignKey(
        User, models.PROTECT, verbose_name="办理人", null=True, related_name="+", db_index=False
    )
    decided_at = models.DateTimeField("办理时间", null=True)
    decision = models.CharField("办理说明", max_length=200, blank=True)

    objects = querysets.PersonnelChangeQuerySet.as_manager()

    class Meta:
        verbose_name = verbose_name_plural = "人员变动上报"

    def __str__(self) -> str:
        return f"{self.get_kind_display()} {self.since}"
