"""Reports are seen by those who answer for their place, and by whoever sent them.

What a report says is health data: the team, the stewards of its institution, and what street and bureau need to see of
it. Grid workers see their own; the committee side of an urgent report sees those of its village.
"""

from typing import TYPE_CHECKING, Self

from django.db import models
from django.db.models import Q

from grids.querysets import place_in
from outreach.choices import OPEN_STATES, AckSide, AlertState, ReportKind
from teams.querysets import code_under, scope_of

if TYPE_CHECKING:
    from teams.models import User


class ReportQuerySet(models.QuerySet):
    def visible_to(self, user: "User") -> Self:
        """To whom answers for it or oversees it; restricted kinds only to those who may know them, and to the sender."""
        from teams.access import Permission, may

        own = Q(reporter=user)
        if not may(user, Permission.WHISTLE_VIEW):
            return self.filter(own)
        seen = Q(team__in=scope_of(user).teams) | place_in(scope_of(user), "grid__")
        if not may(user, Permission.RESIDENT_RESTRICTED):
            seen &= Q(is_restricted=False)
        return self.filter(own | seen & Q(is_training=False))

    def overseen_by(self, user: "User") -> Self:
        """Of the grids in one's areas and of one's teams, restricted ones included: only for counts and clocks."""
        return self.filter(Q(team__in=scope_of(user).teams) | place_in(scope_of(user), "grid__"))

    def for_committee(self, user: "User") -> Self:
        """Urgent ones of the villages and grids that he works, which the committee side acknowledges (S2-27)."""
        areas = scope_of(user).areas
        return self.real().filter(
            code_under("grid__code", areas), kind=ReportKind.URGENT, acks__side=AckSide.COMMITTEE
        )

    def sent_by(self, user: "User") -> Self:
        return self.filter(reporter=user)

    def real(self) -> Self:
        """Not sent for practice: everything that counts or waits for somebody."""
        return self.filter(is_training=False)

    def open(self) -> Self:
        return self.filter(state__in=OPEN_STATES)


class OfReportQuerySet(models.QuerySet):
    """Rows that hang on a report."""

    def visible_to(self, user: "User") -> Self:
        from outreach.models import GridReport

        return self.filter(report__in=GridReport.objects.visible_to(user))


class ClusterAlertQuerySet(models.QuerySet):
    def visible_to(self, user: "User") -> Self:
        """Everybody who works in the village: grids of one village are neighbors."""
        from grids.models import Grid

        scope = scope_of(user)
        villages = Grid.objects.filter(place_in(scope)).values("village")
        return self.filter(Q(village__in=villages) | code_under("village__code", scope.areas))

    def running(self) -> Self:
        return self.exclude(state=AlertState.CLOSED)


class ErrandQuerySet(models.QuerySet):
    def visible_to(self, user: "User") -> Self:
        """Of one's teams and areas for those who care for the person; a grid worker sees the ones given to him.

        Whoever ordered one and works elsewhere now sees it no more.
        """
        from teams.access import Permission, may

        if not may(user, Permission.WHISTLE_VIEW):
            return self.filter(posting__user=user)
        return self.filter(Q(team__in=scope_of(user).teams) | place_in(scope_of(user), "grid__"))


class OfPostingQuerySet(models.QuerySet):
    """Rows about somebody who works a grid or village: his own, and of those in one's places."""

    def visible_to(self, user: "User") -> Self:
        from grids.models import Posting

        return self.filter(Q(posting__user=user) | Q(posting__in=Posting.objects.visible_to(user)))


class PersonnelChangeQuerySet(models.QuerySet):
    def visible_to(self, user: "User") -> Self:
        return self.filter(Q(reported_by=user) | place_in(scope_of(user), "grid__"))
