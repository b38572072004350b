"""Filters named as adjectives. Work on a person is visible to his team and to whoever may see him; what belongs to a
restricted programme only to the named roles."""

from datetime import date
from typing import TYPE_CHECKING, Self

from django.db import models
from django.db.models import Q

from care.choices import (
    RUNNING_HANDOVERS,
    AccountKind,
    HandoverState,
    PlanState,
    PointKind,
    RecordState,
    ReferralDirection,
    ReferralState,
    TaskState,
)
from residents.querysets import OfResidentQuerySet, person_in
from teams.querysets import institution_in, scope_of

if TYPE_CHECKING:
    from teams.models import User

__all__ = [
    "CareRuleQuerySet", "ContactQuerySet", "EpisodeQuerySet", "HomeCareQuerySet", "OfResidentQuerySet", "PlanQuerySet",
    "ServiceRecordQuerySet", "TaskQuerySet",
]  # fmt: skip


def sees_restricted(user: "User") -> bool:
    from teams.access import Permission, may  # the access page reads models that use querysets

    return may(user, Permission.RESIDENT_RESTRICTED)


def of_team_or_person(user: "User") -> Q:
    """One's own team does it, or one may see the person."""
    scope = scope_of(user)
    return Q(team__in=scope.teams) | person_in(scope, "resident__")


class CareRuleQuerySet(models.QuerySet):
    def visible_to(self, user: "User") -> Self:
        """Rules are known to whoever works in the district at all, but for the services an institution made for itself."""
        from contracts.models import ServiceItem

        scope = scope_of(user)
        if not (scope.areas or scope.institutions or scope.teams):
            return self.none()
        return self.filter(Q(item__isnull=True) | Q(item__in=ServiceItem.objects.visible_to(user)))


class _OfRuleQuerySet(models.QuerySet):
    def visible_to(self, user: "User") -> Self:
        found = self.filter(of_team_or_person(user))
        return found if sees_restricted(user) else found.filter(rule__is_restricted=False)


class PlanQuerySet(_OfRuleQuerySet):
    def running(self) -> Self:
        return self.filter(state=PlanState.RUNNING)


class TaskQuerySet(_OfRuleQuerySet):
    def open(self) -> Self:
        return self.filter(state=TaskState.DUE)

    def overdue_on(self, day: date) -> Self:
        """Open, and the last day in time is over."""
        return self.open().filter(closes_on__lt=day)


class ServiceRecordQuerySet(models.QuerySet):
    def visible_to(self, user: "User") -> Self:
        found = self.filter(of_team_or_person(user))
        return found if sees_restricted(user) else found.filter(is_restricted=False)

    def standing(self) -> Self:
        """Neither corrected nor voided."""
        return self.filter(state=RecordState.STANDING)


class ContactQuerySet(models.QuerySet):
    def visible_to(self, user: "User") -> Self:
        """A contact that was part of a restricted visit is as restricted as the visit."""
        found = self.filter(of_team_or_person(user))
        hidden = Q(record__is_restricted=True)
        return found if sees_restricted(user) else found.exclude(hidden)

    def standing(self) -> Self:
        return self.filter(voided_at__isnull=True)


class EpisodeQuerySet(OfResidentQuerySet):
    def visible_to(self, user: "User") -> Self:
        from care.choices import RESTRICTED_PROGRAMS

        found = super().visible_to(user)
        return found if sees_restricted(user) else found.exclude(program__in=RESTRICTED_PROGRAMS)

    def running(self) -> Self:
        return self.filter(ends_on__isnull=True)


class HomeCareQuerySet(models.QuerySet):
    """Services and beds at home."""

    def visible_to(self, user: "User") -> Self:
        return self.filter(of_team_or_person(user))

    def open(self) -> Self:
        """Not yet done, cancelled or closed."""
        from care.choices import OPEN_BEDS, OPEN_ORDERS

        return self.filter(state__in=[*OPEN_ORDERS, *OPEN_BEDS])


# --- handed over, sent on ---------------------------------------------------------------------------------------


class HandoverQuerySet(models.QuerySet):
    def visible_to(self, user: "User") -> Self:
        """Of one's own teams, or offered to oneself."""
        return self.filter(Q(from_team__in=scope_of(user).teams) | Q(to_officer=user))

    def running(self) -> Self:
        return self.filter(state__in=RUNNING_HANDOVERS)

    def accepted(self) -> Self:
        return self.filter(state=HandoverState.ACCEPTED)

    def overdue_on(self, day: date) -> Self:
        """Offered, and the last day for an answer is over."""
        return self.filter(state=HandoverState.OFFERED, answer_by__lt=day)


