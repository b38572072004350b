"""Services, and the packages that promise them, as they stood in one version."""

import pgtrigger
from django.contrib.postgres.fields import ArrayField
from django.db import models
from django.db.models import F, Q

from contracts import querysets
from contracts.choices import UNCOUNTED, Frequency, ItemLevel, ItemNature, PackageKind, ProofKind, ServiceTier
from contracts.models.standards import HomeCareLabel
from residents.choices import RESTRICTED, Population, RiskColor
from teams.choices import Profession
from teams.models import Institution

# What a signed agreement promises. Availability (days, enabled, remark, labels) may still change.
_PROMISED = (
    "code", "version", "name", "kind", "items", "populations", "price_yuan", "tier", "owner_id", "discount_yuan",
    "fund_yuan", "insurance_yuan", "individual_yuan", "is_fixed_price", "elder_colors", "cardio_colors", "course_days",
    "waives_registration_fee", "intro",
)  # fmt: skip
_ITEM_WORDS = ("code", "name", "nature", "level", "description", "is_face_to_face", "proof", "owner_id")


def _row(alias: str, columns: tuple[str, ...]) -> str:
    return f"({', '.join(f'{alias}.{one}' for one in columns)})"


_KEEP_USED_PACKAGE = f"""
    IF {_row("NEW", _PROMISED)}
        IS DISTINCT FROM {_row("OLD", _PROMISED)}
        AND EXISTS (SELECT 1 FROM contracts_agreement_packages WHERE servicepackage_id = OLD.id)
    THEN RAISE EXCEPTION 'service package % is part of a signed agreement', OLD.id
        USING ERRCODE = 'integrity_constraint_violation', CONSTRAINT = 'package_used_unchanged';
    END IF;
    RETURN NEW;
"""  # noqa: S608  # only the columns named above
_KEEP_USED_PACKAGE_ITEMS = """
    IF EXISTS (
        SELECT 1 FROM contracts_agreement_packages
        WHERE (TG_OP <> 'INSERT' AND servicepackage_id = OLD.package_id)
            OR (TG_OP <> 'DELETE' AND servicepackage_id = NEW.package_id)
    )
    THEN RAISE EXCEPTION 'items of a service package that is part of a signed agreement stay as they are'
        USING ERRCODE = 'integrity_constraint_violation', CONSTRAINT = 'package_items_used_unchanged';
    END IF;
    IF TG_OP = 'DELETE' THEN RETURN OLD; END IF;
    RETURN NEW;
"""
_KEEP_USED_ITEM = f"""
    IF {_row("NEW", _ITEM_WORDS)}
        IS DISTINCT FROM {_row("OLD", _ITEM_WORDS)}
        AND EXISTS (
            SELECT 1 FROM contracts_packageitem AS held
            JOIN contracts_agreement_packages AS signed ON signed.servicepackage_id = held.package_id
            WHERE held.item_id = OLD.id
        )
    THEN RAISE EXCEPTION 'service item % is part of a signed agreement', OLD.id
        USING ERRCODE = 'integrity_constraint_violation', CONSTRAINT = 'item_used_unchanged';
    END IF;
    RETURN NEW;
"""  # noqa: S608


class ServiceItem(models.Model):
    """One service of the catalog: who may give it, and which record proves that it was given (4.4)."""

    code = models.CharField("项目编码", max_length=40)
    name = models.CharField("名称", max_length=60)
    owner = models.ForeignKey(
        Institution,
        models.PROTECT,
        verbose_name="所属机构",
        null=True,
        blank=True,
        related_name="service_items",
        help_text="留空为全区通用。",
    )
    nature = models.CharField("性质", max_length=12, choices=ItemNature, default=ItemNature.BASIC)
    level = models.PositiveSmallIntegerField("层级", choices=ItemLevel, default=ItemLevel.SERVICE)
    description = models.CharField("说明", max_length=300, blank=True)
    is_face_to_face = models.BooleanField("须当面提供", default=True)
    proof = models.CharField("以什么记录为准", max_length=15, choices=ProofKind, default=ProofKind.MANUAL)
    providers = ArrayField(
        models.CharField(max_length=20, choices=Profession),
        verbose_name="可由谁提供",
        default=list,
        blank=True,
        help_text="留空表示团队任何成员。",
    )
    parent = models.ForeignKey(
        "self", models.PROTECT, verbose_name="上级项目", null=True, blank=True, related_name="parts"
    )
    price_yuan = models.DecimalField("单价（元/次）", max_digits=8, decimal_places=2, default=0)
    insurance_percent = models.PositiveSmallIntegerField("医保支付比例（%）", default=0)
    source = models.CharField("依据", max_length=60, blank=True)
    is_enabled = models.BooleanField("可选用", default=True)

    objects = querysets.OwnedQuerySet.as_manager()

    class Meta:
        verbose_name = verbose_name_plural = "服务项目"
        constraints = [
            models.UniqueConstraint(
                fields=["owner", "code"],
                nulls_distinct=False,
                name="service_item_code_unique",
                violation_error_message="该项目编码已存在，请换一个。",
            ),
            models.CheckConstraint(
                name="service_item_price",
                condition=Q(price_yuan__gte=0, insurance_percent__lte=100),
                violation_error_message="单价不能是负数，医保支付比例不超过 100%。",
            ),
        ]
        triggers = [
            pgtrigger.Trigger(
                name="item_used_unchanged",
                operation=pgtrigger.Update,
                when=pgtrigger.Before,
                func=_KEEP_USED_ITEM,
            )
        ]

    def __str__(self) -> str:
        return self.name


