"""Areas, grids, buildings and who works where."""

from django.core.validators import RegexValidator
from django.db import models
from django.db.models import F, Q

from core.history import keep_history
from core.periods import Period, ends_after_start, one_at_a_time
from grids import querysets
from grids.choices import (
    VILLAGE_POSTS,
    AreaLevel,
    BuildingKind,
    GridLevel,
    OrganizationType,
    PairingLevel,
    PostingRole,
    SentinelOrigin,
)
from teams.models import PHONE, RoleAssignment, Team, User


class Area(models.Model):
    """District, township or village with its statistical code (6, 9 or 12 digits); codes change, ids stay."""

    code = models.CharField(
        "区划代码", max_length=12, unique=True, validators=[RegexValidator(r"^\d{6}(\d{3}){0,2}$")]
    )
    name = models.CharField("名称", max_length=60)
    level = models.PositiveSmallIntegerField("级别", choices=AreaLevel)
    parent = models.ForeignKey(
        "self", models.PROTECT, verbose_name="上级区划", null=True, blank=True, related_name="children"
    )
    valid_from = models.DateField("启用日期")
    valid_to = models.DateField("停用日期", null=True, blank=True)

    objects = querysets.AreaQuerySet.as_manager()

    class Meta:
        verbose_name = verbose_name_plural = "区划"
        constraints = [
            models.CheckConstraint(
                name="area_code_fits_level",
                condition=Q(level=AreaLevel.DISTRICT, code__regex=r"^[0-9]{6}$", parent__isnull=True)
                | Q(level=AreaLevel.TOWNSHIP, code__regex=r"^[0-9]{9}$", parent__isnull=False)
                | Q(level=AreaLevel.VILLAGE, code__regex=r"^[0-9]{12}$", parent__isnull=False),
                violation_error_message="区县 6 位、镇街 9 位、村居 12 位，且镇街与村居须选上级。",
            ),
            models.CheckConstraint(
                name="area_valid_period",
                condition=Q(valid_to__isnull=True) | Q(valid_to__gte=F("valid_from")),
                violation_error_message="停用日期不能早于启用日期。",
            ),
        ]

    def __str__(self) -> str:
        return self.name


class AreaCodeChange(models.Model):
    """A code that was replaced: old lists and old agreement numbers still find their area."""

    area = models.ForeignKey(Area, models.PROTECT, verbose_name="区划", related_name="code_changes")
    old_code = models.CharField("原代码", max_length=12, db_index=True)
    new_code = models.CharField("新代码", max_length=12)
    changed_on = models.DateField("变更日期")
    note = models.CharField("说明", max_length=200, blank=True)
    changed_by = models.ForeignKey(User, models.PROTECT, verbose_name="登记人")

    class Meta:
        verbose_name = verbose_name_plural = "区划代码变更"
        constraints = [
            models.UniqueConstraint(fields=["area", "old_code", "changed_on"], name="area_code_change_once"),
        ]

    def __str__(self) -> str:
        return f"{self.old_code} → {self.new_code}"


@keep_history()
class Grid(models.Model):
    """The smallest unit of governance inside a village; a micro-grid hangs below a grid (S0-19).

    Code: 12-digit village code + 2 digits (+ 2 digits for a micro-grid).
    """

    code = models.CharField(
        "网格编码",
        max_length=16,
        unique=True,
        validators=[
            RegexValidator(r"^\d{14}(\d{2})?$", "网格编码为村居 12 位代码加 2 位网格号，微网格再加 2 位。")
        ],
    )
    name = models.CharField("网格名称", max_length=60)
    level = models.PositiveSmallIntegerField("级别", choices=GridLevel, default=GridLevel.GRID)
    village = models.ForeignKey(Area, models.PROTECT, verbose_name="所属村居", related_name="grids")
    parent = models.ForeignKey(
        "self", models.PROTECT, verbose_name="所属网格", null=True, blank=True, related_name="micro_grids"
    )
    opened_on = models.DateField("启用日期")
    closed_on = models.DateField("停用日期", null=True, blank=True)

    objects = querysets.GridQuerySet.as_manager()

    class Meta:
        verbose_name = verbose_name_plural = "网格"
        constraints = [
            models.CheckConstraint(
                name="grid_code_fits_level",
                condition=Q(level=GridLevel.GRID, code__regex=r"^[0-9]{14}$", parent__isnull=True)
                | Q(level=GridLevel.MICRO, code__regex=r"^[0-9]{16}$", parent__isnull=False),
                violation_error_message="网格编码 14 位；微网格编码 16 位且须选所属网格。",
            ),
        ]
        indexes = [models.Index(fields=["village"], name="grid_village")]

    def __str__(self) -> str:
        return self.name


