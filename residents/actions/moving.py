"""Moving between households: one person, some of a household, or all of it."""

from collections.abc import Collection, Mapping
from dataclasses import dataclass
from datetime import date

from django.db import transaction

from core.events import announce
from core.history import credited_to
from core.refusals import Refusal
from grids.models import Dwelling, Grid
from residents.actions.heads import Heir, head_needed, refuse_heir, succeed
from residents.actions.households import close_if_empty, create_household, refuse_closed
from residents.actions.locking import Held, hold
from residents.actions.records import record, tell
from residents.actions.stewards import relieve
from residents.choices import LifeStatus, Relation
from residents.models import Household, HouseholdEvent, Resident, ResidentEvent
from residents.rules.household import relation_of_sex
from teams.models import User

Kind = HouseholdEvent.Kind


class CannotMove(Refusal):
    """A person may not change household like this."""


class CannotSplit(Refusal):
    """The household may not be divided like this."""


class CannotMerge(Refusal):
    """The two households may not become one like this."""


@dataclass(frozen=True)
class Place:
    """Where a new household is founded; what is left out is as it was."""

    grid: Grid | None = None
    address: str = ""
    dwelling: Dwelling | None = None


def move_member(
    *,
    resident: Resident,
    household: Household | None,
    by: User,
    on: date,
    relation: str = "",
    founds_household: bool = False,
    place: Place | None = None,
    heir: Heir | None = None,
) -> Resident:
    """Move a person to another household, as the head of a new one, or out of any. Grid and address follow.

    The former household is closed when nobody is left in it; a head who leaves members behind is replaced at once.

    Args:
        heir: the next head of the household that a head leaves.

    Raises:
        CannotMove: same or closed household, a second head, not present, or no next head for those left behind.
        CannotFoundHousehold: the new household cannot be founded there.
    """
    with transaction.atomic(), credited_to(by):
        held = hold(CannotMove, people=[resident], households=[household])
        now = held.people[resident.pk]
        former, target = held.home_of(now), held.households[household.pk] if household else None
        _refuse_move(held, now, former, target, relation, founds_household)
        was_head = now.relation == Relation.HEAD and now.life_status == LifeStatus.PRESENT
        if founds_household:
            target, relation = found_home(now, place, by=by, on=on, former=former), Relation.HEAD
        settle(now, target, relation)
        if former is not None:
            tell(former, Kind.LEFT, f"{now.masked_name} 迁往 {_called(target)}", by)
            _leave(held, former, [now], now if was_head else None, heir, CannotMove, by=by, on=on)
        if target is not None and not founds_household:
            tell(target, Kind.JOINED, f"{now.masked_name}，与户主关系“{now.get_relation_display()}”", by)
        record(now, ResidentEvent.Kind.HOUSEHOLD_CHANGED, f"{_called(former)} → {_called(target)}", by)
        announce("household.changed", ids=[one.pk for one in (former, target) if one])
    return now


def _refuse_move(
    held: Held,
    now: Resident,
    former: Household | None,
    target: Household | None,
    relation: str,
    founds_household: bool,
) -> None:
    if now.life_status == LifeStatus.DECEASED or (founds_household and now.life_status != LifeStatus.PRESENT):
        sentence = f"该居民状态为“{now.get_life_status_display()}”，不能办理迁户。"
        raise CannotMove("not_present", sentence)
    if founds_household:
        return
    if (former.pk if former else None) == (target.pk if target else None):
        raise CannotMove("same_household", "该居民已在这一户，不用迁户。", field="household")
    if target is not None:
        refuse_closed(target, CannotMove)
        if relation == Relation.HEAD and held.head(target) is not None:
            sentence = "该家庭已有户主，请改填与户主的关系，或先变更户主。"
            raise CannotMove("head_exists", sentence, field="relation")


def found_home(
    head: Resident, place: Place | None, *, by: User, on: date, former: Household | None = None
) -> Household:
    """A household for somebody, where he lives unless a place is given."""
    where = place or Place()
    note = f"由 {former.number} 分户" if former else ""
    return create_household(
        grid=where.grid or head.grid,
        address=where.address or head.address,
        dwelling=where.dwelling,
        by=by,
        on=on,
        note=note,
    )


def _called(household: Household | None) -> str:
    return household.number if household else "未归户"


def settle(now: Resident, household: Household | None, relation: str) -> None:
    """Write where somebody belongs now; he lives where his household does."""
    now.household = household
    now.relation = (
        relation_of_sex(relation or Relation.NON_RELATIVE, now.sex) if household else Relation.NON_RELATIVE
    )
    fields = ["household", "relation", "updated_at"]
    if household is not None and household.grid_id != now.grid_id:
        now.grid_id = household.grid_id
        fields.append("grid")
    if household is not None and household.address:
        now.address = household.address
        fields.append("address")
    now.save(update_fields=fields)


def _leave(
    held: Held,
    former: Household,
    gone: list[Resident],
    head: Resident | None,
    heir: Heir | None,
    refusal: type[Refusal],
    *,
    by: User,
    on: date,
) -> None:
    """What becomes of the household that persons have left: steward, next head, end."""
    relieve(former, gone, by=by)
    if head is not None:
        succeed(former, head, held.members(former), heir, refusal, by=by)
    close_if_empty(held, former, by=by, on=on)


