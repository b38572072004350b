"""What visits served, summed up by team for a month: as it was written down visit by visit (S0-27, S1-18)."""

from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from decimal import Decimal
from operator import add
from typing import Any

from django.db.models import BigIntegerField, Count, Exists, F, Func, OuterRef, Q, QuerySet, Sum, Value
from django.db.models.fields.json import KeyTextTransform
from django.db.models.functions import Cast, Coalesce

from care.models import Reading, ServiceRecord
from contracts.models import Agreement
from outreach.choices import Handout, PointService, WorkKind
from outreach.models import OutreachVisit, VisitWork
from outreach.queries.visit_work import NOT_SIGNED
from teams.models import Team

_NONE = timedelta(0)


@dataclass(frozen=True)
class VisitSums:
    """Of visits that were held.

    Attributes:
        on_site: from beginning to end, added up. visitors: people of each visit, added up.
        services, works, handouts: numbers in the order of ``PointService``, ``WorkKind`` and ``Handout``; works are
            what was written down person by person, each record, agreement or resident once, without what was voided.
    """

    visits: int = 0
    on_site: timedelta = _NONE
    visitors: int = 0
    services: tuple[int, ...] = (0,) * len(PointService)
    works: tuple[int, ...] = (0,) * len(WorkKind)
    handouts: tuple[int, ...] = (0,) * len(Handout)

    @property
    def hours(self) -> Decimal:
        """With one place."""
        return round(Decimal(self.on_site // timedelta(seconds=1)) / 3600, 1)

    @property
    def numbers(self) -> tuple[int, ...]:
        """Services, works and handouts, as ``labels`` names them."""
        return self.services + self.works + self.handouts

    def __add__(self, other: "VisitSums") -> "VisitSums":
        return VisitSums(
            self.visits + other.visits,
            self.on_site + other.on_site,
            self.visitors + other.visitors,
            tuple(map(add, self.services, other.services)),
            tuple(map(add, self.works, other.works)),
            tuple(map(add, self.handouts, other.handouts)),
        )


@dataclass(frozen=True)
class TeamSums:
    """A team and its month."""

    team: Team
    sums: VisitSums


def labels() -> list[str]:
    return [*map(str, PointService.labels), *map(str, WorkKind.labels), *map(str, Handout.labels)]


def team_sums(teams: QuerySet[Team], *, first: date, last: date) -> list[TeamSums]:
    """Of each of these teams that existed between two days, both included. Three queries, whatever their number."""
    rows = list(
        teams.filter(Q(ends_on__isnull=True) | Q(ends_on__gte=first), starts_on__lte=last)
        .select_related("institution")
        .order_by("institution__code", "name", "pk")
    )
    if not rows:
        return []
    held = OutreachVisit.objects.done().filter(team__in=[one.pk for one in rows], on__range=(first, last))
    works, found = _works(held), _served(held)
    return [TeamSums(one, _whole(found.get(one.pk), works.get(one.pk, {}))) for one in rows]


def total_of(rows: Sequence[TeamSums]) -> VisitSums:
    return sum((one.sums for one in rows), start=VisitSums())


def _whole(served: VisitSums | None, works: dict[str, int]) -> VisitSums:
    return (served or VisitSums()) + VisitSums(works=tuple(works.get(one, 0) for one in WorkKind.values))


def _served(held: QuerySet[OutreachVisit]) -> dict[int, VisitSums]:
    """Team -> sums without works."""
    services = {f"service_{one}": _sum_of(one, "head_counts") for one in PointService.values}
    handouts = {f"handout_{one}": _sum_of(one, "handouts") for one in Handout.values}
    rows: Any = held.values("team").annotate(
        count=Count("pk"), on_site=Sum(F("ended_at") - F("began_at")), people=Sum("visitors"), **services, **handouts
    )  # fmt: skip
    return {
        row["team"]: VisitSums(
            row["count"],
            row["on_site"],
            row["people"],
            services=tuple(row[name] for name in services),
            handouts=tuple(row[name] for name in handouts),
        )
        for row in rows
    }


def _sum_of(code: str, field: str) -> Coalesce:
    return Coalesce(Sum(Cast(KeyTextTransform(code, field), BigIntegerField())), 0)


def _works(held: QuerySet[OutreachVisit]) -> dict[int, dict[str, int]]:
    """Team -> kind -> how many of them stand, as ``visit_work.standing_works`` says of one visit."""
    number = Cast(Func(F("key"), Value(":"), Value(2), function="split_part"), BigIntegerField())
    at = OuterRef("number")
    records = ServiceRecord.objects.standing()
    signed = Agreement.objects.filter(pk=at).exclude(state__in=NOT_SIGNED)
    stands = (
        Q(kind=WorkKind.RESIDENT)
        | Q(Exists(Reading.objects.filter(pk=at, voided_at__isnull=True)), kind=WorkKind.READING)
        | Q(Exists(records.filter(pk=at)) | Exists(records.filter(root=at)), kind=WorkKind.RECORD)
        | Q(Exists(signed), kind=WorkKind.AGREEMENT)
    )
    rows = (
        VisitWork.objects.filter(visit__in=held)
        .annotate(number=number)
        .filter(stands)
        .values("visit__team", "kind")
        .annotate(n=Count("key", distinct=True))
        .values_list("visit__team", "kind", "n")
    )
    found: dict[int, dict[str, int]] = defaultdict(dict)
    for team, kind, n in rows:
        found[team][kind] = n
    return found
