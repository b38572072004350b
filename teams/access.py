"""Who may do what, and where.

``may(user, permission)`` answers *what*: a person's permissions are the union over his roles of today.
``scope_of(user)`` answers *where*: area-code prefixes and teams, from which every ``visible_to`` is built.
Out of scope is 404, in scope without the permission 403. Access is always about now, so this page reads the clock.
"""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import date
from enum import StrEnum
from functools import wraps

from django.contrib.auth.models import AnonymousUser
from django.core.exceptions import PermissionDenied
from django.http import HttpRequest, HttpResponse
from django.utils import timezone

from teams.choices import Role
from teams.models import Institution, RoleAssignment, Team, TeamMembership, User


class Permission(StrEnum):
    """One verb of the trade each; the Chinese is what the permission page prints."""

    ADMIN_SITE = "进入管理端"
    ACCOUNT_MANAGE = "管理账号与角色"
    INSTITUTION_MANAGE = "维护机构与科室"
    AREA_MANAGE = "维护区划与网格"
    AREA_VIEW = "查看区划与网格"
    POSTING_MANAGE = "任命网格长、哨兵、健康管家"
    TEAM_VIEW = "查看团队"
    TEAM_MANAGE = "组建团队、分派网格"
    RESIDENT_VIEW = "查看居民"
    RESIDENT_EDIT = "登记与修改居民"
    RESIDENT_REVEAL = "查看明文证件与电话"
    RESIDENT_RESTRICTED = "查看受限人群标识"
    RESIDENT_MERGE = "核实与合并重复登记"
    ROSTER_IMPORT = "导入花名册"
    AGREEMENT_VIEW = "查看协议"
    AGREEMENT_SIGN = "签约"
    AGREEMENT_TERMINATE = "解约"
    AGREEMENT_APPROVE = "审批补录签约、作废协议"
    AGREEMENT_MASS = "批量续签与移交"
    AGREEMENT_REVIEW = "核查签约真实性"
    COVERAGE_VIEW = "查看签约覆盖"
    CARE_VIEW = "查看服务记录与任务"
    CARE_RECORD = "登记服务"
    CARE_HANDOVER = "向专干移交居民"
    CARE_RULES = "维护服务规则"
    FULFILMENT_VIEW = "查看履约情况"
    REFERRAL_ANSWER = "接诊与答复转诊"
    POINTS_MANAGE = "管理积分兑换"
    JOB_MANAGE = "管理定时任务"
    GRID_PAGE = "使用网格端"
    GRID_LEAD = "管理网格人员"
    WHISTLE_VIEW = "查看网格上报"
    WHISTLE_ANSWER = "办理网格上报"
    WHISTLE_OVERSEE = "督办网格上报"
    VISIT_VIEW = "查看巡诊日历"
    VISIT_RECORD = "登记外出服务"
    POINT_MANAGE = "维护服务点与巡诊排班"
    DISCLOSURE_VIEW = "查看十公开"
    DISCLOSURE_EDIT = "编写十公开、登记公开凭证"
    DISCLOSURE_CONFIRM = "确认十公开"
    DISCLOSURE_APPROVE = "审核发布十公开"
    CALENDAR_MANAGE = "维护门诊、接种、新技术等公开日程"
    LIVESTREAM_RECORD = "登记健康直播"
    GUIDE_MAP = "查看重点人群分布导引图"
    RESIDENT_LINK = "向居民发送一次性链接"
    SURVEY_MANAGE = "管理居民问卷"
    PACKAGE_MANAGE = "维护服务包"
    POLICY_MANAGE = "维护政策参数"
    AUDIT_VIEW = "查看日志"


P = Permission
_READ_ALL = {P.AREA_VIEW, P.TEAM_VIEW, P.RESIDENT_VIEW, P.AGREEMENT_VIEW, P.COVERAGE_VIEW}

