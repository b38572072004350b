"""Persons as the rules of packages see them: what they belong to, how they are graded, how high their team reaches."""

from collections import defaultdict
from collections.abc import Collection
from datetime import date

from django.db.models import Max, QuerySet

from contracts.choices import AgreementKind, ServiceTier
from contracts.rules.packages import Case
from residents.choices import RiskKind
from residents.models import PopulationFlag, RiskTier
from teams.models import TeamMembership, User


def cases_of(
    residents: Collection[int],
    teams: Collection[int],
    kind: AgreementKind,
    *,
    on: date,
    days: int | None = None,
    reader: User | None = None,
) -> dict[int, Case]:
    """Resident id -> his case, in the order given. Three queries, however many they are.

    Args:
        teams: who may sign; the tier is the highest that any of them reaches.
        days: length of a supplementary agreement.
        reader: for whom it is shown: flags that he may not see do not count. None: all count.
    """
    flags, tiers = PopulationFlag.objects.all(), RiskTier.objects.all()
    if reader is not None:
        flags, tiers = PopulationFlag.objects.visible_to(reader), RiskTier.objects.visible_to(reader)
    held, colors = _populations(flags, residents), _colors(tiers, residents)
    standing = TeamMembership.objects.active_on(on).filter(team__in=teams)
    reach = int(standing.aggregate(tier=Max("tier"))["tier"] or ServiceTier.PRIMARY)
    return {
        one: Case(
            agreement=kind,
            populations=held[one],
            elder_color=colors[one].get(RiskKind.ELDER),
            cardio_color=colors[one].get(RiskKind.CARDIOVASCULAR),
            days=days,
            team_tier=reach,
        )
        for one in residents
    }


def _populations(flags: QuerySet, residents: Collection[int]) -> defaultdict[int, set[str]]:
    held: defaultdict[int, set[str]] = defaultdict(set)
    running = flags.running().filter(resident__in=residents)  # type: ignore[attr-defined]
    for resident, kind in running.values_list("resident", "kind"):
        held[resident].add(kind)
    return held


def _colors(tiers: QuerySet, residents: Collection[int]) -> defaultdict[int, dict[str, str]]:
    found: defaultdict[int, dict[str, str]] = defaultdict(dict)
    running = tiers.running().filter(resident__in=residents)  # type: ignore[attr-defined]
    for resident, kind, color in running.values_list("resident", "kind", "color"):
        found[resident][kind] = color
    return found
