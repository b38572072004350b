"""A registry of a million made-up people in the tables themselves, made by a few statements, and taken away again.

Shape: one district, 10 streets, 200 villages, 2,000 grids, 500 teams with four grids each; three people a household on
average. Sealed values come from a pool, so that what is found can be opened; their blind forms are the real ones.
"""

import os
from dataclasses import dataclass
from datetime import date
from typing import Any

from django.db import connection

from bench.people import _GIVEN, _SURNAMES, check_digit
from core.crypto import seal
from core.text import initials
from grids.models import Area, Grid, GridResponsibility
from residents.searchable import number_index, number_tail, phone_index, phone_tail
from teams.choices import InstitutionLevel, InstitutionType, Role
from teams.models import Institution, RoleAssignment, Team, TeamMembership, User

DISTRICT, CODE, NAMES = "371099", "BENCH1", "bench-"
SINCE = date(2020, 1, 1)
POOL = 11_000  # as many as there are last four characters of a number
GRIDS, TEAMS = 2_000, 500
TABLES = ("residents_resident", "residents_household")


@dataclass(frozen=True)
class Readers:
    """Who searches: a doctor of one team (4 grids), the bureau (the whole district)."""

    doctor: User
    bureau: User


def clear() -> None:
    """Empty the tables, unless they hold anything that is not of a bench: a real registry must never be lost here."""
    is_own_server = os.environ.get("FDCS_INSTANCE") == "bench" and not os.environ.get("DATABASE_URL")
    others = (
        Institution.objects.exclude(code=CODE).exists()
        or User.objects.exclude(username__startswith=NAMES).exists()
    )
    if others and not is_own_server:
        raise SystemExit(
            "这个数据库里有别的数据，不能用来测速。请去掉 DATABASE_URL 后用 make bench，或换一个空数据库。"
        )
    with connection.cursor() as cursor:
        cursor.execute(
            "TRUNCATE residents_resident, residents_household, grids_grid, grids_area, teams_team, teams_institution, "
            "teams_user RESTART IDENTITY CASCADE"
        )


def build(count: int) -> Readers:
    """Fill the tables; what stood there is gone."""
    clear()
    teams = places()
    with connection.cursor() as cursor:
        cursor.execute("SET statement_timeout = 0; SET synchronous_commit = off")
        _pool(cursor)
        cursor.execute(
            "CREATE TEMP TABLE letter AS SELECT * FROM unnest(%s::text[], %s::text[]) AS l (one, first)",
            _letters(),
        )
        homes = count // 3 + 1
        cursor.execute(_HOUSEHOLDS, [homes])
        indexes = _without_indexes(cursor)
        cursor.execute(
            _PEOPLE, {"surnames": _SURNAMES, "given": _GIVEN, "pool": POOL, "homes": homes, "count": count}
        )
        for one in indexes:
            cursor.execute(one)
        cursor.execute(
            "ANALYZE residents_resident; ANALYZE residents_household; ANALYZE grids_grid; ANALYZE grids_area"
        )
        cursor.execute("DROP TABLE pool, letter; RESET statement_timeout")
    _vacuum()
    return _readers(teams)


def _without_indexes(cursor: Any) -> list[str]:
    """Drop what is made faster afterwards, in one go each; the statements that make it again."""
    cursor.execute(
        "SELECT indexname, indexdef FROM pg_indexes WHERE tablename = 'residents_resident' "
        "AND indexname NOT IN (SELECT conname FROM pg_constraint) AND indexdef NOT LIKE 'CREATE UNIQUE%'"
    )
    found = cursor.fetchall()
    for name, _ in found:
        cursor.execute(f'DROP INDEX "{name}"')
    return [made for _, made in found]


def _vacuum() -> None:
    """As autovacuum would: the pending list of the name index is worked in, and pages are known to be visible."""
    with connection.cursor() as cursor:
        for table in TABLES:
            cursor.execute(f"VACUUM {table}")


