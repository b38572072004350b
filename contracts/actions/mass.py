"""Many agreements at once: chosen and previewed, confirmed as shown, undone while nothing was built upon it (S0-8)."""

from collections import defaultdict
from collections.abc import Collection, Mapping
from datetime import date, datetime

from django.db import transaction
from django.db.models import Max

from contracts.actions.asking import refuse
from contracts.actions.handover import hand_over, under
from contracts.actions.locking import locked_agreements
from contracts.actions.panels import ask_for_places
from contracts.actions.renewing import write_successors
from contracts.choices import (
    AgreementState,
    EventKind,
    MassKind,
    MassState,
    RenewalKind,
    RenewalMode,
    SignMode,
)
from contracts.models import Agreement, AgreementEvent, Enrollment, MassLine, MassOperation
from contracts.policy import policy_on
from contracts.queries.handover import supplements_of
from contracts.queries.mass import Asked, MassPlan, asked_of, built_upon, mass_plan, meant_by, undo_until
from contracts.queries.signing import post_in, works_for
from contracts.rules import Objection, mass
from contracts.rules.states import TRANSITIONS, Verb
from core.history import credited_to
from core.refusals import Refusal
from core.text import tidy
from residents.actions import give_into_care, release_from_care
from residents.models import Resident
from teams.models import Team, User

VOID = TRANSITIONS[AgreementState.ACTIVE, Verb.VOID]


class CannotRunMass(Refusal):
    """Nothing was changed."""


def preview_mass(*, by: User, on: date, kind: str, team: Team, asked: Asked, reason: str) -> MassOperation:
    """Keep what was chosen, with the numbers of what it would do; no agreement is touched.

    Raises:
        CannotRunMass: not one's own team, no reason, or what was chosen is against the rules of renewing or signing.
    """
    told = tidy(reason)
    refuse(CannotRunMass, _object_to_asked(by, kind, team, asked, on=on))
    if not told:
        raise CannotRunMass("reason_missing", "请写明事由，如通知文号或会议决定。", field="reason")
    plan = mass_plan(kind, team, asked, on=on, policy=policy_on(on))
    return MassOperation.objects.create(
        kind=kind,
        team=team,
        asked=asked.dumps(),
        counts=plan.counts,
        digest=plan.digest,
        reason=told,
        created_by=by,
    )


def preview_again(*, by: User, on: date, operation: MassOperation) -> MassOperation:
    """Count anew what an unconfirmed operation would do, after agreements have changed.

    Raises:
        CannotRunMass: not one's own team's.
    """
    with transaction.atomic():
        held = _held(operation)
        refuse(CannotRunMass, _object_to_stranger(by, held.team, on=on))
        if held.state == MassState.PREVIEWED:
            plan = mass_plan(held.kind, held.team, asked_of(held), on=on, policy=policy_on(on))
            held.counts, held.digest = plan.counts, plan.digest
            held.save(update_fields=["counts", "digest"])
    return held


def drop_mass(*, by: User, on: date, operation: MassOperation) -> MassOperation:
    """Give up an operation that was only previewed.

    Raises:
        CannotRunMass: not one's own team's, or it was settled already.
    """
    with transaction.atomic():
        held = _held(operation)
        refuse(CannotRunMass, _object_to_stranger(by, held.team, on=on))
        if held.state != MassState.PREVIEWED:
            raise CannotRunMass("wrong_state", "这次批量办理已经处理过，不能放弃。请刷新页面。")
        held.state = MassState.DROPPED
        held.save(update_fields=["state"])
    return held


def confirm_mass(*, by: User, on: date, now: datetime, operation: MassOperation) -> MassOperation:
    """Do what the preview showed, all of it or nothing, with one number of statements however many agreements.

    Of two operators one waits at the locked rows, and is told that the agreements have changed meanwhile.

    Raises:
        CannotRunMass: confirmed or dropped already, an agreement has changed since the preview, nothing to do, or the
            receiving doctor has no place left.
    """
    with transaction.atomic(), credited_to(by):
        held = _held(operation)
        asked = asked_of(held)
        refuse(CannotRunMass, _object_to_asked(by, held.kind, held.team, asked, on=on))
        _lock(held, asked, on=on)
        plan = mass_plan(held.kind, held.team, asked, on=on, policy=policy_on(on))
        refuse(
            CannotRunMass,
            mass.object_to_confirming(
                MassState(held.state), is_unchanged=plan.digest == held.digest, todo=len(plan.todo)
            ),
        )
        if held.kind == MassKind.RENEW:
            _renew(held, asked, plan, by=by, on=on, now=now)
        else:
            _reassign(held, asked, plan, by=by, on=on)
        held.state, held.done_at = MassState.DONE, now
        held.counts = plan.counts | _marks()
        held.save(update_fields=["state", "done_at", "counts"])
    return held


