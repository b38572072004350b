"""The worklist: which open tasks a person has to look at, in which part, in which order. Bounded queries."""

from dataclasses import dataclass
from datetime import date
from typing import Any

from django.db.models import Case, Count, Exists, F, Max, Min, OuterRef, Q, QuerySet, Value, When
from django.db.models.functions import Coalesce

from care.choices import Part, Program
from care.models import Task
from care.queries.rule_cards import RuleCards
from care.querysets import TaskQuerySet, sees_restricted
from care.rules.worklist import week_ends
from core.paging import Page, ordered_page
from residents.choices import RiskColor
from residents.models import RiskTier
from residents.queries.search import found_by
from residents.rules.lookup import By, read_lookup
from teams.access import scope_of
from teams.models import User

PAGE_SIZE = 50
COUNTED = 20_000  # more open tasks than that are not counted for the tabs
HOME, PHONE = "home", "phone"


@dataclass(frozen=True)
class Wanted:
    """What the worklist is narrowed to; 0 and "" are no filter.

    Attributes:
        mode: "home" for what asks for a visit, "phone" for what a call may settle.
        text: what was typed to find a person.
        is_mine: assigned to oneself.
    """

    program: str = ""
    rule: int = 0
    grid: int = 0
    team: int = 0
    mode: str = ""
    urgency: int = 0
    text: str = ""
    is_mine: bool = False


def worklist(user: User, cards: RuleCards) -> TaskQuerySet:
    """Open tasks of one's own teams; what belongs to a restricted programme only for the named roles."""
    tasks = Task.objects.open().filter(team__in=scope_of(user).teams)
    return tasks if sees_restricted(user) else tasks.exclude(rule__in=cards.restricted)


def narrowed(tasks: TaskQuerySet, wanted: Wanted, *, user: User, cards: RuleCards) -> TaskQuerySet:
    """The worklist with every filter applied but the part."""
    if wanted.team:
        tasks = tasks.filter(team=wanted.team)
    if wanted.rule:
        tasks = tasks.filter(rule=wanted.rule)
    if wanted.program in Program.values:
        tasks = tasks.filter(rule__in=cards.of_program(wanted.program))
    if wanted.mode == HOME:
        tasks = tasks.exclude(rule__in=cards.by_phone)
    elif wanted.mode == PHONE:
        tasks = tasks.filter(rule__in=cards.by_phone)
    if wanted.urgency:
        tasks = tasks.filter(urgency__gte=wanted.urgency)
    if wanted.grid:
        tasks = tasks.filter(Q(resident__grid=wanted.grid) | Q(resident__grid__parent=wanted.grid))
    if wanted.is_mine:
        tasks = tasks.filter(assigned_to=user)
    lookup = read_lookup(wanted.text)
    if lookup.by != By.NOTHING:
        tasks = tasks.filter(resident__in=found_by(user, lookup).values("pk"))
    return tasks


def _in_part(part: Part, *, user: User, on: date) -> Q:
    """As ``rules.worklist.part_of`` says."""
    sunday, in_time = week_ends(on), Q(closes_on__gte=on)
    match part:
        case Part.OVERDUE:
            return Q(closes_on__lt=on)
        case Part.TODAY:
            return in_time & (Q(planned_on__lte=on) | Q(planned_on=None, due_on__lte=on))
        case Part.WEEK:
            return in_time & (
                Q(planned_on__gt=on, planned_on__lte=sunday)
                | Q(planned_on=None, due_on__gt=on, due_on__lte=sunday)
            )
        case Part.LATER:
            return in_time & (Q(planned_on__gt=sunday) | Q(planned_on=None, due_on__gt=sunday))
        case _:
            return Q(assigned_to=user)


def of_part(tasks: TaskQuerySet, part: Part, *, user: User, on: date) -> TaskQuerySet:
    return tasks.filter(_in_part(part, user=user, on=on))


@dataclass(frozen=True)
class Counts:
    """How many tasks stand in each part; at least so many where ``is_capped``."""

    by_part: dict[Part, int]
    is_capped: bool


def counts(tasks: TaskQuerySet, *, user: User, on: date) -> Counts:
    """One query, which never reads more than ``COUNTED`` tasks."""
    some = tasks.values("closes_on", "planned_on", "due_on", "assigned_to")[: COUNTED + 1]
    found = some.aggregate(
        seen=Count("*"),
        **{one.name: Count("closes_on", filter=_in_part(one, user=user, on=on)) for one in Part},
    )
    return Counts({one: found[one.name] for one in Part}, found["seen"] > COUNTED)


def _ranked(tasks: TaskQuerySet) -> QuerySet[Task]:
    """Each with ``rank``: by urgency, and within it who is in a red tier before others."""
    red = RiskTier.objects.running().filter(resident=OuterRef("resident"), color=RiskColor.RED)
    return tasks.annotate(  # type: ignore[return-value]
        rank=F("urgency") * 2 + Case(When(Exists(red), then=Value(1)), default=Value(0)),
        home=Coalesce(F("resident__household"), -F("resident_id")),
    )


