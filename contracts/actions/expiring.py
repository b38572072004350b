"""The end of the term: what the calendar does every night."""

from datetime import date, datetime

import pghistory
from django.db import transaction
from django.db.models import Exists, F, OuterRef, QuerySet

from contracts.actions.closing import run_out
from contracts.actions.renewing import renew_automatically
from contracts.choices import AgreementState
from contracts.models import Agreement, Enrollment
from core.sql import run
from residents.actions import release_from_care
from residents.models import Resident

# One statement: either an agreement, its enrolments and its event change together, or nothing does. What is continued
# by another agreement is renewed, the rest has run out.
_EXPIRE = """
    WITH closing AS (
        SELECT one.id, one.ends_on, (
            SELECT min(next.number) FROM contracts_agreement AS next
            WHERE next.previous_id = one.id AND next.state <> 'void'
        ) AS next_number
        FROM contracts_agreement AS one WHERE one.state = 'active' AND one.ends_on < %(on)s
    ), ended AS (
        UPDATE contracts_agreement AS one
        SET state = CASE WHEN next_number IS NULL THEN 'expired' ELSE 'renewed' END
        FROM closing WHERE one.id = closing.id
        RETURNING one.id, one.state, one.ends_on, next_number
    ), people AS (
        UPDATE contracts_enrollment AS one SET state = ended.state
        FROM ended WHERE one.agreement_id = ended.id AND one.state = 'active'
    )
    INSERT INTO contracts_agreementevent (agreement_id, kind, at, "on", reason, note)
    SELECT id, ended.state, now(), ends_on, '',
        CASE WHEN next_number IS NULL THEN '' ELSE '期满，由 ' || next_number || ' 接续' END
    FROM ended
"""
# Nobody said yes as long as it was to last: it never came into force.
_FORGET = """
    WITH forgotten AS (
        UPDATE contracts_agreement SET state = 'void', waits_for = ''
        WHERE state = 'pending_confirm' AND ends_on < %(on)s
        RETURNING id, ends_on
    ), people AS (
        UPDATE contracts_enrollment AS one SET state = 'void'
        FROM forgotten WHERE one.agreement_id = forgotten.id AND one.state = 'pending_confirm'
    )
    INSERT INTO contracts_agreementevent (agreement_id, kind, at, "on", reason, note)
    SELECT id, 'voided', now(), ends_on, '', '到期仍未确认，自动作废' FROM forgotten
"""


def close_terms(*, on: date, now: datetime) -> tuple[int, int]:
    """The nightly run: renew what the profile renews by itself, then close every term that is over.

    Returns how many were renewed automatically, and how many terms were closed.
    """
    with transaction.atomic():
        return renew_automatically(on=on, now=now), expire_ended(on=on)


def expire_ended(*, on: date) -> int:
    """Close every agreement whose last day is over, however long ago; how many there were.

    One that another agreement continues becomes renewed, any other expired. A person whose agreement ran out stays in
    the team's care, so that the team can renew; one whose agreement was terminated for a day that has now passed
    leaves it. Running it twice changes nothing.
    """
    # A named job is found by the history triggers at once; without it each row would look for one in vain.
    with transaction.atomic(), pghistory.context(job="expire_agreements"):
        closed = run(_EXPIRE, {"on": on})
        late = Agreement.objects.filter(state=AgreementState.PENDING_CONFIRM, ends_on__lt=on)
        continuing = list(late.filter(previous__isnull=False).values_list("pk", flat=True))
        run(_FORGET, {"on": on})
        if continuing:
            run_out(continuing, by=None)
        release_from_care(by=None, on=on, residents=_still_held(on), note="解约生效")
    return closed


def _still_held(on: date) -> QuerySet[Resident]:
    """Residents in the care of a team whose last agreement with them was terminated and is over."""
    later = Enrollment.objects.binding().filter(
        resident=OuterRef("resident"),
        agreement__team=OuterRef("agreement__team"),
        ends_on__gt=OuterRef("ends_on"),
    )
    over = Enrollment.objects.filter(
        ~Exists(later),
        is_supplementary=False,
        state=AgreementState.TERMINATED,
        ends_on__lt=on,
        agreement__team=F("resident__managing_team"),
    )
    return Resident.objects.filter(pk__in=over.values("resident"))