class HandoverEventQuerySet(models.QuerySet):
    def visible_to(self, user: "User") -> Self:
        scope = scope_of(user)
        return self.filter(Q(handover__from_team__in=scope.teams) | Q(handover__to_officer=user))


def referral_seen_by(user: "User", path: str = "") -> Q:
    """The referral at ``path`` is of one's own teams, or of one's own institution on the other side.

    What belongs to a restricted programme is seen by the named roles and by the hospital it was sent to or came from:
    it cannot treat what it may not know.
    """
    from teams.access import roles_of
    from teams.choices import Role

    scope = scope_of(user)
    up, down = ReferralDirection.UP, ReferralDirection.DOWN
    home = Q(**{f"{path}team__in": scope.teams})
    other = Q(**{f"{path}direction": up, f"{path}to_institution__in": scope.institutions})
    other |= Q(**{f"{path}direction": down, f"{path}from_institution__in": scope.institutions})
    if sees_restricted(user):
        return home | other
    plain = Q(**{f"{path}is_restricted": False})
    return other | home & plain if Role.HOSPITAL_STAFF in roles_of(user) else (home | other) & plain


class ReferralQuerySet(models.QuerySet):
    def visible_to(self, user: "User") -> Self:
        return self.filter(referral_seen_by(user))

    def countable_for(self, user: "User") -> Self:
        """What counts may hold: of one's own institutions, teams and areas; they show nobody."""
        scope = scope_of(user)
        own = Q(team__in=scope.teams) | institution_in(scope, "from_institution__")
        found = self.filter(own | institution_in(scope, "to_institution__"))
        return found if sees_restricted(user) else found.filter(is_restricted=False)

    def unanswered(self) -> Self:
        """Waiting for the receiving side."""
        return self.filter(state__in=[ReferralState.SENT, ReferralState.HANDED_DOWN])


class ReferralEventQuerySet(models.QuerySet):
    def visible_to(self, user: "User") -> Self:
        return self.filter(referral_seen_by(user, "referral__"))


# --- points -----------------------------------------------------------------------------------------------------


def account_seen_by(user: "User", path: str = "") -> Q:
    """The account at ``path`` belongs to a person or a household that one may see."""
    from residents.models import Household

    homes = Household.objects.visible_to(user).values("pk")
    return person_in(scope_of(user), f"{path}resident__") | Q(**{f"{path}household__in": homes})


class PointAccountQuerySet(models.QuerySet):
    def visible_to(self, user: "User") -> Self:
        return self.filter(account_seen_by(user))

    def own(self) -> Self:
        return self.filter(kind=AccountKind.OWN)


class PointTransactionQuerySet(OfResidentQuerySet):
    def standing_for(self, source: str) -> Self:
        """What this record earned and nobody took back."""
        return self.filter(kind=PointKind.EARN, source=source, reversed_by__isnull=True)


class PointEntryQuerySet(models.QuerySet):
    def visible_to(self, user: "User") -> Self:
        return self.filter(account_seen_by(user, "account__"))


class PointGoodsQuerySet(models.QuerySet):
    def visible_to(self, user: "User") -> Self:
        """The district's own, for whoever works in it at all, and those of institutions in one's scope."""
        scope = scope_of(user)
        works_here = scope.areas or scope.institutions or scope.teams
        shared = Q(institution__isnull=True) if works_here else Q(pk__in=[])
        return self.filter(shared | institution_in(scope, "institution__"))

    def on_offer(self) -> Self:
        return self.filter(is_active=True)


class PointRedemptionQuerySet(models.QuerySet):
    def visible_to(self, user: "User") -> Self:
        """Given out by one's own institution."""
        return self.filter(institution_in(scope_of(user), "institution__"))


class FigureQuerySet(models.QuerySet):
    def visible_to(self, user: "User") -> Self:
        """Sums of the teams that one may see; those that count restricted programmes for the named roles alone."""
        from teams.models import Team

        found, sees = self.filter(team__in=Team.objects.visible_to(user)), sees_restricted(user)
        if any(one.name == "with_restricted" for one in self.model._meta.get_fields()):
            return found.filter(with_restricted=sees)
        return found if sees else found.filter(rule__is_restricted=False)
