"""Filters named as adjectives. A message belongs to whom it is for."""

from datetime import date
from typing import TYPE_CHECKING, Self

from django.db import models
from django.db.models import Q

from outreach.choices import DeliveryState, ReminderState

if TYPE_CHECKING:
    from teams.models import User


class ReminderQuerySet(models.QuerySet):
    def visible_to(self, user: "User") -> Self:
        """Of one's teams, of those in one's areas, and one's own."""
        from teams.models import Team

        return self.filter(Q(user=user) | Q(team__in=Team.objects.visible_to(user)))

    def open(self) -> Self:
        return self.filter(state=ReminderState.OPEN)


class DigestQuerySet(models.QuerySet):
    def visible_to(self, user: "User") -> Self:
        return self.filter(recipient=user)

    def shown(self) -> Self:
        """Come into the inbox."""
        return self.filter(shown_at__isnull=False)

    def unread(self) -> Self:
        return self.shown().filter(read_at__isnull=True)

    def of(self, day: date) -> Self:
        return self.filter(on=day)


class DigestDeliveryQuerySet(models.QuerySet):
    def visible_to(self, user: "User") -> Self:
        return self.filter(digest__recipient=user)

    def on_the_way(self) -> Self:
        return self.filter(state__in=(DeliveryState.WAITING, DeliveryState.SENDING))


class OwnQuerySet(models.QuerySet):
    def visible_to(self, user: "User") -> Self:
        return self.filter(user=user)
