"""The first people of a list as the preview shows them: masked, with what would change about them."""

from typing import Any

from core.crypto import unseal
from core.masks import mask_name, mask_phone
from core.sql import rows_of
from residents.choices import RESTRICTED, Population, Registration, Relation, Sex
from residents.imports.columns import Column

NEW_SHOWN, CHANGED_SHOWN, SAME_SHOWN = 20, 100, 10
_PERSON = """
s.sheet, s.row, s.name, s.sex, extract(year FROM s.born_on)::int, s.relation, s.address, s.kinds,
COALESCE(a.name, ''), COALESCE(g.name, '')
"""
_PLACES = "LEFT JOIN grids_grid g ON g.id = s.grid_id LEFT JOIN grids_area a ON a.id = g.village_id"


def new_people(names: dict[int, str]) -> list[dict[str, Any]]:
    found = rows_of(
        f"SELECT {_PERSON} FROM (SELECT n FROM roster_new ORDER BY n LIMIT {NEW_SHOWN}) o JOIN roster_row s USING (n)"
        f" {_PLACES} ORDER BY s.n"
    )
    return [_person(one, names) for one in found]


def same_people(names: dict[int, str]) -> list[dict[str, Any]]:
    found = rows_of(
        f"""
        SELECT o.resident_id, {_PERSON} FROM (
            SELECT k.n, k.resident_id FROM roster_compared k
            WHERE NOT EXISTS (SELECT FROM roster_change c WHERE c.n = k.n) ORDER BY k.n LIMIT {SAME_SHOWN}) o
        JOIN roster_row s USING (n) {_PLACES} ORDER BY s.n
        """
    )
    return [_person(one[1:], names) | {"resident_id": one[0]} for one in found]


def changed_people(names: dict[int, str]) -> list[dict[str, Any]]:
    found = rows_of(
        f"""
        SELECT c.resident_id, c.other_phone, r.phone, s.phone, c.other_address, r.address, s.address, c.other_remark,
            r.remark, s.remark, c.other_registration, r.registration, s.registration, c.joins, c.founds, c.number,
            c.other_relation, r.relation, c.said_relation, c.other_grid, o.name, g.name, c.kinds, c.phones, {_PERSON}
        FROM (SELECT * FROM roster_change ORDER BY n LIMIT {CHANGED_SHOWN}) c JOIN roster_row s USING (n)
        JOIN residents_resident r ON r.id = c.resident_id JOIN grids_grid o ON o.id = r.grid_id {_PLACES} ORDER BY s.n
        """
    )
    return [
        _person(one[24:], names) | {"resident_id": one[0], "changes": _changes(*one[1:24])} for one in found
    ]


def _changes(
    phone: bool, phone_was: bytes, phone_is: bytes, address: bool, address_was: str, address_is: str, remark: bool,
    remark_was: str, remark_is: str, registration: bool, registration_was: str, registration_is: str, joins: bool,
    founds: bool, number: str | None, relation: bool, relation_was: str, relation_is: str, grid: bool, grid_was: str,
    grid_is: str, kinds: list[str] | None, phones: int | None,
) -> list[list[str]]:  # fmt: skip
    """[label, before, after] of one person."""
    changes = []
    if phone:
        changes.append([Column.PHONE.value, _masked(phone_was), _masked(phone_is)])
    if address:
        changes.append([Column.ADDRESS.value, address_was, address_is])
    if remark:
        changes.append([Column.REMARK.value, remark_was, remark_is])
    if registration:
        changes.append(
            ["户籍类型", str(Registration(registration_was).label), str(Registration(registration_is).label)]
        )
    if grid:
        changes.append([Column.GRID.value, grid_was, grid_is])
    if joins:
        changes.append(["家庭", "未归户", "新建一户" if founds else number or ""])
    if relation:
        changes.append(
            [Column.RELATION.value, str(Relation(relation_was).label), str(Relation(relation_is).label)]
        )
    changes += [[Column.KINDS.value, "", f"增加 {kind_label(one)}"] for one in kinds or ()]
    if phones:
        changes.append(["其他电话", "", f"增加 {phones} 个"])
    return changes


def kind_label(kind: str) -> str:
    """Kinds under special protection are not named in previews."""
    return "受限人群标识" if kind in RESTRICTED else str(Population(kind).label)


def _masked(sealed: bytes | memoryview | None) -> str:
    return mask_phone(unseal(sealed, purpose="resident.phone")) if sealed else ""


def _person(row: tuple[Any, ...], names: dict[int, str]) -> dict[str, Any]:
    sheet, number, name, sex, born, relation, address, kinds, village, grid = row
    return {
        "sheet": sheet,
        "sheet_name": names.get(sheet, ""),
        "row": number,
        "name": mask_name(name),
        "sex": str(Sex(sex).label) if born else "",
        "born": born or "",
        "place": f"{village} {grid.removeprefix(village)}".strip(),
        "relation": str(Relation(relation).label) if relation else "",
        "address": address,
        "kinds": [str(Population(one).label) for one in kinds if one not in RESTRICTED],
    }
