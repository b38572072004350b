"""Rule tables: versioned, append-only, readable by a clinician; and the register of rules that tasks point at."""

import pgtrigger
from django.db import models

from care import querysets
from care.choices import Program
from contracts.models import ServiceItem
from teams.models import User


class RuleTable(models.Model):
    """One version of a programme's rules: schedules, classification, escalation (3). Rows are added, never changed.

    Attributes:
        table: as ``care.rules.tables`` reads it.
    """

    program = models.CharField("项目", max_length=20, choices=Program)
    version = models.PositiveSmallIntegerField("版本")
    in_force_from = models.DateField("生效日期")
    source = models.CharField("依据", max_length=300)
    table = models.JSONField("规则表")
    created_at = models.DateTimeField("登记时间", auto_now_add=True)
    created_by = models.ForeignKey(
        User, models.PROTECT, verbose_name="登记人", null=True, related_name="+", db_index=False
    )

    class Meta:
        verbose_name = verbose_name_plural = "服务规则表"
        constraints = [
            models.UniqueConstraint(
                fields=["program", "version"],
                name="rule_table_version",
                violation_error_message="该版本已存在。",
            )
        ]
        triggers = [
            pgtrigger.Protect(name="rule_table_append_only", operation=pgtrigger.Update | pgtrigger.Delete)
        ]

    def __str__(self) -> str:
        return f"{self.get_program_display()}（第{self.version}版）"


class CareRule(models.Model):
    """The short number of a rule, which plans and tasks carry in place of its code.

    Attributes:
        code: of a rule table ("htn.routine"), or "item.<id>" for a service item that no programme gives.
        item: the service item, for the latter.
        name: as last published, for lists.
    """

    id = models.SmallAutoField(primary_key=True)
    code = models.CharField("规则编码", max_length=40, unique=True)
    program = models.CharField("项目", max_length=20, choices=Program)
    name = models.CharField("名称", max_length=60)
    item = models.OneToOneField(
        ServiceItem, models.PROTECT, verbose_name="服务项目", null=True, related_name="care_rule"
    )
    is_restricted = models.BooleanField("受限", default=False)

    objects = querysets.CareRuleQuerySet.as_manager()

    class Meta:
        verbose_name = verbose_name_plural = "服务规则"

    def __str__(self) -> str:
        return self.name
