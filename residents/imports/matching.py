"""Who of a list is known already: by number; without one by name, birth date and village.

roster_match has one row for each row of the list whose person stands in the registry, with what the list says
differently. Persons outside the uploader's scope are matched too, so that they are not registered twice, but nothing of
them is told.
"""

from dataclasses import dataclass

from core.sql import made, one_of, run
from grids.models import Grid
from grids.querysets import place_in
from residents.choices import LifeStatus, Relation, Sex
from residents.imports.columns import Column
from teams.access import Scope

MASKED = (
    "left({0}, 1) || CASE WHEN length({0}) < 3 THEN repeat('*', length({0}) - 1)"
    " ELSE repeat('*', length({0}) - 2) || right({0}, 1) END"
)  # core.masks.mask_name

_MATCH = {
    "n": "s.n",
    "resident_id": "r.id",
    "seen": "r.xmin",  # which version of the row was compared: nobody may have changed it when it is written
    "is_reached": "COALESCE(r.grid_id = ANY(%(grids)s::bigint[]) OR r.managing_team_id = ANY(%(teams)s::bigint[]), false)",
    "life_status": "r.life_status",
    "household_id": "r.household_id",
    "relation": "r.relation",
    "other_name": "r.name <> s.name",
    "other_grid": "COALESCE(s.grid_id <> r.grid_id, false)",
    "other_phone": "s.phone_index IS NOT NULL AND s.phone_index IS DISTINCT FROM r.phone_index",
    "other_address": "s.address <> '' AND s.address <> r.address",
    "other_remark": "s.remark <> '' AND s.remark <> r.remark",
    "other_registration": "s.registration <> '' AND s.registration <> r.registration",
    "said_relation": f"CASE WHEN s.relation = '' THEN '{Relation.OTHER_RELATIVE}'"
    f" WHEN s.relation = '{Relation.SPOUSE}' AND r.sex = {Sex.MALE} THEN '{Relation.HUSBAND}'"
    f" WHEN s.relation = '{Relation.SPOUSE}' AND r.sex = {Sex.FEMALE} THEN '{Relation.WIFE}' ELSE s.relation END",
    "is_guess": "s.relation = '' OR s.relation_is_guess",
    "has_more": "s.kinds <> '{}' OR s.more_phones IS NOT NULL",
}
_NAMES = ", ".join(_MATCH)
_COLUMNS = ", ".join(f"{said} AS {name}" for name, said in _MATCH.items())
_NO_REPEAT = "NOT EXISTS (SELECT FROM roster_repeat d WHERE d.n = s.n)"
_NO_MATCH = "NOT EXISTS (SELECT FROM roster_match k WHERE k.n = s.n)"


@dataclass(frozen=True)
class Places:
    """A scope as the ids that SQL compares with."""

    grids: list[int]
    teams: list[int]


def places_of(scope: Scope) -> Places:
    return Places(list(Grid.objects.filter(place_in(scope)).values_list("pk", flat=True)), list(scope.teams))


def match_people(places: Places) -> None:
    """roster_match, and the faults of persons who may not be entered or changed by this list."""
    asked = {"grids": places.grids, "teams": places.teams}
    made(
        "roster_match",
        f"SELECT {_COLUMNS} FROM roster_row s JOIN residents_resident r ON r.id_index = s.id_index WHERE {_NO_REPEAT}",
        asked,
    )
    (has_nameless,) = one_of(
        "SELECT EXISTS (SELECT FROM roster_row WHERE id_index IS NULL AND NOT is_refused)"
    )
    if has_nameless:
        _match_without_number(asked)
    _refuse_former_numbers()
    _refuse_lacking_number()
    _refuse_outsiders()
    _refuse_conflicts()
    _refuse_gone()


def _match_without_number(asked: dict[str, list[int]]) -> None:
    made(
        "roster_likely",
        f"""
        SELECT {_COLUMNS}, count(*) OVER (PARTITION BY s.n) AS persons
        FROM roster_row s JOIN residents_resident r ON r.name = s.name AND r.born_on = s.born_on
            JOIN grids_grid g ON g.id = r.grid_id AND left(g.code, 12) = s.village_code
        WHERE s.id_index IS NULL AND NOT s.is_refused AND r.life_status <> '{LifeStatus.MERGED}' AND {_NO_REPEAT}
        """,
        asked,
    )
    run(f"INSERT INTO roster_match SELECT {_NAMES} FROM roster_likely WHERE persons = 1")
    run(
        """
        INSERT INTO roster_fault
        SELECT DISTINCT n, true, %s, 'person_ambiguous', '没有证件号码，而本村居有 ' || persons || ' 位居民同姓名、同出生日期',
            '请补填证件号码'
        FROM roster_likely WHERE persons > 1
        """,
        [Column.NUMBER.value],
    )


