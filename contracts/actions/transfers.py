"""Transfers between teams: asked for by the new team, answered by the old one, decided by the bureau (4.6)."""

from datetime import date, datetime

import pghistory
from django.db import transaction
from django.db.models import Q, QuerySet
from django.db.models.functions import Now

from contracts.actions.asking import refuse
from contracts.choices import AgreementState, EventKind, RequestState
from contracts.models import AgreementEvent, Enrollment, Transfer
from contracts.policy import policy_on
from contracts.queries.people import running_enrollment
from contracts.queries.signing import signing_doctors, works_for
from contracts.queries.transfers import UNDER_WAY
from contracts.rules import Objection, moves
from contracts.rules.moves import TransferVerb
from core.constraints import refuse_on
from core.history import credited_to
from core.refusals import Refusal
from core.text import tidy
from residents.choices import LifeStatus
from residents.models import Resident
from teams.models import Team, User


class CannotTransfer(Refusal):
    """The transfer stays as it is."""


def open_transfer(*, by: User, on: date, resident: Resident, to_team: Team, reason: str) -> Transfer:
    """Ask for a resident who is signed with another team; that team may object until a day.

    Nothing of the old agreement changes until the new one is signed.

    Raises:
        CannotTransfer: not signed elsewhere, a transfer is under way already, or not for one's own team.
    """
    wish = tidy(reason)
    with (
        transaction.atomic(),
        credited_to(by),
        refuse_on(Transfer, CannotTransfer, one_transfer_at_a_time="number"),
    ):
        person = Resident.objects.select_for_update(of=("self",)).get(pk=resident.pk)
        enrollment = running_enrollment(person, on=on)
        refuse(CannotTransfer, _object_to_opening(person, enrollment, to_team, by=by, on=on))
        if enrollment is None or not wish:  # the first was refused above
            raise CannotTransfer("reason_missing", "请写明居民要求转签的理由。", field="reason")
        transfer = Transfer.objects.create(
            enrollment=enrollment,
            from_team=enrollment.agreement.team,
            to_team=to_team,
            reason=wish,
            opened_on=on,
            opened_by=by,
            object_until=moves.last_day_to_object(on, policy_on(on).transfer_review_days),
        )
        _tell(transfer, f"提出转签到{to_team.name}，异议截止{transfer.object_until}", by=by, on=on)
    return transfer


def _object_to_opening(
    person: Resident, enrollment: Enrollment | None, to_team: Team, *, by: User, on: date
) -> Objection | None:
    if not works_for(by, to_team, on=on):
        return Objection("not_own_team", "只能为自己所在的团队提出转签。", "team")
    return moves.object_to_opening(
        is_running=enrollment is not None and enrollment.state == AgreementState.ACTIVE,
        from_team=enrollment.agreement.team.name if enrollment else "",
        is_own=enrollment is not None and enrollment.agreement.team_id == to_team.pk,
        is_moving=enrollment is not None and enrollment.transfers.filter(state__in=UNDER_WAY).exists(),
        has_left=person.life_status != LifeStatus.PRESENT,
        has_doctor=signing_doctors([to_team.pk], on=on, policy=policy_on(on)).exists(),
    )


def agree_to_transfer(*, by: User, on: date, now: datetime, transfer: Transfer) -> Transfer:
    """The old team lets the resident go before the days of objection are over.

    Raises:
        CannotTransfer: not the old team's leader or steward, or it is settled already.
    """
    with transaction.atomic(), credited_to(by):
        held = _held(transfer, TransferVerb.AGREE)
        if not works_for(by, held.from_team, on=on, as_leader=True):
            raise CannotTransfer("not_own_team", "只有原团队的团队长或其机构的家医管家可以答复转签。")
        return _settle(held, TransferVerb.AGREE, "原团队同意转签", by=by, on=on, now=now)


def object_to_transfer(*, by: User, on: date, now: datetime, transfer: Transfer, reason: str) -> Transfer:
    """The old team objects; the transfer waits for the bureau, or for the new team to withdraw it.

    Raises:
        CannotTransfer: not the old team's leader or steward, too late, without a reason, or objected already.
    """
    told = tidy(reason)
    with transaction.atomic(), credited_to(by):
        held = _held(transfer, TransferVerb.OBJECT)
        is_leader = works_for(by, held.from_team, on=on, as_leader=True)
        objection = moves.object_to_objecting(
            is_leader=is_leader, on=on, object_until=held.object_until, reason=told
        )
        refuse(CannotTransfer, objection)
        if held.objection:
            raise CannotTransfer("objected_already", "原团队已经提出异议，请等区卫健局处理。")
        held.objection, held.objected_by, held.objected_at = told, by, now
        held.save(update_fields=["objection", "objected_by", "objected_at"])
        _tell(held, f"原团队提出异议：{told}", by=by, on=on)
    return held


