"""Refusals to sign: whom to ask again today, how many signed after all."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date

from django.db.models import Count, Q, QuerySet

from contracts.choices import AgreementState
from contracts.models import Refusal
from core.paging import dated_page
from residents.choices import LifeStatus
from teams.models import User
from teams.querysets import scope_of

PAGE_SIZE = 30
_SEALED = ("resident__id_number", "converted_by__as_signed")
# A later signing that turned out void converts nobody.
CONVERTED = Q(converted_by__isnull=False) & ~Q(converted_by__state=AgreementState.VOID)
BUCKETS = (("due", "今天该联系"), ("waiting", "以后联系"), ("converted", "后来签约"), ("all", "全部"))


@dataclass(frozen=True)
class RefusalPage:
    rows: list[Refusal]
    next_after: str

    @property
    def resident_ids(self) -> list[int]:
        return [one.resident_id for one in self.rows]


def refusals_in(refusals: QuerySet[Refusal], bucket: str, *, on: date) -> QuerySet[Refusal]:
    """``due``: to be asked again by today; ``waiting``: later; ``converted``: signed after all; else all of them."""
    open_ = refusals.exclude(CONVERTED).filter(resident__life_status=LifeStatus.PRESENT)
    return {
        "due": open_.filter(ask_again_on__lte=on),
        "waiting": open_.filter(ask_again_on__gt=on),
        "converted": refusals.filter(CONVERTED),
    }.get(bucket, refusals)


def refusal_page(refusals: QuerySet[Refusal], *, bucket: str, after: str) -> RefusalPage:
    """The longest due first; elsewhere the newest first. One query."""
    told = ("resident__grid", "team", "recorded_by", "converted_by")
    listed = refusals.select_related(*told).defer(*_SEALED)
    if bucket in ("due", "waiting"):
        page = dated_page(listed, "ask_again_on", after, PAGE_SIZE)
    else:
        page = dated_page(listed, "refused_on", after, PAGE_SIZE, newest_first=True)
    return RefusalPage(page.rows, page.next_after)


@dataclass(frozen=True)
class RefusalCounts:
    """Persons, not records: who refused, who of them signed after all, whom to ask by today."""

    refused: int
    converted: int
    due: int


def refusal_counts(refusals: QuerySet[Refusal], *, on: date) -> RefusalCounts:
    """One query."""
    is_due = Q(ask_again_on__lte=on, resident__life_status=LifeStatus.PRESENT) & ~CONVERTED
    found = refusals.aggregate(
        refused=Count("resident", distinct=True),
        converted=Count("resident", distinct=True, filter=CONVERTED),
        due=Count("resident", distinct=True, filter=is_due),
    )
    return RefusalCounts(**found)


def refusals_of(resident: int) -> list[Refusal]:
    """All refusals of one resident, the newest first. One query."""
    told = Refusal.objects.filter(resident=resident).select_related("team", "recorded_by", "converted_by")
    return list(told.defer("converted_by__as_signed").order_by("-refused_on", "-pk"))


def latest_refusals(residents: Iterable[int]) -> dict[int, Refusal]:
    """Resident id -> the newest refusal that no signing has settled. One query."""
    open_ = Refusal.objects.filter(resident__in=list(residents)).exclude(CONVERTED)
    newest = open_.order_by("resident_id", "-refused_on", "-pk").distinct("resident_id")
    return {one.resident_id: one for one in newest}


def due_count(user: User, *, on: date) -> int:
    """How many persons one's teams have to ask again by today. One query."""
    own = Refusal.objects.visible_to(user).filter(team__in=scope_of(user).teams)
    return refusals_in(own, "due", on=on).count()