def _refuse_former_numbers() -> None:
    """A number that was corrected since, or of an entry that was merged into another."""
    run(
        f"""
        INSERT INTO roster_fault
        SELECT n, true, %s, 'id_former', '该号码是已更正的旧号码', '请改填现用证件上的号码' FROM (
            SELECT s.n FROM residents_pastidentifier p JOIN roster_row s USING (id_index)
            WHERE {_NO_REPEAT} AND {_NO_MATCH}
            UNION SELECT n FROM roster_match WHERE life_status = '{LifeStatus.MERGED}' AND is_reached) former
        """,
        [Column.NUMBER.value],
    )


def _refuse_lacking_number() -> None:
    """A new number for a name and birth date that stand in this village without one."""
    run(
        f"""
        INSERT INTO roster_fault
        SELECT s.n, true, %s, 'person_lacks_number', '本村居已登记一位同姓名、同出生日期而暂无证件的居民',
            '是同一个人的，请先在居民页面为其补登证件号码'
        FROM (SELECT DISTINCT r.name, r.born_on, left(g.code, 12) AS village_code
            FROM residents_resident r JOIN grids_grid g ON g.id = r.grid_id
            WHERE r.id_index IS NULL AND r.life_status <> '{LifeStatus.MERGED}') a
        JOIN roster_row s USING (name, born_on, village_code)
        WHERE s.id_index IS NOT NULL AND NOT s.is_refused AND {_NO_REPEAT} AND {_NO_MATCH}
        """,
        [Column.NUMBER.value],
    )


def _refuse_outsiders() -> None:
    run(
        """
        INSERT INTO roster_fault
        SELECT k.n, true, %s, 'id_elsewhere',
            CASE WHEN s.id_index IS NULL THEN '同姓名、同出生日期的居民' ELSE '该证件号码' END || '已在本区其他辖区登记',
            '请联系区卫健局核实后办理迁入，不要重复登记'
        FROM roster_match k JOIN roster_row s USING (n) WHERE NOT k.is_reached
        """,
        [Column.NUMBER.value],
    )


def _refuse_conflicts() -> None:
    """Another name for a known number; where two rows hold each other's number (twins, mostly), both are told."""
    run(
        f"""
        WITH conflict AS (
            SELECT k.n, s.sheet, s.row, s.name AS said, r.name AS known
            FROM roster_match k JOIN roster_row s USING (n) JOIN residents_resident r ON r.id = k.resident_id
            WHERE k.is_reached AND k.other_name AND k.life_status <> '{LifeStatus.MERGED}'
        ), swapped AS (
            SELECT a.n, min(b.row) AS row FROM conflict a JOIN conflict b
                ON b.said = a.known AND b.known = a.said AND b.sheet = a.sheet GROUP BY a.n
        )
        INSERT INTO roster_fault
        SELECT c.n, true, %s, 'name_conflict', '该证件号码已登记为 ' || {MASKED.format("c.known")} || '，与表中姓名不一致',
            CASE WHEN w.n IS NULL THEN '请对照证件核对；确已改名的，请在居民页面修改'
                ELSE '疑似与第 ' || w.row || ' 行的号码互相填反（如双胞胎），请对照证件核对' END
        FROM conflict c LEFT JOIN swapped w USING (n)
        """,
        [Column.NAME.value],
    )


def _refuse_gone() -> None:
    """The dead and the gone are not brought back by a list."""
    gone = {one: str(one.label) for one in (LifeStatus.DECEASED, LifeStatus.MOVED_OUT)}
    run(
        """
        INSERT INTO roster_fault
        SELECT k.n, true, %s, 'not_present', '该居民已登记为' || w.label || '（' || r.life_status_on || '）',
            '请核实；确在本地居住的，请先在居民页面恢复在册'
        FROM roster_match k JOIN unnest(%s, %s) AS w(status, label) ON w.status = k.life_status
            JOIN residents_resident r ON r.id = k.resident_id
        WHERE k.is_reached
        """,
        [Column.NAME.value, list(gone), list(gone.values())],
    )
