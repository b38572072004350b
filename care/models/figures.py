"""Sums made every night, so that no page walks through all agreements; ``Sweep`` "fulfilment" tells as of when."""

from django.db import models

from care import querysets
from care.models.rules import CareRule
from contracts.models import ServiceItem
from teams.models import Team, User


class OfTeamDoctor(models.Model):
    """Of the agreements of one doctor in one team.

    Attributes:
        with_restricted: packages of a restricted programme counted too; for the named roles only.
    """

    team = models.ForeignKey(Team, models.CASCADE, verbose_name="团队", related_name="+", db_index=False)
    doctor = models.ForeignKey(
        User, models.CASCADE, verbose_name="签约医生", related_name="+", db_index=False
    )
    with_restricted = models.BooleanField("含受限项目", default=False)

    objects = querysets.FigureQuerySet.as_manager()

    class Meta:
        abstract = True


class ItemFigure(OfTeamDoctor):
    """One service over all persons it was promised to (4.8, by item).

    Attributes:
        lines: persons (or households) it was promised to with a number.
        promised: times in the whole terms; due: by the day; kept: of those due, how many were given; done: given.
        remaining: still to give until the terms end; on_demand: given where no number was promised.
    """

    item = models.ForeignKey(
        ServiceItem, models.CASCADE, verbose_name="服务项目", related_name="+", db_index=False
    )
    lines = models.PositiveIntegerField("人数")
    promised = models.PositiveIntegerField("约定次数")
    due = models.PositiveIntegerField("应完成")
    kept = models.PositiveIntegerField("按约完成")
    done = models.PositiveIntegerField("已完成")
    remaining = models.PositiveIntegerField("剩余")
    on_demand = models.PositiveIntegerField("按需提供")

    class Meta:
        verbose_name = verbose_name_plural = "履约统计（按项目）"
        constraints = [
            models.UniqueConstraint(
                fields=["team", "doctor", "item", "with_restricted"],
                name="one_item_figure",
                violation_error_message="这项统计已存在。",
            )
        ]

    def __str__(self) -> str:
        return f"{self.team_id}/{self.doctor_id}/{self.item_id}"


class AgreementFigure(OfTeamDoctor):
    """Agreements in force (4.8, by agreement).

    Attributes:
        agreements: in force; owing: of those, something is due; met: of those owing, everything due was given.
        people: enrolled; silent: of those, nobody served or reached them for the days of the policy (P1).
    """

    agreements = models.PositiveIntegerField("协议")
    owing = models.PositiveIntegerField("有应完成项目的协议")
    met = models.PositiveIntegerField("全部按约完成的协议")
    people = models.PositiveIntegerField("签约人数")
    silent = models.PositiveIntegerField("长期没有服务")

    class Meta:
        verbose_name = verbose_name_plural = "履约统计（按协议）"
        constraints = [
            models.UniqueConstraint(
                fields=["team", "doctor", "with_restricted"],
                name="one_agreement_figure",
                violation_error_message="这项统计已存在。",
            )
        ]

    def __str__(self) -> str:
        return f"{self.team_id}/{self.doctor_id}"


class TaskFigure(models.Model):
    """Tasks of one rule whose last day in time lies in one month.

    Attributes:
        month: its first day. excused: lost, refused, or cancelled with a reason.
    """

    team = models.ForeignKey(Team, models.CASCADE, verbose_name="团队", related_name="+", db_index=False)
    rule = models.ForeignKey(CareRule, models.CASCADE, verbose_name="规则", related_name="+", db_index=False)
    month = models.DateField("月份")
    on_time = models.PositiveIntegerField("按时完成")
    late = models.PositiveIntegerField("超期完成")
    missed = models.PositiveIntegerField("未完成")
    excused = models.PositiveIntegerField("不计")

    objects = querysets.FigureQuerySet.as_manager()

    class Meta:
        verbose_name = verbose_name_plural = "任务统计"
        constraints = [
            models.UniqueConstraint(
                fields=["team", "month", "rule"],
                name="one_task_figure",
                violation_error_message="这项统计已存在。",
            )
        ]

    def __str__(self) -> str:
        return f"{self.team_id}/{self.rule_id}/{self.month:%Y-%m}"