# Separation of duties: the system administrator sees no resident, the auditor changes nothing.
PERMISSIONS: dict[Role, frozenset[Permission]] = {
    Role.SYSTEM_ADMIN: frozenset({P.ADMIN_SITE, P.ACCOUNT_MANAGE, P.AREA_VIEW, P.TEAM_VIEW, P.JOB_MANAGE}),
    Role.BUREAU: frozenset(
        _READ_ALL
        | {
            P.ADMIN_SITE,
            P.ACCOUNT_MANAGE,
            P.INSTITUTION_MANAGE,
            P.AREA_MANAGE,
            P.POSTING_MANAGE,
            P.TEAM_MANAGE,
        }
        | {P.RESIDENT_REVEAL, P.ROSTER_IMPORT, P.POLICY_MANAGE, P.RESIDENT_EDIT, P.RESIDENT_MERGE}
        | {P.PACKAGE_MANAGE, P.AGREEMENT_REVIEW}
        | {P.CARE_RULES, P.FULFILMENT_VIEW, P.POINTS_MANAGE}
        | {P.WHISTLE_OVERSEE, P.VISIT_VIEW, P.POINT_MANAGE}
        | {P.DISCLOSURE_VIEW, P.DISCLOSURE_APPROVE, P.CALENDAR_MANAGE, P.SURVEY_MANAGE}
    ),
    Role.STREET: frozenset(
        {P.ADMIN_SITE, P.AREA_VIEW, P.TEAM_VIEW, P.POSTING_MANAGE, P.COVERAGE_VIEW}
        | {P.WHISTLE_OVERSEE, P.VISIT_VIEW, P.DISCLOSURE_VIEW}
    ),
    Role.INSTITUTION_STEWARD: frozenset(
        _READ_ALL
        | {P.ADMIN_SITE, P.TEAM_MANAGE, P.ROSTER_IMPORT, P.RESIDENT_EDIT, P.RESIDENT_REVEAL}
        | {P.AGREEMENT_SIGN, P.AGREEMENT_TERMINATE, P.RESIDENT_MERGE, P.PACKAGE_MANAGE}
        | {P.AGREEMENT_APPROVE, P.AGREEMENT_MASS}
        | {P.CARE_VIEW, P.CARE_HANDOVER, P.FULFILMENT_VIEW, P.REFERRAL_ANSWER, P.POINTS_MANAGE}
        | {P.WHISTLE_VIEW, P.WHISTLE_ANSWER, P.WHISTLE_OVERSEE, P.VISIT_VIEW, P.POINT_MANAGE}
        | {P.DISCLOSURE_VIEW, P.DISCLOSURE_EDIT, P.DISCLOSURE_APPROVE, P.CALENDAR_MANAGE, P.LIVESTREAM_RECORD}
        | {P.GUIDE_MAP, P.RESIDENT_LINK}
    ),
    Role.TEAM_LEADER: frozenset(
        _READ_ALL
        | {P.ROSTER_IMPORT, P.RESIDENT_EDIT, P.RESIDENT_REVEAL, P.RESIDENT_RESTRICTED}
        | {P.AGREEMENT_SIGN, P.AGREEMENT_TERMINATE, P.RESIDENT_MERGE}
        | {P.CARE_VIEW, P.CARE_RECORD, P.CARE_HANDOVER, P.FULFILMENT_VIEW, P.REFERRAL_ANSWER}
        | {P.WHISTLE_VIEW, P.WHISTLE_ANSWER, P.VISIT_VIEW, P.VISIT_RECORD}
        | {P.DISCLOSURE_VIEW, P.DISCLOSURE_EDIT, P.DISCLOSURE_CONFIRM, P.GUIDE_MAP, P.RESIDENT_LINK}
    ),
    Role.TEAM_MEMBER: frozenset(
        _READ_ALL
        | {P.RESIDENT_EDIT, P.RESIDENT_REVEAL, P.RESIDENT_RESTRICTED, P.AGREEMENT_SIGN}
        | {P.CARE_VIEW, P.CARE_RECORD, P.FULFILMENT_VIEW, P.REFERRAL_ANSWER}
        | {P.WHISTLE_VIEW, P.WHISTLE_ANSWER, P.VISIT_VIEW, P.VISIT_RECORD}
        | {P.DISCLOSURE_VIEW, P.DISCLOSURE_EDIT, P.GUIDE_MAP, P.RESIDENT_LINK}
    ),
    Role.DEDICATED_OFFICER: frozenset(
        {P.AREA_VIEW, P.TEAM_VIEW, P.RESIDENT_VIEW, P.AGREEMENT_VIEW, P.CARE_VIEW, P.CARE_RECORD}
        | {P.REFERRAL_ANSWER}
    ),
    Role.HOSPITAL_STAFF: frozenset({P.TEAM_VIEW, P.REFERRAL_ANSWER, P.CALENDAR_MANAGE, P.LIVESTREAM_RECORD}),
    Role.COMMUNITY_STEWARD: frozenset({P.GRID_PAGE, P.GRID_LEAD, P.TEAM_VIEW}),
    Role.GRID_LEADER: frozenset({P.GRID_PAGE, P.GRID_LEAD, P.TEAM_VIEW}),
    Role.SENTINEL: frozenset({P.GRID_PAGE}),
    Role.API_CLIENT: frozenset(),
    Role.AUDITOR: frozenset({P.ADMIN_SITE, P.AUDIT_VIEW, P.AREA_VIEW, P.TEAM_VIEW, P.COVERAGE_VIEW}),
}


