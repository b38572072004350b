"""A plan -> the registry, set-based: ids first, then COPY, one UPDATE, events. Called inside one transaction."""

from collections import defaultdict
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from django.db import connection
from psycopg2 import Binary

from core.bulk import copy_in, new_ids
from core.crypto import seal
from residents.actions.households import take_household_numbers
from residents.choices import Evidence, Registration, Relation
from residents.imports.plan import CHANGED, NEW, Family, Plan, Verdict
from residents.models import Household, PopulationFlag, Resident, ResidentEvent
from residents.policy import ResidentsPolicy
from residents.rules.household import relation_of_sex
from residents.rules.phones import tail_of
from residents.rules.population import age_bands, first_day, kinds_by_age
from residents.searchable import phone_index, phone_tail, searchable_columns
from teams.models import User


@dataclass(frozen=True)
class Applied:
    """How many rows were written."""

    created_residents: int
    updated_residents: int
    unchanged_residents: int
    created_households: int


def apply_plan(plan: Plan, *, policy: ResidentsPolicy, by: User | None) -> Applied:
    """Write everything a plan says; the caller holds the transaction and the locks under which it was made."""
    new, changed = plan.of(NEW), plan.of(CHANGED)
    at = _moment()
    founded = _found_households(plan)
    _insert_residents(plan, new, at)
    _update_residents(plan, changed)
    _write_flags(plan, new, changed, policy, by, at)
    _write_events(new, changed, by, at)
    return Applied(
        len(new), len(changed), len(plan.verdicts) - len(new) - len(changed) - _refused(plan), founded
    )


def _refused(plan: Plan) -> int:
    return sum(one.draft.is_refused for one in plan.verdicts)


def _moment() -> datetime:
    """The database's time of this transaction: every row of an import carries the same."""
    with connection.cursor() as cursor:
        cursor.execute("SELECT now()")
        return cursor.fetchone()[0]


def _found_households(plan: Plan) -> int:
    """Create the households that do not exist yet and remember their ids in the plan."""
    founded = plan.founded
    grids = _grids_of(founded)
    by_village: dict[str, list[Family]] = defaultdict(list)
    for family in founded:
        by_village[family.village_code].append(family)
    for family, pk in zip(founded, new_ids(Household, len(founded)), strict=True):
        family.household_id = pk
    for village, families in sorted(by_village.items()):
        for family, number in zip(families, take_household_numbers(village, len(families)), strict=True):
            family.number = number
    copy_in(
        Household,
        ("id", "number", "grid_id", "dwelling_id", "address", "roster_key", "registered_on", "closed_on"),
        (
            (one.household_id, one.number, grids[id(one)], None, _address(one), one.key, plan.on, None)
            for one in founded
        ),
    )
    return len(founded)


def _grids_of(families: list[Family]) -> dict[int, int]:
    """A household stands where its head stands, else where its first good row stands."""
    found = {}
    for family in families:
        rows = [family.head, *family.rows] if family.head else family.rows
        found[id(family)] = next(one.grid_id for one in rows if one and one.grid_id and not one.is_refused)
    return found


def _address(family: Family) -> str:
    rows = [family.head, *family.rows] if family.head else family.rows
    return next((one.address for one in rows if one and one.address), "")


_NEW_COLUMNS = (
    "id", "name", "sex", "born_on", "id_kind", "id_number", "phone", "household_id", "relation", "grid_id", "address",
    "registration", "life_status", "life_status_on", "confirmed_on", "remark", "created_at",
    "updated_at", "name_grams", "initials", "id_index", "id_tail", "phone_index", "phone_tail",
)  # fmt: skip


def _insert_residents(plan: Plan, new: list[Verdict], at: datetime) -> None:
    for verdict, pk in zip(new, new_ids(Resident, len(new)), strict=True):
        verdict.resident_id = pk
    copy_in(Resident, _NEW_COLUMNS, (_new_row(plan, one, at) for one in new))


def _new_row(plan: Plan, verdict: Verdict, at: datetime) -> tuple[Any, ...]:
    draft, identity = verdict.draft, verdict.draft.identity
    if identity is None:  # such a row was refused
        raise ValueError(f"row {draft.row} has no number")
    family = plan.families[draft.family] if draft.family is not None else None
    relation = relation_of_sex(draft.relation, identity.sex) if family else Relation.NON_RELATIVE
    columns = searchable_columns(draft.name, identity.number, draft.phone)
    return (
        verdict.resident_id, draft.name, identity.sex, identity.born_on, identity.kind, identity.number, draft.phone,
        family.household_id if family else None, relation, draft.grid_id, draft.address or _home(family),
        Registration.REGISTERED, "present", None, plan.on, draft.remark, at, at,
        columns["name_grams"], columns["initials"], columns["id_index"], columns["id_tail"], columns["phone_index"],
        columns["phone_tail"],
    )  # fmt: skip


