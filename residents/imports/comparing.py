"""An outside list held against the registry: missing here, missing there, different, the same.

Nothing of the registry is changed. The differences become lines of a worklist; what the list says of a person stays
sealed there until the comparison is erased.
"""

from collections.abc import Callable, Iterable
from dataclasses import asdict, dataclass
from typing import Any

from django.db import transaction

from core.bulk import take_time
from core.sql import made, one_of, rows_of, run
from residents.choices import RESTRICTED, Comparison, LifeStatus
from residents.imports.columns import Column
from residents.imports.guarding import CannotReadRoster, Limits
from residents.imports.layouts import Layout, find_layouts, notes_of
from residents.imports.matching import Places, places_of
from residents.imports.preparing import prepare
from residents.imports.reach import reach_of
from residents.imports.reading import open_book
from residents.imports.staging import finish, load, staging
from residents.imports.terms import Order
from residents.models import RosterImport

NEEDED = (Column.NAME, Column.NUMBER)  # an insurance list has no village
LISTED, EVERYWHERE, NOWHERE = "listed", "everywhere", "nowhere"
PHONE, ADDRESS, VILLAGE, KINDS = "phone", "address", "village", "kinds"
COMPARED = {PHONE: "联系电话", VILLAGE: "村居", KINDS: "人群类型", ADDRESS: "住址"}
REFUSED_SHOWN = 20  # rows told of those that cannot be compared

Progress = Callable[[str, int, int | None], None]


@dataclass(frozen=True)
class Asked:
    """What a comparison looks at.

    Attributes:
        compared: facts beside name and standing, keys of ``COMPARED``.
        area: where people who are missing in the list are looked for: the villages that it names, a village code,
            everywhere within reach, or nowhere.
        kind: only people of this population kind are expected in the list; "" for everybody.
    """

    compared: tuple[str, ...] = ()
    area: str = LISTED
    kind: str = ""

    def as_json(self) -> dict[str, Any]:
        return asdict(self)

    @classmethod
    def of_json(cls, stored: dict[str, Any]) -> "Asked":
        return cls(tuple(stored.get("compared", ())), stored.get("area", LISTED), stored.get("kind", ""))


def compare(
    order: Order, *, roster: RosterImport, asked: Asked, progress: Progress
) -> tuple[dict[str, Any], dict[str, Any]]:
    """Write the lines of the worklist; counts without personal data, and what the page shows beside them.

    Raises:
        CannotReadRoster: the file as a whole cannot be used (NeedsMapping: somebody must say which column is which).
    """
    with transaction.atomic():
        take_time()
        with staging():
            layouts, notes = _stage(order, progress)
            progress("与登记比对", 0, None)
            places = places_of(order.terms.scope)
            _match(places)
            _write_missing_here(roster)
            _write_different(roster, asked.compared)
            notes += _write_missing_there(roster, asked, places)
            return _counts(roster), {"notes": notes, "unreadable": _unreadable(layouts)}


def _stage(order: Order, progress: Progress) -> tuple[list[Layout], list[str]]:
    reach = reach_of(order.terms.scope)
    book = open_book(order.source, Limits.of(order.terms.policy))
    layouts = find_layouts(book, order.mapping, order.memory, reach, needed=NEEDED)
    heights = {one.index: one.height for one in book.sheets}
    total = sum(heights[one.sheet] for one in layouts)
    read = people = 0
    for batch in prepare(book, layouts, reach, on=order.on):
        load(batch)
        read, people = read + batch.read, people + batch.count
        progress("读取名单", min(read, total), total)
    if not people:
        raise CannotReadRoster("no_rows", "表头下面没有数据。请核对后再上传。", field="file")
    finish([(one.sheet, one.name) for one in layouts])
    return layouts, notes_of(book, layouts, reach)


def _match(places: Places) -> None:
    """roster_listed: each person of the list once; roster_held: whom of them the registry knows, by present or former number."""
    made(
        "roster_listed",
        "SELECT DISTINCT ON (id_index) * FROM roster_row WHERE id_index IS NOT NULL ORDER BY id_index, n",
    )
    made(
        "roster_held",
        f"""
        WITH known AS (
            SELECT s.n, r.id FROM roster_listed s JOIN residents_resident r USING (id_index)
            UNION ALL
            SELECT s.n, min(p.resident_id) FROM roster_listed s JOIN residents_pastidentifier p USING (id_index)
            WHERE NOT EXISTS (SELECT FROM residents_resident r WHERE r.id_index = s.id_index) GROUP BY s.n
        )
        SELECT k.n, k.id AS resident_id,
            COALESCE(r.grid_id = ANY(%(grids)s) OR r.managing_team_id = ANY(%(teams)s), false) AS is_reached
        FROM known k JOIN residents_resident r ON r.id = k.id WHERE r.life_status <> '{LifeStatus.MERGED}'
        """,
        {"grids": places.grids, "teams": places.teams},
    )


