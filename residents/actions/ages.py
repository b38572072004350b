"""Population flags that follow from age: of one person when his birth date is known, of everybody every night."""

from dataclasses import dataclass
from datetime import date, timedelta

import pghistory
from django.db import connection, transaction

from core.bulk import take_time
from residents.choices import Evidence, LifeStatus, Population
from residents.models import PopulationFlag, Resident
from residents.policy import ResidentsPolicy
from residents.rules.population import AGE_KINDS, Band, age_bands, first_day, kinds_by_age

ONE_DAY = timedelta(days=1)


def align_age_flags(resident: Resident, *, policy: ResidentsPolicy, on: date) -> None:
    """Make the age flags of one person agree with his birth date; within the caller's transaction."""
    wanted = set(kinds_by_age(resident.born_on, age_bands(on, policy))) if resident.born_on else set()
    running = {
        one.kind: one
        for one in PopulationFlag.objects.running().filter(resident=resident, kind__in=AGE_KINDS)
    }
    for kind, flag in running.items():
        if kind not in wanted:
            flag.ends_on = max(flag.starts_on, on - ONE_DAY)
            flag.save(update_fields=["ends_on"])
    PopulationFlag.objects.bulk_create(
        age_flag(resident.pk, resident.born_on, kind, policy)
        for kind in wanted - set(running)
        if resident.born_on
    )


def age_flag(resident_id: int, born_on: date, kind: Population, policy: ResidentsPolicy) -> PopulationFlag:
    """An unsaved flag that follows from age."""
    return PopulationFlag(
        resident_id=resident_id,
        kind=kind,
        evidence=Evidence.AGE_RULE,
        starts_on=first_day(kind, born_on, policy),
    )


@dataclass(frozen=True)
class Refreshed:
    """How many age flags began and ended."""

    begun: int
    ended: int


def refresh_age_flags(*, policy: ResidentsPolicy, on: date, dry_run: bool = False) -> Refreshed:
    """Turn 7, 60, 65, 80: bring the age flags of everybody present up to a day, in two statements.

    A second run changes nothing. A dry run counts by doing, and takes it back.
    """
    bands = age_bands(on, policy)
    with transaction.atomic(), pghistory.context(job="refresh_age_flags"):
        take_time()
        done = Refreshed(ended=_run(_LEAVE, bands, on), begun=_run(_ENTER, bands, on))
        transaction.set_rollback(dry_run)
    return done


def _run(statement: str, bands: tuple[Band, ...], on: date) -> int:
    values = ", ".join(["(%s, %s::date, %s::date, %s::int, %s::int, %s::boolean)"] * len(bands))
    rows = [
        value
        for one in bands
        for value in (
            one.kind.value, one.born_after, one.born_until, one.enters_at, one.leaves_at, one.by_year,
        )
    ]  # fmt: skip
    named = f"WITH band (kind, born_after, born_until, enters_at, leaves_at, by_year) AS (VALUES {values})"
    with connection.cursor() as cursor:
        cursor.execute(named + statement, [*rows, *_ARGUMENTS[statement](on)])
        return cursor.rowcount


def _reached(age: str) -> str:
    """The day on which one comes to count as that old. Only 29 February has another day of the month n years on."""
    years = f"born_on + make_interval(years => band.{age})"
    return f"""CASE WHEN band.by_year THEN make_date(extract(year FROM born_on)::int + band.{age}, 1, 1)
        ELSE ({years})::date + (extract(day FROM born_on) <> extract(day FROM {years}))::int END"""


_ENTER = f"""
INSERT INTO residents_populationflag (resident_id, kind, evidence, starts_on, detail, recorded_at)
SELECT resident.id, band.kind, %s, {_reached("enters_at")}, '', statement_timestamp()
FROM residents_resident resident
JOIN band ON born_on <= born_until AND (born_after IS NULL OR born_on > born_after)
WHERE life_status = %s AND NOT EXISTS (
    SELECT FROM residents_populationflag standing
    WHERE standing.resident_id = resident.id AND standing.kind = band.kind AND standing.ends_on IS NULL
)
ON CONFLICT (resident_id, kind) WHERE ends_on IS NULL DO NOTHING"""  # noqa: S608

# Dated by the birthday, also when the run is late.
_LEAVE = f"""
UPDATE residents_populationflag flag
SET ends_on = greatest(flag.starts_on, least(%s, {_reached("leaves_at")} - 1))
FROM residents_resident resident, band
WHERE flag.resident_id = resident.id AND flag.kind = band.kind AND flag.ends_on IS NULL AND flag.evidence = %s
    AND (born_on IS NULL OR born_on > born_until OR born_on <= born_after)"""  # noqa: S608

_ARGUMENTS = {
    _ENTER: lambda on: [Evidence.AGE_RULE, LifeStatus.PRESENT],
    _LEAVE: lambda on: [on - ONE_DAY, Evidence.AGE_RULE],
}
