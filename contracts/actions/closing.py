"""What ending one enrolment takes with it: its supplements, the next term, the agreement in which nobody is left."""

from collections.abc import Collection, Iterable
from datetime import date

from django.db.models import Exists, OuterRef, Q

from contracts.choices import RUNNING, AgreementKind, AgreementState, EventKind, TerminationReason
from contracts.models import Agreement, AgreementEvent, Enrollment
from contracts.rules.states import TRANSITIONS, Verb
from core.events import announce
from core.sql import run
from teams.models import User

ENDED = TRANSITIONS[(AgreementState.ACTIVE, Verb.TERMINATE)]
WITHDRAWN = TRANSITIONS[(AgreementState.PENDING_CONFIRM, Verb.VOID)]
_HAVE_RUN = (ENDED, TRANSITIONS[(AgreementState.ACTIVE, Verb.TRANSFER)])

_RENEWED = TRANSITIONS[(AgreementState.ACTIVE, Verb.RENEW)]
_RUN_OUT = TRANSITIONS[(_RENEWED, Verb.EXPIRE)]

# What has not begun by the last day never begins.
_STOP = """
    UPDATE contracts_enrollment
    SET state = CASE WHEN state = 'active' AND starts_on <= %(last_day)s THEN %(ended)s ELSE %(withdrawn)s END,
        ends_on = CASE WHEN state = 'active' AND starts_on <= %(last_day)s
            THEN least(ends_on, %(last_day)s) ELSE ends_on END,
        end_reason = %(reason)s
    WHERE id = ANY(%(ids)s)
"""


def stop(enrollments: Iterable[Enrollment], *, last_day: date, reason: TerminationReason) -> None:
    """End enrolments on a day; one that would begin later, or still waits for confirmation, becomes void."""
    stopped = list(enrollments)
    ids = [one.pk for one in stopped]
    values = {"last_day": last_day, "reason": reason, "ended": ENDED, "withdrawn": WITHDRAWN, "ids": ids}
    run(_STOP, values)
    announce("enrollment.changed", ids=[one.resident_id for one in stopped])


def close_empty(agreements: Collection[int]) -> dict[int, str]:
    """End the agreements in which nobody is left; id -> the state that each of them took."""
    left = Enrollment.objects.filter(agreement=OuterRef("pk"), state__in=RUNNING)
    ended = Enrollment.objects.filter(agreement=OuterRef("pk"), state__in=_HAVE_RUN)
    empty = Agreement.objects.filter(~Exists(left), pk__in=agreements, state__in=RUNNING)
    rows = empty.annotate(has_run=Exists(ended)).values_list("pk", "state", "has_run")
    closed = {
        pk: str(ENDED if state == AgreementState.ACTIVE and has_run else WITHDRAWN)
        for pk, state, has_run in rows
    }
    for state in {ENDED, WITHDRAWN}:
        found = [pk for pk, following in closed.items() if following == state]
        Agreement.objects.filter(pk__in=found).update(state=state, waits_for="")
    return closed


def run_out(successors: Collection[int], *, by: User | None) -> int:
    """What these void agreements continued has run out, unless another one continues it; how many that were."""
    named = Agreement.objects.filter(pk__in=successors).values("previous")
    others = Agreement.objects.filter(previous=OuterRef("pk")).exclude(state=AgreementState.VOID)
    rows = Agreement.objects.filter(~Exists(others), pk__in=named, state=_RENEWED).order_by("pk")
    days = dict(rows.select_for_update(no_key=True, of=("self",)).values_list("pk", "ends_on"))
    Agreement.objects.filter(pk__in=days).update(state=_RUN_OUT)
    Enrollment.objects.filter(agreement__in=days, state=_RENEWED).update(state=_RUN_OUT)
    note = "下一份协议已作废，期满未续"
    AgreementEvent.objects.bulk_create(
        AgreementEvent(agreement_id=pk, kind=EventKind.EXPIRED, on=day, by=by, note=note)
        for pk, day in days.items()
    )
    return len(days)


def _resting_on(agreement: Agreement) -> Q:
    """Enrolments on top of an agreement: its supplements, the next term that was signed already, and that one's.

    The next term of a household names only one of the agreements that its members come from, so whatever the same team
    begins later is a next term too.
    """
    named = Q(agreement__parent=agreement) | Q(agreement__previous=agreement)
    if agreement.kind == AgreementKind.SUPPLEMENTARY:
        return named
    later = Q(agreement__team=agreement.team_id, starts_on__gt=agreement.ends_on)
    return named | Q(agreement__parent__previous=agreement) | later


def end_dependents(
    agreement: Agreement, people: Collection[int], *, last_day: date, reason: TerminationReason, by: User | None
) -> None:  # fmt: skip
    """End what the same people still have on top of an agreement that they leave on this day."""
    rows = Enrollment.objects.filter(_resting_on(agreement), resident__in=people, state__in=RUNNING)
    leaving = list(rows.select_for_update(of=("self",)).order_by("pk"))
    if not leaving:
        return
    stop(leaving, last_day=last_day, reason=reason)
    touched = {one.agreement_id for one in leaving}
    closed = close_empty(touched)
    kinds = {str(ENDED): EventKind.TERMINATED, str(WITHDRAWN): EventKind.VOIDED}
    AgreementEvent.objects.bulk_create(
        AgreementEvent(
            agreement_id=pk,
            kind=kinds[closed[pk]] if pk in closed else EventKind.LEFT,
            on=last_day,
            by=by,
            reason=reason,
            note=f"随 {agreement.number} 结束",
        )
        for pk in sorted(touched)
    )
