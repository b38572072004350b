"""What the form of a household agreement starts from."""

from collections import Counter
from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date

from contracts.choices import AgreementKind, PackageKind, SignerParty
from contracts.models import AgreementTemplate, PackageItem, ServicePackage
from contracts.policy import ContractsPolicy
from contracts.queries.cases import cases_of
from contracts.queries.members import GuardianEntry, guardians_of, party_of
from contracts.queries.packages import menu_of, packages_offered, suits_of
from contracts.queries.people import person_of, promises_by
from contracts.queries.signing import (
    coming_to,
    guardian_entry,
    overlap_of,
    own_team,
    responsible_team,
    signing_doctors,
    still_binding,
    template_on,
)
from contracts.rules import Objection, households, signing
from contracts.rules.households import House
from contracts.rules.packages import Case, object_to_package
from contracts.rules.signing import Promise
from core.dates import age_on
from residents.choices import LifeStatus, Population, Relation, Sex
from residents.models import Guardian, Household, Resident
from teams.models import Team, TeamMembership, User

_OWN_CHILD = (Relation.SON, Relation.DAUGHTER, Relation.ADOPTED_SON, Relation.ADOPTED_DAUGHTER)


@dataclass(frozen=True)
class MemberRow:
    """One member in the household's form.

    Attributes:
        party: who agrees: himself or his guardian.
        guardian: name, relation and phone of the registered guardian, or of the parent who heads the household; empty
            texts where neither is known.
        case: what he belongs to and how he is graded, as far as the reader may know.
        promise: the agreement he has now, or will have.
        objection: why he cannot be signed with the others, or None.
        packages: ids of those of the offered packages that would be his own.
    """

    resident: Resident
    age: int | None
    party: SignerParty
    guardian: GuardianEntry
    case: Case
    promise: Promise | None
    objection: Objection | None
    packages: list[int]

    @property
    def is_head(self) -> bool:
        return _is_present(self.resident) and self.resident.relation == Relation.HEAD

    @property
    def populations(self) -> list[Population]:
        return [one for one in Population if one in self.case.populations]

    @property
    def may_represent(self) -> bool:
        return self.objection is None and self.party == SignerParty.RESIDENT


@dataclass(frozen=True)
class HouseSheet:
    """What the form shows before anything is typed.

    Attributes:
        members: everybody of the household whom the reader may see, the head first; who is gone is among them.
        representative: id of who likely signs for all, or None.
        preselected: ids of the packages that fit anybody who can be signed.
        menu: package id -> its services to choose from.
        years: the longest term that any of the doctors' teams may agree.
        starts_on: today, or the day after the agreement that is renewed early.
        renews: the agreement that this one would continue, or None.
        objection: why the household cannot sign today at all, or None.
    """

    household: Household
    members: list[MemberRow]
    representative: int | None
    doctors: list[TeamMembership]
    packages: list[ServicePackage]
    preselected: list[int]
    menu: dict[int, list[PackageItem]]
    template: AgreementTemplate
    years: int
    starts_on: date
    renews: Promise | None
    responsible: Team | None
    objection: Objection | None

    @property
    def free(self) -> list[MemberRow]:
        """Who can be signed."""
        return [one for one in self.members if one.objection is None]


def household_sheet(
    user: User, household: Household, teams: Iterable[int], *, on: date, policy: ContractsPolicy, minor_age: int,
    sees_restricted: bool,
) -> HouseSheet:  # fmt: skip
    """At most seventeen queries, however many live in the household."""
    people = _people(user, household)
    doctors = list(signing_doctors(teams, on=on, policy=policy))
    reach = list(dict.fromkeys(one.team_id for one in doctors))
    packages = packages_offered(
        on=on, teams=[one.team for one in doctors], kind=AgreementKind.HOUSEHOLD, sees_restricted=sees_restricted
    )  # fmt: skip
    coming, ways = coming_to(doctors, [one.pk for one in people])
    known = promises_by(one.pk for one in people)
    promises = {pk: still_binding(found, ways.get(pk)) for pk, found in known.items()}
    own = coming or own_team([each for one in promises.values() for each in one], doctors, on=on)
    starts_on = _common_start(promises, own, on=on, policy=policy)
    cases = cases_of(list(promises), reach, AgreementKind.HOUSEHOLD, on=on, reader=user)
    barred = {
        pk: overlap_of(one, own, starts_on=starts_on, on=on, policy=policy) for pk, one in promises.items()
    }
    members = _rows(people, promises, cases, barred, packages, on=on, minor_age=minor_age)
    renews = _renews(members, promises, reach, starts_on=starts_on, policy=policy)
    return HouseSheet(
        household=household,
        members=members,
        representative=_representative(members),
        doctors=doctors,
        packages=packages,
        preselected=_preselected(packages, members),
        menu=menu_of(packages),
        template=template_on(AgreementKind.HOUSEHOLD, on=on),
        years=signing.years_allowed(renews is None, policy)[-1],
        starts_on=starts_on,
        renews=renews,
        responsible=responsible_team(household.grid_id, on=on),
        objection=_objection(household, members, policy)
        or signing.object_to_offer(has_doctor=bool(doctors), has_package=bool(packages)),
    )