@dataclass(frozen=True)
class Scope:
    """Where a person works today.

    Attributes:
        on: the day it is true for.
        areas: prefixes of area or grid codes, as the roles carry them.
        institutions: ids of own institutions with all stations below them, and of own teams' institutions.
        teams: ids of own teams, and of every team of those institutions.
    """

    on: date
    areas: tuple[str, ...] = ()
    institutions: tuple[int, ...] = ()
    teams: tuple[int, ...] = ()


def roles_of(user: User | AnonymousUser) -> frozenset[Role]:
    """The roles a person holds today; nobody without an active account holds any."""
    return _standing(user).roles


def may(user: User | AnonymousUser, permission: Permission) -> bool:
    return any(permission in PERMISSIONS[role] for role in roles_of(user))


def scope_of(user: User | AnonymousUser) -> Scope:
    return _standing(user).scope


def works_only_in_grid(user: User | AnonymousUser) -> bool:
    """Whether every role of the person leads to the grid pages: such people stay signed in on their own phone."""
    roles = roles_of(user)
    return bool(roles) and all(P.GRID_PAGE in PERMISSIONS[role] for role in roles)


@dataclass(frozen=True)
class _Standing:
    roles: frozenset[Role]
    scope: Scope


def _standing(user: User | AnonymousUser) -> _Standing:
    """Computed once for each request: the user object lives as long as the request does."""
    if not user.is_authenticated or not user.is_active:
        return _Standing(frozenset(), Scope(timezone.localdate()))  # noqa: TID251
    cached = getattr(user, "_standing", None)
    if cached is None:
        cached = user._standing = _read_standing(user)
    return cached


def forget_standing(user: User) -> None:
    """After a role or membership changed within the same request."""
    user.__dict__.pop("_standing", None)


def _read_standing(user: User) -> _Standing:
    today = timezone.localdate()  # noqa: TID251
    assigned = list(
        RoleAssignment.objects.active_on(today)
        .filter(user=user)
        .values_list("role", "institution_id", "area_code")
    )
    memberships = list(
        TeamMembership.objects.active_on(today)
        .filter(user=user, team__in=Team.objects.active_on(today))
        .values_list("team_id", "is_leader", "team__institution_id")
    )
    roles = {Role(role) for role, _, _ in assigned}
    roles |= {Role.TEAM_LEADER if is_leader else Role.TEAM_MEMBER for _, is_leader, _ in memberships}
    institutions = _with_stations({one for _, one, _ in assigned if one})
    teams = {team for team, _, _ in memberships}
    if Role.INSTITUTION_STEWARD in roles or Role.DEDICATED_OFFICER in roles:
        teams |= set(Team.objects.filter(institution_id__in=institutions).values_list("id", flat=True))
    institutions |= {one for _, _, one in memberships}
    areas = tuple(sorted({code for _, _, code in assigned if code}))
    return _Standing(frozenset(roles), Scope(today, areas, tuple(sorted(institutions)), tuple(sorted(teams))))


def _with_stations(institutions: set[int]) -> set[int]:
    if not institutions:
        return set()
    below = Institution.objects.filter(parent_id__in=institutions).values_list("id", flat=True)
    return institutions | set(below)


View = Callable[..., HttpResponse]


def needs(*permissions: Permission) -> Callable[[View], View]:
    """Mark a view with the permissions it asks for (all of them); without one of them it answers 403."""

    def decorate(view: View) -> View:
        @wraps(view)
        def checked(request: HttpRequest, *args, **kwargs) -> HttpResponse:
            if not all(may(request.user, one) for one in permissions):
                raise PermissionDenied
            return view(request, *args, **kwargs)

        checked.needs = permissions  # type: ignore[attr-defined]
        return checked

    return decorate


def signed_in(view: View) -> View:
    """Mark a view that any signed-in person may open (LoginRequiredMiddleware already asked for the sign-in)."""
    view.needs = ()  # type: ignore[attr-defined]
    return view


def unattended(view: View) -> View:
    """Mark a view that a page asks for by itself, every few seconds: it does not keep an idle session alive."""
    view.is_unattended = True  # type: ignore[attr-defined]
    return view
