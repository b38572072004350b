"""Plans and tasks, reached through the verbs; a record of work as settling sees it."""

import datetime as dt
import uuid
from typing import Any

from care.actions.replanning import Replanned, replan
from care.choices import ServiceMode
from care.models import CareRule, Plan, RuleTable, ServiceRecord, Task
from care.rule_data import load_tables
from contracts.models import Agreement
from core.models import PolicySetting
from residents.choices import Evidence, Population
from residents.models import PopulationFlag, Resident
from teams.models import User

NOON = dt.time(12, tzinfo=dt.timezone(dt.timedelta(hours=8)))


def noon(day: dt.date) -> dt.datetime:
    return dt.datetime.combine(day, NOON)


def ensure_rules() -> None:
    """Tests with real transactions empty every table, the shipped rules too."""
    if not RuleTable.objects.exists():
        load_tables(RuleTable, CareRule)


def flagged(resident: Resident, kind: Population, on: dt.date) -> PopulationFlag:
    """A person known to be of a kind from a day on, from a medical record."""
    return PopulationFlag.objects.create(
        resident=resident, kind=kind, evidence=Evidence.MEDICAL_RECORD, starts_on=on
    )


def planned(*residents: Resident, on: dt.date) -> Replanned:
    """Plans and open tasks as signing and flags ask for on a day."""
    ensure_rules()
    return replan([one.pk for one in residents], on=on, now=noon(on))


def plan_of(resident: Resident, code: str) -> Plan:
    return Plan.objects.get(resident=resident, rule__code=code)


def tasks_of(resident: Resident, code: str) -> list[Task]:
    """In the order of their days."""
    return list(Task.objects.filter(resident=resident, rule__code=code).order_by("sequence"))


def record_of(
    resident: Resident, agreement: Agreement, doctor: User, *, form: str, done_on: dt.date, **facts: Any
) -> ServiceRecord:
    """A record as it stands when it is settled, without anything that recording does besides."""
    row = {
        "resident": resident,
        "form": form,
        "team": agreement.team,
        "enrollment": agreement.enrollments.filter(resident=resident).first(),
        "done_on": done_on,
        "mode": ServiceMode.CLINIC,
        "values": {},
        "client_token": uuid.uuid4(),
        "done_by": doctor,
        "recorded_by": doctor,
    }
    return ServiceRecord.objects.create(**row | facts)


def terms_of_three_years() -> None:
    """So that a test can look at years of nights under one agreement."""
    PolicySetting.objects.create(
        room="contracts", payload={"first_term_years": 3}, in_force_from=dt.date(2020, 1, 1), source="测试"
    )
