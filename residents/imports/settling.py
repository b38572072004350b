"""Which household of the registry a family of the sheet is."""

import uuid

from residents.imports.columns import Column
from residents.imports.families import HOUSEHOLD_NUMBER
from residents.imports.plan import Draft, Family
from residents.imports.registry import Known
from residents.models import Resident
from residents.rules.faults import Fault

C = Column


class Settler:
    """Finds the household that each family already has."""

    def __init__(self, known: Known, families: list[Family], indexes: dict[int, uuid.UUID]) -> None:
        self.known, self.families, self.indexes = known, families, indexes

    def settle(self) -> None:
        for family in self.families:
            household_id = self._household_of(family)
            if household_id is None:
                continue
            found = self.known.households[household_id]
            family.household_id, family.number = found.id, found.number
            self._refuse_other_head(family, found.head_id)

    def _household_of(self, family: Family) -> int | None:
        if HOUSEHOLD_NUMBER.fullmatch(family.key):
            found = self.known.by_number.get(family.key)
            if found is None:
                fault = Fault(
                    "household_unknown", f"本村居没有家庭编号 {family.key}", "请核对，或留空按户主归户"
                )
                for draft in family.rows:
                    draft.refuse(C.HOUSEHOLD, fault)
            return found
        by_key = self.known.by_key.get((family.village_code, family.key))
        if by_key is not None and (family.key.startswith("no:") or self._fits(family, by_key)):
            return by_key
        # The head first: where he lives the household lives; else wherever all known members live together.
        if family.head and (head := self._person(family.head)) and head.household_id:
            return head.household_id
        homes = {one.household_id for one in map(self._person, family.rows) if one and one.household_id}
        if len(homes) == 1 and self._fits(family, home := homes.pop()):
            return home
        return None if family.head else self._by_head_name(family)

    def _fits(self, family: Family, household_id: int) -> bool:
        """Two heads of one name are two households, unless the known one has no head or this very head."""
        head_id = self.known.households[household_id].head_id
        person = self._person(family.head) if family.head else None
        return family.head is None or head_id is None or (person is not None and person.pk == head_id)

    def _by_head_name(self, family: Family) -> int | None:
        """Rows that name a head who is not in the file: the registered head of that name, at that address if several."""
        name, _, address = family.key.removeprefix("head:").partition("|")
        found = self.known.by_head.get((family.village_code, name), [])
        if len(found) > 1:
            found = [one for one in found if self.known.households[one].address == address]
        if len(found) > 1:
            fault = Fault("head_ambiguous", f"本村居在册有多位户主叫“{name}”", "请在“户号”列填写家庭编号")
            for draft in family.rows:
                draft.refuse(C.HEAD, fault)
        return found[0] if len(found) == 1 else None

    def _person(self, draft: Draft) -> Resident | None:
        index = self.indexes.get(draft.row)
        return self.known.people.get(index) if index else None

    def _refuse_other_head(self, family: Family, head_id: int | None) -> None:
        if family.head is None or head_id is None:
            return
        person = self._person(family.head)
        if person is None or person.pk != head_id:
            remedy = "请核对户号；户主确已变更的，请在家庭页面“变更户主”"
            family.head.refuse(C.RELATION, Fault("head_exists", "该户在册的户主是另一个人", remedy))
