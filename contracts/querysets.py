"""Filters named as adjectives. An agreement is visible to its team and to whoever may see the persons in it."""

from datetime import date
from typing import TYPE_CHECKING, Self

from django.db import models
from django.db.models import Q

from contracts.choices import AgreementState
from residents.querysets import person_in
from teams.querysets import code_under, scope_of

if TYPE_CHECKING:
    from teams.models import User


class AgreementQuerySet(models.QuerySet):
    def visible_to(self, user: "User") -> Self:
        from contracts.models import Enrollment

        scope = scope_of(user)
        people = Enrollment.objects.filter(person_in(scope, "resident__")).values("agreement")
        return self.filter(
            Q(team__in=scope.teams) | code_under("team__institution__area_code", scope.areas) | Q(pk__in=people)
        )


class EnrollmentQuerySet(models.QuerySet):
    def visible_to(self, user: "User") -> Self:
        scope = scope_of(user)
        return self.filter(Q(agreement__team__in=scope.teams) | person_in(scope, "resident__"))

    def in_force_on(self, day: date) -> Self:
        """Promised for that day: void and draft never count; an ended one counts up to its last day."""
        return self.filter(starts_on__lte=day, ends_on__gte=day).exclude(
            state__in=(AgreementState.VOID, AgreementState.DRAFT, AgreementState.PENDING_CONFIRM)
        )


class OfAgreementQuerySet(models.QuerySet):
    def visible_to(self, user: "User") -> Self:
        from contracts.models import Agreement

        return self.filter(agreement__in=Agreement.objects.visible_to(user))
