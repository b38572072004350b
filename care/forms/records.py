"""A page of record forms as it is drawn: every control with what was typed, what was said before, what is wrong."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date
from typing import Any

from django.http import QueryDict

from care.rules.filling import MOST_ROWS, UNIT
from care.rules.forms import Field, FormSchema, Kind, Last, When, as_code, in_words, is_abnormal

OK = "ok__"  # before the name of a control: its unlikely value is right
_FEWEST_ROWS = 2
_AS_RADIO = 6  # options; more stand in a list


@dataclass
class Box:
    """One control.

    Attributes:
        above: the label of the form above that asks the same; then there is no control.
        value, chosen: what is typed, or the codes that are ticked.
        unit: in which unit a number is typed.
        last, last_on, is_last_abnormal: what was recorded last.
        hint: when the field is asked at all.
        rows: of a list; each a list of boxes.
    """

    field: Field
    name: str
    value: str = ""
    chosen: tuple[str, ...] = ()
    unit: str = ""
    error: str = ""
    question: str = ""
    is_confirmed: bool = False
    last: str = ""
    last_on: date | None = None
    is_last_abnormal: bool = False
    hint: str = ""
    above: str = ""
    rows: list[list["Box"]] = field(default_factory=list)

    @property
    def kind(self) -> str:
        if self.field.kind is Kind.CHOICE:
            return "radio" if len(self.field.options) <= _AS_RADIO else "select"
        if self.field.kind is Kind.BOOL and self.field.options:
            return "radio"
        return str(self.field.kind)

    @property
    def is_group(self) -> bool:
        """Several controls under one legend."""
        return self.kind in ("radio", "multi")

    @property
    def ok_name(self) -> str:
        return OK + self.name

    @property
    def is_required(self) -> bool:
        return self.field.is_required and self.field.when is None


@dataclass
class SheetGroup:
    label: str
    boxes: list[Box]


@dataclass
class Sheet:
    """One form of a page.

    Attributes:
        next_on, next_error: of the next date; ``next_name`` of its control.
    """

    schema: FormSchema
    groups: list[SheetGroup]
    next_name: str
    next_on: str = ""
    next_error: str = ""

    @property
    def boxes(self) -> list[Box]:
        return [box for group in self.groups for box in group.boxes]


class Page:
    """The record forms of one visit (or one person of a household sheet).

    Args:
        data: what was sent, or a draft; None: a fresh page.
        prefix: before the name of every control, where several persons stand on one page.
        last: key -> what was recorded last; an own field under "<form>.<key>".
        stored: values of the record that is corrected, in place of ``data``.
        is_brief: only what is required or marked as brief.
    """

    def __init__(
        self,
        schemas: Sequence[FormSchema],
        *,
        data: QueryDict | None = None,
        prefix: str = "",
        last: Mapping[str, Last] | None = None,
        stored: Mapping[str, Any] | None = None,
        is_brief: bool = False,
    ) -> None:
        self.schemas = list(schemas)
        self.data, self.prefix, self.last, self.stored = data, prefix, dict(last or {}), stored
        self.is_brief = is_brief
        self._problems: dict[str, str] = {}
        self._questions: dict[str, str] = {}
        self._next_errors: dict[str, str] = {}
        self.more_rows = ""

    # what was sent

    def name_of(self, schema: FormSchema, one: Field) -> str:
        return self.prefix + schema.name_of(one)

    def typed(self, schema: FormSchema) -> dict[str, Any]:
        """By key, for ``care.actions``."""
        found: dict[str, Any] = {}
        for one in schema.asked:
            name = self.name_of(schema, one)
            if one.kind is Kind.ROWS:
                found[one.key] = self._typed_rows(one, name)
            elif one.kind is Kind.MULTI:
                found[one.key] = self._sent().getlist(name)
            else:
                found[one.key] = self._sent().get(name, "")
            if one.units:
                found[one.key + UNIT] = self._sent().get(name + UNIT, "")
        return found

    def confirmed(self, schema: FormSchema) -> list[str]:
        return [one.key for one in schema.asked if OK + self.name_of(schema, one) in self._sent()]

    def next_typed(self, schema: FormSchema) -> str:
        return self._sent().get(self._next_name(schema), "")

    def _next_name(self, schema: FormSchema) -> str:
        return f"{self.prefix}next_on__{schema.code}"

    def _sent(self) -> QueryDict:
        return self.data if self.data is not None else QueryDict()

    def _typed_rows(self, one: Field, name: str) -> list[dict[str, str]]:
        return [
            {column.key: self._sent().get(f"{name}-{number}-{column.key}", "") for column in one.columns}
            for number in range(self._row_count(name))
        ]

    def _row_count(self, name: str) -> int:
        sent = self._sent().get(f"{name}-rows", "")
        return min(int(sent), MOST_ROWS) if sent.isascii() and sent.isdigit() and len(sent) < 4 else 0

    # what is wrong

    def show(self, schema: FormSchema, *, problems: Mapping[str, str], questions: Mapping[str, str]) -> None:
        """Sentences of a refusal, each at its control; a control that two forms share shows it once."""
        for found, kept in ((problems, self._problems), (questions, self._questions)):
            for key, sentence in found.items():
                head, *cell = key.split("-", 1)
                name = self.name_of(schema, schema.field(head))
                kept["-".join([name, *cell])] = sentence

    def show_next(self, schema: FormSchema, sentence: str) -> None:
        self._next_errors[schema.code] = sentence

    @property
    def errors(self) -> list[tuple[str, str]]:
        """(id of the place, sentence) of everything that is wrong or asked, for the head of the page."""
        found = [
            (f"box_{self._box_of(name)}", sentence)
            for some in (self._problems, self._questions)
            for name, sentence in some.items()
        ]
        next_days = self._next_errors.items()
        return found + [(f"id_{self.prefix}next_on__{code}", sentence) for code, sentence in next_days]

    def _box_of(self, name: str) -> str:
        """A cell of a row belongs to the box of its list."""
        return self.prefix + name.removeprefix(self.prefix).split("-", 1)[0]

    @property
    def error_count(self) -> int:
        return len(self.errors)

    # what is drawn

    @property
    def sheets(self) -> list[Sheet]:
        asked: dict[str, str] = {}
        return [self._sheet(schema, asked) for schema in self.schemas]

    def _sheet(self, schema: FormSchema, asked: dict[str, str]) -> Sheet:
        groups = []
        for group in schema.groups:
            boxes = [self._box(schema, one, asked) for one in group.fields if self._stands(one)]
            if boxes:
                groups.append(SheetGroup(group.label, boxes))
        name = self._next_name(schema)
        return Sheet(schema, groups, name, self._sent().get(name, ""), self._next_errors.get(schema.code, ""))

    def _stands(self, one: Field) -> bool:
        return not one.derive and (not self.is_brief or one.is_brief or one.is_required)

    def _box(self, schema: FormSchema, one: Field, asked: dict[str, str]) -> Box:
        name = self.name_of(schema, one)
        box = Box(one, name, hint=_hint(schema, one.when))
        if name in asked:
            box.above = asked[name]
            return box
        asked[name] = schema.short
        self._add_last(box, schema)
        box.error, box.question = self._problems.get(name, ""), self._questions.get(name, "")
        box.is_confirmed = box.ok_name in self._sent()
        if one.kind is Kind.ROWS:
            box.rows = self._rows(one, name, schema)
        elif self.data is not None:
            box.value, box.chosen = self.data.get(name, ""), tuple(self.data.getlist(name))
            box.unit = self.data.get(name + UNIT, "")
        else:
            _put(box, self._first_value(schema, one))
        return box

    def _first_value(self, schema: FormSchema, one: Field) -> Any:
        if self.stored is not None:
            return self.stored.get(one.key)
        last = self._last(schema, one)
        return last.value if one.keeps and last else None

    def _last(self, schema: FormSchema, one: Field) -> Last | None:
        return self.last.get(f"{schema.code}.{one.key}" if one.is_own else one.key)

    def _add_last(self, box: Box, schema: FormSchema) -> None:
        last = self._last(schema, box.field)
        if last:
            box.last, box.last_on = in_words(box.field, last.value), last.on
            box.is_last_abnormal = is_abnormal(box.field, last.value, last.most)

    def _rows(self, one: Field, name: str, schema: FormSchema) -> list[list[Box]]:
        if self.data is not None:
            given: list[Mapping[str, Any]] = list(self._typed_rows(one, name))
        else:
            given = list(self._first_value(schema, one) or ())
            given.append({})
        if self.more_rows == name:
            given.append({})
        given += [{}] * (_FEWEST_ROWS - len(given))
        return [
            [self._cell(column, f"{name}-{number}-{column.key}", row) for column in one.columns]
            for number, row in enumerate(given[:MOST_ROWS])
        ]

    def _cell(self, column: Field, name: str, row: Mapping[str, Any]) -> Box:
        box = Box(column, name, error=self._problems.get(name, ""))
        _put(box, row.get(column.key))
        return box


def _put(box: Box, value: Any) -> None:
    """A stored value into an empty control."""
    if value is None:
        return
    if box.field.kind is Kind.MULTI:
        box.chosen = tuple(map(as_code, value))
    else:
        box.value = as_code(value)
        box.chosen = (box.value,)


def _hint(schema: FormSchema, when: When | None) -> str:
    """ "“需要转诊”为“是”时填写" """
    if when is None:
        return ""
    other = schema.field(when.key)
    answers = [other.option(one) for one in when.answers]
    words = "、".join(one.label for one in answers if one)
    return f"“{other.label}”为“{words}”时填写" if words else f"勾选“{other.label}”时填写"
