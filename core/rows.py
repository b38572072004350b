"""Whole rows as the database holds them, byte for byte, and what points at them: for verbs that must be undone exactly.

Sealed columns come along sealed: sealing the same text again would give other bytes.
"""

import json
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any

import pghistory.models
import pgtrigger
from django.db import connection, models

Row = dict[str, Any]  # column -> JSON value


def read_rows(model: type[models.Model], ids: list[int]) -> dict[int, Row]:
    """Rows by primary key, every column in its JSON form."""
    table, key = _quoted(model._meta.db_table), _quoted(model._meta.pk.column)
    with connection.cursor() as cursor:
        cursor.execute(f"SELECT {key}, to_jsonb(t) FROM {table} t WHERE {key} = ANY(%s)", [ids])  # noqa: S608
        return {pk: row if isinstance(row, dict) else json.loads(row) for pk, row in cursor.fetchall()}


def write_row(model: type[models.Model], pk: int, columns: Mapping[str, Any]) -> None:
    """Give some columns of a row values in their JSON form, as ``read_rows`` gave them. Triggers and constraints hold."""
    if not columns:
        return
    table, key = _quoted(model._meta.db_table), _quoted(model._meta.pk.column)
    names = ", ".join(_quoted(name) for name in columns)
    values = f"SELECT {names} FROM jsonb_populate_record(NULL::{table}, %s::jsonb)"  # noqa: S608
    with connection.cursor() as cursor:
        cursor.execute(
            f"UPDATE {table} SET ({names}) = ({values}) WHERE {key} = %s",  # noqa: S608
            [json.dumps(dict(columns)), pk],
        )


def _quoted(name: str) -> str:
    return connection.ops.quote_name(name)


@dataclass(frozen=True)
class Link:
    """A foreign key of some model that points at another."""

    model: type[models.Model]
    field: str

    @property
    def label(self) -> str:
        """residents.Guardian.resident"""
        return f"{self.model._meta.label}.{self.field}"

    @property
    def words(self) -> str:
        return str(self.model._meta.verbose_name)


def all_links_to(model: type[models.Model]) -> Iterator[Link]:
    """Every foreign key that points at a model, of whatever room, also one added tomorrow; but not of history tables."""
    for relation in model._meta.get_fields(include_hidden=True):
        if not isinstance(
            relation, models.ManyToOneRel
        ):  # a OneToOneRel is one, a many-to-many has its own table
            continue
        owner = relation.related_model
        if not issubclass(owner, pghistory.models.Event):
            yield Link(owner, relation.field.name)


def links_to(model: type[models.Model]) -> Iterator[Link]:
    """As ``all_links_to``, without tables that are never changed by trigger: what was written there stays as written.

    Nor those keyed by what they point at: they are worked out from other rows, and their room does so anew. Nor models
    that say ``merges_by_itself``: their room adds them up.
    """
    return (
        link for link in all_links_to(model)
        if not is_append_only(link.model) and not isinstance(link.model._meta.pk, models.CompositePrimaryKey)
        and not getattr(link.model, "merges_by_itself", False)
    )  # fmt: skip


def is_append_only(model: type[models.Model]) -> bool:
    """Whether a trigger forbids to change rows of the model."""
    return any(
        isinstance(one, pgtrigger.Protect) and "UPDATE" in str(one.operation)
        for one in getattr(model._meta, "triggers", ())
    )
