"""The page of home readings: the same fields, with the same limits, as the record forms."""

import tomllib
from collections.abc import Sequence
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Any

from django import forms
from django.http import QueryDict

from care.choices import ReadingKind, ReadingSource
from care.rules.filling import UNIT, Filled
from care.rules.forms import Field, FormSchema
from care.rules.reading import read_form
from care.rules.readings import FIELDS

_SHARED = Path(__file__).parent.parent / "data" / "forms" / "shared.toml"


@cache
def readings_form() -> FormSchema:
    """Read once; the file ships with the code."""
    shared = tomllib.loads(_SHARED.read_text("utf-8"))
    raw = {
        "code": "readings", "version": 1, "name": "居家监测", "short": "居家监测", "program": "contract",
        "proof": "contact", "source": "S3-26",
        "groups": [{"label": "测量值", "fields": [{"use": one} for some in FIELDS.values() for one in some]}],
    }  # fmt: skip
    return read_form(raw, shared)


class ReadingsForm(forms.Form):
    """When and by whom; the values themselves are ``ValueLine``s."""

    taken_on = forms.DateField(label="测量日期")
    taken_time = forms.TimeField(label="时间", widget=forms.TimeInput(attrs={"type": "time"}, format="%H:%M"))
    source = forms.ChoiceField(label="来源", choices=ReadingSource)
    client_token = forms.UUIDField(widget=forms.HiddenInput)


@dataclass(frozen=True)
class ValueInput:
    """One number as it is typed.

    Attributes:
        units: names of the units it may be typed in, its own first; one alone is printed only.
        question: what is unlikely about it; a tick confirms it.
    """

    field: Field
    typed: str
    unit: str
    problem: str
    question: str
    is_confirmed: bool

    @property
    def units(self) -> list[str]:
        return [self.field.unit, *(one.label for one in self.field.units)]


@dataclass(frozen=True)
class ValueLine:
    """One kind of reading."""

    kind: ReadingKind
    inputs: Sequence[ValueInput]


def typed_values(data: QueryDict) -> dict[str, str]:
    """What was typed, by the keys that ``record_readings`` takes."""
    keys = [one.key for one in readings_form().fields]
    return {name: data.get(name, "") for key in keys for name in (key, key + UNIT)}


def lines_of(data: QueryDict | None, filled: Filled | None) -> list[ValueLine]:
    """The page's inputs, with what was typed and what is wrong with it."""
    sent: Any = data if data is not None else {}
    found, ticked = filled or Filled(), set(data.getlist("confirmed") if data is not None else ())
    fields = {one.key: one for one in readings_form().fields}
    return [
        ValueLine(
            ReadingKind(kind),
            [
                ValueInput(
                    fields[key], sent.get(key, ""), sent.get(key + UNIT, ""), found.problems.get(key, ""),
                    found.questions.get(key, ""), key in ticked,
                )
                for key in keys
            ],
        )
        for kind, keys in FIELDS.items()
    ]  # fmt: skip
