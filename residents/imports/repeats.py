"""The same person twice in one file, and one phone for too many households.

15- and 18-digit forms of a number are equal already: their blind indexes are taken of the upgraded form.
"""

from core.sql import made, one_of, run
from residents.imports.columns import Column

# Where another row stands, as a reader finds it: its sheet is named only when it is another one.
SPOT = (
    "CASE WHEN {there}.sheet = {here}.sheet THEN '第 ' ELSE '工作表“' || (SELECT name FROM roster_sheet"
    " WHERE sheet = {there}.sheet) || '”第 ' END || {there}.row || ' 行'"
)


def find_repeats() -> None:
    """roster_repeat: rows whose person stands higher up. Only the first row of a person is compared and entered."""
    made(
        "roster_repeat",
        "SELECT s.n, d.first_n FROM (SELECT id_index, min(n) AS first_n FROM roster_row WHERE id_index IS NOT NULL"
        " GROUP BY id_index HAVING count(*) > 1) d JOIN roster_row s USING (id_index) WHERE s.n <> d.first_n",
    )
    run(
        f"""
        INSERT INTO roster_fault
        SELECT s.n, true, %s, CASE WHEN f.name = s.name THEN 'id_repeated' ELSE 'id_two_names' END,
            '与' || {SPOT.format(here="s", there="f")}
                || CASE WHEN f.name = s.name THEN '是同一个人' ELSE '证件号码相同而姓名不同' END,
            CASE WHEN f.name = s.name THEN '请删去重复的一行' ELSE '请对照证件核对是哪一行填错' END
        FROM roster_repeat d JOIN roster_row s USING (n) JOIN roster_row f ON f.n = d.first_n
        """,
        [Column.NUMBER.value],
    )
    (has_nameless,) = one_of(
        "SELECT EXISTS (SELECT FROM roster_row WHERE id_index IS NULL AND NOT is_refused)"
    )
    if has_nameless:
        _find_repeats_without_number()


def _find_repeats_without_number() -> None:
    """Without a number a person is his name, birth date and village; who has a number goes first."""
    run(
        f"""
        WITH person AS (
            SELECT name, born_on, village_code, (array_agg(n ORDER BY id_index IS NULL, n))[1] AS first_n
            FROM roster_row WHERE NOT is_refused AND born_on IS NOT NULL
                AND (name, born_on, village_code) IN (
                    SELECT name, born_on, village_code FROM roster_row WHERE id_index IS NULL AND NOT is_refused)
            GROUP BY 1, 2, 3 HAVING count(*) > 1
        ), again AS (
            INSERT INTO roster_repeat SELECT s.n, p.first_n FROM person p JOIN roster_row s
                USING (name, born_on, village_code)
            WHERE s.id_index IS NULL AND NOT s.is_refused AND s.n <> p.first_n
            RETURNING n, first_n
        )
        INSERT INTO roster_fault
        SELECT s.n, true, %s, 'person_repeated',
            '没有证件号码，与' || {SPOT.format(here="s", there="f")} || '同村居、同姓名、同出生日期',
            '是同一个人的请删去一行，不是同一个人的请补填证件号码'
        FROM again d JOIN roster_row s USING (n) JOIN roster_row f ON f.n = d.first_n
        """,
        [Column.NUMBER.value],
    )


def warn_shared_phones(most: int) -> None:
    """One phone for a family is normal; for many families it is the clerk's own."""
    run(
        """
        WITH often AS (
            SELECT phone_index FROM roster_row WHERE phone_index IS NOT NULL GROUP BY 1 HAVING count(*) > %s
        ), shared AS (
            SELECT s.phone_index, count(DISTINCT COALESCE(m.family, -s.n)) AS homes
            FROM often JOIN roster_row s USING (phone_index) LEFT JOIN roster_member m ON m.n = s.n AND NOT m.is_second
            GROUP BY 1 HAVING count(DISTINCT COALESCE(m.family, -s.n)) > %s
        )
        INSERT INTO roster_fault
        SELECT s.n, false, %s, 'phone_shared', '同一电话登记在 ' || homes || ' 户名下', '请核实是否为代填人自己的电话'
        FROM shared JOIN roster_row s USING (phone_index)
        """,
        [most, most, Column.PHONE.value],
    )