def _home(family: Family | None) -> str:
    return _address(family) if family else ""


_UPDATE = """
UPDATE residents_resident AS r SET
    phone = COALESCE(t.phone, r.phone),
    phone_index = CASE WHEN t.phone IS NULL THEN r.phone_index ELSE t.phone_index END,
    phone_tail = CASE WHEN t.phone IS NULL THEN r.phone_tail ELSE t.phone_tail END,
    address = COALESCE(t.address, r.address),
    remark = COALESCE(t.remark, r.remark),
    household_id = COALESCE(t.household_id, r.household_id),
    relation = COALESCE(t.relation, r.relation),
    grid_id = COALESCE(t.grid_id, r.grid_id),
    updated_at = now()
FROM unnest(%s::bigint[], %s::bytea[], %s::uuid[], %s::bigint[], %s::text[], %s::text[], %s::bigint[], %s::text[],
            %s::bigint[])
    AS t(id, phone, phone_index, phone_tail, address, remark, household_id, relation, grid_id)
WHERE r.id = t.id
"""


def _update_residents(plan: Plan, changed: list[Verdict]) -> None:
    rows = [_changed_row(plan, one) for one in changed if one.values]
    if not rows:
        return
    with connection.cursor() as cursor:
        cursor.execute(_UPDATE, [list(column) for column in zip(*rows, strict=True)])


def _changed_row(plan: Plan, verdict: Verdict) -> tuple[Any, ...]:
    """None leaves a column as it is."""
    values = verdict.values
    phone = values.get("phone")
    household = plan.families[values["family"]].household_id if "family" in values else None
    return (
        verdict.resident_id,
        Binary(seal(phone, purpose="resident.phone")) if phone else None,
        phone_index(phone) if phone else None,
        phone_tail(tail_of(phone)) if phone else None,
        values.get("address"),
        values.get("remark"),
        household,
        values.get("relation"),
        values.get("grid_id"),
    )


def _write_flags(
    plan: Plan,
    new: list[Verdict],
    changed: list[Verdict],
    policy: ResidentsPolicy,
    by: User | None,
    at: datetime,
) -> None:
    """Age kinds of new people, and the kinds of the sheet; what already stands on lower evidence is raised."""
    raised = _raise_evidence(changed, by)
    columns = (
        "resident_id",
        "kind",
        "evidence",
        "detail",
        "starts_on",
        "ends_on",
        "recorded_by_id",
        "recorded_at",
    )
    copy_in(PopulationFlag, columns, _flag_rows(plan, new, changed, raised, policy, by, at))


def _raise_evidence(changed: list[Verdict], by: User | None) -> set[tuple[int | None, str]]:
    wanted = {(one.resident_id, kind) for one in changed for kind in one.kinds}
    if not wanted:
        return set()
    weaker = PopulationFlag.objects.running().filter(
        resident__in={pk for pk, _ in wanted},
        kind__in={kind for _, kind in wanted},
        evidence__lt=Evidence.ROSTER,
    )
    found = {pk: (resident, kind) for pk, resident, kind in weaker.values_list("pk", "resident_id", "kind")}
    raised = [pk for pk, key in found.items() if key in wanted]
    PopulationFlag.objects.filter(pk__in=raised).update(evidence=Evidence.ROSTER, recorded_by=by)
    return {found[pk] for pk in raised}


def _flag_rows(
    plan: Plan,
    new: list[Verdict],
    changed: list[Verdict],
    raised: set[tuple[int | None, str]],
    policy: ResidentsPolicy,
    by: User | None,
    at: datetime,
) -> Iterator[tuple[Any, ...]]:
    bands = age_bands(plan.on, policy)
    by_id = by.pk if by else None
    for verdict in new:
        born_on = verdict.draft.identity.born_on if verdict.draft.identity else None
        if born_on is None:
            continue
        for kind in kinds_by_age(born_on, bands):
            since = first_day(kind, born_on, policy)
            yield (verdict.resident_id, kind, Evidence.AGE_RULE, "", since, None, None, at)
    for verdict in [*new, *changed]:
        for stated in verdict.kinds:
            if (verdict.resident_id, stated) not in raised:
                yield (verdict.resident_id, stated, Evidence.ROSTER, "", plan.on, None, by_id, at)


def _write_events(new: list[Verdict], changed: list[Verdict], by: User | None, at: datetime) -> None:
    by_id = by.pk if by else None
    kind = ResidentEvent.Kind
    rows = [(one.resident_id, kind.IMPORTED, "", at, by_id) for one in new]
    for one in changed:
        labels = "、".join(dict.fromkeys(change.label for change in one.changes))
        rows.append((one.resident_id, kind.CHANGED, f"花名册导入，修改：{labels}", at, by_id))
    copy_in(ResidentEvent, ("resident_id", "kind", "note", "at", "by_id"), rows)
