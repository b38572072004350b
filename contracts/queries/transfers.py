"""Transfers: who may be asked for, which are under way, which enrolments give way to a new team's agreement."""

from collections.abc import Collection
from dataclasses import dataclass
from datetime import date
from typing import Any

from django.db.models import Case, Count, Min, Q, QuerySet, Value, When

from contracts.choices import RUNNING, AgreementState, RequestState
from contracts.models import Agreement, Enrollment, Transfer
from contracts.queries.people import running_enrollment
from contracts.rules.moves import transfer_standing
from contracts.rules.states import Standing
from core.paging import dated_page
from residents.models import Resident
from residents.querysets import person_in
from residents.rules.lookup import By, read_lookup
from teams.models import Team, User
from teams.querysets import scope_of

PAGE_SIZE = 30
UNDER_WAY = (RequestState.OPEN, RequestState.ACCEPTED)
_SEALED = (
    "enrollment__resident__id_number",
    "enrollment__resident__phone",
    "enrollment__agreement__as_signed",
)

# --- the way from the old team to the new one -------------------------------------------------------------------


@dataclass(frozen=True)
class Way:
    """An accepted transfer, and what of the old team gives way to the new team's agreement.

    Attributes:
        enrollments: running ones of the person under the old agreement, its supplements and its successors, and
            whatever else he has with the old team: a household's next term names only one of the agreements before it.
    """

    transfer: Transfer
    enrollments: tuple[Enrollment, ...]

    @property
    def agreements(self) -> frozenset[int]:
        return frozenset(one.agreement_id for one in self.enrollments)

    @property
    def starts_on(self) -> date:
        """First day of the enrolment that is left."""
        return self.transfer.enrollment.starts_on


def ways_to(team: Team, residents: Collection[int]) -> dict[int, Way]:
    """Resident id -> the way that an accepted transfer to this team opens. One query, two if there is one."""
    accepted = Transfer.objects.filter(
        state=RequestState.ACCEPTED,
        to_team=team,
        enrollment__resident__in=residents,
        enrollment__state=AgreementState.ACTIVE,
    )
    told = accepted.select_related("enrollment__resident", "enrollment__agreement").defer(_SEALED[2])
    moving = {one.enrollment.resident_id: one for one in told}
    if not moving:
        return {}
    running = Enrollment.objects.filter(resident__in=moving, state__in=RUNNING)
    leaving: dict[int, list[Enrollment]] = {pk: [] for pk in moving}
    for one in running.select_related("agreement").defer("agreement__as_signed").order_by("pk"):
        if _gives_way(one.agreement, moving[one.resident_id].enrollment.agreement):
            leaving[one.resident_id].append(one)
    return {pk: Way(transfer, tuple(leaving[pk])) for pk, transfer in moving.items()}


def _gives_way(agreement: Agreement, old: Agreement) -> bool:
    is_family = old.pk in (agreement.pk, agreement.parent_id, agreement.previous_id)
    return is_family or agreement.team_id == old.team_id


def people_to_sign(user: User) -> QuerySet[Resident]:
    """Residents whom one may open in the signing form: those one sees, and those whose transfer to one's own team
    was accepted although they live elsewhere: these are not ``is_seen`` and have no page here before they are signed."""
    scope = scope_of(user)
    seen = Case(When(person_in(scope), then=Value(True)), default=Value(False))
    accepted = Transfer.objects.filter(state=RequestState.ACCEPTED, to_team__in=scope.teams)
    people = Resident.objects.filter(person_in(scope) | Q(pk__in=accepted.values("enrollment__resident")))
    return people.unmerged().annotate(is_seen=seen)


# --- asking for one ---------------------------------------------------------------------------------------------


@dataclass(frozen=True)
class Candidate:
    """Somebody found by his full number, also outside one's scope: no more than asking for him needs."""

    resident: Resident
    enrollment: Enrollment | None
    moving: Transfer | None


