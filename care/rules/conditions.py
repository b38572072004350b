"""Conditions of a classification: from the words of a table ("sbp >= $target"), over the values of a visit, to Chinese."""

import re
from collections.abc import Callable, Mapping, Sequence
from decimal import Decimal, InvalidOperation
from operator import eq, ge, gt, le, lt, ne
from typing import Any

from care.rules.tables import Band, Condition, Number, ServiceRule, Table, Value, allows

SIGNS: Mapping[str, Callable[[Any, Any], bool]] = {"<": lt, "<=": le, ">": gt, ">=": ge, "=": eq, "!=": ne}
_IN_WORDS = {"<": "低于", "<=": "不高于", ">": "高于", ">=": "达到", "=": "为", "!=": "不是"}
_WRITTEN = re.compile(
    r"(?P<field>[a-z][a-z0-9_]*) (?:(?P<sign>[<>]=?|!?=|in|has) (?P<right>\S.*)|(?P<bare>any|no|missing))"
)
_DECIMAL = re.compile(r"-?\d+(?:\.\d+)?")


def read_condition(text: str, numbers: Mapping[str, Number]) -> Condition:
    """One condition.

    Raises:
        ValueError: it cannot be read, or names a number that the table does not have.
    """
    found = _WRITTEN.fullmatch(text)
    if found is None:
        raise ValueError(f"条件“{text}”写法有误")
    if found["bare"]:
        return Condition(found["field"], found["bare"])
    words = found["right"].split() if found["sign"] in ("in", "has") else [found["right"]]
    return Condition(found["field"], found["sign"], tuple(_value(one, numbers) for one in words))


def _value(word: str, numbers: Mapping[str, Number]) -> Value:
    if word.startswith("$"):
        if word[1:] not in numbers:
            raise ValueError(f"没有名为“{word[1:]}”的数值")
        return numbers[word[1:]].value
    if word in ("true", "false"):
        return word == "true"
    return Decimal(word) if _DECIMAL.fullmatch(word) else word


def holds(condition: Condition, values: Mapping[str, Any], bands: Mapping[str, Sequence[Band]]) -> bool:
    """Whether a visit meets the condition. What was not written down meets none but "missing" and "no"."""
    left = values.get(condition.field)
    is_missing = left is None or left in ("", [])
    if condition.sign == "missing":
        return is_missing
    if condition.sign == "no":
        return is_missing or left is False
    if is_missing:
        return False
    if condition.sign == "any":
        return True
    if condition.sign == "in":
        return left in condition.values
    if condition.sign == "has":
        return isinstance(left, list | tuple) and any(one in condition.values for one in left)
    return _compares(condition, left, values, bands)


def _compares(
    condition: Condition, left: Any, values: Mapping[str, Any], bands: Mapping[str, Sequence[Band]]
) -> bool:
    right: Value | None = condition.values[0]
    if isinstance(right, str) and right.startswith("@"):
        right = _named(right[1:], values, bands)
    if isinstance(right, int | Decimal) and not isinstance(right, bool):
        left = _as_number(left)
    return left is not None and right is not None and SIGNS[condition.sign](left, right)


def proves(rule: ServiceRule, form: str, mode: str, values: Mapping[str, Any]) -> bool:
    """Whether a record is what the rule asks for: its form, the way of the service, and what it says."""
    return form in rule.forms and allows(rule, mode) and all(holds(one, values, {}) for one in rule.needs)


def band_of(bands: Sequence[Band], values: Mapping[str, Any]) -> int | Decimal:
    """The value for this person: of the first band that holds; the last one always does."""
    return next(one.value for one in bands if one.when is None or holds(one.when, values, {}))


def _named(name: str, values: Mapping[str, Any], bands: Mapping[str, Sequence[Band]]) -> Decimal | None:
    return _as_number(band_of(bands[name], values) if name in bands else values.get(name))


def _as_number(value: Any) -> Decimal | None:
    """Values of a form are numbers, or texts of numbers; binary fractions are taken as they were written."""
    try:
        return Decimal(str(value))
    except InvalidOperation:
        return None


def in_words(condition: Condition, table: Table) -> str:
    """ "收缩压达到 180" """
    label = table.labels.get(condition.field, condition.field)
    if condition.sign == "missing":
        return f"没有填写{label}"
    if condition.sign in ("any", "no"):
        return f"{'有' if condition.sign == 'any' else '没有'}{label}"
    if condition.sign in ("in", "has"):
        listed = "、".join(_shown(one, condition.field, table) for one in condition.values)
        return f"{label}{'为' if condition.sign == 'in' else '有'}{listed}"
    right = condition.values[0]
    if isinstance(right, bool) and condition.sign == "=":
        return f"{'有' if right else '没有'}{label}"
    return f"{label}{_IN_WORDS[condition.sign]}{_shown(right, condition.field, table)}"


def _shown(value: Value, field: str, table: Table) -> str:
    if isinstance(value, str) and value.startswith("@"):
        name = value[1:]
        if name in table.bands:
            return "（" + "；".join(_band_in_words(one, table) for one in table.bands[name]) + "）"
        return table.labels.get(name, name)
    if isinstance(value, str):
        return table.labels.get(f"{field}.{value}", value)
    return f" {value}"


def _band_in_words(band: Band, table: Table) -> str:
    return f"{in_words(band.when, table)} 时 {band.value}" if band.when else f"其余 {band.value}"
