"""Population flags that rest on evidence: the higher one wins."""

from datetime import date, timedelta

from django.db import transaction

from core.events import announce
from core.history import credited_to
from core.refusals import Refusal
from core.text import tidy
from residents.actions.records import locked, record, refuse_if
from residents.choices import RESTRICTED, Evidence, IdKind, Population
from residents.models import PopulationFlag, Resident, ResidentEvent
from residents.policy import ResidentsPolicy
from residents.rules.faults import Fault
from residents.rules.findings import (
    Finding,
    check_dependence,
    check_managed_age,
    dependence,
    read_certificate,
    review_day,
)
from residents.rules.population import AGE_KINDS
from teams.models import User

ONE_DAY = timedelta(days=1)
NOTHING_FOUND = Finding()


class CannotFlag(Refusal):
    """The flag may not be set, changed or ended like this."""


def flag_population(
    *,
    resident: Resident,
    kind: str,
    evidence: int,
    starts_on: date,
    detail: str = "",
    source: str = "",
    finding: Finding = NOTHING_FOUND,
    policy: ResidentsPolicy,
    by: User | None,
    on: date,
) -> PopulationFlag:
    """Say that a person belongs to a population kind, and what that rests on.

    A flag that rests on higher evidence stays; equal or higher evidence takes its place, the first day is kept.

    Raises:
        CannotFlag: a kind that follows from age, a date to come, somebody too young for the kind, lower
            evidence than what stands, or a finding that does not fit the kind.
    """
    _refuse_age_kind(kind)
    _refuse_future(starts_on, on)
    with transaction.atomic(), credited_to(by):
        now = locked(resident)
        refuse_if(
            check_managed_age(kind, now.born_on, managed_from=policy.htn_manage_min_age, on=on),
            CannotFlag,
            "kind",
        )
        flag = PopulationFlag.objects.running().filter(resident=now, kind=kind).first()
        if flag is None:
            flag = PopulationFlag(resident=now, kind=kind, starts_on=starts_on)
        _refuse_lower(flag, evidence, "已按“{}”认定，“" + str(Evidence(evidence).label) + "”不能覆盖它。")
        flag.starts_on = min(flag.starts_on, starts_on)
        _refuse_overlap(flag)
        _write(flag, now, evidence, detail, source, finding, by=by, on=on)
        record(now, ResidentEvent.Kind.FLAGGED, _said("认定", flag), by)
    return flag


def amend_flag(
    *,
    flag: PopulationFlag,
    evidence: int,
    starts_on: date,
    detail: str,
    source: str,
    finding: Finding = NOTHING_FOUND,
    by: User,
    on: date,
) -> PopulationFlag:
    """Correct what a running flag rests on, or its first day, which may become earlier or later.

    Raises:
        CannotFlag: as ``flag_population``, or ended already.
    """
    _refuse_age_kind(flag.kind)
    _refuse_future(starts_on, on)
    with transaction.atomic(), credited_to(by):
        resident = locked(flag.resident)
        now = _running(flag)
        _refuse_lower(now, evidence)
        now.starts_on = starts_on
        _refuse_overlap(now)
        _write(now, resident, evidence, detail, source, finding, by=by, on=on)
        record(resident, ResidentEvent.Kind.FLAGGED, _said("更正", now), by)
    return now


def unflag_population(
    *, flag: PopulationFlag, evidence: int, reason: str, by: User, on: date, ends_on: date | None = None
) -> PopulationFlag:
    """A person no longer belongs to a kind. What stands on higher evidence is not ended by lower.

    Args:
        ends_on: the last day on which it held; yesterday where nothing is said.

    Raises:
        CannotFlag: ended already, follows from age, rests on higher evidence, no reason, or an impossible last day.
    """
    _refuse_age_kind(flag.kind)
    reason = tidy(reason)
    if not reason:
        raise CannotFlag("reason_missing", "请填写取消原因。", field="reason")
    with transaction.atomic(), credited_to(by):
        resident = locked(flag.resident)
        now = _running(flag)
        _refuse_lower(now, evidence, "该标识按“{}”认定，须有同级或更高的依据才能取消。")
        now.ends_on = ends_on or max(now.starts_on, on - ONE_DAY)
        if not now.starts_on <= now.ends_on <= on:
            sentence = f"结束日期应在 {now.starts_on} 至 {on} 之间。"
            raise CannotFlag("flag_end_day", sentence, field="ends_on")
        now.end_reason = reason[:200]
        now.save(update_fields=["ends_on", "end_reason"])
        record(resident, ResidentEvent.Kind.FLAGGED, _said("取消", now), by)
        announce("flags.changed", ids=[resident.pk])
    return now


