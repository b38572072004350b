"""People of the community health team with accounts: they sign in and see what their posts let them see."""

from grids.actions.postings import ROLE_OF_POST
from grids.choices import PostingRole
from grids.models import Area, Grid, Posting
from teams.choices import Profession
from teams.models import User
from tests.factories.grids import PostingFactory
from tests.factories.teams import RoleAssignmentFactory, UserFactory


def posted(
    username: str, role: PostingRole, place: Grid | Area, *, user: User | None = None, **facts
) -> Posting:
    """Somebody with an account who works a grid or a village."""
    user = user or UserFactory(username=username, name=username, profession=Profession.OTHER)
    assignment = RoleAssignmentFactory(user=user, role=ROLE_OF_POST[role], area_code=place.code)
    where = {"grid": place} if isinstance(place, Grid) else {"village": place, "grid": None}
    origin = "volunteer" if role == PostingRole.SENTINEL else ""
    return PostingFactory(
        role=role, name=user.name, user=user, role_assignment=assignment, origin=origin, **where | facts
    )


def leader(grid: Grid, username: str = "feng", **facts) -> Posting:
    return posted(username, PostingRole.GRID_LEADER, grid, **facts)


def steward(village: Area, username: str = "zheng", **facts) -> Posting:
    return posted(username, PostingRole.COMMUNITY_STEWARD, village, **facts)


def sentinel(grid: Grid, username: str = "shi", **facts) -> Posting:
    return posted(username, PostingRole.SENTINEL, grid, **facts)
