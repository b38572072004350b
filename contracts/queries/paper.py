"""The printed agreement: both parties as they signed, the wording of that day, what was promised."""

from dataclasses import dataclass
from datetime import date

from contracts.choices import AgreementKind, AgreementState, EventKind, Occasion, SignerParty
from contracts.models import Agreement, AgreementEvent, Enrollment, ServicePackage, Signature
from contracts.parties import HouseMember, Parties, loads
from contracts.queries.agreements import AgreementDetail
from contracts.queries.members import house_members
from contracts.queries.people import guardian_of
from contracts.queries.signing import guardian_entry, parties_of
from contracts.rules.numbers import member_number
from residents.choices import Relation

# What a printed agreement says beside what was signed.
AMENDING = (EventKind.AMENDED, EventKind.JOINED, EventKind.LEFT, EventKind.DOCTOR, EventKind.REASSIGNED)


@dataclass(frozen=True)
class Consent:
    """How one member of a household agreed (4.7); all but the number empty for one who still has to sign on the paper."""

    member: HouseMember
    way: str = ""
    on: date | None = None
    signature: Signature | None = None
    number: str = ""


@dataclass(frozen=True)
class Paper:
    """One agreement on paper.

    Attributes:
        by_resident: signature of the resident, his guardian or the household's representative; by_doctor: of the
            doctor; None if there is none.
        ended: why it is no longer in force, printed on top; "" while it is.
        members: everybody of a household agreement; empty for the other kinds.
        consents: one for each member, in the same order.
        amendments: what changed since it was signed, in order.
        kept_apart: how many packages a household's paper does not name, because they tell one member's restricted
            diagnosis to the others (10).
        chosen: names of the services chosen from the menus of its packages.
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
    amendments: tuple[AgreementEvent, ...] = ()
    chosen: frozenset[str] = frozenset()
    kept_apart: int = 0
    resident_ids: tuple[int, ...] = ()


def paper_of(detail: AgreementDetail) -> Paper:
    """One query for the signatures' images; more only for a household, or an agreement brought in without its parties."""
    agreement, signatures = detail.agreement, _with_images(detail)
    # The representative and the doctor sign first; who represents the household may have changed since.
    signed: dict[str, Signature] = {}
    for one in sorted(signatures, key=lambda each: each.pk):
        signed.setdefault(one.party, one)
    parties = loads(agreement.as_signed) if agreement.as_signed else _parties_today(detail)
    is_household = agreement.kind == AgreementKind.HOUSEHOLD
    packages = [one for one in detail.packages if not (is_household and one.is_restricted)]
    members = (parties.members or _members_today(agreement)) if is_household else ()
    return Paper(
        agreement=agreement,
        parties=parties,
        packages=packages,
        kept_apart=len(detail.packages) - len(packages),
        by_resident=signed.get(SignerParty.RESIDENT) or signed.get(SignerParty.GUARDIAN),
        by_doctor=signed.get(SignerParty.DOCTOR),
        ended=detail.ended,
        members=members,
        consents=_consents(agreement, members, signatures),
        amendments=tuple(one for one in reversed(detail.events) if one.kind in AMENDING),
        chosen=detail.chosen,
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
    if enrolled is None:
        return Consent(member)
    number = member_number(enrolled.agreement.number, enrolled.position)
    if enrolled.consented_on is None and signature is None:
        return Consent(member, number=number)
    return Consent(member, str(enrolled.get_consent_display()), enrolled.consented_on, signature, number)


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
    return house_members(people, on=agreement.signed_on)
