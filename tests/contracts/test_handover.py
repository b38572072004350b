"""Agreements whose grid, team or doctor has changed: listed, handed over, never ended."""

import datetime as dt
from dataclasses import replace

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from contracts.actions import CannotReassign, handover, open_transfer, reassign
from contracts.choices import AgreementState as S
from contracts.choices import EventKind
from contracts.models import Agreement
from contracts.policy import policy_on
from contracts.queries.handover import handover_page, narrowed_to, receivers, to_hand_over
from contracts.rules.moves import HandoverReason
from grids.models import GridResponsibility
from tests.factories.contracts import family, household_signed, sign_agreement, supplement_signed
from tests.factories.grids import GridResponsibilityFactory, MicroGridFactory
from tests.factories.residents import ResidentFactory
from tests.factories.teams import TeamFactory, TeamMembershipFactory, UserFactory

DAY = dt.date(2026, 11, 22)
ONE = dt.timedelta(days=1)


@pytest.fixture
def agreement(cast, resident):
    return sign_agreement(resident, cast.team_a, cast.li, on=DAY - 100 * ONE)


def move_grid(grid, team, on=DAY):
    GridResponsibility.objects.filter(grid=grid).update(ends_on=on - ONE)
    return GridResponsibilityFactory(grid=grid, team=team, starts_on=on)


def found(on=DAY, reason=""):
    rows = narrowed_to(to_hand_over(Agreement.objects.all(), on=on), reason)
    return {one.agreement.pk: one for one in handover_page(rows, after="").rows}


def hand_over(cast, agreement, *, by=None, team=None, doctor=None, on=DAY, **more):
    return reassign(
        by=by or cast.li, on=on, agreement=agreement, team=team or cast.team_b, doctor=doctor or cast.zhao, **more
    )  # fmt: skip


def refused(cast, agreement, **changes):
    with pytest.raises(CannotReassign) as caught:
        hand_over(cast, agreement, **changes)
    agreement.refresh_from_db()
    assert agreement.team == cast.team_a
    return caught.value


# --- the list ---------------------------------------------------------------------------------------------------


def test_nothing_changed_nothing_to_hand_over(cast, agreement):
    assert found() == {}


def test_a_grid_that_another_team_answers_for(cast, district, agreement):
    move_grid(district.grid_a, cast.team_b, on=DAY)
    assert found(on=DAY - ONE) == {}
    row = found()[agreement.pk]
    assert (row.reasons, row.answering) == ((HandoverReason.GRID,), cast.team_b)
    assert found(reason="grid")
    assert not found(reason="closed")
    assert not found(reason="doctor")


def test_a_grid_that_nobody_answers_for_is_no_reason(cast, district, agreement):
    GridResponsibility.objects.filter(grid=district.grid_a).update(ends_on=DAY - ONE)
    assert found() == {}


def test_a_micro_grid_falls_to_the_grid_above(cast, district, wording):
    micro = MicroGridFactory(parent=district.grid_a)
    person = ResidentFactory(grid=micro)
    signed = sign_agreement(person, cast.team_a, cast.li, on=DAY)
    assert found() == {}
    move_grid(district.grid_a, cast.team_b)
    assert set(found()) == {signed.pk}
    GridResponsibilityFactory(grid=micro, team=cast.team_a)
    assert found() == {}


def test_a_closed_team_and_a_doctor_who_left(cast, agreement):
    cast.team_a.memberships.filter(user=cast.li).update(ends_on=DAY - ONE)
    assert found()[agreement.pk].reasons == (HandoverReason.DOCTOR_LEFT,)
    assert set(found(reason="doctor")) == {agreement.pk}
    type(cast.team_a).objects.filter(pk=cast.team_a.pk).update(ends_on=DAY - ONE)
    assert found()[agreement.pk].reasons == (HandoverReason.TEAM_CLOSED,)
    assert set(found(reason="closed")) == {agreement.pk}


def test_what_does_not_run_is_not_listed(cast, district, agreement):
    move_grid(district.grid_a, cast.team_b)
    assert found(on=agreement.ends_on)
    assert found(on=agreement.ends_on + ONE) == {}
    Agreement.objects.filter(pk=agreement.pk).update(state=S.TERMINATED)
    assert found() == {}


def test_the_list_costs_the_same_for_many(cast, district, wording):
    counts = []
    for many in (1, 5):
        for one in ResidentFactory.create_batch(many, grid=district.grid_a):
            sign_agreement(one, cast.team_a, cast.li, on=DAY)
        if many == 1:
            move_grid(district.grid_a, cast.team_b)
        with CaptureQueriesContext(connection) as queries:
            assert found()
        counts.append(len(queries))
    assert counts[0] == counts[1] <= 3


def test_receivers_are_ones_own_and_whoever_answers_now(cast, district, agreement):
    own = Agreement.objects.filter(pk=agreement.pk)
    policy = policy_on(DAY)
    assert [one.user for one in receivers([cast.team_a.pk], own, on=DAY, policy=policy)] == [cast.li]
    move_grid(district.grid_a, cast.team_b)
    assert {one.user for one in receivers([cast.team_a.pk], own, on=DAY, policy=policy)} == {
        cast.li, cast.zhao,
    }  # fmt: skip