_FACTS = "name, sex, born_on, id_kind, id_number, id_index, phone, phone_index, village_code, address, kinds"
_LISTED_FACTS = (
    "s.name, s.sex, s.born_on, s.id_kind, COALESCE(s.id_number, ''), s.id_index, COALESCE(s.phone, ''), s.phone_index,"
    " s.village_code, s.address, s.kinds"
)


def _write_missing_here(roster: RosterImport) -> None:
    run(
        f"""
        INSERT INTO residents_comparisonline (roster_id, kind, state, note, row, sheet, differences, {_FACTS})
        SELECT %s, '{Comparison.MISSING_HERE}', 'open', '', s.row, s.sheet, '{{}}', {_LISTED_FACTS}
        FROM roster_listed s WHERE NOT EXISTS (SELECT FROM roster_held h WHERE h.n = s.n) ORDER BY s.n
        """,
        [roster.pk],
    )


def differences(compared: Iterable[str]) -> str:
    """SQL: the array of words for what ``s`` (a row or line of the list) says differently of the resident ``r``."""
    wanted = set(compared)
    parts = [
        "CASE WHEN r.name <> s.name THEN '姓名' END",
        "CASE WHEN s.id_index IS DISTINCT FROM r.id_index THEN '证件号码' END",
        f"CASE WHEN r.life_status <> '{LifeStatus.PRESENT}' THEN '状态' END",
    ]
    if PHONE in wanted:
        parts.append(
            f"CASE WHEN s.phone_index IS NOT NULL AND s.phone_index IS DISTINCT FROM r.phone_index AND NOT EXISTS ("
            " SELECT FROM residents_contactphone c WHERE c.resident_id = r.id AND c.phone_index = s.phone_index)"
            f" THEN '{COMPARED[PHONE]}' END"
        )
    if VILLAGE in wanted:
        parts.append(
            "CASE WHEN s.village_code <> '' AND s.village_code <> (SELECT left(g.code, 12) FROM grids_grid g"
            f" WHERE g.id = r.grid_id) THEN '{COMPARED[VILLAGE]}' END"
        )
    if KINDS in wanted:
        hidden = ", ".join(f"'{one}'" for one in RESTRICTED)
        parts.append(
            f"CASE WHEN EXISTS (SELECT FROM unnest(s.kinds) AS w(kind) WHERE w.kind NOT IN ({hidden}) AND NOT EXISTS ("
            " SELECT FROM residents_populationflag f WHERE f.resident_id = r.id AND f.kind = w.kind AND f.ends_on IS NULL))"
            f" THEN '{COMPARED[KINDS]}' END"
        )
    if ADDRESS in wanted:
        parts.append(f"CASE WHEN s.address <> '' AND s.address <> r.address THEN '{COMPARED[ADDRESS]}' END")
    return f"array_remove(ARRAY[{', '.join(parts)}]::text[], NULL)"


def _write_different(roster: RosterImport, compared: Iterable[str]) -> None:
    run(
        f"""
        INSERT INTO residents_comparisonline (roster_id, kind, state, note, row, sheet, resident_id, differences, {_FACTS})
        SELECT %s, '{Comparison.DIFFERENT}', 'open', '', s.row, s.sheet, r.id, d.words, {_LISTED_FACTS}
        FROM roster_held h JOIN roster_listed s USING (n) JOIN residents_resident r ON r.id = h.resident_id
        CROSS JOIN LATERAL (SELECT {differences(compared)} AS words) d
        WHERE h.is_reached AND d.words <> '{{}}' ORDER BY s.n
        """,
        [roster.pk],
    )


def _write_missing_there(roster: RosterImport, asked: Asked, places: Places) -> list[str]:
    """People of the covered villages whom the list does not name; a note when it covers none."""
    grids = _covered(asked.area, places)
    if not grids:
        if asked.area != LISTED:
            return []
        return [
            "名单里没有认得的村居，没有查找“本系统有、对方无”的居民。需要查找的，请指定名单覆盖的村居后重新上传。"
        ]
    kind = (
        "AND EXISTS (SELECT FROM residents_populationflag f WHERE f.resident_id = r.id AND f.kind = %(kind)s"
        " AND f.ends_on IS NULL)"
        if asked.kind
        else ""
    )
    run(
        f"""
        INSERT INTO residents_comparisonline (roster_id, kind, state, note, resident_id, differences, kinds, id_number, phone)
        SELECT %(roster)s, '{Comparison.MISSING_THERE}', 'open', '', r.id, '{{}}', '{{}}', '', ''
        FROM residents_resident r
        WHERE r.grid_id = ANY(%(grids)s) AND r.life_status = '{LifeStatus.PRESENT}' {kind}
            AND NOT EXISTS (SELECT FROM roster_held h WHERE h.resident_id = r.id) ORDER BY r.id
        """,
        {"roster": roster.pk, "grids": grids, "kind": asked.kind},
    )
    return []


