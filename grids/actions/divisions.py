"""Loading a district's divisions: new areas are added, changed names corrected, nothing is ever deleted."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date

from django.db import transaction

from core.history import credited_to
from grids.actions.grids import add_default_grids
from grids.divisions import Division
from grids.models import Area
from grids.queries.divisions import DivisionChanges, compare_divisions
from teams.models import User


@dataclass(frozen=True)
class LoadedDivisions:
    """What was written: the changes, and how many villages got their first grid."""

    changes: DivisionChanges
    grids_added: int


def load_divisions(
    *, divisions: Sequence[Division], valid_from: date, by: User | None, on: date, with_grids: bool = False
) -> LoadedDivisions:
    """Write what ``compare_divisions`` says is new or changed; a second run of the same file changes nothing.

    Args:
        valid_from: first day of the areas that are new.
        by: None when an operator loads from the command line.
        with_grids: also give one grid to each village of the file that has none, opened on ``on``.

    Raises:
        BadDivisions: a parent is neither in the file nor registered, or a replaced code would come back.
    """
    with transaction.atomic(), credited_to(by):
        changes = compare_divisions(divisions)
        touched = {one.code for one in (*changes.new, *changes.changed)}
        for level in (1, 2, 3):  # parents first: rows below need their ids
            rows = [one for one in divisions if one.level == level and one.code in touched]
            if rows:
                _upsert(rows, valid_from)
        added = 0
        if with_grids:
            villages = Area.objects.filter(code__in=[one.code for one in divisions])
            added = add_default_grids(villages=villages, opened_on=max(on, valid_from), by=by, on=on)
    return LoadedDivisions(changes, added)


def _upsert(rows: list[Division], valid_from: date) -> None:
    parents = dict(Area.objects.filter(code__in={one.parent_code for one in rows}).values_list("code", "id"))
    Area.objects.bulk_create(
        [
            Area(
                code=one.code,
                name=one.name,
                level=one.level,
                parent_id=parents.get(one.parent_code),
                valid_from=valid_from,
            )
            for one in rows
        ],
        update_conflicts=True,
        unique_fields=["code"],
        update_fields=["name"],
    )
