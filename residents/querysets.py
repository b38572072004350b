"""Filters named as adjectives. A resident is visible through his grid or through the team that manages him."""

from typing import TYPE_CHECKING, Any, Self

from django.db import models
from django.db.models import Q

from core.lookups import any_of
from core.periods import PeriodQuerySet
from grids.querysets import place_in
from residents.choices import RESTRICTED, UNDER_WAY, DuplicateState, LifeStatus
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
        """Who lives in one's place or is managed by one's teams; an entry that was merged away is nobody."""
        return self.filter(person_in(scope_of(user))).unmerged()

    def unmerged(self) -> Self:
        return self.exclude(life_status=LifeStatus.MERGED)

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
        """Whose own or further phone this is; both sides by their index."""
        return self._reached_by(phone_index=phone_index(phone))

    def with_phone_tail(self, digits: str) -> Self:
        return self._reached_by(phone_tail=phone_tail(digits[-4:]))

    def _reached_by(self, **column: Any) -> Self:
        from residents.models import ContactPhone, Resident

        own = Resident.objects.filter(**column).values("pk")
        further = ContactPhone.objects.filter(**column).values("resident")
        return self.filter(pk__in=own.union(further))

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
        from residents.models import Resident

        scope = scope_of(user)
        if not scope.teams:
            return self.filter(place_in(scope, "grid__"))
        managed = Resident.objects.filter(managing_team__in=scope.teams, household__isnull=False)
        return self.filter(place_in(scope, "grid__") | Q(any_of("pk", managed.values("household"))))

    def numbered(self, number: str) -> Self:
        """The household that a number stands for today: its own, or one that was merged into it."""
        from residents.models import Household

        own = Household.objects.filter(number=number, merged_into__isnull=True).values("pk")
        merged = Household.objects.filter(number=number, merged_into__isnull=False).values("merged_into")
        return self.filter(pk__in=own.union(merged))

    def open(self) -> Self:
        return self.filter(closed_on__isnull=True)


class OfResidentQuerySet(models.QuerySet):
    """Rows that hang on a resident."""

    def visible_to(self, user: "User") -> Self:
        return self.filter(person_in(scope_of(user), "resident__"))


class OfHouseholdQuerySet(models.QuerySet):
    """Rows that hang on a household."""

    def visible_to(self, user: "User") -> Self:
        from residents.models import Household

        return self.filter(household__in=Household.objects.visible_to(user).values("pk"))


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


def roster_of(user: "User", path: str = "") -> Q:
    """The list at ``path`` ("roster__", or "" for itself) was uploaded by the person himself, or for one of the
    institutions whose imports he answers for."""
    from teams.access import roles_of
    from teams.choices import Role

    own = Q(**{f"{path}uploaded_by": user})
    if Role.INSTITUTION_STEWARD not in roles_of(user):
        return own
    return own | Q(**{f"{path}institution__in": scope_of(user).institutions})


class RosterImportQuerySet(models.QuerySet):
    def visible_to(self, user: "User") -> Self:
        return self.filter(roster_of(user))

    def under_way(self) -> Self:
        """A worker has to do something about them."""
        return self.filter(state__in=UNDER_WAY)


class OfRosterQuerySet(models.QuerySet):
    """Rows that hang on an uploaded list."""

    def visible_to(self, user: "User") -> Self:
        return self.filter(roster_of(user, "roster__"))


class DuplicatePairQuerySet(models.QuerySet):
    def visible_to(self, user: "User") -> Self:
        """Who decides must see both."""
        scope = scope_of(user)
        return self.filter(person_in(scope, "first__"), person_in(scope, "second__"))

    def waiting(self) -> Self:
        """Not decided, and both entries still stand for themselves."""
        merged = LifeStatus.MERGED
        return (
            self.filter(state=DuplicateState.OPEN)
            .exclude(first__life_status=merged)
            .exclude(second__life_status=merged)
        )


class ResidentMergeQuerySet(models.QuerySet):
    def visible_to(self, user: "User") -> Self:
        """Who takes a merge apart must see both."""
        scope = scope_of(user)
        return self.filter(person_in(scope, "kept__"), person_in(scope, "dropped__"))

    def standing(self) -> Self:
        return self.filter(undone_at__isnull=True)


class RiskTierQuerySet(OfResidentQuerySet, PeriodQuerySet):
    """Tiers hold from a day until a day."""

    def running(self) -> Self:
        return self.filter(ends_on__isnull=True)
