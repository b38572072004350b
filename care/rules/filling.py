"""What somebody typed into a record form -> values to keep, what is impossible, what must be confirmed. Pure.

Typed text and plain values are both understood: a page sends "１３０", a program 130.
"""

from collections.abc import Collection, Mapping
from dataclasses import dataclass, field
from datetime import date
from decimal import ROUND_HALF_UP, Decimal, InvalidOperation
from typing import Any

from care.rules.deriving import derive
from care.rules.forms import NUMBERS, Field, FormSchema, Kind, as_code
from core.text import clean, tidy

MOST_ROWS = 20
UNIT = "__unit"  # how the control of a number's unit is named, behind the number's own name
_TICKED = ("1", "on", "yes", "true")
_LONGEST_NOTE = 1000


@dataclass
class Filled:
    """What came of a form.

    Attributes:
        values: key -> what is stored: int, float, code, list of codes, bool, ISO day, text, list of rows.
        problems: key -> sentence; nothing is written while there is one. A cell of a row: "drugs-0-name".
        questions: key -> sentence about something unlikely that nobody has confirmed.
    """

    values: dict[str, Any] = field(default_factory=dict)
    problems: dict[str, str] = field(default_factory=dict)
    questions: dict[str, str] = field(default_factory=dict)

    @property
    def is_good(self) -> bool:
        return not self.problems and not self.questions


class _Bad(ValueError):
    """A sentence for the field."""


@dataclass(frozen=True)
class Visit:
    """What a form is judged against: the day of the service and the resident's birth."""

    done_on: date
    born_on: date | None = None


def fill(
    form: FormSchema, typed: Mapping[str, Any], *, visit: Visit, confirmed: Collection[str] = ()
) -> Filled:
    """Judge a whole form.

    Args:
        typed: by the key of the field; ``<key>__unit`` names another unit of a number.
        confirmed: keys of unlikely values that somebody says are right.
    """
    filled = Filled()
    for one in form.asked:
        _fill_one(one, typed, filled, visit, confirmed)
    _judge_conditions(form, filled)
    _judge_pairs(form, filled)
    for one in form.fields:
        if one.derive:
            derived = derive(one.derive, filled.values)
            if derived is not None:
                filled.values[one.key] = derived
    return filled


def _fill_one(
    one: Field, typed: Mapping[str, Any], filled: Filled, visit: Visit, confirmed: Collection[str]
) -> None:
    try:
        value = _rows(one, typed.get(one.key), filled) if one.kind is Kind.ROWS else _read(one, typed, visit)
    except _Bad as bad:
        filled.problems[one.key] = str(bad)
        return
    if value in (None, "", []):
        return
    filled.values[one.key] = value
    if one.kind in NUMBERS and one.soft and Decimal(str(value)) not in one.soft and one.key not in confirmed:
        filled.questions[one.key] = (
            f"{one.label}{_number(one, value)}{one.unit}少见（一般{one.soft}{one.unit}），请核对。"
        )


def _number(one: Field, value: Any) -> str:
    return f"{Decimal(str(value)):.{one.places}f}" if one.kind is Kind.DECIMAL else str(value)


def _read(one: Field, typed: Mapping[str, Any], visit: Visit) -> Any:
    raw = typed.get(one.key)
    if one.kind in NUMBERS:
        return _read_number(one, raw, str(typed.get(one.key + UNIT, "")))
    if one.kind is Kind.BOOL:
        return _read_tick(one, raw)
    if one.kind is Kind.MULTI:
        return _read_several(one, raw)
    text = "" if raw is None else as_code(raw)
    if one.kind is Kind.CHOICE:
        if text and not one.option(text):
            raise _Bad(f"请从列出的选项中选择{one.label}。")
        return text
    if one.kind is Kind.DATE:
        return _read_day(one, raw, visit)
    return _read_text(one, text)


def _read_number(one: Field, raw: Any, unit: str) -> int | float | None:
    text = clean("" if raw is None else raw)
    if not text:
        return None
    try:
        number = Decimal(text)
    except InvalidOperation:
        raise _Bad(f"{one.label}请填数字。") from None
    if not number.is_finite():
        raise _Bad(f"{one.label}请填数字。")
    if one.hard and abs(number) > one.hard.most * 1000:
        raise _Bad(_impossible(one, text))
    factor = next((other.factor for other in one.units if other.label == unit), Decimal(1))
    if one.kind is Kind.INT and number * factor != (number * factor).to_integral_value():
        raise _Bad(f"{one.label}请填整数。")
    number = (number * factor).quantize(Decimal(1).scaleb(-one.places), ROUND_HALF_UP)
    if one.hard and number not in one.hard:
        raise _Bad(_impossible(one, text))
    return int(number) if one.kind is Kind.INT else float(number)


