"""What a guide map may mark people with: population kinds, the elder tier, whether somebody has signed (S0-21)."""

from collections import defaultdict
from collections.abc import Collection
from datetime import date

from django.db.models import QuerySet

from contracts.models import Enrollment
from outreach.rules.guide import Symbol, legend, symbols_for, tier_symbol
from residents.choices import Population, RiskKind
from residents.models import PopulationFlag, RiskTier
from teams.access import Permission, may
from teams.models import User


def map_flags(user: User) -> QuerySet[PopulationFlag]:
    """Running flags that the reader may see on a map."""
    return PopulationFlag.objects.visible_to(user).running().exclude(kind=Population.HIV)


class Marks:
    """Kinds and elder tier of people, as signs. Two queries."""

    def __init__(self, user: User, ids: Collection[int], *, with_restricted: bool = True) -> None:
        self._with_restricted = with_restricted and may(user, Permission.RESIDENT_RESTRICTED)
        self.legend = legend(with_restricted=self._with_restricted)
        self._kinds: dict[int, set[str]] = defaultdict(set)
        for person, kind in map_flags(user).filter(resident__in=list(ids)).values_list("resident_id", "kind"):
            self._kinds[person].add(kind)
        tiers = (
            RiskTier.objects.visible_to(user).running().filter(kind=RiskKind.ELDER, resident__in=list(ids))
        )
        self._tiers = dict(tiers.values_list("resident_id", "color"))

    def symbols(self, person: int) -> tuple[Symbol, ...]:
        return symbols_for(self._kinds.get(person, ()), with_restricted=self._with_restricted)

    def tier(self, person: int) -> Symbol | None:
        return tier_symbol(self._tiers.get(person, ""))


def signed_among(people: Collection[int], on: date) -> set[int]:
    """One query."""
    promised = Enrollment.objects.in_force_on(on).filter(is_supplementary=False, resident__in=list(people))
    return set(promised.values_list("resident", flat=True))
