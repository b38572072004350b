"""Filters named as adjectives. An agreement is visible to its team and to whoever may see the persons in it."""

from datetime import date, timedelta
from typing import TYPE_CHECKING, Self

from django.db import models
from django.db.models import Exists, OuterRef, Q

from contracts.choices import AgreementState
from residents.querysets import person_in
from teams.querysets import code_under, scope_of

if TYPE_CHECKING:
    from teams.models import User

_NOT_COUNTED = (AgreementState.VOID, AgreementState.DRAFT, AgreementState.PENDING_CONFIRM)


class AgreementQuerySet(models.QuerySet):
    def visible_to(self, user: "User") -> Self:
        from contracts.models import Enrollment

        scope = scope_of(user)
        people = Enrollment.objects.filter(person_in(scope, "resident__"), agreement=OuterRef("pk"))
        return self.filter(
            Q(team__in=scope.teams) | code_under("team__institution__area_code", scope.areas) | Exists(people)
        )

    def running_on(self, day: date) -> Self:
        """Active and not past the last printed day."""
        return self.filter(state=AgreementState.ACTIVE, ends_on__gte=day)

    def expiring(self, day: date, *, within_days: int) -> Self:
        """Active, with its last day today or within so many days."""
        return self.running_on(day).filter(ends_on__lte=day + timedelta(days=within_days))

    def past_end(self, day: date) -> Self:
        """Still stored as active although the last day is over: what the nightly run will expire."""
        return self.filter(state=AgreementState.ACTIVE, ends_on__lt=day)

    def expired_by(self, day: date) -> Self:
        """Ran out, whether the nightly run has been there or not."""
        return self.filter(Q(state=AgreementState.EXPIRED) | Q(state=AgreementState.ACTIVE, ends_on__lt=day))


class EnrollmentQuerySet(models.QuerySet):
    def visible_to(self, user: "User") -> Self:
        scope = scope_of(user)
        return self.filter(Q(agreement__team__in=scope.teams) | person_in(scope, "resident__"))

    def in_force_on(self, day: date) -> Self:
        """Promised for that day: void and draft never count; an ended one counts up to its last day."""
        return self.filter(starts_on__lte=day, ends_on__gte=day).exclude(state__in=_NOT_COUNTED)

    def binding(self) -> Self:
        """What bars another team on its days: everything but void and supplementary."""
        return self.exclude(state=AgreementState.VOID).filter(is_supplementary=False)


class OfAgreementQuerySet(models.QuerySet):
    def visible_to(self, user: "User") -> Self:
        from contracts.models import Agreement

        return self.filter(agreement__in=Agreement.objects.visible_to(user))
