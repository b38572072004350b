"""Institutions, staff and teams: one primary institution for each street or town, the district's hospitals above them.

A team for every 2,250 residents, and two at least for each primary institution. Left incomplete on purpose, so that the
checks have something to find: one team has a single specialist sent down from above.
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from random import Random

from django.contrib.auth.hashers import make_password

from config.demo.accounts import PASSWORD, by_role
from config.demo.names import full_name
from config.demo.numbers import Phones
from config.demo.places import ORDINALS, Village
from config.profiles.reading import Profile
from grids.models import Area
from teams.choices import InstitutionLevel, InstitutionType, Profession, Role, ServiceDepartment, Tier
from teams.models import Department, Institution, RoleAssignment, Team, TeamMembership, User

RESIDENTS_PER_TEAM = 2_250
P = Profession
TITLES = {
    P.GP: ("主治医师", "副主任医师", "医师"),
    P.SPECIALIST: ("主任医师", "副主任医师", "主治医师"),
    P.TCM: ("主治中医师", "中医师"),
    P.NURSE: ("护师", "主管护师"),
    P.PUBLIC_HEALTH: ("公卫医师", "主管医师"),
}
DUTIES = {
    P.GP: "诊疗、签约、随访",
    P.NURSE: "随访、护理、预约联络",
    P.PUBLIC_HEALTH: "重点人群管理、健康教育",
    P.ASSISTANT: "建档、随访提醒、资料整理",
    P.TCM: "中医体质辨识、中医调养",
    P.SPECIALIST: "专科会诊、疑难指导、转诊接收",
}
SPECIALTIES = ("心血管内科", "内分泌科", "神经内科", "呼吸内科", "康复医学科", "儿科", "妇产科", "精神科")
SERVICES = (
    (ServiceDepartment.CHRONIC, InstitutionType.HOSPITAL),
    (ServiceDepartment.TCM, InstitutionType.TCM_HOSPITAL),
    (ServiceDepartment.MCH, InstitutionType.MCH),
    (ServiceDepartment.SPECIALTY, InstitutionType.HOSPITAL),
)


@dataclass(slots=True)
class Crew:
    """A team with its people and the villages it answers for."""

    team: Team
    leader: User
    members: list[User]
    villages: list[Village]


class Staff:
    """Makes people who work here: by invented name, or as one of the demonstration's accounts."""

    def __init__(self, chance: Random, phones: Phones, at: datetime) -> None:
        self._chance, self._phones, self._at = chance, phones, at
        self._waiting: list[User] = []
        self._count = 0
        self._password = make_password(PASSWORD)  # once: hashing is slow by design
        self._unusable = make_password(None)

    def hire(self, profession: Profession, institution: Institution | None, **facts: object) -> User:
        """Somebody new, not yet written, who cannot sign in."""
        self._count += 1
        is_man = self._chance.random() < (0.05 if profession == P.NURSE else 0.45)
        titles = TITLES.get(profession)
        user = User(
            username=f"staff{self._count:04d}",
            name=full_name(self._chance, is_man, self._chance.randrange(1968, 1999)),
            phone=self._phones.next(),
            institution=institution,
            profession=profession,
            title=self._chance.choice(titles) if titles else "",
            is_active=False,
            password=self._unusable,
            must_change_password=False,
            date_joined=self._at,
        )
        for name, value in facts.items():
            setattr(user, name, value)
        self._waiting.append(user)
        return user

    def cast(self, role: Role, profession: Profession, institution: Institution | None) -> User:
        """One of the demonstration's accounts."""
        account = by_role(role)
        user = self.hire(profession, institution, username=account.login, name=account.name)
        if account.start:
            user.is_active, user.password, user.password_changed_at = True, self._password, self._at
        return user

    def write(self) -> None:
        User.objects.bulk_create(self._waiting)
        self._waiting = []