def _impossible(one: Field, text: str) -> str:
    return f"{one.label} {text} 不可能，请核对（{one.hard} {one.unit}".rstrip() + "）。"


def _read_tick(one: Field, raw: Any) -> bool | None:
    """With options it is answered by 是 or 否; without, it is a tick that may be left out."""
    text = as_code(raw).lower()
    if one.options:
        return None if not text else text in _TICKED
    return True if text in _TICKED else None


def _read_several(one: Field, raw: Any) -> list[str]:
    given = [raw] if isinstance(raw, str) else list(raw or ())
    wanted = {as_code(code) for code in given if code != ""}
    chosen = [option for option in one.options if option.code in wanted]
    if len(chosen) != len(wanted):
        raise _Bad(f"请从列出的选项中选择{one.label}。")
    alone = next((option for option in chosen if option.excludes), None)
    if alone and len(chosen) > 1:
        raise _Bad(f"“{alone.label}”不能与其他选项同时选。")
    return [option.code for option in chosen]


def _read_day(one: Field, raw: Any, visit: Visit) -> str:
    if isinstance(raw, date):
        day = raw
    else:
        text = clean("" if raw is None else raw)
        if not text:
            return ""
        try:
            day = date.fromisoformat(text.replace("/", "-").replace(".", "-"))
        except ValueError:
            raise _Bad(f"{one.label}请填日期，例如 2026-11-22。") from None
    if one.days == "past" and day > visit.done_on:
        raise _Bad(f"{one.label}不能晚于服务日期。")
    if one.days == "future" and day < visit.done_on:
        raise _Bad(f"{one.label}不能早于服务日期。")
    if visit.born_on and day < visit.born_on and not one.is_before_birth:
        raise _Bad(f"{one.label}不能早于出生日期。")
    return day.isoformat()


def _read_text(one: Field, text: str) -> str:
    lines = text.splitlines() if one.kind is Kind.LONG else [text]
    kept = "\n".join(filter(None, map(tidy, lines)))
    most = _LONGEST_NOTE if one.kind is Kind.LONG else one.longest
    if len(kept) > most:
        raise _Bad(f"{one.label}最多 {most} 个字，现在有 {len(kept)} 个字。")
    return kept


def _rows(one: Field, raw: Any, filled: Filled) -> list[dict[str, Any]]:
    """Blank rows are left out; what is wrong with a cell is told at the cell."""
    given = list(raw or ())
    if len(given) > MOST_ROWS:
        raise _Bad(f"{one.label}最多 {MOST_ROWS} 行。")
    kept = []
    for number, row in enumerate(given):
        values = _row(one, row, number, filled)
        if values:
            kept.append(values)
    return kept


def _row(one: Field, row: Mapping[str, Any], number: int, filled: Filled) -> dict[str, Any]:
    values: dict[str, Any] = {}
    if not any(str(row.get(column.key) or "").strip() for column in one.columns):
        return values
    for column in one.columns:
        name = f"{one.key}-{number}-{column.key}"
        try:
            value = _read(column, row, Visit(date.max))
        except _Bad as bad:
            filled.problems[name] = str(bad)
            continue
        if value not in (None, "", []):
            values[column.key] = value
        elif column.is_required:
            filled.problems[name] = f"请填写{column.label}，或清空这一行。"
    return values


def _judge_conditions(form: FormSchema, filled: Filled) -> None:
    """What is required is there; what is asked in one case only is there in no other."""
    for one in form.asked:
        applies = one.when is None or one.when.holds(filled.values)
        given = one.key in filled.values
        if one.is_required and applies and not given:
            filled.problems.setdefault(one.key, f"请填写{one.label}。")
        if given and not applies:
            other = form.field(one.when.key) if one.when else one
            sentence = f"{one.label}与“{other.label}”不一致：请更正“{other.label}”，或清空这一项。"
            filled.problems.setdefault(one.key, sentence)


def _judge_pairs(form: FormSchema, filled: Filled) -> None:
    for one in form.asked:
        value, other = filled.values.get(one.key), filled.values.get(one.above)
        if value is not None and other is not None and value <= other:
            label = form.field(one.above).label
            filled.problems.setdefault(one.key, f"{one.label}须高于{label}，请核对。")
