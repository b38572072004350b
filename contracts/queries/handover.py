"""Agreements that another team or doctor has to take over; they go on until somebody does (4.6)."""

from collections.abc import Collection, Iterable
from dataclasses import dataclass
from datetime import date
from typing import Any

from django.db.models import Case, Exists, F, IntegerField, OuterRef, Q, QuerySet, Subquery, When
from django.db.models.functions import Coalesce

from contracts.choices import RUNNING, AgreementKind, AgreementState
from contracts.models import Agreement, Enrollment
from contracts.policy import ContractsPolicy
from contracts.queries.agreements import with_people
from contracts.queries.signing import signing_doctors
from contracts.rules.moves import HandoverReason
from core.paging import keyset_page
from grids.models import GridResponsibility
from teams.models import Team, TeamMembership

PAGE_SIZE = 30


@dataclass(frozen=True)
class HandoverRow:
    """An agreement that should be handed over, and why.

    Attributes:
        answering: the team that answers for the grid now, where that is the reason.
    """

    agreement: Agreement
    name: str
    resident_id: int
    others: int
    reasons: tuple[HandoverReason, ...]
    answering: Team | None


@dataclass(frozen=True)
class HandoverPage:
    rows: list[HandoverRow]
    next_after: str

    @property
    def resident_ids(self) -> list[int]:
        return [one.resident_id for one in self.rows]


def to_hand_over(agreements: QuerySet[Agreement], *, on: date) -> QuerySet[Agreement]:
    """Running agreements with a reason to be handed over, each with ``answering`` (team id or None), ``is_closed`` and
    ``doctor_left``. A household agreement lies where the household lives. Supplements go with their agreement."""
    running = agreements.running_on(on).exclude(kind=AgreementKind.SUPPLEMENTARY)  # type: ignore[attr-defined]
    person = Enrollment.objects.filter(agreement=OuterRef("pk"), state=AgreementState.ACTIVE).order_by("pk")
    of_person = person.annotate(whose=_answering("resident__grid", on=on)).values("whose")[:1]
    posts = TeamMembership.objects.active_on(on).filter(team=OuterRef("team"), user=OuterRef("doctor"))
    told = running.annotate(
        answering=Case(
            When(kind=AgreementKind.HOUSEHOLD, then=_answering("household__grid", on=on)),
            default=Subquery(of_person),
            output_field=IntegerField(),
        ),
        is_closed=~Exists(Team.objects.active_on(on).filter(pk=OuterRef("team"))),
        doctor_left=~Exists(posts),
    )
    is_elsewhere = Q(answering__isnull=False) & ~Q(answering=F("team"))
    return told.filter(is_elsewhere | Q(is_closed=True) | Q(doctor_left=True))


def _answering(path: str, *, on: date) -> Coalesce:
    """The team that answers for the grid at ``path``; a micro-grid without its own falls to the grid above."""
    standing = GridResponsibility.objects.active_on(on)
    own = standing.filter(grid=OuterRef(path)).values("team")[:1]
    above = standing.filter(grid=OuterRef(f"{path}__parent")).values("team")[:1]
    return Coalesce(Subquery(own), Subquery(above))


def narrowed_to(agreements: QuerySet[Agreement], reason: str) -> QuerySet[Agreement]:
    """Of those to hand over, the ones with a reason: ``grid``, ``closed``, ``doctor``; anything else: all."""
    chosen = {
        "grid": Q(answering__isnull=False) & ~Q(answering=F("team")),
        "closed": Q(is_closed=True),
        "doctor": Q(doctor_left=True),
    }.get(reason)
    return agreements.filter(chosen) if chosen is not None else agreements


def handover_page(agreements: QuerySet[Agreement], *, after: str) -> HandoverPage:
    """A page of those to hand over. Three queries."""
    page = keyset_page(with_people(agreements), after, PAGE_SIZE)
    wanted = {one.answering for one in page.rows if one.answering and one.answering != one.team_id}
    teams = {one.pk: one for one in Team.objects.filter(pk__in=wanted)}
    return HandoverPage([_row(one, teams) for one in page.rows], page.next_after)


def _row(agreement: Any, teams: dict[int, Team]) -> HandoverRow:
    """``agreement``: with what ``to_hand_over`` annotates."""
    people = list(agreement.enrollments.all())
    answering = teams.get(agreement.answering) if agreement.answering != agreement.team_id else None
    reasons = (
        (HandoverReason.GRID, answering is not None),
        (HandoverReason.TEAM_CLOSED, agreement.is_closed),
        (HandoverReason.DOCTOR_LEFT, agreement.doctor_left and not agreement.is_closed),
    )
    return HandoverRow(
        agreement=agreement,
        name=people[0].resident.masked_name,
        resident_id=people[0].resident_id,
        others=len(people) - 1,
        reasons=tuple(reason for reason, holds in reasons if holds),
        answering=answering,
    )


def receivers(
    teams: Iterable[int], agreements: QuerySet[Agreement], *, on: date, policy: ContractsPolicy
) -> list[TeamMembership]:
    """Doctors who may take agreements over: of these teams, and of the teams that answer for the grids of these
    agreements now, wherever they belong. Two queries."""
    people = Enrollment.objects.filter(agreement__in=agreements.values("pk"), state=AgreementState.ACTIVE)
    answering = people.annotate(whose=_answering("resident__grid", on=on)).values_list("whose", flat=True)
    wanted = {*teams, *(one for one in answering.order_by("whose").distinct() if one)}
    return list(signing_doctors(wanted, on=on, policy=policy))


def supplements_of(agreements: Collection[int]) -> QuerySet[Agreement]:
    """Running supplements, which go wherever their agreement goes."""
    return Agreement.objects.filter(parent__in=agreements, state__in=RUNNING)
