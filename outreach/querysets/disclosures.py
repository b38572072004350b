"""Disclosures and their calendars are seen by the teams and institutions they are of, and by those above them.

Nothing here is about a resident, except links and survey answers: these follow the resident.
"""

from typing import TYPE_CHECKING, Self

from django.db import models
from django.db.models import Q

from core.periods import PeriodQuerySet
from outreach.choices import DisclosureState, LinkPurpose
from teams.querysets import code_under, scope_of

if TYPE_CHECKING:
    from teams.models import User


class DisclosureQuerySet(models.QuerySet):
    def visible_to(self, user: "User") -> Self:
        scope = scope_of(user)
        return self.filter(
            Q(team__in=scope.teams)
            | Q(team__isnull=True, institution__in=scope.institutions)
            | code_under("institution__area_code", scope.areas)
        )

    def published(self) -> Self:
        return self.filter(state=DisclosureState.PUBLISHED)


class OfDisclosureQuerySet(models.QuerySet):
    """Rows that hang on an issue."""

    def visible_to(self, user: "User") -> Self:
        from outreach.models import MonthlyDisclosure

        return self.filter(disclosure__in=MonthlyDisclosure.objects.visible_to(user))


class OfProofQuerySet(models.QuerySet):
    """Rows that hang on a proof."""

    def visible_to(self, user: "User") -> Self:
        from outreach.models import MonthlyDisclosure

        return self.filter(proof__disclosure__in=MonthlyDisclosure.objects.visible_to(user))


class PhotoTwinQuerySet(models.QuerySet):
    def visible_to(self, user: "User") -> Self:
        """Whoever sees the later picture."""
        from outreach.models import ProofPhoto

        return self.filter(later__in=ProofPhoto.objects.visible_to(user))


class OfInstitutionQuerySet(models.QuerySet):
    """Rows of an institution."""

    def visible_to(self, user: "User") -> Self:
        scope = scope_of(user)
        return self.filter(
            Q(institution__in=scope.institutions) | code_under("institution__area_code", scope.areas)
        )


class OfInstitutionPeriodQuerySet(PeriodQuerySet, OfInstitutionQuerySet):
    """Of an institution, and in force from a day until a day."""


class ClinicStopQuerySet(PeriodQuerySet):
    def visible_to(self, user: "User") -> Self:
        from outreach.models import ClinicHours

        return self.filter(hours__in=ClinicHours.objects.visible_to(user))


class PolicyNoticeQuerySet(PeriodQuerySet):
    def visible_to(self, user: "User") -> Self:
        """The bureau's own are for everybody."""
        scope = scope_of(user)
        return self.filter(
            Q(institution__isnull=True)
            | Q(institution__in=scope.institutions)
            | code_under("institution__area_code", scope.areas)
        )


class SurveyQuerySet(PeriodQuerySet):
    """Of the whole district: everybody who sends links chooses among them."""


class PersonalLinkQuerySet(models.QuerySet):
    def visible_to(self, user: "User") -> Self:
        from residents.models import Resident

        return self.filter(resident__in=Resident.objects.visible_to(user))

    def for_surveys(self) -> Self:
        return self.filter(purpose=LinkPurpose.SURVEY)


class SurveyAnswerQuerySet(models.QuerySet):
    def visible_to(self, user: "User") -> Self:
        from residents.models import Resident

        return self.filter(resident__in=Resident.objects.visible_to(user))


class OwnRunQuerySet(models.QuerySet):
    def visible_to(self, user: "User") -> Self:
        return self.filter(asked_by=user)


class OfRunQuerySet(models.QuerySet):
    """What was drawn for one who asked."""

    def visible_to(self, user: "User") -> Self:
        return self.filter(run__asked_by=user)
