"""Which rows live together: by household number, by the head's name, or by order (a head, then his members).

Rows with errors are grouped like all others, so that a corrected row that comes back alone finds its household: what it
was recognised by is kept with the household (``Household.roster_key``). A family is named after its first row's ``n``.
"""

from core.sql import made, one_of, rows_of, run
from residents.choices import Relation
from residents.imports.columns import Column
from residents.imports.repeats import SPOT

HOUSEHOLD_NUMBER = r"^\d{12}F\d{5}$"
KEY_LENGTH = 120
BY_NUMBER, IS_HEAD, BY_HEAD, BY_ORDER = 1, 2, 3, 4  # what a row says about its household

_HEAD = f"s.relation = '{Relation.HEAD}'"
_WAY = f"""CASE WHEN s.household_no <> '' THEN {BY_NUMBER} WHEN {_HEAD} THEN {IS_HEAD}
    WHEN s.head_name <> '' THEN {BY_HEAD} WHEN s.relation <> '' THEN {BY_ORDER} END"""
_NUMBER = f"""left(CASE WHEN upper(s.household_no) ~ '{HOUSEHOLD_NUMBER}' THEN '' ELSE 'no:' END || upper(s.household_no),
    {KEY_LENGTH})"""
_KEY = f"""CASE WHEN s.household_no <> '' THEN {_NUMBER}
    ELSE left('head:' || CASE WHEN {_HEAD} THEN s.name ELSE s.head_name END || '|' || s.address, {KEY_LENGTH}) END"""


def group_families() -> None:
    """roster_member: row -> family; roster_family: its village, key and head. Faults are added to rows."""
    run(
        "CREATE TEMP TABLE roster_member (n bigint, family bigint, is_head boolean, is_second boolean) ON COMMIT DROP"
    )
    ways = {way for (way,) in rows_of(f"SELECT DISTINCT {_WAY} FROM roster_row s")}
    if IS_HEAD in ways:
        run(f"INSERT INTO roster_member SELECT n, n, true, false FROM roster_row s WHERE {_WAY} = {IS_HEAD}")
    if BY_NUMBER in ways:
        _join_by_number()
    if BY_HEAD in ways:
        _join_by_head()
    if BY_ORDER in ways:
        _join_by_order()
    run("ANALYZE roster_member")
    made(
        "roster_family",
        f"""
        SELECT f.family, s.village_code, {_KEY} AS key, f.head_n FROM (
            SELECT family, min(n) FILTER (WHERE is_head) AS head_n FROM roster_member WHERE NOT is_second GROUP BY family) f
        JOIN roster_row s ON s.n = f.family
        """,
    )


def _join_by_number() -> None:
    made(
        "roster_numbers",
        f"SELECT n, village_code, {_NUMBER} AS key, {_HEAD} AS is_head FROM roster_row s WHERE household_no <> ''",
    )
    run(
        """
        INSERT INTO roster_member
        SELECT h.n, k.family, h.is_head, h.is_head AND h.n <> k.head_n
        FROM (SELECT village_code, key, min(n) AS family, min(n) FILTER (WHERE is_head) AS head_n
            FROM roster_numbers GROUP BY 1, 2) k
        JOIN roster_numbers h USING (village_code, key)
        """
    )
    run(
        f"""
        INSERT INTO roster_fault
        SELECT s.n, true, %s, 'second_head', '这一户的户主已在' || {SPOT.format(here="s", there="f")},
            '一户只能有一位户主，请改填关系；不是一户请分开填户号'
        FROM roster_member m JOIN roster_row s USING (n)
            JOIN roster_member h ON h.family = m.family AND h.is_head AND NOT h.is_second JOIN roster_row f ON f.n = h.n
        WHERE m.is_second
        """,
        [Column.RELATION.value],
    )
    run(
        """
        INSERT INTO roster_fault
        SELECT s.n, false, %s, 'relation_missing', '没有填与户主关系', '暂记为其他亲属，请核实后修改'
        FROM roster_row s WHERE s.household_no <> '' AND s.relation = ''
        """,
        [Column.RELATION.value],
    )


