"""What somebody has typed into a signing form, kept until he signs or gives up."""

import json
import re
import uuid
from collections.abc import Mapping, Sequence
from datetime import date, datetime

from contracts.models import Agreement, SigningDraft
from contracts.policy import policy_on
from contracts.queries.drafts import oldest_kept
from core.refusals import Refusal
from residents.models import Household, Resident
from teams.models import User

_NAME = re.compile(r"[a-z][a-z0-9_-]{0,59}", re.ASCII)
_MOST_VALUES = 600
_LONGEST_VALUE = 500  # characters; the longest field of the forms is shorter, a drawing or a photo is longer
_LONGEST_DRAFT = 40_000
# What a form makes anew each time it is opened.
_NOT_KEPT = {"csrfmiddlewaretoken", "client_token", "latitude", "longitude", "accuracy_m"}


class CannotKeepDraft(Refusal):
    """Nothing was kept."""


def keep_draft(
    *,
    by: User,
    resident: Resident | None = None,
    household: Household | None = None,
    typed: Mapping[str, Sequence[str]],
    client_token: uuid.UUID | None,
) -> SigningDraft | None:
    """The draft of this person for this form, in place of the one before; None if the form was signed meanwhile.

    Kept are short texts under the names of fields. Drawings, photos, places and tokens are never kept.

    Args:
        typed: every value of every field, as the browser sends them.
        client_token: of the form, to know whether it was signed while the draft was on its way.

    Raises:
        CannotKeepDraft: more than any form holds.
    """
    if client_token and Agreement.objects.filter(client_token=client_token).exists():
        return None
    text = json.dumps(_kept(typed), ensure_ascii=False, separators=(",", ":"))
    if len(text) > _LONGEST_DRAFT:
        raise CannotKeepDraft("draft_too_large", "内容过多，草稿没有保存，请直接提交。")
    draft, _ = SigningDraft.objects.update_or_create(
        user=by, resident=resident, household=household, defaults={"typed": text}
    )
    return draft


def _kept(typed: Mapping[str, Sequence[str]]) -> dict[str, list[str]]:
    kept = {
        name: [one for one in values if len(one) <= _LONGEST_VALUE and not one.startswith("data:")]
        for name, values in typed.items()
        if _NAME.fullmatch(name) and name not in _NOT_KEPT
    }
    if sum(map(len, kept.values())) > _MOST_VALUES:
        raise CannotKeepDraft("draft_too_large", "内容过多，草稿没有保存，请直接提交。")
    return {name: values for name, values in kept.items() if values}


def drop_draft(*, by: User, resident: Resident | None = None, household: Household | None = None) -> None:
    """Signed, or given up."""
    SigningDraft.objects.filter(user=by, resident=resident, household=household).delete()


def clear_drafts(*, on: date, now: datetime, dry_run: bool = False) -> int:
    """Nightly: drafts that nobody has touched for so many days. Returns how many went, or would go."""
    old = SigningDraft.objects.filter(saved_at__lt=oldest_kept(now, policy_on(on)))
    return old.count() if dry_run else old.delete()[0]
