"""With whom one works."""

from datetime import date

from django.db.models import Q, QuerySet

from teams.access import scope_of
from teams.choices import Role
from teams.models import RoleAssignment, TeamMembership, User


def members_of(user: User, *, on: date) -> QuerySet[User]:
    """Members of one's own teams: to whom a task may be given."""
    members = TeamMembership.objects.active_on(on).filter(team__in=scope_of(user).teams)
    return User.objects.filter(pk__in=members.values("user"), is_active=True).order_by("name", "pk")


def colleagues_of(user: User, *, on: date) -> QuerySet[User]:
    """Members of one's own teams, and the dedicated officers of their institutions (S1-22). One query."""
    scope = scope_of(user)
    members = TeamMembership.objects.active_on(on).filter(team__in=scope.teams)
    officers = RoleAssignment.objects.active_on(on).filter(
        role=Role.DEDICATED_OFFICER, institution__in=scope.institutions
    )
    return User.objects.filter(
        Q(pk__in=members.values("user")) | Q(pk__in=officers.values("user")), is_active=True
    ).order_by("name", "pk")