def decide_transfer(
    *, by: User, on: date, now: datetime, transfer: Transfer, is_upheld: bool, decision: str
) -> Transfer:
    """The bureau decides on an objection: the transfer is refused, or may go on.

    Raises:
        CannotTransfer: nobody objected, it is settled already, or no reason is given.
    """
    verb = TransferVerb.UPHOLD if is_upheld else TransferVerb.OVERRULE
    told = tidy(decision)
    with transaction.atomic(), credited_to(by):
        held = _held(transfer, verb)
        if not held.objection:
            raise CannotTransfer("not_objected", "原团队没有提出异议，不必处理。")
        if not told:
            raise CannotTransfer("decision_missing", "请写明处理意见。", field="decision")
        held.decision = told
        words = "异议成立，不予转签" if is_upheld else "异议不成立，同意转签"
        return _settle(held, verb, f"{words}：{told}", by=by, on=on, now=now)


def withdraw_transfer(*, by: User, on: date, now: datetime, transfer: Transfer) -> Transfer:
    """The new team does not ask any more.

    Raises:
        CannotTransfer: not one's own team's, or it is settled already.
    """
    with transaction.atomic(), credited_to(by):
        held = _held(transfer, TransferVerb.WITHDRAW)
        if not works_for(by, held.to_team, on=on):
            raise CannotTransfer("not_own_team", "只有提出转签的团队可以撤回。")
        return _settle(held, TransferVerb.WITHDRAW, "新团队撤回转签", by=by, on=on, now=now)


def _held(transfer: Transfer, verb: TransferVerb) -> Transfer:
    """The transfer as it is now, locked after its person, whom a signing holds, if the verb may be done with it."""
    person = Resident.objects.filter(enrollments__transfers=transfer)
    list(person.select_for_update(of=("self",)).values_list("pk"))
    rows = Transfer.objects.select_for_update(of=("self",))
    held = rows.select_related("from_team__institution", "to_team__institution", "enrollment__resident").get(
        pk=transfer.pk
    )
    following = moves.transfer_step(RequestState(held.state), verb)
    refuse(CannotTransfer, following if isinstance(following, Objection) else None)
    return held


def _settle(held: Transfer, verb: TransferVerb, note: str, *, by: User, on: date, now: datetime) -> Transfer:
    held.state = moves.TRANSFER_STEPS[RequestState(held.state), verb]
    held.decided_by, held.decided_at = by, now
    held.save(update_fields=["state", "decision", "decided_by", "decided_at"])
    _tell(held, note, by=by, on=on)
    return held


def _tell(transfer: Transfer, note: str, *, by: User, on: date) -> None:
    """A line in the story of the agreement that is to be left; more people read it than may see names."""
    person = transfer.enrollment.resident.masked_name
    AgreementEvent.objects.create(
        agreement_id=transfer.enrollment.agreement_id,
        kind=EventKind.TRANSFERRED,
        on=on,
        by=by,
        note=f"{person}：{note}"[:500],
    )


# --- nightly ----------------------------------------------------------------------------------------------------

SILENT = "异议期内原团队没有答复，视为同意"
MOOT = "原签约已结束，不必再转签"


def settle_transfers(*, on: date, dry_run: bool = False) -> int:
    """Accept what the old team left unanswered, close what there is nothing left to transfer of; how many.

    An answer may be given on the last day still. A second run changes nothing.
    """
    over = Transfer.objects.filter(
        ~Q(enrollment__state=AgreementState.ACTIVE) | Q(enrollment__ends_on__lt=on)
    )
    moot = over.filter(state__in=UNDER_WAY)
    silent = Transfer.objects.filter(
        state=RequestState.OPEN,
        objection="",
        object_until__lt=on,
        enrollment__state=AgreementState.ACTIVE,
        enrollment__ends_on__gte=on,
    )
    if dry_run:
        return moot.count() + silent.count()
    with transaction.atomic(), pghistory.context(job="settle_transfers"):
        closed = _settle_all(moot, TransferVerb.WITHDRAW, MOOT, on=on)
        return closed + _settle_all(silent, TransferVerb.AGREE, SILENT, on=on)


def _settle_all(transfers: QuerySet[Transfer], verb: TransferVerb, note: str, *, on: date) -> int:
    held = list(
        transfers.select_for_update(of=("self",)).select_related("enrollment__resident").order_by("pk")
    )
    Transfer.objects.filter(pk__in=[one.pk for one in held]).update(
        state=moves.TRANSFER_STEPS[RequestState.OPEN, verb], decision=note, decided_at=Now()
    )
    AgreementEvent.objects.bulk_create(
        AgreementEvent(
            agreement_id=one.enrollment.agreement_id,
            kind=EventKind.TRANSFERRED,
            on=on,
            note=f"{one.enrollment.resident.masked_name}：{note}",
        )
        for one in held
    )
    return len(held)
