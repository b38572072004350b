"""Residents and what hangs on them. Identity numbers and phones are sealed; searchable forms stand beside them."""

import pgtrigger
from django.contrib.postgres.fields import ArrayField
from django.contrib.postgres.indexes import GinIndex, OpClass
from django.db import models
from django.db.models import F, Q

from core.fields import SealedTextField
from core.history import by_moment, keep_history
from core.masks import mask_name, mask_phone
from core.periods import Period, ends_after_start
from grids.models import Grid
from residents import querysets
from residents.choices import Evidence, IdKind, LifeStatus, Population, Registration, Relation, Sex
from residents.models.households import Household
from teams.models import Team, User


@keep_history(
    exclude=["name_grams", "initials", "id_tail", "phone_tail", "phone_index"], by_time="resident_history_at"
)
class Resident(models.Model):
    """A person who lives here half a year or more, registered here or not."""

    name = models.CharField("姓名", max_length=60)
    name_grams = ArrayField(models.CharField(max_length=2), editable=False, default=list)
    initials = models.CharField(max_length=30, editable=False, default="")
    sex = models.PositiveSmallIntegerField("性别", choices=Sex, default=Sex.UNKNOWN)
    born_on = models.DateField("出生日期", null=True, blank=True)
    id_kind = models.CharField("证件类型", max_length=2, choices=IdKind, default=IdKind.ID_CARD)
    id_number = SealedTextField("证件号码", purpose="resident.id_number")
    id_index = models.UUIDField(null=True, editable=False)
    id_tail = models.BigIntegerField(null=True, editable=False)
    phone = SealedTextField("联系电话", purpose="resident.phone")
    phone_index = models.UUIDField(null=True, editable=False)
    phone_tail = models.BigIntegerField(null=True, editable=False)
    household = models.ForeignKey(
        Household, models.PROTECT, verbose_name="家庭", null=True, blank=True, related_name="members"
    )
    relation = models.CharField("与户主关系", max_length=2, choices=Relation, default=Relation.NON_RELATIVE)
    grid = models.ForeignKey(
        Grid, models.PROTECT, verbose_name="网格", related_name="residents", db_index=False
    )
    address = models.CharField("现住址", max_length=200, blank=True)
    registration = models.CharField(
        "户籍类型", max_length=1, choices=Registration, default=Registration.REGISTERED
    )
    managing_team = models.ForeignKey(
        Team,
        models.PROTECT,
        verbose_name="管理团队",
        null=True,
        blank=True,
        related_name="residents",
        db_index=False,
    )
    life_status = models.CharField("状态", max_length=10, choices=LifeStatus, default=LifeStatus.PRESENT)
    life_status_on = models.DateField("状态日期", null=True, blank=True)
    confirmed_on = models.DateField("最近核实日期", null=True, blank=True)
    merged_into = models.ForeignKey(
        "self",
        models.PROTECT,
        verbose_name="并入居民",
        null=True,
        blank=True,
        editable=False,
        related_name="merged",
        db_index=False,
    )
    remark = models.CharField("备注", max_length=200, blank=True)
    created_at = models.DateTimeField("登记时间", auto_now_add=True)
    updated_at = models.DateTimeField("修改时间", auto_now=True)

    objects = querysets.ResidentQuerySet.as_manager()

    class Meta:
        verbose_name = verbose_name_plural = "居民"
        constraints = [
            models.UniqueConstraint(
                fields=["id_index"],
                name="resident_number_unique",
                violation_error_message="该证件号码已登记在册。",
            ),
            models.UniqueConstraint(
                fields=["household"],
                condition=Q(relation=Relation.HEAD, life_status=LifeStatus.PRESENT),
                name="one_head_per_household",
                violation_error_message="该家庭已有户主，请先变更原户主。",
            ),
            models.CheckConstraint(
                name="resident_status_dated",
                condition=Q(life_status=LifeStatus.PRESENT) | Q(life_status_on__isnull=False),
                violation_error_message="死亡、迁出或失访须填日期。",
            ),
            models.CheckConstraint(
                name="resident_number_or_none",
                condition=Q(id_index__isnull=False) | Q(id_kind=IdKind.NONE),
                violation_error_message="请填写证件号码，确无证件请选“暂无证件”。",
            ),
            models.CheckConstraint(
                name="merged_resident_status",
                condition=Q(life_status=LifeStatus.MERGED, merged_into__isnull=False)
                | (~Q(life_status=LifeStatus.MERGED) & Q(merged_into__isnull=True)),
                violation_error_message="已合并的居民须指明并入的居民。",
            ),
        ]
        indexes = [
            models.Index(fields=["grid", "id"], name="resident_grid_id"),
            models.Index(fields=["managing_team", "id"], name="resident_team_id"),
            models.Index(fields=["id_tail"], name="resident_id_tail"),
            models.Index(fields=["phone_index"], name="resident_phone"),
            models.Index(fields=["phone_tail"], name="resident_phone_tail"),
            models.Index(OpClass(F("name"), name="text_pattern_ops"), name="resident_name_like"),
            models.Index(OpClass(F("initials"), name="text_pattern_ops"), name="resident_initials_like"),
            GinIndex(fields=["name_grams"], name="resident_name_grams"),
            models.Index(
                fields=["merged_into"], name="resident_merged_into", condition=Q(merged_into__isnull=False)
            ),
        ]

    def __str__(self) -> str:
        return mask_name(self.name)

    @property
    def masked_name(self) -> str:
        return mask_name(self.name)

    @property
    def masked_phone(self) -> str:
        return mask_phone(self.phone)