def candidate_of(text: str, *, on: date) -> Candidate | None:
    """Who carries this full identity number, and with whom he is signed; None for anything else. Four queries."""
    lookup = read_lookup(text)
    if lookup.by != By.NUMBER:
        return None
    found = Resident.objects.with_number(lookup.value).unmerged().for_lists().order_by("pk").first()
    if found is None:
        return None
    enrollment = running_enrollment(found, on=on)
    moving = enrollment.transfers.filter(state__in=UNDER_WAY).first() if enrollment else None
    return Candidate(found, enrollment, moving)


# --- pages ------------------------------------------------------------------------------------------------------


@dataclass(frozen=True)
class TransferLine:
    """A line of a list.

    Attributes:
        days_left: days on which the old team may still object, today included; None when that is over or settled.
    """

    transfer: Transfer
    name: str
    standing: Standing
    days_left: int | None


@dataclass(frozen=True)
class TransferPage:
    rows: list[TransferLine]
    next_after: str

    @property
    def resident_ids(self) -> list[int]:
        return [one.transfer.enrollment.resident_id for one in self.rows]


BUCKETS = ("out", "in", "objected", "done")


def transfers_in(transfers: QuerySet[Transfer], bucket: str, teams: Collection[int]) -> QuerySet[Transfer]:
    """``in`` and ``out`` of these teams while they are under way, ``objected`` that wait for a decision, ``done``."""
    if bucket == "in":
        return transfers.filter(state__in=UNDER_WAY, to_team__in=teams)
    if bucket == "out":
        return transfers.filter(state__in=UNDER_WAY, from_team__in=teams)
    if bucket == "objected":
        return transfers.filter(state=RequestState.OPEN).exclude(objection="")
    return transfers.exclude(state__in=UNDER_WAY)


def transfer_page(transfers: QuerySet[Transfer], *, after: str, on: date) -> TransferPage:
    """The newest first. One query."""
    page = dated_page(_with_people(transfers), "opened_on", after, PAGE_SIZE, newest_first=True)
    return TransferPage([line_of(one, on=on) for one in page.rows], page.next_after)


def _with_people(transfers: QuerySet[Transfer]) -> QuerySet[Transfer]:
    return transfers.select_related("from_team", "to_team", "enrollment__resident").defer(*_SEALED[:2])


def line_of(transfer: Transfer, *, on: date) -> TransferLine:
    state = RequestState(transfer.state)
    is_waiting = state == RequestState.OPEN and not transfer.objection and transfer.object_until >= on
    return TransferLine(
        transfer=transfer,
        name=transfer.enrollment.resident.masked_name,
        standing=transfer_standing(
            state, is_objected=bool(transfer.objection), object_until=transfer.object_until, on=on
        ),
        days_left=(transfer.object_until - on).days + 1 if is_waiting else None,
    )


def transfer_of(transfers: QuerySet[Transfer], pk: int) -> Transfer | None:
    """One transfer with all that its page shows. One query."""
    people = ("enrollment__resident", "enrollment__agreement__doctor", "successor")
    told = ("opened_by", "objected_by", "decided_by", "from_team__institution", "to_team__institution")
    found = transfers.select_related(*people, *told).defer(*_SEALED, "successor__as_signed")
    return found.filter(pk=pk).first()


def transfer_counts(teams: Collection[int]) -> dict[str, Any]:
    """How many the own teams have to answer ("out", until "soonest"), wait for ("in") and may sign ("ready").

    One query.
    """
    open_ = Q(state=RequestState.OPEN)
    counts = Transfer.objects.aggregate(
        out=Count("pk", filter=open_ & Q(from_team__in=teams, objection="")),
        soonest=Min("object_until", filter=open_ & Q(from_team__in=teams, objection="")),
        into=Count("pk", filter=open_ & Q(to_team__in=teams)),  # an alias "in" would be read for the lookup
        ready=Count("pk", filter=Q(state=RequestState.ACCEPTED, to_team__in=teams)),
    )
    return counts | {"in": counts.pop("into")}


def transfers_of(enrollments: Collection[int]) -> list[Transfer]:
    """Transfers of these enrolments that are under way or done, the newest first. One query."""
    shown = (*UNDER_WAY, RequestState.DONE)
    found = Transfer.objects.filter(enrollment__in=enrollments, state__in=shown)
    return list(_with_people(found).select_related("successor").defer("successor__as_signed").order_by("-pk"))
