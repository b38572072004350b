"""The grids of a team, a township or the district as tiles, each with what it lacks (P9, S0-24). As of today."""

from collections import Counter
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date

from django.db.models import QuerySet

from grids.choices import GRID_GAPS, Gap
from grids.models import Area, Grid
from grids.queries.gaps import with_grid_gaps
from outreach.policy import OutreachPolicy
from outreach.queries.points import grid_counts

POINTS = "points"
# Kind -> how a tile says it, in two or three characters.
MARKS: dict[str, str] = {
    Gap.GRID_TEAM: "缺团队",
    Gap.GRID_LEADER: "缺网格长",
    Gap.GRID_SENTINEL: "缺哨兵",
    Gap.LEADER_PAIR: "网格长未结对",
    Gap.MEMBER_PAIR: "哨兵未结对",
    POINTS: "服务点不足",
}


@dataclass(frozen=True)
class Tile:
    """One grid.

    Attributes:
        gaps: codes of what it lacks, as ``MARKS`` names them. points: open service points, micro-grids included.
    """

    grid: Grid
    gaps: tuple[str, ...]
    points: int

    @property
    def marks(self) -> list[str]:
        return [MARKS[one] for one in self.gaps]

    @property
    def grade(self) -> str:
        """How it is drawn: whole, lacking something, without anybody responsible."""
        if not self.gaps:
            return "whole"
        return "bare" if Gap.GRID_TEAM in self.gaps else "lacking"


@dataclass(frozen=True)
class Block:
    """A village with its tiles."""

    village: Area
    tiles: tuple[Tile, ...]


def tiles_of(grids: QuerySet[Grid], *, on: date, policy: OutreachPolicy) -> list[Tile]:
    """By code. Two queries."""
    rows = list(with_grid_gaps(grids, on=on).select_related("village__parent").order_by("code"))
    points = Counter(grid_counts([one.pk for one in rows], on=on))
    return [Tile(one, tuple(_lacking(one, points[one.pk], policy)), points[one.pk]) for one in rows]


def _lacking(grid: Grid, points: int, policy: OutreachPolicy) -> Iterable[str]:
    """Where there is no leader or sentinel, nobody can be paired: that is said once."""
    told = {Gap.LEADER_PAIR: Gap.GRID_LEADER, Gap.MEMBER_PAIR: Gap.GRID_SENTINEL}
    for gap in GRID_GAPS:
        cause = told.get(gap)
        if getattr(grid, gap) and not (cause and getattr(grid, cause)):
            yield gap
    if points < policy.service_points_per_grid_min:
        yield POINTS


def blocks_of(tiles: Iterable[Tile]) -> list[Block]:
    """Village after village."""
    found: dict[int, tuple[Area, list[Tile]]] = {}
    for one in tiles:
        found.setdefault(one.grid.village_id, (one.grid.village, []))[1].append(one)
    return [Block(village, tuple(rows)) for village, rows in found.values()]


def gap_counts(tiles: Iterable[Tile]) -> list[tuple[str, str, int]]:
    """Code, words and number of tiles, for each kind."""
    counts = Counter(code for one in tiles for code in one.gaps)
    return [(code, words, counts[code]) for code, words in MARKS.items()]
