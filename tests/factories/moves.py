"""Officers, handovers and referrals, reached through their actions."""

import datetime as dt
import uuid
from typing import Any

from care.actions.handovers import accept_handover, offer_handovers
from care.actions.referrals import Letter, refer_down, refer_up
from care.choices import HandoverMode
from care.models import Handover, Referral
from core.models import PolicySetting
from residents.choices import Evidence, Population
from residents.models import PopulationFlag, Resident
from teams.choices import Profession, Role
from teams.models import Institution, Team, User
from tests.factories.contracts import NOON
from tests.factories.teams import RoleAssignmentFactory, UserFactory


def officers_take_over(on: dt.date = dt.date(2020, 1, 1), **numbers: Any) -> None:
    """The district hands over (C7)."""
    payload = {"handover_mode": HandoverMode.TO_OFFICER.value} | numbers
    PolicySetting.objects.create(room="care", payload=payload, in_force_from=on, source="测试")


def officer_of(institution: Institution, **facts: Any) -> User:
    made = UserFactory(
        **{"name": "郑专干", "institution": institution, "profession": Profession.PUBLIC_HEALTH} | facts
    )
    RoleAssignmentFactory(user=made, role=Role.DEDICATED_OFFICER, institution=institution, area_code="")
    return made


def staff_of(hospital: Institution, **facts: Any) -> User:
    made = UserFactory(
        **{"name": "冯主任", "institution": hospital, "profession": Profession.SPECIALIST} | facts
    )
    RoleAssignmentFactory(user=made, role=Role.HOSPITAL_STAFF, institution=hospital, area_code="")
    return made


def of_class(resident: Resident, population: str, on: dt.date) -> PopulationFlag:
    return PopulationFlag.objects.create(
        resident=resident, kind=population, evidence=Evidence.MEDICAL_RECORD, starts_on=on
    )


def offered(
    resident: Resident, team: Team, by: User, officer: User, *, on: dt.date, population: str = Population.PERINATAL
) -> Handover:  # fmt: skip
    (made,) = offer_handovers(
        by=by, on=on, team=team, officer=officer, population=population, residents=[resident.pk]
    )
    return made


def accepted(
    resident: Resident, team: Team, by: User, officer: User, *, on: dt.date, **facts: Any
) -> Handover:
    return accept_handover(by=officer, on=on, handover=offered(resident, team, by, officer, on=on, **facts))


LETTER = Letter(reasons=("uncontrolled",), summary="血压 170/100，已两次调药。")


def sent_up(
    resident: Resident, by: User, institution: Institution, *, on: dt.date, **changes: Any
) -> Referral:
    asked = {
        "by": by,
        "on": on,
        "now": dt.datetime.combine(on, NOON),
        "resident": resident,
        "institution": institution,
        "letter": LETTER,
        "client_token": uuid.uuid4(),
    }
    return refer_up(**asked | changes)


def sent_down(
    resident: Resident, by: User, institution: Institution, *, on: dt.date, **changes: Any
) -> Referral:
    letter = Letter(reasons=("rehab",), summary="脑梗死恢复期。", plan="每周康复训练两次，一个月后复诊。")
    asked = {
        "by": by,
        "on": on,
        "now": dt.datetime.combine(on, NOON),
        "resident": resident,
        "institution": institution,
        "letter": letter,
        "client_token": uuid.uuid4(),
    }
    return refer_down(**asked | changes)
