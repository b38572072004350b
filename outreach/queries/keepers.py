"""Whose calendars and notices a person keeps: a post in a team lets him look, not write (S0-23)."""

from dataclasses import dataclass
from datetime import date

from django.db.models import Q, QuerySet

from teams.access import PERMISSIONS, Permission
from teams.choices import InstitutionType
from teams.models import Institution, RoleAssignment, User
from teams.querysets import code_under

_ROLES = [role for role, verbs in PERMISSIONS.items() if Permission.CALENDAR_MANAGE in verbs]


@dataclass(frozen=True)
class Keeping:
    """What a person keeps on a day.

    Attributes:
        institutions: those he writes for, with their stations.
        has_district: he writes for the whole district as well.
    """

    institutions: QuerySet[Institution]
    has_district: bool

    def holds(self, institution: int | None) -> bool:
        """Whether he writes for it; None is the district. One query."""
        if institution is None:
            return self.has_district
        return self.institutions.filter(pk=institution).exists()


def kept_by(user: User, *, on: date) -> Keeping:
    """One query; by the roles that carry the permission, not by teams that he belongs to."""
    posts = RoleAssignment.objects.active_on(on).filter(user=user, role__in=_ROLES)
    rows = list(posts.values_list("institution_id", "area_code"))
    own = [institution for institution, _ in rows if institution]
    areas = tuple(code for _, code in rows if code)
    found = Institution.objects.active().exclude(type=InstitutionType.BUREAU)
    where = Q(pk__in=own) | Q(parent__in=own) | code_under("area_code", areas)
    return Keeping(found.filter(where).order_by("name", "pk"), bool(areas))
