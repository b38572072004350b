"""Errands late or not done, changes of persons and days off that wait: told to who can do something about it."""

import datetime as dt
from uuid import uuid4

import pytest
from django.urls import reverse
from django.utils import timezone

from care.actions.contacts import log_contact
from care.models import Contact
from grids.models import GridResponsibility, Posting
from outreach.actions import raise_reminders
from outreach.actions.errands import cancel_errand, fail_errand, finish_errand, order_errand, take_errand
from outreach.actions.exceptions import DaysOff, ask_exception, decide_exception
from outreach.actions.personnel import refuse_change, report_change
from outreach.choices import Audience, ExceptionReason
from outreach.models import ErrandOrder, Reminder
from outreach.queries.errands import SHOWN_DAYS
from outreach.reminders import SOURCES
from outreach.reminders.fieldwork import CHANGES, ERRANDS, FAILED_ERRANDS, STOPS
from residents.actions import record_death
from teams.choices import Role
from teams.models import Institution, RoleAssignment, User
from tests.factories.grids import MicroGridFactory
from tests.factories.reports import posting_of
from tests.factories.residents import ResidentFactory
from tests.factories.teams import InstitutionFactory, RoleAssignmentFactory
from tests.factories.visits import POLICY
from tests.outreach.visiting import DAY, point_in

pytestmark = pytest.mark.django_db
D = dt.timedelta(days=1)
OURS = (ERRANDS, FAILED_ERRANDS, CHANGES, STOPS)


@pytest.fixture
def resident(cast, district, noon):
    return ResidentFactory(grid=district.grid_a, managing_team=cast.team_a)


@pytest.fixture
def point(cast, district, noon):
    return point_in(district.grid_a)


def ordered(by, resident, **facts):
    facts = {"kind": "delivery", "medicines": "氨氯地平 1 盒", "client_token": uuid4(), "due_on": DAY} | facts
    return order_errand(by=by, on=DAY, now=timezone.now(), resident=resident, **facts)


def failed(cast, resident):
    made = ordered(cast.li, resident, posting=posting_of(cast.sun))
    return fail_errand(by=cast.sun, now=timezone.now(), errand=made, note="药房缺药")


def told(stage, source, *, on=DAY):
    """Whom (team or person) -> how many, after a sweep of that day."""
    raise_reminders(on=on, sources=OURS)
    rows = Reminder.objects.open().filter(source=source, stage=stage)
    return {(one.team_id or one.user_id): one.count for one in rows}


# errands


def test_late_errands_are_told_to_the_team_and_to_who_carries_them(cast, resident):
    posting = posting_of(cast.sun)
    mine, free = ordered(cast.li, resident), ordered(cast.li, resident)
    take_errand(by=cast.sun, on=DAY, now=timezone.now(), errand=mine, posting=posting)
    assert told("overdue", "errand") == {}  # due today is in time
    assert told("overdue", "errand", on=DAY + D) == {cast.team_a.pk: 2}
    assert told("overdue_worker", "errand", on=DAY + D) == {cast.sun.pk: 1}
    row = Reminder.objects.get(source="errand", stage="overdue")
    assert (row.audience, row.due_on) == (Audience.MEMBER, DAY)
    finish_errand(by=cast.sun, now=timezone.now(), errand=mine, received_by="本人")
    cancel_errand(by=cast.li, on=DAY, now=timezone.now(), errand=free, note="不用了")
    assert told("overdue", "errand", on=DAY + D) == told("overdue_worker", "errand", on=DAY + D) == {}


def test_who_holds_the_post_no_longer_is_not_told(cast, resident):
    ordered(cast.li, resident, posting=posting_of(cast.sun))
    assert told("overdue_worker", "errand", on=DAY + D) == {cast.sun.pk: 1}
    Posting.objects.filter(user=cast.sun).update(ends_on=DAY)
    assert told("overdue_worker", "errand", on=DAY + D) == {}
    assert told("overdue", "errand", on=DAY + D) == {cast.team_a.pk: 1}


def test_what_was_not_done_is_told_until_somebody_is_sent_again(cast, resident):
    made = failed(cast, resident)
    assert told("failed", "errand_failed") == {cast.team_a.pk: 1}
    again = ordered(cast.li, resident)
    assert told("failed", "errand_failed") == {}
    cancel_errand(by=cast.li, on=DAY, now=timezone.now(), errand=again, note="家属已取")
    assert told("failed", "errand_failed") == {}  # the team has decided
    later = ordered(cast.li, resident, posting=posting_of(cast.sun))
    fail_errand(by=cast.sun, now=timezone.now(), errand=later, note="家里没人")
    assert told("failed", "errand_failed") == {cast.team_a.pk: 1}  # the new one, not both
    assert made.pk < later.pk


@pytest.mark.parametrize(("outcome", "is_told"), [("reached", False), ("no_answer", True)])
def test_or_until_somebody_has_spoken_with_the_person(cast, resident, outcome, is_told):
    failed(cast, resident)
    log_contact(
        by=cast.li, on=DAY, now=timezone.now(), resident=resident, client_token=uuid4(), contacted_on=DAY,
        mode="phone", outcome=outcome, topic="药由女儿取",
    )  # fmt: skip
    assert bool(told("failed", "errand_failed")) is is_told
    Contact.objects.update(voided_at=timezone.now(), voided_by=cast.li, voided_note="登记错人")
    assert told("failed", "errand_failed") == {cast.team_a.pk: 1}


