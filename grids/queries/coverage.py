"""Which team works where: for the team pages."""

from collections.abc import Collection, Iterable, Mapping
from datetime import date

from django.db.models import Count, Q, QuerySet

from grids.models import Grid, GridResponsibility
from teams.models import Team, User


def teams_shown(user: User, *, on: date) -> QuerySet[Team]:
    """Teams at work that this person may look up: those in his scope, and those that answer for a grid he works
    (their names and phones are public, S0-22)."""
    here = (
        GridResponsibility.objects.standing_on(on)
        .filter(grid__in=Grid.objects.visible_to(user))
        .values("team")
    )
    return Team.objects.active_on(on).filter(
        Q(pk__in=Team.objects.visible_to(user).values("pk")) | Q(pk__in=here)
    )


def grid_counts(teams: Iterable[int], *, on: date) -> dict[int, int]:
    """Team -> number of grids it answers for on a day; micro-grids assigned on their own count. One query."""
    standing = GridResponsibility.objects.active_on(on).filter(team__in=set(teams))
    return dict(standing.values_list("team").annotate(n=Count("grid")))


def covered_grids(team: Team, *, on: date) -> QuerySet[GridResponsibility]:
    """The grids of a team on a day, by code, each with village and township. One query."""
    standing = GridResponsibility.objects.active_on(on).filter(team=team)
    return standing.select_related("grid__village__parent").order_by("grid__code")


def grid_loads(teams_of: Mapping[int, Collection[int]], *, on: date) -> dict[int, int]:
    """Person -> number of grids below all his teams (S0-18); a grid has one team, so nothing counts twice. One query."""
    counts = grid_counts([team for teams in teams_of.values() for team in teams], on=on)
    return {person: sum(counts.get(team, 0) for team in teams) for person, teams in teams_of.items()}
