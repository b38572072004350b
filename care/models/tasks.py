"""What comes next for each person, and what is due: lean tables without foreign-key checks.

Their rows are made by statements that read checked tables (residents, enrolments, rules), a million at a time; the
nightly verification compares both.
"""

from django.db import models
from django.db.models import F, Q

from care import querysets
from care.choices import CloseReason, PlanState, TaskState, Urgency
from care.models.rules import CareRule
from contracts.models import Enrollment
from residents.models import Resident
from teams.models import Team, User


def _lean(to: type[models.Model], name: str, **options: object) -> models.ForeignKey:
    """A reference without a constraint and without an index of its own."""
    return models.ForeignKey(
        to,
        models.PROTECT,
        verbose_name=name,
        db_constraint=False,
        db_index=False,
        related_name="+",
        **options,
    )


class Window(models.Model):
    """The days of one occurrence of a rule.

    Attributes:
        opens_on: first day on which it may be done. due_on: when it should be. closes_on: last day in time.
        expires_on: last day on which it is still accepted, as late; then the next occurrence takes its place.
        anchor_on: what the dates count from (last visit, birth, first day of the term); ``steps`` whole intervals ago.
        version: of the rule table it was reckoned by; 0 for a service item.
    """

    opens_on = models.DateField("最早")
    due_on = models.DateField("应办日期")
    closes_on = models.DateField("最晚")
    expires_on = models.DateField("截止补办")
    anchor_on = models.DateField("起算日期")
    steps = models.PositiveSmallIntegerField("已过间隔", default=1)
    version = models.PositiveSmallIntegerField("规则版本", default=0)
    urgency = models.PositiveSmallIntegerField("紧急程度", choices=Urgency, default=Urgency.ROUTINE)

    class Meta:
        abstract = True


class Plan(Window):
    """The one occurrence of a rule for a person that is open or comes next; moved on when it is done or missed.

    Attributes:
        enrollment: under which promise; None for an infant whom the agreement of the household takes along.
        because: why a colleague or a verdict started it; "" where a rule alone asks for it.
        started_by: the record whose verdict started it ("record:<root id>"), so that voiding the record ends it.
    """

    pk = models.CompositePrimaryKey("resident_id", "rule_id")
    resident = _lean(Resident, "居民")
    rule = _lean(CareRule, "规则")
    sequence = models.PositiveIntegerField("次序")
    state = models.CharField("状态", max_length=10, choices=PlanState, default=PlanState.RUNNING)
    team = _lean(Team, "负责团队")
    enrollment = _lean(Enrollment, "签约人", null=True)
    because = models.CharField("缘由", max_length=200, blank=True, default="", db_default="")
    started_by = models.CharField("起因记录", max_length=40, null=True)  # noqa: DJ001  # as above: millions of rows

    objects = querysets.PlanQuerySet.as_manager()

    class Meta:
        verbose_name = verbose_name_plural = "服务计划"
        constraints = [
            models.CheckConstraint(
                name="plan_window_in_order",
                condition=Q(
                    opens_on__lte=F("due_on"), due_on__lte=F("closes_on"), closes_on__lte=F("expires_on")
                ),
                violation_error_message="应办日期须在最早和最晚日期之间。",
            )
        ]
        indexes = [
            models.Index(fields=["opens_on"], name="plan_opens", condition=Q(state="running")),
            models.Index(fields=["due_on"], name="plan_due", condition=Q(state="running")),
            models.Index(fields=["closes_on"], name="plan_closes", condition=Q(state="running")),
            models.Index(fields=["expires_on"], name="plan_expires", condition=Q(state="running")),
        ]

    def __str__(self) -> str:
        return f"{self.resident_id}/{self.rule_id}/{self.sequence}"


class Task(Window):
    """One occurrence that has opened. Closed by the record that proves it, or with a reason.

    Attributes:
        record: names what closed it: "record:<root id>", "contact:<id>", "referral:<id>" ...
        planned_on, assigned_to: the team's own plan for it: the day, and who of the team (or which officer) goes.
    """

    pk = models.CompositePrimaryKey("resident_id", "rule_id", "sequence")
    resident = _lean(Resident, "居民")
    rule = _lean(CareRule, "规则")
    sequence = models.PositiveIntegerField("次序")
    state = models.CharField("状态", max_length=10, choices=TaskState, default=TaskState.DUE)
    team = _lean(Team, "负责团队")
    planned_on = models.DateField("计划日期", null=True, blank=True)
    assigned_to = _lean(User, "承办人", null=True, blank=True)
    done_on = models.DateField("完成日期", null=True)
    record = models.CharField("依据", max_length=40, null=True)  # noqa: DJ001  # empty costs a byte less than ""
    reason = models.CharField("原因", max_length=20, choices=CloseReason, null=True)  # noqa: DJ001  # empty costs a byte less than ""
    note = models.CharField("说明", max_length=200, null=True)  # noqa: DJ001  # empty costs a byte less than ""
    closed_by = _lean(User, "经办人", null=True)
    closed_at = models.DateTimeField("结束时间", null=True)

    objects = querysets.TaskQuerySet.as_manager()

    class Meta:
        verbose_name = verbose_name_plural = "服务任务"
        constraints = [
            models.CheckConstraint(
                name="task_done_by_a_record",
                condition=~Q(state__in=["done", "done_late"])
                | Q(done_on__isnull=False, record__isnull=False),
                violation_error_message="完成的任务须有依据的记录和日期。",
            ),
            models.CheckConstraint(
                name="task_closed_with_reason",
                condition=~Q(state__in=["lost", "refused", "cancelled"]) | Q(reason__isnull=False),
                violation_error_message="取消、失访、拒绝须写明原因。",
            ),
        ]
        indexes = [
            models.Index(fields=["team", "due_on"], name="task_open", condition=Q(state="due")),
            models.Index(fields=["record"], name="task_record", condition=Q(record__isnull=False)),
        ]

    def __str__(self) -> str:
        return f"{self.resident_id}/{self.rule_id}/{self.sequence}"


class Sweep(models.Model):
    """How far a job that goes through days (or through history rows) has come; a missed night is caught up from here."""

    name = models.CharField("名称", max_length=40, primary_key=True)
    through_on = models.DateField("已处理到", null=True)
    through_at = models.DateTimeField("已处理到时刻", null=True)

    class Meta:
        verbose_name = verbose_name_plural = "处理进度"

    def __str__(self) -> str:
        return self.name
