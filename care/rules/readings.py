"""What residents measure at home: which fields, what is abnormal, how a series is drawn (S3-26). Pure."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal

from care.rules.forms import Field, FormSchema

# Kind -> the fields that make one reading of it.
FIELDS: dict[str, tuple[str, ...]] = {
    "blood_pressure": ("sbp", "dbp"),
    "glucose_fasting": ("glucose_fasting",),
    "glucose_after": ("glucose_after",),
    "glucose_random": ("glucose_random",),
    "weight": ("weight",),
    "oxygen": ("spo2",),
    "heart_rate": ("heart_rate",),
    "temperature": ("temperature",),
}


@dataclass(frozen=True)
class Limit:
    """From ``least`` to ``most``, both included, a value is normal; None is open."""

    least: Decimal | None = None
    most: Decimal | None = None

    def holds(self, value: Decimal) -> bool:
        return (self.least is None or value >= self.least) and (self.most is None or value <= self.most)


def limits_of(form: FormSchema, stricter: Mapping[str, Limit]) -> dict[str, Limit]:
    """Field -> what is normal: as the forms show it in red, unless the rule tables say otherwise for this person."""
    usual = {
        one.key: Limit(one.normal.least, one.normal.most) if one.normal else Limit() for one in form.asked
    }
    return usual | dict(stricter)


def is_abnormal(kind: str, values: Sequence[Decimal], limits: Mapping[str, Limit]) -> bool:
    pairs = zip(FIELDS[kind], values, strict=True)
    return any(not limits.get(key, Limit()).holds(value) for key, value in pairs)


def in_words(kind: str, label: str, values: Sequence[Decimal], fields: Mapping[str, Field]) -> str:
    """血压 178/102 mmHg"""
    unit = fields[FIELDS[kind][0]].unit
    return f"{label} {'/'.join(plain(one) for one in values)} {unit}".strip()


def plain(value: Decimal) -> str:
    """7.10 -> 7.1, 130.00 -> 130."""
    text = f"{value:f}"
    return text.rstrip("0").rstrip(".") if "." in text else text


@dataclass(frozen=True)
class Curve:
    """A series as points of an SVG of 300 by 80, with the normal band.

    Attributes:
        lines: one "x,y x,y" for each value of a reading. band_top, band_height: of what is normal, None without it.
    """

    lines: tuple[str, ...]
    least: str
    most: str
    band_top: int | None
    band_height: int | None


_WIDTH, _HEIGHT, _EDGE = 300, 80, 4


def curve(points: Sequence[tuple[datetime, Sequence[Decimal]]], limit: Limit) -> Curve | None:
    """Drawn from the third reading on; fewer are no trend."""
    if len(points) < 3:
        return None
    ordered = sorted(points, key=lambda one: one[0])
    values = [value for _, some in ordered for value in some]
    edges = [one for one in (limit.least, limit.most) if one is not None]
    low, high = min([*values, *edges]), max([*values, *edges])
    first, span = ordered[0][0], (ordered[-1][0] - ordered[0][0]).total_seconds() or 1
    tall = (high - low) or Decimal(1)

    def down(value: Decimal) -> int:
        return round(_EDGE + (_HEIGHT - 2 * _EDGE) * float((high - value) / tall))

    def across(at: datetime) -> int:
        return round(_EDGE + (_WIDTH - 2 * _EDGE) * (at - first).total_seconds() / span)

    lines = tuple(
        " ".join(f"{across(at)},{down(some[place])}" for at, some in ordered)
        for place in range(len(ordered[0][1]))
    )
    top = down(limit.most) if limit.most is not None else (0 if edges else None)
    bottom = down(limit.least) if limit.least is not None else (_HEIGHT if edges else None)
    height = bottom - top if top is not None and bottom is not None else None
    return Curve(lines, plain(min(values)), plain(max(values)), top, height)
