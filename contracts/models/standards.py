"""Slogans of the province that the bureau fills with content: the seven ones, and the labels of home care for elders."""

import pgtrigger
from django.db import models
from django.db.models import Q

from contracts.choices import LabelGroup, ProofKind

# A published version is what teams were measured by; only a draft may still be written.
_KEEP_PUBLISHED = """
    IF OLD.in_force_from IS NOT NULL
    THEN RAISE EXCEPTION 'a published standard stays as it is'
        USING ERRCODE = 'integrity_constraint_violation', CONSTRAINT = 'standard_published_unchanged';
    END IF;
    IF TG_OP = 'DELETE' THEN RETURN OLD; END IF;
    RETURN NEW;
"""
_KEEP_PUBLISHED_ITEMS = """
    IF EXISTS (
        SELECT 1 FROM contracts_fulfilmentstandard
        WHERE in_force_from IS NOT NULL AND (
            (TG_OP <> 'INSERT' AND id = OLD.standard_id) OR (TG_OP <> 'DELETE' AND id = NEW.standard_id)
        )
    )
    THEN RAISE EXCEPTION 'items of a published standard stay as they are'
        USING ERRCODE = 'integrity_constraint_violation', CONSTRAINT = 'standard_items_published_unchanged';
    END IF;
    IF TG_OP = 'DELETE' THEN RETURN OLD; END IF;
    RETURN NEW;
"""
SEVEN = 7


class FulfilmentStandard(models.Model):
    """What basic fulfilment must show, in one version: exactly seven items once it is published (S3-10)."""

    name = models.CharField("名称", max_length=40)
    version = models.PositiveSmallIntegerField("版本")
    in_force_from = models.DateField("生效日期", null=True, blank=True, help_text="留空为草稿。")
    source = models.CharField("依据", max_length=100, blank=True)

    class Meta:
        verbose_name = verbose_name_plural = "履约标准"
        constraints = [
            models.UniqueConstraint(
                fields=["name", "version"],
                name="standard_version_unique",
                violation_error_message="该版本已存在。",
            )
        ]
        triggers = [
            pgtrigger.Trigger(
                name="standard_published_unchanged",
                operation=pgtrigger.Update | pgtrigger.Delete,
                when=pgtrigger.Before,
                func=_KEEP_PUBLISHED,
            )
        ]

    def __str__(self) -> str:
        return f"{self.name}（第{self.version}版）"


class StandardItem(models.Model):
    """One of the seven, and the record that shows it; a manual tick where no record can."""

    standard = models.ForeignKey(
        FulfilmentStandard, models.PROTECT, verbose_name="履约标准", related_name="items"
    )
    position = models.PositiveSmallIntegerField("顺序")
    text = models.CharField("内容", max_length=100)
    proof = models.CharField("以什么记录为准", max_length=15, choices=ProofKind, default=ProofKind.MANUAL)
    is_verified = models.BooleanField("已核定", default=False)

    class Meta:
        verbose_name = verbose_name_plural = "履约标准条目"
        constraints = [
            models.UniqueConstraint(
                fields=["standard", "position"],
                name="standard_item_once",
                violation_error_message="同一顺序号只能有一条。",
            ),
            models.CheckConstraint(
                name="standard_item_of_seven",
                condition=Q(position__gte=1, position__lte=SEVEN),
                violation_error_message="“七个一”只有七条，顺序为 1 到 7。",
            ),
        ]
        triggers = [
            pgtrigger.Trigger(
                name="standard_items_published_unchanged",
                operation=pgtrigger.Insert | pgtrigger.Update | pgtrigger.Delete,
                when=pgtrigger.Before,
                func=_KEEP_PUBLISHED_ITEMS,
            )
        ]

    def __str__(self) -> str:
        return self.text


class HomeCareLabel(models.Model):
    """One of the five guarantees, four priorities, four focuses of home care for elders (S3-15)."""

    group = models.CharField("组别", max_length=10, choices=LabelGroup)
    position = models.PositiveSmallIntegerField("顺序")
    text = models.CharField("内容", max_length=60)
    is_verified = models.BooleanField("已核定", default=False)

    class Meta:
        verbose_name = verbose_name_plural = "居家医养结合标签"
        constraints = [
            models.UniqueConstraint(fields=["group", "position"], name="home_care_label_once"),
            models.CheckConstraint(
                name="home_care_label_counts",
                condition=Q(group=LabelGroup.GUARANTEE, position__gte=1, position__lte=5)
                | Q(group__in=[LabelGroup.PRIORITY, LabelGroup.FOCUS], position__gte=1, position__lte=4),
                violation_error_message="五保障有五条，四优先、四重点各四条。",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.get_group_display()}{self.position}：{self.text}"
