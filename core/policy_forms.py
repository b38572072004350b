"""Forms for policy numbers, made from the dataclass itself: a new number needs no new form."""

from dataclasses import dataclass, fields
from decimal import Decimal
from typing import Any

from django import forms
from django.utils.html import format_html

from core.policy import crossed


@dataclass(frozen=True)
class Change:
    """One number before and after, in words for the page."""

    label: str
    source: str
    before: str
    after: str


def policy_form(shape: type, standing: Any) -> type[forms.Form]:
    """A form with a field for each number, and one for the document that orders the change.

    Args:
        shape: the policy dataclass.
        standing: its numbers on the day from which the new ones shall hold; the form begins with them.
    """
    found: dict[str, forms.Field] = {
        one.name: _field(one, getattr(standing, one.name)) for one in fields(shape)
    }
    found["source"] = forms.CharField(
        label="依据", max_length=200, help_text="批准这次改动的文件名称、文号或会议纪要。"
    )

    def clean(form: forms.Form) -> dict[str, Any]:
        data = super(forms.Form, form).clean() or form.cleaned_data
        for name, sentence in crossed(shape, data).items():
            form.add_error(name, sentence)
        return data

    return type(f"{shape.__name__}Form", (forms.Form,), found | {"clean": clean})


def _field(one: Any, value: Any) -> forms.Field:
    facts = one.metadata
    common = {
        "label": facts["label"],
        "initial": list(value) if isinstance(value, tuple) else value,
        "help_text": format_html("出处 {}；现为：{}", facts["source"], in_words(one, value)),
    }
    if isinstance(one.default, bool):
        return forms.BooleanField(required=False, **common)
    if isinstance(one.default, (int, Decimal)):
        kind = forms.IntegerField if isinstance(one.default, int) else forms.DecimalField
        return kind(min_value=facts["least"], max_value=facts["most"], **common)
    if isinstance(one.default, tuple):
        return _field_of_many(facts, common)
    if facts["choices"]:
        return forms.ChoiceField(choices=facts["choices"], **common)
    return forms.CharField(max_length=200, **common)


def _field_of_many(facts: Any, common: dict[str, Any]) -> forms.Field:
    if facts.get("choices"):
        return forms.MultipleChoiceField(
            choices=facts["choices"], required=False, widget=forms.CheckboxSelectMultiple, **common
        )
    return CodesField(required=False, **common)


class CodesField(forms.CharField):
    """Several codes in one line, parted by commas, Chinese or Latin."""

    def prepare_value(self, value: Any) -> Any:
        return "，".join(value) if isinstance(value, (list, tuple)) else value

    def to_python(self, value: Any) -> list[str]:
        text = super().to_python("，".join(value) if isinstance(value, (list, tuple)) else value)
        return [
            part.strip() for part in text.replace(",", "，").replace("、", "，").split("，") if part.strip()
        ]


def in_words(one: Any, value: Any) -> str:
    """A value as the page shows it: labels for codes, 是 and 否, 无 for nothing."""
    labels = dict(one.metadata.get("choices") or ())
    if isinstance(value, bool):
        return "是" if value else "否"
    if isinstance(value, (list, tuple)):
        return "、".join(str(labels.get(part, part)) for part in value) or "无"
    return str(labels.get(value, value))


def changed_numbers(shape: type, before: Any, cleaned: dict[str, Any]) -> dict[str, Any]:
    """Of what the form says, only what differs; as it is stored (lists for tuples)."""
    found = {}
    for one in fields(shape):
        old, new = getattr(before, one.name), cleaned[one.name]
        if isinstance(old, tuple):
            # Checkbox lists come in the order of the page, which says nothing.
            differs = set(old) != set(new) if one.metadata.get("choices") else list(old) != list(new)
            new = list(new)
        else:
            differs = old != new
        if differs:
            found[one.name] = str(new) if isinstance(new, Decimal) else new
    return found


def differences(shape: type, before: Any, payload: dict[str, Any]) -> list[Change]:
    """The stored numbers beside those that they replace."""
    known = {one.name: one for one in fields(shape)}
    return [
        Change(
            label=known[name].metadata["label"],
            source=known[name].metadata["source"],
            before=in_words(known[name], getattr(before, name)),
            after=in_words(known[name], value),
        )
        for name, value in payload.items()
        if name in known
    ]


def numbers_in_words(shape: type, standing: Any) -> list[tuple[str, str, str]]:
    """Every number that holds: label, value, source."""
    return [
        (one.metadata["label"], in_words(one, getattr(standing, one.name)), one.metadata["source"])
        for one in fields(shape)
    ]
