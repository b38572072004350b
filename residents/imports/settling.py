"""Which household of the registry a family of the list is."""

from core.sql import made, run
from residents.choices import LifeStatus, Relation
from residents.imports.columns import Column
from residents.imports.families import HOUSEHOLD_NUMBER
from residents.imports.matching import Places

# Two heads of one name are two households, unless the known one has no head or this very head.
_FITS = "(f.head_n IS NULL OR {0}.head_id IS NULL OR {0}.head_id = p.resident_id)"


def settle_families(places: Places) -> None:
    """roster_house: households that the list may mean; roster_settled: family -> household, None while to be founded."""
    _read_houses(places)
    made(
        "roster_lived",
        """
        SELECT m.family, min(k.household_id) AS id, count(DISTINCT k.household_id) AS homes
        FROM roster_match k JOIN roster_member m USING (n)
        WHERE k.is_reached AND k.household_id IS NOT NULL AND NOT m.is_second GROUP BY m.family
        """,
    )
    _name_heads()
    made("roster_settled", _SETTLED)
    _refuse_unknown_households()
    _refuse_other_heads()


def _read_houses(places: Places) -> None:
    """Open households of the list's villages in the uploader's scope, and wherever the people found live.

    A household that was merged into another answers under its old number too.
    """
    made(
        "roster_house",
        f"""
        WITH lived AS (SELECT DISTINCT household_id AS id FROM roster_match WHERE is_reached), villages AS (
            SELECT g.id FROM grids_grid g WHERE g.id = ANY(%(grids)s::bigint[])
                AND left(g.code, 12) IN (SELECT DISTINCT village_code FROM roster_family)
        ), known AS (
            SELECT h.id FROM residents_household h JOIN villages v ON v.id = h.grid_id WHERE h.closed_on IS NULL
            UNION SELECT id FROM lived WHERE id IS NOT NULL
        )
        SELECT h.id, h.xmin AS seen, h.number, left(g.code, 12) AS village_code, h.roster_key, h.address,
            p.id AS head_id, p.name AS head_name
        FROM known JOIN residents_household h USING (id) JOIN grids_grid g ON g.id = h.grid_id
        LEFT JOIN residents_resident p ON p.household_id = h.id AND p.relation = '{Relation.HEAD}'
            AND p.life_status = '{LifeStatus.PRESENT}'
        """,
        {"grids": places.grids},
    )


def _name_heads() -> None:
    """roster_named: families that name a head who is not in the file, and the registered heads of that name."""
    made(
        "roster_named",
        """
        SELECT f.family, count(*) AS heads, min(h.id) AS id,
            count(*) FILTER (WHERE h.address = f.address) AS near, min(h.id) FILTER (WHERE h.address = f.address) AS near_id
        FROM (SELECT family, village_code, split_part(substr(key, 6), '|', 1) AS called,
                substr(key, 7 + length(split_part(substr(key, 6), '|', 1))) AS address
            FROM roster_family WHERE head_n IS NULL AND starts_with(key, 'head:')) f
        JOIN roster_house h ON h.village_code = f.village_code AND h.head_name = f.called
        GROUP BY f.family
        """,
    )


_SETTLED = f"""
WITH keyed AS (
    SELECT DISTINCT ON (village_code, roster_key) id, village_code, roster_key, head_id FROM roster_house
    WHERE roster_key <> '' ORDER BY village_code, roster_key, id DESC
), numbered AS (
    SELECT number, id FROM roster_house
    UNION ALL SELECT old.number, h.id FROM residents_household old JOIN roster_house h ON h.id = old.merged_into_id
), meant AS (
    SELECT f.family, f.key, f.head_n, p.resident_id, c.heads, c.near,
        CASE WHEN f.key ~ '{HOUSEHOLD_NUMBER}' THEN b.id
            WHEN k.id IS NOT NULL AND (starts_with(f.key, 'no:') OR {_FITS.format("k")}) THEN k.id
            WHEN p.household_id IS NOT NULL THEN p.household_id
            WHEN l.homes = 1 AND {_FITS.format("lh")} THEN l.id
            WHEN f.head_n IS NULL AND c.heads = 1 THEN c.id
            WHEN f.head_n IS NULL AND c.near = 1 THEN c.near_id END AS household_id
    FROM roster_family f
    LEFT JOIN roster_match p ON p.n = f.head_n AND p.is_reached
    LEFT JOIN numbered b ON b.number = f.key
    LEFT JOIN keyed k ON k.village_code = f.village_code AND k.roster_key = f.key
    LEFT JOIN roster_lived l ON l.family = f.family
    LEFT JOIN roster_house lh ON lh.id = l.id
    LEFT JOIN roster_named c ON c.family = f.family
)
SELECT m.*, h.number, h.head_id FROM meant m LEFT JOIN roster_house h ON h.id = m.household_id
"""


def _refuse_unknown_households() -> None:
    """A household number that stands for none of theirs, and a head's name that several registered heads carry."""
    run(
        f"""
        INSERT INTO roster_fault
        SELECT m.n, true, %s, 'household_unknown', '本村居没有家庭编号 ' || f.key, '请核对，或留空按户主归户'
        FROM roster_settled f JOIN roster_member m USING (family)
        WHERE f.household_id IS NULL AND f.key ~ '{HOUSEHOLD_NUMBER}' AND NOT m.is_second
        """,
        [Column.HOUSEHOLD.value],
    )
    run(
        """
        INSERT INTO roster_fault
        SELECT m.n, true, %s, 'head_ambiguous', '本村居在册有多位户主叫“' || split_part(substr(f.key, 6), '|', 1) || '”',
            '请在“户号”列填写家庭编号'
        FROM roster_settled f JOIN roster_member m USING (family)
        WHERE f.household_id IS NULL AND f.head_n IS NULL AND f.near > 1
        """,
        [Column.HEAD.value],
    )


def _refuse_other_heads() -> None:
    run(
        """
        INSERT INTO roster_fault
        SELECT head_n, true, %s, 'head_exists', '该户在册的户主是另一个人',
            '请核对户号；户主确已变更的，请在家庭页面“变更户主”'
        FROM roster_settled WHERE head_n IS NOT NULL AND head_id IS NOT NULL AND resident_id IS DISTINCT FROM head_id
        """,
        [Column.RELATION.value],
    )
