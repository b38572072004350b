"""Village and grid of a row, each pair of texts looked up once."""

from dataclasses import dataclass

from residents.imports.columns import Column
from residents.imports.draft import Draft
from residents.imports.reach import GridSpot, Reach, VillageSpot
from residents.rules.faults import Fault

_KEPT = 65_536
C = Column


@dataclass(frozen=True)
class Place:
    """Where a row belongs, or why that cannot be said."""

    village_code: str = ""
    grid_id: int | None = None
    column: Column = C.VILLAGE
    fault: Fault | None = None
    is_warning: bool = False


class Placer:
    """Places by the texts of three columns."""

    def __init__(self, reach: Reach) -> None:
        self.reach = reach
        self._known: dict[tuple[str, str, str], Place] = {}

    def place(self, township: str, village: str, grid: str) -> Place:
        key = (township, village, grid)
        found = self._known.get(key)
        if found is None:
            if len(self._known) >= _KEPT:
                self._known.clear()
            found = self._known[key] = self._looked_up(*key)
        return found

    def put(self, draft: Draft) -> None:
        """Write the place into a draft, with its fault."""
        if not draft.village and not draft.grid:
            return
        found = self.place(draft.township, draft.village, draft.grid)
        draft.village_code, draft.grid_id = found.village_code, found.grid_id
        if found.fault and found.is_warning:
            draft.warn(found.column, found.fault)
        elif found.fault:
            draft.refuse(found.column, found.fault)

    def _looked_up(self, township: str, village: str, grid: str) -> Place:
        spot = self.reach.village(village, township, grid) if village else self.reach.village_of_grid(grid)
        if isinstance(spot, Fault):
            return Place(column=C.VILLAGE if village else C.GRID, fault=spot)
        return self._in_village(spot, grid)

    def _in_village(self, spot: VillageSpot, grid: str) -> Place:
        found = self.reach.grid(spot, grid)
        if isinstance(found, Fault):
            return Place(spot.code, column=C.GRID, fault=found)
        renamed = _renamed(found, spot, grid)
        return Place(spot.code, found.id, C.GRID, renamed, is_warning=renamed is not None)


def _renamed(found: GridSpot, village: VillageSpot, grid: str) -> Fault | None:
    """An old name of a grid was understood: say as which."""
    if not grid or not village.knows_as_former(found, grid):
        return None
    return Fault("grid_renamed", f"网格“{grid[:20]}”已更名或并入“{found.name}”", "已按现用网格导入，请核对")