def test_a_call_before_it_failed_settles_nothing(cast, resident):
    log_contact(
        by=cast.li, on=DAY, now=timezone.now(), resident=resident, client_token=uuid4(), contacted_on=DAY,
        mode="phone", outcome="reached", topic="约好送药",
    )  # fmt: skip
    Contact.objects.update(recorded_at=timezone.now() - dt.timedelta(hours=1))
    failed(cast, resident)
    assert told("failed", "errand_failed") == {cast.team_a.pk: 1}


@pytest.mark.parametrize(("days", "is_told"), [(SHOWN_DAYS - 1, True), (SHOWN_DAYS, False)])
def test_what_was_not_done_is_told_for_some_days_only(cast, resident, days, is_told):
    failed(cast, resident)
    assert bool(told("failed", "errand_failed", on=DAY + days * D)) is is_told


def test_for_who_has_died_nothing_is_left_to_do(cast, resident):
    failed(cast, resident)
    assert told("failed", "errand_failed")
    record_death(resident=resident, since=DAY, by=cast.li, on=DAY)
    assert told("failed", "errand_failed") == {}


# changes of persons


def change(cast, people, district, **facts):
    facts = {"kind": "left", "posting": people.sentinel, "since": DAY} | facts
    return report_change(
        by=people.leader, on=DAY, now=timezone.now(), client_token=uuid4(), grid=district.grid_a, **facts
    )


def test_a_change_is_told_to_the_street_until_it_is_decided(cast, people, district, noon):
    elsewhere = RoleAssignmentFactory(role=Role.STREET, area_code="371002002").user
    made = change(cast, people, district)
    found = told("new", "personnel")
    assert found == {cast.he.pk: 1}
    assert not {elsewhere.pk, cast.zhou.pk, cast.qian.pk} & set(found)
    refuse_change(by=cast.he, on=DAY, now=timezone.now(), change=made, note="他还在岗")
    assert told("new", "personnel") == {}


@pytest.mark.parametrize("gone", ["over", "inactive"])
def test_a_street_without_anybody_leaves_it_to_the_bureau(cast, people, district, noon, gone):
    change(cast, people, district)
    if gone == "over":
        RoleAssignment.objects.filter(user=cast.he).update(ends_on=DAY - D)
    else:
        User.objects.filter(pk=cast.he.pk).update(is_active=False)
    assert told("new", "personnel")[cast.zhou.pk] == 1


# days off


def stop(point, by, **facts):
    days = DaysOff(DAY + D, DAY + D, ExceptionReason.WEATHER)
    return ask_exception(by=by, on=DAY, now=timezone.now(), policy=POLICY, points=[point], days=days)[0]


def decide(row, by):
    decide_exception(
        by=by, on=DAY, now=timezone.now(), policy=POLICY, exception=row, approves=False, decision="照常出诊"
    )


def test_a_request_is_told_to_the_steward_of_the_team_until_it_is_decided(cast, point):
    row = stop(point, cast.li)
    assert told("asked", "point_stop") == {cast.qian.pk: 1}
    decide(row, cast.qian)
    assert told("asked", "point_stop") == {}


def test_nobody_is_told_of_what_he_asked_for_himself(cast, point):
    row = stop(point, cast.qian)
    assert told("asked", "point_stop") == {cast.zhou.pk: 1}
    above = InstitutionFactory()
    Institution.objects.filter(pk=cast.institution_a.pk).update(parent=above)
    second = RoleAssignmentFactory(role=Role.INSTITUTION_STEWARD, area_code="", institution=above).user
    assert told("asked", "point_stop") == {second.pk: 1}
    decide(row, second)
    assert told("asked", "point_stop") == {}


def test_a_micro_grid_belongs_to_the_team_above_it_unless_it_has_its_own(cast, district, noon):
    micro = MicroGridFactory(parent=district.grid_a)
    stop(point_in(micro), cast.li)
    assert told("asked", "point_stop") == {cast.qian.pk: 1}
    GridResponsibility.objects.create(grid=micro, team=cast.team_b, starts_on=DAY)
    assert told("asked", "point_stop") == {cast.wu.pk: 1}


def test_a_grid_without_a_team_leaves_it_to_the_bureau(cast, district, point):
    stop(point, cast.li)
    district.grid_a.responsibilities.all().delete()
    assert told("asked", "point_stop") == {cast.zhou.pk: 1}


# what all of them are


def test_they_stand_on_the_list_and_lead_to_pages_their_readers_may_open(cast, sign_in, noon):
    assert set(OURS) <= set(SOURCES)
    for source, stage, reader in (
        (ERRANDS, "overdue", cast.wang),
        (ERRANDS, "overdue_worker", cast.sun),
        (FAILED_ERRANDS, "failed", cast.li),
        (CHANGES, "new", cast.he),
        (CHANGES, "new", cast.zhou),
        (STOPS, "asked", cast.qian),
        (STOPS, "asked", cast.zhou),
    ):
        assert sign_in(reader).get(source.address(stage)).status_code == 200
    assert ERRANDS.address("overdue") == reverse("errand-list") + "?state=late"


def test_a_second_sweep_of_the_day_changes_nothing(cast, people, district, resident, point):
    failed(cast, resident)
    ErrandOrder.objects.filter(pk=ordered(cast.li, ResidentFactory(grid=district.grid_a)).pk).update(
        due_on=DAY - D
    )
    change(cast, people, district)
    stop(point, cast.li)
    swept = raise_reminders(on=DAY, sources=OURS)
    assert swept.raised == 4
    swept = raise_reminders(on=DAY, sources=OURS)
    assert (swept.raised, swept.changed, swept.closed) == (0, 0, 0)
