"""Members who come into a household agreement while it runs, and who speaks for it (4.7).

Who leaves is ``terminate(members=...)``; who died or moved away is ``follow_departures``.
"""

from dataclasses import replace
from datetime import date, datetime

from django.db import transaction
from django.db.models import Max

from contracts.actions.asking import held_for, refuse
from contracts.actions.panels import ask_for_places
from contracts.actions.promising import write_promises
from contracts.actions.signatures import SignedBy, write_signatures
from contracts.actions.signing import Joining
from contracts.choices import (
    AgreementKind,
    AgreementState,
    ConsentWay,
    EventKind,
    Occasion,
    SignerParty,
    SignMode,
)
from contracts.models import Agreement, AgreementEvent, Enrollment
from contracts.parties import loads
from contracts.policy import policy_on
from contracts.queries.members import guardians_of, house_members, party_of
from contracts.queries.people import person_of, promises_of
from contracts.rules import Objection, households, members, signing
from contracts.rules.states import Verb
from core.constraints import refuse_on
from core.history import credited_to
from core.refusals import Refusal
from residents.actions import set_managing_team
from residents.models import Resident
from residents.policy import policy_on as residents_policy_on
from teams.models import User


class CannotChangeMembers(Refusal):
    """The household agreement covers whom it covered."""


def join(
    *, by: User, on: date, now: datetime, agreement: Agreement, member: Joining, starts_on: date, ip: str | None = None
) -> Enrollment:  # fmt: skip
    """Take a newborn or somebody who moved in into the household's agreement, until the household's last day.

    Raises:
        CannotChangeMembers: not a running household agreement of one's own team, not of this household, signed
            elsewhere, without his own or his guardian's consent, or the doctor's panel is full.
    """
    with transaction.atomic(), credited_to(by):
        newcomer = [member.resident.pk]
        held = held_for(Verb.JOIN, agreement, CannotChangeMembers, by=by, on=on, also=newcomer)
        person = Resident.objects.get(pk=member.resident.pk)
        joining = replace(member, resident=person)
        _check(held, joining, starts_on, on=on)
        row = _enroll(held, joining, starts_on, on=on)
        _sign(held, joining, now=now, ip=ip)
        _add_to_paper(held, joining, on=on)
        write_promises([held.pk])
        note = f"{person.masked_name}，{row.get_consent_display()}"
        AgreementEvent.objects.create(agreement=held, kind=EventKind.JOINED, on=starts_on, by=by, note=note)
        set_managing_team(by=by, on=on, resident=person, team=held.team, note=f"加入 {held.number}")
    return row


def _check(held: Agreement, joining: Joining, starts_on: date, *, on: date) -> None:
    if held.kind != AgreementKind.HOUSEHOLD:
        raise CannotChangeMembers("not_household", "只有家庭协议可以增加成员。")
    person, policy = joining.resident, policy_on(on)
    own = held.enrollments.filter(resident=person).values_list("state", flat=True).first()
    refuse(
        CannotChangeMembers,
        members.object_to_newcomer(
            is_in_household=person.household_id == held.household_id,
            is_member=own == AgreementState.ACTIVE,
            was_member=own is not None,
        )
        or members.object_to_joining_day(
            starts_on,
            starts_on=held.starts_on,
            ends_on=held.ends_on,
            on=on,
            backdate_days=policy.backdate_days,
            forward_days=policy.forward_days,
        )
        or _object_to_person(held, joining, starts_on, on=on)
        or ask_for_places(
            doctor=held.doctor, institution=held.team.institution, residents=[person.pk], on=on, policy=policy
        ),
    )


