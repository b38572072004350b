"""The care of one half of the district: a row of everything of care that has a page of its own."""

import datetime as dt
import uuid

from django.db import models
from django.utils import timezone

from care.actions.home_beds import assess_bed
from care.actions.home_services import request_service
from care.actions.referrals import Letter
from care.choices import Program, ReadingKind
from care.models import (
    Contact,
    Episode,
    Handover,
    HomeBed,
    HomeServiceOrder,
    PointAccount,
    PointGoods,
    PointRedemption,
    PointRule,
    Reading,
    Referral,
    RuleTable,
    ServiceRecord,
    Task,
)
from contracts.models import Agreement
from residents.models import Household, Resident
from teams.choices import InstitutionLevel, InstitutionType
from teams.models import Team, User
from tests.factories.care import record_visit
from tests.factories.moves import officer_of, sent_up
from tests.factories.plans import rule
from tests.factories.points import earned
from tests.factories.teams import InstitutionFactory

# Beginning of the name of a page -> whose row it shows; the longer beginnings first.
SHOWN: dict[str, type[models.Model]] = {
    "care-": Resident,
    "record-new": Resident,
    "record-draft": Resident,
    "record-": ServiceRecord,
    "contact-void": Contact,
    "contact-": Resident,
    "reading-void": Reading,
    "reading-": Resident,
    "episode-list": Resident,
    "episode-discharge": Resident,
    "episode-pregnancy-new": Resident,
    "episode-tb-new": Resident,
    "episode-": Episode,
    "sheet-": Household,
    "service-new": Resident,
    "service-": HomeServiceOrder,
    "bed-new": Resident,
    "bed-": HomeBed,
    "task-": Task,
    "fulfilment-": Team,
    "officer-": Handover,
    "referral-": Referral,
    "points-account": Resident,
    "points-household": Household,
    "points-receipt": PointRedemption,
    "points-cancel": PointRedemption,
    "points-": PointAccount,
    "rule-table": RuleTable,
}


def care_rows(
    resident: Resident, agreement: Agreement, team: Team, doctor: User, side: str
) -> list[models.Model]:
    """A follow-up with its contact, a home reading, a course of treatment, an open task."""
    today = timezone.localdate()
    mark = {"symptoms": ["other"], "symptoms_note": f"标记{side}症状"}
    record = record_visit(resident, doctor, on=today, values=mark).record
    contact = Contact.objects.create(
        resident=resident,
        team=team,
        enrollment=agreement.enrollments.get(),
        contacted_on=today,
        mode="phone",
        outcome="reached",
        topic=f"标记{side}联系",
        client_token=uuid.uuid4(),
        done_by=doctor,
    )
    reading = Reading.objects.create(
        resident=resident,
        kind=ReadingKind.WEIGHT,
        taken_at=timezone.now(),
        first=65,
        client_token=uuid.uuid4(),
    )
    episode = Episode.objects.create(
        resident=resident,
        program=Program.TB,
        starts_on=today,
        facts={"case": "new", "supervisor": "medical"},
        recorded_by=doctor,
    )
    task = Task.objects.create(
        resident=resident,
        rule=rule(f"mark.{side}", name=f"标记{side}任务"),
        sequence=1,
        team=team,
        anchor_on=today,
        opens_on=today,
        due_on=today,
        closes_on=today + dt.timedelta(days=15),
        expires_on=today + dt.timedelta(days=60),
    )
    at_home = [_order(resident, doctor, side), _bed(resident, doctor, side)]
    moved = [*at_home, *_points(resident, team, doctor, side), _handover(resident, team, doctor, side)]
    rules = RuleTable.objects.get(program="hypertension", version=1)
    return [record, contact, reading, episode, task, rules, _referral(resident, doctor, side), *moved]


def _order(resident: Resident, doctor: User, side: str) -> HomeServiceOrder:
    today = timezone.localdate()
    return request_service(
        by=doctor, on=today, resident=resident, kind="nursing", need=f"标记{side}换药", requested_on=today,
        client_token=uuid.uuid4(),
    )  # fmt: skip


def _bed(resident: Resident, doctor: User, side: str) -> HomeBed:
    today = timezone.localdate()
    return assess_bed(
        by=doctor, on=today, resident=resident, ground="bedridden", diagnosis=f"标记{side}诊断", assessment="稳定",
        assessed_on=today, round_days=7, client_token=uuid.uuid4(),
    )  # fmt: skip


def _referral(resident: Resident, doctor: User, side: str) -> Referral:
    """Up to a hospital of neither side."""
    hospital = InstitutionFactory(
        name=f"标记{side}医院",
        type=InstitutionType.HOSPITAL,
        level=InstitutionLevel.SECOND,
        area_code="371002",
    )
    letter = Letter(("uncontrolled",), f"标记{side}摘要")
    return sent_up(resident, doctor, hospital, on=timezone.localdate(), letter=letter)


def _handover(resident: Resident, team: Team, doctor: User, side: str) -> Handover:
    """Offered to an officer of the team's institution."""
    officer = officer_of(team.institution, name=f"标记{side}专干")
    today = timezone.localdate()
    return Handover.objects.create(
        resident=resident, population="disabled", from_team=team, to_officer=officer, offered_on=today,
        offered_by=doctor, offer_note=f"标记{side}移交", answer_by=today,
    )  # fmt: skip


def _points(resident: Resident, team: Team, doctor: User, side: str) -> list[models.Model]:
    """An account with points, and what was spent of them."""
    today = timezone.localdate()
    earned(resident, doctor, today, form="copd_follow_up")
    account = PointAccount.objects.own().get(resident=resident)
    what = PointGoods.objects.create(name=f"标记{side}用品", points=3, institution=team.institution)
    given = PointRedemption.objects.create(
        number=f"DH{side}", account=account, resident=resident, goods=what, name=what.name, unit_points=3,
        institution=team.institution, redeemed_on=today, redeemed_by=doctor, client_token=uuid.uuid4(),
    )  # fmt: skip
    return [account, what, given, PointRule.objects.order_by("pk").first()]


def care_arguments(
    rows: dict[type[models.Model], models.Model], params: tuple[str, ...]
) -> dict[str, object]:
    """Values of parameters that only addresses of care have."""
    found: dict[str, object] = {}
    if "program" in params:
        found["program"] = "hypertension"
    if "form" in params:
        found["form"] = "htn_follow_up"
    if "sequence" in params:
        task = rows[Task]
        found |= {"pk": task.resident_id, "rule": task.rule_id, "sequence": task.sequence}
    return found