class PastIdentifier(models.Model):
    """A number that was replaced or corrected: the person is still found by it, and it is not given to another."""

    resident = models.ForeignKey(
        Resident, models.PROTECT, verbose_name="居民", related_name="past_identifiers"
    )
    id_kind = models.CharField("证件类型", max_length=2, choices=IdKind)
    id_number = SealedTextField("证件号码", purpose="resident.id_number")
    id_index = models.UUIDField(editable=False)
    replaced_on = models.DateField("更换日期")
    reason = models.CharField("原因", max_length=100)
    replaced_by = models.ForeignKey(User, models.PROTECT, verbose_name="登记人")

    objects = querysets.OfResidentQuerySet.as_manager()

    class Meta:
        verbose_name = verbose_name_plural = "历史证件"
        indexes = [models.Index(fields=["id_index"], name="past_identifier_index")]

    def __str__(self) -> str:
        return f"{self.get_id_kind_display()} 至 {self.replaced_on}"


@keep_history()
class ContactPhone(models.Model):
    """A further number under which a resident can be reached; his first one stands in his own entry."""

    resident = models.ForeignKey(
        Resident, models.PROTECT, verbose_name="居民", related_name="contact_phones", db_index=False
    )
    phone = SealedTextField("电话", purpose="resident.phone")
    phone_index = models.UUIDField(editable=False)
    phone_tail = models.BigIntegerField(null=True, editable=False)
    owner = models.CharField(
        "号码属于", max_length=30, default="本人", help_text="本人，或儿子、女儿、邻居等。"
    )
    recorded_by = models.ForeignKey(User, models.PROTECT, verbose_name="登记人", null=True, db_index=False)
    recorded_at = models.DateTimeField("登记时间", auto_now_add=True)

    objects = querysets.OfResidentQuerySet.as_manager()

    class Meta:
        verbose_name = verbose_name_plural = "其他电话"
        constraints = [
            models.UniqueConstraint(
                fields=["resident", "phone_index"],
                name="contact_phone_once",
                violation_error_message="该居民已登记这个号码。",
            )
        ]
        indexes = [
            models.Index(fields=["phone_index"], name="contact_phone_index"),
            models.Index(fields=["phone_tail"], name="contact_phone_tail"),
        ]

    def __str__(self) -> str:
        return f"{self.owner} {self.masked_phone}"

    @property
    def masked_phone(self) -> str:
        return mask_phone(self.phone)


