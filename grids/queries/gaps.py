"""What is missing where (P9): villages and grids without team or people, pairings not made. As of a day, set-based."""

from collections.abc import Collection, Iterator, Mapping
from dataclasses import dataclass, field
from datetime import date
from typing import Any

from django.db.models import (
    BooleanField,
    Count,
    Exists,
    Expression,
    ExpressionWrapper,
    F,
    OuterRef,
    Q,
    QuerySet,
)
from django.db.models.functions import Coalesce

from grids.choices import GRID_GAPS, VILLAGE_GAPS, Gap, GridLevel, PairingLevel, PostingRole
from grids.models import Area, Grid, GridResponsibility, Pairing, Posting
from teams.choices import Role
from teams.models import RoleAssignment, User

Flag = Exists | Expression


@dataclass
class TownshipGaps:
    """One line of the report: how many villages and grids a township has, and how many of them lack what."""

    township: Area
    villages: int = 0
    grids: int = 0
    counts: dict[Gap, int] = field(default_factory=lambda: dict.fromkeys(Gap, 0))

    @property
    def cells(self) -> list[tuple[Gap, int]]:
        return list(self.counts.items())


def villages_reported(user: User, *, on: date) -> QuerySet[Area]:
    """The villages of the report for this person: in use on the day."""
    return Area.objects.reached_by(user).villages().valid_on(on)


def grids_reported(user: User, *, on: date) -> QuerySet[Grid]:
    """The grids of the report for this person: open on the day, in villages in use; micro-grids count with the grid
    above them."""
    in_use = Area.objects.villages().valid_on(on)
    return Grid.objects.assignable_by(user).open_on(on).filter(level=GridLevel.GRID, village__in=in_use)


def with_village_gaps(villages: QuerySet[Area], *, on: date) -> QuerySet[Area]:
    """Each village with one flag for each kind in ``VILLAGE_GAPS``, True where it lacks that."""
    return villages.annotate(**_village_flags(on))


def with_grid_gaps(grids: QuerySet[Grid], *, on: date) -> QuerySet[Grid]:
    """Each grid with one flag for each kind in ``GRID_GAPS``, True where it lacks that."""
    return grids.annotate(**_grid_flags(on))


def township_gaps(villages: QuerySet[Area], grids: QuerySet[Grid], *, on: date) -> list[TownshipGaps]:
    """The report's table by township, in order of code. Three queries."""
    found: dict[int, TownshipGaps] = {}
    by_village = _counted(with_village_gaps(villages, on=on), "parent", VILLAGE_GAPS)
    by_grid = _counted(with_grid_gaps(grids, on=on), "village__parent", GRID_GAPS)
    wanted = {*by_village, *by_grid}
    for one in Area.objects.filter(pk__in=wanted).order_by("code"):
        line = found[one.pk] = TownshipGaps(one)
        line.villages = by_village.get(one.pk, {}).get("total", 0)
        line.grids = by_grid.get(one.pk, {}).get("total", 0)
        for counted in (by_village.get(one.pk, {}), by_grid.get(one.pk, {})):
            line.counts |= {Gap(name): number for name, number in counted.items() if name in Gap}
    return list(found.values())


def _counted(rows: QuerySet[Any], township: str, gaps: tuple[Gap, ...]) -> Mapping[int, dict[str, int]]:
    numbers: dict[str, Any] = {f"n_{gap}": Count("pk", filter=Q(**{gap: True})) for gap in gaps}
    grouped = rows.order_by().values(township).annotate(total=Count("pk"), **numbers)
    return {
        line[township]: {"total": line["total"], **{str(gap): line[f"n_{gap}"] for gap in gaps}}
        for line in grouped
    }


@dataclass(frozen=True)
class GapRow:
    """One thing missing in one place; ``grid`` is None where the village lacks it."""

    gap: Gap
    village: Area
    grid: Grid | None

    @property
    def place(self) -> Area | Grid:
        return self.grid or self.village


def gap_rows(
    gaps: Collection[Gap], villages: QuerySet[Area], grids: QuerySet[Grid], *, on: date
) -> Iterator[GapRow]:
    """Everything of these kinds that is missing, villages first, in order of code. Two queries at most."""
    wanted = [gap for gap in VILLAGE_GAPS if gap in gaps]
    if wanted:
        lacking = with_village_gaps(villages, on=on).filter(_any_of(wanted)).select_related("parent")
        for village in lacking.order_by("code"):
            yield from (GapRow(gap, village, None) for gap in wanted if getattr(village, gap))
    wanted = [gap for gap in GRID_GAPS if gap in gaps]
    if wanted:
        short = with_grid_gaps(grids, on=on).filter(_any_of(wanted)).select_related("village__parent")
        for grid in short.order_by("code"):
            yield from (GapRow(gap, grid.village, grid) for gap in wanted if getattr(grid, gap))