@dataclass(frozen=True)
class Found:
    """The tasks of one page, in the order of its ``units`` (persons, households; empty where there are none).

    Attributes:
        units: household ids; below zero the id of a resident without household.
    """

    tasks: list[Task]
    units: list[int]
    next_after: str


def task_page(tasks: TaskQuerySet, after: str) -> Found:
    """One by one, the most urgent first, then by due day. Two queries."""
    order = ("-rank", "due_on", "resident_id", "rule_id", "sequence")
    page = ordered_page(
        _ranked(tasks).values(*(one.removeprefix("-") for one in order)), order, after, PAGE_SIZE
    )
    keys = [(one["resident_id"], one["rule_id"], one["sequence"]) for one in page.rows]
    return Found(tasks_of(keys), [], page.next_after)


def tasks_of(keys: list[tuple[int, int, int]]) -> list[Task]:
    """In the order of the keys."""
    if not keys:
        return []
    found = {one.pk: one for one in Task.objects.filter(pk__in=keys).select_related("assigned_to")}
    return [found[one] for one in keys if one in found]


def person_page(tasks: TaskQuerySet, after: str) -> Found:
    """Person by person, with all that is asked for; who has the most urgent task first. Two queries."""
    page = _unit_page(tasks, "resident_id", after)
    people = [one["resident_id"] for one in page.rows]
    return _with_tasks(tasks.filter(resident__in=people), people, page, lambda one: one.resident_id)


def household_page(tasks: TaskQuerySet, everything: TaskQuerySet, after: str) -> Found:
    """Household by household: those in which something is asked for, with all open work of all members. Two queries."""
    page = _unit_page(tasks, "home", after)
    homes = [one["home"] for one in page.rows]
    return _with_tasks(_of_homes(everything, homes), homes, page, lambda one: one.home)


def _unit_page(tasks: TaskQuerySet, unit: str, after: str) -> Page:
    units = _ranked(tasks).values(unit).annotate(top=Max("rank"), first=Min("due_on"))
    return ordered_page(units, ("-top", "first", unit), after, PAGE_SIZE)


def _of_homes(tasks: TaskQuerySet, homes: list[int]) -> TaskQuerySet:
    return tasks.filter(
        Q(resident__household__in=[one for one in homes if one > 0])
        | Q(resident__household=None, resident__in=[-one for one in homes if one < 0])
    )


def _with_tasks(tasks: TaskQuerySet, units: list[int], page: Page, unit_of: Any) -> Found:
    if not units:
        return Found([], [], "")
    found = list(
        _ranked(tasks).select_related("assigned_to").order_by("-rank", "due_on", "resident_id", "rule_id")  # type: ignore[misc]
    )
    place = {one: at for at, one in enumerate(units)}
    found.sort(key=lambda one: place[unit_of(one)])
    return Found(found, units, page.next_after)


# How one walks: grid by grid, house by house, door by door.
_WALK = (
    "resident__grid__code",
    "resident__household__dwelling__building__name",
    "resident__household__dwelling__unit",
    "resident__household__dwelling__floor",
    "resident__household__dwelling__room",
    "home",
)


def route_page(tasks: TaskQuerySet, everything: TaskQuerySet, number: int) -> Found:
    """Households in walking order, by page number: the whole order is made for every page anyway, and somebody who walks
    wants it to stay as it is. Two queries."""
    start = max(number - 1, 0) * PAGE_SIZE
    walk = _ranked(tasks).values("home").annotate(**{f"w{at}": Min(one) for at, one in enumerate(_WALK[:-1])})  # type: ignore[misc]
    order = [F(f"w{at}").asc(nulls_last=True) for at in range(len(_WALK) - 1)]
    homes = [one["home"] for one in walk.order_by(*order, "home")[start : start + PAGE_SIZE + 1]]  # type: ignore[misc]
    page = Page([], str(max(number, 1) + 1) if len(homes) > PAGE_SIZE else "")
    homes = homes[:PAGE_SIZE]
    return _with_tasks(_of_homes(everything, homes), homes, page, lambda one: one.home)


def route_of_day(tasks: TaskQuerySet, *, day: date, who: User) -> tuple[list[Task], list[int]]:
    """What one person does on one day, and the households in walking order; bounded by what fits on paper. Two queries."""
    own = tasks.filter(planned_on=day, assigned_to=who)
    found = route_page(own, own, 1)
    return found.tasks, found.units


@dataclass(frozen=True)
class RuleCount:
    """How much there is to do by one rule, and how much of it is overdue."""

    rule: int
    tasks: int
    overdue: int


def rule_counts(tasks: TaskQuerySet, *, on: date) -> list[RuleCount]:
    """The rules with the most overdue first. One query."""
    found = tasks.values("rule_id").annotate(
        tasks=Count("*"), overdue=Count("closes_on", filter=Q(closes_on__lt=on))
    )
    return [
        RuleCount(one["rule_id"], one["tasks"], one["overdue"])
        for one in found.order_by("-overdue", "-tasks", "rule_id")
    ]
