"""Population flags: by evidence (the higher one wins) and by age."""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date, timedelta

from django.db import transaction
from django.db.models import Exists, OuterRef, Q

from core.history import credited_to
from core.refusals import Refusal
from core.text import tidy
from residents.actions.records import locked, record
from residents.choices import RESTRICTED, Evidence, LifeStatus, Population
from residents.models import PopulationFlag, Resident, ResidentEvent
from residents.policy import ResidentsPolicy
from residents.rules.population import AGE_KINDS, Band, age_bands, first_day, kinds_by_age, last_day
from teams.models import User

ONE_DAY = timedelta(days=1)


class CannotFlag(Refusal):
    """The flag may not be set or ended like this."""


def flag_population(
    *,
    resident: Resident,
    kind: str,
    evidence: int,
    starts_on: date,
    detail: str = "",
    by: User | None,
    on: date,
) -> PopulationFlag:
    """Say that a person belongs to a population kind, and what that rests on.

    A flag that rests on higher evidence stays; equal or higher evidence takes its place, the first day is kept.

    Raises:
        CannotFlag: a kind that follows from age, a date to come, or lower evidence than what stands.
    """
    _refuse_age_kind(kind)
    if starts_on > on:
        raise CannotFlag("flag_future", "认定日期还没有到，请填今天或以前的日期。", field="starts_on")
    with transaction.atomic(), credited_to(by):
        now = locked(resident)
        flag = PopulationFlag.objects.running().filter(resident=now, kind=kind).first()
        if flag is None:
            flag = PopulationFlag(resident=now, kind=kind, starts_on=starts_on)
        elif flag.evidence > evidence:
            stands = flag.get_evidence_display()
            sentence = f"已按“{stands}”认定，“{Evidence(evidence).label}”不能覆盖它。"
            raise CannotFlag("lower_evidence", sentence, field="evidence")
        flag.evidence, flag.detail, flag.recorded_by = evidence, tidy(detail), by
        flag.starts_on = min(flag.starts_on, starts_on)
        flag.save()
        record(now, ResidentEvent.Kind.FLAGGED, _said("认定", flag), by)
    return flag


def unflag_population(
    *, flag: PopulationFlag, evidence: int, reason: str, by: User, on: date
) -> PopulationFlag:
    """A person no longer belongs to a kind. What stands on higher evidence is not ended by lower.

    Raises:
        CannotFlag: ended already, follows from age, rests on higher evidence, or no reason.
    """
    _refuse_age_kind(flag.kind)
    reason = tidy(reason)
    if not reason:
        raise CannotFlag("reason_missing", "请填写取消原因。", field="reason")
    with transaction.atomic(), credited_to(by):
        resident = locked(flag.resident)
        now = PopulationFlag.objects.select_for_update(of=("self",)).get(pk=flag.pk)
        if now.ends_on is not None:
            raise CannotFlag("flag_ended", "该人群标识已经取消。")
        if now.evidence > evidence:
            sentence = f"该标识按“{now.get_evidence_display()}”认定，须有同级或更高的依据才能取消。"
            raise CannotFlag("lower_evidence", sentence, field="evidence")
        now.ends_on = max(now.starts_on, on - ONE_DAY)
        now.detail = reason[:200]
        now.save(update_fields=["ends_on", "detail"])
        record(resident, ResidentEvent.Kind.FLAGGED, _said("取消", now), by)
    return now


def _refuse_age_kind(kind: str) -> None:
    if kind in AGE_KINDS:
        raise CannotFlag(
            "by_age", f"“{Population(kind).label}”按出生日期自动认定，不能手工修改。", field="kind"
        )


def _said(verb: str, flag: PopulationFlag) -> str:
    """Events are read by more people than restricted flags: those are not named there."""
    if flag.kind in RESTRICTED:
        return f"{verb}受限人群标识"
    return f"{verb}“{flag.get_kind_display()}”（{flag.get_evidence_display()}）"


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
    """Turn 7, 60, 65, 80: bring the age flags of everybody present up to a day. A second run changes nothing."""
    begun = ended = 0
    with transaction.atomic():
        for band in age_bands(on, policy):
            leaving = list(_leaving(band, policy, on))
            entering = list(_entering(band, policy))
            begun, ended = begun + len(entering), ended + len(leaving)
            if not dry_run:
                PopulationFlag.objects.bulk_update(leaving, ["ends_on"], batch_size=2000)
                PopulationFlag.objects.bulk_create(entering, batch_size=2000)
    return Refreshed(begun, ended)


def _in_band(band: Band, path: str = "") -> Q:
    found = Q(**{f"{path}born_on__isnull": False})
    if band.born_after is not None:
        found &= Q(**{f"{path}born_on__gt": band.born_after})
    if band.born_until is not None:
        found &= Q(**{f"{path}born_on__lte": band.born_until})
    return found


def _entering(band: Band, policy: ResidentsPolicy) -> Iterator[PopulationFlag]:
    running = PopulationFlag.objects.running().filter(resident=OuterRef("pk"), kind=band.kind)
    people = Resident.objects.filter(_in_band(band), ~Exists(running), life_status=LifeStatus.PRESENT)
    for pk, born_on in people.values_list("pk", "born_on"):
        if born_on:
            yield age_flag(pk, born_on, band.kind, policy)


def _leaving(band: Band, policy: ResidentsPolicy, on: date) -> Iterator[PopulationFlag]:
    """Flags whose person has left the band; dated by the birthday, also when the run is late."""
    stale = PopulationFlag.objects.running().filter(kind=band.kind, evidence=Evidence.AGE_RULE)
    for flag in (
        stale.exclude(_in_band(band, "resident__")).select_related("resident").defer("resident__id_number")
    ):
        born_on = flag.resident.born_on
        ends_on = last_day(band.kind, born_on, policy) if born_on else None
        flag.ends_on = max(flag.starts_on, min(ends_on or on - ONE_DAY, on - ONE_DAY))
        yield flag
