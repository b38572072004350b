"""What the registry's facts do to agreements: set-based, idempotent, only for the person who left."""

import datetime as dt
from io import StringIO

import pytest
from django.core.management import call_command
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.utils import timezone

from contracts.actions import expire_ended, follow_departures, terminate
from contracts.choices import AgreementState, EventKind, TerminationReason
from contracts.models import Agreement, Enrollment
from core.events import deliver_due
from residents import actions as registry
from residents.choices import LifeStatus, Relation
from residents.models import Resident
from tests.factories.contracts import sign_agreement
from tests.factories.residents import ResidentFactory

DAY = dt.date(2026, 11, 22)
ONE = dt.timedelta(days=1)
S = AgreementState


@pytest.fixture
def agreement(cast, resident):
    return sign_agreement(resident, cast.team_a, cast.li, on=DAY - 100 * ONE)


def leave(resident, cast, since=DAY, happens=registry.record_death):
    return happens(resident=resident, since=since, by=cast.li, on=DAY)


@pytest.mark.parametrize(
    ("happens", "reason"),
    [
        (registry.record_death, TerminationReason.DEATH),
        (registry.record_move_out, TerminationReason.MOVED_OUT),
    ],
)
def test_who_leaves_is_promised_nothing_from_the_next_day_on(cast, resident, agreement, happens, reason):
    leave(resident, cast, DAY - ONE, happens)
    assert follow_departures(on=DAY) == 1
    agreement.refresh_from_db()
    row = agreement.enrollments.get()
    assert (agreement.state, row.state, row.ends_on, row.end_reason) == (
        S.TERMINATED, S.TERMINATED, DAY - ONE, reason,
    )  # fmt: skip
    event = agreement.events.get(kind=EventKind.TERMINATED)
    assert (event.on, event.reason, event.by) == (DAY - ONE, reason, None)
    assert event.note.startswith("王*国 2026-11-21")
    resident.refresh_from_db()
    assert resident.managing_team is None


def test_the_announcement_brings_it_right_away(cast, resident, agreement):
    leave(resident, cast)
    done = deliver_due(at=timezone.now() + ONE, on=DAY)
    assert done.done >= 1 and not done.failed  # others listen to the same news
    agreement.refresh_from_db()
    assert agreement.state == S.TERMINATED


def test_a_second_run_changes_nothing(cast, resident, agreement):
    leave(resident, cast)
    assert (follow_departures(on=DAY), follow_departures(on=DAY)) == (1, 0)
    assert agreement.events.filter(kind=EventKind.TERMINATED).count() == 1


def test_losing_touch_ends_nothing_but_is_told_on_the_page(cast, resident, agreement, sign_in, today):
    leave(resident, cast, happens=registry.record_lost)
    assert follow_departures(on=DAY) == 0
    html = sign_in(cast.li).get(f"/agreements/{agreement.pk}/").content.decode()
    assert "失访" in html


def test_only_that_person_leaves_an_agreement_of_several(cast, district, resident, agreement):
    wife = ResidentFactory(grid=district.grid_a, household=resident.household, relation=Relation.WIFE)
    Enrollment.objects.create(
        agreement=agreement,
        resident=wife,
        state=S.ACTIVE,
        starts_on=agreement.starts_on,
        ends_on=agreement.ends_on,
    )
    leave(wife, cast)
    assert follow_departures(on=DAY) == 1
    agreement.refresh_from_db()
    assert agreement.state == S.ACTIVE
    assert agreement.enrollments.get(resident=resident).state == S.ACTIVE
    assert agreement.events.get(kind=EventKind.LEFT).reason == TerminationReason.DEATH
    leave(resident, cast)
    follow_departures(on=DAY)
    agreement.refresh_from_db()
    assert agreement.state == S.TERMINATED


def test_only_those_who_were_announced(cast, district, resident, agreement):
    other = ResidentFactory(grid=district.grid_a)
    sign_agreement(other, cast.team_a, cast.li, on=DAY - 100 * ONE)
    leave(resident, cast)
    leave(other, cast)
    assert follow_departures(on=DAY, ids=[other.pk]) == 1
    agreement.refresh_from_db()
    assert agreement.state == S.ACTIVE


