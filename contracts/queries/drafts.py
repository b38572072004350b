"""What somebody has typed into a signing form and not signed yet."""

import json
from dataclasses import dataclass
from datetime import datetime, timedelta

from django.http import QueryDict

from contracts.models import SigningDraft
from contracts.policy import ContractsPolicy
from residents.models import Household, Resident
from teams.models import User


@dataclass(frozen=True)
class Draft:
    """``typed`` reads as if the browser had sent it again."""

    typed: QueryDict
    saved_at: datetime


def draft_of(
    user: User,
    *,
    resident: Resident | None = None,
    household: Household | None = None,
    now: datetime,
    policy: ContractsPolicy,
) -> Draft | None:
    """One's own draft of this form, unless it is too old. One query."""
    found = SigningDraft.objects.filter(user=user, resident=resident, household=household)
    row = found.filter(saved_at__gte=oldest_kept(now, policy)).first()
    if row is None:
        return None
    typed = QueryDict(mutable=True)
    for name, values in json.loads(row.typed).items():
        typed.setlist(name, values)
    return Draft(typed, row.saved_at)


def oldest_kept(now: datetime, policy: ContractsPolicy) -> datetime:
    """What was saved before this moment is gone."""
    return now - timedelta(days=policy.draft_days)
