"""What a check found, for the preview page, the error file and the command line: counts, samples, kinds of faults.

Names are masked, kinds under special protection are not named, and no more than a page's worth of rows is told; only the
refused rows are told in full (up to a bound), apart from the rest.
"""

import hashlib
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from datetime import date
from typing import Any

from core.masks import mask_name
from core.sql import one_of, rows_of
from residents.imports.columns import Column
from residents.imports.layouts import Layout
from residents.imports.samples import changed_people, new_people, same_people
from residents.imports.titles import title_of

ROWS_OF_KIND = 20  # rows told of each kind of fault
MOST_REFUSED = 100_000  # rows given back with their cells

Cells = Iterable[tuple[tuple[int, int], list[str]]]


@dataclass(frozen=True)
class Report:
    """What a check found.

    Attributes:
        counts: without personal data, by the keys of the command line. ``ok`` rows have nothing to say, ``warnings`` are
            imported all the same; both are rows.
        digest: equal digests mean that confirming does exactly what was shown.
        page: what the preview shows, as plain JSON values.
        refused: the refused rows with the cells as they were written, read again from the file when asked for.
    """

    counts: dict[str, Any]
    digest: str
    page: dict[str, Any]
    refused: Iterable[dict[str, Any]]


class _Refused:
    """The refused rows: reasons are kept, cells are read from the file a second time, row by row."""

    def __init__(
        self, reasons: dict[tuple[int, int], tuple[str, str]], read: Callable[[set[tuple[int, int]]], Cells]
    ) -> None:
        self._reasons, self._read = reasons, read

    def __iter__(self) -> Iterator[dict[str, Any]]:
        if not self._reasons:
            return
        for at, cells in self._read(set(self._reasons)):
            reason, head = self._reasons[at]
            yield {"sheet": at[0], "row": at[1], "cells": cells, "reason": reason, "head": head}


def report_of(
    layouts: list[Layout],
    notes: list[str],
    *,
    proposal: dict[str, Any],
    on: date,
    read_cells: Callable[[set[tuple[int, int]]], Cells],
) -> Report:
    """Read the report off the staging tables. A fixed number of queries.

    Args:
        proposal: how the columns were understood, for whoever finds that they were not.
    """
    counts = counts_of()
    digest = _digest(counts, on)
    names = {one.sheet: one.name if len(layouts) > 1 else "" for one in layouts}
    changed, same = changed_people(names), same_people(names)
    page = {
        "digest": digest,
        "notes": notes,
        "layouts": [_shape(one) for one in layouts],
        "proposal": proposal,
        "new": new_people(names),
        "changed": changed,
        "same": same,
        "errors": _kinds(names, is_error=True),
        "warnings": _kinds(names, is_error=False),
        "resident_ids": [one.pop("resident_id") for one in [*changed, *same]],
    }
    return Report(counts, digest, page, _Refused(_reasons(), read_cells))


def _shape(layout: Layout) -> dict[str, Any]:
    """How the rows of a sheet are given back; without head or household number only their order says who lives where."""
    return {
        "sheet": layout.sheet,
        "name": layout.name,
        "titles": list(layout.titles),
        "lacks_head": not {Column.HEAD, Column.HOUSEHOLD} & set(layout.positions),
    }


def counts_of() -> dict[str, Any]:
    """Counts without personal data, by the keys of the command line."""
    rows, refused, entering, changed, known, founded = one_of(
        """
        SELECT (SELECT count(*) FROM roster_row), (SELECT count(*) FROM roster_refused), (SELECT count(*) FROM roster_new),
            (SELECT count(*) FROM roster_change), (SELECT count(*) FROM roster_compared),
            (SELECT count(*) FROM roster_founded)
        """
    )
    (warned,) = one_of(
        "SELECT count(DISTINCT f.n) FROM roster_fault f WHERE NOT EXISTS (SELECT FROM roster_refused d WHERE d.n = f.n)"
    )
    kinds = rows_of("SELECT code, count(*) FROM roster_fault WHERE is_error GROUP BY code ORDER BY code")
    return {
        "rows": rows,
        "ok": rows - refused - warned,
        "warnings": warned,
        "errors": refused,
        "created_residents": entering,
        "updated_residents": changed,
        "unchanged_residents": known - changed,
        "created_households": founded,
        "error_kinds": dict(kinds),
    }