def _running(flag: PopulationFlag) -> PopulationFlag:
    now = PopulationFlag.objects.select_for_update(of=("self",)).get(pk=flag.pk)
    if now.ends_on is not None:
        raise CannotFlag("flag_ended", "该人群标识已经取消。")
    return now


def _write(
    flag: PopulationFlag,
    resident: Resident,
    evidence: int,
    detail: str,
    source: str,
    finding: Finding,
    *,
    by: User | None,
    on: date,
) -> None:
    found, typed = _found(flag, resident, finding, on), tidy(detail)
    flag.evidence, flag.source, flag.recorded_by = evidence, tidy(source)[:60], by
    flag.detail = "；".join(one for one in (found, typed.removeprefix(found).lstrip("；")) if one)[:200]
    flag.review_on = review_day(flag.kind, flag.starts_on, finding) or flag.review_on
    flag.save()
    announce("flags.changed", ids=[resident.pk])


def _found(flag: PopulationFlag, resident: Resident, finding: Finding, on: date) -> str:
    """What a finding says in words; a certificate is kept sealed, only its kind and grade stand in the words."""
    if finding.adl_score is not None and flag.kind == Population.DISABLED_ELDER:
        refuse_if(check_dependence(finding.adl_score), CannotFlag, "adl_score")
        return f"自理能力评分 {finding.adl_score} 分，{dependence(finding.adl_score)}"
    if finding.certificate and flag.kind == Population.DISABLED:
        own = resident.id_number if resident.id_kind == IdKind.ID_CARD else ""
        read = read_certificate(finding.certificate, id_number=own, on=on)
        if isinstance(read, Fault):
            raise CannotFlag(read.code, read.sentence, field="certificate")
        flag.certificate = read.number
        return read.said
    if finding.delivered_on and flag.kind == Population.PERINATAL:
        _refuse_future(finding.delivered_on, on, "delivered_on")
        return f"{finding.delivered_on} 分娩或终止妊娠"
    return ""


def _refuse_age_kind(kind: str) -> None:
    if kind in AGE_KINDS:
        raise CannotFlag(
            "by_age", f"“{Population(kind).label}”按出生日期自动认定，不能手工修改。", field="kind"
        )


def _refuse_future(day: date, on: date, field: str = "starts_on") -> None:
    if day > on:
        raise CannotFlag("flag_future", "日期还没有到，请填今天或以前的日期。", field=field)


def _refuse_overlap(flag: PopulationFlag) -> None:
    """A kind that has ended and begins again: what ended stays as it was. Both may share the day of the change."""
    ended = PopulationFlag.objects.filter(
        resident=flag.resident, kind=flag.kind, ends_on__gt=flag.starts_on
    ).order_by("ends_on")
    last = ended.last()
    if last is not None:
        sentence = (
            f"此前的同一标识到 {last.ends_on} 才结束，开始日期不能更早，请填 {last.ends_on} 或以后的日期。"
        )
        raise CannotFlag("flag_overlap", sentence, field="starts_on")


def _refuse_lower(
    flag: PopulationFlag, evidence: int, said: str = "已按“{}”认定，须有同级或更高的依据才能修改。"
) -> None:
    if flag.evidence is not None and flag.evidence > evidence:
        raise CannotFlag("lower_evidence", said.format(flag.get_evidence_display()), field="evidence")


def _said(verb: str, flag: PopulationFlag) -> str:
    """Events are read by more people than restricted flags: those are not named there."""
    if flag.kind in RESTRICTED:
        return f"{verb}受限人群标识"
    return f"{verb}“{flag.get_kind_display()}”（{flag.get_evidence_display()}）"
