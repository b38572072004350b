"""Institutions, people, teams: who."""

import pgtrigger
from django.contrib.auth.models import AbstractUser, UserManager
from django.contrib.sessions.base_session import AbstractBaseSession
from django.core.validators import RegexValidator
from django.db import models
from django.db.models import Q

from core.history import keep_history
from core.periods import Period, ends_after_start, one_at_a_time
from teams import querysets
from teams.choices import (
    AREA_ROLES,
    INSTITUTION_ROLES,
    InstitutionLevel,
    InstitutionType,
    Ownership,
    Profession,
    Role,
    ServiceDepartment,
    Tier,
)

AREA_CODE = RegexValidator(
    r"^(\d{6}|\d{9}|\d{12}|\d{14}|\d{16})$", "编码应为 6、9、12 位区划代码，或 14、16 位网格编码。"
)
PHONE = RegexValidator(
    r"^(1[3-9]\d{9}|0\d{2,3}-?\d{7,8}(-\d{1,6})?)$", "请填 11 位手机号，或带区号的座机号。"
)


class Users(UserManager.from_queryset(querysets.UserQuerySet)):
    """Django's account manager with our filters."""


@keep_history()
class Institution(models.Model):
    """A medical or public-health institution, or the bureau itself."""

    code = models.CharField("机构编码", max_length=20, unique=True)
    name = models.CharField("机构名称", max_length=100)
    type = models.CharField("机构类型", max_length=20, choices=InstitutionType)
    level = models.PositiveSmallIntegerField(
        "机构级别", choices=InstitutionLevel, default=InstitutionLevel.UNRATED
    )
    ownership = models.CharField("举办主体", max_length=10, choices=Ownership, default=Ownership.PUBLIC)
    serial = models.PositiveSmallIntegerField(
        "协议编号机构序号", help_text="1 至 999，印在协议编号里，区内唯一。"
    )
    parent = models.ForeignKey(
        "self", models.PROTECT, verbose_name="上级机构", null=True, blank=True, related_name="children"
    )
    area_code = models.CharField("所在区划代码", max_length=16, validators=[AREA_CODE])
    credit_code = models.CharField("统一社会信用代码", max_length=18, blank=True)
    address = models.CharField("地址", max_length=200, blank=True)
    phone = models.CharField("电话", max_length=20, blank=True, validators=[PHONE])
    complaint_phone = models.CharField("监督电话", max_length=20, blank=True, validators=[PHONE])
    is_active = models.BooleanField("启用", default=True)

    objects = querysets.InstitutionQuerySet.as_manager()

    class Meta:
        verbose_name = verbose_name_plural = "机构"
        constraints = [
            models.UniqueConstraint(
                fields=["serial"],
                name="institution_serial_unique",
                violation_error_message="协议编号机构序号已被占用。",
            ),
            models.CheckConstraint(
                name="institution_serial_range",
                condition=Q(serial__gte=1, serial__lte=999),
                violation_error_message="协议编号机构序号须在 1 至 999 之间。",
            ),
        ]

    def __str__(self) -> str:
        return self.name


class Department(models.Model):
    """A department of an institution; four kinds carry the link to primary institutions (S2-9)."""

    institution = models.ForeignKey(
        Institution, models.PROTECT, verbose_name="机构", related_name="departments"
    )
    name = models.CharField("科室名称", max_length=60)
    service = models.CharField("服务部", max_length=10, choices=ServiceDepartment, blank=True)
    phone = models.CharField("电话", max_length=20, blank=True, validators=[PHONE])

    objects = querysets.DepartmentQuerySet.as_manager()

    class Meta:
        verbose_name = verbose_name_plural = "科室"
        constraints = [
            models.UniqueConstraint(
                fields=["institution", "name"],
                name="department_name_unique",
                violation_error_message="本机构已有同名科室。",
            )
        ]

    def __str__(self) -> str:
        return self.name


