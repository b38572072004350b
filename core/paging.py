"""Keyset paging: page n costs what page 1 costs."""

import re
from dataclasses import dataclass
from datetime import date
from typing import Any

from django.db.models import F, Q, QuerySet

_DATED = re.compile(r"(\d{4}-\d{2}-\d{2})\.(\d{1,18})", re.ASCII)


@dataclass(frozen=True)
class Page:
    """Rows of one page and where the next begins ("" at the end)."""

    rows: list[Any]
    next_after: str


def keyset_page(queryset: QuerySet, after: str, size: int, *, is_narrow: bool = False) -> Page:
    """The next ``size`` rows by id after the id ``after``; a token that is no number starts from the beginning.

    Args:
        is_narrow: few rows of a big table answer: they are found by their own index and sorted. Else the key is walked
            until a page is full, which for a few rows that lie together can mean most of the table.
    """
    if after.isascii() and after.isdigit():
        queryset = queryset.filter(pk__gt=int(after[:18]))
    rows = list(queryset.order_by(F("pk") + 0 if is_narrow else "pk")[: size + 1])
    return Page(rows[:size], str(rows[size - 1].pk) if len(rows) > size else "")


def dated_page(queryset: QuerySet, field: str, after: str, size: int, *, newest_first: bool = False) -> Page:
    """The next ``size`` rows by a date column and id; a token that cannot be read starts from the beginning."""
    towards, sign = ("lt", "-") if newest_first else ("gt", "")
    place = _dated_place(after)
    if place:
        day, pk = place
        later = Q(**{f"{field}__{towards}": day}) | Q(**{field: day, f"pk__{towards}": pk})
        # The second condition follows from the first; it lets the index begin there.
        queryset = queryset.filter(later, **{f"{field}__{towards}e": day})
    rows = list(queryset.order_by(f"{sign}{field}", f"{sign}pk")[: size + 1])
    last = rows[size - 1] if len(rows) > size else None
    return Page(rows[:size], f"{getattr(last, field):%Y-%m-%d}.{last.pk}" if last else "")


def _dated_place(after: str) -> tuple[date, int] | None:
    found = _DATED.fullmatch(after)
    try:
        return (date.fromisoformat(found[1]), int(found[2])) if found else None
    except ValueError:
        return None
