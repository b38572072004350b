"""Keyset paging: page n costs what page 1 costs."""

from dataclasses import dataclass
from typing import Any

from django.db.models import QuerySet


@dataclass(frozen=True)
class Page:
    """Rows of one page and where the next begins ("" at the end)."""

    rows: list[Any]
    next_after: str


def keyset_page(queryset: QuerySet, after: str, size: int) -> Page:
    """The next ``size`` rows by id after the id ``after``; a token that is no number starts from the beginning."""
    if after.isascii() and after.isdigit():
        queryset = queryset.filter(pk__gt=int(after[:18]))
    rows = list(queryset.order_by("pk")[: size + 1])
    return Page(rows[:size], str(rows[size - 1].pk) if len(rows) > size else "")
