"""What the registry already knows about the people and households of a roster. Set-based: a fixed number of queries."""

import uuid
from collections import defaultdict
from collections.abc import Collection, Iterable
from dataclasses import dataclass, field
from typing import Any

from grids.querysets import place_in
from residents.choices import LifeStatus, Relation
from residents.models import Household, PastIdentifier, PopulationFlag, Resident
from residents.querysets import person_in
from teams.access import Scope


@dataclass
class KnownHousehold:
    id: int
    number: str
    grid_code: str
    address: str
    roster_key: str
    head_id: int | None = None


@dataclass
class Known:
    """The registry as far as one roster touches it.

    Attributes:
        people: blind index -> resident in the uploader's scope.
        elsewhere: blind indexes of people outside it.
        former: blind indexes that are former numbers of somebody.
        flags: resident id -> kind -> evidence of the running flag.
        households: by id; by_number, by_key and by_head (village code, name of the head) find them.
    """

    people: dict[uuid.UUID, Resident] = field(default_factory=dict)
    elsewhere: set[uuid.UUID] = field(default_factory=set)
    former: set[uuid.UUID] = field(default_factory=set)
    flags: dict[int, dict[str, int]] = field(default_factory=dict)
    households: dict[int, KnownHousehold] = field(default_factory=dict)
    by_number: dict[str, int] = field(default_factory=dict)
    by_key: dict[tuple[str, str], int] = field(default_factory=dict)
    by_head: dict[tuple[str, str], list[int]] = field(default_factory=lambda: defaultdict(list))


# What a row of a roster is compared with.
_COMPARED = (
    "id_index", "name", "sex", "phone", "address", "remark", "relation", "life_status", "life_status_on",
    "household_id", "grid_id", "grid__name",
)  # fmt: skip


def look_up(indexes: Collection[uuid.UUID], villages: Collection[str], scope: Scope, *, lock: bool) -> Known:
    """Read everything that a roster may meet.

    Args:
        indexes: blind indexes of the numbers in the file.
        villages: codes of the villages in the file.
        lock: hold the residents found until the transaction ends.
    """
    known = Known()
    people = (
        Resident.objects.filter(person_in(scope), id_index__in=indexes)
        .select_related("grid")
        .only(*_COMPARED)
    )
    for one in people.order_by("pk").select_for_update(of=("self",)) if lock else people:
        if one.id_index:
            known.people[one.id_index] = one
    others = [one for one in indexes if one not in known.people]
    taken = Resident.objects.filter(id_index__in=others).values_list("id_index", flat=True)
    known.elsewhere = {index for index in taken if index}
    known.former = set(PastIdentifier.objects.filter(id_index__in=others).values_list("id_index", flat=True))
    known.flags = _flags(one.pk for one in known.people.values())
    _add_households(known, villages, scope)
    return known


def _flags(ids: Iterable[int]) -> dict[int, dict[str, int]]:
    found: dict[int, dict[str, int]] = defaultdict(dict)
    running = PopulationFlag.objects.running().filter(resident__in=list(ids))
    for resident_id, kind, evidence in running.values_list("resident_id", "kind", "evidence"):
        found[resident_id][kind] = evidence
    return found


def _add_households(known: Known, villages: Collection[str], scope: Scope) -> None:
    """Open households of the villages in the uploader's scope, and wherever the people found live."""
    lived_in = {one.household_id for one in known.people.values() if one.household_id}
    fields = ("pk", "number", "grid__code", "address", "roster_key")
    open_ones = Household.objects.filter(place_in(scope, "grid__"), closed_on__isnull=True)
    here: dict[int, Any] = {}
    for code in villages:
        here |= {row[0]: row for row in open_ones.filter(grid__code__startswith=code).values_list(*fields)}
    here |= {row[0]: row for row in Household.objects.filter(pk__in=lived_in).values_list(*fields)}
    known.households = {pk: KnownHousehold(*row) for pk, row in here.items()}
    known.by_number = {one.number: one.id for one in known.households.values()}
    known.by_key = {
        (one.grid_code[:12], one.roster_key): one.id for one in known.households.values() if one.roster_key
    }
    heads = Resident.objects.filter(
        household__in=list(here), relation=Relation.HEAD, life_status=LifeStatus.PRESENT
    )
    for household_id, pk, name in heads.values_list("household_id", "pk", "name"):
        found = known.households[household_id]
        found.head_id = pk
        known.by_head[found.grid_code[:12], name].append(household_id)
