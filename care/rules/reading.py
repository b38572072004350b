"""A form as it stands in ``care/data/forms`` -> its schema. Pure: takes what ``tomllib`` made of the file."""

from collections.abc import Mapping
from decimal import Decimal
from typing import Any

from care.choices import Program
from care.rules.forms import Field, FormSchema, Group, Kind, Option, Range, Unit, When
from contracts.choices import ProofKind

_PLAIN = ("label", "unit", "places", "above", "days", "derive", "longest", "help")
_KNOWN = {*_PLAIN, "key", "kind", "units", "hard", "soft", "normal", "options", "columns", "when", "required"}
_KNOWN |= {"own", "keeps", "brief", "before_birth", "use"}


def read_form(raw: Mapping[str, Any], shared: Mapping[str, Mapping[str, Any]]) -> FormSchema:
    """A schema from its file.

    Args:
        shared: fields that several forms ask (``{use = "sbp"}``); what the form says besides overrides them.

    Raises:
        ValueError: a key that means nothing, or one asked twice.
    """
    groups = tuple(
        Group(group["label"], tuple(_field(_merged(one, shared)) for one in group["fields"]))
        for group in raw["groups"]
    )
    form = FormSchema(
        code=raw["code"],
        version=raw["version"],
        name=raw["name"],
        short=raw["short"],
        program=Program(raw["program"]),
        proof=ProofKind(raw["proof"]),
        source=raw["source"],
        groups=groups,
        is_restricted=raw.get("restricted", False),
        has_verdict=raw.get("verdict", False),
        is_contact=raw.get("contact", True),
        together=tuple(raw.get("together", ())),
    )
    keys = [one.key for one in form.fields]
    if len(set(keys)) != len(keys):
        raise ValueError(f"{form.code}: a field is asked twice")
    return form


def _merged(one: Mapping[str, Any], shared: Mapping[str, Mapping[str, Any]]) -> dict[str, Any]:
    name = one.get("use")
    merged = {**({"key": name, **shared[name]} if name else {}), **one}
    unknown = set(merged) - _KNOWN
    if unknown:
        raise ValueError(f"{merged.get('key')}: {sorted(unknown)} mean nothing")
    return merged


def _field(raw: Mapping[str, Any]) -> Field:
    return Field(
        key=raw["key"],
        kind=Kind(raw["kind"]),
        units=tuple(Unit(label, Decimal(factor)) for label, factor in raw.get("units", {}).items()),
        hard=_range(raw.get("hard")),
        soft=_range(raw.get("soft")),
        normal=_range(raw.get("normal")),
        options=tuple(_option(one) for one in raw.get("options", ())),
        columns=tuple(_field(one) for one in raw.get("columns", ())),
        when=_when(raw.get("when", "")),
        is_required=raw.get("required", False),
        is_own=raw.get("own", False),
        keeps=raw.get("keeps", False),
        is_before_birth=raw.get("before_birth", False),
        is_brief=raw.get("brief", False),
        **{name: raw[name] for name in _PLAIN if name in raw},
    )


def _range(ends: list[Any] | None) -> Range | None:
    return Range(*(Decimal(str(one)) for one in ends)) if ends else None


def _option(text: str) -> Option:
    """ "heavy 咸 !": code, label, then ``!`` for abnormal, ``-`` for an answer that stands alone."""
    code, label, *marks = text.split(" ")
    return Option(code, label, is_abnormal="!" in marks, excludes="-" in marks)


def _when(text: str) -> When | None:
    """ "refer=yes" or "symptoms=other|none"."""
    if not text:
        return None
    key, answers = text.split("=")
    return When(key, tuple(answers.split("|")))