def _join_by_head() -> None:
    """All rows that name one head; of several heads of one name, the one at the same address."""
    made(
        "roster_called",
        f"""
        SELECT village_code, name, count(*) AS heads, min(n) AS family FROM roster_row s WHERE {_WAY} = {IS_HEAD}
        GROUP BY 1, 2
        """,
    )
    made(
        "roster_led",
        f"""
        SELECT s.n, COALESCE(o.heads, 0) AS heads, CASE WHEN o.heads = 1 THEN o.family END AS family
        FROM roster_row s LEFT JOIN roster_called o ON o.village_code = s.village_code AND o.name = s.head_name
        WHERE {_WAY} = {BY_HEAD}
        """,
    )
    (has_namesakes, has_strangers) = one_of("SELECT bool_or(heads > 1), bool_or(heads = 0) FROM roster_led")
    if has_namesakes:
        _choose_among_namesakes()
    run("INSERT INTO roster_member SELECT n, family, false, false FROM roster_led WHERE family IS NOT NULL")
    if has_strangers:  # heads who are not in the file
        run(
            """
            INSERT INTO roster_member
            SELECT n, min(n) OVER (PARTITION BY s.village_code, s.head_name, s.address), false, false
            FROM roster_led l JOIN roster_row s USING (n) WHERE l.heads = 0
            """
        )


def _choose_among_namesakes() -> None:
    made(  # of all heads: to look only for namesakes takes a join that has been planned row by row
        "roster_namesake",
        f"""
        SELECT s.village_code, s.name, s.address, min(s.n) AS family
        FROM roster_row s WHERE {_WAY} = {IS_HEAD} GROUP BY 1, 2, 3 HAVING count(*) = 1
        """,
    )
    made("roster_doubtful", "SELECT n FROM roster_led WHERE heads > 1")
    run(
        """
        UPDATE roster_led l SET family = a.family
        FROM roster_doubtful d JOIN roster_row t USING (n) JOIN roster_namesake a
            ON a.village_code = t.village_code AND a.name = t.head_name AND a.address = t.address
        WHERE l.n = d.n
        """
    )
    run(
        """
        INSERT INTO roster_fault
        SELECT n, true, %s, 'head_ambiguous', '本村居有多位户主叫“' || s.head_name || '”，无法判断属于哪一户',
            '请在“户号”列为同一户填写相同的编号'
        FROM roster_led l JOIN roster_row s USING (n) WHERE l.heads > 1 AND l.family IS NULL
        """,
        [Column.HEAD.value],
    )


def _join_by_order() -> None:
    """A member below his head, on the same sheet and of the same village."""
    made(
        "roster_below",
        f"""
        SELECT o.n, h.n AS head_n, COALESCE(h.village_code = t.village_code, false) AS is_below,
            h.address <> '' AND t.address <> '' AND h.address <> t.address AS is_elsewhere
        FROM (SELECT n, {_WAY} AS way, max(n) FILTER (WHERE {_HEAD}) OVER (PARTITION BY sheet ORDER BY n) AS head_n
            FROM roster_row s) o
        JOIN roster_row t USING (n) LEFT JOIN roster_row h ON h.n = o.head_n
        WHERE o.way = {BY_ORDER}
        """,
    )
    run(
        """
        INSERT INTO roster_member SELECT b.n, m.family, false, false
        FROM roster_below b JOIN roster_member m ON m.n = b.head_n WHERE b.is_below
        """
    )
    run(
        """
        INSERT INTO roster_fault
        SELECT n, true, %s, 'head_not_found', '前面没有本村居的户主行，不知道属于哪一户',
            '请把户主排在成员前面，或填写户主姓名、户号'
        FROM roster_below WHERE NOT is_below
        """,
        [Column.RELATION.value],
    )
    run(
        """
        INSERT INTO roster_fault
        SELECT b.n, false, %s, 'address_differs', '住址与上方户主（第 ' || h.row || ' 行）不同', '已归入该户，请核对是否同一户'
        FROM roster_below b JOIN roster_row h ON h.n = b.head_n WHERE b.is_below AND b.is_elsewhere
        """,
        [Column.ADDRESS.value],
    )