# --- handing over -----------------------------------------------------------------------------------------------


def test_the_promise_goes_on_with_another_team(cast, resident, agreement):
    before = (agreement.number, agreement.as_signed, agreement.starts_on, agreement.ends_on)
    hand_over(cast, agreement, note=" 网格调整 ")
    agreement.refresh_from_db()
    assert (agreement.team, agreement.doctor, agreement.state) == (cast.team_b, cast.zhao, S.ACTIVE)
    assert (agreement.number, agreement.as_signed, agreement.starts_on, agreement.ends_on) == before
    enrollment = agreement.enrollments.get()
    assert (enrollment.state, enrollment.ends_on) == (S.ACTIVE, agreement.ends_on)
    resident.refresh_from_db()
    assert resident.managing_team == cast.team_b
    event = agreement.events.get(kind=EventKind.REASSIGNED)
    assert (event.by, event.on) == (cast.li, DAY)
    assert event.note == "李医生团队 → 赵医生团队，赵医生；网格调整"


def test_supplements_go_with_their_agreement(cast, resident, agreement):
    course = supplement_signed(agreement, resident, cast.li, on=DAY - 3 * ONE)
    hand_over(cast, agreement)
    course.refresh_from_db()
    assert (course.team, course.doctor) == (cast.team_b, cast.zhao)
    assert course.events.filter(kind=EventKind.REASSIGNED).count() == 1


def test_a_household_lies_where_it_lives(cast, district, wording):
    home = family(district.grid_a)
    signed = household_signed(home, cast.team_a, cast.li, on=DAY - 10 * ONE)
    son = home.members.get(name="王小明")
    type(son).objects.filter(pk=son.pk).update(grid=district.grid_b)
    assert found() == {}
    move_grid(district.grid_a, cast.team_b)
    assert set(found()) == {signed.pk}
    hand_over(cast, signed)
    assert {one.managing_team for one in home.members.all()} == {cast.team_b}


def test_another_doctor_of_the_same_team(cast, agreement):
    chen = UserFactory(name="陈医生")
    TeamMembershipFactory(team=cast.team_a, user=chen)
    hand_over(cast, agreement, team=cast.team_a, doctor=chen)
    agreement.refresh_from_db()
    assert (agreement.team, agreement.doctor) == (cast.team_a, chen)


def test_who_may_hand_over_and_to_whom(cast, district, agreement):
    for stranger in (cast.zhao, cast.wang, cast.wu, cast.zhou):
        assert refused(cast, agreement, by=stranger).code == "not_own_team"
    assert refused(cast, agreement, team=cast.team_a, doctor=cast.li).code == "nothing_changes"
    assert refused(cast, agreement, doctor=cast.li).code == "doctor_post"
    assert refused(cast, agreement, team=cast.team_a, doctor=cast.wang).code == "doctor_post"
    closed = TeamFactory(institution=cast.institution_b, ends_on=DAY - ONE)
    TeamMembershipFactory(team=closed, user=cast.zhao)
    assert refused(cast, agreement, team=closed).code == "team_not_active"
    hand_over(cast, agreement, by=cast.qian)


def test_who_is_being_transferred_stays(cast, resident, agreement):
    open_transfer(by=cast.zhao, on=DAY, resident=resident, to_team=cast.team_b, reason="已搬家")
    assert refused(cast, agreement).code == "is_moving"


def test_a_doctor_without_a_place_left_takes_nobody_over(cast, agreement, monkeypatch):
    full = replace(policy_on(DAY), max_residents_per_doctor=0)
    monkeypatch.setattr(handover, "policy_on", lambda day: full)
    no = refused(cast, agreement)
    assert (no.code, no.field) == ("panel_full", "doctor")


@pytest.mark.parametrize("state", [S.EXPIRED, S.TERMINATED, S.TRANSFERRED, S.VOID, S.RENEWED])
def test_what_has_ended_is_not_handed_over(cast, agreement, state):
    Agreement.objects.filter(pk=agreement.pk).update(state=state)
    assert refused(cast, agreement).code == "wrong_state"


def test_who_still_waits_for_a_confirmation_comes_into_nobodys_care(cast, resident, wording):
    late = {"signed_on": DAY - 8 * ONE, "starts_on": DAY}
    waiting = sign_agreement(resident, cast.team_a, cast.li, on=DAY, **late)
    hand_over(cast, waiting)
    waiting.refresh_from_db()
    resident.refresh_from_db()
    assert (waiting.state, waiting.team) == (S.PENDING_CONFIRM, cast.team_b)
    assert resident.managing_team is None


def test_a_supplement_is_not_handed_over_alone(cast, resident, agreement):
    course = supplement_signed(agreement, resident, cast.li, on=DAY - 3 * ONE)
    assert refused(cast, course).code == "supplementary"
