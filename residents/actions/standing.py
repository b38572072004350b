"""Life events: death, moving out, losing touch, and being back. Each in one action with everything it entails."""

from datetime import date

from django.db import transaction

from core.events import announce
from core.history import credited_to
from core.refusals import Refusal
from core.text import tidy
from residents.actions.heads import Heir, succeed
from residents.actions.households import close_if_empty, reopen
from residents.actions.locking import Held, hold
from residents.actions.moving import Place, found_home, settle
from residents.actions.records import record, refuse_if, tell
from residents.actions.stewards import relieve
from residents.choices import LifeStatus, Relation
from residents.models import Household, HouseholdEvent, Resident, ResidentEvent
from residents.rules.standing import check_status
from teams.models import User


class CannotSetStatus(Refusal):
    """The life status may not change like this."""


def record_death(
    *, resident: Resident, since: date, by: User, on: date, reason: str = "", heir: Heir | None = None
) -> Resident:
    """Somebody died on a day. What was promised to him is ended by the rooms above.

    Args:
        heir: the next head, needed when he led a household in which others stay.

    Raises:
        CannotSetStatus: not from the present status, a date that cannot be, or no next head.
    """
    return _goes(resident, LifeStatus.DECEASED, since, reason, heir, by=by, on=on)


def record_move_out(
    *, resident: Resident, since: date, by: User, on: date, reason: str = "", heir: Heir | None = None
) -> Resident:
    """Somebody lives elsewhere from a day on; arguments and refusals as for a death."""
    return _goes(resident, LifeStatus.MOVED_OUT, since, reason, heir, by=by, on=on)


def record_lost(
    *, resident: Resident, since: date, by: User, on: date, reason: str = "", heir: Heir | None = None
) -> Resident:
    """Nobody has reached him since a day. Nothing that was promised ends; the rooms above warn."""
    return _goes(resident, LifeStatus.LOST, since, reason, heir, by=by, on=on)


_TOPICS = {
    LifeStatus.DECEASED: "resident.departed",
    LifeStatus.MOVED_OUT: "resident.departed",
    LifeStatus.LOST: "resident.lost",
}


def _goes(
    resident: Resident,
    status: LifeStatus,
    since: date,
    reason: str,
    heir: Heir | None,
    *,
    by: User,
    on: date,
) -> Resident:
    with transaction.atomic(), credited_to(by):
        held = hold(CannotSetStatus, people=[resident])
        now = held.people[resident.pk]
        _refuse_status(now, status, since, on)
        led = now.life_status == LifeStatus.PRESENT and now.relation == Relation.HEAD
        said = _set(now, status, since, tidy(reason))
        now.save(update_fields=["life_status", "life_status_on", "updated_at"])
        record(now, ResidentEvent.Kind.STATUS_CHANGED, said, by)
        home = held.home_of(now)
        if home is not None:
            tell(home, HouseholdEvent.Kind.LEFT, f"{now.masked_name} {status.label}（{since}）", by)
            relieve(home, [now], by=by)
            if led:
                succeed(home, now, held.members(home), heir, CannotSetStatus, by=by)
            close_if_empty(held, home, by=by, on=on)
            announce("household.changed", ids=[home.pk])
        announce(_TOPICS[status], ids=[now.pk])
    return now


def _refuse_status(now: Resident, status: LifeStatus, since: date, on: date) -> None:
    fault = check_status(
        now.life_status, status, since, born_on=now.born_on, on=on, gone_on=now.life_status_on
    )
    at_date = fault is not None and fault.code != "status_change"
    refuse_if(fault, CannotSetStatus, "since" if at_date else "")


def _set(now: Resident, status: LifeStatus, since: date, reason: str) -> str:
    """The event's words, and the two columns."""
    former = now.get_life_status_display()
    now.life_status = status
    now.life_status_on = None if status == LifeStatus.PRESENT else since
    return f"{former} → {status.label}（{since}）{reason}"


def bring_back(
    *,
    resident: Resident,
    household: Household | None,
    since: date,
    by: User,
    on: date,
    reason: str = "",
    relation: str = "",
    founds_household: bool = False,
    place: Place | None = None,
) -> Resident:
    """Somebody who was lost is found, who moved out is back, or a death was entered by mistake.

    Where others live by now his relation to their head is told anew; where nobody is left he is the head, and a
    household that was closed for standing empty opens again.

    Args:
        household: where he belongs from now on; None: in none, or in a new one that he founds.

    Raises:
        CannotSetStatus: not from the present status, a date that cannot be, a correction without a reason, a closed
            household, or a relation that is missing or names a second head.
        CannotFoundHousehold: the new household cannot be founded there.
    """
    reason = tidy(reason)
    with transaction.atomic(), credited_to(by):
        held = hold(CannotSetStatus, people=[resident], households=[household])
        now = held.people[resident.pk]
        _refuse_status(now, LifeStatus.PRESENT, since, on)
        if now.life_status == LifeStatus.DECEASED and not reason:
            raise CannotSetStatus("reason_missing", "撤销死亡登记须说明原因。", field="reason")
        target = held.households[household.pk] if household else None
        if target is not None:
            relation = _relation_there(held, now, target, relation)
        said = _set(now, LifeStatus.PRESENT, since, reason)
        now.relation = Relation.NON_RELATIVE  # a row that still says 户主 would meet the head of today
        if founds_household:
            target, relation = found_home(now, place, by=by, on=on), Relation.HEAD
        elif target is not None and target.closed_on is not None:
            reopen(target, by=by)
        now.confirmed_on = on
        now.save(update_fields=["life_status", "life_status_on", "confirmed_on", "relation", "updated_at"])
        former = held.home_of(now)
        settle(now, target, relation)
        _leave_former(held, former, now, by=by, on=on)
        _tell_return(now, target, said, by)
    return now


def _leave_former(held: Held, former: Household | None, now: Resident, *, by: User, on: date) -> None:
    """A household that waited for him alone ends when he lives elsewhere."""
    if former is None or former.pk == now.household_id or former.closed_on is not None:
        return
    tell(former, HouseholdEvent.Kind.LEFT, f"{now.masked_name} 恢复在册，不再属于本户", by)
    close_if_empty(held, former, by=by, on=on)
    announce("household.changed", ids=[former.pk])


def _relation_there(held: Held, now: Resident, target: Household, relation: str) -> str:
    """His relation in the household he comes back to; alone he is its head."""
    if target.merged_into_id or (target.closed_on is not None and target.pk != now.household_id):
        raise CannotSetStatus("household_closed", "该家庭已销户，请另选家庭。", field="household")
    others = held.members(target)
    if not others:
        return Relation.HEAD
    if relation not in Relation.values:
        raise CannotSetStatus("relation_missing", "请选择与现在户主的关系。", field="relation")
    if relation == Relation.HEAD and held.head(target) is not None:
        raise CannotSetStatus("head_exists", "该家庭已另有户主，请填写与户主的关系。", field="relation")
    return relation


def _tell_return(now: Resident, target: Household | None, said: str, by: User) -> None:
    if target is not None:
        note = f"{now.masked_name} 恢复在册，与户主关系“{now.get_relation_display()}”"
        tell(target, HouseholdEvent.Kind.JOINED, note, by)
        announce("household.changed", ids=[target.pk])
        said = f"{said}；家庭 {target.number}"
    record(now, ResidentEvent.Kind.STATUS_CHANGED, said, by)
    announce("resident.returned", ids=[now.pk])
