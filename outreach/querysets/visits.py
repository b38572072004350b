"""Service points and visits are seen by those in whose places they are, and by the team that goes there."""

from datetime import date
from typing import TYPE_CHECKING, Self

from django.db import models
from django.db.models import Q

from core.periods import PeriodQuerySet
from grids.querysets import place_in
from outreach.choices import VisitState
from teams.querysets import scope_of

if TYPE_CHECKING:
    from teams.models import User


class ServicePointQuerySet(models.QuerySet):
    def visible_to(self, user: "User") -> Self:
        return self.filter(place_in(scope_of(user), "grid__"))

    def open_on(self, day: date) -> Self:
        return self.filter(Q(closed_on__isnull=True) | Q(closed_on__gt=day), opened_on__lte=day)


class OfPointQuerySet(models.QuerySet):
    """Rows that hang on a service point."""

    def visible_to(self, user: "User") -> Self:
        return self.filter(place_in(scope_of(user), "point__grid__"))


class TimetableQuerySet(PeriodQuerySet):
    def visible_to(self, user: "User") -> Self:
        return self.filter(place_in(scope_of(user), "point__grid__") | Q(team__in=scope_of(user).teams))


class VisitQuerySet(models.QuerySet):
    def visible_to(self, user: "User") -> Self:
        """Of one's teams, and in one's grids: everybody who works a grid may know who comes and when."""
        from teams.models import Team

        led_there = self.model.grids.through.objects.filter(place_in(scope_of(user), "grid__"))
        return self.filter(
            Q(team__in=scope_of(user).teams)
            | Q(team__in=Team.objects.visible_to(user))
            | place_in(scope_of(user), "point__grid__")
            | Q(pk__in=led_there.values("outreachvisit"))
        )

    def done(self) -> Self:
        return self.filter(state=VisitState.DONE)

    def on(self, day: date) -> Self:
        return self.filter(on=day)


class OfVisitQuerySet(models.QuerySet):
    """Rows that hang on a visit."""

    def visible_to(self, user: "User") -> Self:
        from outreach.models import OutreachVisit

        return self.filter(visit__in=OutreachVisit.objects.visible_to(user))


class BookingQuerySet(models.QuerySet):
    def visible_to(self, user: "User") -> Self:
        """Who booked is personal: only those who go there or look after the point."""
        return self.filter(slot__visit__team__in=scope_of(user).teams)
