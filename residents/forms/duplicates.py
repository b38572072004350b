"""What is typed about a person, read leniently for the warning; deciding a pair; choosing what a merge takes."""

from collections.abc import Mapping
from datetime import date
from typing import Any

from django import forms
from django.http import QueryDict

from core.text import clean, clean_name, tidy
from residents.choices import IdKind
from residents.models import Household, Resident
from residents.queries.duplicates import Typed
from residents.rules.identity import Identity, read_document
from residents.rules.merging import CHOICES, Part
from residents.rules.phones import normal_phone
from teams.models import User

FIRST, SECOND = "first", "second"
SIDES = ((FIRST, "甲"), (SECOND, "乙"))


def typed_person(data: QueryDict, *, user: User, on: date, known: Resident | None = None) -> Typed:
    """What has been typed so far; a value that cannot be read yet counts as not typed.

    Args:
        known: the entry that is being changed: what its form does not ask is taken from it.
    """
    number = _number(data, on)
    born_on = (number.born_on if number else None) or _day(data.get("born_on", ""))
    phone, household = normal_phone(data.get("phone", "")), _household(data, user)
    return Typed(
        name=clean_name(data.get("name", "")),
        sex=(number.sex if number else 0) or (known.sex if known else 0),
        born_on=born_on or (known.born_on if known else None),
        number=number.number if number else (known.id_number if known else ""),
        phone=phone or (known.phone if known else ""),
        address=tidy(data.get("address", "")),
        household=household or (known.household_id if known else None),
    )


def _number(data: QueryDict, on: date) -> Identity | None:
    kind = data.get("id_kind", IdKind.ID_CARD)
    text = clean(data.get("id_number", ""))
    if not text or kind == IdKind.NONE or kind not in IdKind.values:
        return None
    found = read_document(kind, text, on=on)
    return found if isinstance(found, Identity) else None


def _day(text: str) -> date | None:
    field = forms.DateField(required=False)
    try:
        return field.clean(text)
    except forms.ValidationError:
        return None


def _household(data: QueryDict, user: User) -> int | None:
    if data.get("mode") != "join":
        return None
    number = clean(data.get("household", "")).upper()
    return Household.objects.visible_to(user).filter(number=number).values_list("pk", flat=True).first()


class DifferentForm(forms.Form):
    note = forms.CharField(
        label="怎样核实的", max_length=200, required=False, help_text="如：电话核实，两人同名同日生。"
    )


class MergeForm(forms.Form):
    """Which entry is kept, what is taken from which, and why."""

    keep = forms.ChoiceField(label="保留哪一份登记", choices=SIDES, widget=forms.RadioSelect)
    reason = forms.CharField(
        label="合并理由", max_length=200, required=False, help_text="如：电话核实，确为同一人重复登记。"
    )

    def __init__(
        self, *args: Any, parts: list[Part], values: Mapping[Part, tuple[str, str]], **kwargs: Any
    ) -> None:
        super().__init__(*args, **kwargs)
        self.parts = parts
        for part in parts:
            first, second = values[part]
            self.fields[part.value] = forms.ChoiceField(
                label=CHOICES[part].label,
                choices=[(FIRST, f"甲：{first}"), (SECOND, f"乙：{second}")],
                widget=forms.RadioSelect,
            )
        self.order_fields(["keep", *(part.value for part in parts), "reason"])

    def taken(self) -> set[Part]:
        """Parts that come from the entry that is not kept."""
        return {part for part in self.parts if self.cleaned_data[part.value] != self.cleaned_data["keep"]}