def _rows(
    people: Sequence[Resident],
    promises: Mapping[int, Sequence[Promise]],
    cases: Mapping[int, Case],
    barred: Mapping[int, Objection | None],
    packages: Sequence[ServicePackage],
    *,
    on: date,
    minor_age: int,
) -> list[MemberRow]:
    guardians = guardians_of(people, on=on)
    head = next((one for one in people if _is_present(one) and one.relation == Relation.HEAD), None)
    return [
        MemberRow(
            resident=one,
            age=age_on(one.born_on, on) if one.born_on else None,
            party=party_of(one, guardians.get(one.pk), on=on, minor_age=minor_age),
            guardian=_guardian(one, guardians.get(one.pk), head),
            case=cases[one.pk],
            promise=next((each for each in promises[one.pk] if each.ends_on >= on), None),
            objection=signing.object_to_person(person_of(one, None)) or barred[one.pk],
            packages=_own_packages(packages, cases[one.pk]),
        )
        for one in people
    ]


def _people(user: User, household: Household) -> list[Resident]:
    found = Resident.objects.visible_to(user).for_lists().filter(household=household)
    return sorted(
        found, key=lambda one: (not _is_present(one), one.relation, one.born_on or date.max, one.pk)
    )


def _is_present(one: Resident) -> bool:
    return one.life_status == LifeStatus.PRESENT


def _guardian(one: Resident, registered: Guardian | None, head: Resident | None) -> GuardianEntry:
    if registered or head is None or one.relation not in _OWN_CHILD:
        return guardian_entry(registered)
    return (head.name, "母亲" if head.sex == Sex.FEMALE else "父亲", head.phone)


def _common_start(
    promises: Mapping[int, Sequence[Promise]], own: int | None, *, on: date, policy: ContractsPolicy
) -> date:
    """The first day that suits most of those who can be signed at all: today, or after what is renewed early."""
    days: Counter[date] = Counter()
    for one in promises.values():
        day = signing.next_start(one, team_id=own, on=on, notice_days=policy.renewal_notice_days)
        if overlap_of(one, own, starts_on=day, on=on, policy=policy) is None:
            days[day] += 1
    return max(days, key=lambda day: (days[day], day), default=on)


def _own_packages(packages: Sequence[ServicePackage], case: Case) -> list[int]:
    return [
        one.pk
        for one in packages
        if one.kind != PackageKind.FAMILY_MENU and object_to_package(one.name, suits_of(one), case) is None
    ]


def _preselected(packages: Sequence[ServicePackage], members: Sequence[MemberRow]) -> list[int]:
    wanted = [one.case for one in members if one.objection is None]
    return [
        one.pk
        for one in packages
        if one.is_suggested and wanted and not households.object_for_anybody(one.name, suits_of(one), wanted)
    ]


def _renews(
    members: Sequence[MemberRow],
    promises: Mapping[int, Sequence[Promise]],
    teams: Collection[int],
    *,
    starts_on: date,
    policy: ContractsPolicy,
) -> Promise | None:
    free = {one.resident.pk: promises[one.resident.pk] for one in members if one.objection is None}
    found = (
        households.household_predecessor(
            free, team_id=one, starts_on=starts_on, grace_days=policy.renewal_grace_days
        )
        for one in teams
    )
    return next((one for one in found if one), None)


def _representative(members: Sequence[MemberRow]) -> int | None:
    able = [one for one in members if one.may_represent]
    first = next((one for one in able if one.is_head), able[0] if able else None)
    return first.resident.pk if first else None


def _objection(
    household: Household, members: Sequence[MemberRow], policy: ContractsPolicy
) -> Objection | None:
    """Why nobody of the household can begin: as it stands, or because too few are free."""
    present = [one for one in members if _is_present(one.resident)]
    head = next((one.resident.pk for one in present if one.is_head), None)
    house = House([one.resident.pk for one in present], head, is_open=household.closed_on is None)
    free = [one.resident.pk for one in members if one.objection is None]
    barred = [pk for pk in house.present if pk not in free]
    return households.object_to_house(house) or households.object_to_company(
        free, house, left_out=barred, policy=policy
    )
