"""Writing many rows at once by COPY: ids are taken first, values go through the fields, triggers and constraints hold."""

import io
import uuid
from collections.abc import Iterable, Iterator, Sequence
from datetime import date, datetime
from typing import Any

from django.db import connection, models

_ESCAPES = str.maketrans({"\\": "\\\\", "\t": "\\t", "\n": "\\n", "\r": "\\r", "\0": ""})
_QUOTES = str.maketrans({"\\": "\\\\", '"': '\\"'})


def take_time() -> None:
    """Lift the time bounds of a web page until this transaction ends: a big write is long, not stuck."""
    with connection.cursor() as cursor:
        cursor.execute("SET LOCAL statement_timeout = 0; SET LOCAL idle_in_transaction_session_timeout = 0")


def new_ids(model: type[models.Model], count: int) -> list[int]:
    """Ids that nobody else will get, for rows that point at each other before they are written."""
    if not count:
        return []
    table, column = model._meta.db_table, model._meta.pk.column
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT nextval(pg_get_serial_sequence(%s, %s)) FROM generate_series(1, %s)",
            [table, column, count],
        )
        return [row[0] for row in cursor.fetchall()]


def copy_in(model: type[models.Model], names: Sequence[str], rows: Iterable[Sequence[Any]]) -> None:
    """COPY rows into the table of a model.

    Args:
        names: field or attribute names ("name", "grid_id"), in the order of the values.
        rows: plain values: text, numbers, days, moments, uuids, lists of text; sealed fields seal.

    Raises:
        DatabaseError: as any insert (a constraint, a missing value); no row of the call is written then.
    """
    by_name = {key: one for one in model._meta.concrete_fields for key in (one.name, one.attname)}
    fields = [by_name[name] for name in names]
    columns = ", ".join(connection.ops.quote_name(str(one.column)) for one in fields)
    table = connection.ops.quote_name(model._meta.db_table)
    # The driver's COPY does not pass Django's translation of database errors by itself.
    with connection.cursor() as cursor, connection.wrap_database_errors:
        cursor.copy_expert(f"COPY {table} ({columns}) FROM STDIN", _Lines(_written(fields, rows)))


def copy_stream(rows: Iterable[Sequence[Any]]) -> io.TextIOBase:
    """Plain values as a stream for COPY, for tables that no model stands for."""
    return _Lines("\t".join(map(_as_text, row)) + "\n" for row in rows)


def _written(fields: list[models.Field], rows: Iterable[Sequence[Any]]) -> Iterator[str]:
    """Only binary fields, which seal, are asked for their database value: asking all of them costs most of the time."""
    sealing = {at: one for at, one in enumerate(fields) if isinstance(one, models.BinaryField)}
    for row in rows:
        values = list(row)
        for at, one in sealing.items():
            values[at] = one.get_db_prep_save(values[at], connection)
        yield "\t".join(map(_as_text, values)) + "\n"


def _as_text(value: Any) -> str:
    """One value in COPY's text format."""
    if value is None:
        return "\\N"
    if isinstance(value, str):
        return value if value.isalnum() else value.translate(_ESCAPES)
    if isinstance(value, bool):
        return "t" if value else "f"
    if isinstance(value, int | float | uuid.UUID):
        return str(value)
    if isinstance(value, datetime | date):
        return value.isoformat()
    if isinstance(value, list | tuple):
        return _array(value).translate(_ESCAPES)
    return "\\\\x" + bytes(getattr(value, "adapted", value)).hex()


def _array(values: Sequence[Any]) -> str:
    inner = ",".join("NULL" if one is None else '"' + str(one).translate(_QUOTES) + '"' for one in values)
    return "{" + inner + "}"


class _Lines(io.TextIOBase):
    """A readable stream over generated lines: a million rows never stand in memory together."""

    def __init__(self, lines: Iterator[str]) -> None:
        self._lines = lines
        self._rest = ""

    def readable(self) -> bool:
        return True

    def read(self, size: int | None = -1) -> str:
        parts, length = [self._rest], len(self._rest)
        wanted = float("inf") if size is None or size < 0 else size
        while length < wanted:
            line = next(self._lines, None)
            if line is None:
                break
            parts.append(line)
            length += len(line)
        text = "".join(parts)
        if wanted == float("inf"):
            self._rest = ""
            return text
        self._rest = text[int(wanted) :]
        return text[: int(wanted)]
