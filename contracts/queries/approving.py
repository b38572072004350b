"""Late entries that wait for a steward's word."""

from collections.abc import Collection
from dataclasses import dataclass
from datetime import date

from django.db.models import QuerySet
from django.utils import timezone

from contracts.choices import AgreementState, WaitsFor
from contracts.models import Agreement
from contracts.queries.agreements import standing_for, with_people
from core.dates import chinese_date
from core.paging import keyset_page
from residents.models import Resident
from teams.models import User

PAGE_SIZE = 30


@dataclass(frozen=True)
class LateEntry:
    """One signing that was entered after the days allowed.

    Attributes:
        resident: who stands for it; others: how many more it covers.
        days: between signing and entry.
        is_own: entered or signed by the reader himself, who then may not approve it.
    """

    agreement: Agreement
    resident: Resident
    others: int
    entered_on: date
    days: int
    is_own: bool

    @property
    def is_waiting(self) -> bool:
        return self.agreement.waits_for == WaitsFor.APPROVAL

    def why(self, allowed: int) -> str:
        """Why it waits, in words."""
        signed, entered = chinese_date(self.agreement.signed_on), chinese_date(self.entered_on)
        return f"{signed}签约，{entered}才录入，晚{self.days}天，超过允许的{allowed}天。"


@dataclass(frozen=True)
class LatePage:
    rows: list[LateEntry]
    next_after: str

    @property
    def resident_ids(self) -> list[int]:
        return [one.resident.pk for one in self.rows]


def waiting(agreements: QuerySet[Agreement], teams: Collection[int]) -> QuerySet[Agreement]:
    """Those of these teams that wait for approval."""
    return agreements.filter(
        state=AgreementState.PENDING_CONFIRM, waits_for=WaitsFor.APPROVAL, team__in=list(teams)
    )


def late_page(agreements: QuerySet[Agreement], user: User, after: str) -> LatePage:
    """The next page, in the order of entry. Two queries."""
    listed = with_people(agreements).select_related("team", "doctor", "created_by")
    page = keyset_page(listed, after, PAGE_SIZE, is_narrow=True)
    return LatePage([late_entry(one, user) for one in page.rows], page.next_after)


def late_entry(agreement: Agreement, user: User) -> LateEntry:
    """Of an agreement with its people at hand (``with_people``)."""
    people = list(agreement.enrollments.all())
    entered_on = agreement.created_at.astimezone(timezone.get_current_timezone()).date()
    return LateEntry(
        agreement=agreement,
        resident=standing_for(agreement, people).resident,
        others=len(people) - 1,
        entered_on=entered_on,
        days=(entered_on - agreement.signed_on).days,
        is_own=user.pk in (agreement.created_by_id, agreement.doctor_id),
    )