def _digest(counts: dict[str, Any], on: date) -> str:
    """Everything that confirming would do, in a few numbers: whom each row means, what of him changes and from what,
    which households are entered, and what is refused or remarked. The order of rows does not matter."""
    sums = one_of(
        """
        SELECT (SELECT COALESCE(sum(hashint8extended(resident_id, n)::numeric), 0) FROM roster_compared),
            (SELECT COALESCE(sum(hashint8extended(n, COALESCE(family, 0))::numeric), 0) FROM roster_new),
            (SELECT COALESCE(sum(hashtextextended(concat_ws('|', c.n, c.resident_id, c.family, c.joins, c.said_relation,
                    c.other_phone, c.other_address, c.other_remark, c.other_registration, c.other_relation, c.other_grid,
                    c.kinds, c.phones, r.phone_index, r.address, r.remark, r.registration, r.household_id, r.relation,
                    r.grid_id), 0)::numeric), 0)
                FROM roster_change c JOIN residents_resident r ON r.id = c.resident_id),
            (SELECT COALESCE(sum(hashint8extended(household_id, 0)::numeric), 0) FROM roster_entered),
            (SELECT COALESCE(sum(hashtextextended(concat_ws('|', n, is_error, code), 0)::numeric), 0) FROM roster_fault)
        """
    )
    told = "|".join(map(str, (on.isoformat(), sorted(counts.items()), *sums)))
    return hashlib.sha256(told.encode()).hexdigest()


def _kinds(names: dict[int, str], *, is_error: bool) -> list[dict[str, Any]]:
    """Faults by kind, the most frequent first, each with its first rows. A refused row tells its errors only."""
    found: dict[str, dict[str, Any]] = {}
    for code, count, sheet, row, name, column, cause, remedy in rows_of(
        """
        SELECT o.code, o.rows, s.sheet, s.row, s.name, o."column", o.cause, o.remedy FROM (
            SELECT f.*, count(*) OVER (PARTITION BY f.code) AS rows,
                row_number() OVER (PARTITION BY f.code ORDER BY f.n) AS place
            FROM roster_fault f LEFT JOIN roster_refused d USING (n)
            WHERE f.is_error = %s AND (d.n IS NOT NULL) = %s) o JOIN roster_row s USING (n)
        WHERE o.place <= %s ORDER BY o.rows DESC, o.code, o.place
        """,
        [is_error, is_error, ROWS_OF_KIND],
    ):
        kind = found.setdefault(
            code, {"code": code, "title": title_of(code, cause), "remedy": remedy, "count": count, "rows": []}
        )
        kind["rows"].append(
            {
                "sheet": sheet,
                "sheet_name": names.get(sheet, ""),
                "row": row,
                "name": mask_name(name),
                "column": column,
                "cause": cause,
            }
        )
    return list(found.values())


def _reasons() -> dict[tuple[int, int], tuple[str, str]]:
    """(sheet, row) -> why it was refused, and whose household it belongs to where only the order says so."""
    found = rows_of(
        """
        SELECT s.sheet, s.row, e.reason, COALESCE(h.name, '') FROM (
            SELECT f.n, string_agg(f."column" || '：' || f.cause || '，' || f.remedy || '。', '') AS reason
            FROM roster_fault f WHERE f.is_error GROUP BY f.n ORDER BY f.n LIMIT %s) e
        JOIN roster_row s USING (n) LEFT JOIN roster_member m ON m.n = e.n AND NOT m.is_second
        LEFT JOIN roster_family y USING (family) LEFT JOIN roster_row h ON h.n = y.head_n
        """,
        [MOST_REFUSED],
    )
    return {(sheet, row): (reason, head) for sheet, row, reason, head in found}
