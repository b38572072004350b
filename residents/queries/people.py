"""Residents as rows of a list, and what stands on a resident's page."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date

from core.dates import age_on
from residents.choices import LifeStatus, Population, RiskColor, RiskKind
from residents.models import (
    ContactPhone,
    Guardian,
    PastIdentifier,
    PopulationFlag,
    Resident,
    RiskTier,
)
from residents.queries.stories import StoryLine, story_of
from teams.models import User


@dataclass(frozen=True)
class ResidentLine:
    """One row of a list, masked. ``tags`` never hold restricted kinds.

    Attributes:
        tier: color of the running elder tier, "" for none.
    """

    id: int
    name: str
    sex: str
    age: int | None
    phone: str
    village: str
    grid: str
    address: str
    household_id: int | None
    household_number: str
    relation: str
    tags: tuple[str, ...]
    team: str
    status: str
    is_present: bool
    tier: str = ""


def resident_lines(residents: Iterable[Resident], *, on: date) -> list[ResidentLine]:
    """Rows for the residents of one page, which come from ``for_lists()``. One query."""
    people = list(residents)
    marks = _marks_of([one.pk for one in people])
    return [_line(one, marks.get(one.pk, set()), on) for one in people]


def _marks_of(ids: list[int]) -> dict[int, set[str]]:
    """Population kinds and the color of the elder tier of each person, in one query; their codes never meet."""
    kinds = PopulationFlag.objects.running().listable().filter(resident__in=ids)
    tiers = RiskTier.objects.running().filter(resident__in=ids, kind=RiskKind.ELDER)
    found: dict[int, set[str]] = {}
    for pk, mark in kinds.values_list("resident_id", "kind").union(
        tiers.values_list("resident_id", "color"), all=True
    ):
        found.setdefault(pk, set()).add(mark)
    return found


def _tags(marks: set[str]) -> tuple[str, ...]:
    """In the order of the code list: by age first, then by illness, then by standing."""
    return tuple(str(one.label) for one in Population if one in marks)


def _line(one: Resident, marks: set[str], on: date) -> ResidentLine:
    return ResidentLine(
        id=one.pk,
        name=one.masked_name,
        sex=one.get_sex_display(),
        age=age_on(one.born_on, on) if one.born_on else None,
        phone=one.masked_phone,
        village=one.grid.village.name,
        grid=one.grid.name,
        address=one.address,
        household_id=one.household_id,
        household_number=one.household.number if one.household else "",
        relation=one.get_relation_display() if one.household else "",
        tags=_tags(marks),
        team=one.managing_team.name if one.managing_team else "",
        status=one.get_life_status_display(),
        is_present=one.life_status == LifeStatus.PRESENT,
        tier=next((color for color in RiskColor.values if color in marks), ""),
    )


@dataclass(frozen=True)
class PersonSheet:
    """What stands on a resident's page besides his own entry."""

    members: list[ResidentLine]
    flags: list[PopulationFlag]
    past_flags: list[PopulationFlag]
    guardians: list[Guardian]
    phones: list[ContactPhone]
    past_identifiers: list[PastIdentifier]
    story: list[StoryLine]


def person_sheet(user: User, resident: Resident, *, on: date) -> PersonSheet:
    """Members of the household, flags the reader may see, guardians, phones, former numbers, last events. Ten queries."""
    members = Resident.objects.none()
    if resident.household_id:
        members = Resident.objects.visible_to(user).for_lists().filter(household=resident.household_id)
    flags = PopulationFlag.objects.visible_to(user).filter(resident=resident).defer("certificate")
    kept = list(flags.select_related("recorded_by").order_by("-evidence", "kind", "-starts_on"))
    past = PastIdentifier.objects.filter(resident=resident).defer("id_number").order_by("-replaced_on", "-pk")
    return PersonSheet(
        members=resident_lines(members.order_by("relation", "born_on", "pk"), on=on),
        flags=[one for one in kept if one.ends_on is None],
        past_flags=[one for one in kept if one.ends_on is not None],
        phones=list(ContactPhone.objects.filter(resident=resident).order_by("pk")),
        guardians=list(Guardian.objects.filter(resident=resident).order_by("-starts_on", "-pk")),
        past_identifiers=list(past),
        story=story_of(resident),
    )
