"""The resident's link: whose it is, what opens it, what he sees."""

from collections.abc import Iterable
from dataclasses import dataclass, replace
from datetime import date, datetime

from contracts.choices import ConsentWay, PackageKind
from contracts.models import Agreement, Confirmation, Dispute, Enrollment, ResidentLink, ServicePackage
from contracts.parties import loads
from contracts.queries.promised import AgreementPromises, Part, promised_in_agreements
from contracts.rules.links import answers_of, shown_to_signatory
from core.crypto import keyed_digest
from residents.models import Guardian, Resident
from teams.models import Team

PURPOSE = "agreement.link"


@dataclass(frozen=True)
class Signatory:
    """Who stands on the resident's side of an agreement: he himself, or the household's representative.

    Attributes:
        guardian_phone: of who signed in his place; "" if he signed himself.
    """

    resident: Resident
    guardian_phone: str

    @property
    def phone(self) -> str:
        """Where a code goes to."""
        return self.guardian_phone or self.resident.phone

    @property
    def mobile(self) -> str:
        """The same if a text can be sent there; "" for a landline."""
        return self.phone if len(self.phone) == 11 and self.phone.startswith("1") else ""

    @property
    def answers(self) -> list[str]:
        phones = [one for one in (self.resident.phone, self.guardian_phone) if one]
        return answers_of(id_number=self.resident.id_number, phones=phones, born_on=self.resident.born_on)


def signatory_of(agreement: Agreement) -> Signatory:
    """At most three queries."""
    if agreement.representative_id:
        resident = Resident.objects.get(pk=agreement.representative_id)
    else:
        first = agreement.enrollments.select_related("resident").order_by("position", "pk").first()
        assert first is not None, "an agreement covers somebody"  # noqa: S101
        resident = first.resident
    return Signatory(resident, _guardian_phone(agreement, resident))


def _guardian_phone(agreement: Agreement, resident: Resident) -> str:
    """As it stands on the paper; else as it is registered now, if that is the same guardian."""
    signed = loads(agreement.as_signed).b if agreement.as_signed else None
    if signed is None or not signed.guardian_name or signed.guardian_phone:
        return signed.guardian_phone if signed else ""
    known = Guardian.objects.filter(resident=resident, name=signed.guardian_name).order_by("-pk").first()
    return known.phone if known else ""


def link_behind(secret: str) -> ResidentLink | None:
    """The running link of a secret, expired or not. One query."""
    running = ResidentLink.objects.filter(revoked_at__isnull=True).select_related("agreement__team")
    return running.filter(digest=keyed_digest(secret, purpose=PURPOSE)).first()


def running_link(pk: int, *, at: datetime) -> ResidentLink | None:
    """A link that somebody has opened, unless it was revoked or has expired since. One query."""
    running = ResidentLink.objects.filter(revoked_at__isnull=True, expires_at__gt=at)
    return running.select_related("agreement__team", "agreement__doctor").filter(pk=pk).first()


@dataclass(frozen=True)
class OwnPage:
    """What the resident sees of his agreement, masked.

    Attributes:
        promises: None once it is void.
        is_confirmed: he has said already that he signed. disputes: what he objected, newest first.
        has_others: other adults are under it, whose packages may not all be shown.
    """

    agreement: Agreement
    resident: Resident
    team: Team
    promises: AgreementPromises | None
    is_confirmed: bool
    disputes: list[Dispute]
    has_others: bool

    @property
    def resident_ids(self) -> list[int]:
        return sorted({self.resident.pk, *(self.promises.resident_ids if self.promises else ())})

    @property
    def has_open_dispute(self) -> bool:
        return any(one.state == "open" for one in self.disputes)


def own_page(agreement: Agreement, *, on: date, viewer: Resident | None = None) -> OwnPage:
    """Fourteen queries at most, however many persons and services.

    Args:
        viewer: another person under the agreement, who sees his own part and what the household was promised; None:
            who stands on the resident's side of it.
    """
    signatory = signatory_of(agreement).resident
    resident = viewer or signatory
    stands_for_all = resident.pk == signatory.pk

    def sees(enrollment: Enrollment | None, package: ServicePackage) -> bool:
        return enrollment is None or shown_to_signatory(
            PackageKind(package.kind),
            is_restricted=package.is_restricted,
            is_own=enrollment.resident_id == resident.pk,
            is_ward=enrollment.consent == ConsentWay.GUARDIAN,
        )

    found = promised_in_agreements([agreement.pk], on=on, sees=sees)
    promises = found[0] if found else None
    if promises and not stands_for_all:
        promises = replace(promises, parts=tuple(one for one in promises.parts if _is_of(one, resident)))
    return OwnPage(
        agreement=agreement,
        resident=resident,
        team=Team.objects.select_related("institution").get(pk=agreement.team_id),
        promises=promises,
        is_confirmed=Confirmation.objects.filter(agreement=agreement).exists(),
        disputes=list(agreement.disputes.order_by("-raised_at", "-pk")[:10]),
        has_others=promises is not None and _has_others(promises.parts, resident),
    )


def _is_of(part: Part, resident: Resident) -> bool:
    return part.enrollment is None or part.enrollment.resident_id == resident.pk


def _has_others(parts: Iterable, resident: Resident) -> bool:
    people = [one.enrollment for one in parts if one.enrollment]
    return any(one.resident_id != resident.pk and one.consent != ConsentWay.GUARDIAN for one in people)
