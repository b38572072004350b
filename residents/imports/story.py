"""Lines of a list's story: which row entered whom, which row changed whom, and what stood there before."""

from django.db import connection

from core.bulk import copy_in
from core.sql import made, run
from residents.choices import LineOutcome
from residents.imports.columns import Column
from residents.models import RosterImport, RosterLine

CHUNK = 5_000

# What a change is called, by what roster_change says.
LABELS = (
    ("c.other_phone", Column.PHONE.value),
    ("c.other_address", Column.ADDRESS.value),
    ("c.other_remark", Column.REMARK.value),
    ("c.other_registration", "户籍类型"),
    ("c.joins", "家庭"),
    ("c.other_relation", Column.RELATION.value),
    ("c.other_grid", Column.GRID.value),
    ("c.kinds IS NOT NULL", Column.KINDS.value),
    ("c.phones IS NOT NULL", "其他电话"),
)
_CHANGED = (
    "concat_ws('、', " + ", ".join(f"CASE WHEN {said} THEN '{label}' END" for said, label in LABELS) + ")"
)

# The former values as an undo needs them: only what changes. Kinds and further phones are named, raised flags kept whole.
_BEFORE = """
jsonb_strip_nulls(jsonb_build_object(
    'updated_at', r.updated_at, 'joins', c.joins, 'kinds', k.added, 'raised', k.raised, 'phones', x.added,
    'phone', CASE WHEN c.other_phone THEN encode(r.phone, 'hex') END,
    'phone_index', CASE WHEN c.other_phone THEN r.phone_index END,
    'phone_tail', CASE WHEN c.other_phone THEN r.phone_tail END,
    'address', CASE WHEN c.other_address THEN r.address END,
    'remark', CASE WHEN c.other_remark THEN r.remark END,
    'registration', CASE WHEN c.other_registration THEN r.registration END,
    'relation', CASE WHEN c.other_relation THEN r.relation END,
    'grid_id', CASE WHEN c.other_grid THEN r.grid_id END))::text
"""


def write_new_lines(roster: RosterImport) -> None:
    """One line for each person entered; the first of a new household tells that he founded it."""
    made(
        "roster_founder",
        "SELECT f.id AS household_id, f.family AS n FROM roster_numbered f JOIN roster_new w ON w.n = f.family",
    )
    run(  # where the first row of the family is refused or only joins
        """
        INSERT INTO roster_founder SELECT o.id, min(e.n) FROM (
            SELECT f.id, f.family FROM roster_numbered f LEFT JOIN roster_founder g ON g.household_id = f.id
            WHERE g.n IS NULL) o
        JOIN (SELECT family, n FROM roster_new UNION ALL SELECT family, n FROM roster_change WHERE joins) e USING (family)
        GROUP BY o.id
        """
    )
    run(
        f"""
        INSERT INTO residents_rosterline (roster_id, row, sheet, outcome, resident_id, household_id, changed, before)
        SELECT %s, p.row, p.sheet, '{LineOutcome.NEW}', p.id, f.household_id, '', ''
        FROM roster_new p LEFT JOIN roster_founder f USING (n)
        """,
        [roster.pk],
    )


def write_changed_lines(roster: RosterImport) -> None:
    """One line for each person about to be changed, with the values that the list replaces, sealed."""
    names = ("roster_id", "row", "sheet", "outcome", "resident_id", "household_id", "changed", "before")
    with connection.chunked_cursor() as cursor:
        cursor.execute(
            f"""
            SELECT s.row, s.sheet, c.resident_id, f.household_id, {_CHANGED}, {_BEFORE}
            FROM roster_change c JOIN roster_row s USING (n) JOIN residents_resident r ON r.id = c.resident_id
            LEFT JOIN roster_founder f USING (n)
            LEFT JOIN (SELECT n, array_agg(kind) FILTER (WHERE flag_id IS NULL) AS added,
                    jsonb_agg(jsonb_build_array(flag_id, evidence, recorded_by_id, source))
                        FILTER (WHERE flag_id IS NOT NULL) AS raised
                FROM roster_kind GROUP BY n) k USING (n)
            LEFT JOIN (SELECT n, array_agg(phone_index) AS added FROM roster_phone GROUP BY n) x USING (n)
            ORDER BY c.n
            """
        )
        while rows := cursor.fetchmany(CHUNK):
            copy_in(
                RosterLine,
                names,
                (
                    (roster.pk, row, sheet, LineOutcome.CHANGED, resident, home, changed, before)
                    for row, sheet, resident, home, changed, before in rows
                ),
            )
