"""Rows that hold from a day until a day, both included; an empty end is open."""

from datetime import date
from typing import Self

from django.contrib.postgres.constraints import ExclusionConstraint
from django.contrib.postgres.fields import BigIntegerRangeField, DateRangeField, RangeOperators
from django.db import models
from django.db.models import F, Func, Q, Value


class Days(Func):
    """daterange(from, to, '[]')."""

    function = "daterange"
    output_field = DateRangeField()

    def __init__(self, start: str = "starts_on", end: str = "ends_on") -> None:
        super().__init__(F(start), F(end), Value("[]"))


class Same(Func):
    """A number as a one-point range: lets GiST compare it without any extension."""

    function = "int8range"
    output_field = BigIntegerRangeField()

    def __init__(self, field: str) -> None:
        super().__init__(F(field), F(field), Value("[]"))


class PeriodQuerySet(models.QuerySet):
    def active_on(self, day: date) -> Self:
        return self.filter(Q(ends_on__isnull=True) | Q(ends_on__gte=day), starts_on__lte=day)


class Period(models.Model):
    """From ``starts_on`` to ``ends_on``, both days included."""

    starts_on = models.DateField("开始日期")
    ends_on = models.DateField("结束日期", null=True, blank=True, help_text="最后有效日；留空表示至今。")

    class Meta:
        abstract = True


def ends_after_start(name: str) -> models.CheckConstraint:
    return models.CheckConstraint(
        name=name,
        condition=Q(ends_on__isnull=True) | Q(ends_on__gte=F("starts_on")),
        violation_error_message="结束日期不能早于开始日期。",
    )


def one_at_a_time(name: str, *fields: str, message: str, condition: Q | None = None) -> ExclusionConstraint:
    """No two rows with the same ``fields`` may share a day."""
    return ExclusionConstraint(
        name=name,
        expressions=[
            *((Same(one), RangeOperators.OVERLAPS) for one in fields),
            (Days(), RangeOperators.OVERLAPS),
        ],
        condition=condition,
        violation_error_message=message,
        violation_error_code="overlap",
    )
