"""What happens to each row: entered, changed, left as it is, or refused. Faults were found before; this draws the sum.

Lower evidence never overwrites higher, an empty cell erases nothing, nobody is moved nor made head by a list, and who
belongs to a household moves with it alone.
"""

from core.sql import made, one_of, run
from residents.choices import RESTRICTED, Evidence, Relation
from residents.imports.columns import Column


def judge(*, may_restricted: bool, takes_ids: bool) -> None:
    """roster_refused; roster_new and roster_change: rows that are written; households founded and entered by them."""
    if not may_restricted:
        _withhold_restricted()
    made(
        "roster_refused",
        "SELECT n FROM roster_fault WHERE is_error UNION SELECT n FROM roster_row WHERE is_refused",
    )
    _list_new(takes_ids)
    _compare()
    _find_kinds()
    _find_phones()
    made("roster_change", _CHANGES)
    made(
        "roster_founded",
        """
        SELECT f.family, f.village_code, f.key, f.head_n FROM roster_family f JOIN roster_settled h USING (family)
        WHERE h.household_id IS NULL AND family IN (
            SELECT family FROM roster_new UNION SELECT family FROM roster_compared WHERE joins)
        """,
    )
    made(
        "roster_entered",
        """
        SELECT DISTINCT h.id AS household_id, h.seen FROM roster_settled f JOIN roster_house h ON h.id = f.household_id
        WHERE f.family IN (SELECT family FROM roster_new UNION SELECT family FROM roster_compared WHERE joins)
        """,
    )
    _warn_headless()
    _warn_scattered()


def _list_new(takes_ids: bool) -> None:
    """roster_new: who is entered, in the order of the file; with ids where he really will be."""
    (serial,) = one_of("SELECT pg_get_serial_sequence('residents_resident', 'id')")
    made(
        "roster_new",
        f"""
        SELECT s.n, m.family, s.sheet, s.row, s.born_on, {f"nextval('{serial}')" if takes_ids else "NULL::bigint"} AS id
        FROM roster_row s LEFT JOIN roster_member m ON m.n = s.n AND NOT m.is_second
        WHERE NOT EXISTS (SELECT FROM roster_refused d WHERE d.n = s.n)
            AND NOT EXISTS (SELECT FROM roster_match k WHERE k.n = s.n)
        """,
    )


def _withhold_restricted() -> None:
    run(
        """
        INSERT INTO roster_fault
        SELECT n, false, %s, 'kind_restricted', '您没有登记受限人群的权限', '该类型未导入，请由有权限的团队成员在居民页面登记'
        FROM roster_row WHERE kinds && %s::text[]
        """,
        [Column.KINDS.value, list(RESTRICTED)],
    )
    run(
        "UPDATE roster_row SET kinds = ARRAY(SELECT one FROM unnest(kinds) one WHERE one <> ALL(%s))"
        " WHERE kinds && %s::text[]",
        [list(RESTRICTED), list(RESTRICTED)],
    )


def _compare() -> None:
    """roster_compared: known people who are not refused, and in what the list differs from their household."""
    made(
        "roster_compared",
        f"""
        SELECT c.*,
            c.family IS NOT NULL AND NOT c.other_home AND c.said_relation <> c.relation
                AND NOT (c.is_guess AND NOT c.joins) AND NOT c.other_head AS other_relation
        FROM (
            SELECT k.*, m.family, f.household_id IS NULL AS founds, f.number,
                m.family IS NOT NULL AND k.household_id IS NULL AS joins,
                m.family IS NOT NULL AND k.household_id IS NOT NULL
                    AND k.household_id IS DISTINCT FROM f.household_id AS other_home,
                m.family IS NOT NULL AND k.household_id = f.household_id AND f.head_id IS NOT NULL AND NOT k.is_guess
                    AND k.said_relation <> k.relation
                    AND '{Relation.HEAD}' IN (k.said_relation, k.relation) AS other_head
            FROM roster_match k LEFT JOIN roster_member m ON m.n = k.n AND NOT m.is_second
                LEFT JOIN roster_settled f ON f.family = m.family
            WHERE NOT EXISTS (SELECT FROM roster_refused d WHERE d.n = k.n)
        ) c
        """,
    )
    _warn(
        "household_differs",
        Column.HOUSEHOLD,
        "该居民在册的家庭是另一户",
        "未改动；确已迁户的，请在居民页面办理",
        "other_home",
    )
    _warn(
        "head_differs",
        Column.RELATION,
        "与在册的户主登记不一致",
        "未改动；请在家庭页面“变更户主”",
        "other_head",
    )
    run(
        """
        INSERT INTO roster_fault
        SELECT k.n, false, %s, 'grid_differs', '该居民在册的网格是“' || g.name || '”，与表中不同',
            '未改动；确已搬迁的，请在居民页面办理迁户'
        FROM roster_compared k JOIN residents_resident r ON r.id = k.resident_id JOIN grids_grid g ON g.id = r.grid_id
        WHERE k.other_grid AND k.household_id IS NOT NULL
        """,
        [Column.GRID.value],
    )


