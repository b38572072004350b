"""Field work of one half of the district: a row of everything of outreach that has a page of its own."""

import datetime as dt
from uuid import uuid4

from django.db import models
from django.utils import timezone

from core.crypto import seal_bytes
from grids.models import Grid, Posting
from outreach.choices import (
    BookingSource,
    BookingState,
    EvaluationKind,
    PersonnelChangeKind,
    PointService,
    ReportKind,
    WorkKind,
)
from outreach.models import (
    Booking,
    ClusterAlert,
    ErrandOrder,
    Evaluation,
    GridReport,
    OutreachVisit,
    PersonnelChange,
    PointException,
    PointTimetable,
    ReportPhoto,
    SentinelLeave,
    ServicePoint,
    VisitSlot,
    VisitWork,
)
from outreach.queries.errands import RECEIPT_PURPOSE
from outreach.queries.whistles import PHOTO_PURPOSE
from residents.models import Resident
from residents.searchable import phone_index
from teams.models import Team, User
from tests.factories.community import sentinel
from tests.factories.reports import report_from
from tests.factories.teams import UserFactory
from tests.factories.visits import a_point, a_timetable

# Beginning of the name of a page -> whose row it shows; the longer beginnings first.
SHOWN: dict[str, type[models.Model]] = {
    "public-point-booking": Booking,
    "public-point-book-slot": VisitSlot,
    "public-point": ServicePoint,
    "grid-mine": GridReport,
    "grid-urgent": GridReport,
    "grid-call": Resident,
    "grid-errand": ErrandOrder,
    "grid-check-in": OutreachVisit,
    "grid-leave-end": SentinelLeave,
    "grid-team": Posting,
    "grid-evaluate": Posting,
    "errand-new": Resident,
    "errand-": ErrandOrder,
    "point-bookings-visit": OutreachVisit,
    "point-booking-": Booking,
    "point-stop-": PointException,
    "point-timetable-new": ServicePoint,
    "point-timetable-": PointTimetable,
    "point-": ServicePoint,
    "visit-uncount": VisitWork,
    "visit-": OutreachVisit,
    "whistle-alert": ClusterAlert,
    "whistle-photo": ReportPhoto,
    "whistle-": GridReport,
}
# Pages of a report of another kind than the new person's.
KINDS = {
    "whistle-urgent": ReportKind.URGENT,
    "grid-urgent": ReportKind.URGENT,
    "whistle-book": ReportKind.NEED,
}
OF_SENTINEL = ("grid-team", "grid-evaluate")


def field_rows(
    resident: Resident, team: Team, doctor: User, worker: Posting | None, side: str
) -> list[models.Model]:
    """What grid workers sent, a service point with its hours and bookings, a visit with something done at it."""
    worker = worker or sentinel(resident.grid, user=UserFactory(name=f"标记{side}哨兵"))
    report = _clue(worker, resident, side)
    visits = _visits(resident, team, doctor, side)
    return [
        report,
        *_about(report, resident, side),
        *visits,
        *_errand(report, resident, team, doctor, side),
        *_staff(worker, side),
    ]


def field_arguments(
    rows: dict[type[models.Model], models.Model], name: str, params: tuple[str, ...]
) -> dict[str, object]:
    """Parameters beside the first one, and those that are no primary key."""
    found: dict[str, object] = {}
    if name in KINDS:
        found["pk"] = GridReport.objects.get(kind=KINDS[name], grid=rows[Grid]).pk
    if name.startswith(OF_SENTINEL):
        found["pk"] = rows[SentinelLeave].posting_id
    if "code" in params and name.startswith("public-point"):
        found["code"] = rows[ServicePoint].code
    if "slot" in params:
        found["slot"] = rows[VisitSlot].pk
    if "token" in params and name.startswith("public-point"):
        found["token"] = rows[Booking].token
    if "resident" in params:
        found["resident"] = rows[Resident].pk
    return found


