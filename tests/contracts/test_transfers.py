"""Transfers between teams: asked for, answered, decided, signed; and what becomes of the old agreement."""

import datetime as dt
from io import StringIO

import pytest
from django.core.management import call_command

from contracts.actions import (
    CannotSign,
    CannotTransfer,
    agree_to_transfer,
    decide_transfer,
    object_to_transfer,
    open_transfer,
    settle_transfers,
    terminate,
    withdraw_transfer,
)
from contracts.actions.giving_way import take_back
from contracts.choices import AgreementState as S
from contracts.choices import EventKind, RequestState, TerminationReason
from contracts.models import Agreement, AgreementEvent, Enrollment, Transfer
from tests.factories.contracts import NOON, sign_agreement
from tests.factories.residents import ResidentFactory
from tests.factories.teams import TeamFactory, TeamMembershipFactory, UserFactory

DAY = dt.date(2026, 11, 22)
ONE = dt.timedelta(days=1)
NOW = dt.datetime.combine(DAY, NOON)


@pytest.fixture
def agreement(cast, resident):
    return sign_agreement(resident, cast.team_a, cast.li, on=DAY - 100 * ONE)


def ask(cast, resident, *, by=None, on=DAY, to_team=None, reason="已搬到菊花顶居住"):
    return open_transfer(
        by=by or cast.zhao, on=on, resident=resident, to_team=to_team or cast.team_b, reason=reason
    )


def refused(act, **arguments):
    with pytest.raises(CannotTransfer) as caught:
        act(**arguments)
    return caught.value


@pytest.fixture
def transfer(cast, resident, agreement):
    return ask(cast, resident)


def step(action, transfer, by, *, on=DAY, **more):
    return action(by=by, on=on, now=dt.datetime.combine(on, NOON), transfer=transfer, **more)


def state_of(transfer):
    transfer.refresh_from_db()
    return transfer.state


# --- asking -----------------------------------------------------------------------------------------------------


def test_asking_changes_nothing_of_the_agreement(cast, resident, agreement, transfer):
    agreement.refresh_from_db()
    assert (agreement.state, agreement.enrollments.get().state) == (S.ACTIVE, S.ACTIVE)
    assert (transfer.from_team, transfer.to_team, transfer.state) == (cast.team_a, cast.team_b, "open")
    assert transfer.object_until == DAY + 5 * ONE
    event = agreement.events.get(kind=EventKind.TRANSFERRED)
    assert "提出转签到赵医生团队" in event.note
    assert "王建国" not in event.note


def test_who_is_not_signed_is_not_transferred(cast, district, wording):
    person = ResidentFactory(grid=district.grid_a)
    assert refused(ask, cast=cast, resident=person).code == "not_signed"


def test_what_stands_in_the_way_of_asking(cast, resident, agreement):
    assert refused(ask, cast=cast, resident=resident, by=cast.li, to_team=cast.team_a).code == "own_team"
    assert refused(ask, cast=cast, resident=resident, by=cast.li).code == "not_own_team"
    assert refused(ask, cast=cast, resident=resident, reason=" ").field == "reason"
    ask(cast, resident)
    no = refused(ask, cast=cast, resident=resident)
    assert (no.code, no.field) == ("one_transfer_at_a_time", "number")


def test_a_team_without_a_doctor_cannot_ask(cast, resident, agreement):
    nurse = UserFactory()
    cast.team_b.memberships.update(profession="nurse")
    TeamMembershipFactory(team=cast.team_b, user=nurse, profession="nurse")
    assert refused(ask, cast=cast, resident=resident, by=nurse).code == "no_doctor"


def test_a_terminated_agreement_that_still_runs_needs_no_transfer(cast, resident, agreement):
    terminate(
        by=cast.li, on=DAY, now=NOW, agreement=agreement, reason=TerminationReason.RESIDENT_REQUEST,
        last_day=DAY + 9 * ONE,
    )  # fmt: skip
    assert refused(ask, cast=cast, resident=resident).code == "not_signed"


# --- answering --------------------------------------------------------------------------------------------------


