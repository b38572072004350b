"""The sheet of a household as it is drawn: one part for each member."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from django import forms
from django.http import QueryDict

from care.actions.household_sheets import MemberVisit, Trouble
from care.actions.recording import Entry
from care.choices import ContactOutcome, ServiceMode
from care.forms.records import Page
from care.queries.household_sheets import Member
from care.rules.forms import FormSchema, Kind, Last
from teams.models import User

OUTCOMES = (
    ("", "没有联系"),
    *((one.value, one.label) for one in ContactOutcome if one != ContactOutcome.NOT_DELIVERED),
)


class SheetForm(forms.Form):
    """The visit: when, how, by whom."""

    done_on = forms.DateField(label="服务日期")
    mode = forms.ChoiceField(label="服务方式", choices=ServiceMode)
    done_by = forms.ModelChoiceField(User.objects.none(), label="服务人", required=False, empty_label="本人")
    client_token = forms.UUIDField(widget=forms.HiddenInput)

    def __init__(self, *args: Any, colleagues: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["done_by"].queryset = colleagues  # type: ignore[attr-defined]


@dataclass
class Part:
    """One member's part.

    Attributes:
        added: codes of the forms that were added to it by hand.
        outcome, contact_error: of an attempt to speak with him.
    """

    member: Member
    page: Page
    added: tuple[str, ...]
    outcome: str
    contact_error: str = ""
    errors: list[str] = field(default_factory=list)

    @property
    def prefix(self) -> str:
        return prefix_of(self.member)

    @property
    def outcomes(self) -> Sequence[tuple[str, str]]:
        return OUTCOMES

    @property
    def has_errors(self) -> bool:
        return bool(self.errors or self.contact_error or self.page.error_count)

    def visit(self) -> MemberVisit:
        """Forms in which something stands; what stays empty is not recorded."""
        entries = [
            Entry(one.code, self.page.typed(one), confirmed=self.page.confirmed(one))
            for one in self._filled()
        ]
        return MemberVisit(self.member.resident, entries, self.outcome)

    def _filled(self) -> list[FormSchema]:
        """What several forms ask once, such as the blood pressure, tells of none of them that it was filled in, unless
        nothing else was: then it is meant for the first."""
        schemas = self.page.schemas
        own = [one for one in schemas if is_filled(one, self.page.typed(one), is_own=True)]
        return own or [one for one in schemas if is_filled(one, self.page.typed(one), is_own=False)][:1]

    def show(self, trouble: Trouble) -> None:
        self.contact_error = trouble.contact
        for refusal in trouble.records:
            schema = next((one for one in self.page.schemas if one.code == refusal.form), None)
            if schema and (refusal.problems or refusal.questions):
                self.page.show(schema, problems=refusal.problems, questions=refusal.questions)
            else:
                self.errors.append(refusal.sentence)


def prefix_of(member: Member) -> str:
    return f"r{member.resident.pk}-"


def part_of(member: Member, data: QueryDict | None, last: Mapping[str, Last]) -> Part:
    prefix = prefix_of(member)
    added = _added(member, data)
    schemas = [*member.forms, *(one for one in member.offered if one.code in added)]
    page = Page(schemas, data=data, prefix=prefix, last=last, is_brief=True)
    return Part(member, page, added, data.get(f"{prefix}outcome", "") if data is not None else "")


def _added(member: Member, data: QueryDict | None) -> tuple[str, ...]:
    """Forms that were added before, and the one whose button was just pressed."""
    if data is None:
        return ()
    wanted = list(data.getlist(f"{prefix_of(member)}with"))
    pressed = data.get("do", "")
    if pressed.startswith(f"add:{member.resident.pk}:"):
        wanted.append(pressed.rsplit(":", 1)[1])
    return tuple(one.code for one in member.offered if one.code in wanted)


def is_filled(schema: FormSchema, typed: Mapping[str, Any], *, is_own: bool) -> bool:
    """Whether anything was said that was not there before: what is kept from last time says nothing.

    Args:
        is_own: of the fields that this form alone asks, or of those that it shares.
    """
    asked = [one for one in schema.asked if one.is_own is is_own and not one.keeps]
    return any(_says(typed.get(one.key), one.kind) for one in asked)


def _says(value: Any, kind: Kind) -> bool:
    if kind is Kind.ROWS:
        return any(str(cell).strip() for row in value or () for cell in row.values())
    return any(map(str.strip, value)) if isinstance(value, list) else bool(str(value or "").strip())
