"""Filters named as adjectives. Work on a person is visible to his team and to whoever may see him; what belongs to a
restricted programme only to the named roles."""

from datetime import date
from typing import TYPE_CHECKING, Self

from django.db import models
from django.db.models import Q

from care.choices import PlanState, RecordState, TaskState
from residents.querysets import OfResidentQuerySet, person_in
from teams.querysets import scope_of

if TYPE_CHECKING:
    from teams.models import User

__all__ = [
    "CareRuleQuerySet", "ContactQuerySet", "EpisodeQuerySet", "OfResidentQuerySet", "PlanQuerySet",
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
        """Rules are known to everybody, but for the services that an institution made for itself."""
        from contracts.models import ServiceItem

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
