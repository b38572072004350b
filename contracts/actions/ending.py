"""How agreements end: terminated by somebody, or expired by the calendar."""

from datetime import date, datetime

import pghistory
from django.db import connection, transaction
from django.db.models import Exists, F, OuterRef, QuerySet

from contracts.actions.signatures import SignedBy, write_signatures
from contracts.choices import AgreementState, EventKind, Occasion, TerminationReason
from contracts.models import Agreement, AgreementEvent, Enrollment
from contracts.policy import policy_on
from contracts.queries.signing import works_for
from contracts.rules import Objection, ending, states
from core.history import credited_to
from core.refusals import Refusal
from core.text import clean
from residents.actions import release_from_care, set_managing_team
from residents.models import Resident
from teams.models import User


class CannotTerminate(Refusal):
    """The agreement goes on."""


def terminate(
    *, by: User, on: date, now: datetime, agreement: Agreement, reason: str, last_day: date, note: str = "",
    evidence: SignedBy | None = None, ip: str | None = None,
) -> Agreement:  # fmt: skip
    """End an agreement before its time; ``last_day`` is its last day in force (4.6, S1-13).

    The printed term stays on the agreement; the enrolments end on the last day and free the person from the next
    day on. The person leaves the team's care at once, or by the nightly run when the last day is still to come.

    Raises:
        CannotTerminate: not running, not one's own team's, or the last day or reason is not acceptable.
    """
    end = ending.Ending(TerminationReason(reason), last_day, clean(note))
    with transaction.atomic(), credited_to(by):
        rows = Agreement.objects.select_for_update(of=("self",)).select_related("team__institution")
        running = rows.get(pk=agreement.pk)
        running.state = _may_end(running, end, is_signed=evidence is not None, by=by, on=on)
        running.save(update_fields=["state"])
        people = list(running.enrollments.filter(state=AgreementState.ACTIVE).select_related("resident"))
        running.enrollments.filter(pk__in=[one.pk for one in people]).update(
            state=running.state, ends_on=last_day, end_reason=end.reason
        )
        if evidence:
            write_signatures(running, Occasion.ENDING, [evidence], now=now, ip=ip)
        AgreementEvent.objects.create(
            agreement=running, kind=EventKind.TERMINATED, on=last_day, by=by, reason=end.reason, note=end.note
        )
        for one in people:
            if last_day <= on and one.resident.managing_team_id == running.team_id:
                note = f"解约 {running.number}"
                set_managing_team(by=by, on=on, resident=one.resident, team=None, note=note)
    return running


def _may_end(
    agreement: Agreement, end: ending.Ending, *, is_signed: bool, by: User, on: date
) -> AgreementState:
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
    return following


def _refusal(objection: Objection) -> CannotTerminate:
    return CannotTerminate(objection.code, objection.sentence, field=objection.field)


# One statement: either an agreement, its enrolments and its event change together, or nothing does.
_EXPIRE = """
    WITH ended AS (
        UPDATE contracts_agreement SET state = 'expired'
        WHERE state = 'active' AND ends_on < %(on)s
        RETURNING id, ends_on
    ), people AS (
        UPDATE contracts_enrollment AS one SET state = 'expired'
        FROM ended WHERE one.agreement_id = ended.id AND one.state = 'active'
    )
    INSERT INTO contracts_agreementevent (agreement_id, kind, at, "on", reason, note)
    SELECT id, 'expired', now(), ends_on, '', '' FROM ended
"""


def expire_ended(*, on: date) -> int:
    """Expire every agreement whose last day is over, however long ago; how many there were.

    A person whose agreement ran out stays in the team's care, so that the team can renew; one whose agreement was
    terminated for a day that has now passed leaves it. Running it twice changes nothing.
    """
    # A named job is found by the history triggers at once; without it each row would look for one in vain.
    with transaction.atomic(), pghistory.context(job="expire_agreements"):
        with connection.cursor() as cursor:
            cursor.execute(_EXPIRE, {"on": on})
            expired = cursor.rowcount
        release_from_care(by=None, on=on, residents=_still_held(on), note="解约生效")
    return expired


def _still_held(on: date) -> QuerySet[Resident]:
    """Residents in the care of a team whose last agreement with them was terminated and is over."""
    later = Enrollment.objects.binding().filter(
        resident=OuterRef("resident"),
        agreement__team=OuterRef("agreement__team"),
        ends_on__gt=OuterRef("ends_on"),
    )
    over = Enrollment.objects.filter(
        ~Exists(later),
        state=AgreementState.TERMINATED,
        ends_on__lt=on,
        agreement__team=F("resident__managing_team"),
    )
    return Resident.objects.filter(pk__in=over.values("resident"))
