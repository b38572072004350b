"""What a team did about a report, entered where the person's care is kept: contact, record, service, task (S2-29).

The key of what was entered is kept with the report; whatever is already entered is only named by its key.
"""

from datetime import date, datetime
from uuid import UUID

from django.db import transaction
from django.db.models import Q
from django.utils import timezone

from care.actions import CannotAssignTasks, assign_tasks
from care.actions.contacts import CannotLogContact, key_of, log_contact
from care.choices import ContactOutcome, ServiceMode
from care.models import ServiceRecord, Task
from contracts.actions import CannotFulfill, Done, fulfill
from contracts.models import Enrollment
from core.history import credited_to
from core.refusals import Refusal
from outreach.actions.answering import begun, close_report, move
from outreach.choices import BookedAs, Outcome, ReportState, ReportStep
from outreach.models import GridReport, ReportBooking, ReportEvent
from outreach.rules.whistle import Verb
from residents.models import Resident
from teams.models import User


class CannotBook(Refusal):
    """Nothing was entered."""


def book_contact(
    *, by: User, on: date, now: datetime, report: GridReport, contacted_on: date, mode: str, outcome: str,
    topic: str, client_token: UUID,
) -> ReportBooking:  # fmt: skip
    """Log an attempt to speak with the person, and count it as the response.

    Raises:
        CannotBook: ``nobody_linked``, or what the log of contacts refuses.
        CannotAnswer: as for every step.
    """
    with transaction.atomic(), credited_to(by):
        held = begun(report, Verb.BOOK, by=by, on=on, now=now)
        try:
            contact = log_contact(
                by=by, on=on, now=now, resident=_person(held), contacted_on=contacted_on, mode=mode,
                outcome=outcome, topic=topic, client_token=client_token,
            )  # fmt: skip
        except CannotLogContact as refusal:
            raise _told(refusal) from refusal
        said = f"{contact.get_mode_display()}：{contact.get_outcome_display()}"
        return _keep(held, BookedAs.CONTACT, key_of(contact), said, by=by, now=now)


def book_record(
    *, by: User, on: date, now: datetime, report: GridReport, record: ServiceRecord
) -> ReportBooking:
    """Count a record of work, entered on its own page, as the response.

    Raises:
        CannotBook: ``nobody_linked``, ``record_of_other``, ``record_before_report``.
        CannotAnswer: as for every step.
    """
    with transaction.atomic(), credited_to(by):
        held = begun(report, Verb.BOOK, by=by, on=on, now=now)
        if record.resident_id != _person(held).pk:
            raise CannotBook("record_of_other", "这条记录是另一位居民的，请重新选择。", field="record")
        if record.done_on < held.reported_at.astimezone(timezone.get_current_timezone()).date():
            raise CannotBook("record_before_report", "这条记录早于上报，不能算作响应。", field="record")
        return _keep(held, BookedAs.RECORD, record.key, f"服务记录 {record.done_on}", by=by, now=now)


def book_service(*, by: User, on: date, now: datetime, report: GridReport, fact: Done) -> ReportBooking:
    """Count a service of the person's agreement as given, and as the response.

    Raises:
        CannotBook: ``nobody_linked``, ``service_of_other``, or what the agreement refuses.
        CannotAnswer: as for every step.
    """
    with transaction.atomic(), credited_to(by):
        held = begun(report, Verb.BOOK, by=by, on=on, now=now)
        own = Enrollment.objects.filter(resident=_person(held), agreement=fact.agreement)
        if not own.filter(Q(pk=fact.enrollment) if fact.enrollment else Q()).exists():
            raise CannotBook("service_of_other", "这项服务约定给了另一位居民，请重新选择。", field="what")
        try:
            fulfill(by=by, on=on, facts=[fact])
        except CannotFulfill as refusal:
            raise _told(refusal) from refusal
        return _keep(held, BookedAs.SERVICE, fact.key, f"约定服务 {fact.done_on}", by=by, now=now)


def book_task(
    *, by: User, on: date, now: datetime, report: GridReport, task: Task, planned_on: date,
    assigned_to: User | None,
) -> ReportBooking:  # fmt: skip
    """Plan what is due for the person anyway, and count that as the response.

    Raises:
        CannotBook: ``nobody_linked``, ``task_of_other``, or what planning refuses.
        CannotAnswer: as for every step.
    """
    with transaction.atomic(), credited_to(by):
        held = begun(report, Verb.BOOK, by=by, on=on, now=now)
        if task.resident_id != _person(held).pk:
            raise CannotBook("task_of_other", "这项任务是另一位居民的，请重新选择。", field="task")
        try:
            assign_tasks(by=by, on=on, tasks=[task], planned_on=planned_on, assigned_to=assigned_to)
        except CannotAssignTasks as refusal:
            raise _told(refusal) from refusal
        key = f"task:{task.resident_id}-{task.rule_id}-{task.sequence}"
        return _keep(held, BookedAs.TASK, key, f"安排任务 {planned_on}", by=by, now=now)


def answer_by_phone(
    *, by: User, on: date, now: datetime, report: GridReport, client_token: UUID
) -> GridReport:
    """One tap after a call that settled the matter: the contact is logged if it is known with whom, the report closed.

    Raises:
        CannotBook, CannotAnswer: as for both.
    """
    with transaction.atomic():
        if report.resident_id:
            book_contact(
                by=by, on=on, now=now, report=report, contacted_on=on, mode=ServiceMode.PHONE,
                outcome=ContactOutcome.REACHED, topic="回应网格上报", client_token=client_token,
            )  # fmt: skip
        return close_report(by=by, on=on, now=now, report=report, outcome=Outcome.CONTACTED)


def _person(report: GridReport) -> Resident:
    if report.resident is None:
        raise CannotBook("nobody_linked", "请先指明这条上报说的是哪位居民，再登记服务。")
    return report.resident


def _keep(
    report: GridReport, kind: BookedAs, key: str, said: str, *, by: User, now: datetime
) -> ReportBooking:
    """Once for each key; whoever has not taken the report yet has done so with it."""
    booking, is_new = ReportBooking.objects.get_or_create(
        report=report, key=key, defaults={"kind": kind, "booked_by": by, "booked_at": now}
    )
    if is_new:
        if report.state == ReportState.NEW:
            move(
                report, ReportStep.TAKEN, by=by, now=now, state=ReportState.ASSIGNED, handler=by, taken_at=now
            )
        ReportEvent.objects.create(report=report, step=ReportStep.BOOKED, at=now, by=by, note=said)
    return booking


def _told(refusal: Refusal) -> CannotBook:
    """What the lower room refuses, as the refusal of this verb."""
    return CannotBook(refusal.code, refusal.sentence, field=refusal.field)
