"""Numbers the bureau may change: frozen dataclasses in each room's ``policy.py``, stored effective-dated.

A field's default is the value shipped, with its source id in the metadata; a stored ``PolicySetting`` overrides it from
its first day in force on. The past is never changed: a new number is a new row.
"""

from collections.abc import Iterable
from dataclasses import dataclass, field, fields, replace
from datetime import date
from decimal import Decimal
from typing import Any, TypeVar

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
) -> Any:
    """A policy field: its shipped value, the id of its source, and the Chinese label of the admin form.

    Args:
        choices: the codes that may be chosen, with their labels; for a tuple any number of them.
        least: lower bound of a number, included.
        most: upper bound of a number, included; None for no bound.
    """
    facts = {"source": source, "label": label, "choices": tuple(choices), "least": least, "most": most}
    return field(default=default, metadata=facts)


def load(shape: type[T], room: str, day: date) -> T:
    """The numbers of a room in force on a day."""
    stored = (
        PolicySetting.objects.filter(room=room, in_force_from__lte=day)
        .order_by("in_force_from", "id")
        .values_list("payload", flat=True)
    )
    known = {one.name: one for one in fields(shape)}  # type: ignore[arg-type]
    merged: dict[str, Any] = {}
    for payload in stored:
        merged |= {
            name: _as_typed(value, known[name].default) for name, value in payload.items() if name in known
        }
    return replace(shape(), **merged)  # type: ignore[type-var]


def _as_typed(value: Any, like: Any) -> Any:
    """JSON knows neither tuples nor decimals."""
    if isinstance(like, tuple):
        return tuple(value)
    return Decimal(value) if isinstance(like, Decimal) else value


@dataclass(frozen=True)
class Finding:
    """What a check found: a stable code, a Chinese sentence, how bad it is (``error``, ``warning``, ``ok``), and a few
    words for a tag where the sentence does not fit."""

    code: str
    sentence: str
    level: str = "warning"
    title: str = ""
