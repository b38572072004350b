"""What the form of a supplementary agreement starts from."""

from dataclasses import dataclass
from datetime import date

from contracts.choices import AgreementKind, AgreementState, SignerParty
from contracts.models import Agreement, AgreementTemplate, Enrollment, PackageItem
from contracts.policy import ContractsPolicy
from contracts.queries.cases import cases_of
from contracts.queries.members import GuardianEntry, party_of
from contracts.queries.packages import Offer, menu_of, packages_offered, suits_of
from contracts.queries.people import guardian_of, person_of
from contracts.queries.signing import guardian_entry, signing_doctors, template_on
from contracts.rules import Objection, signing
from contracts.rules.packages import object_to_package
from core.dates import chinese_date
from residents.models import Resident
from teams.models import TeamMembership, User


@dataclass(frozen=True)
class SupplementSheet:
    """What the form shows before anything is typed.

    Attributes:
        enrollment: the person's place in the main agreement; a course lies within its days.
        party: who signs on the resident's side.
        guardian: name, relation and phone of the registered guardian, or empty texts.
        packages: what may stand in a supplementary agreement, the unsuitable ones with their reason.
        menu: package id -> its services to choose from.
        objection: why nothing can be signed today, or None.
    """

    enrollment: Enrollment
    party: SignerParty
    guardian: GuardianEntry
    doctors: list[TeamMembership]
    packages: list[Offer]
    menu: dict[int, list[PackageItem]]
    template: AgreementTemplate
    objection: Objection | None

    @property
    def resident(self) -> Resident:
        return self.enrollment.resident

    @property
    def ends_by(self) -> date:
        """The last day that a course may reach."""
        return self.enrollment.ends_on


def covered_now(user: User, parent: Agreement, *, on: date) -> list[Enrollment]:
    """Who of a main agreement may get a supplementary one, as far as the reader may see him. One query."""
    running = Enrollment.objects.visible_to(user).filter(
        agreement=parent, state=AgreementState.ACTIVE, is_supplementary=False, ends_on__gte=on
    )
    found = running.select_related("agreement__team__institution", "resident__grid")
    return list(found.defer("agreement__as_signed", "resident__id_number").order_by("position", "pk"))


def supplement_sheet(
    user: User, enrollment: Enrollment, *, on: date, policy: ContractsPolicy, minor_age: int, sees_restricted: bool
) -> SupplementSheet:  # fmt: skip
    """Ten queries.

    Args:
        enrollment: one of ``covered_now``.
    """
    team, resident = enrollment.agreement.team, enrollment.resident
    guardian = guardian_of(resident, on=on)
    doctors = list(signing_doctors([team.pk], on=on, policy=policy))
    kind = AgreementKind.SUPPLEMENTARY
    packages = packages_offered(on=on, teams=[team], kind=kind, sees_restricted=sees_restricted)
    case = cases_of([resident.pk], [team.pk], kind, on=on, reader=user)[resident.pk]
    offers = [Offer(one, object_to_package(one.name, suits_of(one), case), False) for one in packages]
    return SupplementSheet(
        enrollment=enrollment,
        party=party_of(resident, guardian, on=on, minor_age=minor_age),
        guardian=guardian_entry(guardian),
        doctors=doctors,
        packages=offers,
        menu=menu_of(packages),
        template=template_on(kind, on=on),
        objection=signing.object_to_person(person_of(resident, guardian))
        or _object_to_begin(enrollment, on)
        or signing.object_to_offer(has_doctor=bool(doctors), has_package=bool(packages)),
    )


def _object_to_begin(enrollment: Enrollment, on: date) -> Objection | None:
    """Only under an agreement in force; one that begins later carries nothing yet."""
    if enrollment.starts_on <= on:
        return None
    first = chinese_date(enrollment.starts_on)
    return Objection("parent_not_begun", f"主协议从{first}起生效，届时才能签补充协议。")
