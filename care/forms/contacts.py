"""Forms of contacts: one attempt, a list of them, taking one back."""

from collections.abc import Iterable
from typing import Any
from uuid import UUID, uuid4

from django import forms
from django.http import QueryDict

from care.actions.contacts import Attempt
from care.choices import ContactOutcome, ServiceMode
from care.rules.contacts import OUTCOMES, fits
from residents.models import Resident

OTHER_MODE = "这种联系方式不会有这个结果，请重新选择。"


class ContactForm(forms.Form):
    """One attempt to speak with a resident."""

    mode = forms.ChoiceField(label="联系方式", choices=ServiceMode, initial=ServiceMode.PHONE)
    outcome = forms.ChoiceField(label="结果", choices=[("", "请选择"), *ContactOutcome.choices])
    contacted_on = forms.DateField(label="联系日期")
    topic = forms.CharField(
        label="内容", max_length=200, required=False, widget=forms.Textarea(attrs={"rows": 2}),
        help_text="如：询问血压、提醒体检、解答用药。",
    )  # fmt: skip
    client_token = forms.UUIDField(widget=forms.HiddenInput)

    def clean(self) -> dict[str, Any]:
        data = super().clean() or self.cleaned_data
        if {"mode", "outcome"} <= data.keys() and not fits(data["mode"], data["outcome"]):
            self.add_error("outcome", OTHER_MODE)
        return data


class VoidContactForm(forms.Form):
    note = forms.CharField(label="作废原因", max_length=200, help_text="如：登记到了别人名下。")


class BulkContactForm(forms.Form):
    """A list of people, one outcome each; who has none is left out.

    Fields ``outcome.<id>`` and ``topic.<id>`` for each person.
    """

    contacted_on = forms.DateField(label="联系日期")
    mode = forms.ChoiceField(label="联系方式", choices=ServiceMode, initial=ServiceMode.PHONE)
    client_token = forms.UUIDField(widget=forms.HiddenInput)

    def __init__(self, data: QueryDict | None = None, *, people: Iterable[Resident], **kwargs: Any) -> None:
        super().__init__(data, **kwargs)
        self.people = {one.pk: one for one in people}
        for pk in self.people:
            self.fields[f"outcome.{pk}"] = forms.ChoiceField(
                label="结果", required=False, choices=[("", "未联系"), *ContactOutcome.choices]
            )
            self.fields[f"topic.{pk}"] = forms.CharField(label="内容", max_length=200, required=False)

    def lines(self) -> list[tuple[Resident, forms.BoundField, forms.BoundField]]:
        return [(one, self[f"outcome.{pk}"], self[f"topic.{pk}"]) for pk, one in self.people.items()]

    def clean(self) -> dict[str, Any]:
        data = super().clean() or self.cleaned_data
        for pk in self.people:
            outcome = data.get(f"outcome.{pk}")
            if outcome and data.get("mode") and not fits(data["mode"], outcome):
                allowed = "、".join(ContactOutcome(one).label for one in OUTCOMES[data["mode"]])
                self.add_error(f"outcome.{pk}", f"这种联系方式的结果只能是：{allowed}。")
        if not self.errors and not self.attempts():
            self.add_error(None, "还没有选择任何人的联系结果。")
        return data

    def attempts(self) -> list[Attempt]:
        data = self.cleaned_data
        return [
            Attempt(one, data["mode"], data[f"outcome.{pk}"], data.get(f"topic.{pk}", ""))
            for pk, one in self.people.items()
            if data.get(f"outcome.{pk}")
        ]


def posted_people(data: QueryDict, *, most: int) -> list[int]:
    """Ids of the people that a sent list was about."""
    return [
        int(one) for one in data.getlist("person")[:most] if one.isascii() and one.isdigit() and len(one) < 19
    ]


def new_token() -> UUID:
    return uuid4()