@keep_history(exclude=["password", "last_login"])
class User(AbstractUser):
    """A person who works here: staff with or without the right to sign in (``is_active``).

    What he may do comes from roles and memberships only; ``is_superuser``, groups and Django permissions are not used.
    """

    first_name = None
    last_name = None
    name = models.CharField("姓名", max_length=40)
    phone = models.CharField("联系电话", max_length=20, blank=True, validators=[PHONE])
    wechat = models.CharField("微信号", max_length=40, blank=True)
    institution = models.ForeignKey(
        Institution, models.PROTECT, verbose_name="所属机构", null=True, blank=True, related_name="staff"
    )
    department = models.ForeignKey(
        Department, models.PROTECT, verbose_name="科室", null=True, blank=True, related_name="staff"
    )
    profession = models.CharField("岗位", max_length=20, choices=Profession, default=Profession.OTHER)
    title = models.CharField("职称", max_length=40, blank=True)
    specialty = models.CharField("专业特长", max_length=100, blank=True)
    password_changed_at = models.DateTimeField("密码修改时间", null=True, editable=False)
    must_change_password = models.BooleanField("下次登录须改密码", default=True)
    large_type = models.BooleanField("大字版", default=False)

    REQUIRED_FIELDS = ["name"]

    objects = Users()

    class Meta:
        verbose_name = verbose_name_plural = "人员"

    def __str__(self) -> str:
        return self.name or self.username

    def get_full_name(self) -> str:
        return self.name

    def get_short_name(self) -> str:
        return self.name


@keep_history(inserts=True)
class RoleAssignment(Period):
    """A role given to a person for a place, from a day until a day."""

    user = models.ForeignKey(User, models.PROTECT, verbose_name="人员", related_name="role_assignments")
    role = models.CharField(
        "角色", max_length=20, choices=[(one.value, one.label) for one in AREA_ROLES + INSTITUTION_ROLES]
    )
    institution = models.ForeignKey(
        Institution,
        models.PROTECT,
        verbose_name="机构",
        null=True,
        blank=True,
        related_name="role_assignments",
    )
    area_code = models.CharField("区划或网格编码", max_length=16, blank=True, validators=[AREA_CODE])

    objects = querysets.RoleAssignmentQuerySet.as_manager()

    class Meta:
        verbose_name = verbose_name_plural = "角色任命"
        constraints = [
            ends_after_start("role_ends_after_start"),
            models.CheckConstraint(
                name="role_has_its_scope",
                condition=Q(role__in=AREA_ROLES, institution__isnull=True) & ~Q(area_code="")
                | Q(role__in=INSTITUTION_ROLES, institution__isnull=False, area_code=""),
                violation_error_message="区域类角色须填区划或网格编码，机构类角色须选机构，二者只填其一。",
            ),
            one_at_a_time(
                "one_steward_per_institution",
                "institution_id",
                condition=Q(role=Role.INSTITUTION_STEWARD),
                message="该机构同一时期已有家医管家，请先结束原任命。",
            ),
        ]
        indexes = [models.Index(fields=["user", "role"], name="role_user_role")]

    def __str__(self) -> str:
        return f"{self.user} {self.get_role_display()}"


@keep_history()
class Team(Period):
    """A family-doctor team of one institution; ``ends_on`` is its last day of work."""

    institution = models.ForeignKey(
        Institution, models.PROTECT, verbose_name="所属机构", related_name="teams"
    )
    name = models.CharField("团队名称", max_length=60)
    phone = models.CharField("服务电话", max_length=20, blank=True, validators=[PHONE])
    service_times = models.CharField("服务时间", max_length=100, blank=True)
    introduction = models.TextField("团队介绍", max_length=1000, blank=True)

    objects = querysets.TeamQuerySet.as_manager()

    class Meta:
        verbose_name = verbose_name_plural = "家庭医生团队"
        constraints = [
            ends_after_start("team_ends_after_start"),
            models.UniqueConstraint(
                fields=["institution", "name"],
                name="team_name_unique",
                violation_error_message="本机构已有同名团队。",
            ),
        ]

    def __str__(self) -> str:
        return self.name