def split_household(
    *,
    household: Household,
    leaving: Collection[int],
    founder: Heir,
    by: User,
    on: date,
    place: Place | None = None,
    heir: Heir | None = None,
) -> Household:
    """Some members leave together and found a household of their own; the new household.

    Args:
        leaving: ids of the members who leave.
        founder: which of them is head there, and what the others of them are to him.
        heir: the next head of those who stay, needed when the head is among those who leave.

    Raises:
        CannotSplit: nobody or everybody leaves, the founder is none of them, a relation or the next head is missing.
        CannotFoundHousehold: the new household cannot be founded there.
    """
    with transaction.atomic(), credited_to(by):
        held = hold(CannotSplit, households=[household])
        now = held.households[household.pk]
        refuse_closed(now, CannotSplit)
        parting = _parting(held, now, leaving)
        new_head = refuse_heir(parting, founder, CannotSplit, by=by)
        head = held.head(now)
        if head is not None and head in parting and heir is None:
            raise head_needed(CannotSplit)
        made = found_home(new_head, _whole(place, now), by=by, on=on, former=now)
        for one in parting:
            settle(one, made, Relation.HEAD if one.pk == new_head.pk else founder.relations[one.pk])
            said = f"分户：{now.number} → {made.number}"
            record(one, ResidentEvent.Kind.HOUSEHOLD_CHANGED, said, by)
        names = "、".join(one.masked_name for one in parting)
        tell(now, Kind.SPLIT, f"{names} 分出，新建 {made.number}", by)
        _leave(held, now, parting, head if head in parting else None, heir, CannotSplit, by=by, on=on)
        announce("household.changed", ids=[now.pk, made.pk])
    return made


def _parting(held: Held, household: Household, leaving: Collection[int]) -> list[Resident]:
    members = held.members(household)
    parting = [one for one in members if one.pk in set(leaving)]
    if not parting or len(parting) != len(set(leaving)):
        raise CannotSplit("nobody_leaves", "请勾选分出去的在册成员。", field="leaving")
    if len(parting) == len(members):
        sentence = "不能把全部成员都分出去；整户搬家请用“变更住址”。"
        raise CannotSplit("everybody_leaves", sentence, field="leaving")
    return parting


def _whole(place: Place | None, former: Household) -> Place:
    """A new household at the old address stays in the old dwelling: two households behind one door."""
    where = place or Place()
    if where.grid is None and not where.address and where.dwelling is None:
        return Place(former.grid, former.address, former.dwelling)
    return Place(where.grid or former.grid, where.address or former.address, where.dwelling)


def merge_households(
    *, kept: Household, closing: Household, relations: Mapping[int, str], by: User, on: date
) -> Household:
    """Two households become one: everybody present in ``closing`` joins ``kept``, and its number leads there.

    Members who died or left stay where their story was told; who comes back joins the household that was kept.

    Args:
        relations: resident id -> relation to the head of ``kept``, for everybody present in ``closing``.

    Raises:
        CannotMerge: one household with itself, a closed one, no head to relate to, or a relation is missing.
    """
    with transaction.atomic(), credited_to(by):
        held = hold(CannotMerge, households=[kept, closing])
        into, out = held.households[kept.pk], held.households[closing.pk]
        newcomers = _refuse_merge(held, into, out, relations, by=by)
        relieve(out, newcomers, by=by)
        for one in newcomers:
            settle(one, into, relations[one.pk])
            said = f"并户：{out.number} → {into.number}，与户主关系“{one.get_relation_display()}”"
            record(one, ResidentEvent.Kind.HOUSEHOLD_CHANGED, said, by)
        out.closed_on, out.merged_into = on, into
        out.save(update_fields=["closed_on", "merged_into"])
        Household.objects.filter(merged_into=out).update(
            merged_into=into
        )  # every old number leads in one step
        names = "、".join(one.masked_name for one in newcomers) or "没有在册成员"
        tell(into, Kind.MERGED, f"{out.number} 并入本户：{names}", by)
        tell(out, Kind.MERGED, f"并入 {into.number}，本户销户", by)
        announce("household.changed", ids=[into.pk, out.pk])
    return into


def _refuse_merge(
    held: Held, into: Household, out: Household, relations: Mapping[int, str], *, by: User
) -> list[Resident]:
    if into.pk == out.pk:
        raise CannotMerge("same_household", "不能把家庭并入自己，请填写另一户的编号。", field="number")
    for one in (into, out):
        if one.closed_on is not None:
            raise CannotMerge("household_closed", f"{one.number} 已销户，不能并户。", field="number")
    head = held.head(into)
    if head is None:
        raise CannotMerge("no_head", f"{into.number} 目前没有户主，请先在该户页面确定户主。", field="number")
    newcomers = held.members(out)
    refuse_heir([head, *newcomers], Heir(head.pk, relations), CannotMerge, by=by)
    return newcomers
