"""Numbers the bureau may change: frozen dataclasses in each room's ``policy.py``, stored effective-dated.

A field's default is the value shipped, with its source id in the metadata; a stored ``PolicySetting`` overrides it from
its first day in force on. The past is never changed: a new number is a new row.
"""

from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass, field, fields, replace
from datetime import date
from decimal import Decimal
from typing import Any, TypeVar

from django.db.models import QuerySet

from core.models import PolicySetting

T = TypeVar("T")


def number(
    default: Any,
    *,
    source: str,
    label: str,
    choices: Iterable[tuple[Any, str]] = (),
    least: int = 0,
    most: int | None = None,
    not_below: str = "",
) -> Any:
    """A policy field: its shipped value, the id of its source, and the Chinese label of the admin form.

    Args:
        choices: the codes that may be chosen, with their labels; for a tuple any number of them.
        least: lower bound of a number, included.
        most: upper bound of a number, included; None for no bound.
        not_below: name of the field of the same room that this number may not fall below.
    """
    facts = {
        "source": source,
        "label": label,
        "choices": tuple(choices),
        "least": least,
        "most": most,
        "not_below": not_below,
    }
    return field(default=default, metadata=facts)


def load(shape: type[T], room: str, day: date) -> T:
    """The numbers of a room in force on a day. One query."""
    return load_days(shape, room, [day])[day]


def load_days(shape: type[T], room: str, days: Collection[date]) -> dict[date, T]:
    """Day -> the numbers that were in force on it: each past day is judged by its own. One query for all of them."""
    if not days:
        return {}
    rows = list(_in_order(PolicySetting.objects.filter(room=room, in_force_from__lte=max(days))))
    return {day: _merged(shape, [one for one in rows if one.in_force_from <= day]) for day in set(days)}


def _merged(shape: type[T], rows: Sequence[PolicySetting]) -> T:
    merged: dict[str, Any] = {}
    for row in _standing(rows):
        merged |= typed(shape, row.payload)
    return replace(shape(), **merged)  # type: ignore[type-var]


def standing_rows(rows: QuerySet[PolicySetting]) -> list[PolicySetting]:
    """Changes in the order in which they prevail, without those that were taken back and without the taking back."""
    return _standing(_in_order(rows))


def _in_order(rows: QuerySet[PolicySetting]) -> QuerySet[PolicySetting]:
    return rows.order_by("in_force_from", "id")


def _standing(rows: Iterable[PolicySetting]) -> list[PolicySetting]:
    found = list(rows)
    withdrawn = {row.withdraws_id for row in found if row.withdraws_id}
    return [row for row in found if not row.withdraws_id and row.pk not in withdrawn]


def typed(shape: type, payload: dict[str, Any]) -> dict[str, Any]:
    """A stored payload as the dataclass has it; a number that was dropped since is left out."""
    known = {one.name: one for one in fields(shape)}
    return {name: _as_typed(value, known[name].default) for name, value in payload.items() if name in known}


def _as_typed(value: Any, like: Any) -> Any:
    """JSON knows neither tuples nor decimals."""
    if isinstance(like, tuple):
        return tuple(value)
    return Decimal(value) if isinstance(like, Decimal) else value


def crossed(shape: type, values: Mapping[str, Any]) -> dict[str, str]:
    """Fields that fall below the one they may not fall below -> a sentence. Missing values are not judged."""
    known = {one.name: one for one in fields(shape)}
    found = {}
    for name, one in known.items():
        lower = one.metadata["not_below"]
        if lower and name in values and lower in values and values[name] < values[lower]:
            found[name] = f"不能小于“{known[lower].metadata['label']}”（{values[lower]}）。"
    return found


@dataclass(frozen=True)
class Finding:
    """What a check found: a stable code, a Chinese sentence, how bad it is (``error``, ``warning``, ``ok``), and a few
    words for a tag where the sentence does not fit."""

    code: str
    sentence: str
    level: str = "warning"
    title: str = ""
