"""Regular hours, vaccines and live streams, through the actions."""

import datetime as dt

from outreach.actions.clinics import ClinicFacts, open_clinics
from outreach.actions.livestreams import set_slot
from outreach.actions.vaccines import VaccineFacts, add_vaccine
from outreach.choices import ClinicKind, SupplyState, VaccineAudience, VaccineProgram
from outreach.models import ClinicHours, LivestreamSlot, VaccineSupply
from outreach.policy import OutreachPolicy

POLICY = OutreachPolicy()
BEGUN = dt.date(2026, 1, 1)


def clinic_facts(**given) -> ClinicFacts:
    values = {
        "kind": ClinicKind.CHILD_VACCINATION, "begins_at": dt.time(8), "closes_at": dt.time(11, 30),
        "place": "预防接种门诊",
    }  # fmt: skip
    return ClinicFacts(**values | given)


def a_clinic(institution, *, by, weekdays=(3,), starts_on=BEGUN, ends_on=None, **given) -> list[ClinicHours]:
    return open_clinics(
        by=by, institution=institution, facts=clinic_facts(**given), weekdays=weekdays, starts_on=starts_on,
        ends_on=ends_on,
    )  # fmt: skip


def vaccine_facts(**given) -> VaccineFacts:
    values = {
        "name": "流感疫苗", "program": VaccineProgram.PAID, "audience": VaccineAudience.BOTH,
        "state": SupplyState.PLENTY,
    }  # fmt: skip
    return VaccineFacts(**values | given)


def a_vaccine(institution, *, by, on: dt.date, **given) -> VaccineSupply:
    return add_vaccine(by=by, on=on, institution=institution, facts=vaccine_facts(**given))


def a_slot(institution, *, by, on: dt.date, policy=POLICY, **given) -> LivestreamSlot:
    values = {
        "weekday": 3, "begins_at": dt.time(19), "minutes": 40, "platform": "视频号“健康环翠”", "starts_on": on,
    }  # fmt: skip
    return set_slot(by=by, on=on, policy=policy, institution=institution, **values | given)
