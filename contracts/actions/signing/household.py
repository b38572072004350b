"""Signing a household: one paper, one representative, each member by his own word (4.7, S0-11, S1-12)."""

import uuid
from collections.abc import Sequence
from dataclasses import replace
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
from contracts.actions.signing.company import Company, Joining, company_of
from contracts.actions.signing.deeds import Covered, Deed
from contracts.actions.signing.refusing import CannotSign, refuse
from contracts.actions.signing.writing import enroll, finish, next_number, write_agreement
from contracts.choices import AgreementKind, ConsentWay, SignerParty, SignMode
from contracts.models import Agreement, PackageItem, ServicePackage
from contracts.parties import Parties
from contracts.queries.cases import cases_of
from contracts.queries.members import house_members
from contracts.queries.signing import parties_of
from contracts.rules import Objection, households, signing
from core.constraints import refuse_on
from core.history import credited_to
from residents.actions.locking import hold
from residents.models import Household, Resident
from teams.models import Team, User


def sign_household(
    *, by: User, on: date, now: datetime, household: Household, representative: Resident,
    members: Sequence[Joining], team: Team, doctor: User, signatory: str, term_years: int, starts_on: date,
    signed_on: date, channel: str, mode: str, packages: Sequence[ServicePackage], chosen: Sequence[PackageItem],
    signatures: Sequence[SignedBy], evidence: Sequence[Proof], client_token: uuid.UUID, ip: str | None = None,
) -> Agreement:  # fmt: skip
    """One agreement for everybody of a household who agreed, in force from ``starts_on``.

    The household and its people are locked in one order, so of two doctors who sign overlapping households one waits
    and reads the other's agreement in the answer. The same form sent twice gives the same agreement. Who of the
    household is not in it stands in its first event, with the reason.

    Args:
        members: who joins, the representative among them.
        signatures: of the representative and of the doctor; those of the others come with ``members``.

    Raises:
        CannotSign: any rule of contracts.rules.households, signing, packages or panel, or the form's token was used
            for something else.
    """
    deed = Deed(
        by, on, now, AgreementKind.HOUSEHOLD, team, doctor, signatory, signed_on, starts_on, term_years, channel, mode,
        tuple(packages), tuple(chosen), tuple(signatures), tuple(evidence), client_token, ip,
    )  # fmt: skip
    with (
        transaction.atomic(),
        credited_to(by),
        refuse_on(Agreement, CannotSign, one_agreement_per_client_token=""),
    ):
        held = hold(CannotSign, households=[household])
        again = made_from(client_token, kind=deed.kind, team=team, household=household)
        if again:
            return again
        company = company_of(held, household, members, representative, deed)
        return _write(deed, company, _check(deed, company))


def _check(deed: Deed, company: Company) -> signing.Promise | None:
    """Ask every rule; the answer is the agreement that this one continues, if there is one."""
    previous = households.household_predecessor(
        {one: company.promises[one] for one in company.signing_ids if one in company.promises},
        team_id=deed.team.pk,
        starts_on=deed.starts_on,
        grace_days=deed.policy.renewal_grace_days,
    )
    refuse(households.object_to_house(company.house))
    refuse(signing.object_to_terms(deed.terms(is_first=previous is None), on=deed.on, policy=deed.policy))
    refuse(
        households.object_to_company(
            company.signing_ids, company.house, left_out=company.barred, policy=deed.policy
        )
    )
    refuse(_object_to_people(deed, company))
    refuse(object_to_side_a(deed))
    check_packages(deed, list(cases_of(company.signing_ids, [deed.team.pk], deed.kind, on=deed.on).values()))
    check_evidence(deed)
    check_panel(deed, company.signing_ids)
    return previous


def _object_to_people(deed: Deed, company: Company) -> Objection | None:
    """Each member free to sign, the representative able to, everybody's own word, both signatures on the paper."""
    barred = next((company.barred[one] for one in company.signing_ids if one in company.barred), None)
    if barred:
        return barred
    objection = households.object_to_representative(
        company.representative.pk, company.party(company.representative.pk), company.signing_ids
    )
    for one in company.joining:
        objection = objection or households.object_to_consent(
            company.consenting(one),
            mode=SignMode(deed.mode),
            is_representative=one.resident.pk == company.representative.pk,
            policy=deed.policy,
        )
    return objection or households.object_to_signatures(
        [one.party for one in deed.signatures],
        mode=SignMode(deed.mode),
        with_image=[one.party for one in deed.signatures if one.image],
    )


def _write(deed: Deed, company: Company, previous: signing.Promise | None) -> Agreement:
    people = company.in_order
    agreement = write_agreement(
        deed,
        next_number(deed.team, deed.signed_on.year),
        _parties(deed, company),
        previous,
        household=company.household,
        representative=company.representative,
    )
    covered = [_covered(deed, company, one) for one in people]
    ways = [way for pk, way in company.ways.items() if pk in company.signing_ids]
    enroll(agreement, deed, covered, ways, lambda: company.barred_now(deed))
    signed = replace(deed, signatures=_signatures(deed, company))
    finish(agreement, signed, covered, previous, company.told())
    return agreement


def _parties(deed: Deed, company: Company) -> Parties:
    own = ("", "", "")  # who represents a household signs for himself
    parties = parties_of(
        resident=company.representative, guardian=own, team=deed.team, doctor=deed.doctor, on=deed.signed_on
    )
    given = {
        one.resident.pk: (one.guardian_name, one.guardian_relation, one.guardian_phone)
        for one in company.joining
        if one.guardian_name
    }
    people = [company.people[one.resident.pk] for one in company.in_order]
    return replace(parties, members=house_members(people, on=deed.signed_on, guardians=given))


def _covered(deed: Deed, company: Company, one: Joining) -> Covered:
    is_representative = one.resident.pk == company.representative.pk
    way = ConsentWay.SIGNED if is_representative else one.consent
    return Covered(
        company.people[one.resident.pk],
        ConsentWay(way) if way else ConsentWay.SIGNED,
        deed.signed_on if way else None,
        one.guardian_name if way == ConsentWay.GUARDIAN else "",
    )


def _signatures(deed: Deed, company: Company) -> tuple[SignedBy, ...]:
    """Those under the agreement, and the own ones of the other members or their guardians."""
    representative = company.representative.pk
    given = [
        replace(one, resident_id=representative) if one.party == SignerParty.RESIDENT else one
        for one in deed.signatures
    ]
    for one in company.joining:
        if one.resident.pk == representative:
            continue
        name = company.people[one.resident.pk].name
        if one.consent == ConsentWay.SIGNED:
            given.append(SignedBy(SignerParty.RESIDENT, name, one.signature, resident_id=one.resident.pk))
        elif one.consent == ConsentWay.GUARDIAN and one.signature:
            given.append(
                SignedBy(SignerParty.GUARDIAN, one.guardian_name, one.signature, resident_id=one.resident.pk)
            )
    return tuple(given)
