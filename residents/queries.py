"""Reads for pages and reports of the registry. Every function: a bounded number of queries, whatever the rows."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date

from django.db.models import Prefetch, Q, QuerySet

from core.dates import age_on
from core.masks import mask_name
from grids.models import Grid, GridResponsibility
from residents.choices import LifeStatus, Population, Relation
from residents.models import Guardian, Household, PastIdentifier, PopulationFlag, Resident, ResidentEvent
from residents.querysets import ResidentQuerySet
from residents.rules.lookup import By, Lookup, read_lookup
from residents.searchable import number_tail, phone_tail
from teams.models import User

MOST_CANDIDATES = 2_000  # persons whose last four digits agree; more than that is no search
EVENTS_SHOWN = 20


def responsible_teams(grid_ids: Iterable[int], *, on: date) -> dict[int, int]:
    """Grid id -> id of the team that answers for it on a day; a micro-grid without its own falls to the grid above.

    Grids without a team are left out. Two queries.
    """
    above = dict(Grid.objects.filter(pk__in=set(grid_ids)).values_list("pk", "parent_id"))
    asked = set(above) | {parent for parent in above.values() if parent}
    own = dict(
        GridResponsibility.objects.active_on(on).filter(grid__in=asked).values_list("grid_id", "team_id")
    )
    found = {grid: own.get(grid) or own.get(parent or 0) for grid, parent in above.items()}
    return {grid: team for grid, team in found.items() if team}


def place_of(grid: Grid) -> str:
    """环翠楼街道 东北村社区 第1网格; reads the grid's village and township."""
    township = f"{grid.village.parent.name} " if grid.village.parent else ""
    return f"{township}{grid.village.name} {grid.name.removeprefix(grid.village.name) or grid.name}"


def search(user: User, text: str) -> QuerySet[Resident]:
    """Residents in one's scope who answer to what was typed; nothing for text that cannot be understood.

    Names (two characters anywhere, one character as a surname), pinyin initials, a whole identity number (also a former
    one), the last 4 to 6 characters of a number or of a phone, a whole phone, a household number.
    """
    return found_by(user, read_lookup(text))


def found_by(user: User, lookup: Lookup) -> QuerySet[Resident]:
    people: ResidentQuerySet = Resident.objects.visible_to(user)
    match lookup.by:
        case By.NAME | By.SURNAME:
            return people.named(lookup.value)
        case By.INITIALS:
            return people.with_initials(lookup.value)
        case By.NUMBER:
            return people.with_number(lookup.value)
        case By.PHONE:
            return people.with_phone(lookup.value)
        case By.HOUSEHOLD:
            return people.filter(household__number=lookup.value)
        case By.TAIL:
            return people.filter(_same_tail(lookup.value))
        case By.LONG_TAIL:
            return people.filter(pk__in=_ending_in(people, lookup.value))
        case By.NOTHING:
            return people
        case _:
            return people.none()


def _same_tail(digits: str) -> Q:
    tail = digits[-4:]
    return Q(id_tail=number_tail(tail)) | Q(phone_tail=phone_tail(tail))


def _ending_in(people: ResidentQuerySet, digits: str) -> list[int]:
    """Ids of those whose number or phone ends like this: the index finds the last four, unsealing decides."""
    candidates = people.filter(_same_tail(digits)).only("id_number", "phone")[:MOST_CANDIDATES]
    return [one.pk for one in candidates if one.id_number.endswith(digits) or one.phone.endswith(digits)]


@dataclass(frozen=True)
class ResidentLine:
    """One row of a list, masked. ``tags`` never hold restricted kinds."""

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


def resident_lines(residents: Iterable[Resident], *, on: date) -> list[ResidentLine]:
    """Rows for the residents of one page, which come from ``for_lists()``. One query."""
    people = list(residents)
    tags = _tags_of([one.pk for one in people])
    return [_line(one, tags.get(one.pk, ()), on) for one in people]


def _tags_of(ids: list[int]) -> dict[int, tuple[str, ...]]:
    """In the order of the code list: by age first, then by illness, then by standing."""
    kinds: dict[int, set[str]] = {}
    running = PopulationFlag.objects.running().listable().filter(resident__in=ids)
    for resident_id, kind in running.values_list("resident_id", "kind"):
        kinds.setdefault(resident_id, set()).add(kind)
    return {pk: tuple(str(one.label) for one in Population if one in held) for pk, held in kinds.items()}


def _line(one: Resident, tags: tuple[str, ...], on: date) -> ResidentLine:
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
        tags=tags,
        team=one.managing_team.name if one.managing_team else "",
        status=one.get_life_status_display(),
        is_present=one.life_status == LifeStatus.PRESENT,
    )


@dataclass(frozen=True)
class PersonSheet:
    """What stands on a resident's page besides his own entry."""

    members: list[ResidentLine]
    flags: list[PopulationFlag]
    guardians: list[Guardian]
    past_identifiers: list[PastIdentifier]
    events: list[ResidentEvent]


def person_sheet(user: User, resident: Resident, *, on: date) -> PersonSheet:
    """Members of the household, flags the reader may see, guardians, former numbers, last events. Seven queries."""
    members = Resident.objects.none()
    if resident.household_id:
        members = Resident.objects.visible_to(user).for_lists().filter(household=resident.household_id)
    flags = PopulationFlag.objects.visible_to(user).filter(resident=resident).running()
    past = PastIdentifier.objects.filter(resident=resident).defer("id_number").order_by("-replaced_on", "-pk")
    events = ResidentEvent.objects.filter(resident=resident).select_related("by").order_by("-at", "-pk")
    return PersonSheet(
        members=resident_lines(members.order_by("relation", "born_on", "pk"), on=on),
        flags=list(flags.select_related("recorded_by").order_by("-evidence", "kind")),
        guardians=list(Guardian.objects.filter(resident=resident).order_by("-starts_on", "-pk")),
        past_identifiers=list(past),
        events=list(events[:EVENTS_SHOWN]),
    )


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