def make_institutions(
    profile: Profile, district: Area, townships: Sequence[Area], phones: Phones
) -> list[Institution]:
    """The bureau, the district's own institutions, then one for each township, in this order."""
    stem = district.name
    kinds = [
        (f"{stem}卫生健康局", InstitutionType.BUREAU, InstitutionLevel.UNRATED, district.code),
        (profile.hospital, InstitutionType.HOSPITAL, InstitutionLevel.SECOND, district.code),
        (f"{stem}中医院（演示）", InstitutionType.TCM_HOSPITAL, InstitutionLevel.SECOND, district.code),
        (f"{stem}妇幼保健院（演示）", InstitutionType.MCH, InstitutionLevel.SECOND, district.code),
        (f"{stem}疾病预防控制中心（演示）", InstitutionType.CDC, InstitutionLevel.UNRATED, district.code),
    ]
    for township in townships:
        if township.name.endswith("街道"):
            name, kind = f"{township.name}社区卫生服务中心", InstitutionType.CHC
        else:
            name, kind = f"{township.name}卫生院", InstitutionType.TOWNSHIP_HOSPITAL
        kinds.append((name, kind, InstitutionLevel.FIRST, township.code))
    found = [
        Institution(
            code=f"{district.code}{serial:04d}",
            name=name,
            type=kind,
            level=level,
            serial=serial,
            area_code=code,
            address=f"{name}院内" if level else "",
            phone=phones.next(),
            complaint_phone=phones.next(),
        )
        for serial, (name, kind, level, code) in enumerate(kinds, start=1)
    ]
    Institution.objects.bulk_create(found)
    Department.objects.bulk_create(
        Department(institution=one, name=str(service.label), service=service, phone=one.phone)
        for service, kind in SERVICES
        for one in found
        if one.type == kind
    )
    return found


def make_stations(primary: Sequence[Institution], villages: Sequence[Village], phones: Phones) -> None:
    """Stations in every fourth community, village clinics in every fourth village, below the primary institution."""
    above = {one.area_code: one for one in primary}
    found = []
    for at, village in enumerate(villages):
        if at % 4 == 1:
            kind = InstitutionType.STATION if village.is_urban else InstitutionType.VILLAGE_CLINIC
            parent = above[village.township.code]
            serial = 100 + len(found)
            found.append(
                Institution(
                    code=f"{parent.code[:6]}{serial:04d}",
                    name=f"{village.name}{'卫生服务站' if village.is_urban else '卫生室'}",
                    type=kind,
                    serial=serial,
                    parent=parent,
                    area_code=village.area.code,
                    phone=phones.next(),
                )
            )
    Institution.objects.bulk_create(found)


def make_teams(
    chance: Random, staff: Staff, primary: Sequence[Institution], villages: Iterable[Village], since: date
) -> list[Crew]:
    """Teams with neighbouring villages and their own people; nobody from outside yet."""
    by_township: dict[str, list[Village]] = {}
    for village in villages:
        by_township.setdefault(village.township.code, []).append(village)
    crews = []
    for institution in primary:
        here = by_township.get(institution.area_code, [])
        count = max(2, round(sum(one.people for one in here) / RESIDENTS_PER_TEAM))
        for number, share in enumerate(_shared_out(here, count)):
            crews.append(_crew(chance, staff, institution, number, share, since, is_first=not crews))
    Team.objects.bulk_create(one.team for one in crews)
    staff.write()
    return crews


def _shared_out(villages: Sequence[Village], count: int) -> list[list[Village]]:
    """Neighbours together, so that each share holds about as many people."""
    total, shares, before = sum(one.people for one in villages), [[] for _ in range(count)], 0
    for village in villages:
        middle = before + village.people / 2
        shares[min(int(middle * count / max(total, 1)), count - 1)].append(village)
        before += village.people
    return shares