def _object_to_person(held: Agreement, joining: Joining, starts_on: date, *, on: date) -> Objection | None:
    """Present, free for the rest of the term, and asked (his guardian, if he has one)."""
    person, policy = joining.resident, policy_on(on)
    guardian = guardians_of([person], on=on).get(person.pk)
    party = party_of(person, guardian, on=starts_on, minor_age=residents_policy_on(on).minor_age)
    asked = households.Consenting(
        person.pk, person.masked_name, party, joining.consent, joining.guardian_name, bool(joining.signature)
    )
    objection = (
        signing.object_to_person(person_of(person, guardian))
        or signing.object_to_overlap(
            promises_of(person),
            team_id=held.team_id,
            starts_on=starts_on,
            ends_on=held.ends_on,
            on=on,
            notice_days=policy.renewal_notice_days,
        )
        or households.object_to_consent(
            asked, mode=SignMode(held.mode), is_representative=False, policy=policy
        )
    )
    # The form of one member names its fields plainly.
    return replace(objection, field=objection.field.split("-")[-1]) if objection else None


def _enroll(held: Agreement, joining: Joining, starts_on: date, *, on: date) -> Enrollment:
    last = held.enrollments.aggregate(last=Max("position"))["last"] or 0
    way = joining.consent
    with refuse_on(
        Enrollment, CannotChangeMembers, one_running_enrollment="resident", enrolled_once_per_agreement="resident"
    ):  # fmt: skip
        return Enrollment.objects.create(
            agreement=held,
            resident=joining.resident,
            state=held.state,
            starts_on=starts_on,
            ends_on=held.ends_on,
            position=last + 1,
            consent=way or ConsentWay.SIGNED,
            consented_on=on if way else None,
            guardian_name=joining.guardian_name if way == ConsentWay.GUARDIAN else "",
        )


def _sign(held: Agreement, joining: Joining, *, now: datetime, ip: str | None) -> None:
    """His own signature, or that of his guardian; who agreed by word of mouth has none."""
    person, way = joining.resident, joining.consent
    if way == ConsentWay.SIGNED:
        signed = SignedBy(SignerParty.RESIDENT, person.name, joining.signature, resident_id=person.pk)
    elif way == ConsentWay.GUARDIAN and joining.signature:
        signed = SignedBy(
            SignerParty.GUARDIAN, joining.guardian_name, joining.signature, resident_id=person.pk
        )
    else:
        return
    write_signatures(held, Occasion.SIGNING, [signed], now=now, ip=ip)


def _add_to_paper(held: Agreement, joining: Joining, *, on: date) -> None:
    """He stands among the members whenever it is printed from now on."""
    if not held.as_signed:
        return
    person, parties = joining.resident, loads(held.as_signed)
    given = (joining.guardian_name, joining.guardian_relation, joining.guardian_phone)
    named = {person.pk: given} if joining.guardian_name else {}
    added = house_members([person], on=on, guardians=named)
    held.as_signed = replace(parties, members=(*parties.members, *added)).dumps()
    held.save(update_fields=["as_signed"])


def name_representative(*, by: User, on: date, agreement: Agreement, resident: Resident) -> Agreement:
    """Another member speaks for the household from now on; what was signed stays as it was signed.

    Raises:
        CannotChangeMembers: not a member of age, or not one's own team's agreement.
    """
    with transaction.atomic(), credited_to(by):
        held = held_for(Verb.AMEND, agreement, CannotChangeMembers, by=by, on=on)
        running = held.enrollments.filter(state=AgreementState.ACTIVE, resident=resident)
        guardian = guardians_of([resident], on=on).get(resident.pk)
        party = party_of(resident, guardian, on=on, minor_age=residents_policy_on(on).minor_age)
        refuse(
            CannotChangeMembers,
            members.object_to_new_representative(
                party,
                is_member=held.kind == AgreementKind.HOUSEHOLD and running.exists(),
                is_representative=held.representative_id == resident.pk,
            ),
        )
        former, held.representative = held.representative, resident
        held.save(update_fields=["representative"])
        before = former.masked_name if former else "无"
        note = f"家庭代表由{before}变更为{resident.masked_name}"
        AgreementEvent.objects.create(agreement=held, kind=EventKind.AMENDED, on=on, by=by, note=note)
    return held
