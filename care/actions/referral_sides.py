"""What every verb of a referral does: who stands on which side, the locked row, the line in its story."""

from collections.abc import Collection
from datetime import date, datetime

from care.choices import ReferralDirection, ReferralState
from care.models import Handover, Referral, ReferralEvent
from care.rules import referrals as rules
from care.rules.referrals import Party, ReferralVerb, Step
from contracts.queries.signing import works_for
from contracts.rules import Objection
from core.refusals import Refusal
from residents.models import Resident
from teams.access import scope_of
from teams.models import Team, User


class CannotRefer(Refusal):
    """The referral stays as it is."""


def serves(by: User, team: Team, person: Resident, *, on: date) -> bool:
    """One of the team, or the officer who follows the person up."""
    mine = Handover.objects.accepted().filter(resident=person, to_officer=by)
    return works_for(by, team, on=on) or mine.exists()


def parties_of(by: User, referral: Referral, *, on: date) -> frozenset[Party]:
    """On which sides of a referral somebody stands today."""
    is_up = referral.direction == ReferralDirection.UP
    hospital = referral.to_institution_id if is_up else referral.from_institution_id
    found = {Party.HOSPITAL} if hospital in scope_of(by).institutions else set()
    if serves(by, referral.team, referral.resident, on=on):
        found.add(Party.HOME)
    return frozenset(found)


def held_referral(referral: Referral, verb: ReferralVerb, *, by: User, on: date) -> tuple[Referral, Step]:
    """The referral as it is now, locked, and where the verb leads; refused to the other side's people."""
    rows = Referral.objects.select_for_update(of=("self",)).select_related("team__institution", "resident")
    held = rows.get(pk=referral.pk)
    step = rules.referral_step(ReferralDirection(held.direction), ReferralState(held.state), verb)
    if isinstance(step, Objection):
        raise CannotRefer(step.code, step.sentence)
    if step.party not in parties_of(by, held, on=on):
        raise CannotRefer("referral_not_own_side", f"这一步由{step.party}办理。")
    return held, step


def move_referral(
    held: Referral, step: Step, note: str, fields: Collection[str], *, by: User, on: date, now: datetime
) -> Referral:
    held.state = step.to
    held.save(update_fields=["state", *fields])
    tell(held, note, by=by, on=on, now=now)
    return held


def tell(referral: Referral, note: str, *, by: User, on: date, now: datetime) -> None:
    ReferralEvent.objects.create(
        referral=referral, state=referral.state, on=on, at=now, by=by, note=note[:1000]
    )
