"""Filters named as adjectives. ``visible_to`` is the only way a door loads a row."""

from typing import TYPE_CHECKING, Self

from django.db import models
from django.db.models import Q

from core.periods import PeriodQuerySet

if TYPE_CHECKING:
    from teams.access import Scope
    from teams.models import User


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
        posted = self.model.objects.filter(code_under("role_assignments__area_code", scope.areas)).values("pk")
        teammates = self.model.objects.filter(memberships__team__in=scope.teams).values("pk")
        return self.filter(
            institution_in(scope, "institution__") | Q(pk__in=posted) | Q(pk__in=teammates) | Q(pk=user.pk)
        )


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
        return self.filter(Q(user__in=user._meta.default_manager.visible_to(user)) | Q(user=user))