class Building(models.Model):
    """A building or a yard inside a grid (S0-21)."""

    grid = models.ForeignKey(Grid, models.PROTECT, verbose_name="网格", related_name="buildings")
    name = models.CharField("楼栋名称", max_length=60)
    kind = models.CharField("类别", max_length=12, choices=BuildingKind, default=BuildingKind.APARTMENT)
    units = models.PositiveSmallIntegerField("单元数", default=1)
    floors = models.PositiveSmallIntegerField("层数", default=1)

    objects = querysets.OfGridQuerySet.as_manager()

    class Meta:
        verbose_name = verbose_name_plural = "楼栋"
        constraints = [
            models.UniqueConstraint(
                fields=["grid", "name"],
                name="building_name_unique",
                violation_error_message="本网格已有同名楼栋。",
            )
        ]

    def __str__(self) -> str:
        return self.name


class Dwelling(models.Model):
    """One door: unit, floor, room. Several households may live behind it."""

    building = models.ForeignKey(Building, models.PROTECT, verbose_name="楼栋", related_name="dwellings")
    unit = models.PositiveSmallIntegerField("单元", default=1)
    floor = models.SmallIntegerField("楼层", default=1)
    room = models.CharField("房号", max_length=20)

    objects = querysets.DwellingQuerySet.as_manager()

    class Meta:
        verbose_name = verbose_name_plural = "住房"
        constraints = [
            models.UniqueConstraint(
                fields=["building", "unit", "room"],
                name="dwelling_unique",
                violation_error_message="该单元已有此房号。",
            )
        ]

    def __str__(self) -> str:
        return f"{self.unit}单元{self.room}"


class Organization(models.Model):
    """An organ, enterprise, school ... inside a grid: a functional community (S0-19, S3-24)."""

    grid = models.ForeignKey(Grid, models.PROTECT, verbose_name="网格", related_name="organizations")
    name = models.CharField("单位名称", max_length=100)
    type = models.CharField("单位类型", max_length=20, choices=OrganizationType)
    credit_code = models.CharField("统一社会信用代码", max_length=18, blank=True)
    headcount = models.PositiveIntegerField("人数", null=True, blank=True)
    contact = models.CharField("联系人", max_length=40, blank=True)
    phone = models.CharField("联系电话", max_length=20, blank=True, validators=[PHONE])

    objects = querysets.OfGridQuerySet.as_manager()

    class Meta:
        verbose_name = verbose_name_plural = "功能社区单位"
        constraints = [
            models.UniqueConstraint(
                fields=["grid", "name"],
                name="organization_unique",
                violation_error_message="本网格已有同名单位。",
            )
        ]

    def __str__(self) -> str:
        return self.name


@keep_history(inserts=True)
class GridResponsibility(Period):
    """Which team answers for a grid: exactly one on any day (S0-19)."""

    grid = models.ForeignKey(Grid, models.PROTECT, verbose_name="网格", related_name="responsibilities")
    team = models.ForeignKey(Team, models.PROTECT, verbose_name="责任团队", related_name="responsibilities")
    note = models.CharField("说明", max_length=200, blank=True)

    objects = querysets.GridResponsibilityQuerySet.as_manager()

    class Meta:
        verbose_name = verbose_name_plural = "网格责任"
        constraints = [
            ends_after_start("responsibility_ends_after_start"),
            one_at_a_time(
                "one_team_per_grid", "grid_id", message="该网格同一时期已有责任团队，请先结束原责任再分派。"
            ),
        ]

    def __str__(self) -> str:
        return f"{self.grid} → {self.team}"


