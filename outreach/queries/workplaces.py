"""Where a grid worker works on a day, and for which grids he may report."""

from dataclasses import dataclass
from datetime import date

from django.db.models import Case, IntegerField, Q, QuerySet, Value, When

from grids.choices import PostingRole
from grids.models import Grid, Posting
from outreach.queries.grids import GRID_POSTS
from teams.models import User

# The nearer post first: as what he works when he has several.
_NEARER = (PostingRole.GRID_LEADER, PostingRole.SENTINEL, PostingRole.COMMUNITY_STEWARD)


@dataclass(frozen=True)
class Workplace:
    """The posts of a person on a day, the nearest first.

    Attributes:
        own: ids of the grids he works, micro-grids below them included.
        villages: ids of the villages in which these lie: he may report from all of their grids.
    """

    postings: tuple[Posting, ...]
    own: tuple[int, ...]
    villages: tuple[int, ...]
    on: date

    def leads(self) -> bool:
        """Whether others are led by him: a grid leader or a community steward."""
        return any(one.role != PostingRole.SENTINEL for one in self.postings)

    def choices(self) -> QuerySet[Grid]:
        """Grids from which he may report, his own first."""
        found = Grid.objects.open_on(self.on).filter(village__in=self.villages).select_related("village")
        own_first = Case(When(pk__in=self.own, then=Value(0)), default=Value(1), output_field=IntegerField())
        return found.order_by(own_first, "code")

    def posting_for(self, grid: Grid) -> Posting | None:
        """As what he reports from a grid: the post in that grid, else one in its village."""
        of_village = [one for one in self.postings if grid.village_id == _village_of(one)]
        nearest = [one for one in of_village if one.grid_id in (grid.pk, grid.parent_id)]
        return next(iter(nearest + of_village), None)


def _village_of(posting: Posting) -> int | None:
    return posting.grid.village_id if posting.grid else posting.village_id


def workplace_of(user: User, *, on: date) -> Workplace:
    """Two queries."""
    current = Posting.objects.active_on(on).filter(user=user, role__in=GRID_POSTS)
    postings = sorted(
        current.select_related("grid", "village"),
        key=lambda one: (_NEARER.index(PostingRole(one.role)), one.pk),
    )
    grids = [one.grid_id for one in postings if one.grid_id]
    stewarded = [one.village_id for one in postings if one.village_id]
    here = Grid.objects.open_on(on).filter(Q(pk__in=grids) | Q(parent__in=grids) | Q(village__in=stewarded))
    own = tuple(here.order_by("code").values_list("pk", flat=True))
    villages = {_village_of(one) for one in postings}
    return Workplace(tuple(postings), own, tuple(one for one in villages if one), on)