def test_the_old_team_may_agree_at_once(cast, transfer):
    for stranger in (cast.zhao, cast.wang, cast.wu, cast.zhou):
        assert refused(step, action=agree_to_transfer, transfer=transfer, by=stranger).code == "not_own_team"
    step(agree_to_transfer, transfer, cast.qian)
    assert (state_of(transfer), transfer.decided_by, transfer.decided_at) == ("accepted", cast.qian, NOW)
    assert refused(step, action=agree_to_transfer, transfer=transfer, by=cast.li).code == "wrong_state"


def test_the_last_day_to_object_is_still_in_time(cast, transfer):
    last = transfer.object_until
    late = refused(
        step, action=object_to_transfer, transfer=transfer, by=cast.li, on=last + ONE, reason="居民不愿转"
    )
    assert (late.code, late.field) == ("objection_late", "reason")
    step(object_to_transfer, transfer, cast.li, on=last, reason=" 居民不愿转 ")
    assert state_of(transfer) == "open"
    assert (transfer.objection, transfer.objected_by) == ("居民不愿转", cast.li)
    again = refused(step, action=object_to_transfer, transfer=transfer, by=cast.li, reason="还是不愿")
    assert again.code == "objected_already"


def test_an_objection_says_why_and_comes_from_the_old_team(cast, transfer):
    no = refused(step, action=object_to_transfer, transfer=transfer, by=cast.li, reason=" ")
    assert (no.code, no.field) == ("reason_missing", "reason")
    no = refused(step, action=object_to_transfer, transfer=transfer, by=cast.zhao, reason="不愿")
    assert no.code == "not_own_team"


@pytest.mark.parametrize(("is_upheld", "state"), [(True, "refused"), (False, "accepted")])
def test_the_bureau_decides_on_an_objection(cast, transfer, is_upheld, state):
    early = refused(
        step, action=decide_transfer, transfer=transfer, by=cast.zhou, is_upheld=is_upheld, decision="已核实"
    )
    assert early.code == "not_objected"
    step(object_to_transfer, transfer, cast.li, reason="居民不愿转")
    silent = refused(
        step, action=decide_transfer, transfer=transfer, by=cast.zhou, is_upheld=is_upheld, decision=" "
    )
    assert (silent.code, silent.field) == ("decision_missing", "decision")
    step(decide_transfer, transfer, cast.zhou, is_upheld=is_upheld, decision="已电话核实")
    assert (state_of(transfer), transfer.decision, transfer.decided_by) == (state, "已电话核实", cast.zhou)
    assert transfer.objected_by == cast.li


def test_the_new_team_withdraws(cast, resident, transfer):
    assert refused(step, action=withdraw_transfer, transfer=transfer, by=cast.li).code == "not_own_team"
    step(withdraw_transfer, transfer, cast.zhao)
    assert state_of(transfer) == "withdrawn"
    assert ask(cast, resident).pk != transfer.pk


# --- silence ----------------------------------------------------------------------------------------------------


def test_silence_is_consent_when_the_last_day_is_over(cast, transfer):
    assert settle_transfers(on=transfer.object_until) == 0
    assert settle_transfers(on=transfer.object_until + ONE, dry_run=True) == 1
    assert state_of(transfer) == "open"
    assert settle_transfers(on=transfer.object_until + ONE) == 1
    assert (state_of(transfer), transfer.decided_by) == ("accepted", None)
    assert settle_transfers(on=transfer.object_until + 9 * ONE) == 0
    assert AgreementEvent.objects.filter(note__contains="视为同意").count() == 1


def test_an_objection_is_not_silence(cast, transfer):
    step(object_to_transfer, transfer, cast.li, reason="居民不愿转")
    assert settle_transfers(on=transfer.object_until + 30 * ONE) == 0
    assert state_of(transfer) == "open"


def test_what_has_ended_is_not_transferred_any_more(cast, agreement, transfer):
    terminate(
        by=cast.li, on=DAY, now=NOW, agreement=agreement, reason=TerminationReason.RESIDENT_REQUEST, last_day=DAY
    )  # fmt: skip
    settle_transfers(on=DAY)
    assert (state_of(transfer), transfer.decision) == ("withdrawn", "原签约已结束，不必再转签")


