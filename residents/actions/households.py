"""Households themselves: founding, changing their place, closing and coming back."""

from datetime import date

from django.db import transaction

from core.events import announce
from core.history import credited_to
from core.numbering import next_serials
from core.refusals import Refusal
from core.text import tidy
from grids.models import Dwelling, Grid
from residents.actions.locking import Held, hold
from residents.actions.records import tell
from residents.choices import LifeStatus, Relation
from residents.models import Household, HouseholdEvent, Resident, ResidentEvent
from teams.models import User

LAST_SERIAL = 99_999
Kind = HouseholdEvent.Kind


class CannotFoundHousehold(Refusal):
    """No household can be founded there."""


class CannotChangePlace(Refusal):
    """The household may not be moved like this."""


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
    *,
    grid: Grid,
    address: str,
    by: User | None,
    on: date,
    dwelling: Dwelling | None = None,
    note: str = "",
) -> Household:
    """A household without members yet. Several may stand behind one door.

    Raises:
        CannotFoundHousehold: the numbers of the village are used up, or the dwelling lies in another grid.
    """
    with transaction.atomic(), credited_to(by):
        _refuse_dwelling(dwelling, grid, CannotFoundHousehold)
        number = take_household_numbers(grid.code[:12])[0]
        made = Household.objects.create(
            number=number, grid=grid, dwelling=dwelling, address=tidy(address), registered_on=on
        )
        tell(made, Kind.FOUNDED, note, by)
    return made


def _refuse_dwelling(dwelling: Dwelling | None, grid: Grid, refusal: type[Refusal]) -> None:
    """A building is registered in a grid; the micro-grids of that grid share it."""
    if dwelling is not None and dwelling.building.grid_id not in (grid.pk, grid.parent_id):
        raise refusal("dwelling_elsewhere", "这处住房不在所选网格内，请核对网格或楼栋。", field="building")


def head_of(household: Household) -> Resident | None:
    return household.members.present().filter(relation=Relation.HEAD).first()


def refuse_closed(household: Household, refusal: type[Refusal]) -> None:
    if household.closed_on is not None:
        raise refusal("household_closed", "该家庭已销户，请另选家庭。", field="household")


def refuse_second_head(household: Household, relation: str, refusal: type[Refusal]) -> None:
    refuse_closed(household, refusal)
    if relation == Relation.HEAD and head_of(household) is not None:
        raise refusal("head_exists", "该家庭已有户主，请改填与户主的关系，或先变更户主。", field="relation")


def change_place(
    *, household: Household, grid: Grid, address: str, dwelling: Dwelling | None, by: User, on: date
) -> Household:
    """The whole household moves: its grid, address and dwelling, and with it everybody present or lost sight of.

    Its number stays, also in another village: it is printed on papers by now.

    Raises:
        CannotChangePlace: closed, nothing changes, or the dwelling lies in another grid.
    """
    address = tidy(address)
    with transaction.atomic(), credited_to(by):
        held = hold(CannotChangePlace, households=[household])
        now = held.households[household.pk]
        refuse_closed(now, CannotChangePlace)
        _refuse_dwelling(dwelling, grid, CannotChangePlace)
        place = (grid.pk, address, dwelling.pk if dwelling else None)
        if place == (now.grid_id, now.address, now.dwelling_id):
            raise CannotChangePlace("nothing_changed", "网格、住址和住房都没有改动，不用保存。")
        said = f"{now.grid.name} {now.address} → {grid.name} {address}"
        now.grid, now.address, now.dwelling = grid, address, dwelling
        now.save(update_fields=["grid", "address", "dwelling"])
        _take_along(held, now, by)
        tell(now, Kind.CHANGED, f"整户变更住址：{said}", by)
        announce("household.changed", ids=[now.pk])
    return now


def _take_along(held: Held, household: Household, by: User) -> None:
    """Whoever lives there, or would if he were found, stands in the new grid at the new address."""
    living = (LifeStatus.PRESENT, LifeStatus.LOST)
    moved = [
        one
        for one in held.people.values()
        if one.household_id == household.pk and one.life_status in living
        if (one.grid_id, one.address) != (household.grid_id, household.address)
    ]
    for one in moved:
        one.grid, one.address = household.grid, household.address
        one.save(update_fields=["grid", "address", "updated_at"])
    ResidentEvent.objects.bulk_create(
        ResidentEvent(
            resident=one, kind=ResidentEvent.Kind.HOUSEHOLD_CHANGED, note=f"随家庭 {household.number} 变更住址", by=by
        )
        for one in moved
    )  # fmt: skip


def close_if_empty(held: Held, household: Household, *, by: User | None, on: date) -> None:
    """Nobody is left, not even somebody who may be found again: the household is closed."""
    waiting = any(
        one.household_id == household.pk and one.life_status in (LifeStatus.PRESENT, LifeStatus.LOST)
        for one in held.people.values()
    )
    if waiting or household.closed_on is not None:
        return
    household.closed_on = on
    household.save(update_fields=["closed_on"])
    tell(household, Kind.CLOSED, "没有在册成员，自动销户", by)


def reopen(household: Household, *, by: User | None) -> None:
    """Somebody is back in a household that was closed when it stood empty."""
    household.closed_on = None
    household.save(update_fields=["closed_on"])
    tell(household, Kind.REOPENED, "成员恢复在册", by)
