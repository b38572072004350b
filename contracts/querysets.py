"""Filters named as adjectives. An agreement is visible to its team and to whoever may see the persons in it."""

from datetime import date, timedelta
from typing import TYPE_CHECKING, Any, Self

from django.db import models
from django.db.models import Exists, F, OuterRef, Q, Value
from django.db.models.functions import Coalesce

from contracts.choices import AgreementState
from residents.querysets import person_in
from teams.querysets import code_under, institution_in, scope_of

if TYPE_CHECKING:
    from teams.access import Scope
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


class OfEnrollmentQuerySet(models.QuerySet):
    def visible_to(self, user: "User") -> Self:
        from contracts.models import Enrollment

        return self.filter(enrollment__in=Enrollment.objects.visible_to(user))


class FulfillmentQuerySet(OfAgreementQuerySet):
    def standing(self) -> Self:
        """Not withdrawn: what counts."""
        return self.filter(withdrawn_at__isnull=True)


class TransferQuerySet(models.QuerySet):
    def visible_to(self, user: "User") -> Self:
        """For both teams, and for whoever may see the person."""
        scope = scope_of(user)
        return self.filter(
            Q(from_team__in=scope.teams)
            | Q(to_team__in=scope.teams)
            | person_in(scope, "enrollment__resident__")
        )


class RefusalQuerySet(models.QuerySet):
    def visible_to(self, user: "User") -> Self:
        """For whoever may see the person; a team that does not answer for him any more does not ask him again."""
        return self.filter(person_in(scope_of(user), "resident__"))


class MassOperationQuerySet(models.QuerySet):
    def visible_to(self, user: "User") -> Self:
        scope = scope_of(user)
        return self.filter(Q(team__in=scope.teams) | code_under("team__institution__area_code", scope.areas))


class MassLineQuerySet(models.QuerySet):
    def visible_to(self, user: "User") -> Self:
        from contracts.models import MassOperation

        return self.filter(operation__in=MassOperation.objects.visible_to(user))


def owned_in(scope: "Scope", path: str = "") -> Q:
    """The district's own, for whoever works in it at all; an institution's for whoever has it in his scope."""
    works_here = scope.areas or scope.institutions or scope.teams
    shared = Q(**{f"{path}owner__isnull": True}) if works_here else Q(pk__in=[])
    return shared | institution_in(scope, f"{path}owner__")


_OWNER = Coalesce(F("owner"), Value(0))  # the district's own compare equal


class OwnedQuerySet(models.QuerySet):
    """Entries of the district, which everybody knows, and those that an institution made for itself."""

    def visible_to(self, user: "User") -> Self:
        return self.filter(owned_in(scope_of(user)))


class PackageQuerySet(OwnedQuerySet):
    def offered_on(self, day: date) -> Self:
        """The newest version that has begun, unless it was withdrawn or has run out."""
        newer = (
            self.model.objects.annotate(whose=_OWNER)
            .filter(whose=OuterRef("whose"), code=OuterRef("code"), version__gt=OuterRef("version"))
            .filter(valid_from__lte=day)
        )
        return (
            self.annotate(whose=_OWNER)
            .filter(~Exists(newer), is_enabled=True, valid_from__lte=day)
            .filter(Q(valid_until__isnull=True) | Q(valid_until__gte=day))
        )

    def signed(self) -> Self:
        """Part of a signed agreement: its wording stays for good."""
        return self.filter(Exists(self._agreements()))

    def with_use(self) -> Self:
        """Each with ``used``: whether it is part of a signed agreement."""
        return self.annotate(used=Exists(self._agreements()))

    def _agreements(self) -> models.QuerySet:
        through: Any = self.model._meta.get_field("agreements").related_model.packages.through
        return through.objects.filter(servicepackage=OuterRef("pk"))


class PackageItemQuerySet(models.QuerySet):
    def visible_to(self, user: "User") -> Self:
        return self.filter(owned_in(scope_of(user), "package__"))

    def in_order(self) -> Self:
        return self.select_related("item").order_by("package", "position", "pk")
