"""Entering the invented people into the register: households, residents, guardians, flags and their first events.

Phones: nine adults in ten have one; children and one elder in four are reached through somebody of the household.
About one entry in sixty has died, moved away or was lost sight of within the last two years.
"""

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime, time, timedelta
from random import Random
from zoneinfo import ZoneInfo

from django.conf import settings

from config.demo.chance import Weighted
from config.demo.copying import copy_in, reserve_ids
from config.demo.health import Flag, flags_of_household
from config.demo.households import Person, households
from config.demo.numbers import FIRST_RESIDENT_PHONE, IdentityNumbers, Phones
from config.demo.places import Housing, Spot
from core.crypto import seal
from residents.actions.households import take_household_numbers
from residents.choices import Evidence, IdKind, LifeStatus, Registration, Relation
from residents.models import Guardian, Household, PopulationFlag, Resident, ResidentEvent
from residents.policy import ResidentsPolicy
from residents.rules.population import Band, age_bands, first_day, kinds_by_age
from residents.searchable import searchable_columns

YEARS_ON_REGISTER = 3
GONE = Weighted([(LifeStatus.DECEASED, 0.4), (LifeStatus.MOVED_OUT, 0.45), (LifeStatus.LOST, 0.15)])
GONE_SHARE = 1 / 60
_ZONE = ZoneInfo(settings.TIME_ZONE)


@dataclass(slots=True)
class Entry:
    """One person on the register."""

    id: int
    person: Person
    home: int
    spot: Spot
    id_number: str
    phone: str
    address: str
    entered_on: date
    flags: list[Flag]
    registration: Registration
    guardian: "Entry | None" = None
    status: LifeStatus = LifeStatus.PRESENT
    status_on: date | None = None
    team_id: int | None = None
    confirmed_on: date | None = None

    @property
    def is_present(self) -> bool:
        return self.status == LifeStatus.PRESENT


@dataclass(slots=True)
class Home:
    """One household: where, behind which door, since when on the register."""

    spot: Spot
    door: int
    address: str
    registered_on: date
    number: str = ""
    id: int = 0
    steward: Entry | None = None


@dataclass(slots=True)
class Register:
    """Everybody, before and after being written."""

    homes: list[Home] = field(default_factory=list)
    entries: list[Entry] = field(default_factory=list)


def invent(chance: Random, spots: Iterable[Spot], housing: Housing, county: str, on: date) -> Register:
    """People for every spot; nothing is written, ids are the places in the list."""
    register = Register()
    numbers, phones = IdentityNumbers(county), Phones(FIRST_RESIDENT_PHONE)
    for spot in spots:
        for people in households(chance, spot.people, is_urban=spot.village.is_urban, on=on):
            door = housing.next_door(spot)
            home = Home(spot, door, housing.doors[door].address, _registered_on(chance, on))
            register.homes.append(home)
            _enter(chance, register, home, people, numbers, phones, on)
    return register


def _registered_on(chance: Random, on: date) -> date:
    """Most were entered when the register was built up, one in 150 within the last four weeks."""
    if chance.random() < 1 / 150:
        return on - timedelta(days=chance.randrange(1, 28))
    return on - timedelta(days=chance.randrange(450, YEARS_ON_REGISTER * 365))


def _enter(
    chance: Random,
    register: Register,
    home: Home,
    people: list[Person],
    numbers: IdentityNumbers,
    phones: Phones,
    on: date,
) -> None:
    """The members of one household."""
    flags = flags_of_household(chance, people, is_urban=home.spot.village.is_urban, on=on)
    registration = (
        Registration.NON_REGISTERED
        if chance.random() < (0.2 if home.spot.village.is_urban else 0.04)
        else Registration.REGISTERED
    )
    family: list[Entry] = []
    for person, own in zip(people, flags, strict=True):
        born_late = min(person.born_on + timedelta(days=20), on - timedelta(days=1))
        family.append(
            Entry(
                id=len(register.entries) + len(family),
                person=person,
                home=len(register.homes) - 1,
                spot=home.spot,
                id_number=numbers.next(person.born_on, person.sex),
                phone=_phone(chance, person, family, phones),
                address=home.address,
                entered_on=max(home.registered_on, born_late),
                flags=own,
                registration=registration,
            )
        )
    for entry in family:
        if entry.person.guardian >= 0:
            entry.guardian = family[entry.person.guardian]
    _some_leave(chance, family, on)
    register.entries += family


def _phone(chance: Random, person: Person, family: Sequence[Entry], phones: Phones) -> str:
    """An own number, or that of the first in the household who has one, or none."""
    has_own = person.age >= 14 and chance.random() < (0.75 if person.age >= 75 else 0.93)
    return phones.next() if has_own else next((one.phone for one in family if one.phone), "")


