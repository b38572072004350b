"""What judging found -> the registry, set-based. Called inside one transaction, on the staging tables of that list.

The number of statements does not depend on the number of rows; only the rows that are changed pass through Python, to
seal what they replace.
"""

from contextlib import AbstractContextManager, nullcontext
from datetime import date

from core.rebuilding import entries_gathered, indexes_aside
from core.refusals import Refusal
from core.sql import made, one_of, rows_of, run
from residents.choices import Evidence, LifeStatus, Registration, Relation, Sex
from residents.imports.founding import found_households
from residents.imports.old_numbers import keep_old_numbers
from residents.imports.story import write_changed_lines, write_new_lines
from residents.models import RosterImport
from residents.policy import ResidentsPolicy
from residents.rules.population import age_bands, first_day, kinds_by_age
from teams.models import User

# A first load: so many new people that building the indexes afresh is quicker than keeping them up row by row.
FIRST_LOAD_ROWS = 20_000
FIRST_LOAD_TIMES = 20  # they outnumber those already there so many times
_FILLED = (
    "residents_household",
    "residents_resident",
    "residents_populationflag",
    "residents_contactphone",
    "residents_rosterline",
)


class CannotApply(Refusal):
    """The list is not applied; nothing was written."""


def moved_on() -> CannotApply:
    """Somebody wrote to the same people in this very moment."""
    return CannotApply(
        "roster_clash", "导入的同时有人登记或修改了名册中的居民，本次没有导入任何一行。请返回预览重新确认。"
    )


def write(
    *, policy: ResidentsPolicy, roster: RosterImport | None, file_name: str, by: User | None, on: date
) -> None:
    """Write everything that ``judge`` found; the caller holds the transaction.

    Raises:
        CannotApply: a person or household was changed since it was compared.
    """
    _hold_what_changes()
    with entries_gathered(["residents_resident"]), _indexes_aside():
        _write_rows(policy, roster, file_name[:60], by, on)
    # Foreign keys are checked now, not at the commit, where nobody would know which list it was.
    run("SET CONSTRAINTS ALL IMMEDIATE; SET CONSTRAINTS ALL DEFERRED")


def _indexes_aside() -> AbstractContextManager[object]:
    """On a first load of the residents, for all tables that hold next to nothing yet."""
    (entering,) = one_of("SELECT count(*) FROM roster_new")
    most = entering // FIRST_LOAD_TIMES
    empty = [
        one
        for one in _FILLED
        if entering >= FIRST_LOAD_ROWS
        and one_of(f"SELECT count(*) FROM (SELECT FROM {one} LIMIT {most + 1}) o")[0] <= most
    ]
    return indexes_aside(empty) if "residents_resident" in empty else nullcontext()


def _hold_what_changes() -> None:
    """Households first, then residents, each by id, as every verb of the registry locks; then compare versions."""
    run(
        "SELECT FROM residents_household WHERE id IN (SELECT household_id FROM roster_entered) ORDER BY id FOR UPDATE"
    )
    run(
        "SELECT FROM residents_resident WHERE id IN (SELECT resident_id FROM roster_change) ORDER BY id FOR UPDATE"
    )
    (is_other,) = one_of(
        """
        SELECT EXISTS (SELECT FROM roster_change c WHERE NOT EXISTS (
                SELECT FROM residents_resident r WHERE r.id = c.resident_id AND r.xmin = c.seen))
            OR EXISTS (SELECT FROM roster_entered e WHERE NOT EXISTS (
                SELECT FROM residents_household h WHERE h.id = e.household_id AND h.xmin = e.seen))
        """
    )
    if is_other:
        raise moved_on()


def _write_rows(
    policy: ResidentsPolicy, roster: RosterImport | None, source: str, by: User | None, on: date
) -> None:
    by_id = by.pk if by else None
    found_households(on)
    _insert_residents(on)
    keep_old_numbers(by, on)
    if roster is not None:
        write_new_lines(roster)
        write_changed_lines(roster)
    _update_residents()
    _write_age_flags(policy, on)
    _write_stated_flags(source, by_id, on)
    _write_phones(by_id)


