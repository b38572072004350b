"""The member detail table (S2-38) and the pairing report (S2-7): who works where, as of a day.

A line of the table is a grid; its micro-grids' sentinels stand in it. Everything is read set-based for the grids of a
page or of a whole file.
"""

from collections import defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date
from typing import cast

from django.db.models import Count, Q, QuerySet

from grids.choices import PAIRED_POST, GridLevel, PairingLevel, PostingRole
from grids.models import Area, Grid, GridResponsibility, Pairing, Posting
from grids.queries.gaps import standing_pairings
from teams.choices import Role
from teams.models import RoleAssignment, Team, TeamMembership, User

LEVEL_OF = {post: level for level, post in PAIRED_POST.items()}


@dataclass(frozen=True)
class MemberRow:
    """One grid with everybody of it.

    Attributes:
        stewards: of the medical institution. micro_teams: teams of micro-grids that differ from the grid's own.
    """

    grid: Grid
    community_steward: Posting | None
    leader: Posting | None
    sentinels: tuple[Posting, ...]
    team: Team | None
    stewards: tuple[User, ...]
    team_leader: TeamMembership | None
    members: tuple[TeamMembership, ...]
    specialists: tuple[TeamMembership, ...]
    micro_teams: tuple[tuple[Grid, Team], ...]

    @property
    def remark(self) -> str:
        """What is missing, and micro-grids that another team answers for."""
        missing = [
            (self.team is None, "无责任团队"),
            (self.community_steward is None, "无健康管家"),
            (self.leader is None, "无网格长"),
            (not self.sentinels, "无健康哨兵"),
            (self.team is not None and self.team_leader is None, "团队无团队长"),
        ]
        others = [f"{grid.name}由{team.name}负责" for grid, team in self.micro_teams]
        return "；".join([words for is_missing, words in missing if is_missing] + others)

    @property
    def posting_ids(self) -> list[int]:
        found = (self.community_steward, self.leader, *self.sentinels)
        return [one.pk for one in found if one is not None]


def grids_listed(user: User, *, on: date, township: str = "", team: int | None = None) -> QuerySet[Grid]:
    """Grids of the table for this person, by code: open on the day, in villages in use; without micro-grids."""
    in_use = Area.objects.villages().valid_on(on)
    rows = Grid.objects.visible_to(user).open_on(on).filter(level=GridLevel.GRID, village__in=in_use)
    if township:
        rows = rows.filter(village__parent__code=township)
    if team:
        standing = GridResponsibility.objects.standing_on(on).filter(team=team)
        rows = rows.filter(Q(pk__in=standing.values("grid")) | Q(pk__in=standing.values("grid__parent")))
    return rows.select_related("village__parent").order_by("code")


def member_rows(grids: Sequence[Grid], *, on: date) -> list[MemberRow]:
    """The lines of these grids, in their order. Four queries, however many grids."""
    ids = [one.pk for one in grids]
    postings, community_stewards = _postings(grids, on)
    direct, micro = _teams(ids, on)
    teams = {
        one.pk: one for one in (*direct.values(), *(team for rows in micro.values() for _, team in rows))
    }
    members = _members(teams, on)
    stewards = _stewards(teams.values(), on)
    found = []
    for grid in grids:
        team = direct.get(grid.pk)
        standing = members[team.pk] if team else []
        here = postings[grid.pk]
        found.append(
            MemberRow(
                grid=grid,
                community_steward=community_stewards.get(grid.village_id),
                leader=next((one for one in here if one.role == PostingRole.GRID_LEADER), None),
                sentinels=tuple(one for one in here if one.role == PostingRole.SENTINEL),
                team=team,
                stewards=tuple(stewards[team.institution_id]) if team else (),
                team_leader=next((one for one in standing if one.is_leader), None),
                members=tuple(one for one in standing if not one.is_leader and not one.is_dispatched),
                specialists=tuple(one for one in standing if one.is_dispatched),
                micro_teams=tuple(one for one in micro[grid.pk] if one[1] != team),
            )
        )
    return found


def _postings(grids: Sequence[Grid], on: date) -> tuple[dict[int, list[Posting]], dict[int, Posting]]:
    """Grid id -> its leader and the sentinels of it and its micro-grids; village id -> its steward. One query."""
    ids = [one.pk for one in grids]
    rows = Posting.objects.active_on(on).filter(
        Q(grid__in=ids, role__in=(PostingRole.GRID_LEADER, PostingRole.SENTINEL))
        | Q(grid__parent__in=ids, role=PostingRole.SENTINEL)
        | Q(village__in={one.village_id for one in grids}, role=PostingRole.COMMUNITY_STEWARD)
    )
    found: dict[int, list[Posting]] = defaultdict(list)
    stewards: dict[int, Posting] = {}
    for one in rows.select_related("grid").order_by("grid__code", "starts_on", "pk"):
        if one.grid:
            found[one.grid.parent_id or one.grid.pk].append(one)
        elif one.village_id:
            stewards[one.village_id] = one
    return found, stewards


