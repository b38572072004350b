"""Households that a list founds: where they stand, their numbers and, where the door is known, their dwelling."""

from datetime import date

from core.numbering import next_serials_of
from core.sql import made, one_of, rows_of, run
from residents.actions.households import LAST_SERIAL, CannotFoundHousehold

# 3号楼, 3栋 and 3 are one building.
_BARE = "regexp_replace({0}, '(号楼|栋|幢|座|楼|号)$', '')"


def found_households(on: date) -> None:
    """Write the households of roster_founded; roster_lives: family -> household, for all families.

    Raises:
        CannotFoundHousehold: the numbers of a village are used up.
    """
    _find_places()
    _number_households()
    run(
        f"""
        INSERT INTO residents_household (id, number, grid_id, dwelling_id, address, roster_key, registered_on)
        SELECT f.id, f.number, p.grid_id, d.id, p.address, f.key, %s
        FROM roster_numbered f JOIN roster_place p USING (family) LEFT JOIN (
            SELECT p.family, min(d.id) AS id FROM roster_place p
            JOIN grids_building b ON b.grid_id = p.grid_id AND {_BARE.format("b.name")} = {_BARE.format("p.building")}
            JOIN grids_dwelling d ON d.building_id = b.id AND d.room = p.room
                AND d.unit::text = COALESCE(NULLIF(p.unit, ''), '1')
            WHERE p.building <> '' AND p.room <> '' GROUP BY p.family HAVING count(*) = 1
        ) d USING (family)
        """,
        [on],
    )
    made(
        "roster_lives",
        "SELECT family, household_id FROM roster_settled WHERE household_id IS NOT NULL"
        " UNION ALL SELECT family, id FROM roster_numbered",
    )


def _find_places() -> None:
    """roster_place: grid and address of families: the head's, else those of the first row that has them."""
    (has_blanks,) = one_of("SELECT EXISTS (SELECT FROM roster_row WHERE address = '')")
    asking = """ UNION SELECT f.family, f.head_n FROM roster_family f WHERE f.family IN (
        SELECT m.family FROM roster_new m JOIN roster_row s USING (n) WHERE s.address = '')"""
    made(
        "roster_place",
        f"""
        SELECT f.family, CASE WHEN d.n IS NULL THEN h.grid_id END AS grid_id, COALESCE(h.address, '') AS address,
            COALESCE(h.building, '') AS building, COALESCE(h.unit, '') AS unit, COALESCE(h.room, '') AS room
        FROM (SELECT family, head_n FROM roster_founded{asking if has_blanks else ""}) f
        LEFT JOIN roster_row h ON h.n = f.head_n LEFT JOIN roster_refused d ON d.n = f.head_n
        """,
    )
    lacking = made(
        "roster_others",
        """
        SELECT q.family, m.n, CASE WHEN d.n IS NULL THEN s.grid_id END AS grid_id, s.address, s.building, s.unit, s.room
        FROM roster_place q JOIN roster_member m USING (family) JOIN roster_row s USING (n)
            LEFT JOIN roster_refused d USING (n)
        WHERE (q.grid_id IS NULL OR q.address = '') AND NOT m.is_second
        """,
    )
    if lacking:
        run(
            """
            UPDATE roster_place p SET grid_id = o.grid_id FROM (
                SELECT DISTINCT ON (family) family, grid_id FROM roster_others WHERE grid_id IS NOT NULL
                ORDER BY family, n) o
            WHERE p.family = o.family AND p.grid_id IS NULL
            """
        )
        run(
            """
            UPDATE roster_place p SET address = o.address, building = o.building, unit = o.unit, room = o.room FROM (
                SELECT DISTINCT ON (family) * FROM roster_others WHERE address <> '' ORDER BY family, n) o
            WHERE p.family = o.family AND p.address = ''
            """
        )


def _number_households() -> None:
    """roster_numbered: ids and numbers, by village in the order of the file (docs/domain.md 6.4)."""
    counts = dict(rows_of("SELECT village_code, count(*) FROM roster_founded GROUP BY 1"))
    serials = next_serials_of({f"household:{village}": count for village, count in counts.items()})
    if any(one[-1] > LAST_SERIAL for one in serials.values()):
        raise CannotFoundHousehold("household_numbers_used_up", "该村居的家庭编号已用完，请联系区卫健局。")
    villages = list(counts)
    (serial,) = one_of("SELECT pg_get_serial_sequence('residents_household', 'id')")
    made(
        "roster_numbered",
        f"""
        SELECT o.*, nextval('{serial}') AS id FROM (
            SELECT f.family, f.key, f.village_code || 'F' || lpad((w.first - 1 + row_number()
                OVER (PARTITION BY f.village_code ORDER BY f.family))::text, 5, '0') AS number
            FROM roster_founded f JOIN unnest(%s::text[], %s::bigint[]) AS w(village_code, first) USING (village_code)
            ORDER BY f.family) o
        """,
        [villages, [serials[f"household:{one}"][0] for one in villages]],
    )
