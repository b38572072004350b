"""Signing an individual agreement."""

import uuid
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime

from django.db import transaction

from contracts.actions.signatures import SignedBy, write_signatures
from contracts.choices import AgreementKind, AgreementState, EventKind, Occasion, SignerParty, SignMode
from contracts.models import Agreement, AgreementEvent, Enrollment, ServicePackage
from contracts.policy import ContractsPolicy, policy_on
from contracts.queries.packages import packages_offered
from contracts.queries.people import guardian_of, person_of, promises_of
from contracts.queries.signing import parties_of, post_in, template_on, works_for
from contracts.rules import Objection, signing, states
from contracts.rules.numbers import MAX_SERIAL, AgreementNumber
from core.constraints import refuse_on
from core.history import credited_to
from core.numbering import next_serials
from core.refusals import Refusal
from residents.actions import set_managing_team
from residents.models import Resident
from residents.policy import policy_on as residents_policy_on
from teams.models import Team, User


class CannotSign(Refusal):
    """No agreement was made."""


def sign(
    *, by: User, on: date, now: datetime, resident: Resident, team: Team, doctor: User, term_years: int,
    starts_on: date, signed_on: date, channel: str, mode: str, packages: Sequence[ServicePackage],
    signatures: Sequence[SignedBy], client_token: uuid.UUID, ip: str | None = None,
) -> Agreement:  # fmt: skip
    """An individual agreement, in force from ``starts_on`` (S1-30, 4.1, 4.6).

    The resident's row is locked, so of two doctors who sign the same person at once one waits and reads the other's
    agreement in the answer. The same form sent twice gives the same agreement.

    Raises:
        CannotSign: any rule of contracts.rules.signing, or the form's token was used for something else.
    """
    with (
        transaction.atomic(),
        credited_to(by),
        refuse_on(Agreement, CannotSign, one_agreement_per_client_token=""),
    ):
        person = Resident.objects.select_for_update().get(pk=resident.pk)
        again = _made_from(client_token, person, team)
        if again:
            return again
        deed = _Deed(
            by, on, now, person, team, doctor, starts_on, signed_on, term_years, mode, tuple(signatures)
        )
        previous = _check(deed, packages)
        agreement = _write(deed, channel, packages, client_token, previous)
        write_signatures(agreement, Occasion.SIGNING, deed.signatures, now=now, ip=ip)
        set_managing_team(by=by, on=on, resident=person, team=team, note=f"签约 {agreement.number}")
    return agreement


@dataclass(frozen=True)
class _Deed:
    """What was asked for, so that the steps need not pass it one by one."""

    by: User
    on: date
    now: datetime
    resident: Resident
    team: Team
    doctor: User
    starts_on: date
    signed_on: date
    years: int
    mode: str
    signatures: tuple[SignedBy, ...]

    @property
    def guardian(self) -> tuple[str, str, str]:
        signed = next((one for one in self.signatures if one.party == SignerParty.GUARDIAN), None)
        return (signed.name, signed.relation, signed.phone) if signed else ("", "", "")

    def terms(self, *, is_first: bool) -> signing.Terms:
        return signing.Terms(self.signed_on, self.starts_on, self.years, is_first)


def _made_from(client_token: uuid.UUID, resident: Resident, team: Team) -> Agreement | None:
    """The agreement that this very form made already."""
    made = Agreement.objects.filter(client_token=client_token).first()
    if made is None:
        return None
    if made.team_id == team.pk and made.enrollments.filter(resident=resident).exists():
        return made
    raise CannotSign("token_reused", "这张签约表单已经用于另一份协议，请从居民页面重新打开签约。")


def _check(deed: _Deed, packages: Sequence[ServicePackage]) -> signing.Promise | None:
    """Ask every rule; the answer is the agreement that this one continues, if there is one."""
    policy = policy_on(deed.on)
    promises = promises_of(deed.resident)
    previous = signing.predecessor(
        promises, team_id=deed.team.pk, starts_on=deed.starts_on, grace_days=policy.renewal_grace_days
    )
    terms = deed.terms(is_first=previous is None)
    _refuse(signing.object_to_terms(terms, on=deed.on, policy=policy))
    _refuse(_object_to_people(deed, promises, terms, policy))
    codes = [one.code for one in packages]
    offered = packages_offered(on=deed.on, teams=[deed.team], sees_restricted=True)
    is_offered = {one.pk for one in packages} <= {one.pk for one in offered}
    _refuse(signing.object_to_packages(codes, all_enabled=is_offered))
    return previous