def undo_mass(*, by: User, on: date, now: datetime, operation: MassOperation) -> MassOperation:
    """Put everything back as it was: successors are void, agreements return to their team and doctor.

    All of it or nothing; only while no agreement has gone on since.

    Raises:
        CannotRunMass: not done or undone already, too late, or something was built upon it.
    """
    with transaction.atomic(), credited_to(by):
        held = _held(operation)
        lines = list(held.lines.order_by("pk"))
        touched = [one.agreement_id for one in lines] + [
            one.successor_id for one in lines if one.successor_id
        ]
        locked_agreements(touched)
        refuse(CannotRunMass, _object_to_undoing(held, by=by, on=on))
        if held.kind == MassKind.RENEW:
            _take_back_renewals(lines)
        else:
            _take_back_agreements(held, lines, by=by, on=on)
        AgreementEvent.objects.bulk_create(
            AgreementEvent(agreement_id=pk, kind=EventKind.UNDONE, on=on, by=by, note=held.reason)
            for pk in touched
        )
        held.state, held.undone_at, held.undone_by = MassState.UNDONE, now, by
        held.save(update_fields=["state", "undone_at", "undone_by"])
    return held


# --- asking -----------------------------------------------------------------------------------------------------


def _held(operation: MassOperation) -> MassOperation:
    rows = MassOperation.objects.select_for_update(of=("self",)).select_related("team__institution")
    return rows.get(pk=operation.pk)


def _lock(operation: MassOperation, asked: Asked, *, on: date) -> None:
    """Everything that is meant, before it is looked at for the last time."""
    meant = list(meant_by(operation.kind, operation.team, asked, on=on).values_list("pk", flat=True))
    locked_agreements([*meant, *supplements_of(meant).values_list("pk", flat=True)])


def _object_to_stranger(by: User, team: Team, *, on: date) -> Objection | None:
    if works_for(by, team, on=on, as_leader=True):
        return None
    return Objection("not_own_team", "只能批量办理自己机构的团队的协议。", "team")


def _object_to_asked(by: User, kind: str, team: Team, asked: Asked, *, on: date) -> Objection | None:
    stranger = _object_to_stranger(by, team, on=on)
    if stranger:
        return stranger
    policy = policy_on(on)
    if kind == MassKind.RENEW:
        return mass.object_to_renewing_many(
            mode=policy.renewal_mode,
            is_archived=asked.is_archived,
            signed_on=asked.signed_on or on,
            on=on,
            backdate_days=policy.backdate_days,
            years=asked.years,
            most=policy.renewal_max_years,
            ends_until=asked.ends_until,
            notice_days=policy.renewal_notice_days,
        )
    receiving, doctor = _receiver(asked)
    if receiving not in Team.objects.active_on(on):
        return Objection("team_not_active", "接收团队不在服务期内，请选其他团队。", "doctor")
    if post_in(receiving, doctor, on=on) not in policy.signing_professions:
        return Objection("doctor_post", "接收医生须是接收团队的全科、中医或专科医师，请重选。", "doctor")
    return None


def _receiver(asked: Asked) -> tuple[Team, User]:
    team, doctor = asked.receiver
    return Team.objects.select_related("institution").get(pk=team), User.objects.get(pk=doctor)


def _object_to_undoing(operation: MassOperation, *, by: User, on: date) -> Objection | None:
    stranger = _object_to_stranger(by, operation.team, on=on)
    if stranger:
        return stranger
    until = undo_until(operation, on=on)
    upon = built_upon(operation).count() if operation.state == MassState.DONE else 0
    return mass.object_to_undoing(
        MassState(operation.state), kind=MassKind(operation.kind), undo_until=until, on=on, built_upon=upon
    )


