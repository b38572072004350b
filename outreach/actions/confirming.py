"""A clue or a change that was verified becomes what the registry knows: a flag, a new resident, a move (7.3, S2-25)."""

from collections.abc import Collection, Mapping
from datetime import date, datetime
from typing import Any

from django.db import transaction

from core.history import credited_to
from core.refusals import Refusal
from outreach.actions.answering import begun, end
from outreach.choices import ChangeType, Outcome, ReportKind, ReportState, ReportStep
from outreach.models import GridReport
from outreach.rules.whistle import REPORTED_POPULATIONS, Verb
from residents.actions import (
    CannotFlag,
    CannotFoundHousehold,
    CannotRegister,
    CannotSetStatus,
    CannotUpdate,
    Heir,
    Place,
    bring_back,
    confirm_resident,
    flag_population,
    record_death,
    record_move_out,
    register_resident,
    update_resident,
)
from residents.choices import Evidence, LifeStatus, Population
from residents.models import PopulationFlag, Resident
from residents.policy import policy_on as residents_policy_on
from residents.rules.population import AGE_KINDS
from teams.models import User

# What a team can say that its verification rests on.
EVIDENCE = (Evidence.GRID_REPORT, Evidence.SCREENING, Evidence.MEDICAL_RECORD)


class CannotConfirmReport(Refusal):
    """The clue is not confirmed, and nothing of the registry was changed."""


def confirm_known(
    *, by: User, on: date, now: datetime, report: GridReport, resident: Resident,
    populations: Collection[str], evidence: int, note: str = "", reply: str = "",
) -> GridReport:  # fmt: skip
    """The new person is somebody on file; what he newly belongs to is flagged.

    Args:
        populations: as verified, of the nine kinds of S2-26, which may be others than were reported.

    Raises:
        CannotConfirmReport: a kind that cannot be, somebody who has died or left, no clue.
        CannotAnswer: as for every step.
    """
    with transaction.atomic(), credited_to(by):
        held = begun(report, Verb.CONFIRM, by=by, on=on, now=now)
        _refuse_kind(held, ReportKind.NEW_PERSON)
        _refuse_gone(resident)
        new = _flag(resident, populations, evidence, report=held, by=by, on=on)
        outcome = Outcome.FLAGGED if new else Outcome.KNOWN
        _end(held, resident, outcome, by=by, now=now, note=note, reply=reply)
    return held


def confirm_new(
    *, by: User, on: date, now: datetime, report: GridReport, person: Mapping[str, Any],
    populations: Collection[str] = (), evidence: int = Evidence.GRID_REPORT, note: str = "", reply: str = "",
) -> GridReport:  # fmt: skip
    """The clue, or whoever moved in, is entered in the registry.

    Args:
        person: what ``residents.actions.register_resident`` takes.

    Raises:
        CannotConfirmReport: what the registry refuses, at its field.
        CannotAnswer: as for every step.
    """
    with transaction.atomic(), credited_to(by):
        held = begun(report, Verb.CONFIRM, by=by, on=on, now=now)
        if held.kind == ReportKind.CHANGE:
            _refuse_change(held, ChangeType.MOVED_IN)
        try:
            resident = register_resident(**person, policy=residents_policy_on(on), by=by, on=on)
        except (CannotRegister, CannotFoundHousehold) as refusal:
            raise _told(refusal) from refusal
        _flag(resident, populations, evidence, report=held, by=by, on=on)
        _end(held, resident, Outcome.REGISTERED, by=by, now=now, note=note, reply=reply)
    return held


def confirm_gone(
    *, by: User, on: date, now: datetime, report: GridReport, resident: Resident, since: date,
    heir: Heir | None = None, note: str = "", reply: str = "",
) -> GridReport:  # fmt: skip
    """Somebody has moved out or died, as reported; what was promised to him ends by the rooms that promised it.

    Who has gone by the registry already is only confirmed.

    Raises:
        CannotConfirmReport: what the registry refuses, at its field: ``since``, ``head``.
        CannotAnswer: as for every step.
    """
    with transaction.atomic(), credited_to(by):
        held = begun(report, Verb.CONFIRM, by=by, on=on, now=now)
        _refuse_change(held, ChangeType.MOVED_OUT, ChangeType.DIED)
        is_death = held.facts["change"] == ChangeType.DIED
        status = LifeStatus.DECEASED if is_death else LifeStatus.MOVED_OUT
        known = resident.life_status == status
        if not known:
            verb = record_death if is_death else record_move_out
            try:
                verb(resident=resident, since=since, by=by, on=on, reason="网格上报，团队核实", heir=heir)
            except CannotSetStatus as refusal:
                raise _told(refusal) from refusal
        outcome = Outcome.KNOWN if known else Outcome.UPDATED
        _end(held, resident, outcome, by=by, now=now, note=note, reply=reply)
    return held


