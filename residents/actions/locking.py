"""Locks of the household verbs, always in one order: households by id, then persons by id.

So two verbs that touch the same people wait for each other, whichever way round they were asked, and never deadlock.
"""

from collections.abc import Iterable
from dataclasses import dataclass

from core.refusals import Refusal
from residents.choices import LifeStatus, Relation
from residents.models import Household, Resident


@dataclass(frozen=True)
class Held:
    """Households and their people as they are now, held until the transaction ends."""

    households: dict[int, Household]
    people: dict[int, Resident]

    def home_of(self, person: Resident) -> Household | None:
        return self.households[person.household_id] if person.household_id else None

    def members(self, household: Household | None) -> list[Resident]:
        """Who is present in it."""
        if household is None:
            return []
        return [
            one
            for one in self.people.values()
            if one.household_id == household.pk and one.life_status == LifeStatus.PRESENT
        ]

    def head(self, household: Household) -> Resident | None:
        return next((one for one in self.members(household) if one.relation == Relation.HEAD), None)


def hold(
    refusal: type[Refusal],
    *,
    people: Iterable[Resident] = (),
    households: Iterable[Household | None] = (),
) -> Held:
    """Lock these persons with their households, these households, and everybody who belongs to any of them.

    Raises:
        refusal: somebody else moved one of the persons in the same moment.
    """
    wanted = [one.pk for one in people]
    homes = dict(Resident.objects.filter(pk__in=wanted).values_list("pk", "household_id"))
    ids = {one.pk for one in households if one} | {pk for pk in homes.values() if pk}
    rows = Household.objects.select_for_update(of=("self",)).select_related("grid")
    found = {one.pk: one for one in rows.filter(pk__in=ids).order_by("pk")}
    members = list(Resident.objects.filter(household__in=ids).values_list("pk", flat=True))
    held = Resident.objects.select_for_update(of=("self",)).filter(pk__in={*members, *wanted})
    everybody = {one.pk: one for one in held.select_related("grid").order_by("pk")}
    if any(everybody[pk].household_id != home for pk, home in homes.items()):
        raise refusal("moved_meanwhile", "该居民的家庭刚被其他人变更，请刷新页面后再办理。")
    return Held(found, everybody)
