"""The staging tables of one list: rows as they were prepared and what is found out about them, for one transaction.

COLUMNS is what ``preparing.Batch.lines`` holds, in this order, in COPY text form. Numbers and phones arrive sealed, so
the database never sees one in clear. Everything else about a row is said in narrow tables beside it, keyed by ``n``,
its place in the file; all of them are temporary and vanish with the transaction.
"""

import io
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from typing import Protocol

from django.db import connection

from core.sql import run, vanish

COLUMNS: tuple[tuple[str, str], ...] = (
    ("sheet", "smallint"),
    ("row", "int"),
    ("is_refused", "boolean"),
    ("name", "text"),
    ("name_grams", "text[]"),
    ("initials", "text"),
    ("sex", "smallint"),
    ("born_on", "date"),
    ("id_kind", "text"),
    ("id_number", "bytea"),
    ("id_index", "uuid"),
    ("id_tail", "bigint"),
    ("phone", "bytea"),
    ("phone_index", "uuid"),
    ("phone_tail", "bigint"),
    ("more_phones", "jsonb"),
    ("relation", "text"),
    ("relation_is_guess", "boolean"),
    ("head_name", "text"),
    ("household_no", "text"),
    ("village_code", "text"),
    ("grid_id", "bigint"),
    ("address", "text"),
    ("registration", "text"),
    ("kinds", "text[]"),
    ("remark", "text"),
    ("faults", "jsonb"),
    ("building", "text"),
    ("unit", "text"),
    ("room", "text"),
)

# A small sample tells the planner enough of tables that are read a few times and thrown away.
_SETTINGS = "SET LOCAL work_mem = '128MB'; SET LOCAL jit = off; SET LOCAL default_statistics_target = 10"
# Possible only as long as this session has used no temporary table; otherwise they stay as they are.
_BUFFERS = (
    "DO $$ BEGIN SET LOCAL temp_buffers = '128MB'; EXCEPTION WHEN invalid_parameter_value THEN NULL; END $$"
)
_NAMES = ", ".join(f'"{name}"' for name, _ in COLUMNS)
_ASKED = (
    "n, name, born_on, id_index, phone_index, relation, household_no, head_name, village_code, address, kinds"
)
# What is looked at often stands first in a row of the table: reading a column means to pass all those before it.
_OFTEN = (
    "is_refused", "sheet", "row", "sex", "grid_id", "born_on", "id_index", "phone_index", "relation", "village_code",
    "household_no", "head_name", "name", "address", "kinds", "more_phones", "faults",
)  # fmt: skip
_TYPES = ", ".join(
    f'"{name}" {kind}'
    for name, kind in sorted(
        COLUMNS, key=lambda one: _OFTEN.index(one[0]) if one[0] in _OFTEN else len(_OFTEN)
    )
)


class Lines(Protocol):
    """A batch of prepared rows: COPY text lines."""

    @property
    def lines(self) -> bytes: ...


@contextmanager
def staging() -> Iterator[None]:
    """Empty staging tables; gone at the end of the block. The caller holds the transaction."""
    vanish("roster_")
    run(_SETTINGS)
    run(_BUFFERS)
    run(
        f"CREATE TEMP TABLE roster_row (n bigint GENERATED ALWAYS AS IDENTITY, {_TYPES}) ON COMMIT DROP;"
        'CREATE TEMP TABLE roster_fault (n bigint, is_error boolean, "column" text, code text, cause text,'
        " remedy text) ON COMMIT DROP;"
        "CREATE TEMP TABLE roster_sheet (sheet smallint, name text) ON COMMIT DROP"
    )
    yield
    vanish("roster_")  # not after an error: the transaction is rolled back then


def load(batch: Lines) -> None:
    """COPY one batch of prepared rows in."""
    with connection.cursor() as cursor, connection.wrap_database_errors:
        cursor.copy_expert(f"COPY roster_row ({_NAMES}) FROM STDIN", io.BytesIO(batch.lines), 1 << 18)


def finish(sheets: Sequence[tuple[int, str]]) -> None:
    """After the last row: statistics, names of the sheets, and the faults that the rows brought along."""
    run(f"ANALYZE roster_row ({_ASKED})")
    for at, name in sheets:
        run("INSERT INTO roster_sheet VALUES (%s, %s)", [at, name])
    run(
        "INSERT INTO roster_fault SELECT s.n, f->>'level' = 'error', f->>'column', f->>'code', f->>'cause', f->>'remedy'"
        " FROM roster_row s, jsonb_array_elements(s.faults) f WHERE s.faults IS NOT NULL"
    )
