"""The field work of the demonstration: consistent in itself, with something of everything, the same each time."""

import datetime as dt

import pytest
from django.db import transaction
from django.db.models import Count, F, Q

from grids.models import Posting
from outreach.choices import (
    OPEN_STATES,
    AlertState,
    ChangeState,
    ErrandState,
    ReportKind,
    ReportState,
    VisitKind,
    VisitState,
)
from outreach.models import (
    Booking,
    ClusterAlert,
    ErrandOrder,
    Evaluation,
    GridReport,
    OutreachVisit,
    PersonnelChange,
    ReportAck,
    SentinelLeave,
    ServicePoint,
    VisitSlot,
    VisitStaff,
    ZeroReport,
)
from outreach.policy import policy_on
from outreach.queries.weekly import silent_postings
from outreach.rules.evaluating import SHEETS
from residents.searchable import phone_index
from teams.models import User
from tests.config.test_seed_district import ON, seed

SUNDAY = ON + dt.timedelta(days=6 - ON.weekday())


@pytest.fixture(scope="module")
def district_once(django_db_setup, django_db_blocker):
    """One district for the whole module, undone at its end; each test runs in a savepoint inside."""
    with django_db_blocker.unblock(), transaction.atomic():
        seed(residents=400)
        yield
        transaction.set_rollback(True)


@pytest.fixture
def seeded(district_once, db):
    """The district as built."""


def test_grid_people_have_accounts_that_cannot_sign_in(seeded):
    posted = Posting.objects.filter(role__in=("community_steward", "grid_leader", "sentinel"))
    assert not posted.filter(Q(user=None) | Q(role_assignment=None)).exists()
    assert not posted.exclude(role_assignment__user=F("user")).exists()
    assert User.objects.filter(postings__in=posted, is_active=True).distinct().count() == 3


def test_visits_behind_are_done_or_missed_and_those_ahead_planned(seeded):
    behind, ahead = OutreachVisit.objects.filter(on__lt=ON), OutreachVisit.objects.filter(on__gte=ON)
    assert set(behind.values_list("state", flat=True)) == {VisitState.DONE, VisitState.MISSED}
    assert set(ahead.values_list("state", flat=True)) == {VisitState.PLANNED}
    assert set(behind.values_list("kind", flat=True)) == set(VisitKind.values)
    assert ahead.filter(kind=VisitKind.PATROL, on__gt=SUNDAY + dt.timedelta(days=7)).exists()
    done = behind.filter(state=VisitState.DONE)
    assert not done.exclude(ended_at__gt=F("began_at")).exists()
    present = VisitStaff.objects.filter(is_present=True).values("visit")
    assert not done.exclude(pk__in=present).exists()
    assert not VisitStaff.objects.exclude(user__memberships__team=F("visit__team")).exists()


def test_points_are_two_or_three_for_most_grids_and_codes_differ(seeded):
    found = dict(
        ServicePoint.objects.values_list("grid").annotate(Count("pk")).values_list("grid", "pk__count")
    )
    assert set(found.values()) == {1, 2, 3}
    assert ServicePoint.objects.values("code").distinct().count() == ServicePoint.objects.count()


def test_seats_are_never_oversold(seeded):
    assert Booking.objects.exists()
    slots = VisitSlot.objects.annotate(booked=Count("bookings", filter=Q(bookings__state="booked")))
    assert not slots.exclude(taken=F("booked")).exists()
    one = Booking.objects.first()
    assert one.phone_index == phone_index(one.phone)


def test_reports_of_every_kind_and_state(seeded):
    real = GridReport.objects.real()
    assert set(real.values_list("kind", flat=True)) == set(ReportKind.values)
    assert set(real.values_list("state", flat=True)) == set(ReportState.values)
    assert GridReport.objects.filter(is_training=True, respond_by=None).count() == 1
    assert not real.filter(team=None).exclude(state=ReportState.NEW).exists()
    assert not real.filter(kind=ReportKind.URGENT, is_restricted=False).exists()
    assert not real.exclude(kind=ReportKind.URGENT).filter(respond_by=None).exists()
    assert not GridReport.objects.exclude(resident=None).exclude(resident__grid=F("grid")).exists()


def test_each_report_has_its_steps_in_order(seeded):
    for one in GridReport.objects.prefetch_related("events")[:300]:
        steps = sorted(one.events.all(), key=lambda event: (event.at, event.pk))
        assert steps[0].step == "sent"
        assert steps[0].at == one.reported_at
        assert (one.handler_id is None) == (one.taken_at is None)
        if one.ended_at:
            assert steps[-1].at == one.ended_at
            assert steps[-1].step == one.state
        assert not one.ended_at or one.state not in OPEN_STATES


def test_urgent_ones_have_both_sides_and_one_waits(seeded):
    urgent = GridReport.objects.filter(kind=ReportKind.URGENT)
    sides = dict(
        ReportAck.objects.values_list("report").annotate(Count("pk")).values_list("report", "pk__count")
    )
    assert sides == dict.fromkeys(urgent.values_list("pk", flat=True), 2)
    assert ReportAck.objects.filter(acked_at=None).exists()


def test_one_alert_runs_and_one_is_over(seeded):
    running = ClusterAlert.objects.get(state=AlertState.OPEN)
    assert running.members.count() == running.reports >= 2
    assert ClusterAlert.objects.filter(state=AlertState.CLOSED).exclude(note="").exists()


def test_people_are_silent_away_evaluated_and_changed(seeded):
    assert silent_postings(on=ON, policy=policy_on(ON)).exists()
    assert ZeroReport.objects.exists()
    assert SentinelLeave.objects.filter(ends_on__gte=ON).exists()
    for one in Evaluation.objects.all():
        assert one.total == sum(one.scores.values())
        assert set(one.scores) == {item.code for item in SHEETS[one.kind]}
    assert set(PersonnelChange.objects.values_list("state", flat=True)) == set(ChangeState.values)


def test_errands_in_every_state(seeded):
    assert set(ErrandOrder.objects.values_list("state", flat=True)) == set(ErrandState.values)
    assert not ErrandOrder.objects.filter(state=ErrandState.TAKEN, posting=None).exists()
