"""Keyset paging: page n costs what page 1 costs."""

import re
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from functools import reduce
from operator import or_
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


_TIMED = re.compile(r"(\d{1,17})\.(\d{1,18})", re.ASCII)
_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
_MICROSECOND = timedelta(microseconds=1)


def timed_page(queryset: QuerySet, field: str, after: str, size: int, *, newest_first: bool = False) -> Page:
    """As ``dated_page``, by a moment that is never null: a column or an annotation. To the microsecond."""
    towards, sign = ("lt", "-") if newest_first else ("gt", "")
    place = _TIMED.fullmatch(after)
    if place:
        moment, pk = _EPOCH + int(place[1]) * _MICROSECOND, int(place[2])
        later = Q(**{f"{field}__{towards}": moment}) | Q(**{field: moment, f"pk__{towards}": pk})
        queryset = queryset.filter(later, **{f"{field}__{towards}e": moment})
    rows = list(queryset.order_by(f"{sign}{field}", f"{sign}pk")[: size + 1])
    last = rows[size - 1] if len(rows) > size else None
    return Page(rows[:size], f"{(getattr(last, field) - _EPOCH) // _MICROSECOND}.{last.pk}" if last else "")


_KEY = re.compile(r"(\d{4}-\d{2}-\d{2})|-?\d{1,18}", re.ASCII)


def ordered_page(queryset: QuerySet, order: Sequence[str], after: str, size: int) -> Page:
    """The next ``size`` rows of ``values()`` by several columns (numbers, days), each descending with a leading "-".

    The columns together must be unique and never null. A token that cannot be read starts from the beginning.
    """
    names = [one.removeprefix("-") for one in order]
    place = _place(after, len(order))
    if place:
        beyond, same = [], {}
        for name, column, value in zip(names, order, place, strict=True):
            beyond.append(Q(**same, **{f"{name}__{'lt' if column[0] == '-' else 'gt'}": value}))
            same[name] = value
        queryset = queryset.filter(reduce(or_, beyond))
    rows = list(queryset.order_by(*order)[: size + 1])
    last = rows[size - 1] if len(rows) > size else None
    return Page(rows[:size], "_".join(str(last[name]) for name in names) if last else "")


def _place(after: str, length: int) -> list[date | int] | None:
    found = [_KEY.fullmatch(one) for one in after.split("_")]
    if len(found) != length or not all(found):
        return None
    try:
        return [date.fromisoformat(one[1]) if one[1] else int(one[0]) for one in found if one]
    except ValueError:
        return None
