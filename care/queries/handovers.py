"""Who is with which dedicated officer, who could be, and what waits for an answer (S1-22)."""

from collections.abc import Collection
from dataclasses import dataclass
from datetime import date

from django.db.models import Count, Exists, OuterRef, Q, QuerySet

from care.choices import HandoverState
from care.models import Handover, HandoverEvent
from care.rules.handovers import days_late
from contracts.choices import AgreementState
from contracts.models import Enrollment
from core.paging import Page, keyset_page
from residents.choices import Population
from residents.models import PopulationFlag, Resident
from teams.choices import Role
from teams.models import RoleAssignment, Team, User

PAGE_SIZE = 50
BUCKETS = ("offered", "accepted", "back")


def officers_for(team: Team, *, on: date) -> QuerySet[User]:
    """Dedicated officers of the team's institution, or of the one above it, on a day."""
    places = [pk for pk in (team.institution_id, team.institution.parent_id) if pk]
    posts = RoleAssignment.objects.active_on(on).filter(role=Role.DEDICATED_OFFICER, institution__in=places)
    return User.objects.filter(is_active=True, pk__in=posts.values("user")).order_by("name", "pk")


def waiting_for_offer(team: Team, population: str, *, on: date) -> QuerySet[Resident]:
    """Persons of a class signed with the team who are with no officer for it yet."""
    enrolled = (
        Enrollment.objects.in_force_on(on)
        .filter(agreement__team=team, is_supplementary=False)
        .exclude(state=AgreementState.PENDING_CONFIRM)
    )
    flags = PopulationFlag.objects.running().filter(kind=population, resident=OuterRef("pk"))
    running = Handover.objects.running().filter(population=population, resident=OuterRef("pk"))
    people = Resident.objects.present().filter(pk__in=enrolled.values("resident"))
    return people.filter(Exists(flags), ~Exists(running)).for_lists()


def offer_page(team: Team, population: str, *, on: date, after: str) -> Page:
    """One page of them. One query."""
    return keyset_page(waiting_for_offer(team, population, on=on), after, PAGE_SIZE, is_narrow=True)


@dataclass(frozen=True)
class HandoverLine:
    """A line of a list; ``late`` days over the time for an answer, 0 in time or answered."""

    handover: Handover
    name: str
    late: int


@dataclass(frozen=True)
class HandoverPage:
    rows: list[HandoverLine]
    next_after: str

    @property
    def resident_ids(self) -> list[int]:
        return [one.handover.resident_id for one in self.rows]


def handovers_in(handovers: QuerySet[Handover], bucket: str) -> QuerySet[Handover]:
    """``offered`` wait for the officer, ``accepted`` are with him, ``back`` are over one way or another."""
    if bucket == "offered":
        return handovers.filter(state=HandoverState.OFFERED)
    if bucket == "accepted":
        return handovers.accepted()  # type: ignore[attr-defined]
    return handovers.exclude(state__in=[HandoverState.OFFERED, HandoverState.ACCEPTED])


def handover_page(handovers: QuerySet[Handover], *, after: str, on: date) -> HandoverPage:
    """One query."""
    page = keyset_page(_with_people(handovers), after, PAGE_SIZE, is_narrow=True)
    return HandoverPage([_line(one, on=on) for one in page.rows], page.next_after)


def _with_people(handovers: QuerySet[Handover]) -> QuerySet[Handover]:
    found = handovers.select_related("resident__grid__village", "from_team", "to_officer")
    return found.defer("resident__id_number", "resident__phone")


def _line(one: Handover, *, on: date) -> HandoverLine:
    late = days_late(one.answer_by, on=on) if one.state == HandoverState.OFFERED else 0
    return HandoverLine(one, one.resident.masked_name, late)


def handover_of(handovers: QuerySet[Handover], pk: int) -> Handover | None:
    """One handover with all that its page shows. One query."""
    return _with_people(handovers).select_related("from_team__institution").filter(pk=pk).first()


def events_of(handover: Handover) -> list[HandoverEvent]:
    """What happened, the first thing first. One query."""
    return list(handover.events.select_related("by").order_by("pk"))


def handover_counts(handovers: QuerySet[Handover], *, on: date) -> dict[str, int]:
    """How many wait, are late, and are with officers. One query."""
    return handovers.aggregate(
        offered=Count("pk", filter=Q(state=HandoverState.OFFERED)),
        overdue=Count("pk", filter=Q(state=HandoverState.OFFERED, answer_by__lt=on)),
        accepted=Count("pk", filter=Q(state=HandoverState.ACCEPTED)),
    )


def unoffered_counts(team: Team, populations: Collection[str], *, on: date) -> dict[str, int]:
    """Class -> persons of the team not handed over yet. One query for each class."""
    return {one: waiting_for_offer(team, one, on=on).count() for one in populations}


def officers_of(resident: Resident) -> list[Handover]:
    """Which officers follow a person up, for his page. One query."""
    running = Handover.objects.accepted().filter(resident=resident)
    return list(running.select_related("to_officer").order_by("pk"))


@dataclass(frozen=True)
class OverdueHandover:
    """An offer that nobody answered in time; leader, steward and officer are told."""

    handover_id: int
    resident_id: int
    team_id: int
    officer_id: int
    population: Population
    answer_by: date
    days_late: int


def overdue_handovers(on: date) -> list[OverdueHandover]:
    """Every offer whose last day for an answer is over. One query."""
    rows = Handover.objects.overdue_on(on).order_by("answer_by", "pk")
    return [
        OverdueHandover(
            one.pk,
            one.resident_id,
            one.from_team_id,
            one.to_officer_id,
            Population(one.population),
            one.answer_by,
            days_late(one.answer_by, on=on),
        )
        for one in rows
    ]
