"""What a record form asks, as data: fields with their limits, units and conditions (3). Pure; nothing is read here."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace
from datetime import date
from decimal import Decimal
from enum import StrEnum
from typing import Any

from care.choices import Program
from contracts.choices import ProofKind


class Kind(StrEnum):
    INT = "int"
    DECIMAL = "decimal"
    CHOICE = "choice"
    MULTI = "multi"
    TEXT = "text"
    LONG = "long"
    BOOL = "bool"
    DATE = "date"
    ROWS = "rows"


NUMBERS = (Kind.INT, Kind.DECIMAL)


@dataclass(frozen=True)
class Option:
    """One answer. ``excludes``: it cannot stand beside another ("无症状")."""

    code: str
    label: str
    is_abnormal: bool = False
    excludes: bool = False


@dataclass(frozen=True)
class Unit:
    """Another unit in which a number may be typed; times ``factor`` it is the field's own."""

    label: str
    factor: Decimal


@dataclass(frozen=True)
class When:
    """A field is asked only if another one holds one of these answers."""

    key: str
    answers: tuple[str, ...]

    def holds(self, values: Mapping[str, Any]) -> bool:
        given = values.get(self.key)
        held = given if isinstance(given, list) else [given]
        return any(as_code(one) in self.answers for one in held)


@dataclass(frozen=True)
class Range:
    """Both ends included."""

    least: Decimal
    most: Decimal

    def __contains__(self, number: object) -> bool:
        return isinstance(number, Decimal) and self.least <= number <= self.most

    def __str__(self) -> str:
        return f"{self.least}～{self.most}"


@dataclass(frozen=True)
class Field:
    """One thing that is asked.

    Attributes:
        key: under which the value is stored. Several forms of one visit ask a shared key once; an own one
            (``is_own``) means something else in each programme, such as the adherence to its drugs.
        hard: outside of it a number is impossible and refused. soft: outside of it one must say that it is right.
        normal: outside of it a value stands in red. places: decimals that are kept.
        above: key of a number that this one must exceed (systolic over diastolic).
        days: "past", "future" or "any", seen from the day of the service; never before birth, unless it
            ``is_before_birth`` by its nature (the last period of a newborn's mother).
        derive: name of the reckoning in ``care.rules.deriving``; the field is then not asked.
        keeps: what was recorded last is offered again (height, drugs).
        columns: of a list of rows.
        is_brief: stands on the short form of a household sheet; what is required stands there anyway.
    """

    key: str
    label: str
    kind: Kind
    unit: str = ""
    units: tuple[Unit, ...] = ()
    places: int = 0
    hard: Range | None = None
    soft: Range | None = None
    normal: Range | None = None
    above: str = ""
    days: str = "any"
    is_before_birth: bool = False
    options: tuple[Option, ...] = ()
    columns: tuple["Field", ...] = ()
    when: When | None = None
    is_required: bool = False
    is_own: bool = False
    keeps: bool = False
    is_brief: bool = False
    derive: str = ""
    longest: int = 200
    help: str = ""

    def option(self, code: object) -> Option | None:
        return next((one for one in self.options if one.code == as_code(code)), None)


@dataclass(frozen=True)
class Group:
    label: str
    fields: tuple[Field, ...]


@dataclass(frozen=True)
class FormSchema:
    """One version of a form.

    Attributes:
        proof: which kind of promised service its record proves.
        has_verdict: whether the rule table of its programme classifies the visit.
        is_contact: whether filling it means that somebody spoke with the resident (S2-18).
        together: forms that are offered on the same page, one save for all.
    """

    code: str
    version: int
    name: str
    short: str
    program: Program
    proof: ProofKind
    source: str
    groups: tuple[Group, ...]
    is_restricted: bool = False
    has_verdict: bool = False
    is_contact: bool = True
    together: tuple[str, ...] = ()

    @property
    def fields(self) -> Iterator[Field]:
        for group in self.groups:
            yield from group.fields

    @property
    def asked(self) -> list[Field]:
        return [one for one in self.fields if not one.derive]

    def field(self, key: str) -> Field:
        return next(one for one in self.fields if one.key == key)

    def name_of(self, field: Field) -> str:
        """The name of its control: own fields carry the form, so that two forms can stand on one page."""
        return f"{self.code}__{field.key}" if field.is_own else field.key


@dataclass(frozen=True)
class Last:
    """What was recorded last under a key; ``most`` as in ``is_abnormal``."""

    value: Any
    on: date
    most: Decimal | None = None


def as_code(value: object) -> str:
    """How a condition and an option name a value: yes/no for a tick."""
    if isinstance(value, bool):
        return "yes" if value else "no"
    return "" if value is None else str(value)


def is_abnormal(field: Field, value: Any, most: Decimal | None = None) -> bool:
    """Whether a stored value stands in red.

    Args:
        most: highest normal value for this person, where his goal is another than everybody's.
    """
    if value is None or value == "":
        return False
    if field.kind in NUMBERS:
        normal = field.normal if field.normal is None or most is None else replace(field.normal, most=most)
        return normal is not None and Decimal(str(value)) not in normal
    if field.kind is Kind.BOOL:
        chosen = field.option(value)
        return bool(chosen and chosen.is_abnormal)
    codes = value if isinstance(value, list) else [value]
    return any(one.is_abnormal for one in field.options if one.code in map(as_code, codes))


def in_words(field: Field, value: Any) -> str:
    """A stored value as people read it, with its unit; "" for none. Rows: one line each."""
    if value is None or value in ("", []):
        return ""
    if field.kind is Kind.BOOL:
        chosen = field.option(value)
        return chosen.label if chosen else "是" if value else "否"
    if field.kind is Kind.ROWS:
        return "\n".join(
            "，".join(filter(None, (in_words(column, row.get(column.key)) for column in field.columns)))
            for row in value
        )
    if field.options:
        codes = value if isinstance(value, list) else [value]
        known = [field.option(one) for one in codes]
        return "、".join(one.label if one else str(code) for one, code in zip(known, codes, strict=True))
    if field.kind in NUMBERS:
        number = f"{Decimal(str(value)):.{field.places}f}" if field.kind is Kind.DECIMAL else str(value)
        return f"{number} {field.unit}".strip()
    return str(value)
