"""Households as rows of a list, and what stands on a household's page."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date

from django.db.models import Prefetch, QuerySet

from core.masks import mask_name
from residents.choices import Relation
from residents.models import Household, HouseholdEvent, Resident, StewardTraining
from residents.queries.people import ResidentLine, resident_lines
from teams.models import User

EVENTS_SHOWN = 30


@dataclass(frozen=True)
class HouseholdLine:
    """One household of a list: masked head, how many are present."""

    id: int
    number: str
    head: str
    members: int
    address: str
    village: str
    grid: str
    is_closed: bool


def household_page_rows(households: QuerySet[Household]) -> QuerySet[Household]:
    """Households with their present members, for one page. Two queries once evaluated."""
    present = Resident.objects.present().only("name", "relation", "household_id")
    return households.select_related("grid__village").prefetch_related(
        Prefetch("members", queryset=present, to_attr="present_members")
    )


def household_lines(households: Iterable[Household]) -> list[HouseholdLine]:
    """Rows for households that come from ``household_page_rows``."""
    return [_household_line(one) for one in households]


def _household_line(one: Household) -> HouseholdLine:
    present: list[Resident] = one.present_members  # type: ignore[attr-defined]
    head = next((person.name for person in present if person.relation == Relation.HEAD), "")
    return HouseholdLine(
        id=one.pk,
        number=one.number,
        head=mask_name(head),
        members=len(present),
        address=one.address,
        village=one.grid.village.name,
        grid=one.grid.name,
        is_closed=one.closed_on is not None,
    )


@dataclass(frozen=True)
class HouseholdSheet:
    """What stands on a household's page.

    Attributes:
        gone: members who died, moved out or were lost, where the household still carries them.
        neighbors: other open households behind the same door.
        absorbed: numbers of households that were merged into this one.
    """

    present: list[ResidentLine]
    gone: list[ResidentLine]
    trainings: list[StewardTraining]
    events: list[HouseholdEvent]
    neighbors: list[HouseholdLine]
    absorbed: list[str]

    @property
    def has_head(self) -> bool:
        return any(one.relation == Relation.HEAD.label for one in self.present)

    @property
    def shown(self) -> list[int]:
        return [one.id for one in (*self.present, *self.gone)]


def members_of(user: User, household: Household) -> list[Resident]:
    """Everybody of the household whom the reader may see, present or gone, the head first."""
    people = Resident.objects.visible_to(user).for_lists().filter(household=household)
    return list(people.order_by("relation", "born_on", "pk"))


def household_sheet(user: User, household: Household, *, on: date) -> HouseholdSheet:
    """Seven queries, two less without a dwelling."""
    lines = resident_lines(members_of(user, household), on=on)
    trainings = household.trainings.select_related("steward", "recorded_by").order_by("-trained_on", "-pk")
    events = household.events.select_related("by").order_by("-at", "-pk")
    return HouseholdSheet(
        present=[one for one in lines if one.is_present],
        gone=[one for one in lines if not one.is_present],
        trainings=list(trainings.defer("steward__id_number", "steward__phone")),
        events=list(events[:EVENTS_SHOWN]),
        neighbors=_neighbors(user, household),
        absorbed=list(household.merged.order_by("number").values_list("number", flat=True)),
    )


def _neighbors(user: User, household: Household) -> list[HouseholdLine]:
    if household.dwelling_id is None:
        return []
    same = Household.objects.visible_to(user).open().filter(dwelling=household.dwelling_id)
    return household_lines(household_page_rows(same.exclude(pk=household.pk)).order_by("number"))
