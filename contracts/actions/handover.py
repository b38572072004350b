"""Giving agreements to another team or doctor: the promises go on, the paper stays as it was signed (4.6)."""

from collections.abc import Collection
from datetime import date

from django.db import transaction
from django.db.models import QuerySet

from contracts.actions.asking import refuse
from contracts.actions.locking import locked_agreements
from contracts.actions.panels import ask_for_places
from contracts.choices import RUNNING, AgreementKind, AgreementState, EventKind
from contracts.models import Agreement, AgreementEvent, Enrollment, Transfer
from contracts.policy import policy_on
from contracts.queries.handover import supplements_of
from contracts.queries.signing import post_in, works_for
from contracts.queries.transfers import UNDER_WAY
from contracts.rules import Objection, moves, states
from core.history import credited_to
from core.refusals import Refusal
from core.text import tidy
from residents.actions import give_into_care
from residents.models import Resident
from teams.models import Team, User


class CannotReassign(Refusal):
    """The agreement stays with its team."""


def reassign(
    *, by: User, on: date, agreement: Agreement, team: Team, doctor: User, note: str = ""
) -> Agreement:
    """Another team, or another doctor of the same team, goes on with an agreement; its supplements go with it.

    Nothing of the promise changes, nobody signs anew: not the number, not the days, not the printed parties.

    Raises:
        CannotReassign: not the own team's leader or steward, a transfer is under way, or the receiver may not sign or
            has no place left.
    """
    with transaction.atomic(), credited_to(by):
        family = [agreement.pk, *supplements_of([agreement.pk]).values_list("pk", flat=True)]
        held = {one.pk: one for one in locked_agreements(family)}
        own = held[agreement.pk]
        refuse(CannotReassign, _object_to(own, team, doctor, by=by, on=on))
        people = under(family)
        residents = list(people.values_list("pk", flat=True))
        refuse(
            CannotReassign,
            ask_for_places(
                doctor=doctor, institution=team.institution, residents=residents, on=on, policy=policy_on(on)
            ),
        )
        hand_over(list(held), people, team, doctor, by=by, on=on, note=tidy(note), was=own.team)
    own.refresh_from_db(fields=["team", "doctor"])
    return own


def _object_to(own: Agreement, team: Team, doctor: User, *, by: User, on: date) -> Objection | None:
    following = states.step(AgreementState(own.state), states.Verb.REASSIGN)
    if isinstance(following, Objection):
        return following
    if own.kind == AgreementKind.SUPPLEMENTARY:
        return Objection("supplementary", "补充协议随主协议一起移交，请在主协议上办理。")
    moving = Transfer.objects.filter(enrollment__agreement=own, state__in=UNDER_WAY)
    return moves.object_to_reassigning(
        is_leader=works_for(by, own.team, on=on, as_leader=True),
        is_same=(own.team_id, own.doctor_id) == (team.pk, doctor.pk),
        is_team_active=team in Team.objects.active_on(on),
        may_sign=post_in(team, doctor, on=on) in policy_on(on).signing_professions,
        is_moving=moving.exists(),
    )


def under(agreements: Collection[int]) -> QuerySet[Resident]:
    """Residents who are enrolled under these agreements now."""
    running = Enrollment.objects.filter(agreement__in=agreements, state__in=RUNNING)
    return Resident.objects.filter(pk__in=running.values("resident"))


def hand_over(
    agreements: Collection[int], people: QuerySet[Resident], team: Team, doctor: User, *, by: User, on: date,
    note: str, was: Team,
) -> None:  # fmt: skip
    """Write it, for one agreement or many, with one number of statements; the caller has locked and asked.

    Who still waits for a confirmation comes into care when it is given, not now.
    """
    Agreement.objects.filter(pk__in=agreements).update(team=team, doctor=doctor)
    in_force = Enrollment.objects.filter(agreement__in=agreements, state=AgreementState.ACTIVE)
    cared = people.filter(pk__in=in_force.values("resident"))
    give_into_care(residents=cared, team=team, by=by, on=on, note="移交协议")
    told = f"{was.name} → {team.name}，{doctor.name}" + (f"；{note}" if note else "")
    AgreementEvent.objects.bulk_create(
        AgreementEvent(agreement_id=pk, kind=EventKind.REASSIGNED, on=on, by=by, note=told[:500])
        for pk in agreements
    )
