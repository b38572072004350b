"""Which team answers for a grid, and how a place is told."""

from collections.abc import Iterable
from datetime import date

from grids.models import Grid, GridResponsibility


def responsible_teams(grid_ids: Iterable[int], *, on: date) -> dict[int, int]:
    """Grid id -> id of the team that answers for it on a day; a micro-grid without its own falls to the grid above.

    Grids without a team are left out. Two queries.
    """
    above = dict(Grid.objects.filter(pk__in=set(grid_ids)).values_list("pk", "parent_id"))
    asked = set(above) | {parent for parent in above.values() if parent}
    own = dict(
        GridResponsibility.objects.active_on(on).filter(grid__in=asked).values_list("grid_id", "team_id")
    )
    found = {grid: own.get(grid) or own.get(parent or 0) for grid, parent in above.items()}
    return {grid: team for grid, team in found.items() if team}


def place_of(grid: Grid) -> str:
    """环翠楼街道 东北村社区 第1网格; reads the grid's village and township."""
    township = f"{grid.village.parent.name} " if grid.village.parent else ""
    return f"{township}{grid.village.name} {grid.name.removeprefix(grid.village.name) or grid.name}"