def _crew(
    chance: Random,
    staff: Staff,
    institution: Institution,
    number: int,
    villages: list[Village],
    since: date,
    *,
    is_first: bool,
) -> Crew:
    place = institution.name.removesuffix("社区卫生服务中心").removesuffix("卫生院")
    ordinal = ORDINALS[number] if number < len(ORDINALS) else str(number + 1)
    team = Team(
        institution=institution,
        name=f"{place}第{ordinal}家庭医生团队",
        phone=institution.phone,
        service_times="周一至周五 8:00-17:00，每周三下午下社区",
        introduction="为本网格居民提供基本医疗、公共卫生和健康管理服务。",
        starts_on=since,
    )
    if is_first:
        leader = staff.cast(Role.TEAM_LEADER, P.GP, institution)
        others = [staff.cast(Role.TEAM_MEMBER, P.NURSE, institution)]
    else:
        leader, others = staff.hire(P.GP, institution), [staff.hire(P.NURSE, institution)]
    wanted = [P.PUBLIC_HEALTH, P.GP] + [one for one in (P.ASSISTANT, P.TCM) if chance.random() < 0.5]
    others += [staff.hire(one, institution) for one in wanted]
    return Crew(team, leader, others, villages)


def join_teams(
    chance: Random, staff: Staff, hospitals: Sequence[Institution], crews: Sequence[Crew], since: date
) -> None:
    """Write the memberships: own people, and two specialists for each team, who work in several teams (S0-17, S0-18)."""
    pool = [
        staff.hire(P.SPECIALIST, hospitals[at % len(hospitals)], specialty=specialty)
        for at, specialty in enumerate(SPECIALTIES * (1 + len(crews) // 40))
    ]
    staff.write()
    rows = []
    for at, crew in enumerate(crews):
        own = [(crew.leader, Tier.CORE, False), *((one, Tier.CORE, False) for one in crew.members)]
        sent = chance.sample(pool, 1 if at == len(crews) // 2 else 2)
        for user, tier, is_dispatched in (*own, *((one, Tier.SECOND, True) for one in sent)):
            rows.append(
                TeamMembership(
                    team=crew.team,
                    user=user,
                    profession=user.profession,
                    is_leader=user is crew.leader,
                    tier=tier,
                    home_institution=user.institution,
                    is_dispatched=is_dispatched,
                    duty=DUTIES[user.profession],
                    starts_on=since,
                )
            )
        crew.members += sent
    TeamMembership.objects.bulk_create(rows)


def assign_roles(
    staff: Staff, institutions: Sequence[Institution], primary: Sequence[Institution], since: date
) -> dict[int, User]:
    """Roles that are given by hand, and a steward for every primary institution; id of institution -> its steward."""
    bureau, hospital, first = institutions[0], institutions[1], primary[0]
    area = {
        Role.BUREAU: bureau.area_code,
        Role.SYSTEM_ADMIN: bureau.area_code,
        Role.AUDITOR: bureau.area_code,
        Role.API_CLIENT: bureau.area_code,
        Role.STREET: first.area_code,
    }
    rows = [
        RoleAssignment(
            user=staff.cast(role, P.OTHER, bureau if role != Role.STREET else None),
            role=role,
            area_code=code,
            starts_on=since,
        )
        for role, code in area.items()
    ]
    stewards = {
        one.pk: staff.cast(Role.INSTITUTION_STEWARD, P.OTHER, one)
        if one is first
        else staff.hire(P.OTHER, one)
        for one in primary
    }
    placed = [(Role.INSTITUTION_STEWARD, user, user.institution) for user in stewards.values()]
    placed.append((Role.DEDICATED_OFFICER, staff.cast(Role.DEDICATED_OFFICER, P.PUBLIC_HEALTH, first), first))
    placed.append((Role.HOSPITAL_STAFF, staff.cast(Role.HOSPITAL_STAFF, P.SPECIALIST, hospital), hospital))
    rows += [
        RoleAssignment(user=user, role=role, institution=one, starts_on=since) for role, user, one in placed
    ]
    staff.write()
    RoleAssignment.objects.bulk_create(rows)
    return stewards