@pytest.mark.parametrize(("left_after_end", "state"), [(0, S.TERMINATED), (1, S.EXPIRED)])
def test_who_died_within_his_term_did_not_run_out(cast, resident, wording, left_after_end, state):
    agreement = sign_agreement(resident, cast.team_a, cast.li, on=DAY - 370 * ONE)
    leave(resident, cast, agreement.ends_on + left_after_end * ONE)
    follow_departures(on=DAY)
    expire_ended(on=DAY)
    agreement.refresh_from_db()
    assert agreement.state == state


def test_a_death_before_the_agreement_began_is_told(cast, resident, agreement):
    leave(resident, cast, agreement.starts_on - ONE)
    follow_departures(on=DAY)
    row = agreement.enrollments.get()
    assert row.ends_on == row.starts_on
    assert "早于协议生效日" in agreement.events.get(kind=EventKind.TERMINATED).note


def test_what_waits_for_confirmation_is_withdrawn(cast, resident, agreement):
    Agreement.objects.update(state=S.PENDING_CONFIRM, waits_for="resident")
    Enrollment.objects.update(state=S.PENDING_CONFIRM)
    leave(resident, cast)
    follow_departures(on=DAY)
    agreement.refresh_from_db()
    assert (agreement.state, agreement.enrollments.get().state) == (S.VOID, S.VOID)


def test_coming_back_revives_nothing(cast, resident, agreement):
    leave(resident, cast)
    follow_departures(on=DAY)
    registry.bring_back(
        resident=resident, household=resident.household, since=DAY, reason="误登", by=cast.li, on=DAY
    )
    deliver_due(at=timezone.now() + ONE, on=DAY)
    agreement.refresh_from_db()
    assert agreement.state == S.TERMINATED


def test_the_former_rows_name_the_job(cast, resident, agreement):
    leave(resident, cast)
    follow_departures(on=DAY)
    kept = agreement.history.order_by("-pgh_id").first()
    assert (kept.state, kept.pgh_context.metadata["job"]) == (S.ACTIVE, "follow_departures")


def test_the_number_of_queries_does_not_grow(cast, district, wording):
    counts = []
    for many in (1, 6):
        for one in ResidentFactory.create_batch(many, grid=district.grid_a):
            sign_agreement(one, cast.team_a, cast.li, on=DAY - 100 * ONE)
            Resident.objects.filter(pk=one.pk).update(life_status=LifeStatus.DECEASED, life_status_on=DAY)
        with CaptureQueriesContext(connection) as queries:
            assert follow_departures(on=DAY) == many
        counts.append(len(queries))
    assert counts[0] == counts[1] <= 16


def test_the_night_and_the_command_do_the_same(cast, resident, agreement):
    leave(resident, cast)
    out = StringIO()
    call_command("follow_departures", "--on", "2026-11-22", "--dry-run", stdout=out)
    assert "将结束 1 人的签约" in out.getvalue()
    agreement.refresh_from_db()
    assert agreement.state == S.ACTIVE
    call_command("nightly", "--only", "follow-departures", stdout=StringIO())
    agreement.refresh_from_db()
    assert agreement.state == S.TERMINATED
    call_command("follow_departures", stdout=out)
    assert "已结束 0 人的签约" in out.getvalue()


def test_who_dies_before_the_last_day_of_a_termination_is_promised_nothing_more(cast, resident, agreement):
    terminate(
        by=cast.li, on=DAY - 5 * ONE, now=timezone.now(), agreement=agreement, last_day=DAY + 10 * ONE,
        reason=TerminationReason.RESIDENT_REQUEST,
    )  # fmt: skip
    leave(resident, cast, DAY - ONE)
    assert (follow_departures(on=DAY), follow_departures(on=DAY)) == (1, 0)
    row = agreement.enrollments.get()
    assert (row.state, row.ends_on, row.end_reason) == (
        S.TERMINATED, DAY - ONE, TerminationReason.RESIDENT_REQUEST,
    )  # fmt: skip
    assert not Enrollment.objects.in_force_on(DAY).exists()
    assert agreement.events.get(kind=EventKind.LEFT).on == DAY - ONE


def test_what_had_been_ended_before_he_left_stays_as_it_was(cast, resident, agreement):
    terminate(
        by=cast.li, on=DAY, now=timezone.now(), agreement=agreement, last_day=DAY - ONE,
        reason=TerminationReason.RESIDENT_REQUEST,
    )  # fmt: skip
    leave(resident, cast, DAY - 3 * ONE)
    assert follow_departures(on=DAY) == 0
    assert agreement.enrollments.get().ends_on == DAY - ONE