def test_the_night_settles_them(cast, transfer):
    Transfer.objects.update(object_until=DAY - ONE)
    call_command("nightly", "--on", str(DAY), "--only", "settle-transfers", stdout=StringIO())
    assert state_of(transfer) == "accepted"


# --- giving way -------------------------------------------------------------------------------------------------


@pytest.fixture
def accepted(cast, transfer):
    return step(agree_to_transfer, transfer, cast.li)


def test_without_an_accepted_transfer_the_new_team_cannot_sign(cast, resident, transfer):
    with pytest.raises(CannotSign) as caught:
        sign_agreement(resident, cast.team_b, cast.zhao, on=DAY)
    assert caught.value.code == "overlap"


def test_the_old_enrolment_ends_the_day_before_the_new_one_starts(cast, resident, agreement, accepted):
    made = sign_agreement(resident, cast.team_b, cast.zhao, on=DAY)
    old = agreement.enrollments.get()
    agreement.refresh_from_db()
    assert (agreement.state, old.state, old.ends_on) == (S.TRANSFERRED, S.TRANSFERRED, DAY - ONE)
    assert old.end_reason == TerminationReason.CHANGE_TEAM
    assert agreement.ends_on == dt.date(2027, 8, 13)  # as printed
    assert (state_of(accepted), accepted.successor) == ("done", made)
    assert Enrollment.objects.in_force_on(DAY).get(resident=resident).agreement == made
    assert Enrollment.objects.in_force_on(DAY - ONE).get(resident=resident).agreement == agreement
    event = agreement.events.filter(kind=EventKind.TRANSFERRED).latest("pk")
    assert (event.on, event.by, event.reason) == (DAY - ONE, cast.zhao, TerminationReason.CHANGE_TEAM)
    assert made.number in event.note
    resident.refresh_from_db()
    assert resident.managing_team == cast.team_b


def test_the_new_agreement_may_begin_later(cast, resident, agreement, accepted):
    begins = DAY + 10 * ONE
    made = sign_agreement(resident, cast.team_b, cast.zhao, on=DAY, starts_on=begins)
    assert agreement.enrollments.get().ends_on == begins - ONE
    assert Enrollment.objects.in_force_on(begins - ONE).get(resident=resident).agreement == agreement
    assert Enrollment.objects.in_force_on(begins).get(resident=resident).agreement == made


def test_another_team_does_not_profit_from_it(cast, resident, accepted):
    third = TeamFactory(institution=cast.institution_b)
    TeamMembershipFactory(team=third, user=cast.zhao)
    with pytest.raises(CannotSign) as caught:
        sign_agreement(resident, third, cast.zhao, on=DAY)
    assert caught.value.code == "overlap"


def test_the_old_enrolment_keeps_a_day(cast, resident, wording):
    agreement = sign_agreement(resident, cast.team_a, cast.li, on=DAY)
    step(agree_to_transfer, ask(cast, resident), cast.li)
    with pytest.raises(CannotSign) as caught:
        sign_agreement(resident, cast.team_b, cast.zhao, on=DAY)
    assert (caught.value.code, caught.value.field) == ("starts_before_old", "starts_on")
    sign_agreement(resident, cast.team_b, cast.zhao, on=DAY, starts_on=DAY + ONE)
    assert agreement.enrollments.get().ends_on == DAY


def test_what_never_came_into_force_gives_the_person_back(cast, resident, agreement, accepted):
    made = sign_agreement(resident, cast.team_b, cast.zhao, on=DAY)
    Agreement.objects.filter(pk=made.pk).update(state=S.VOID)
    made.enrollments.update(state=S.VOID)
    assert take_back(by=cast.zhao, on=DAY, successor=made) == 1
    agreement.refresh_from_db()
    old = agreement.enrollments.get()
    assert (agreement.state, old.state, old.ends_on, old.end_reason) == (
        S.ACTIVE, S.ACTIVE, agreement.ends_on, "",
    )  # fmt: skip
    assert (state_of(accepted), accepted.successor) == (RequestState.ACCEPTED, None)
    assert take_back(by=cast.zhao, on=DAY, successor=made) == 0
    sign_agreement(resident, cast.team_b, cast.zhao, on=DAY)
