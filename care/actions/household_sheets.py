"""A whole household on one sheet: everybody's work of one visit saved together, or nothing of it."""

from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import date, datetime
from typing import Any
from uuid import UUID

from django.db import transaction

from care.actions.contacts import CannotLogContact, log_contact
from care.actions.recording import CannotRecord, Entry, Saved, check_entry, save_visit
from care.models import Contact
from core.refusals import Refusal
from residents.models import Resident
from teams.models import User


@dataclass(frozen=True)
class MemberVisit:
    """What was done for one member: forms, or else only an attempt to speak with him.

    Attributes:
        outcome: of the attempt, "" for none; with a form it says nothing more and is left out.
    """

    resident: Resident
    entries: Sequence[Entry] = ()
    outcome: str = ""


@dataclass(frozen=True)
class Sheet:
    """What a sheet wrote."""

    records: tuple[Saved, ...]
    contacts: tuple[Contact, ...]

    @property
    def is_new(self) -> bool:
        return not self.records or any(one.is_new for one in self.records)


@dataclass
class Trouble:
    """What is wrong with one member's part: of each form, and of the attempt."""

    records: list[CannotRecord] = field(default_factory=list)
    contact: str = ""


class CannotSaveSheet(Refusal):
    """Nothing of the sheet was saved.

    Attributes:
        troubles: by resident.
    """

    def __init__(
        self, code: str, sentence: str, *, field: str = "", troubles: dict[int, Trouble] | None = None
    ) -> None:
        super().__init__(code, sentence, field=field)
        self.troubles = troubles or {}


def save_household_sheet(
    *, by: User, on: date, now: datetime, members: Sequence[MemberVisit], done_on: date, mode: str,
    client_token: UUID, done_by: User | None = None,
) -> Sheet:  # fmt: skip
    """Save one visit to a household. All mistakes are told at once, each with its member and form.

    Args:
        client_token: of the page, and the sheet that its records share; sent again, nothing changes.

    Raises:
        CannotSaveSheet: anything that cannot be, of anybody; then nobody's part is kept.
    """
    visits = sorted((one for one in members if one.entries or one.outcome), key=lambda one: one.resident.pk)
    if not visits:
        raise CannotSaveSheet("sheet_empty", "还没有填写任何成员的服务或联系。")
    frame: dict[str, Any] = {"by": by, "on": on, "done_on": done_on, "mode": mode, "done_by": done_by}
    troubles: dict[int, Trouble] = {}
    records: list[Saved] = []
    contacts: list[Contact] = []
    with transaction.atomic():
        for one in visits:
            try:
                if one.entries:
                    records += save_visit(
                        **frame, now=now, resident=one.resident, entries=one.entries, client_token=client_token,
                        sheet=client_token,
                    )  # fmt: skip
                else:
                    contacts.append(
                        log_contact(
                            by=by, on=on, now=now, resident=one.resident, contacted_on=done_on, mode=mode,
                            outcome=one.outcome, topic="", client_token=client_token, done_by=done_by,
                        )
                    )  # fmt: skip
            except CannotRecord:
                troubles[one.resident.pk] = Trouble(_everything_wrong(one, frame))
            except CannotLogContact as refusal:
                troubles[one.resident.pk] = Trouble(contact=refusal.sentence)
        if troubles:
            sentence = "有几处需要更正或确认，已在下面标出；全家都还没有保存，已填的内容都还在。"
            raise CannotSaveSheet("sheet_trouble", sentence, troubles=troubles)
    return Sheet(tuple(records), tuple(contacts))


def _everything_wrong(visit: MemberVisit, frame: dict) -> list[CannotRecord]:
    """Of each form of a member, not only of the first that was refused."""
    found = []
    for entry in visit.entries:
        try:
            check_entry(resident=visit.resident, entry=entry, **frame)
        except CannotRecord as refusal:
            found.append(refusal)
            if not refusal.form:
                break
    return found
