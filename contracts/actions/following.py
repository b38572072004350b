"""What the registry's facts mean for agreements: who died or moved away is promised nothing any more (4.6)."""

from collections.abc import Collection
from datetime import date
from typing import Any

import pghistory
from django.db import transaction
from django.db.models import F, Q, QuerySet

from contracts.actions.closing import ENDED, WITHDRAWN, close_empty
from contracts.actions.locking import lock_people
from contracts.choices import RUNNING, AgreementState, EventKind, TerminationReason
from contracts.models import AgreementEvent, Enrollment
from core.sql import run
from residents.actions import release_from_care
from residents.choices import LifeStatus
from residents.models import Resident

# How somebody left -> why his enrolment ended.
REASONS: dict[str, TerminationReason] = {
    LifeStatus.DECEASED: TerminationReason.DEATH,
    LifeStatus.MOVED_OUT: TerminationReason.MOVED_OUT,
}
_ENDED_AHEAD = (AgreementState.TERMINATED, AgreementState.TRANSFERRED)
_KINDS = {str(ENDED): EventKind.TERMINATED, str(WITHDRAWN): EventKind.VOIDED}

# The last day is the day he left, inside his own term. What has not begun never begins, and what ran out before that
# day is left to the expiry. What had been ended for a day to come keeps its state and its reason.
_END = """
    UPDATE contracts_enrollment AS one
    SET state = CASE WHEN one.state = 'pending_confirm' OR one.starts_on > %(on)s THEN %(withdrawn)s
            WHEN one.state = 'active' THEN %(ended)s ELSE one.state END,
        ends_on = CASE WHEN one.state = 'pending_confirm' OR one.starts_on > %(on)s THEN one.ends_on
            ELSE greatest(one.starts_on, person.life_status_on) END,
        end_reason = CASE WHEN one.end_reason <> '' THEN one.end_reason
            WHEN person.life_status = 'deceased' THEN %(death)s ELSE %(moved_out)s END
    FROM residents_resident AS person
    WHERE person.id = one.resident_id AND one.id = ANY(%(ids)s)
"""


def follow_departures(*, on: date, ids: Collection[int] | None = None, dry_run: bool = False) -> int:
    """End the enrolments of everybody who died or moved out; how many there were.

    Only that person's enrolment ends; the agreement ends with its last member. Consumer of "resident.departed" and,
    without ``ids``, a nightly pull over everybody. A second run changes nothing.

    Args:
        ids: residents to look at; None: all.
    """
    with transaction.atomic(), pghistory.context(job="follow_departures"):
        found = _departed(ids, on=on)
        if dry_run:
            return found.count()
        lock_people(found.values_list("agreement", flat=True))
        rows = found.select_for_update(no_key=True, of=("self", "agreement"))
        leaving = list(rows.order_by("agreement_id", "pk"))
        if not leaving:
            return 0
        values: dict[str, Any] = {
            "on": on,
            "ended": ENDED,
            "withdrawn": WITHDRAWN,
            "death": TerminationReason.DEATH,
            "moved_out": TerminationReason.MOVED_OUT,
            "ids": [one.pk for one in leaving],
        }
        run(_END, values)
        closed = close_empty({one.agreement_id for one in leaving})
        AgreementEvent.objects.bulk_create(_told(one, closed) for one in leaving)
        people = Resident.objects.filter(pk__in=[one.resident_id for one in leaving])
        release_from_care(residents=people, by=None, on=on, note="已死亡或迁出")
    return len(leaving)


def _departed(ids: Collection[int] | None, *, on: date) -> QuerySet[Enrollment]:
    """Enrolments that still run although their person has left within their term, if only until a day to come."""
    ahead = Q(state__in=_ENDED_AHEAD, ends_on__gt=on)
    found = Enrollment.objects.filter(
        Q(state__in=RUNNING) | ahead,
        resident__life_status__in=REASONS,
        ends_on__gte=F("resident__life_status_on"),
    )
    if ids is not None:
        found = found.filter(resident__in=ids)
    sealed = ("resident__id_number", "resident__phone", "agreement__as_signed")
    return found.select_related("agreement", "resident").defer(*sealed)


def _told(one: Enrollment, closed: dict[int, str]) -> AgreementEvent:
    """Why it ended, without a full name: more people read the story of an agreement than may see names."""
    person = one.resident
    day = person.life_status_on or one.ends_on
    note = f"{person.masked_name} {day} {person.get_life_status_display()}，按居民登记自动办理"
    if day < one.starts_on:
        note += "；该日期早于协议生效日，请核实"
    return AgreementEvent(
        agreement_id=one.agreement_id,
        kind=_KINDS[closed[one.agreement_id]] if one.agreement_id in closed else EventKind.LEFT,
        on=max(day, one.starts_on),
        reason=REASONS[person.life_status],
        note=note,
    )
