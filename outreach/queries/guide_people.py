"""People on a guide map: the households behind a door, and the lists of S0-20 with dwelling and contacts, all masked."""

from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date

from django.db.models import F, QuerySet
from django.db.models.functions import Coalesce, Length

from core.dates import age_on
from core.masks import mask_name, mask_phone
from grids.models import Dwelling
from outreach.queries.guide_map import GuidePlace
from outreach.queries.guide_marks import Marks, map_flags, signed_among
from outreach.rules.guide import Symbol
from residents.choices import Population, Relation
from residents.models import Guardian, Household, Resident
from teams.models import User


@dataclass(frozen=True)
class Person:
    """Somebody as a guide map tells of him: masked.

    Attributes:
        guardians: masked name, relation, masked phone of each.
    """

    id: int
    name: str
    sex: str
    age: int | None
    relation: str
    phone: str
    place: str
    symbols: tuple[Symbol, ...]
    tier: Symbol | None
    is_signed: bool
    guardians: tuple[tuple[str, str, str], ...]


@dataclass(frozen=True)
class Home:
    """A household behind a door."""

    household: Household
    people: tuple[Person, ...]


def homes_behind(user: User, dwelling: Dwelling, *, on: date) -> list[Home]:
    """Several households may live behind one door. Six queries."""
    households = list(
        Household.objects.visible_to(user).open().filter(dwelling=dwelling).order_by("registered_on", "pk")
    )
    rows = _listed(user).filter(household__in=households).order_by("relation", "born_on", "pk")
    people = people_shown(user, list(rows), on=on, with_restricted=True)
    of = dict(rows.values_list("pk", "household"))
    return [Home(one, tuple(who for who in people if of.get(who.id) == one.pk)) for one in households]


def _listed(user: User) -> QuerySet[Resident]:
    return (
        Resident.objects.visible_to(user)
        .present()
        .select_related("household__dwelling__building")
        .only(
            "name", "sex", "born_on", "phone", "relation", "address", "household__address",
            "household__dwelling__unit", "household__dwelling__room", "household__dwelling__building__name",
        )
    )  # fmt: skip


def people_shown(
    user: User, residents: Sequence[Resident], *, on: date, with_restricted: bool = False
) -> list[Person]:
    """Rows of one page, in their order. Four queries.

    Args:
        with_restricted: restricted kinds stand on a map and beside one person, for those named; never in a list.
    """
    ids = [one.pk for one in residents]
    seen = Marks(user, ids, with_restricted=with_restricted)
    signed = signed_among(ids, on)
    guardians: dict[int, list[tuple[str, str, str]]] = defaultdict(list)
    for one in (
        Guardian.objects.visible_to(user).active_on(on).filter(resident__in=ids).order_by("starts_on", "pk")
    ):
        guardians[one.resident_id].append((one.masked_name, one.relation, one.masked_phone))
    return [
        Person(
            id=one.pk,
            name=mask_name(one.name),
            sex=one.get_sex_display(),
            age=age_on(one.born_on, on) if one.born_on else None,
            relation=Relation(one.relation).label if one.household else "",
            phone=mask_phone(one.phone),
            place=place_of_person(one),
            symbols=seen.symbols(one.pk),
            tier=seen.tier(one.pk),
            is_signed=one.pk in signed,
            guardians=tuple(guardians[one.pk]),
        )
        for one in residents
    ]


def place_of_person(one: Resident) -> str:
    """The registered door, else the address of the household or his own."""
    household = one.household
    if household is None:
        return one.address
    if household.dwelling is None:
        return household.address or one.address
    return f"{household.dwelling.building.name}{household.dwelling}"


def unplaced_listed(user: User, place: GuidePlace) -> QuerySet[Resident]:
    """People of a place behind no registered door, by address."""
    found = _listed(user).filter(grid__in=place.grids, household__dwelling=None)
    return found.order_by(Coalesce("household__address", "address"), "household", "relation", "pk")


# Whom a team must be able to list with dwelling and contacts (S0-20): name of the list, kinds.
LISTS: dict[str, tuple[str, tuple[Population, ...]]] = {
    "elderly": ("老年人", (Population.ELDERLY_65,)),
    "children": ("0-6岁儿童", (Population.CHILD_0_6,)),
    "disabled": ("失能（半失能）、卧床", (Population.DISABLED_ELDER, Population.BEDRIDDEN)),
    "dementia": ("失智", (Population.DEMENTIA,)),
    "perinatal": ("孕产妇", (Population.PERINATAL,)),
    "chronic": (
        "重点慢病患者",
        (Population.HYPERTENSION, Population.DIABETES_T2, Population.COPD, Population.CHD, Population.STROKE, Population.TUMOR),
    ),
    "certified": ("残疾人", (Population.DISABLED,)),
}  # fmt: skip


def people_listed(user: User, place: GuidePlace, who: str) -> QuerySet[Resident]:
    """The people of one list, as one walks."""
    kinds = LISTS[who][1]
    flags = map_flags(user).filter(kind__in=kinds, resident__grid__in=place.grids)
    building = "household__dwelling__building__name"
    return (
        _listed(user)
        .filter(grid__in=place.grids, pk__in=flags.values("resident"))
        .order_by(
            Length(building).asc(nulls_last=True), F(building).asc(nulls_last=True), "household__dwelling__unit",
            "household__dwelling__floor", "household__dwelling__room", Coalesce("household__address", "address"), "pk",
        )
    )  # fmt: skip


def household_contacts(user: User, resident: Resident, *, on: date) -> list[Person]:
    """Others of his household with a telephone on file, grown-ups first: whom to ask for a child. Five queries."""
    if resident.household_id is None:
        return []
    rows = _listed(user).filter(household=resident.household_id).exclude(pk=resident.pk)
    with_phone = [one for one in rows.order_by("relation", "born_on", "pk") if one.phone]
    return people_shown(user, with_phone, on=on)


def guardians_of(user: User, resident: Resident, *, on: date) -> list[tuple[str, str]]:
    """(whose, number) of his guardians in clear: only within the logged step. One query."""
    rows = (
        Guardian.objects.visible_to(user).active_on(on).filter(resident=resident).order_by("starts_on", "pk")
    )
    return [(f"监护人 {one.masked_name}（{one.relation}）", one.phone) for one in rows if one.phone]
