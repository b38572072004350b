"""Registering a person and changing what is known of him."""

from datetime import date
from typing import Any

from django.db import transaction

from core.constraints import refuse_on
from core.history import credited_to
from core.refusals import Refusal
from core.text import tidy
from grids.models import Grid
from residents.actions.ages import align_age_flags
from residents.actions.households import create_household, refuse_second_head
from residents.actions.locking import hold
from residents.actions.numbers import keep_old_form
from residents.actions.particulars import usable_identity, usable_name, usable_phone
from residents.actions.records import record, refuse_taken_number, tell
from residents.choices import Registration, Relation, Sex
from residents.models import Household, HouseholdEvent, Resident, ResidentEvent
from residents.policy import ResidentsPolicy
from residents.rules.household import relation_of_sex
from residents.searchable import searchable_columns
from teams.models import User


class CannotRegister(Refusal):
    """This person may not be entered like this."""


class CannotUpdate(Refusal):
    """The entry may not be changed like this."""


def register_resident(
    *,
    name: str,
    id_kind: str,
    id_number: str,
    grid: Grid,
    policy: ResidentsPolicy,
    by: User,
    on: date,
    sex: int = Sex.UNKNOWN,
    born_on: date | None = None,
    phone: str = "",
    address: str = "",
    household: Household | None = None,
    founds_household: bool = False,
    relation: str = Relation.NON_RELATIVE,
    registration: str = Registration.REGISTERED,
    remark: str = "",
) -> Resident:
    """Enter a person, into a household, as the head of a new one, or without.

    Sex and birth date come from the number where it says them; what is given beside it must agree.

    Raises:
        CannotRegister: a value cannot be used, or the number belongs to somebody already.
    """
    name, phone = usable_name(name, CannotRegister), usable_phone(phone, CannotRegister)
    identity = usable_identity(id_kind, id_number, sex=sex, born_on=born_on, on=on, refusal=CannotRegister)
    with (
        transaction.atomic(),
        credited_to(by),
        refuse_on(
            Resident, CannotRegister, resident_number_unique="id_number", one_head_per_household="relation"
        ),
    ):
        if identity.number:
            refuse_taken_number(identity.number, CannotRegister, by=by)
        home = _home(household, founds_household, grid=grid, address=address, relation=relation, by=by, on=on)
        relation = Relation.HEAD if founds_household else Relation(relation)
        resident = Resident.objects.create(
            name=name,
            sex=identity.sex,
            born_on=identity.born_on,
            id_kind=identity.kind,
            id_number=identity.number,
            phone=phone,
            household=home,
            relation=relation_of_sex(relation, identity.sex) if home else Relation.NON_RELATIVE,
            grid=grid,
            address=tidy(address),
            registration=registration,
            remark=tidy(remark),
            confirmed_on=on,
            **searchable_columns(name, identity.number, phone),
        )
        keep_old_form(resident, id_number, by=by, on=on)
        align_age_flags(resident, policy=policy, on=on)
        record(resident, ResidentEvent.Kind.REGISTERED, "", by)
        if home and not founds_household:
            said = f"{resident.masked_name}，与户主关系“{resident.get_relation_display()}”"
            tell(home, HouseholdEvent.Kind.JOINED, said, by)
    return resident


def _home(
    household: Household | None,
    founds_household: bool,
    *,
    grid: Grid,
    address: str,
    relation: str,
    by: User,
    on: date,
) -> Household | None:
    """The household the new person belongs to: a new one, a given one that he may join, or none."""
    if founds_household:
        return create_household(grid=grid, address=address, by=by, on=on)
    return _joined(household, grid, relation) if household else None


def _joined(household: Household, grid: Grid, relation: str) -> Household:
    """The household, locked, if somebody of this grid may join it in this relation."""
    locked_row = Household.objects.select_for_update(of=("self",)).get(pk=household.pk)
    refuse_second_head(locked_row, relation, CannotRegister)
    if locked_row.grid_id != grid.pk:
        raise CannotRegister(
            "household_elsewhere", "该家庭在另一个网格，请核对家庭编号或网格。", field="household"
        )
    return locked_row


def update_resident(
    *,
    resident: Resident,
    name: str,
    phone: str | None,
    grid: Grid,
    address: str,
    registration: str,
    remark: str,
    relation: str,
    by: User,
    on: date,
) -> Resident:
    """Change the plain fields. Identity, household and life status have verbs of their own.

    A household member does not change grid alone: he moves with the household, or to another one.

    Args:
        phone: None leaves it as it is, "" removes it.

    Raises:
        CannotUpdate: a value cannot be used, or the relation is not changed from here.
    """
    name = usable_name(name, CannotUpdate)
    new_phone = None if phone is None else usable_phone(phone, CannotUpdate)
    with transaction.atomic(), credited_to(by):
        now = hold(CannotUpdate, people=[resident]).people[resident.pk]
        _refuse_relation(now, relation)
        if now.household and now.household.grid_id != grid.pk:
            sentence = "该居民随家庭在原网格。请先办理迁户，或把整户改到新网格。"
            raise CannotUpdate("household_elsewhere", sentence, field="grid")
        wanted: dict[str, Any] = {
            "name": name, "phone": now.phone if new_phone is None else new_phone, "grid_id": grid.pk,
            "address": tidy(address), "registration": registration, "remark": tidy(remark),
            "relation": relation_of_sex(relation, now.sex),
        }  # fmt: skip
        changed = [field for field, value in wanted.items() if getattr(now, field) != value]
        if not changed:
            return now
        _write(now, wanted, changed, by)
    return now


def _refuse_relation(now: Resident, relation: str) -> None:
    if relation == now.relation:
        return
    if now.household_id is None:
        raise CannotUpdate("no_household", "该居民未归户，请先加入家庭再填与户主关系。", field="relation")
    if Relation.HEAD in (relation, now.relation):
        raise CannotUpdate("use_change_head", "户主不在这里修改，请在家庭页面“变更户主”。", field="relation")


def _write(now: Resident, wanted: dict[str, Any], changed: list[str], by: User) -> None:
    for field in changed:
        setattr(now, field, wanted[field])
    fields = [field.removesuffix("_id") for field in changed]
    if {"name", "phone"} & set(fields):
        searchable = searchable_columns(now.name, now.id_number, now.phone)
        for column, value in searchable.items():
            setattr(now, column, value)
        fields += searchable
    now.save(update_fields=[*fields, "updated_at"])
    labels = [str(one.verbose_name) for one in Resident._meta.fields if one.attname in changed]
    record(now, ResidentEvent.Kind.CHANGED, f"修改：{'、'.join(labels)}", by)
    if "grid" in fields:
        team = now.managing_team
        record(
            now, ResidentEvent.Kind.TEAM_CHANGED, f"改由{team.name}管理" if team else "新网格尚无责任团队", by
        )
