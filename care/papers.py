"""Records that the resident takes home: the health plan with its seven parts, the education prescription (S4-20, S1-5)."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from typing import Any, cast

from care.choices import PaperKind
from care.formbook import form_of
from care.models import ServiceRecord
from care.rules.forms import Field, Kind, in_words
from contracts.choices import DocumentKind
from contracts.printing.documents import Document
from core.dates import chinese_date

_LAYOUT = "care/printing/record.html"
# What is the team's own and not for the resident's paper.
_LEFT_OUT = {"told", "understood"}


@dataclass(frozen=True)
class Paper(Document):
    """A record laid out on A4."""

    @property
    def layout(self) -> str:
        return _LAYOUT


def can_print(record: ServiceRecord) -> bool:
    return record.form in PaperKind.values


def paper_of(record: ServiceRecord, *, on: date) -> Paper:
    """A record as the resident takes it home; its team's institution stands at the head."""
    kind, schema = PaperKind(record.form), form_of(record.form, record.form_version)
    groups = [
        (group.label, [_line(one, record.values) for one in group.fields if one.key not in _LEFT_OUT])
        for group in schema.groups
    ]
    facts = {
        "name": record.resident.name,
        "team": record.team,
        "doctor": record.done_by.name,
        "dated": chinese_date(record.done_on),
        "groups": [(label, kept) for label, lines in groups if (kept := [one for one in lines if one[1]])],
    }
    version = f"{schema.name}（表单第{schema.version}版），{chinese_date(on)}打印"
    # Only its label is asked for, which every list of codes has.
    return Paper(cast(DocumentKind, kind), str(kind.label), [], version, [""], facts)


def _line(one: Field, values: Mapping[str, Any]) -> tuple[str, list[str]]:
    """The label, and the words line by line."""
    words = in_words(one, values.get(one.key))
    if one.kind is Kind.DATE and words:
        words = chinese_date(date.fromisoformat(words))
    return one.label, words.splitlines()