def places() -> list[Team]:
    """Areas, grids, teams and which team answers for which grids."""
    district = Area.objects.create(code=DISTRICT, name="测试区", level=1, valid_from=SINCE)
    streets = Area.objects.bulk_create(
        Area(code=f"{DISTRICT}{n:03d}", name=f"街道{n}", level=2, parent=district, valid_from=SINCE)
        for n in range(1, 11)
    )
    villages = Area.objects.bulk_create(
        Area(code=f"{one.code}{n:03d}", name=f"社区{n}", level=3, parent=one, valid_from=SINCE)
        for one in streets
        for n in range(1, 21)
    )
    grids = Grid.objects.bulk_create(
        Grid(code=f"{one.code}{n:02d}", name=f"第{n}网格", village=one, opened_on=SINCE)
        for one in villages
        for n in range(1, 11)
    )
    home = Institution.objects.create(
        code=CODE,
        name="测试中心",
        type=InstitutionType.CHC,
        level=InstitutionLevel.FIRST,
        serial=1,
        area_code=streets[0].code,
    )
    teams = Team.objects.bulk_create(
        Team(institution=home, name=f"团队{n}", starts_on=SINCE) for n in range(TEAMS)
    )
    GridResponsibility.objects.bulk_create(
        GridResponsibility(grid=grid, team=teams[at // 4], starts_on=SINCE) for at, grid in enumerate(grids)
    )
    return teams


def _readers(teams: list[Team]) -> Readers:
    home = teams[0].institution
    doctor = User.objects.create(username=f"{NAMES}doctor", name="测试医生", institution=home)
    TeamMembership.objects.create(team=teams[TEAMS // 2], user=doctor, home_institution=home, starts_on=SINCE)
    bureau = User.objects.create(username=f"{NAMES}bureau", name="测试科长", institution=home)
    RoleAssignment.objects.create(user=bureau, role=Role.BUREAU, area_code=DISTRICT, starts_on=SINCE)
    return Readers(doctor, bureau)


def number_of(at: int) -> str:
    """An identity number of the pool; the last four characters go through all there are."""
    body = f"{DISTRICT}{1936 + at % 85}{at % 12 + 1:02d}{at % 28 + 1:02d}{at % 1000:03d}"
    return body + check_digit(body)


def phone_of(at: int) -> str:
    return f"1390631{at % 10_000:04d}"


def _pool(cursor: Any) -> None:
    """Sealed numbers and phones with the blind forms of their ends."""
    rows = [
        (
            seal(number_of(at), purpose="resident.id_number"),
            number_tail(number_of(at)),
            seal(phone_of(at), purpose="resident.phone"),
            phone_tail(phone_of(at)[-4:]),
        )
        for at in range(POOL)
    ]
    cursor.execute(
        "CREATE TEMP TABLE pool (at int PRIMARY KEY, number bytea, number_tail bigint, phone bytea, phone_tail bigint)"
    )
    values = ", ".join(["(%s, %s, %s, %s, %s)"] * len(rows))
    given = [one for at, row in enumerate(rows) for one in (at, *row)]
    cursor.execute(f"INSERT INTO pool VALUES {values}", given)  # noqa: S608


def _letters() -> list[list[str]]:
    signs = sorted(set(_SURNAMES + _GIVEN))
    return [signs, [initials(one) for one in signs]]


def mark(pk: int) -> tuple[str, str]:
    """Give one person the blind forms of a number and a phone that nobody else has; they are returned."""
    number, phone = number_of(POOL + pk), f"1370000{pk % 10_000:04d}"
    with connection.cursor() as cursor:
        cursor.execute(
            "UPDATE residents_resident SET id_index = %s, phone_index = %s WHERE id = %s",
            [number_index(number), phone_index(phone), pk],
        )
    return number, phone


_HOUSEHOLDS = f"""
INSERT INTO residents_household (number, address, roster_key, registered_on, grid_id)
SELECT left(grid.code, 12) || 'F' || lpad((n / {GRIDS} * 10 + n %% 10)::text, 5, '0'), '和平路' || n || '号', '',
    '2020-01-01', grid.id
FROM generate_series(0, %s - 1) AS n JOIN grids_grid grid ON grid.id = n %% {GRIDS} + 1"""  # noqa: S608

# Scrambled by multiplying with a prime, so that neighbors in the table are not neighbors in name, number or phone.
_PEOPLE = """
WITH one AS (
    SELECT n, (n::bigint * 7919) %% 1000003 AS s, (n::bigint * 104729) %% 999983 AS t FROM generate_series(0, %(count)s - 1) AS n
), named AS (
    SELECT n, s, t,
        substr(%(surnames)s, least(s %% length(%(surnames)s), t %% length(%(surnames)s))::int + 1, 1) AS family,
        substr(%(given)s, (t %% length(%(given)s))::int + 1, 1) AS middle,
        CASE WHEN n %% 7 = 0 THEN '' ELSE substr(%(given)s, ((s / 131) %% length(%(given)s))::int + 1, 1) END AS last
    FROM one
)
INSERT INTO residents_resident (
    name, name_grams, initials, sex, born_on, id_kind, id_number, id_index, id_tail, phone, phone_index, phone_tail,
    household_id, relation, grid_id, address, registration, managing_team_id, life_status, remark, created_at, updated_at
)
SELECT family || middle || last,
    CASE WHEN last = '' THEN ARRAY[family || middle] ELSE ARRAY[family || middle, middle || last] END,
    f.first || g.first || coalesce(h.first, ''), n %% 2 + 1, '1936-01-01'::date + (s %% 32000)::int, '01', pool.number,
    md5('i' || n)::uuid, pool.number_tail, other.phone, md5('p' || n)::uuid, other.phone_tail, home.id,
    CASE WHEN n < %(homes)s THEN '02' ELSE '20' END, home.grid_id, home.address, '1',
    CASE WHEN n %% 10 < 3 THEN (home.grid_id - 1) / 4 + 1 END, 'present', '', now(), now()
FROM named
JOIN residents_household home ON home.id = n %% %(homes)s + 1
JOIN pool ON pool.at = s %% %(pool)s
JOIN pool other ON other.at = t %% %(pool)s
JOIN letter f ON f.one = family JOIN letter g ON g.one = middle LEFT JOIN letter h ON h.one = last
ORDER BY n"""
