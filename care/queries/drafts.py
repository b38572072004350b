"""What somebody has typed into a record form and not saved yet."""

import json
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from django.http import QueryDict

from care.models import RecordDraft
from residents.models import Resident
from teams.models import User


@dataclass(frozen=True)
class RecordDraftTyped:
    """``typed`` reads as if the browser had sent it again."""

    typed: QueryDict
    saved_at: datetime


def page_of(forms: Sequence[str]) -> str:
    """How a draft names the page: whatever the order in which its forms were added."""
    return "+".join(sorted(forms))


def record_draft_of(user: User, resident: Resident, forms: Sequence[str]) -> RecordDraftTyped | None:
    """One's own draft of this page. One query."""
    row = RecordDraft.objects.filter(user=user, resident=resident, page=page_of(forms)).first()
    if row is None:
        return None
    typed = QueryDict(mutable=True)
    for name, values in json.loads(row.typed).items():
        typed.setlist(name, values)
    return RecordDraftTyped(typed, row.saved_at)
