"""What the act of signing reads: who may sign for a team, the wording in force, both parties as they stand."""

from collections.abc import Collection, Iterable, Sequence
from dataclasses import dataclass
from datetime import date

from django.db.models import QuerySet

from contracts.choices import AgreementKind, RequestState, SignerParty
from contracts.models import AgreementTemplate, PackageItem, ServicePackage, Transfer
from contracts.parties import Member, Parties, PartyA, PartyB
from contracts.policy import ContractsPolicy
from contracts.queries.cases import cases_of
from contracts.queries.packages import menu_of, packages_offered, suits_of
from contracts.queries.people import guardian_of, person_of, promises_of
from contracts.queries.transfers import Way, ways_to
from contracts.rules import Objection, signing
from contracts.rules.packages import object_to_package
from core.dates import chinese_date
from residents.choices import RESTRICTED, Population
from residents.models import Guardian, PopulationFlag, Resident
from residents.queries import responsible_teams
from teams.choices import Role
from teams.models import RoleAssignment, Team, TeamMembership, User


def works_for(user: User, team: Team, *, on: date, as_leader: bool = False) -> bool:
    """In the team today (``as_leader``: leading it), or steward of its institution or of the one above."""
    own = TeamMembership.objects.active_on(on).filter(team=team, user=user)
    if (own.filter(is_leader=True) if as_leader else own).exists():
        return True
    institutions = [team.institution_id, team.institution.parent_id]
    steward = RoleAssignment.objects.active_on(on).filter(user=user, role=Role.INSTITUTION_STEWARD)
    return steward.filter(institution__in=institutions).exists()


def post_in(team: Team, doctor: User, *, on: date) -> str | None:
    """The profession on which somebody stands in a team on a day; None if he does not. One query."""
    standing = TeamMembership.objects.active_on(on).filter(team=team, user=doctor)
    return standing.values_list("profession", flat=True).first()


def signing_doctors(teams: Iterable[int], *, on: date, policy: ContractsPolicy) -> QuerySet[TeamMembership]:
    """Members of these teams who may stand as signing doctor, team by team, the leader first."""
    active = Team.objects.active_on(on).filter(pk__in=list(teams))
    return (
        TeamMembership.objects.active_on(on)
        .filter(team__in=active, profession__in=policy.signing_professions)
        .select_related("team__institution", "user")
        .order_by("team__name", "team", "-is_leader", "pk")
    )


def template_on(kind: AgreementKind, *, on: date) -> AgreementTemplate:
    """The newest wording in force on a day.

    Raises:
        AgreementTemplate.DoesNotExist: no wording of this kind is in force.
    """
    return AgreementTemplate.objects.filter(kind=kind, in_force_from__lte=on).latest("version")


def parties_of(
    *, resident: Resident, guardian: tuple[str, str, str], team: Team, doctor: User, on: date
) -> Parties:
    """Both parties as they stand on a day, to be kept with the agreement. Two queries.

    Args:
        guardian: name, relation and phone of who signs for the resident; empty texts if he signs himself.
    """
    standing = TeamMembership.objects.active_on(on).filter(team=team).select_related("user")
    members = {one.user_id: _member(one) for one in standing.order_by("-is_leader", "tier", "pk")}
    flags = PopulationFlag.objects.running().exclude(kind__in=RESTRICTED).filter(resident=resident)
    held = set(flags.values_list("kind", flat=True))
    kinds = [one for one in Population if one in held]
    signer = members.get(doctor.pk) or Member(doctor.name, str(doctor.get_profession_display()), doctor.title)
    return Parties(_party_a(team, signer, tuple(members.values())), _party_b(resident, kinds, guardian))


def _member(membership: TeamMembership) -> Member:
    user = membership.user
    post = str(membership.get_profession_display())
    return Member(user.name, post, user.title, user.phone, membership.is_leader)


def _party_a(team: Team, doctor: Member, members: tuple[Member, ...]) -> PartyA:
    institution = team.institution
    return PartyA(
        institution=institution.name,
        address=institution.address,
        phone=institution.phone,
        complaint_phone=institution.complaint_phone,
        team=team.name,
        team_phone=team.phone,
        service_times=team.service_times,
        doctor=doctor,
        members=members,
    )


def _party_b(resident: Resident, kinds: list[Population], guardian: tuple[str, str, str]) -> PartyB:
    name, relation, phone = guardian
    return PartyB(
        name=resident.name,
        sex=str(resident.get_sex_display()),
        born_on=chinese_date(resident.born_on) if resident.born_on else "",
        id_kind=str(resident.get_id_kind_display()),
        id_number=resident.id_number,
        phone=resident.phone,
        address=resident.address,
        populations=tuple(str(one.label) for one in kinds),
        guardian_name=name,
        guardian_relation=relation,
        guardian_phone=phone,
    )


def guardian_entry(guardian: Guardian | None) -> tuple[str, str, str]:
    """Name, relation and phone of a registered guardian; empty texts without one."""
    return (guardian.name, guardian.relation, guardian.phone) if guardian else ("", "", "")


