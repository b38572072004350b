"""A resident asks for another doctor: recorded, then accepted within the team, sent on to a transfer, or answered (P7)."""

from datetime import date, datetime

from django.db import transaction

from contracts.actions.asking import held_for, refuse
from contracts.actions.panels import ask_for_places
from contracts.choices import AgreementState, EventKind, RequestState
from contracts.models import Agreement, AgreementEvent, DoctorRequest
from contracts.policy import policy_on
from contracts.queries.signing import post_in
from contracts.rules import signing
from contracts.rules.doctors import object_to_answer, object_to_request
from contracts.rules.states import Verb
from core.constraints import refuse_on
from core.history import credited_to
from core.refusals import Refusal
from core.text import tidy
from teams.models import User


class CannotChangeDoctor(Refusal):
    """The agreement keeps its doctor."""


def request_doctor(
    *, by: User, on: date, agreement: Agreement, wanted: User | None, reason: str, requested_on: date
) -> DoctorRequest:
    """Write down what the resident asks for; ``wanted`` is None if any other doctor of the team will do.

    Raises:
        CannotChangeDoctor: not running, not one's own team's, no reason, or a request is open already.
    """
    told = tidy(reason)[:200]
    with transaction.atomic(), credited_to(by):
        held = held_for(Verb.CHANGE_DOCTOR, agreement, CannotChangeDoctor, by=by, on=on)
        is_in_team = wanted is None or post_in(held.team, wanted, on=on) is not None
        refuse(
            CannotChangeDoctor,
            object_to_request(
                told, requested_on=requested_on, on=on, is_same=wanted == held.doctor, is_in_team=is_in_team
            ),
        )
        with refuse_on(DoctorRequest, CannotChangeDoctor, one_doctor_request_at_a_time=""):
            made = DoctorRequest.objects.create(
                agreement=held, wanted=wanted, reason=told, requested_on=requested_on, recorded_by=by
            )
    return made


def accept_doctor(
    *, by: User, on: date, now: datetime, request: DoctorRequest, doctor: User, answer: str = ""
) -> DoctorRequest:
    """Give the agreement into the care of another doctor of its team, from today on.

    Raises:
        CannotChangeDoctor: decided already, not by the team's leader or steward, or the doctor may not sign, is the same
            or has a full panel.
    """
    with transaction.atomic(), credited_to(by):
        held, mine = _held(request, by=by, on=on)
        policy = policy_on(on)
        people = held.enrollments.filter(state=AgreementState.ACTIVE).values_list("resident", flat=True)
        refuse(
            CannotChangeDoctor,
            object_to_request(
                mine.reason, requested_on=mine.requested_on, on=on, is_same=doctor == held.doctor, is_in_team=True
            )
            or signing.object_to_doctor(post_in(held.team, doctor, on=on), policy)
            or ask_for_places(
                doctor=doctor, institution=held.team.institution, residents=list(people), on=on, policy=policy
            ),
        )  # fmt: skip
        former, held.doctor = held.doctor, doctor
        held.save(update_fields=["doctor"])
        _decide(mine, RequestState.ACCEPTED, tidy(answer), by=by, now=now)
        note = f"签约医生由{former.name}更换为{doctor.name}（居民申请）"
        AgreementEvent.objects.create(agreement=held, kind=EventKind.DOCTOR, on=on, by=by, note=note)
    return mine


def refuse_doctor(
    *, by: User, on: date, now: datetime, request: DoctorRequest, answer: str, to_transfer: bool = False
) -> DoctorRequest:
    """Answer that the doctor stays; ``to_transfer``: the wish leads to another team and is done as a transfer.

    Raises:
        CannotChangeDoctor: no answer, decided already, or not by the team's leader or steward.
    """
    told = tidy(answer)[:200]
    with transaction.atomic(), credited_to(by):
        _, mine = _held(request, by=by, on=on)
        refuse(CannotChangeDoctor, object_to_answer(told, is_open=True))
        _decide(mine, RequestState.DONE if to_transfer else RequestState.REFUSED, told, by=by, now=now)
    return mine


def _held(request: DoctorRequest, *, by: User, on: date) -> tuple[Agreement, DoctorRequest]:
    held = held_for(Verb.CHANGE_DOCTOR, request.agreement, CannotChangeDoctor, by=by, on=on, as_leader=True)
    mine = DoctorRequest.objects.select_for_update().get(pk=request.pk)
    refuse(CannotChangeDoctor, object_to_answer("-", is_open=mine.state == RequestState.OPEN))
    return held, mine


def _decide(request: DoctorRequest, state: RequestState, answer: str, *, by: User, now: datetime) -> None:
    request.state, request.answer = state, answer[:200]
    request.decided_by, request.decided_at = by, now
    request.save(update_fields=["state", "answer", "decided_by", "decided_at"])
