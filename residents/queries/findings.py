"""One page of the worklist: which record, why, and who answers for it."""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import date
from typing import Any

from django.db.models import F, OuterRef, QuerySet, Subquery

from core.masks import mask_name, mask_phone
from core.paging import Page
from residents.choices import Relation
from residents.models import Household, Resident
from residents.policy import ResidentsPolicy
from residents.queries.places import place_of, responsible_teams
from residents.queries.quality import Reach, found_households, found_people
from residents.rules.quality import BY_CODE
from teams.models import Team


@dataclass(frozen=True)
class Finding:
    """One row of the worklist, masked.

    Attributes:
        id: of the person or the household, as the kind asks.
        detail: what exactly was found, or "".
        team: who answers for the grid, or "".
    """

    id: int
    name: str
    number: str
    place: str
    address: str
    detail: str
    team: str
    people: tuple[int, ...]


def finding_page(
    reach: Reach, code: str, after: str, size: int, *, policy: ResidentsPolicy, on: date
) -> tuple[list[Finding], str]:
    """The next findings of one kind, and where the page after them begins. Six queries at most."""
    rule = BY_CODE[code]
    if rule.is_household:
        page = _fenced_page(_told_households(found_households(reach, code, policy=policy)), after, size)
    else:
        page = _fenced_page(_told_people(found_people(reach, code, policy=policy, on=on)), after, size)
    teams = _teams_of({one.grid_id for one in page.rows}, on)
    told: Callable = _of_household if rule.is_household else _of_person
    return [told(one, code, teams.get(one.grid_id, "")) for one in page.rows], page.next_after


def _fenced_page(queryset: QuerySet, after: str, size: int) -> Page:
    """Keyset paging that sorts what the place holds: ``id + 0`` keeps the planner from walking the primary key of the
    whole table in the hope of meeting fifty rare rows early."""
    queryset = queryset.annotate(place_id=F("pk") + 0)
    if after.isascii() and after.isdigit():
        queryset = queryset.filter(place_id__gt=int(after[:18]))
    rows = list(queryset.order_by("place_id")[: size + 1])
    return Page(rows[:size], str(rows[size - 1].pk) if len(rows) > size else "")


def _told_people(people: QuerySet[Resident]) -> QuerySet[Resident]:
    return people.select_related("grid__village__parent", "household__grid").only(
        "name", "born_on", "relation", "phone", "id_kind", "address", "confirmed_on", "life_status",
        "life_status_on", "grid", "grid__name", "grid__village__name", "grid__village__parent__name",
        "household__number", "household__grid__name",
    )  # fmt: skip


def _told_households(households: QuerySet[Household]) -> QuerySet[Household]:
    head = Resident.objects.present().filter(household=OuterRef("pk"), relation=Relation.HEAD)
    return households.select_related("grid__village__parent").annotate(
        head_name=Subquery(head.values("name")[:1]), head_id=Subquery(head.values("pk")[:1])
    )


def _teams_of(grids: set[int], on: date) -> dict[int, str]:
    responsible = responsible_teams(grids, on=on)
    names = dict(Team.objects.filter(pk__in=set(responsible.values())).values_list("pk", "name"))
    return {grid: names[team] for grid, team in responsible.items()}


def _of_person(one: Resident, code: str, team: str) -> Finding:
    number = one.household.number if one.household else ""
    return Finding(
        one.pk, one.masked_name, number, place_of(one.grid), one.address, _detail(one, code), team, (one.pk,)
    )  # fmt: skip


def _of_household(one: Any, code: str, team: str) -> Finding:
    shown = (one.head_id,) if one.head_id else ()
    name = mask_name(one.head_name or "")
    return Finding(one.pk, name, one.number, place_of(one.grid), one.address, "", team, shown)


def _detail(one: Resident, code: str) -> str:
    """What exactly was found with this person."""
    match code:
        case "stale" | "number_upgraded":
            return f"最近核实 {one.confirmed_on}" if one.confirmed_on else "从未核实"
        case "generation":
            born = f"{one.born_on:%Y} 年生" if one.born_on else ""
            return f"与户主关系“{one.get_relation_display()}”，{born}"
        case "phone_shared":
            return mask_phone(one.phone)
        case "number_missing":
            return one.get_id_kind_display()
        case "other_grid" if one.household:
            return f"家庭在 {one.household.grid.name}"
        case _:
            return ""
