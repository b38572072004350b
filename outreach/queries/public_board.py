"""The team board (S0-22, S1-20): who they are, when and how to reach them, where they come to. Staff only, no resident.

Numbers of members and of the grid's own people are shown as the bureau decided (``OutreachPolicy``).
"""

from collections.abc import Collection, Iterable
from dataclasses import dataclass
from datetime import date

from django.db.models import Q

from grids.choices import PostingRole
from grids.models import Grid, Posting
from grids.queries.coverage import covered_grids
from outreach.choices import PublicKind
from outreach.models import ServicePoint
from outreach.policy import OutreachPolicy
from outreach.queries.bulletins import latest_codes
from outreach.queries.points import PointLine, point_lines
from outreach.queries.short_links import codes_of
from teams.models import Team, TeamMembership
from teams.queries import member_board


@dataclass(frozen=True)
class BoardMember:
    """One of the team.

    Attributes:
        post: 全科医生. about: title and specialty. home: the institution that sent him, "" for the team's own.
        phone, wechat: "" where they are not shown.
    """

    name: str
    post: str
    is_leader: bool
    about: str
    duty: str
    home: str
    phone: str
    wechat: str


@dataclass(frozen=True)
class Neighbor:
    """A grid leader or community policeman who may be named beside the team."""

    post: str
    name: str
    phone: str
    place: str


@dataclass(frozen=True)
class Board:
    """What stands on a team's board.

    Attributes:
        code: of its public page, "" before it has one. bulletin: code of the newest issue published for it, or "".
    """

    team: Team
    code: str
    phone: str
    complaint_phone: str
    members: tuple[BoardMember, ...]
    bulletin: str

    @property
    def leader(self) -> BoardMember | None:
        return next((one for one in self.members if one.is_leader), None)


@dataclass(frozen=True)
class TeamPage:
    """The board, the grids it answers for, the points at which it can be met."""

    board: Board
    grids: tuple[Grid, ...]
    neighbors: tuple[Neighbor, ...]
    points: tuple[PointLine, ...]


def board_of(team: Team, *, on: date, policy: OutreachPolicy) -> Board:
    """``team`` with its institution read. Five queries at most."""
    institution = team.institution
    return Board(
        team=team,
        code=codes_of_teams([team.pk]).get(team.pk, ""),
        phone=team.phone or institution.phone,
        complaint_phone=institution.complaint_phone or institution.phone,
        members=tuple(_member(one, policy) for one in member_board(team, on=on)),
        bulletin=latest_codes([team.pk]).get(team.pk, ""),
    )


def codes_of_teams(teams: Iterable[int]) -> dict[int, str]:
    """Team -> code of its public page, of those that have one. One query."""
    found = codes_of(PublicKind.TEAM, [str(one) for one in teams])
    return {int(key): code for key, code in found.items()}


def _member(one: TeamMembership, policy: OutreachPolicy) -> BoardMember:
    user, is_shown = one.user, policy.public_members_phone
    return BoardMember(
        name=user.name,
        post=str(one.get_profession_display()),
        is_leader=one.is_leader,
        about="，".join(filter(None, [user.title, user.specialty])),
        duty=one.duty,
        home=one.home_institution.name if one.is_dispatched else "",
        phone=user.phone if is_shown else "",
        wechat=user.wechat if is_shown else "",
    )


def team_page(team: Team, *, on: date, policy: OutreachPolicy) -> TeamPage:
    """``team`` with its institution read. Ten queries at most, whatever the number of grids and points."""
    grids = tuple(one.grid for one in covered_grids(team, on=on) if _is_open(one.grid, on))
    ids = [one.pk for one in grids]
    meets = Q(timetables__team=team) & (Q(timetables__ends_on__isnull=True) | Q(timetables__ends_on__gte=on))
    here = (
        Q(grid__in=ids) | Q(grid__parent__in=ids) | Q(pk__in=ServicePoint.objects.filter(meets).values("pk"))
    )
    return TeamPage(
        board=board_of(team, on=on, policy=policy),
        grids=grids,
        neighbors=neighbors_of(grids, on=on, policy=policy),
        points=lines_of(here, on=on),
    )


def _is_open(grid: Grid, on: date) -> bool:
    return grid.opened_on <= on and (grid.closed_on is None or grid.closed_on > on)


def lines_of(here: Q, *, on: date) -> tuple[PointLine, ...]:
    """Open points with their hours in words. Three queries."""
    points = ServicePoint.objects.open_on(on).filter(here).select_related("grid__village")
    return tuple(point_lines(list(points.order_by("grid__code", "name")), on=on))


def neighbors_of(grids: Collection[Grid], *, on: date, policy: OutreachPolicy) -> tuple[Neighbor, ...]:
    """Leaders of these grids and policemen of their villages, where they may be named. One query at most."""
    if not policy.public_grid_contacts or not grids:
        return ()
    ids = {one.pk for one in grids} | {one.parent_id for one in grids if one.parent_id}
    villages = {one.village_id for one in grids}
    rows = (
        Posting.objects.active_on(on)
        .filter(
            Q(role=PostingRole.GRID_LEADER, grid__in=ids) | Q(role=PostingRole.POLICE, village__in=villages)
        )
        .select_related("grid", "village")
        .order_by("role", "grid__code", "village__code", "starts_on", "pk")
    )
    return tuple(
        Neighbor(str(one.get_role_display()), one.name, one.phone, str(one.grid or one.village))
        for one in rows
    )