class ServicePackage(models.Model):
    """A package as it stood in one version; a signed agreement keeps the version it was signed under.

    Of the published versions of one code, the newest that has begun is offered. ``items`` is the wording as it is
    printed; for a package made of catalog items an action writes it from its rows.
    """

    code = models.CharField("服务包编码", max_length=30)
    version = models.PositiveSmallIntegerField("版本", default=1)
    name = models.CharField("名称", max_length=60)
    kind = models.CharField("类别", max_length=20, choices=PackageKind)
    tier = models.PositiveSmallIntegerField("服务层级", choices=ServiceTier, default=ServiceTier.PRIMARY)
    owner = models.ForeignKey(
        Institution,
        models.PROTECT,
        verbose_name="所属机构",
        null=True,
        blank=True,
        related_name="service_packages",
        help_text="留空为全区通用；机构的服务包在本机构代替同编码的全区服务包。",
    )
    intro = models.CharField(
        "简介", max_length=300, blank=True, help_text="一两句话，告诉居民适合谁、有什么。"
    )
    items = models.TextField("服务内容", blank=True, help_text="每行一项，印在协议书上。")
    populations = ArrayField(
        models.CharField(max_length=20, choices=Population),
        verbose_name="适用人群",
        default=list,
        blank=True,
        help_text="留空适用于所有人。",
    )
    is_suggested = models.BooleanField(
        "签约时自动选中", default=True, help_text="对适用的居民预先勾选，可以取消。"
    )
    elder_colors = ArrayField(
        models.CharField(max_length=10, choices=RiskColor),
        verbose_name="老年人分级",
        default=list,
        blank=True,
        help_text="只适用于这些颜色的老年人；留空不限。",
    )
    cardio_colors = ArrayField(
        models.CharField(max_length=10, choices=RiskColor),
        verbose_name="心血管风险分级",
        default=list,
        blank=True,
        help_text="只适用于这些颜色的三高患者；留空不限。",
    )
    course_days = models.PositiveSmallIntegerField(
        "疗程（天）", null=True, blank=True, help_text="仅专病疗程包填写，补充协议的期限等于疗程。"
    )
    price_yuan = models.DecimalField("价格（元/年）", max_digits=8, decimal_places=2, default=0)
    discount_yuan = models.DecimalField("优惠（元）", max_digits=8, decimal_places=2, default=0)
    fund_yuan = models.DecimalField("公卫经费承担（元）", max_digits=8, decimal_places=2, default=0)
    insurance_yuan = models.DecimalField("医保基金承担（元）", max_digits=8, decimal_places=2, default=0)
    individual_yuan = models.DecimalField("个人承担（元）", max_digits=8, decimal_places=2, default=0)
    is_fixed_price = models.BooleanField("一口价", default=True, help_text="签约时不另议价。")
    waives_registration_fee = models.BooleanField("免挂号费", default=False)
    labels = models.ManyToManyField(
        HomeCareLabel, verbose_name="居家医养结合标签", blank=True, related_name="+"
    )
    remark = models.CharField("备注", max_length=200, blank=True, help_text="仅内部可见，不印在协议书上。")
    source = models.CharField("依据", max_length=60, blank=True)
    valid_from = models.DateField("启用日期", null=True, blank=True)
    valid_until = models.DateField(
        "停用日期", null=True, blank=True, help_text="最后可选的一天；留空表示长期。"
    )
    is_enabled = models.BooleanField("可选用", default=True)

    objects = querysets.PackageQuerySet.as_manager()

    class Meta:
        verbose_name = verbose_name_plural = "服务包"
        constraints = [
            models.UniqueConstraint(
                fields=["owner", "code", "version"],
                nulls_distinct=False,
                name="package_version_unique",
                violation_error_message="该版本已存在。",
            ),
            models.CheckConstraint(
                name="package_offered_from_a_day",
                condition=Q(is_enabled=False) | Q(valid_from__isnull=False),
                violation_error_message="可选用的服务包须有启用日期。",
            ),
            models.CheckConstraint(
                name="package_ends_after_start",
                condition=Q(valid_until__isnull=True) | Q(valid_until__gte=F("valid_from")),
                violation_error_message="停用日期不能早于启用日期。",
            ),
            models.CheckConstraint(
                name="package_prices_not_negative",
                condition=Q(
                    price_yuan__gte=0,
                    discount_yuan__gte=0,
                    fund_yuan__gte=0,
                    insurance_yuan__gte=0,
                    individual_yuan__gte=0,
                ),
                violation_error_message="金额不能是负数。",
            ),
            models.CheckConstraint(
                name="package_payers_add_up",
                condition=Q(
                    price_yuan=F("discount_yuan")
                    + F("fund_yuan")
                    + F("insurance_yuan")
                    + F("individual_yuan")
                ),
                violation_error_message="公卫经费、医保基金、个人三方承担之和应等于价格减去优惠。",
            ),
            models.CheckConstraint(
                name="package_course_has_days",
                condition=Q(kind=PackageKind.DISEASE_COURSE, course_days__isnull=False, course_days__gte=1)
                | (~Q(kind=PackageKind.DISEASE_COURSE) & Q(course_days__isnull=True)),
                violation_error_message="专病疗程包须填写疗程天数；其他服务包不填。",
            ),
        ]
        triggers = [
            pgtrigger.Trigger(
                name="package_used_unchanged",
                operation=pgtrigger.Update,
                when=pgtrigger.Before,
                func=_KEEP_USED_PACKAGE,
            )
        ]

    def __str__(self) -> str:
        return self.name

    @property
    def item_list(self) -> list[str]:
        return [line.strip() for line in self.items.splitlines() if line.strip()]

    @property
    def is_restricted(self) -> bool:
        """Its name alone tells a diagnosis that only named roles may know."""
        return any(one in RESTRICTED for one in self.populations)


