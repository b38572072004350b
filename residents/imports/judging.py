"""What the registry says to each row of a roster."""

import uuid
from typing import Any

from core.masks import mask_name, mask_phone
from residents.choices import RESTRICTED, Evidence, LifeStatus, Population, Relation
from residents.imports.columns import Column
from residents.imports.plan import CHANGED, NEW, REFUSED, SAME, Change, Draft, Family, Verdict
from residents.imports.registry import Known
from residents.models import Resident
from residents.rules.faults import Fault
from residents.rules.household import relation_of_sex

C = Column


class Judge:
    """Says what happens to a row: new, changed, the same, or refused."""

    def __init__(
        self, known: Known, indexes: dict[int, uuid.UUID], families: list[Family], may_restricted: bool
    ) -> None:
        self.known, self.indexes, self.families = known, indexes, families
        self.may_restricted = may_restricted

    def verdict(self, draft: Draft) -> Verdict:
        index = self.indexes.get(draft.row)
        person = self.known.people.get(index) if index else None
        if index and person is None:
            self._refuse_taken(draft, index)
        if person is not None:
            self._refuse_conflict(draft, person)
        kinds = self._allowed_kinds(draft)
        if draft.is_refused:
            return Verdict(draft, REFUSED, person.pk if person else None)
        if person is None:
            return Verdict(draft, NEW, kinds=kinds)
        return self._compared(draft, person, kinds)

    def _refuse_taken(self, draft: Draft, index: uuid.UUID) -> None:
        if index in self.known.elsewhere:
            remedy = "请联系区卫健局核实后办理迁入，不要重复登记"
            draft.refuse(C.NUMBER, Fault("id_elsewhere", "该证件号码已在本区其他辖区登记", remedy))
        elif index in self.known.former:
            draft.refuse(C.NUMBER, Fault("id_former", "该号码是已更正的旧号码", "请改填现用证件上的号码"))

    def _refuse_conflict(self, draft: Draft, person: Resident) -> None:
        if person.name != draft.name:
            cause = f"该证件号码已登记为 {mask_name(person.name)}，与表中姓名不一致"
            draft.refuse(
                C.NAME, Fault("name_conflict", cause, "请对照证件核对；确已改名的，请在居民页面修改")
            )
        if person.life_status in (LifeStatus.DECEASED, LifeStatus.MOVED_OUT):
            said = f"{person.get_life_status_display()}（{person.life_status_on}）"
            remedy = "请核实；确在本地居住的，请先在居民页面恢复在册"
            draft.refuse(C.NAME, Fault("not_present", f"该居民已登记为{said}", remedy))

    def _allowed_kinds(self, draft: Draft) -> tuple[str, ...]:
        restricted = [one for one in draft.kinds if one in RESTRICTED]
        if not restricted or self.may_restricted:
            return draft.kinds
        remedy = "该类型未导入，请由有权限的团队成员在居民页面登记"
        draft.warn(C.KINDS, Fault("kind_restricted", "您没有登记受限人群的权限", remedy))
        return tuple(one for one in draft.kinds if one not in RESTRICTED)

    def _compared(self, draft: Draft, person: Resident, kinds: tuple[str, ...]) -> Verdict:
        values, changes = _plain_changes(draft, person)
        _compare_grid(draft, person, values, changes)
        self._compare_household(draft, person, values, changes)
        standing = self.known.flags.get(person.pk, {})
        added = tuple(one for one in kinds if standing.get(one, 0) < Evidence.ROSTER)
        changes += [Change(C.KINDS, "", f"增加 {kind_label(one)}") for one in added]
        outcome = CHANGED if changes else SAME
        return Verdict(draft, outcome, person.pk, values, changes, added)

    def _compare_household(
        self, draft: Draft, person: Resident, values: dict[str, Any], changes: list[Change]
    ) -> None:
        """A person without a household joins the one of the sheet; who has one already is never moved by a roster."""
        if draft.family is None:
            return
        family = self.families[draft.family]
        if person.household_id is None:
            values["family"] = draft.family
            changes.append(Change("家庭", "未归户", family.number or "新建一户"))
        elif person.household_id != family.household_id:
            remedy = "未改动；确已迁户的，请在居民页面办理"
            draft.warn(C.HOUSEHOLD, Fault("household_differs", "该居民在册的家庭是另一户", remedy))
            return
        relation = relation_of_sex(draft.relation, person.sex)
        if relation == person.relation or (draft.relation_is_guess and person.household_id):
            return
        if person.household_id and Relation.HEAD in (relation, person.relation) and self._has_head(family):
            remedy = "未改动；请在家庭页面“变更户主”"
            draft.warn(C.RELATION, Fault("head_differs", "与在册的户主登记不一致", remedy))
            return
        values["relation"] = relation
        changes.append(Change(C.RELATION, person.get_relation_display(), Relation(relation).label))

    def _has_head(self, family: Family) -> bool:
        known = self.known.households.get(family.household_id or 0)
        return known is not None and known.head_id is not None


def _plain_changes(draft: Draft, person: Resident) -> tuple[dict[str, Any], list[Change]]:
    """What the sheet says differently; an empty cell never erases."""
    values: dict[str, Any] = {}
    changes: list[Change] = []
    if draft.phone and draft.phone != person.phone:
        values["phone"] = draft.phone
        changes.append(Change(C.PHONE, mask_phone(person.phone), mask_phone(draft.phone)))
    if draft.address and draft.address != person.address:
        values["address"] = draft.address
        changes.append(Change(C.ADDRESS, person.address, draft.address))
    if draft.remark and draft.remark != person.remark:
        values["remark"] = draft.remark
        changes.append(Change(C.REMARK, person.remark, draft.remark))
    return values, changes


def _compare_grid(draft: Draft, person: Resident, values: dict[str, Any], changes: list[Change]) -> None:
    """Who belongs to a household moves with it, never by a roster."""
    if draft.grid_id == person.grid_id:
        return
    if person.household_id is not None:
        cause = f"该居民在册的网格是“{person.grid.name}”，与表中不同"
        draft.warn(C.GRID, Fault("grid_differs", cause, "未改动；确已搬迁的，请在居民页面办理迁户"))
        return
    values["grid_id"] = draft.grid_id
    changes.append(Change(C.GRID, person.grid.name, draft.grid_name))


def kind_label(kind: str) -> str:
    """Kinds under special protection are not named in previews."""
    return "受限人群标识" if kind in RESTRICTED else str(Population(kind).label)
