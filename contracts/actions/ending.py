"""How agreements end before their time: for everybody in them, or for some members of a household."""

from collections.abc import Collection
from datetime import date, datetime

from django.db import transaction

from contracts.actions.closing import close_empty, end_dependents, stop
from contracts.actions.locking import locked_agreement
from contracts.actions.signatures import SignedBy, write_signatures
from contracts.choices import AgreementKind, AgreementState, EventKind, Occasion, TerminationReason
from contracts.models import Agreement, AgreementEvent, Enrollment
from contracts.policy import policy_on
from contracts.queries.signing import works_for
from contracts.rules import Objection, ending, states
from core.history import credited_to
from core.refusals import Refusal
from core.text import clean
from residents.actions import set_managing_team
from teams.models import User


class CannotTerminate(Refusal):
    """The agreement goes on."""


def terminate(
    *, by: User, on: date, now: datetime, agreement: Agreement, reason: str, last_day: date, note: str = "",
    evidence: SignedBy | None = None, ip: str | None = None, members: Collection[int] = (),
) -> Agreement:  # fmt: skip
    """End an agreement before its time; ``last_day`` is its last day in force (4.6, S1-13).

    The printed term stays on the agreement; the enrolments end on the last day and free the person from the next
    day on. Supplements end with it, a next term that was signed already becomes void. The person leaves the team's
    care at once, or by the nightly run when the last day is still to come.

    Args:
        members: residents of a household agreement who leave it; empty: everybody. With the last one it ends (4.7).

    Raises:
        CannotTerminate: not running, not one's own team's, nobody chosen who is in it, or the last day or reason is
            not acceptable.
    """
    end = ending.Ending(TerminationReason(reason), last_day, clean(note))
    with transaction.atomic(), credited_to(by):
        running = locked_agreement(agreement)
        _may_end(running, end, is_signed=evidence is not None, by=by, on=on)
        people = _leaving(running, members)
        stop(people, last_day=last_day, reason=end.reason)
        closed = close_empty([running.pk])
        running.refresh_from_db(fields=["state", "waits_for"])
        if evidence:
            write_signatures(running, Occasion.ENDING, [evidence], now=now, ip=ip)
        leaving = [one.resident_id for one in people]
        end_dependents(running, leaving, last_day=last_day, reason=end.reason, by=by)
        _tell(running, end, people, by=by, is_whole=bool(closed))
        if last_day <= on and running.kind != AgreementKind.SUPPLEMENTARY:
            _release(running, people, by=by, on=on)
    return running


def _leaving(agreement: Agreement, members: Collection[int]) -> list[Enrollment]:
    rows = agreement.enrollments.filter(state=AgreementState.ACTIVE).select_related("resident")
    people = list((rows.filter(resident__in=members) if members else rows).order_by("position", "pk"))
    if not people:
        raise CannotTerminate("nobody_chosen", "请选择要退出协议的成员。", field="members")
    return people


def _tell(
    agreement: Agreement, end: ending.Ending, people: list[Enrollment], *, by: User, is_whole: bool
) -> None:
    """Of some members the story tells who, without a full name."""
    names = "" if is_whole else "、".join(one.resident.masked_name for one in people)
    AgreementEvent.objects.create(
        agreement=agreement,
        kind=EventKind.TERMINATED if is_whole else EventKind.LEFT,
        on=end.last_day,
        by=by,
        reason=end.reason,
        note="；".join(one for one in (names, end.note) if one)[:500],
    )


def _release(agreement: Agreement, people: list[Enrollment], *, by: User, on: date) -> None:
    for one in people:
        if one.resident.managing_team_id == agreement.team_id:
            note = f"解约 {agreement.number}"
            set_managing_team(by=by, on=on, resident=one.resident, team=None, note=note)


def _may_end(agreement: Agreement, end: ending.Ending, *, is_signed: bool, by: User, on: date) -> None:
    following = states.step(AgreementState(agreement.state), states.Verb.TERMINATE)
    if isinstance(following, Objection):
        raise _refusal(following)
    objection = (
        ending.object_to_ending(end, starts_on=agreement.starts_on, ends_on=agreement.ends_on, on=on)
        or ending.object_to_terminator(is_in_team=works_for(by, agreement.team, on=on, as_leader=True))
        or ending.object_to_evidence(
            end.reason, is_signed=is_signed, is_needed=policy_on(on).ending_needs_signature
        )
    )
    if objection:
        raise _refusal(objection)


def _refusal(objection: Objection) -> CannotTerminate:
    return CannotTerminate(objection.code, objection.sentence, field=objection.field)