def _insert_residents(on: date) -> None:
    """In the order of the file: who lives together lies together."""
    run(
        f"""
        INSERT INTO residents_resident (id, name, name_grams, initials, sex, born_on, id_kind, id_number, id_index,
            id_tail, phone, phone_index, phone_tail, household_id, relation, grid_id, address, registration,
            life_status, confirmed_on, remark, created_at, updated_at)
        SELECT p.id, s.name, s.name_grams, s.initials, s.sex, s.born_on, s.id_kind, COALESCE(s.id_number, ''), s.id_index,
            s.id_tail, COALESCE(s.phone, ''), s.phone_index, s.phone_tail, w.household_id,
            CASE WHEN p.family IS NULL THEN '{Relation.NON_RELATIVE}'
                WHEN s.relation = '' THEN '{Relation.OTHER_RELATIVE}'
                WHEN s.relation = '{Relation.SPOUSE}' AND s.sex = {Sex.MALE} THEN '{Relation.HUSBAND}'
                WHEN s.relation = '{Relation.SPOUSE}' AND s.sex = {Sex.FEMALE} THEN '{Relation.WIFE}'
                ELSE s.relation END,
            s.grid_id, CASE WHEN s.address = '' THEN COALESCE(a.address, '') ELSE s.address END,
            COALESCE(NULLIF(s.registration, ''), '{Registration.REGISTERED}'), '{LifeStatus.PRESENT}', %s, s.remark,
            now(), now()
        FROM roster_new p JOIN roster_row s USING (n)
            LEFT JOIN roster_lives w ON w.family = p.family LEFT JOIN roster_place a ON a.family = p.family
        """,
        [on],
    )


def _update_residents() -> None:
    """One statement. Plans of its history trigger are made anew: one that was made for a single row takes ages here."""
    if not one_of("SELECT count(*) FROM roster_change")[0]:
        return
    run("DISCARD PLANS")
    run(
        """
        UPDATE residents_resident r SET
            phone = CASE WHEN c.other_phone THEN s.phone ELSE r.phone END,
            phone_index = CASE WHEN c.other_phone THEN s.phone_index ELSE r.phone_index END,
            phone_tail = CASE WHEN c.other_phone THEN s.phone_tail ELSE r.phone_tail END,
            address = CASE WHEN c.other_address THEN s.address ELSE r.address END,
            remark = CASE WHEN c.other_remark THEN s.remark ELSE r.remark END,
            registration = CASE WHEN c.other_registration THEN s.registration ELSE r.registration END,
            household_id = CASE WHEN c.joins THEN w.household_id ELSE r.household_id END,
            relation = CASE WHEN c.other_relation THEN c.said_relation ELSE r.relation END,
            grid_id = CASE WHEN c.other_grid THEN s.grid_id ELSE r.grid_id END,
            updated_at = now()
        FROM roster_change c JOIN roster_row s USING (n) LEFT JOIN roster_lives w ON w.family = c.family
        WHERE r.id = c.resident_id
        """
    )


_FLAG_COLUMNS = "(resident_id, kind, evidence, detail, source, starts_on, recorded_by_id, recorded_at)"


def _write_age_flags(policy: ResidentsPolicy, on: date) -> None:
    """Kinds by age of the new people; the rule is asked once for each birthday, not for each person."""
    bands = age_bands(on, policy)
    days = [
        (born_on, str(kind), first_day(kind, born_on, policy))
        for (born_on,) in rows_of("SELECT DISTINCT born_on FROM roster_new WHERE born_on IS NOT NULL")
        for kind in kinds_by_age(born_on, bands)
    ]
    if not days:
        return
    columns = [list(column) for column in zip(*days, strict=True)]
    made(
        "roster_age",
        "SELECT * FROM unnest(%s::date[], %s::text[], %s::date[]) AS w(born_on, kind, since)",
        columns,
    )
    run(
        f"""
        INSERT INTO residents_populationflag {_FLAG_COLUMNS}
        SELECT p.id, a.kind, {Evidence.AGE_RULE}, '', '', a.since, NULL, now()
        FROM roster_new p JOIN roster_age a USING (born_on)
        """
    )


def _write_stated_flags(source: str, by_id: int | None, on: date) -> None:
    """The kinds of the list; what already stands on lower evidence is raised."""
    run(
        f"""
        UPDATE residents_populationflag f SET evidence = {Evidence.ROSTER}, source = %s, recorded_by_id = %s
        FROM roster_kind k WHERE f.id = k.flag_id
        """,
        [source, by_id],
    )
    run(
        f"""
        INSERT INTO residents_populationflag {_FLAG_COLUMNS}
        SELECT o.resident_id, o.kind, {Evidence.ROSTER}, '', %s, %s, %s, now() FROM (
            SELECT resident_id, kind FROM roster_kind WHERE flag_id IS NULL
            UNION ALL SELECT p.id, w.kind FROM roster_new p JOIN roster_row s USING (n)
                CROSS JOIN LATERAL (SELECT DISTINCT unnest(s.kinds) AS kind) w WHERE s.kinds <> '{{}}'
        ) o
        """,
        [source, on, by_id],
    )


def _write_phones(by_id: int | None) -> None:
    run(
        """
        INSERT INTO residents_contactphone (resident_id, phone, phone_index, phone_tail, owner, recorded_by_id, recorded_at)
        SELECT COALESCE(x.resident_id, p.id), x.phone, x.phone_index, x.phone_tail, x.owner, %s, now()
        FROM roster_phone x LEFT JOIN roster_new p USING (n)
        """,
        [by_id],
    )
