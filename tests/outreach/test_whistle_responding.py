"""The response as part of the person's care: a record, a promised service, a planned task."""

import datetime as dt
from dataclasses import replace
from uuid import uuid4

import pytest
from django.urls import reverse

from care.models import Task
from contracts.actions import Done
from contracts.choices import ProofKind
from contracts.models import Fulfillment, ServiceItem
from outreach.actions import answering, responding
from outreach.actions.responding import CannotBook
from outreach.choices import BookedAs, ReportKind, ReportState
from outreach.models import ReportBooking
from residents.choices import Population
from tests.factories.care import record_visit
from tests.factories.contracts import sign_agreement
from tests.factories.planning import flagged, planned
from tests.factories.reports import report_from
from tests.factories.residents import ResidentFactory

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("noon")]
ON = dt.date(2026, 11, 22)
NOW = dt.datetime(2026, 11, 22, 4, 0, tzinfo=dt.UTC)


@pytest.fixture
def resident(cast, district):
    return ResidentFactory(grid=district.grid_a, managing_team=cast.team_a, name="刘桂兰")


@pytest.fixture
def agreement(resident, cast):
    flagged(resident, Population.HYPERTENSION, ON)
    signed = sign_agreement(resident, cast.team_a, cast.li, on=ON)
    planned(resident, on=ON)
    return signed


@pytest.fixture
def report(cast, resident):
    one = report_from(cast.sun, ReportKind.NEED, now=NOW - dt.timedelta(hours=1))
    return answering.link_resident(by=cast.li, on=ON, now=NOW, report=one, resident=resident)


def book(verb, report, by, **more):
    return verb(by=by, on=ON, now=NOW, report=report, **more)


def test_a_record_written_since_counts(cast, agreement, report):
    record = record_visit(report.resident, cast.li, on=ON).record
    booking = book(responding.book_record, report, cast.li, record=record)
    assert (booking.kind, booking.key) == (BookedAs.RECORD, record.key)
    assert book(responding.book_record, report, cast.li, record=record) == booking
    assert report.events.filter(step="booked").count() == 1
    report.refresh_from_db()
    assert (report.state, report.handler) == (ReportState.ASSIGNED, cast.li)


def test_a_record_of_somebody_else_or_of_before_does_not(cast, district, agreement, report):
    other = ResidentFactory(grid=district.grid_a, managing_team=cast.team_a)
    theirs = record_visit(other, cast.li, on=ON, form="htn_follow_up").record
    with pytest.raises(CannotBook) as refusal:
        book(responding.book_record, report, cast.li, record=theirs)
    assert refusal.value.code == "record_of_other"
    before = record_visit(other, cast.li, on=ON, done_on=ON - dt.timedelta(days=1)).record
    before.resident_id = report.resident_id
    with pytest.raises(CannotBook) as refusal:
        book(responding.book_record, report, cast.li, record=before)
    assert refusal.value.code == "record_before_report"
    assert not ReportBooking.objects.exists()


def test_a_promised_service_is_fulfilled(cast, district, agreement, report):
    item = ServiceItem.objects.get(code="regular_contact", owner=None)
    person = agreement.enrollments.get()
    fact = Done(agreement.pk, person.pk, item.pk, ON, ProofKind.CONTACT, f"hand:{uuid4()}")
    booking = book(responding.book_service, report, cast.li, fact=fact)
    assert (booking.kind, booking.key) == (BookedAs.SERVICE, Fulfillment.objects.get().key)
    for wrong, code in (
        (replace(fact, done_on=ON + dt.timedelta(days=1), key="hand:2"), "not_yet"),
        (replace(fact, enrollment=person.pk + 1, key="hand:3"), "service_of_other"),
    ):
        with pytest.raises(CannotBook) as refusal:
            book(responding.book_service, report, cast.li, fact=wrong)
        assert refusal.value.code == code


def test_a_task_that_is_due_is_planned(cast, agreement, report):
    task = Task.objects.filter(resident=report.resident).open().first()
    booking = book(responding.book_task, report, cast.li, task=task, planned_on=ON, assigned_to=cast.wang)
    task = Task.objects.get(resident=task.resident_id, rule=task.rule_id, sequence=task.sequence)
    assert (booking.kind, task.planned_on, task.assigned_to) == (BookedAs.TASK, ON, cast.wang)
    with pytest.raises(CannotBook) as refusal:
        book(
            responding.book_task, report, cast.li, task=task, planned_on=ON - dt.timedelta(days=1),
            assigned_to=None,
        )  # fmt: skip
    assert refusal.value.field == "planned_on"


def test_the_page_offers_what_there_is(cast, agreement, report, sign_in):
    record = record_visit(report.resident, cast.li, on=ON).record
    client, url = sign_in(cast.li), reverse("whistle-book", args=[report.pk])
    page = client.get(url).content.decode()
    for words in ("已经填了服务记录", "高血压随访 2026-11-22", "安排到期的随访任务"):
        assert words in page
    assert client.post(url, {"way": "record", "record": record.pk}).status_code == 302
    task = Task.objects.filter(resident=report.resident).open().first()
    given = {"way": "task", "task": f"{task.rule_id}-{task.sequence}", "planned_on": "2026-11-23"}
    assert client.post(url, given).status_code == 302
    assert client.post(url, {"way": "task", "task": "0-0", "planned_on": ""}).status_code == 200
    assert client.post(url, {"way": "fly"}).status_code == 200
    assert {one.kind for one in report.bookings.all()} == {BookedAs.RECORD, BookedAs.TASK}


def test_a_promised_service_through_the_door(cast, agreement, report, sign_in):
    client, url = sign_in(cast.li), reverse("whistle-book", args=[report.pk])
    form = client.get(url).context["parts"].get("service")
    if form is None or not form.has_choice:
        pytest.fail("the basic package has services that are written down by hand")
    what = form.fields["what"].choices[1][0]
    given = {"way": "service", "what": what, "done_on": "2026-11-22", "note": "", "token": str(uuid4())}
    assert client.post(url, given).status_code == 302
    assert report.bookings.get().kind == BookedAs.SERVICE
