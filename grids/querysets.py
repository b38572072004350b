"""Filters named as adjectives; places are visible through area codes and through the teams that cover them."""

from datetime import date
from typing import TYPE_CHECKING, Self

from django.db import models
from django.db.models import Q

from core.lookups import any_of
from core.periods import PeriodQuerySet
from teams.models import Institution, Team
from teams.querysets import code_under, scope_of

if TYPE_CHECKING:
    from teams.access import Scope
    from teams.models import User


def place_in(scope: "Scope", path: str = "") -> Q:
    """The grid at ``path`` ("grid__", or "" for itself) lies in one's areas or is covered by one's teams today.

    A micro-grid without a team of its own is covered by the team of the grid above it. A wide area is a condition on
    the joined grid; the few grids of a team are looked up first, so that a page of them is found by index among a
    million residents.
    """
    from grids.models import Grid

    if not scope.teams:
        return code_under(f"{path}code", scope.areas)
    own = code_under("code", scope.areas)
    covered = Grid.objects.covered_by(scope.teams, scope.on).values("pk")
    return Q(any_of(f"{path}pk", Grid.objects.filter(own | Q(pk__in=covered)).values("pk")))


def townships_of(scope: "Scope") -> tuple[str, ...]:
    """Where one's institutions work: their township, or the district for an institution of the whole district."""
    codes = Institution.objects.filter(pk__in=scope.institutions).values_list("area_code", flat=True)
    return tuple(sorted({code[:9] for code in codes}))


class AreaQuerySet(models.QuerySet):
    def visible_to(self, user: "User") -> Self:
        """One's areas with everything below them, the areas above them, and the villages of covered grids."""
        from grids.models import Grid

        scope = scope_of(user)
        above = [code[:length] for code in scope.areas for length in (6, 9, 12)]
        villages = Grid.objects.filter(place_in(scope)).values("village")
        return self.filter(
            code_under("code", scope.areas)
            | Q(code__in=above)
            | Q(pk__in=villages)
            | Q(children__in=villages)
            | Q(children__children__in=villages)
        ).distinct()

    def reached_by(self, user: "User") -> Self:
        """What he sees, the villages of grids he may assign, and villages of his townships that have no grid yet."""
        from grids.models import Area, Grid

        seen = Area.objects.visible_to(user).values("pk")
        assignable = Grid.objects.assignable_by(user).values("village")
        divided = Grid.objects.values("village")
        undivided = code_under("code", townships_of(scope_of(user))) & Q(level=3) & ~Q(pk__in=divided)
        return self.filter(Q(pk__in=seen) | Q(pk__in=assignable) | undivided)

    def valid_on(self, day: date) -> Self:
        return self.filter(Q(valid_to__isnull=True) | Q(valid_to__gte=day), valid_from__lte=day)

    def villages(self) -> Self:
        return self.filter(level=3)


class GridQuerySet(models.QuerySet):
    def visible_to(self, user: "User") -> Self:
        return self.filter(place_in(scope_of(user)))

    def assignable_by(self, user: "User") -> Self:
        """Grids he may give to a team: those he sees, and in the townships of his institutions those without a team.

        A grid held by another institution's team is not among them, even next door: only the bureau moves it.
        """
        from grids.models import GridResponsibility

        scope = scope_of(user)
        held = GridResponsibility.objects.standing_on(scope.on).values("grid")
        free = (
            code_under("code", townships_of(scope)) & ~Q(pk__in=held) & (Q(parent=None) | ~Q(parent__in=held))
        )
        return self.filter(place_in(scope) | free)

    def open_on(self, day: date) -> Self:
        return self.filter(Q(closed_on__isnull=True) | Q(closed_on__gt=day), opened_on__lte=day)

    def covered_by(self, teams: tuple[int, ...] | list[int], day: date) -> Self:
        """Grids of these teams, and micro-grids below them that have no team of their own."""
        from grids.models import GridResponsibility

        standing = GridResponsibility.objects.active_on(day)
        own = standing.filter(team__in=teams).values("grid")
        return self.filter(
            Q(pk__in=own) | Q(parent__in=own) & ~Q(pk__in=standing.values("grid")),
        )


class OfGridQuerySet(models.QuerySet):
    """Rows that hang on a grid."""

    def visible_to(self, user: "User") -> Self:
        return self.filter(place_in(scope_of(user), "grid__"))


class DwellingQuerySet(models.QuerySet):
    def visible_to(self, user: "User") -> Self:
        return self.filter(place_in(scope_of(user), "building__grid__"))


class GridResponsibilityQuerySet(PeriodQuerySet):
    def standing_on(self, day: date) -> Self:
        """In force on that day, by a team that was not closed before it."""
        return self.active_on(day).filter(team__in=Team.objects.active_on(day))

    def visible_to(self, user: "User") -> Self:
        scope = scope_of(user)
        return self.filter(Q(team__in=scope.teams) | code_under("grid__code", scope.areas))


class PostingQuerySet(PeriodQuerySet):
    def visible_to(self, user: "User") -> Self:
        from grids.models import Grid

        scope = scope_of(user)
        grids = Grid.objects.filter(place_in(scope))
        return self.filter(
            Q(grid__in=grids)
            | Q(village__in=grids.values("village"))
            | code_under("village__code", scope.areas)
        )


class PairingQuerySet(PeriodQuerySet):
    def visible_to(self, user: "User") -> Self:
        from grids.models import Posting

        return self.filter(posting__in=Posting.objects.visible_to(user))
