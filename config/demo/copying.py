"""Rows into tables by COPY, the fastest door of Postgres: fields are found by name, defaults are filled in."""

import json
from collections.abc import Callable, Iterable, Sequence
from datetime import date, datetime
from enum import Enum
from itertools import islice
from types import NoneType
from typing import Any
from uuid import UUID

from django.db import connection, models

LINES_AT_ONCE = 200
_ESCAPES = str.maketrans({"\\": "\\\\", "\t": "\\t", "\n": "\\n", "\r": "\\r"})


class _Lines:
    """A file of lines that are made while they are read, so that a million rows need no room."""

    def __init__(self, rows: Iterable[Sequence[Any]], rest: str) -> None:
        self._lines = ("\t".join([_text(value) for value in row]) + rest for row in rows)
        self.count = 0

    def read(self, size: int = -1) -> str:
        """The next lines; psycopg2 takes whatever length it gets, and "" as the end."""
        lines = list(islice(self._lines, LINES_AT_ONCE))
        self.count += len(lines)
        return "".join(lines)


def copy_in(model: type[models.Model], columns: Sequence[str], rows: Iterable[Sequence[Any]]) -> int:
    """Write rows whose values stand in the order of ``columns`` (attribute names); how many there were.

    A column left out takes its field's default. Sealed fields want sealed bytes: nothing is encrypted here. The rows
    may be a generator, which must not use the database: the connection is busy copying.
    """
    fields = {field.attname: field for field in model._meta.concrete_fields}
    defaults = [
        name for name, field in fields.items() if name not in columns and not _filled_by_database(field)
    ]
    lines = _Lines(rows, "".join("\t" + _text(fields[name].get_default()) for name in defaults) + "\n")
    names = ", ".join(f'"{fields[name].column}"' for name in (*columns, *defaults))
    with connection.cursor() as cursor:
        cursor.copy_expert(f'COPY "{model._meta.db_table}" ({names}) FROM STDIN', lines)
    return lines.count


def reserve_ids(model: type[models.Model], count: int) -> range:
    """Take ``count`` ids of a table; nobody else gets them, also when this transaction fails."""
    with connection.cursor() as cursor:
        cursor.execute("SELECT pg_get_serial_sequence(%s, %s)", [model._meta.db_table, model._meta.pk.column])
        sequence = cursor.fetchone()[0]
        cursor.execute("SELECT nextval(%s)", [sequence])
        first = cursor.fetchone()[0]
        cursor.execute("SELECT setval(%s, %s)", [sequence, first + max(count, 1) - 1])
    return range(first, first + count)


def _filled_by_database(field: models.Field) -> bool:
    return isinstance(field, models.AutoField) or field.has_db_default()


def _text(value: Any) -> str:
    """A value in COPY's text form."""
    form = _FORMS.get(type(value))
    if form is None:
        if not isinstance(value, Enum):
            raise TypeError(f"no COPY form for {type(value).__name__}")
        return _text(value.value)
    return form(value)


_FORMS: dict[type, Callable[[Any], str]] = {
    str: lambda value: value.translate(_ESCAPES) if not value.isalnum() else value,
    NoneType: lambda value: "\\N",
    bool: lambda value: "t" if value else "f",
    bytes: lambda value: f"\\\\x{value.hex()}",
    dict: lambda value: json.dumps(value, ensure_ascii=False).translate(_ESCAPES),
    list: lambda value: "{" + ",".join(map(_text, value)) + "}",
    int: str,
    date: str,
    datetime: str,
    UUID: str,
}
