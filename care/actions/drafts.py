"""What somebody has typed into a record form, kept sealed on the server until he saves or gives up.

Nothing of it is kept in the browser: the machines of a station are shared.
"""

import json
import re
from collections.abc import Mapping, Sequence
from datetime import date, datetime, timedelta
from uuid import UUID

from care.models import RecordDraft, ServiceRecord
from care.queries.drafts import page_of
from contracts.policy import policy_on
from core.refusals import Refusal
from residents.models import Resident
from teams.models import User

_NAME = re.compile(r"[a-z][a-z0-9_-]{0,99}", re.ASCII)
_LONGEST_VALUE = 1000  # characters
_LONGEST_DRAFT = 60_000
_NOT_KEPT = ("csrfmiddlewaretoken", "client_token", "do")


class CannotKeepRecordDraft(Refusal):
    """Nothing was kept."""


def keep_record_draft(
    *,
    by: User,
    resident: Resident,
    forms: Sequence[str],
    typed: Mapping[str, Sequence[str]],
    token: UUID | None,
) -> RecordDraft | None:
    """One's draft of a page, in place of the one before; None if the page was saved meanwhile.

    Args:
        typed: every value of every field, as the browser sends them.
        token: of the first form of the page, to know whether it was saved while the draft was on its way.

    Raises:
        CannotKeepRecordDraft: more than any form holds.
    """
    if token and ServiceRecord.objects.filter(client_token=token, resident=resident).exists():
        return None
    kept = {
        name: [one for one in values if len(one) <= _LONGEST_VALUE]
        for name, values in typed.items()
        if _NAME.fullmatch(name) and name not in _NOT_KEPT
    }
    text = json.dumps(kept, ensure_ascii=False, separators=(",", ":"))
    if len(text) > _LONGEST_DRAFT:
        raise CannotKeepRecordDraft("record_draft_too_large", "内容过多，草稿没有保存，请直接保存记录。")
    draft, _ = RecordDraft.objects.update_or_create(
        user=by, resident=resident, page=page_of(forms), defaults={"typed": text}
    )
    return draft


def drop_record_drafts(*, by: User, resident: Resident, forms: Sequence[str]) -> None:
    """Saved, or given up; also what was typed before a further form was added to the page."""
    RecordDraft.objects.filter(user=by, resident=resident, page__in=[page_of(forms), *forms]).delete()


def clear_record_drafts(*, on: date, now: datetime) -> int:
    """Nightly: drafts that nobody has touched for as long as a signing draft is kept. How many went."""
    oldest = now - timedelta(days=policy_on(on).draft_days)
    return RecordDraft.objects.filter(saved_at__lt=oldest).delete()[0]