def _marks() -> dict[str, int]:
    """How far the story and the numbers of agreements went when it was done: what comes after was built upon it."""
    events = AgreementEvent.objects.aggregate(last=Max("pk"))["last"]
    return {"mark": events or 0, "last": Agreement.objects.aggregate(last=Max("pk"))["last"] or 0}


# --- doing and undoing ------------------------------------------------------------------------------------------


def _renew(
    operation: MassOperation, asked: Asked, plan: MassPlan, *, by: User, on: date, now: datetime
) -> None:
    is_auto = policy_on(on).renewal_mode == RenewalMode.AUTO_UNLESS_TERMINATED
    successors = write_successors(
        list(plan.todo),
        by=by,
        on=on,
        now=now,
        signed_on=asked.signed_on or on,
        years=asked.years,
        kind=RenewalKind.AUTO if is_auto else RenewalKind.EXPLICIT,
        mode=SignMode.ELECTRONIC if is_auto else SignMode.PAPER,
        note=f"批量续签：{operation.reason}" + ("" if is_auto else "；纸质签名，原件已归档"),
    )
    MassLine.objects.bulk_create(
        MassLine(operation=operation, agreement_id=old, successor_id=new) for old, new in successors.items()
    )


def _reassign(operation: MassOperation, asked: Asked, plan: MassPlan, *, by: User, on: date) -> None:
    team, doctor = _receiver(asked)
    family = [*plan.todo, *supplements_of(list(plan.todo)).values_list("pk", flat=True)]
    people = under(family)
    cared = dict(people.values_list("pk", "managing_team"))
    policy = policy_on(on)
    refuse(
        CannotRunMass,
        ask_for_places(
            doctor=doctor, institution=team.institution, residents=list(cared), on=on, policy=policy
        ),
    )
    MassLine.objects.bulk_create(_lines(operation, family, cared))
    hand_over(family, people, team, doctor, by=by, on=on, note=operation.reason, was=operation.team)


def _lines(
    operation: MassOperation, family: Collection[int], cared: Mapping[int, int | None]
) -> list[MassLine]:
    """Each agreement as it was: team, doctor, and who had its people in care."""
    people: dict[int, dict[str, int | None]] = defaultdict(dict)
    enrolled = Enrollment.objects.filter(agreement__in=family, resident__in=list(cared))
    for pk, resident in enrolled.values_list("agreement", "resident"):
        people[pk][str(resident)] = cared[resident]
    rows = Agreement.objects.filter(pk__in=family).values_list("pk", "team", "doctor")
    return [
        MassLine(
            operation=operation,
            agreement_id=pk,
            before={"team": team, "doctor": doctor, "people": people[pk]},
        )
        for pk, team, doctor in rows.order_by("pk")
    ]


def _take_back_renewals(lines: list[MassLine]) -> None:
    made = [one.successor_id for one in lines if one.successor_id]
    Agreement.objects.filter(pk__in=made).update(state=VOID)
    Enrollment.objects.filter(agreement__in=made).update(state=VOID)


def _take_back_agreements(operation: MassOperation, lines: list[MassLine], *, by: User, on: date) -> None:
    """Back to team and doctor; people who are still in the receiving team's care return to who had them."""
    doctors: dict[int, list[int]] = defaultdict(list)
    cared: dict[int | None, set[int]] = defaultdict(set)
    for one in lines:
        doctors[one.before["doctor"]].append(one.agreement_id)
        for resident, team in one.before["people"].items():
            cared[team].add(int(resident))
    for doctor, agreements in doctors.items():
        Agreement.objects.filter(pk__in=agreements).update(team=operation.team, doctor=doctor)
    receiving, _ = asked_of(operation).receiver
    note = "撤销批量移交"
    for team, people in cared.items():
        held = Resident.objects.filter(pk__in=people, managing_team=receiving)
        if team is None:
            release_from_care(residents=held, by=by, on=on, note=note)
        else:
            give_into_care(residents=held, team=Team.objects.get(pk=team), by=by, on=on, note=note)