@keep_history(inserts=True)
class Posting(Period):
    """Who works a grid or a village, from a day until a day (S2-4 to S2-6, S3-8).

    A posting with an account carries the role that lets the person sign in; both begin and end together.
    """

    role = models.CharField("身份", max_length=20, choices=PostingRole)
    grid = models.ForeignKey(
        Grid, models.PROTECT, verbose_name="网格", null=True, blank=True, related_name="postings"
    )
    village = models.ForeignKey(
        Area, models.PROTECT, verbose_name="村居", null=True, blank=True, related_name="postings"
    )
    name = models.CharField("姓名", max_length=40)
    phone = models.CharField("联系电话", max_length=20, blank=True, validators=[PHONE])
    origin = models.CharField("哨兵来源", max_length=20, choices=SentinelOrigin, blank=True)
    user = models.ForeignKey(
        User, models.PROTECT, verbose_name="登录账号", null=True, blank=True, related_name="postings"
    )
    role_assignment = models.OneToOneField(
        RoleAssignment, models.PROTECT, null=True, blank=True, editable=False, related_name="posting"
    )

    objects = querysets.PostingQuerySet.as_manager()

    class Meta:
        verbose_name = verbose_name_plural = "网格与社区任职"
        constraints = [
            ends_after_start("posting_ends_after_start"),
            models.CheckConstraint(
                name="posting_has_its_place",
                condition=Q(role__in=VILLAGE_POSTS, village__isnull=False, grid__isnull=True)
                | Q(
                    role__in=[PostingRole.GRID_LEADER, PostingRole.SENTINEL],
                    grid__isnull=False,
                    village__isnull=True,
                ),
                violation_error_message="网格长与健康哨兵须选网格，其他身份须选村居，二者只填其一。",
            ),
            one_at_a_time(
                "one_leader_per_grid",
                "grid_id",
                condition=Q(role=PostingRole.GRID_LEADER),
                message="该网格同一时期已有网格长，请先结束原任职。",
            ),
            one_at_a_time(
                "one_steward_per_village",
                "village_id",
                condition=Q(role=PostingRole.COMMUNITY_STEWARD),
                message="该村居同一时期已有社区健康管家，请先结束原任职。",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.get_role_display()} {self.name}"


class Pairing(Period):
    """A member of staff and a community person who know each other by name (S2-7)."""

    level = models.CharField("层次", max_length=10, choices=PairingLevel)
    user = models.ForeignKey(User, models.PROTECT, verbose_name="医疗机构方", related_name="pairings")
    posting = models.ForeignKey(Posting, models.PROTECT, verbose_name="社区方", related_name="pairings")

    objects = querysets.PairingQuerySet.as_manager()

    class Meta:
        verbose_name = verbose_name_plural = "结对"
        constraints = [
            ends_after_start("pairing_ends_after_start"),
            one_at_a_time(
                "pairing_once", "user_id", "posting_id", message="二人同一时期已经结对，不必重复登记。"
            ),
        ]

    def __str__(self) -> str:
        return f"{self.user} — {self.posting}"


class AreaOutline(models.Model):
    """Where an area lies, for maps: closed rings of [longitude, latitude] in WGS-84, by the even-odd rule."""

    area = models.OneToOneField(Area, models.PROTECT, verbose_name="区划", related_name="outline")
    rings = models.JSONField("轮廓")
    source = models.CharField("来源", max_length=120)
    imported_at = models.DateTimeField("导入时间")

    class Meta:
        verbose_name = verbose_name_plural = "区划轮廓"

    def __str__(self) -> str:
        return str(self.area)
