"""Households: founding, moving between them, changing the head."""

from collections.abc import Mapping
from datetime import date

from django.db import transaction

from core.history import credited_to
from core.numbering import next_serials
from core.refusals import Refusal
from core.text import tidy
from grids.models import Dwelling, Grid
from residents.actions.records import locked, record
from residents.choices import Relation
from residents.models import Household, Resident, ResidentEvent
from residents.rules.household import relation_of_sex
from teams.models import User

LAST_SERIAL = 99_999


class CannotMove(Refusal):
    """A person may not change household like this."""


class CannotChangeHead(Refusal):
    """This person may not become head like this."""


class CannotFoundHousehold(Refusal):
    """No household can be founded there."""


def take_household_numbers(village_code: str, count: int = 1) -> list[str]:
    """Numbers for new households: 12-digit village code + F + 5-digit serial (docs/domain.md 6.4).

    Raises:
        CannotFoundHousehold: the five digits of the village are used up.
    """
    serials = next_serials(f"household:{village_code}", count)
    if serials and serials[-1] > LAST_SERIAL:
        raise CannotFoundHousehold("household_numbers_used_up", "该村居的家庭编号已用完，请联系区卫健局。")
    return [f"{village_code}F{serial:05d}" for serial in serials]


def create_household(
    *, grid: Grid, address: str, by: User | None, on: date, dwelling: Dwelling | None = None
) -> Household:
    """A household without members yet.

    Raises:
        CannotFoundHousehold: the numbers of the village are used up.
    """
    with transaction.atomic(), credited_to(by):
        number = take_household_numbers(grid.code[:12])[0]
        return Household.objects.create(
            number=number, grid=grid, dwelling=dwelling, address=tidy(address), registered_on=on
        )


def head_of(household: Household) -> Resident | None:
    return household.members.present().filter(relation=Relation.HEAD).first()


def refuse_second_head(household: Household, relation: str, refusal: type[Refusal]) -> None:
    if household.closed_on is not None:
        raise refusal("household_closed", "该家庭已销户，请另选家庭。", field="household")
    if relation == Relation.HEAD and head_of(household) is not None:
        raise refusal("head_exists", "该家庭已有户主，请改填与户主的关系，或先变更户主。", field="relation")


def move_member(
    *,
    resident: Resident,
    household: Household | None,
    by: User,
    on: date,
    relation: str = "",
    founds_household: bool = False,
) -> Resident:
    """Move a person to another household, as the head of a new one, or out of any. Grid and address follow.

    The former household is closed when nobody present is left in it.

    Raises:
        CannotMove: same or closed household, a second head, or a head who would leave members behind.
    """
    with transaction.atomic(), credited_to(by):
        now = locked(resident)
        former = now.household
        _lock_households(former, household)
        _refuse_deserting_head(now)
        if founds_household:
            household, relation = (
                create_household(grid=now.grid, address=now.address, by=by, on=on),
                Relation.HEAD,
            )
        elif household is not None:
            household.refresh_from_db()
            refuse_second_head(household, relation, CannotMove)
        if (former.pk if former else None) == (household.pk if household else None):
            raise CannotMove("same_household", "该居民已在这一户，不用迁户。", field="household")
        _settle(now, household, relation)
        if former is not None:
            _close_if_empty(former, on)
        said = f"{former.number if former else '未归户'} → {household.number if household else '未归户'}"
        record(now, ResidentEvent.Kind.HOUSEHOLD_CHANGED, said, by)
    return now


def _lock_households(*households: Household | None) -> None:
    """In the order of ids, so that two moves in opposite directions wait instead of deadlocking."""
    ids = [one.pk for one in households if one]
    list(Household.objects.select_for_update().filter(pk__in=ids).order_by("pk"))


def _refuse_deserting_head(now: Resident) -> None:
    if now.household is None or now.relation != Relation.HEAD:
        return
    if now.household.members.present().exclude(pk=now.pk).exists():
        raise CannotMove("head_leaves", "户主迁出前，请先把户主变更为留下的家庭成员。")


def _settle(now: Resident, household: Household | None, relation: str) -> None:
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


def _close_if_empty(household: Household, on: date) -> None:
    if not household.members.present().exists():
        household.closed_on = on
        household.save(update_fields=["closed_on"])


def change_head(
    *, household: Household, head: Resident, relations: Mapping[int, str], by: User, on: date
) -> Household:
    """Make a member the head. All relations are told anew: they are relations to the new head.

    Args:
        relations: resident id -> relation to the new head, for every other present member.

    Raises:
        CannotChangeHead: not a present member, already the head, or a relation is missing or names a second head.
    """
    with transaction.atomic(), credited_to(by):
        _lock_households(household)
        members = list(household.members.present().select_for_update(of=("self",)).order_by("pk"))
        _refuse_head(members, head, relations)
        former = [one for one in members if one.relation == Relation.HEAD]
        for one in [*former, *(one for one in members if one not in former)]:
            wanted = Relation.HEAD if one.pk == head.pk else relation_of_sex(relations[one.pk], one.sex)
            if one.relation != wanted:
                one.relation = wanted
                one.save(update_fields=["relation", "updated_at"])
                note = f"变更户主，与户主关系改为“{one.get_relation_display()}”"
                record(one, ResidentEvent.Kind.HOUSEHOLD_CHANGED, note, by)
    return household


def _refuse_head(members: list[Resident], head: Resident, relations: Mapping[int, str]) -> None:
    known = {one.pk: one for one in members}
    if head.pk not in known:
        raise CannotChangeHead("not_a_member", "新户主须是本户在册成员。", field="head")
    if known[head.pk].relation == Relation.HEAD:
        raise CannotChangeHead("same_head", "该成员已是户主，不用变更。", field="head")
    for one in members:
        if one.pk == head.pk:
            continue
        if relations.get(one.pk, "") not in Relation.values:
            raise CannotChangeHead("relation_missing", f"请填写 {one.masked_name} 与新户主的关系。")
        if relations[one.pk] == Relation.HEAD:
            raise CannotChangeHead("second_head", f"{one.masked_name} 不能也是户主，请改填关系。")