def _object_to_people(
    deed: _Deed, promises: list[signing.Promise], terms: signing.Terms, policy: ContractsPolicy
) -> Objection | None:
    """The resident, the team, the doctor and the signatures, in the order in which they are told."""
    person = person_of(deed.resident, guardian_of(deed.resident, on=deed.on))
    minor_age = residents_policy_on(deed.on).minor_age
    needed = signing.resident_party(person, on=deed.signed_on, minor_age=minor_age)
    is_active = all(deed.team in Team.objects.active_on(day) for day in {deed.on, deed.signed_on})
    return (
        signing.object_to_person(person)
        or signing.object_to_overlap(
            promises, team_id=deed.team.pk, starts_on=terms.starts_on, ends_on=terms.ends_on, on=deed.on
        )
        or signing.object_to_team(
            is_active=is_active, is_signer_in_team=works_for(deed.by, deed.team, on=deed.on)
        )
        or signing.object_to_doctor(post_in(deed.team, deed.doctor, on=deed.signed_on), policy)
        or signing.object_to_signers(
            needed,
            [one.party for one in deed.signatures],
            mode=SignMode(deed.mode),
            with_image=[one.party for one in deed.signatures if one.image],
        )
    )


def _refuse(objection: Objection | None) -> None:
    if objection:
        raise CannotSign(objection.code, objection.sentence, field=objection.field)


def _write(
    deed: _Deed,
    channel: str,
    packages: Sequence[ServicePackage],
    client_token: uuid.UUID,
    previous: signing.Promise | None,
) -> Agreement:
    terms = deed.terms(is_first=previous is None)
    parties = parties_of(
        resident=deed.resident, guardian=deed.guardian, team=deed.team, doctor=deed.doctor, on=deed.signed_on
    )
    agreement = Agreement.objects.create(
        number=_next_number(deed.team, deed.signed_on.year),
        kind=AgreementKind.INDIVIDUAL,
        state=states.TRANSITIONS[AgreementState.DRAFT, states.Verb.SIGN],
        team=deed.team,
        doctor=deed.doctor,
        template=template_on(AgreementKind.INDIVIDUAL, on=deed.signed_on),
        previous_id=previous.agreement_id if previous else None,
        signed_on=terms.signed_on,
        starts_on=terms.starts_on,
        ends_on=terms.ends_on,
        term_years=terms.years,
        channel=channel,
        mode=deed.mode,
        as_signed=parties.dumps(),
        client_token=client_token,
        created_by=deed.by,
    )
    agreement.packages.set(packages)
    _enroll(agreement, deed)
    note = "纸质签名，原件已归档" if deed.mode == SignMode.PAPER else ""
    AgreementEvent.objects.create(
        agreement=agreement, kind=EventKind.SIGNED, on=deed.signed_on, by=deed.by, note=note
    )
    return agreement


def _next_number(team: Team, year: int) -> str:
    """The next number of the institution's series; its row stays locked until the transaction ends."""
    institution = team.institution
    series = AgreementNumber(institution.area_code[:6], institution.serial, year, 0)
    serial = next_serials(series.prefix)[0]
    if serial > MAX_SERIAL:
        raise CannotSign("numbers_used_up", "本机构今年的协议编号已用完，请联系区卫健局。")
    return str(AgreementNumber(series.county, series.institution, year, serial))


def _enroll(agreement: Agreement, deed: _Deed) -> None:
    """The database has the last word on one team at a time, whoever went around the lock."""
    try:
        with refuse_on(Enrollment, CannotSign, one_running_enrollment=""):
            Enrollment.objects.create(
                agreement=agreement,
                resident=deed.resident,
                state=agreement.state,
                starts_on=agreement.starts_on,
                ends_on=agreement.ends_on,
            )
    except CannotSign as met:
        told = signing.object_to_overlap(
            promises_of(deed.resident),
            team_id=deed.team.pk,
            starts_on=agreement.starts_on,
            ends_on=agreement.ends_on,
            on=deed.on,
        )
        raise CannotSign("overlap", told.sentence if told else met.sentence) from met
