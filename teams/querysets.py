"""Filters named as adjectives. ``visible_to`` is the only way a door loads a row."""

from typing import TYPE_CHECKING, Self

from django.contrib.sessions.base_session import BaseSessionManager
from django.db import models
from django.db.models import Q

from core.periods import PeriodQuerySet
from teams.choices import InstitutionType

if TYPE_CHECKING:
    from teams.access import Scope
    from teams.models import User


PRIMARY = (
    InstitutionType.CHC,
    InstitutionType.TOWNSHIP_HOSPITAL,
    InstitutionType.STATION,
    InstitutionType.VILLAGE_CLINIC,
)


def scope_of(user: "User") -> "Scope":
    from teams import access  # the access page reads the models that use these querysets

    return access.scope_of(user)


def code_under(field: str, prefixes: tuple[str, ...]) -> Q:
    """The code stands in one of the areas; no prefix matches nothing."""
    found = Q(pk__in=[])
    for prefix in prefixes:
        found |= Q(**{f"{field}__startswith": prefix})
    return found


def institution_in(scope: "Scope", path: str = "") -> Q:
    """The institution at ``path`` ("institution__", or "" for itself) is one's own or lies in one's areas."""
    return Q(**{f"{path}pk__in": scope.institutions}) | code_under(f"{path}area_code", scope.areas)


class InstitutionQuerySet(models.QuerySet):
    def visible_to(self, user: "User") -> Self:
        return self.filter(institution_in(scope_of(user)))

    def active(self) -> Self:
        return self.filter(is_active=True)


class DepartmentQuerySet(models.QuerySet):
    def visible_to(self, user: "User") -> Self:
        return self.filter(institution_in(scope_of(user), "institution__"))


class UserQuerySet(models.QuerySet):
    def visible_to(self, user: "User") -> Self:
        """Colleagues: of the same institutions and teams, and people whose role lies inside one's areas."""
        scope = scope_of(user)
        posted = self.model.objects.filter(code_under("role_assignments__area_code", scope.areas)).values(
            "pk"
        )
        teammates = self.model.objects.filter(memberships__team__in=scope.teams).values("pk")
        return self.filter(
            institution_in(scope, "institution__") | Q(pk__in=posted) | Q(pk__in=teammates) | Q(pk=user.pk)
        )

    def recruitable_by(self, user: "User") -> Self:
        """Whom he may ask into a team: colleagues, and staff of the hospitals, public-health institutions and clinics
        of his district who may be sent down or join (S0-4, S0-6, S0-17). Primary institutions keep their own staff."""
        from teams.models import Institution

        scope = scope_of(user)
        own = Institution.objects.filter(pk__in=scope.institutions).values_list("area_code", flat=True)
        districts = tuple({code[:6] for code in (*own, *scope.areas)})
        senders = Institution.objects.filter(code_under("area_code", districts), is_active=True).exclude(
            type__in=(*PRIMARY, InstitutionType.BUREAU)
        )
        colleagues = self.model.objects.visible_to(user).values("pk")
        return self.filter(Q(pk__in=colleagues) | Q(institution__in=senders))


class RoleAssignmentQuerySet(PeriodQuerySet):
    def visible_to(self, user: "User") -> Self:
        scope = scope_of(user)
        return self.filter(institution_in(scope, "institution__") | code_under("area_code", scope.areas))


class TeamQuerySet(PeriodQuerySet):
    def visible_to(self, user: "User") -> Self:
        scope = scope_of(user)
        return self.filter(Q(pk__in=scope.teams) | code_under("institution__area_code", scope.areas))


class TeamMembershipQuerySet(PeriodQuerySet):
    def visible_to(self, user: "User") -> Self:
        scope = scope_of(user)
        return self.filter(Q(team__in=scope.teams) | code_under("team__institution__area_code", scope.areas))


class LoginRecordQuerySet(models.QuerySet):
    def visible_to(self, user: "User") -> Self:
        """One's own and one's colleagues'; tries at names that nobody has only for those who read logs."""
        from teams.access import Permission, may

        colleagues = user._meta.default_manager.visible_to(user)
        found = Q(user__in=colleagues)
        if may(user, Permission.AUDIT_VIEW):
            found |= Q(user__isnull=True)
        return self.filter(found)


class PasswordRecordQuerySet(models.QuerySet):
    def newest(self, count: int) -> list[str]:
        """The hashes set last, the newest first."""
        return list(self.order_by("-set_at", "-pk").values_list("password", flat=True)[:count])


class SessionQuerySet(models.QuerySet):
    def visible_to(self, user: "User") -> Self:
        """One's own only: an administrator ends sessions, he does not look at them."""
        return self.filter(user=user)


class SessionManager(BaseSessionManager.from_queryset(SessionQuerySet)):
    """Django's session manager with our filters."""

    use_in_migrations = False
