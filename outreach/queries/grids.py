"""The grid worker's page: whom to call and how far the grid is. Counts only: no name of a resident, no health data."""

from collections import Counter, defaultdict
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date

from django.db.models import Count, Q, QuerySet

from contracts.models import Enrollment
from grids.choices import GridLevel, PostingRole
from grids.models import Grid, GridResponsibility, Posting
from residents.choices import LifeStatus
from residents.models import Household, Resident
from teams.models import Team, TeamMembership

# Who works a grid or a village of his own, and so has a page here.
GRID_POSTS = (PostingRole.COMMUNITY_STEWARD, PostingRole.GRID_LEADER, PostingRole.SENTINEL)

# Whose phones a person sees beside the team's: the others of the community health team (S2-4 to S2-6).
COLLEAGUES = {
    PostingRole.COMMUNITY_STEWARD: (PostingRole.GRID_LEADER, PostingRole.SENTINEL),
    PostingRole.GRID_LEADER: (PostingRole.SENTINEL,),
    PostingRole.SENTINEL: (PostingRole.GRID_LEADER,),
}


# Id of a grid or micro-grid -> ids of the grids shown that it counts for.
Below = dict[int, list[int]]


@dataclass(frozen=True)
class GridFigures:
    """Households on file, residents present, and those of them with an agreement in force, micro-grids included."""

    households: int
    residents: int
    signed: int


@dataclass(frozen=True)
class WorkedGrid:
    """One grid as its grid worker sees it on a day.

    Attributes:
        role: as what he works it.
        team: the responsible family-doctor team, None while there is none.
        is_team_shown: the same team stands in full at an earlier grid of the page.
        members: the team's members of the day, the leader first.
        colleagues: postings of the grid whose phones he needs.
    """

    grid: Grid
    role: PostingRole
    team: Team | None
    is_team_shown: bool
    members: tuple[TeamMembership, ...]
    colleagues: tuple[Posting, ...]
    figures: GridFigures


def worked_grids(postings: QuerySet[Posting], *, on: date) -> list[WorkedGrid]:
    """The grids of these postings with everything the page shows. Nine queries at most, however many grids."""
    roles = _roles(postings, on)
    below = _below(roles, on)
    teams = _teams(roles, on)
    members = _members(teams.values(), on)
    colleagues = _colleagues(below, on)
    figures = _figures(below, on)
    first = {team.pk: grid for grid, team in reversed(teams.items())}
    return [
        WorkedGrid(
            grid=grid,
            role=role,
            team=teams.get(grid.pk),
            is_team_shown=grid.pk in teams and first[teams[grid.pk].pk] != grid.pk,
            members=tuple(members[teams[grid.pk].pk]) if grid.pk in teams else (),
            colleagues=tuple(one for one in colleagues[grid.pk] if one.role in COLLEAGUES[role]),
            figures=figures[grid.pk],
        )
        for grid, role in roles.items()
    ]


def _roles(postings: QuerySet[Posting], on: date) -> dict[Grid, PostingRole]:
    """Grid -> as what it is worked; a community steward works every grid of the village. Two queries."""
    open_grids = Grid.objects.open_on(on)
    current = postings.active_on(on).filter(role__in=GRID_POSTS)  # type: ignore[attr-defined]
    found = list(current.filter(Q(grid=None) | Q(grid__in=open_grids)).select_related("grid__village"))
    villages = [one.village_id for one in found if one.village_id]
    of_village = open_grids.filter(village__in=villages, level=GridLevel.GRID).select_related("village")
    roles = dict.fromkeys(of_village, PostingRole.COMMUNITY_STEWARD)
    # The nearer post wins: leader before sentinel before steward.
    for role in (PostingRole.SENTINEL, PostingRole.GRID_LEADER):
        roles |= {one.grid: role for one in found if one.role == role and one.grid}
    return dict(sorted(roles.items(), key=lambda pair: pair[0].code))


def _below(grids: Iterable[Grid], on: date) -> Below:
    """Each grid for itself, each open micro-grid for the grid above it. One query."""
    own = [one.pk for one in grids]
    found: Below = defaultdict(list, {pk: [pk] for pk in own})
    micro = Grid.objects.open_on(on).filter(parent__in=own)
    for pk, parent in micro.values_list("pk", "parent__pk"):
        found[pk].append(parent)
    return found


def _teams(grids: Iterable[Grid], on: date) -> dict[int, Team]:
    """Grid id -> responsible team; a micro-grid without a team of its own has the team of the grid above. One query."""
    wanted = list(grids)
    ids = {one.pk for one in wanted} | {one.parent_id for one in wanted if one.parent_id}
    standing = (
        GridResponsibility.objects.standing_on(on).filter(grid__in=ids).select_related("team__institution")
    )
    direct = {one.grid_id: one.team for one in standing}
    found = {one.pk: direct.get(one.pk) or direct.get(one.parent_id or 0) for one in wanted}
    return {grid: team for grid, team in found.items() if team}


def _members(teams: Iterable[Team], on: date) -> dict[int, list[TeamMembership]]:
    """Team id -> members of the day, the leader first, then by tier. One query."""
    found: dict[int, list[TeamMembership]] = defaultdict(list)
    standing = TeamMembership.objects.active_on(on).filter(team__in={one.pk for one in teams})
    for one in standing.select_related("user").order_by("-is_leader", "tier", "pk"):
        found[one.team_id].append(one)
    return found


def _colleagues(below: Below, on: date) -> dict[int, list[Posting]]:
    """Grid id -> leader and sentinels of it and its micro-grids. One query."""
    found: dict[int, list[Posting]] = defaultdict(list)
    standing = Posting.objects.active_on(on).filter(grid__in=list(below)).select_related("grid")
    for one in standing.order_by("role", "grid__code", "pk"):
        for shown in below[one.grid_id or 0]:
            found[shown].append(one)
    return found


def _figures(below: Below, on: date) -> dict[int, GridFigures]:
    """Grid id -> its counts on a day. Three queries."""
    ids = list(below)
    households = Household.objects.filter(Q(closed_on__isnull=True) | Q(closed_on__gt=on), grid__in=ids)
    residents = Resident.objects.filter(life_status=LifeStatus.PRESENT, grid__in=ids)
    in_force = Enrollment.objects.in_force_on(on).filter(is_supplementary=False)
    signed = residents.filter(pk__in=in_force.values("resident"))
    counts = [_count(rows, below) for rows in (households, residents, signed)]
    shown = {grid for above in below.values() for grid in above}
    return {grid: GridFigures(*(one[grid] for one in counts)) for grid in shown}


def _count(rows: QuerySet, below: Below) -> Counter[int]:
    found: Counter[int] = Counter()
    for grid, count in rows.values_list("grid").annotate(Count("pk")):
        for shown in below[grid]:
            found[shown] += count
    return found
