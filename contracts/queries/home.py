"""The doctor's first page: what ends soon, what was signed this week, how far the own teams are."""

from collections import Counter
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date, timedelta

from django.db.models import Count, QuerySet

from contracts.choices import AgreementState
from contracts.models import Agreement
from contracts.policy import ContractsPolicy
from contracts.queries.agreements import AgreementRow, at_their_end, row_of, with_people
from contracts.queries.people import signed_counts
from grids.models import Grid, GridResponsibility
from residents.choices import LifeStatus
from residents.models import Resident
from teams.models import Team

SHOWN = 10


@dataclass(frozen=True)
class TeamFigure:
    """A team on a day: persons signed, residents present in its grids, agreements signed since Monday."""

    team: Team
    signed: int
    present: int
    this_week: int


@dataclass(frozen=True)
class DoctorHome:
    figures: list[TeamFigure]
    ending: list[AgreementRow]
    ending_total: int


def doctor_home(teams: Iterable[int], *, on: date, policy: ContractsPolicy) -> DoctorHome:
    """Nine queries, however many teams."""
    own = list(
        Team.objects.filter(pk__in=list(teams)).active_on(on).select_related("institution").order_by("pk")
    )
    ids = [one.pk for one in own]
    signed, present = signed_counts(ids, on=on), present_counts(ids, on=on)
    week = signed_since(ids, since=on - timedelta(days=on.weekday()))
    ending = ending_soon(ids, on=on, policy=policy)
    rows = with_people(ending).order_by("ends_on", "pk")[:SHOWN]
    return DoctorHome(
        figures=[
            TeamFigure(one, signed.get(one.pk, 0), present.get(one.pk, 0), week.get(one.pk, 0)) for one in own
        ],
        ending=[row_of(one, on=on, notice_days=policy.renewal_notice_days) for one in rows],
        ending_total=ending.count(),
    )


def ending_soon(teams: Iterable[int], *, on: date, policy: ContractsPolicy) -> QuerySet[Agreement]:
    """Agreements of these teams whose next term may be signed now and was not signed yet."""
    return at_their_end(Agreement.objects.filter(team__in=list(teams)), on=on, policy=policy)


def signed_since(teams: Iterable[int], *, since: date) -> dict[int, int]:
    """Team id -> agreements signed from a day on; void ones do not count. One query."""
    signed = Agreement.objects.filter(team__in=list(teams), signed_on__gte=since).exclude(
        state=AgreementState.VOID
    )
    return dict(signed.values_list("team").annotate(Count("pk")))


def present_counts(teams: Iterable[int], *, on: date) -> dict[int, int]:
    """Team id -> residents present in its grids on a day; a micro-grid without a team of its own counts for the team
    of the grid above it. Three queries."""
    standing = GridResponsibility.objects.active_on(on)
    team_of = dict(standing.filter(team__in=list(teams)).values_list("grid", "team"))
    below = Grid.objects.filter(parent__in=list(team_of)).exclude(pk__in=standing.values("grid"))
    team_of |= {micro: team_of[parent] for micro, parent in below.values_list("pk", "parent") if parent}
    present = Resident.objects.filter(grid__in=list(team_of), life_status=LifeStatus.PRESENT)
    counts: Counter[int] = Counter()
    for grid, count in present.values_list("grid").annotate(Count("pk")):
        counts[team_of[grid]] += count
    return dict(counts)
