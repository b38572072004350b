"""The households of a grid worker's grids, door by door, without health data: signed or not, due or not, whom to call.

A grid worker never learns from here what somebody has: what is due is a yes or no over all services, and services of
restricted programmes are not among them.
"""

from collections import defaultdict
from collections.abc import Collection, Sequence
from dataclasses import dataclass
from datetime import date

from django.db.models import Exists, F, OuterRef, Q, QuerySet
from django.db.models.functions import Length

from care.models import Task
from contracts.models import Enrollment
from core.masks import mask_name, mask_phone
from core.text import clean_name, tidy
from grids.models import Building
from residents.choices import Relation
from residents.models import Household, Resident
from teams.models import User

SIZE = 20  # households of a page
UNSIGNED, DUE = "unsigned", "due"
FILTERS = {"": "全部", UNSIGNED: "有人未签约", DUE: "有到期服务"}


@dataclass(frozen=True)
class Neighbor:
    """A person as the grid worker sees him.

    Attributes:
        phone: masked; "" when none is on file.
    """

    id: int
    name: str
    is_head: bool
    is_signed: bool
    is_due: bool
    phone: str


@dataclass(frozen=True)
class Door:
    """One household.

    Attributes:
        id: None for persons who belong to no household.
    """

    id: int | None
    place: str
    people: tuple[Neighbor, ...]


@dataclass(frozen=True)
class Doors:
    """One page of households; ``next_page`` 0 at the end."""

    doors: list[Door]
    next_page: int

    @property
    def shown(self) -> list[int]:
        return [one.id for door in self.doors for one in door.people]


def buildings_of(grids: Collection[int]) -> list[Building]:
    """In the order in which people count: 2号楼 before 10号楼. One query."""
    return list(Building.objects.filter(grid__in=grids).order_by(Length("name"), "name", "pk"))


def open_doors(
    user: User,
    grids: Collection[int],
    *,
    on: date,
    text: str = "",
    building: int | None = None,
    only: str = "",
) -> QuerySet[Household]:
    """Open households of these grids with somebody in them, narrowed by what was typed and chosen.

    Args:
        grids: ids of the grids that he works. text: part of a name, a building or an address. only: of ``FILTERS``.
    """
    people = Resident.objects.visible_to(user).present().filter(household=OuterRef("pk"))
    found = Household.objects.visible_to(user).open().filter(grid__in=grids)
    if building is not None:
        found = found.filter(dwelling__building=building)
    if only == UNSIGNED:
        people = people.exclude(Exists(_promises(on).filter(resident=OuterRef("pk"))))
    elif only == DUE:
        people = people.filter(Exists(_due(user, on).filter(resident_id=OuterRef("pk"))))
    words, name = tidy(text), clean_name(text)
    if words:
        named = Resident.objects.visible_to(user).present().named(name).filter(household=OuterRef("pk"))
        found = found.filter(
            Q(dwelling__building__name__contains=words) | Q(address__contains=words) | Exists(named)
        )
    return found.filter(Exists(people))


def page_of_doors(user: User, households: QuerySet[Household], *, on: date, page: int = 1) -> Doors:
    """Door after door as one walks. A grid has some hundreds of households, so pages are counted. Four queries."""
    last = F("dwelling__building__name").asc(nulls_last=True)
    walk = households.select_related("dwelling__building").order_by(
        Length("dwelling__building__name").asc(nulls_last=True),
        last, "dwelling__unit", "dwelling__floor", Length("dwelling__room"), "dwelling__room", "address", "pk",
    )  # fmt: skip
    begin = (page - 1) * SIZE
    rows = list(walk[begin : begin + SIZE + 1])
    members = _people(user, Q(household__in=[one.pk for one in rows[:SIZE]]))
    neighbors = _neighbors(user, members, on=on)
    of: dict[int | None, list[Neighbor]] = defaultdict(list)
    for person, shown in zip(members, neighbors, strict=True):
        of[person.household_id].append(shown)
    doors = [Door(one.pk, _place_of(one), tuple(of[one.pk])) for one in rows[:SIZE]]
    return Doors(doors, page + 1 if len(rows) > SIZE else 0)


def without_household(user: User, grids: Collection[int], *, on: date, page: int = 1) -> Doors:
    """Persons of these grids who belong to no household, each at his own address. Three queries."""
    begin = (page - 1) * SIZE
    rows = _people(
        user, Q(household=None, grid__in=grids), order=("address", "pk"), part=slice(begin, begin + SIZE + 1)
    )
    shown = _neighbors(user, rows[:SIZE], on=on)
    doors = [Door(None, one.address, (who,)) for one, who in zip(rows[:SIZE], shown, strict=True)]
    return Doors(doors, page + 1 if len(rows) > SIZE else 0)


def _place_of(household: Household) -> str:
    dwelling = household.dwelling
    return f"{dwelling.building.name}{dwelling}" if dwelling else household.address


def _people(
    user: User, where: Q, *, order: tuple[str, ...] = ("relation", "born_on", "pk"), part: slice = slice(None)
) -> list[Resident]:
    people = Resident.objects.visible_to(user).present().filter(where)
    fields = ("name", "phone", "relation", "household_id", "address")
    return list(people.only(*fields).order_by(*order)[part])


def _promises(on: date) -> QuerySet[Enrollment]:
    return Enrollment.objects.in_force_on(on).filter(is_supplementary=False)


def _due(user: User, on: date) -> QuerySet[Task]:
    """Services to be done by today that a grid worker may know to be due."""
    return Task.objects.visible_to(user).open().filter(due_on__lte=on, rule__is_restricted=False)


def _neighbors(user: User, people: Sequence[Resident], *, on: date) -> list[Neighbor]:
    """Two queries."""
    ids = [one.pk for one in people]
    signed = set(_promises(on).filter(resident__in=ids).values_list("resident", flat=True))
    due = set(_due(user, on).filter(resident__in=ids).values_list("resident_id", flat=True))
    return [
        Neighbor(
            id=one.pk,
            name=mask_name(one.name),
            is_head=one.relation == Relation.HEAD,
            is_signed=one.pk in signed,
            is_due=one.pk in due,
            phone=mask_phone(one.phone),
        )
        for one in people
    ]