@dataclass(frozen=True)
class SignSheet:
    """What the signing form starts from.

    Attributes:
        party: who signs on the resident's side.
        guardian: name, relation and phone of the registered guardian, or empty texts.
        doctors: memberships that may stand as signing doctor.
        preselected: ids of the packages that fit the resident.
        years: the longest term that any of the doctors' teams may agree.
        responsible: the team that answers for the grid he lives in, or None.
        objection: why he cannot be signed today at all, or None.
        starts_on: today, or the day after the agreement that is renewed early.
        menu: package id -> its services to choose from; a package without such is not in it.
    """

    resident: Resident
    party: SignerParty
    guardian: tuple[str, str, str]
    doctors: list[TeamMembership]
    packages: list[ServicePackage]
    preselected: list[int]
    template: AgreementTemplate
    years: int
    responsible: Team | None
    objection: Objection | None
    starts_on: date
    menu: dict[int, list[PackageItem]]


def sign_sheet(
    user: User, resident: Resident, teams: Iterable[int], *, on: date, policy: ContractsPolicy, minor_age: int,
    sees_restricted: bool,
) -> SignSheet:  # fmt: skip
    """Everything the form shows before anything is typed. At most fourteen queries."""
    guardian = guardian_of(resident, on=on)
    person = person_of(resident, guardian)
    doctors = list(signing_doctors(teams, on=on, policy=policy))
    coming, ways = coming_to(doctors, [resident.pk])
    promises = still_binding(promises_of(resident), ways.get(resident.pk))
    packages = packages_offered(on=on, teams=[one.team for one in doctors], sees_restricted=sees_restricted)
    reach = {one.team_id for one in doctors}
    case = cases_of([resident.pk], reach, AgreementKind.INDIVIDUAL, on=on, reader=user)[resident.pk]
    own = coming or own_team(promises, doctors, on=on)
    starts_on = signing.next_start(promises, team_id=own, on=on, notice_days=policy.renewal_notice_days)
    return SignSheet(
        resident=resident,
        party=signing.resident_party(person, on=on, minor_age=minor_age),
        guardian=guardian_entry(guardian),
        doctors=doctors,
        packages=packages,
        preselected=[
            one.pk
            for one in packages
            if one.is_suggested and object_to_package(one.name, suits_of(one), case) is None
        ],
        template=template_on(AgreementKind.INDIVIDUAL, on=on),
        years=longest_term(promises, doctors, starts_on=starts_on, policy=policy),
        responsible=responsible_team(resident.grid_id, on=on),
        objection=signing.object_to_person(person)
        or overlap_of(promises, own, starts_on=starts_on, on=on, policy=policy)
        or signing.object_to_offer(has_doctor=bool(doctors), has_package=bool(packages)),
        starts_on=starts_on,
        menu=menu_of(packages),
    )


def still_binding(promises: Sequence[signing.Promise], way: Way | None) -> list[signing.Promise]:
    """Promises without those that give way to the team that signs."""
    return [one for one in promises if way is None or one.agreement_id not in way.agreements]


def coming_to(
    doctors: Sequence[TeamMembership], residents: Collection[int]
) -> tuple[int | None, dict[int, Way]]:
    """Whose transfer to one of the doctors' teams was accepted: that team, and what gives way. At most three queries."""
    teams = {one.team_id: one.team for one in doctors}
    accepted = Transfer.objects.filter(
        state=RequestState.ACCEPTED, to_team__in=teams, enrollment__resident__in=residents
    )
    found = accepted.order_by("pk").values_list("to_team", flat=True).first()
    return (found, ways_to(teams[found], residents)) if found else (None, {})


def own_team(
    promises: Sequence[signing.Promise], doctors: Sequence[TeamMembership], *, on: date
) -> int | None:
    """Of the doctors' teams the one that has the resident now, or else the first."""
    teams = [one.team_id for one in doctors]
    held = [one.team_id for one in promises if one.ends_on >= on and one.team_id in teams]
    return next(iter(held), teams[0] if teams else None)


def longest_term(
    promises: Sequence[signing.Promise],
    doctors: Sequence[TeamMembership],
    *,
    starts_on: date,
    policy: ContractsPolicy,
) -> int:
    """Years that any of these doctors' teams may agree with somebody who has these promises."""
    is_first = not any(
        signing.predecessor(
            promises, team_id=one.team_id, starts_on=starts_on, grace_days=policy.renewal_grace_days
        )
        for one in doctors
    )
    return signing.years_allowed(is_first, policy)[-1]


def overlap_of(
    promises: Sequence[signing.Promise],
    team_id: int | None,
    *,
    starts_on: date,
    on: date,
    policy: ContractsPolicy,
) -> Objection | None:
    """Why nobody who has these promises can be signed for a term that begins on that day."""
    return signing.object_to_overlap(
        promises,
        team_id=team_id,
        starts_on=starts_on,
        ends_on=starts_on,
        on=on,
        notice_days=policy.renewal_notice_days,
    )


def responsible_team(grid: int, *, on: date) -> Team | None:
    """The team that answers for a grid. At most two queries."""
    team = responsible_teams([grid], on=on).get(grid)
    return Team.objects.filter(pk=team).first() if team else None
