"""Values that are reckoned from others and not typed. Pure."""

from collections.abc import Callable, Mapping
from decimal import ROUND_HALF_UP, Decimal
from typing import Any

from care.rules.scoring import BASICALLY, LEANS, QUESTIONS, YES, constitution, self_care_score
from care.rules.scoring import SELF_CARE as SELF_CARE_ITEMS

Values = Mapping[str, Any]

# EL-3: the least score of each level.
_LEVELS = ((19, "dependent"), (9, "moderate"), (4, "mild"), (0, "independent"))


def derive(name: str, values: Values) -> Any | None:
    """A reckoned value as it is stored; None while something it needs is missing."""
    return DERIVED[name](values)


def bmi(values: Values) -> float | None:
    """Weight in kg by the square of the height in m, one decimal."""
    weight, height = values.get("weight"), values.get("height")
    if not weight or not height:
        return None
    meters = Decimal(str(height)) / 100
    return _one_decimal(Decimal(str(weight)) / meters**2)


def _one_decimal(number: Decimal) -> float:
    return float(number.quantize(Decimal("0.1"), ROUND_HALF_UP))


def self_care(values: Values) -> int | None:
    return self_care_score({one: int(values[one]) for one in SELF_CARE_ITEMS if one in values})


def self_care_level(values: Values) -> str | None:
    """0-3 independent, 4-8 mild, 9-18 moderate, from 19 on dependent (EL-3)."""
    score = self_care(values)
    return None if score is None else next(level for least, level in _LEVELS if score >= least)


def _constitution(values: Values, standings: tuple[str, ...]) -> list[str] | None:
    """The types with one of these standings; None while one of the 33 answers is missing."""
    if any(f"q{one}" not in values for one in QUESTIONS):
        return None
    types = constitution({one: int(values[f"q{one}"]) for one in QUESTIONS})
    return [kind for kind, one in types.items() if one.standing in standings]


def constitution_types(values: Values) -> list[str] | None:
    return _constitution(values, (YES,))


def constitution_tends(values: Values) -> list[str] | None:
    return _constitution(values, (LEANS, BASICALLY))


def regular_rate(values: Values) -> float | None:
    """Doses taken of the doses due, in percent (TB-5)."""
    due, taken = values.get("doses_due"), values.get("doses_taken")
    if not due or taken is None:
        return None
    return _one_decimal(Decimal(taken) * 100 / Decimal(due))


DERIVED: dict[str, Callable[[Values], Any | None]] = {
    "bmi": bmi,
    "self_care_score": self_care,
    "self_care_level": self_care_level,
    "constitution_types": constitution_types,
    "constitution_tends": constitution_tends,
    "regular_rate": regular_rate,
}