def _warn(code: str, column: Column, cause: str, remedy: str, condition: str) -> None:
    run(
        f"INSERT INTO roster_fault SELECT n, false, %s, %s, %s, %s FROM roster_compared WHERE {condition}",
        [column.value, code, cause, remedy],
    )


def _find_kinds() -> None:
    """roster_kind: kinds to add to known people, or to raise where they rest on less than a roster."""
    made(
        "roster_kind",
        f"""
        SELECT k.n, k.resident_id, w.kind, p.id AS flag_id, p.evidence, p.recorded_by_id, p.source
        FROM roster_compared k JOIN roster_row s USING (n) CROSS JOIN LATERAL (SELECT DISTINCT unnest(s.kinds) AS kind) w
        LEFT JOIN residents_populationflag p
            ON p.resident_id = k.resident_id AND p.kind = w.kind AND p.ends_on IS NULL
        WHERE k.has_more AND (p.id IS NULL OR p.evidence < {Evidence.ROSTER})
        """,
    )


def _find_phones() -> None:
    """roster_phone: further numbers of everybody who is entered or known, as far as they do not stand there yet."""
    made(
        "roster_phone",
        """
        SELECT DISTINCT ON (s.n, x.index) s.n, k.resident_id, decode(x.phone, 'hex') AS phone, x.index AS phone_index,
            x.tail AS phone_tail, left(COALESCE(NULLIF(x.owner, ''), '本人'), 30) AS owner
        FROM roster_row s LEFT JOIN roster_compared k USING (n)
        CROSS JOIN LATERAL jsonb_to_recordset(s.more_phones) AS x(phone text, index uuid, tail bigint, owner text)
        LEFT JOIN residents_resident r ON r.id = k.resident_id
        WHERE s.more_phones IS NOT NULL AND x.index IS DISTINCT FROM COALESCE(s.phone_index, r.phone_index)
            AND NOT EXISTS (SELECT FROM roster_refused d WHERE d.n = s.n)
            AND NOT EXISTS (SELECT FROM residents_contactphone c
                WHERE c.resident_id = k.resident_id AND c.phone_index = x.index)
        """,
    )


_CHANGES = """
SELECT k.n, k.resident_id, k.seen, k.family, k.joins, k.said_relation, k.other_phone, k.other_address, k.other_remark,
    k.other_registration, k.other_relation, k.other_grid AND k.household_id IS NULL AS other_grid,
    k.founds, k.number, x.kinds, y.phones
FROM roster_compared k
LEFT JOIN (SELECT n, array_agg(kind ORDER BY kind) AS kinds FROM roster_kind GROUP BY n) x USING (n)
LEFT JOIN (SELECT n, count(*) AS phones FROM roster_phone GROUP BY n) y USING (n)
WHERE k.other_phone OR k.other_address OR k.other_remark OR k.other_registration OR k.other_relation OR k.joins
    OR k.other_grid AND k.household_id IS NULL OR x.n IS NOT NULL OR y.n IS NOT NULL
"""


def _warn_headless() -> None:
    """Members whose head was refused are entered all the same."""
    run(
        """
        INSERT INTO roster_fault
        SELECT m.n, false, %s, 'head_refused', '户主所在的第 ' || s.row || ' 行有错误，没有导入',
            '本户先建档，户主那一行改正后再导入会归入本户'
        FROM roster_refused d JOIN roster_settled f ON f.head_n = d.n JOIN roster_row s ON s.n = d.n
            JOIN roster_member m ON m.family = f.family AND NOT m.is_second
        WHERE f.household_id IS NULL AND NOT EXISTS (SELECT FROM roster_refused o WHERE o.n = m.n)
        """,
        [Column.RELATION.value],
    )

    run(
        """
        INSERT INTO roster_fault
        SELECT m.n, false, %s, 'head_missing', '这一户在表中没有户主', '本户照常建档，请在家庭页面指定户主'
        FROM roster_founded f JOIN roster_member m USING (family)
        WHERE f.head_n IS NULL AND NOT EXISTS (SELECT FROM roster_refused d WHERE d.n = m.n)
        """,
        [Column.RELATION.value],
    )


def _warn_scattered() -> None:
    """Members of one household in several grids: each stays in his own, the household stands in the head's."""
    run(
        """
        INSERT INTO roster_fault
        SELECT m.n, false, %s, 'grids_scattered', '同一户的成员填在不同的网格', '各人按所填的网格登记，请核对是否同一户'
        FROM (SELECT m.family FROM roster_member m JOIN roster_row s USING (n) WHERE NOT m.is_second
            GROUP BY m.family HAVING min(s.grid_id) <> max(s.grid_id)) o
        JOIN roster_member m USING (family) WHERE NOT EXISTS (SELECT FROM roster_refused d WHERE d.n = m.n)
        """,
        [Column.GRID.value],
    )