def _any_of(gaps: list[Gap]) -> Q:
    found = Q()
    for gap in gaps:
        found |= Q(**{gap: True})
    return found


def standing_pairings(*, on: date) -> QuerySet[Pairing]:
    """Pairings of the day whose medical side still stands: a steward in office, the leader of the grid's team, a member
    of a team that answers for the sentinel's grid or the one above it. The others count as missing."""
    paired = Pairing.objects.active_on(on)
    in_office = RoleAssignment.objects.active_on(on).filter(role=Role.INSTITUTION_STEWARD).values("user")
    led = _at_work(on, "posting__grid", is_leader=True)
    kinds = (
        paired.filter(level=PairingLevel.STEWARD, user__in=in_office),
        paired.filter(led, level=PairingLevel.LEADER),
        paired.filter(_at_work(on, "posting__grid"), level=PairingLevel.MEMBER),
        paired.filter(_at_work(on, "posting__grid__parent"), level=PairingLevel.MEMBER),
    )
    found = Q()
    for kind in kinds:
        found |= Q(pk__in=kind.values("pk"))
    return Pairing.objects.filter(found)


def _village_flags(on: date) -> dict[str, Flag]:
    here = OuterRef("pk")
    stewards = Posting.objects.active_on(on).filter(role=PostingRole.COMMUNITY_STEWARD)
    in_office = RoleAssignment.objects.active_on(on).filter(role=Role.INSTITUTION_STEWARD).values("user")
    paired = Pairing.objects.active_on(on).filter(
        level=PairingLevel.STEWARD, posting__in=stewards, user__in=in_office
    )
    divided = Grid.objects.open_on(on)
    covered = GridResponsibility.objects.standing_on(on).filter(grid__in=divided)
    return {
        Gap.VILLAGE_GRID: ~Exists(divided.filter(village=here)),
        Gap.VILLAGE_TEAM: ~Exists(covered.filter(grid__village=here)),
        Gap.VILLAGE_STEWARD: ~Exists(stewards.filter(village=here)),
        Gap.STEWARD_PAIR: ~Exists(paired.filter(posting__village=here)),
    }


def _grid_flags(on: date) -> dict[str, Flag]:
    """A sentinel in a micro-grid is one of the grid above; a leader and a team are of the grid itself.

    Every flag is an EXISTS with one plain equality: the database hashes it once; with an OR it would search row by row.
    """
    here = OuterRef("pk")
    posted = Posting.objects.active_on(on)
    leaders, sentinels = posted.filter(role=PostingRole.GRID_LEADER), posted.filter(role=PostingRole.SENTINEL)
    paired = Pairing.objects.active_on(on)
    led = paired.filter(_at_work(on, "posting__grid", is_leader=True), level=PairingLevel.LEADER)
    known = paired.filter(level=PairingLevel.MEMBER, posting__in=sentinels).alias(home=_home("posting__"))
    by_own_team = known.filter(_at_work(on, "posting__grid"), home=here)
    by_team_above = known.filter(_at_work(on, "posting__grid__parent"), home=here)
    return {
        Gap.GRID_TEAM: ~Exists(GridResponsibility.objects.standing_on(on).filter(grid=here)),
        Gap.GRID_LEADER: ~Exists(leaders.filter(grid=here)),
        Gap.GRID_SENTINEL: ~Exists(sentinels.alias(home=_home("")).filter(home=here)),
        Gap.LEADER_PAIR: ~Exists(led.filter(posting__grid=here, posting__in=leaders)),
        Gap.MEMBER_PAIR: ExpressionWrapper(~Exists(by_own_team) & ~Exists(by_team_above), BooleanField()),
    }


def _home(path: str) -> Coalesce:
    """The grid that a place counts with: of a micro-grid the one above it."""
    return Coalesce(f"{path}grid__parent", f"{path}grid")


def _at_work(on: date, place: str, **quality: bool) -> Q:
    """The pairing's medical side still belongs to a team responsible for the place: a pairing with somebody who has
    left, or whose team has handed the grid over, counts as missing."""
    membership = "user__memberships"
    team = f"{membership}__team"
    held: dict[str, Any] = {f"{team}__responsibilities__grid": F(place)}
    held |= {f"{membership}__{name}": value for name, value in quality.items()}
    return _holds(membership, on) & _holds(team, on) & _holds(f"{team}__responsibilities", on) & Q(**held)


def _holds(path: str, on: date) -> Q:
    open_end = Q(**{f"{path}__ends_on__isnull": True}) | Q(**{f"{path}__ends_on__gte": on})
    return open_end & Q(**{f"{path}__starts_on__lte": on})