def _covered(area: str, places: Places) -> list[int]:
    """The grids within reach that the list claims to cover."""
    if area == NOWHERE:
        return []
    if area == EVERYWHERE:
        return places.grids
    named = (
        "SELECT DISTINCT village_code FROM roster_row WHERE village_code <> ''"
        if area == LISTED
        else "SELECT %(area)s"
    )
    found = rows_of(
        f"SELECT id FROM grids_grid WHERE id = ANY(%(grids)s) AND left(code, 12) IN ({named})",
        {"grids": places.grids, "area": area},
    )
    return [pk for (pk,) in found]


def _counts(roster: RosterImport) -> dict[str, Any]:
    rows, listed, elsewhere, reached = one_of(
        """
        SELECT (SELECT count(*) FROM roster_row), (SELECT count(*) FROM roster_listed),
            (SELECT count(*) FROM roster_held WHERE NOT is_reached), (SELECT count(*) FROM roster_held WHERE is_reached)
        """
    )
    (unreadable,) = one_of("SELECT count(*) FROM roster_row WHERE id_index IS NULL")
    found = dict(
        rows_of(
            "SELECT kind, count(*) FROM residents_comparisonline WHERE roster_id = %s GROUP BY kind",
            [roster.pk],
        )
    )
    lines = {str(one): found.get(str(one), 0) for one in Comparison}
    return {
        "rows": rows,
        **lines,
        "same": reached - lines[str(Comparison.DIFFERENT)],
        "elsewhere": elsewhere,
        "repeated": rows - listed - unreadable,
        "unreadable": unreadable,
    }


def _unreadable(layouts: list[Layout]) -> list[dict[str, Any]]:
    """The first rows without a usable number, and why."""
    names = {one.sheet: one.name if len(layouts) > 1 else "" for one in layouts}
    found = rows_of(
        f"""
        SELECT DISTINCT ON (s.n) s.sheet, s.row, COALESCE(f.cause, '没有证件号码'), COALESCE(f.remedy, '请补填后再对照')
        FROM roster_row s LEFT JOIN roster_fault f ON f.n = s.n AND f.is_error AND f."column" = %s
        WHERE s.id_index IS NULL ORDER BY s.n LIMIT {REFUSED_SHOWN}
        """,
        [Column.NUMBER.value],
    )
    return [
        {"sheet": names[sheet], "row": row, "cause": cause, "remedy": remedy}
        for sheet, row, cause, remedy in found
    ]


_REGISTERED = f"""
UPDATE residents_comparisonline s SET state = 'done', note = '已登记', resident_id = r.id, settled_at = now()
FROM residents_resident r
WHERE s.roster_id = %s AND s.kind = '{Comparison.MISSING_HERE}' AND s.state = 'open' AND r.id_index = s.id_index
    AND r.life_status <> '{LifeStatus.MERGED}'
"""
_GONE = f"""
UPDATE residents_comparisonline s SET state = 'done', note = '已办理离开或合并', settled_at = now()
FROM residents_resident r
WHERE s.roster_id = %s AND s.kind = '{Comparison.MISSING_THERE}' AND s.state = 'open' AND r.id = s.resident_id
    AND r.life_status <> '{LifeStatus.PRESENT}'
"""


# Who is one with another by now: the line is about the entry that was kept.
_FOLLOWED = f"""
UPDATE residents_comparisonline s SET resident_id = r.merged_into_id
FROM residents_resident r
WHERE s.roster_id = %s AND s.kind = '{Comparison.DIFFERENT}' AND s.state = 'open' AND r.id = s.resident_id
    AND r.merged_into_id IS NOT NULL
"""


def look_again(roster: RosterImport) -> int:
    """Close open lines of people who are registered or gone by now, and say anew what differs; how many were closed."""
    asked = Asked.of_json(roster.asked)
    run(_FOLLOWED, [roster.pk])
    run(
        f"""
        WITH seen AS (
            SELECT s.id, {differences(asked.compared)} AS words
            FROM residents_comparisonline s JOIN residents_resident r ON r.id = s.resident_id
            WHERE s.roster_id = %s AND s.kind = '{Comparison.DIFFERENT}' AND s.state = 'open'
        )
        UPDATE residents_comparisonline l SET differences = seen.words FROM seen
        WHERE l.id = seen.id AND l.differences::text[] <> seen.words
        """,
        [roster.pk],
    )
    return run(_REGISTERED, [roster.pk]) + run(_GONE, [roster.pk])
