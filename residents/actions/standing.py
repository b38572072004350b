"""Life status: death, moving out, losing touch, and being found again."""

from datetime import date

from django.db import transaction

from core.history import credited_to
from core.refusals import Refusal
from core.text import tidy
from residents.actions.households import head_of
from residents.actions.records import locked, record, refuse_if
from residents.choices import LifeStatus, Relation
from residents.models import Resident, ResidentEvent
from residents.rules.standing import check_status
from teams.models import User


class CannotSetStatus(Refusal):
    """The life status may not change like this."""


def set_status(*, resident: Resident, status: str, since: date, reason: str, by: User, on: date) -> Resident:
    """Record that somebody died, moved out, was lost sight of, or is back.

    Who comes back to a household that has another head by now is no longer its head; the event says so.

    Args:
        since: the day it happened.

    Raises:
        CannotSetStatus: not from the present status, a date that cannot be, or a correction without a reason.
    """
    reason = tidy(reason)
    with transaction.atomic(), credited_to(by):
        now = locked(resident)
        fault = check_status(now.life_status, status, since, born_on=now.born_on, on=on)
        refuse_if(fault, CannotSetStatus, "status" if fault and fault.code == "status_change" else "since")
        if now.life_status == LifeStatus.DECEASED and not reason:
            raise CannotSetStatus("reason_missing", "撤销死亡登记须说明原因。", field="reason")
        former = now.get_life_status_display()
        note = f"{former} → {LifeStatus(status).label}（{since}）{reason}"
        now.life_status = status
        now.life_status_on = None if status == LifeStatus.PRESENT else since
        if status == LifeStatus.PRESENT and _is_second_head(now):
            now.relation = Relation.NON_RELATIVE
            note += "；该户已另有户主，与户主关系请重新填写"
        now.save(update_fields=["life_status", "life_status_on", "relation", "updated_at"])
        record(now, ResidentEvent.Kind.STATUS_CHANGED, note, by)
    return now


def _is_second_head(now: Resident) -> bool:
    if now.household is None or now.relation != Relation.HEAD:
        return False
    head = head_of(now.household)
    return head is not None and head.pk != now.pk
