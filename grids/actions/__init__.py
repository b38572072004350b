"""Verbs on places, one noun a file."""

from grids.actions.areas import CannotChangeCode, change_area_code
from grids.actions.divisions import LoadedDivisions, load_divisions
from grids.actions.grids import (
    CannotAddGrid,
    CannotCloseGrid,
    add_default_grids,
    add_grid,
    close_grid,
    rename_grid,
)
from grids.actions.outlines import CannotKeepOutlines, keep_outlines
from grids.actions.pairings import CannotPair, CannotUnpair, pair, unpair
from grids.actions.postings import (
    CannotAppoint,
    CannotEndPosting,
    amend_posting,
    appoint,
    end_posting,
    give_account,
)
from grids.actions.responsibilities import (
    CannotAssignTeam,
    CannotEndResponsibility,
    assign_team,
    end_responsibility,
    withdraw_assignment,
)

__all__ = [
    "CannotAddGrid",
    "CannotAppoint",
    "CannotAssignTeam",
    "CannotChangeCode",
    "CannotCloseGrid",
    "CannotEndPosting",
    "CannotEndResponsibility",
    "CannotKeepOutlines",
    "CannotPair",
    "CannotUnpair",
    "LoadedDivisions",
    "add_default_grids",
    "add_grid",
    "amend_posting",
    "appoint",
    "assign_team",
    "change_area_code",
    "close_grid",
    "end_posting",
    "end_responsibility",
    "give_account",
    "keep_outlines",
    "load_divisions",
    "pair",
    "rename_grid",
    "unpair",
    "withdraw_assignment",
]
