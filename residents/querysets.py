"""Filters named as adjectives. A resident is visible through his grid or through the team that manages him."""

from typing import TYPE_CHECKING, Self

from django.db import models
from django.db.models import Q

from core.periods import PeriodQuerySet
from grids.querysets import place_in
from residents.choices import RESTRICTED, LifeStatus
from residents.searchable import number_index, number_tail, phone_index, phone_tail
from teams.querysets import scope_of

if TYPE_CHECKING:
    from teams.access import Scope
    from teams.models import User


def person_in(scope: "Scope", path: str = "") -> Q:
    """The resident at ``path`` ("resident__", or "" for himself) lives in one's place or is managed by one's teams."""
    return place_in(scope, f"{path}grid__") | Q(**{f"{path}managing_team__in": scope.teams})


class ResidentQuerySet(models.QuerySet):
    def visible_to(self, user: "User") -> Self:
        return self.filter(person_in(scope_of(user)))

    def present(self) -> Self:
        return self.filter(life_status=LifeStatus.PRESENT)

    def with_number(self, number: str) -> Self:
        """Whoever carries this identity number now or carried it before; both sides by their index."""
        from residents.models import PastIdentifier, Resident

        index = number_index(number)
        now = Resident.objects.filter(id_index=index).values("pk")
        before = PastIdentifier.objects.filter(id_index=index).values("resident")
        return self.filter(pk__in=now.union(before))

    def with_number_tail(self, digits: str) -> Self:
        return self.filter(id_tail=number_tail(digits))

    def with_phone(self, phone: str) -> Self:
        return self.filter(phone_index=phone_index(phone))

    def with_phone_tail(self, digits: str) -> Self:
        return self.filter(phone_tail=phone_tail(digits[-4:]))

    def named(self, text: str) -> Self:
        """One character: the surname; from two characters on: anywhere in the name, by the bigram index."""
        if len(text) < 2:
            return self.filter(name__startswith=text)
        grams = sorted({text[i : i + 2] for i in range(len(text) - 1)})
        found = self.filter(name_grams__contains=grams)
        return found if len(text) == 2 else found.filter(name__contains=text)

    def with_initials(self, letters: str) -> Self:
        return self.filter(initials__startswith=letters.lower())

    def for_lists(self) -> Self:
        """What a row of a list shows, and nothing that must be unsealed for nothing."""
        return self.select_related("grid__village", "household", "managing_team").only(
            "name", "sex", "born_on", "phone", "relation", "address", "life_status", "life_status_on",
            "grid__name", "grid__village__name", "household__number", "managing_team__name",
        )  # fmt: skip


class HouseholdQuerySet(models.QuerySet):
    def visible_to(self, user: "User") -> Self:
        scope = scope_of(user)
        managed = self.filter(members__managing_team__in=scope.teams).values("pk")
        return self.filter(place_in(scope, "grid__") | Q(pk__in=managed))


class OfResidentQuerySet(models.QuerySet):
    """Rows that hang on a resident."""

    def visible_to(self, user: "User") -> Self:
        return self.filter(person_in(scope_of(user), "resident__"))


class GuardianQuerySet(OfResidentQuerySet, PeriodQuerySet):
    """Guardians hold from a day until a day."""


class PopulationFlagQuerySet(OfResidentQuerySet):
    def visible_to(self, user: "User") -> Self:
        """Without the permission for restricted kinds these rows do not exist."""
        from teams.access import Permission, may

        found = super().visible_to(user)
        return found if may(user, Permission.RESIDENT_RESTRICTED) else found.listable()

    def running(self) -> Self:
        return self.filter(ends_on__isnull=True)

    def listable(self) -> Self:
        """What may stand in lists, exports and maps."""
        return self.exclude(kind__in=RESTRICTED)


class RosterImportQuerySet(models.QuerySet):
    def visible_to(self, user: "User") -> Self:
        return self.filter(uploaded_by=user)