def _teams(ids: list[int], on: date) -> tuple[dict[int, Team], dict[int, list[tuple[Grid, Team]]]]:
    """Grid id -> its own team; grid id -> micro-grids with a team given to them. One query."""
    standing = GridResponsibility.objects.standing_on(on).filter(Q(grid__in=ids) | Q(grid__parent__in=ids))
    own: dict[int, Team] = {}
    micro: dict[int, list[tuple[Grid, Team]]] = defaultdict(list)
    for one in standing.select_related("grid", "team__institution").order_by("grid__code"):
        if one.grid.parent_id:
            micro[one.grid.parent_id].append((one.grid, one.team))
        else:
            own[one.grid_id] = one.team
    return own, micro


def _members(teams: Iterable[int], on: date) -> dict[int, list[TeamMembership]]:
    """Team id -> members, the leader first. One query."""
    rows = TeamMembership.objects.active_on(on).filter(team__in=set(teams))
    found: dict[int, list[TeamMembership]] = defaultdict(list)
    for one in rows.select_related("user", "home_institution").order_by("-is_leader", "tier", "pk"):
        found[one.team_id].append(one)
    return found


def _stewards(teams: Iterable[Team], on: date) -> dict[int, list[User]]:
    """Institution id -> its stewards; a station without one of its own has those of the institution above. One query."""
    above = {one.institution_id: one.institution.parent_id for one in teams}
    rows = RoleAssignment.objects.active_on(on).filter(
        role=Role.INSTITUTION_STEWARD, institution__in={*above, *above.values()} - {None}
    )
    found: dict[int, list[User]] = defaultdict(list)
    for one in rows.select_related("user").order_by("starts_on", "pk"):
        found[one.institution_id or 0].append(one.user)
    return {one: found.get(one) or found.get(parent or 0, []) for one, parent in above.items()}


@dataclass(frozen=True)
class PairRow:
    """Somebody of the community side, and who on the medical side knows him by name; nobody yet: ``pairings`` empty."""

    posting: Posting
    level: PairingLevel
    pairings: tuple[Pairing, ...]

    @property
    def township(self) -> Area | None:
        return self.village.parent

    @property
    def village(self) -> Area:
        return cast(Area, (self.posting.grid or self.posting).village)  # one of both is there: a constraint


def people_paired(
    user: User, *, on: date, township: str = "", level: str = "", missing: bool = False
) -> QuerySet[Posting]:
    """Postings of the three levels in this person's places, by place; only those without a pairing when asked for."""
    posts = [PAIRED_POST[PairingLevel(level)]] if level else list(LEVEL_OF)
    rows = Posting.objects.visible_to(user).active_on(on).filter(role__in=posts)
    open_grids = Grid.objects.open_on(on)
    rows = rows.filter(Q(grid__isnull=True) | Q(grid__in=open_grids))
    if township:
        rows = rows.filter(Q(grid__village__parent__code=township) | Q(village__parent__code=township))
    if missing:
        rows = rows.exclude(pk__in=standing_pairings(on=on).values("posting"))
    return rows.select_related("grid__village__parent", "village__parent").order_by(
        "village__code", "grid__code", "role", "pk"
    )


def pair_rows(postings: Iterable[Posting], *, on: date) -> list[PairRow]:
    """The lines of these people. One query."""
    people = list(postings)
    made: dict[int, list[Pairing]] = defaultdict(list)
    standing = standing_pairings(on=on).filter(posting__in=[one.pk for one in people])
    for one in standing.select_related("user__institution").order_by("starts_on", "pk"):
        made[one.posting_id].append(one)
    return [PairRow(one, LEVEL_OF[PostingRole(one.role)], tuple(made[one.pk])) for one in people]


def pair_counts(postings: QuerySet[Posting], *, on: date) -> dict[PairingLevel, tuple[int, int]]:
    """Level -> (paired, people) of these. Two queries."""
    people = dict(postings.order_by().values_list("role").annotate(Count("pk")))
    paired = postings.filter(pk__in=standing_pairings(on=on).values("posting"))
    known = dict(paired.order_by().values_list("role").annotate(Count("pk")))
    return {
        level: (known.get(post.value, 0), people.get(post.value, 0)) for level, post in PAIRED_POST.items()
    }