def _some_leave(chance: Random, family: list[Entry], on: date) -> None:
    """Mark who is gone; a household keeps its head, and children keep their guardian."""
    guardians = {id(one.guardian) for one in family}
    for entry in family:
        is_head = len(family) > 1 and entry.person.relation == Relation.HEAD
        share = GONE_SHARE * (3 if entry.person.age >= 80 else 1.2)
        days = (on - entry.entered_on).days
        if not (is_head or id(entry) in guardians) and days > 30 and chance.random() < share:
            entry.status = GONE.draw(chance)
            if entry.status == LifeStatus.DECEASED and entry.person.age < 50:
                entry.status = LifeStatus.MOVED_OUT
            entry.status_on = on - timedelta(days=chance.randrange(min(days, 730)))


def write(register: Register, doors: range) -> None:
    """Write households and residents; entries get their real ids."""
    for entry, pk in zip(register.entries, reserve_ids(Resident, len(register.entries)), strict=True):
        entry.id = pk
    _number_homes(register.homes)
    for home, pk in zip(register.homes, reserve_ids(Household, len(register.homes)), strict=True):
        home.id = pk
    copy_in(
        Household,
        ("id", "number", "grid_id", "dwelling_id", "address", "registered_on", "steward_id"),
        (
            (
                one.id,
                one.number,
                one.spot.grid.pk,
                doors[one.door],
                one.address,
                one.registered_on,
                one.steward.id if one.steward else None,
            )
            for one in register.homes
        ),
    )
    copy_in(
        Resident, _RESIDENT, (_resident(entry, register.homes[entry.home].id) for entry in register.entries)
    )
    copy_in(
        Guardian,
        ("resident_id", "guardian_id", "name", "relation", "phone", "starts_on"),
        (_guardian(one, one.guardian) for one in register.entries if one.guardian),
    )
    copy_in(
        ResidentEvent,
        ("resident_id", "kind", "at", "by_id"),
        (
            (one.id, ResidentEvent.Kind.REGISTERED, at_work(one.entered_on, one.id), None)
            for one in register.entries
        ),
    )


def _number_homes(homes: Iterable[Home]) -> None:
    by_village: dict[str, list[Home]] = {}
    for home in homes:
        by_village.setdefault(home.spot.village.area.code, []).append(home)
    for code, here in by_village.items():
        for home, number in zip(here, take_household_numbers(code, len(here)), strict=True):
            home.number = number


_RESIDENT = (
    "id", "name", "sex", "born_on", "id_kind", "id_number", "phone", "household_id", "relation", "grid_id", "address",
    "registration", "managing_team_id", "life_status", "life_status_on", "confirmed_on", "created_at", "updated_at",
    "name_grams", "initials", "id_index", "id_tail", "phone_index", "phone_tail",
)  # fmt: skip


def _resident(entry: Entry, household: int) -> tuple:
    person, entered_at = entry.person, at_work(entry.entered_on, entry.id)
    found = searchable_columns(person.name, entry.id_number, entry.phone)
    return (
        entry.id, person.name, int(person.sex), person.born_on, IdKind.ID_CARD,
        seal(entry.id_number, purpose="resident.id_number"),
        seal(entry.phone, purpose="resident.phone") if entry.phone else b"",
        household, person.relation, entry.spot.grid.pk, entry.address, entry.registration, entry.team_id,
        entry.status, entry.status_on, entry.confirmed_on or entry.entered_on, entered_at, entered_at,
        found["name_grams"], found["initials"], found["id_index"], found["id_tail"], found["phone_index"],
        found["phone_tail"],
    )  # fmt: skip


def _guardian(entry: Entry, guardian: Entry) -> tuple:
    phone = seal(guardian.phone, purpose="guardian.phone") if guardian.phone else b""
    relation = guardian_relation(entry)
    return entry.id, guardian.id, guardian.person.name, relation, phone, entry.entered_on


def guardian_relation(entry: Entry) -> str:
    """What the guardian is to the child; guardians here are mothers and grandmothers."""
    return "祖母" if entry.person.relation == Relation.GRANDCHILD else "母亲"


def write_flags(register: Register, policy: ResidentsPolicy, on: date) -> int:
    """Write what was drawn and what follows from age, as the nightly run would leave it; how many flags."""
    bands = age_bands(on, policy)
    return copy_in(
        PopulationFlag,
        ("resident_id", "kind", "evidence", "starts_on", "recorded_at"),
        (
            (
                entry.id,
                flag.kind,
                int(flag.evidence),
                flag.starts_on,
                at_work(max(flag.starts_on, entry.entered_on), 0),
            )
            for entry in register.entries
            for flag in (*entry.flags, *_by_age(entry, bands, policy))
        ),
    )


def _by_age(entry: Entry, bands: tuple[Band, ...], policy: ResidentsPolicy) -> Iterator[Flag]:
    if entry.is_present:
        born_on = entry.person.born_on
        for kind in kinds_by_age(born_on, bands):
            yield Flag(kind, first_day(kind, born_on, policy), Evidence.AGE_RULE)


def at_work(day: date, salt: int) -> datetime:
    """A moment of that working day; the same ``salt`` gives the same minute."""
    hours, minutes = divmod(30 + salt * 7919 % 480, 60)
    return datetime.combine(day, time(8 + hours, minutes), tzinfo=_ZONE)
