"""Signing one person."""

import uuid
from collections.abc import Sequence
from datetime import date, datetime

from django.db import transaction

from contracts.actions.evidence import Proof
from contracts.actions.signatures import SignedBy
from contracts.actions.signing.checking import (
    check_evidence,
    check_packages,
    check_panel,
    made_from,
    object_to_side_a,
)
from contracts.actions.signing.deeds import Covered, Deed
from contracts.actions.signing.refusing import CannotSign, refuse
from contracts.actions.signing.writing import enroll, finish, next_number, write_agreement
from contracts.choices import AgreementKind, ConsentWay, Signatory, SignerParty, SignMode
from contracts.models import Agreement, PackageItem, ServicePackage
from contracts.parties import Parties
from contracts.queries.cases import cases_of
from contracts.queries.people import guardian_of, person_of, promises_of
from contracts.queries.signing import parties_of, still_binding
from contracts.queries.transfers import Way, ways_to
from contracts.rules import Objection, signing
from contracts.rules.moves import object_to_giving_way
from core.constraints import refuse_on
from core.history import credited_to
from residents.models import Resident
from residents.policy import policy_on as residents_policy_on
from teams.models import Team, User


def sign(
    *, by: User, on: date, now: datetime, resident: Resident, team: Team, doctor: User, term_years: int,
    starts_on: date, signed_on: date, channel: str, mode: str, packages: Sequence[ServicePackage],
    signatures: Sequence[SignedBy], client_token: uuid.UUID, signatory: str = Signatory.TEAM,
    chosen: Sequence[PackageItem] = (), evidence: Sequence[Proof] = (), ip: str | None = None,
) -> Agreement:  # fmt: skip
    """An individual agreement, in force from ``starts_on`` (S1-30, 4.1, 4.6).

    It waits for approval if it was entered late, and for the resident's own word where the district asks for it.

    The resident's row is locked, so of two doctors who sign the same person at once one waits and reads the other's
    agreement in the answer. The same form sent twice gives the same agreement.

    Raises:
        CannotSign: any rule of contracts.rules.signing, packages or panel, or the form's token was used for something
            else.
    """
    deed = Deed(
        by, on, now, AgreementKind.INDIVIDUAL, team, doctor, signatory, signed_on, starts_on, term_years, channel, mode,
        tuple(packages), tuple(chosen), tuple(signatures), tuple(evidence), client_token, ip,
    )  # fmt: skip
    with (
        transaction.atomic(),
        credited_to(by),
        refuse_on(Agreement, CannotSign, one_agreement_per_client_token=""),
    ):
        person = Resident.objects.select_for_update().get(pk=resident.pk)
        again = made_from(client_token, kind=deed.kind, team=team, enrollments__resident=person)
        if again:
            return again
        way = ways_to(team, [person.pk]).get(person.pk)
        return _write(deed, person, way, _check(deed, person, way))


def _check(deed: Deed, resident: Resident, way: Way | None) -> signing.Promise | None:
    """Ask every rule; the answer is the agreement that this one continues, if there is one."""
    promises = still_binding(promises_of(resident), way)
    previous = signing.predecessor(
        promises, team_id=deed.team.pk, starts_on=deed.starts_on, grace_days=deed.policy.renewal_grace_days
    )
    terms = deed.terms(is_first=previous is None)
    refuse(signing.object_to_terms(terms, on=deed.on, policy=deed.policy))
    refuse(_object_to_resident(deed, resident, promises))
    refuse(object_to_giving_way(way.starts_on, starts_on=deed.starts_on) if way else None)
    refuse(object_to_side_a(deed))
    refuse(object_to_signers(deed, resident))
    check_packages(deed, list(cases_of([resident.pk], [deed.team.pk], deed.kind, on=deed.on).values()))
    check_evidence(deed)
    check_panel(deed, [resident.pk])
    return previous


def _object_to_resident(
    deed: Deed, resident: Resident, promises: Sequence[signing.Promise]
) -> Objection | None:
    person = person_of(resident, guardian_of(resident, on=deed.on))
    return signing.object_to_person(person) or signing.object_to_overlap(
        promises,
        team_id=deed.team.pk,
        starts_on=deed.starts_on,
        ends_on=deed.ends_on,
        on=deed.on,
        notice_days=deed.policy.renewal_notice_days,
    )


def object_to_signers(deed: Deed, resident: Resident) -> Objection | None:
    """The doctor, and the resident himself or his guardian."""
    person = person_of(resident, guardian_of(resident, on=deed.on))
    minor_age = residents_policy_on(deed.on).minor_age
    return signing.object_to_signers(
        signing.resident_party(person, on=deed.signed_on, minor_age=minor_age),
        [one.party for one in deed.signatures],
        mode=SignMode(deed.mode),
        with_image=[one.party for one in deed.signatures if one.image],
    )


def _write(deed: Deed, resident: Resident, way: Way | None, previous: signing.Promise | None) -> Agreement:
    number = next_number(deed.team, deed.signed_on.year)
    agreement = write_agreement(deed, number, parties_with(deed, resident), previous)
    covered = [covered_by(deed, resident)]
    enroll(
        agreement,
        deed,
        covered,
        [way] if way else [],
        lambda: _object_to_resident(deed, resident, promises_of(resident)),
    )
    finish(agreement, deed, covered, previous)
    return agreement


def parties_with(deed: Deed, resident: Resident) -> Parties:
    """Both parties as they stand on the day of signing."""
    guardian = _guardian(deed)
    return parties_of(
        resident=resident,
        guardian=(guardian.name, guardian.relation, guardian.phone) if guardian else ("", "", ""),
        team=deed.team,
        doctor=deed.doctor,
        on=deed.signed_on,
    )


def covered_by(deed: Deed, resident: Resident) -> Covered:
    """He agreed by signing, or his guardian did."""
    guardian = _guardian(deed)
    if guardian is None:
        return Covered(resident, ConsentWay.SIGNED, deed.signed_on)
    return Covered(resident, ConsentWay.GUARDIAN, deed.signed_on, guardian.name)


def _guardian(deed: Deed) -> SignedBy | None:
    return next((one for one in deed.signatures if one.party == SignerParty.GUARDIAN), None)