@keep_history()
class Guardian(Period):
    """Who signs and answers for a minor or a person without capacity."""

    resident = models.ForeignKey(Resident, models.PROTECT, verbose_name="被监护人", related_name="guardians")
    guardian = models.ForeignKey(
        Resident, models.PROTECT, verbose_name="监护人（在册）", null=True, blank=True, related_name="wards"
    )
    name = models.CharField("监护人姓名", max_length=60)
    relation = models.CharField("关系", max_length=20)
    phone = SealedTextField("联系电话", purpose="guardian.phone")

    objects = querysets.GuardianQuerySet.as_manager()

    class Meta:
        verbose_name = verbose_name_plural = "监护人"
        constraints = [
            ends_after_start("guardian_ends_after_start"),
            models.CheckConstraint(
                name="not_own_guardian",
                condition=Q(guardian__isnull=True) | ~Q(guardian=F("resident")),
                violation_error_message="本人不能做自己的监护人。",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.masked_name}（{self.relation}）"

    @property
    def masked_name(self) -> str:
        return mask_name(self.name)

    @property
    def masked_phone(self) -> str:
        return mask_phone(self.phone)


@keep_history(by_time="flag_history_at")
class PopulationFlag(Period):
    """One population kind of one person, with what it rests on; ``ends_on`` empty while it holds."""

    resident = models.ForeignKey(Resident, models.PROTECT, verbose_name="居民", related_name="flags")
    kind = models.CharField("人群", max_length=20, choices=Population)
    evidence = models.PositiveSmallIntegerField("依据", choices=Evidence)
    detail = models.CharField("依据说明", max_length=200, blank=True)
    source = models.CharField(
        "来源", max_length=60, blank=True, default="", db_default="", help_text="医院、筛查点、名册或上报人。"
    )
    certificate = SealedTextField("残疾人证号", purpose="flag.certificate", null=True)
    review_on = models.DateField("应复核日期", null=True, blank=True, help_text="到这一天应重新评估或结案。")
    end_reason = models.CharField("取消原因", max_length=200, blank=True, default="", db_default="")
    recorded_by = models.ForeignKey(
        User, models.PROTECT, verbose_name="登记人", null=True, blank=True, db_index=False
    )
    recorded_at = models.DateTimeField("登记时间", auto_now_add=True)

    objects = querysets.PopulationFlagQuerySet.as_manager()

    class Meta:
        verbose_name = verbose_name_plural = "人群标识"
        constraints = [
            ends_after_start("flag_ends_after_start"),
            models.UniqueConstraint(
                fields=["resident", "kind"],
                condition=Q(ends_on__isnull=True),
                name="one_running_flag_per_kind",
                violation_error_message="该居民已有此人群标识。",
            ),
        ]
        indexes = [
            models.Index(fields=["kind", "resident"], name="flag_kind_resident"),
            by_moment("recorded_at", "flag_recorded"),
            models.Index(
                fields=["review_on"],
                name="flag_review_due",
                condition=Q(ends_on__isnull=True, review_on__isnull=False),
            ),
        ]

    def __str__(self) -> str:
        return self.get_kind_display()

    @property
    def is_by_age(self) -> bool:
        return self.evidence == Evidence.AGE_RULE


class ResidentEvent(models.Model):
    """What was done to a resident's registry entry, by whom and why."""

    class Kind(models.TextChoices):
        REGISTERED = "registered", "登记"
        IMPORTED = "imported", "导入"
        CHANGED = "changed", "修改"
        NUMBER_CHANGED = "number_changed", "更正证件"
        STATUS_CHANGED = "status_changed", "状态变更"
        TEAM_CHANGED = "team_changed", "更换管理团队"
        HOUSEHOLD_CHANGED = "household_changed", "家庭变更"
        GUARDIAN_CHANGED = "guardian_changed", "监护人变更"
        FLAGGED = "flagged", "人群标识变更"
        CONFIRMED = "confirmed", "核实"
        MERGED = "merged", "合并重复登记"
        UNMERGED = "unmerged", "撤销合并"
        RISK_TIERED = "risk_tiered", "风险分级"

    resident = models.ForeignKey(Resident, models.PROTECT, related_name="events", db_index=False)
    kind = models.CharField("事项", max_length=20, choices=Kind)
    note = models.CharField("说明", max_length=500, blank=True)
    at = models.DateTimeField("时间", auto_now_add=True)
    by = models.ForeignKey(User, models.PROTECT, verbose_name="经办人", null=True, db_index=False)

    objects = querysets.OfResidentQuerySet.as_manager()

    class Meta:
        verbose_name = verbose_name_plural = "居民事项"
        indexes = [models.Index(fields=["resident", "-at"], name="resident_event_at")]
        triggers = [
            pgtrigger.Protect(
                name="resident_event_append_only", operation=pgtrigger.Update | pgtrigger.Delete
            )
        ]

    def __str__(self) -> str:
        return f"{self.get_kind_display()} {self.at:%F}"
