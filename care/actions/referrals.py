"""Two-way referral: sending somebody up, or down to his home team (S2-21, S4-4)."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime
from uuid import UUID

from django.db import transaction

from care.actions.planning import start_rule
from care.actions.referral_sides import CannotRefer, serves, tell
from care.choices import (
    RESTRICTED_PROGRAMS,
    Program,
    ReferralDirection,
    ReferralState,
    Urgency,
)
from care.models import CareRule, Referral, ServiceRecord
from care.policy import policy_on
from care.queries.serving import Serving, serving
from care.rules import referrals as rules
from care.rules.referrals import level_of
from contracts.actions.asking import refuse
from core.calendar import working_days_after
from core.numbering import next_serials
from core.text import tidy
from residents.choices import LifeStatus
from residents.models import Resident
from teams.access import scope_of
from teams.models import Department, Institution, User


@dataclass(frozen=True)
class Letter:
    """What a referral says.

    Attributes:
        reasons: codes of ``ReferralReason``; those of the direction. plan: of a downward one, what goes on at home.
    """

    reasons: Sequence[str]
    summary: str
    urgency: Urgency = Urgency.ROUTINE
    plan: str = ""


def refer_up(
    *, by: User, on: date, now: datetime, resident: Resident, institution: Institution, letter: Letter,
    client_token: UUID, department: Department | None = None, record: ServiceRecord | None = None,
) -> Referral:  # fmt: skip
    """Send somebody to a higher level; the hospital answers within its clock, the team follows up within two weeks.

    Sent again with the same token, it is the referral of the first time.

    Args:
        record: the visit that asked for it; None where nobody wrote one.

    Raises:
        CannotRefer: no team serves the person, not by one of it, not to a higher level, without reason or summary,
            or a referral to the same institution is under way.
    """
    with transaction.atomic():
        person = _locked(resident)
        sent = Referral.objects.filter(client_token=client_token).first()
        if sent:
            return sent
        served = serving(person, on=on)
        if served.team is None or not serves(by, served.team, person, on=on):
            raise CannotRefer("referral_not_own_team", "只能为本团队签约或管理的居民转诊。")
        referral = Referral(
            direction=ReferralDirection.UP,
            state=ReferralState.SENT,
            from_institution=served.team.institution,
            to_institution=institution,
            department=_department_of(institution, department),
            record=record,
            program=record.program if record else Program.CONTRACT,
            client_token=client_token,
        )
        _write(referral, person, served, letter, by=by, on=on, now=now)
        _follow_up(referral, by=by, on=on, now=now)
    return referral


def refer_down(
    *, by: User, on: date, now: datetime, resident: Resident, institution: Institution, letter: Letter,
    client_token: UUID,
) -> Referral:  # fmt: skip
    """A hospital sends somebody to the team of his agreement: treatment, rehabilitation or nursing go on at home.

    Sent again with the same token, it is the referral of the first time.

    Raises:
        CannotRefer: nobody is signed with a team, not by staff of the hospital, or without reason or summary.
    """
    with transaction.atomic():
        person = _locked(resident)
        sent = Referral.objects.filter(client_token=client_token).first()
        if sent:
            return sent
        served = serving(person, on=on)
        if served.team is None or served.enrollment is None:
            raise CannotRefer("referral_not_signed", "该居民目前没有生效的签约团队，请告知其到所在社区签约。")
        if institution.pk not in scope_of(by).institutions:
            raise CannotRefer(
                "referral_not_own_institution", "只能从本人所在的机构下转。", field="institution"
            )
        if not tidy(letter.plan):
            raise CannotRefer("referral_plan_missing", "请写明需要团队接续的治疗、康复或护理。", field="plan")
        referral = Referral(
            direction=ReferralDirection.DOWN,
            state=ReferralState.HANDED_DOWN,
            from_institution=institution,
            to_institution=served.team.institution,
            plan=tidy(letter.plan)[:1000],
            client_token=client_token,
        )
        _write(referral, person, served, letter, by=by, on=on, now=now)
        _follow_up(referral, by=by, on=on, now=now)
    return referral


def _locked(resident: Resident) -> Resident:
    return Resident.objects.select_for_update(of=("self",)).get(pk=resident.pk)


def _department_of(institution: Institution, department: Department | None) -> Department | None:
    if department and department.institution_id != institution.pk:
        raise CannotRefer("department_elsewhere", "所选科室不属于所选机构，请重选科室。", field="department")
    return department


def _write(
    referral: Referral, person: Resident, served: Serving, letter: Letter, *, by: User, on: date, now: datetime
) -> None:  # fmt: skip
    """Fill in what both directions share, ask the rule, store, and tell the story's first line."""
    referral.resident, referral.team, referral.enrollment = person, served.team, served.enrollment  # type: ignore[assignment]  # refused above
    source, target = referral.from_institution, referral.to_institution
    referral.from_level = level_of(source.type, source.level)
    referral.to_level = level_of(target.type, target.level)
    referral.reasons, referral.summary = list(letter.reasons), tidy(letter.summary)[:500]
    referral.urgency = letter.urgency
    referral.is_restricted = referral.program in RESTRICTED_PROGRAMS
    objection = rules.object_to_sending(
        direction=ReferralDirection(referral.direction),
        from_level=referral.from_level,
        to_level=referral.to_level,
        reasons=referral.reasons,
        summary=referral.summary,
        urgency=letter.urgency,
        has_left=person.life_status in (LifeStatus.DECEASED, LifeStatus.MOVED_OUT),
    )
    refuse(CannotRefer, objection)
    _refuse_second(referral)
    referral.number = f"ZZ{on:%Y%m%d}{next_serials(f'referral:{on:%Y%m%d}')[0]:04d}"
    referral.sent_on, referral.sent_at, referral.sent_by = on, now, by
    referral.reply_by = _reply_by(referral, on=on, now=now)
    referral.save(force_insert=True)
    tell(referral, referral.reason_words, by=by, on=on, now=now)


def _follow_up(referral: Referral, *, by: User, on: date, now: datetime) -> None:
    """The home team looks within two weeks how it went; what the visit's verdict began already is not begun twice."""
    own = f"{referral.program}.referral"
    code = own if CareRule.objects.filter(code=own).exists() else "contract.referral"
    start_rule(
        resident=referral.resident_id,
        code=code,
        anchor_on=on,
        because=f"{on:%Y-%m-%d} {referral.get_direction_display()}（{referral.number}）",
        by=by,
        on=on,
        now=now,
        started_by=referral.key,
    )


def _refuse_second(referral: Referral) -> None:
    waiting = Referral.objects.unanswered().filter(
        resident=referral.resident,
        direction=referral.direction,
        from_institution=referral.from_institution,
        to_institution=referral.to_institution,
    )
    if waiting.exists():
        raise CannotRefer("referral_under_way", "该居民转往同一机构的转诊正等待答复，请勿重复发送。")


def _reply_by(referral: Referral, *, on: date, now: datetime) -> datetime:
    """Until when the receiving side answers: clock hours when urgent, working days else."""
    policy = policy_on(on)
    if referral.direction == ReferralDirection.DOWN:
        return rules.end_of(working_days_after(on, policy.referral_take_over_days), now)
    if referral.urgency == Urgency.URGENT:
        return rules.urgent_reply_by(now, policy.referral_reply_hours)
    return rules.end_of(working_days_after(on, policy.referral_reply_days), now)
