"""Who walks through the journeys, before anything else exists: accounts and one institution."""

from dataclasses import dataclass

from teams.choices import InstitutionLevel, InstitutionType, Profession, Role
from teams.models import Institution, User
from tests.factories.contracts import ensure_wording
from tests.factories.teams import PASSWORD, InstitutionFactory, RoleAssignmentFactory, UserFactory


@dataclass
class Company:
    """周科长 of the bureau; 钱主任 steward, 李医生 and 王护士 staff of one centre; 孟专家 of the district hospital."""

    zhou: User
    qian: User
    li: User
    wang: User
    meng: User
    institution: Institution
    password: str = PASSWORD


def gather() -> Company:
    ensure_wording()
    centre = InstitutionFactory(name="环翠楼街道社区卫生服务中心", area_code="371002001", serial=12)
    hospital = InstitutionFactory(
        name="环翠区人民医院（演示）",
        type=InstitutionType.HOSPITAL,
        level=InstitutionLevel.SECOND,
        area_code="371002",
    )
    zhou = UserFactory(username="zhou", name="周科长", profession=Profession.OTHER)
    RoleAssignmentFactory(user=zhou, role=Role.BUREAU, area_code="371002")
    qian = UserFactory(username="qian", name="钱主任", institution=centre)
    RoleAssignmentFactory(user=qian, role=Role.INSTITUTION_STEWARD, institution=centre, area_code="")
    return Company(
        zhou=zhou,
        qian=qian,
        li=UserFactory(username="li", name="李医生", institution=centre),
        wang=UserFactory(username="wang", name="王护士", institution=centre, profession=Profession.NURSE),
        meng=UserFactory(
            username="meng", name="孟专家", institution=hospital, profession=Profession.SPECIALIST
        ),
        institution=centre,
    )