def confirm_phone(
    *, by: User, on: date, now: datetime, report: GridReport, resident: Resident, phone: str, note: str = "",
    reply: str = "",
) -> GridReport:  # fmt: skip
    """The new number is entered.

    Raises:
        CannotConfirmReport: what the registry refuses, at its field.
        CannotAnswer: as for every step.
    """
    with transaction.atomic(), credited_to(by):
        held = begun(report, Verb.CONFIRM, by=by, on=on, now=now)
        _refuse_change(held, ChangeType.PHONE)
        _refuse_gone(resident)
        if not phone:
            raise CannotConfirmReport("phone_missing", "请填写核实后的电话。", field="phone")
        try:
            update_resident(
                resident=resident, name=resident.name, phone=phone, grid=resident.grid,
                address=resident.address, relation=resident.relation, registration=resident.registration,
                remark=resident.remark, by=by, on=on,
            )  # fmt: skip
        except CannotUpdate as refusal:
            raise _told(refusal) from refusal
        _end(held, resident, Outcome.UPDATED, by=by, now=now, note=note, reply=reply)
    return held


def confirm_arrival(
    *, by: User, on: date, now: datetime, report: GridReport, resident: Resident, since: date,
    note: str = "", reply: str = "",
) -> GridReport:  # fmt: skip
    """Who moved in is on file: somebody who had left or was lost is back, in a household of his own at the new address;
    who is present is only confirmed, and moves between households on his own page.

    Raises:
        CannotConfirmReport: what the registry refuses, at its field.
        CannotAnswer: as for every step.
    """
    with transaction.atomic(), credited_to(by):
        held = begun(report, Verb.CONFIRM, by=by, on=on, now=now)
        _refuse_change(held, ChangeType.MOVED_IN)
        if resident.life_status == LifeStatus.PRESENT:
            confirm_resident(resident=resident, by=by, on=on)
            outcome = Outcome.KNOWN
        else:
            if resident.life_status == LifeStatus.DECEASED:
                raise CannotConfirmReport(
                    "resident_gone", "该居民已登记死亡，请先在居民页更正，再来确认。", field="resident"
                )
            place = Place(grid=held.grid, address=held.address or resident.address)
            try:
                bring_back(
                    resident=resident, household=None, founds_household=True, place=place, since=since, by=by,
                    on=on, reason="网格上报，团队核实",
                )  # fmt: skip
            except (CannotSetStatus, CannotFoundHousehold) as refusal:
                raise _told(refusal) from refusal
            outcome = Outcome.UPDATED
        _end(held, resident, outcome, by=by, now=now, note=note, reply=reply)
    return held


def _refuse_kind(report: GridReport, kind: str) -> None:
    if report.kind != kind:
        raise CannotConfirmReport("confirm_of_other_kind", "这条上报不是这一类，请刷新页面后重新办理。")


def _refuse_change(report: GridReport, *changes: str) -> None:
    _refuse_kind(report, ReportKind.CHANGE)
    if report.facts["change"] not in changes:
        raise CannotConfirmReport("confirm_of_other_kind", "这条上报不是这种变动，请刷新页面后重新办理。")


def _refuse_gone(resident: Resident) -> None:
    if resident.life_status in (LifeStatus.DECEASED, LifeStatus.MOVED_OUT, LifeStatus.MERGED):
        sentence = f"该居民已登记{resident.get_life_status_display()}，请先在居民页恢复在册，再来确认。"
        raise CannotConfirmReport("resident_gone", sentence, field="resident")


def _flag(
    resident: Resident, populations: Collection[str], evidence: int, *, report: GridReport, by: User, on: date
) -> int:
    """Flag what is not flagged yet; how many. Kinds of an age follow from the birth date by themselves."""
    wanted = set(populations)
    if not wanted <= set(REPORTED_POPULATIONS) or evidence not in EVIDENCE:
        raise CannotConfirmReport("population_unknown", "请从列表里选择人群和依据。", field="populations")
    running = PopulationFlag.objects.running().filter(resident=resident)
    known = set(running.values_list("kind", flat=True)) | set(AGE_KINDS)
    new = [one for one in REPORTED_POPULATIONS if one in wanted - known]
    for kind in new:
        try:
            flag_population(
                resident=resident, kind=kind, evidence=evidence, starts_on=on, source=f"网格上报 {report.pk}",
                policy=residents_policy_on(on), by=by, on=on,
            )  # fmt: skip
        except CannotFlag as refusal:
            sentence = f"{Population(kind).label}：{refusal.sentence}"
            raise CannotConfirmReport(refusal.code, sentence, field="populations") from refusal
    return len(new)


def _end(
    report: GridReport, resident: Resident, outcome: str, *, by: User, now: datetime, note: str, reply: str
) -> None:
    end(
        report, ReportStep.CONFIRMED, ReportState.CONFIRMED, by=by, now=now, outcome=outcome, note=note,
        reply=reply, resident=resident,
    )  # fmt: skip


def _told(refusal: Refusal) -> CannotConfirmReport:
    """What the registry refuses, as the refusal of this verb."""
    return CannotConfirmReport(refusal.code, refusal.sentence, field=refusal.field)
