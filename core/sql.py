"""Set-based work in plain SQL: statements, and temporary tables that vanish with the transaction."""

import json
from collections.abc import Iterable, Mapping, Sequence
from typing import Any

from django.db import connection

from core.bulk import copy_stream

Params = Sequence[Any] | Mapping[str, Any] | None


def run(sql: str, params: Params = None) -> int:
    """Execute; how many rows the (last) statement touched."""
    with connection.cursor() as cursor:
        cursor.execute(sql, params)
        return int(cursor.rowcount)


def rows_of(sql: str, params: Params = None) -> list[tuple[Any, ...]]:
    with connection.cursor() as cursor:
        cursor.execute(sql, params)
        return list(cursor.fetchall())


def one_of(sql: str, params: Params = None) -> tuple[Any, ...]:
    (row,) = rows_of(sql, params)
    return row


def alone(name: str) -> None:
    """Whoever else calls this with the same name waits until the end of the transaction.

    Called first of all, before any row is locked, so that nobody waits in a circle.
    """
    run("SELECT pg_advisory_xact_lock(hashtextextended(%s, 0))", [name])


def made(name: str, sql: str, params: Params = None) -> int:
    """A temporary table from a query, with statistics for the planner; how many rows it got."""
    count = run(f"CREATE TEMP TABLE {name} ON COMMIT DROP AS {sql}", params)
    run(f"ANALYZE {name}")
    return count


def fill(name: str, rows: Iterable[Sequence[Any]]) -> None:
    """COPY plain values into a temporary table; a dict becomes JSON."""
    stream = copy_stream([json.dumps(one) if isinstance(one, dict) else one for one in row] for row in rows)
    with connection.cursor() as cursor, connection.wrap_database_errors:
        cursor.copy_expert(f"COPY {name} FROM STDIN", stream)


def vanish(prefix: str) -> None:
    """Drop the temporary tables of that prefix that this session still holds, of work done earlier in a transaction."""
    found = rows_of(
        "SELECT relname FROM pg_class WHERE relnamespace = pg_my_temp_schema() AND relkind = 'r'"
        " AND starts_with(relname, %s)",
        [prefix],
    )
    if found:
        run("DROP TABLE " + ", ".join(f"pg_temp.{name}" for (name,) in found))
