"""The printed agreement: both parties as they signed, the wording of that day, what was promised."""

from dataclasses import dataclass

from contracts.choices import Occasion, SignerParty
from contracts.models import Agreement, ServicePackage, Signature
from contracts.parties import Parties, loads
from contracts.queries.agreements import AgreementDetail
from contracts.queries.people import guardian_of
from contracts.queries.signing import guardian_entry, parties_of


@dataclass(frozen=True)
class Paper:
    """One agreement on paper.

    Attributes:
        by_resident: signature of the resident or his guardian; by_doctor: of the doctor; None if there is none.
        ended: why it is no longer in force, printed on top; "" while it is.
    """

    agreement: Agreement
    parties: Parties
    packages: list[ServicePackage]
    by_resident: Signature | None
    by_doctor: Signature | None
    ended: str


def paper_of(detail: AgreementDetail) -> Paper:
    """No query for an agreement signed here; four for one brought in without its parties."""
    agreement = detail.agreement
    signed = {one.party: one for one in detail.signatures if one.occasion == Occasion.SIGNING}
    return Paper(
        agreement=agreement,
        parties=loads(agreement.as_signed) if agreement.as_signed else _parties_today(detail),
        packages=detail.packages,
        by_resident=signed.get(SignerParty.RESIDENT) or signed.get(SignerParty.GUARDIAN),
        by_doctor=signed.get(SignerParty.DOCTOR),
        ended=detail.ended,
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
