"""The printed agreement: both parties as they signed, the wording of that day, what was promised."""

from collections import defaultdict
from dataclasses import dataclass
from datetime import date

from contracts.choices import AgreementKind, AgreementState, Occasion, SignerParty
from contracts.models import Agreement, Enrollment, ServicePackage, Signature
from contracts.parties import HouseMember, Parties, loads
from contracts.queries.agreements import AgreementDetail
from contracts.queries.people import guardian_of, person_of
from contracts.queries.signing import guardian_entry, parties_of
from contracts.rules.signing import resident_party
from core.dates import chinese_date
from residents.choices import RESTRICTED, Population, Relation
from residents.models import Guardian, PopulationFlag, Resident
from residents.policy import policy_on as residents_policy_on


@dataclass(frozen=True)
class Consent:
    """How one member of a household agreed (4.7); all empty for one who still has to sign on the paper."""

    member: HouseMember
    way: str = ""
    on: date | None = None
    signature: Signature | None = None


@dataclass(frozen=True)
class Paper:
    """One agreement on paper.

    Attributes:
        by_resident: signature of the resident, his guardian or the household's representative; by_doctor: of the
            doctor; None if there is none.
        ended: why it is no longer in force, printed on top; "" while it is.
        members: everybody of a household agreement; empty for the other kinds.
        consents: one for each member, in the same order.
        resident_ids: whose data stand on it, for the read log.
    """

    agreement: Agreement
    parties: Parties
    packages: list[ServicePackage]
    by_resident: Signature | None
    by_doctor: Signature | None
    ended: str
    members: tuple[HouseMember, ...] = ()
    consents: tuple[Consent, ...] = ()
    resident_ids: tuple[int, ...] = ()


def paper_of(detail: AgreementDetail) -> Paper:
    """One query for the signatures' images; more only for a household, or an agreement brought in without its parties."""
    agreement, signatures = detail.agreement, _with_images(detail)
    own = (None, agreement.representative_id)
    signed = {one.party: one for one in signatures if one.resident_id in own}
    parties = loads(agreement.as_signed) if agreement.as_signed else _parties_today(detail)
    is_household = agreement.kind == AgreementKind.HOUSEHOLD
    members = (parties.members or _members_today(agreement)) if is_household else ()
    return Paper(
        agreement=agreement,
        parties=parties,
        packages=detail.packages,
        by_resident=signed.get(SignerParty.RESIDENT) or signed.get(SignerParty.GUARDIAN),
        by_doctor=signed.get(SignerParty.DOCTOR),
        ended=detail.ended,
        members=members,
        consents=_consents(agreement, members, signatures),
        resident_ids=tuple(one.resident_id for one in agreement.enrollments.all()),
    )


def _consents(
    agreement: Agreement, members: tuple[HouseMember, ...], signatures: list[Signature]
) -> tuple[Consent, ...]:
    enrolled = {one.resident_id: one for one in agreement.enrollments.all()}
    drawn = {
        one.resident_id: one for one in signatures if one.resident_id and one.party != SignerParty.DOCTOR
    }
    return tuple(_consent(one, enrolled.get(one.resident_id), drawn.get(one.resident_id)) for one in members)


def _consent(member: HouseMember, enrolled: Enrollment | None, signature: Signature | None) -> Consent:
    """A signature that nobody has given yet is not claimed: the default way of agreeing counts only with its day."""
    if enrolled is None or (enrolled.consented_on is None and signature is None):
        return Consent(member)
    return Consent(member, str(enrolled.get_consent_display()), enrolled.consented_on, signature)


def _with_images(detail: AgreementDetail) -> list[Signature]:
    """Signatures of the signing; the page of an agreement had left their images in the database."""
    shown = [one for one in detail.signatures if one.occasion == Occasion.SIGNING]
    drawn = [one.pk for one in shown if one.sha256]
    return (
        list(Signature.objects.filter(agreement=detail.agreement, occasion=Occasion.SIGNING))
        if drawn
        else shown
    )


def _parties_today(detail: AgreementDetail) -> Parties:
    """An agreement taken over from elsewhere kept no parties: what the registry says stands in."""
    agreement, resident = detail.agreement, detail.resident
    guardian = guardian_entry(guardian_of(resident, on=agreement.signed_on))
    return parties_of(
        resident=resident,
        guardian=guardian,
        team=agreement.team,
        doctor=agreement.doctor,
        on=agreement.signed_on,
    )


def _members_today(agreement: Agreement) -> tuple[HouseMember, ...]:
    """Everybody enrolled, head first, as the registry has them. Four queries, however many they are."""
    enrolled = Enrollment.objects.filter(agreement=agreement).exclude(state=AgreementState.VOID)
    people = [one.resident for one in enrolled.select_related("resident").order_by("pk")]
    people.sort(key=lambda one: one.relation != Relation.HEAD)
    kinds, guardians = _kinds_of(people), _guardians_of(people, on=agreement.signed_on)
    minor_age = residents_policy_on(agreement.signed_on).minor_age
    return tuple(
        _member(one, kinds[one.pk], guardians.get(one.pk), on=agreement.signed_on, minor_age=minor_age)
        for one in people
    )


def _kinds_of(people: list[Resident]) -> dict[int, list[Population]]:
    flags = PopulationFlag.objects.running().exclude(kind__in=RESTRICTED).filter(resident__in=people)
    held: dict[int, set[str]] = defaultdict(set)
    for resident, kind in flags.values_list("resident", "kind"):
        held[resident].add(kind)
    return defaultdict(
        list, {who: [one for one in Population if one in kinds] for who, kinds in held.items()}
    )


def _guardians_of(people: list[Resident], *, on: date) -> dict[int, Guardian]:
    """The earliest registered guardian of each."""
    found = Guardian.objects.active_on(on).filter(resident__in=people).order_by("-starts_on", "-pk")
    return {one.resident_id: one for one in found}


def _member(
    resident: Resident, kinds: list[Population], guardian: Guardian | None, *, on: date, minor_age: int
) -> HouseMember:
    signer = resident_party(person_of(resident, guardian), on=on, minor_age=minor_age)
    name, relation, phone = guardian_entry(guardian)
    return HouseMember(
        name=resident.name,
        relation=str(resident.get_relation_display()),
        sex=str(resident.get_sex_display()),
        born_on=chinese_date(resident.born_on) if resident.born_on else "",
        id_kind=str(resident.get_id_kind_display()),
        id_number=resident.id_number,
        phone=resident.phone,
        populations=tuple(str(one.label) for one in kinds),
        is_head=resident.relation == Relation.HEAD,
        needs_guardian=signer == SignerParty.GUARDIAN,
        guardian_name=name,
        guardian_relation=relation,
        guardian_phone=phone,
        resident_id=resident.pk,
    )