@keep_history(inserts=True)
class TeamMembership(Period):
    """Who works in a team, on which tier, as what, from a day until a day (S0-4, S0-17, S2-12)."""

    team = models.ForeignKey(Team, models.PROTECT, verbose_name="团队", related_name="memberships")
    user = models.ForeignKey(User, models.PROTECT, verbose_name="人员", related_name="memberships")
    profession = models.CharField("团队岗位", max_length=20, choices=Profession)
    is_leader = models.BooleanField("团队长", default=False)
    tier = models.PositiveSmallIntegerField("层级", choices=Tier, default=Tier.CORE)
    home_institution = models.ForeignKey(
        Institution, models.PROTECT, verbose_name="派出机构", related_name="memberships_abroad"
    )
    is_dispatched = models.BooleanField("上级下派", default=False)
    duty = models.CharField("职责分工", max_length=200, blank=True)

    objects = querysets.TeamMembershipQuerySet.as_manager()

    class Meta:
        verbose_name = verbose_name_plural = "团队成员"
        constraints = [
            ends_after_start("membership_ends_after_start"),
            one_at_a_time(
                "member_once_per_team",
                "team_id",
                "user_id",
                message="此人同一时期已在本团队，请先结束原来的成员记录。",
            ),
            one_at_a_time(
                "one_leader_per_team",
                "team_id",
                condition=Q(is_leader=True),
                message="本团队同一时期已有团队长，请先结束原团队长。",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.user}（{self.get_profession_display()}）"


class PasswordRecord(models.Model):
    """Hashes of former passwords, so that they are not used again."""

    user = models.ForeignKey(User, models.CASCADE, related_name="password_records")
    password = models.CharField(max_length=128)
    set_at = models.DateTimeField()

    objects = querysets.PasswordRecordQuerySet.as_manager()

    class Meta:
        verbose_name = verbose_name_plural = "历史密码"
        indexes = [models.Index(fields=["user", "-set_at"], name="password_user_at")]

    def __str__(self) -> str:
        return f"{self.user} {self.set_at:%F}"


class LoginRecord(models.Model):
    """What happened to an account: entries, failures, lock-outs, and what an administrator did to it. Append-only.

    No password, no session key; a name that belongs to no account is kept only in part, since people mistype
    passwords and identity numbers into that field.
    """

    class Outcome(models.TextChoices):
        IN = "in", "登录成功"
        HALF_IN = "half_in", "密码正确，待动态口令"
        OUT = "out", "退出"
        FAILED = "failed", "登录失败"
        LOCKED = "locked", "锁定"
        SECOND_FACTOR_FAILED = "otp_failed", "动态口令错误"
        IDLE = "idle", "超时退出"
        PASSWORD_CHANGED = "password", "修改密码"
        SECOND_FACTOR_SET = "otp_set", "启用动态口令"
        CODES_RENEWED = "otp_codes", "更换备用码"
        CREATED = "created", "新建账号"
        PASSWORD_RESET = "reset", "重置密码"
        UNLOCKED = "unlocked", "解除锁定"
        SESSIONS_ENDED = "ended", "结束登录"
        SECOND_FACTOR_RESET = "otp_reset", "重置动态口令"

    at = models.DateTimeField("时间", auto_now_add=True)
    username = models.CharField("登录名", max_length=150)
    user = models.ForeignKey(
        User, models.PROTECT, verbose_name="人员", null=True, related_name="login_records"
    )
    outcome = models.CharField("事项", max_length=12, choices=Outcome)
    by = models.ForeignKey(User, models.PROTECT, verbose_name="经办人", null=True, related_name="+")
    ip = models.GenericIPAddressField("IP 地址", null=True)
    agent = models.CharField("浏览器", max_length=200, blank=True)

    objects = querysets.LoginRecordQuerySet.as_manager()

    class Meta:
        verbose_name = verbose_name_plural = "登录日志"
        indexes = [
            models.Index(fields=["-at"], name="login_at"),
            models.Index(fields=["user", "-at"], name="login_user"),
        ]
        triggers = [
            pgtrigger.Protect(name="login_append_only", operation=pgtrigger.Update | pgtrigger.Delete)
        ]

    def __str__(self) -> str:
        return f"{self.username} {self.get_outcome_display()}"


class Session(AbstractBaseSession):
    """A signed-in browser, with the person it belongs to: so that all of a person's can be shown and ended."""

    user = models.ForeignKey(User, models.CASCADE, verbose_name="人员", null=True, related_name="sessions")

    objects = querysets.SessionManager()

    class Meta(AbstractBaseSession.Meta):
        verbose_name = verbose_name_plural = "登录会话"

    @classmethod
    def get_session_store_class(cls) -> type:
        from teams.sessions import SessionStore

        return SessionStore