def _clue(worker: Posting, resident: Resident, side: str) -> GridReport:
    now = timezone.now()
    said = {"posting": worker, "now": now, "address": f"标记{side}路1号", "description": f"标记{side}情况"}
    report_from(worker.user, ReportKind.URGENT, person_name=f"标记{side}甲", **said)
    need = report_from(worker.user, ReportKind.NEED, person_name=f"标记{side}丙", **said)
    GridReport.objects.filter(pk=need.pk).update(resident=resident)
    return report_from(worker.user, person_name=f"标记{side}乙", phone="13800000002", **said)


def _about(report: GridReport, resident: Resident, side: str) -> list[models.Model]:
    now = timezone.now()
    sealed = seal_bytes(b"jpeg", purpose=PHOTO_PURPOSE)
    photo = ReportPhoto.objects.create(report=report, sealed=sealed, sha256=side * 64, added_at=now)
    alert = ClusterAlert.objects.create(
        symptom="fever", grid=report.grid, village=report.grid.village, first_on=timezone.localdate(), reports=3,
        raised_at=now, quiet_until=timezone.localdate(), note=f"标记{side}预警",
    )  # fmt: skip
    return [photo, alert]


def _errand(
    report: GridReport, resident: Resident, team: Team, doctor: User, side: str
) -> list[models.Model]:
    now = timezone.now()
    return [
        ErrandOrder.objects.create(
            kind="delivery", grid=resident.grid, team=team, resident=resident, medicines=f"标记{side}药", asked_by=doctor,
            asked_at=now, due_on=timezone.localdate(), report=report, receipt=seal_bytes(b"jpeg", purpose=RECEIPT_PURPOSE),
        )
    ]  # fmt: skip


def _visits(resident: Resident, team: Team, doctor: User, side: str) -> list[models.Model]:
    today, now = timezone.localdate(), timezone.now()
    point = a_point(resident.grid, by=doctor, on=today, name=f"标记{side}服务点")
    hours = a_timetable(point, team, by=doctor, on=today, weekday=today.isoweekday() % 7 + 1, seats=2)
    visit = OutreachVisit.objects.filter(timetable=hours, on__gt=today).order_by("on").first()
    work = VisitWork.objects.create(
        visit=visit, kind=WorkKind.RESIDENT, key=f"resident:{resident.pk}", service=PointService.RECORD,
        resident=resident, added_by=doctor, added_at=now,
    )  # fmt: skip
    slot = visit.slots.order_by("begins_at").first()
    VisitSlot.objects.filter(pk=slot.pk).update(taken=1)
    booking = Booking.objects.create(
        slot=slot, name=f"标记{side}预约", phone="13800000003", phone_index=phone_index("13800000003"),
        source=BookingSource.PHONE, state=BookingState.BOOKED, booked_at=now, booked_by=doctor,
    )  # fmt: skip
    stop = PointException.objects.create(
        point=point, reason="weather", note=f"标记{side}停诊", starts_on=today, ends_on=today, asked_by=doctor,
        asked_at=now,
    )  # fmt: skip
    return [point, hours, visit, work, slot, booking, stop]


def _staff(worker: Posting, side: str) -> list[models.Model]:
    today, now = timezone.localdate(), timezone.now()
    leave = SentinelLeave.objects.create(
        posting=worker, starts_on=today, ends_on=today + dt.timedelta(days=3), note=f"标记{side}请假",
        entered_by=worker.user,
    )  # fmt: skip
    change = PersonnelChange.objects.create(
        client_token=uuid4(), kind=PersonnelChangeKind.LEFT, grid=worker.grid, posting=worker, since=today,
        note=f"标记{side}变动", reported_by=worker.user, reported_at=now,
    )  # fmt: skip
    marks = Evaluation.objects.create(
        kind=EvaluationKind.SENTINEL, posting=worker, year=today.year, half=1, scores={}, total=0,
        note=f"标记{side}评语", evaluated_by=worker.user, evaluated_at=now,
    )  # fmt: skip
    return [leave, change, marks]