class PackageItem(models.Model):
    """One service in one version of a package: how often, and whether it comes with it or is chosen from its menu."""

    package = models.ForeignKey(
        ServicePackage, models.PROTECT, verbose_name="服务包", related_name="contents"
    )
    item = models.ForeignKey(ServiceItem, models.PROTECT, verbose_name="服务项目", related_name="contents")
    frequency = models.CharField("频次", max_length=10, choices=Frequency, default=Frequency.TERM)
    times = models.PositiveSmallIntegerField(
        "次数", null=True, blank=True, help_text="“按需”“按规定时间”的不填。"
    )
    is_required = models.BooleanField("必含", default=True, help_text="不勾选的由居民签约时从菜单中选择。")
    is_first_week = models.BooleanField("签约一周内完成", default=False)
    position = models.PositiveSmallIntegerField("顺序", default=1)

    objects = querysets.PackageItemQuerySet.as_manager()

    class Meta:
        verbose_name = verbose_name_plural = "服务包内容"
        constraints = [
            models.UniqueConstraint(
                fields=["package", "item"],
                name="item_once_per_package",
                violation_error_message="同一服务项目在一个服务包里只能列一次。",
            ),
            models.CheckConstraint(
                name="package_item_times",
                condition=Q(frequency__in=UNCOUNTED, times__isnull=True)
                | (~Q(frequency__in=UNCOUNTED) & Q(times__isnull=False, times__gte=1)),
                violation_error_message="请填写次数（至少 1）；“按需”“按规定时间”的不填次数。",
            ),
        ]
        triggers = [
            pgtrigger.Trigger(
                name="package_items_used_unchanged",
                operation=pgtrigger.Insert | pgtrigger.Update | pgtrigger.Delete,
                when=pgtrigger.Before,
                func=_KEEP_USED_PACKAGE_ITEMS,
            )
        ]

    def __str__(self) -> str:
        return self.item.name
