"""A transfer out of a household agreement, with supplements, with a renewal in hand; and the nightly command."""

import datetime as dt
from io import StringIO

import pytest
from django.core.management import call_command

from contracts.actions import (
    agree_to_transfer,
    confirm_mass,
    follow_departures,
    join,
    open_transfer,
    preview_mass,
    settle_transfers,
    terminate,
    void,
)
from contracts.choices import AgreementState as S
from contracts.choices import EventKind, MassKind, TerminationReason
from contracts.models import Transfer
from contracts.queries.mass import Asked
from contracts.queries.transfers import people_to_sign, ways_to
from residents.actions import record_death
from residents.choices import Relation
from tests.factories.contracts import (
    NOON,
    family,
    household_signed,
    joining,
    sign_agreement,
    supplement_signed,
)
from tests.factories.residents import ResidentFactory
from tests.factories.teams import TeamFactory, TeamMembershipFactory

DAY = dt.date(2026, 11, 22)
ONE = dt.timedelta(days=1)
NOW = dt.datetime.combine(DAY, NOON)


def let_go(cast, person, *, on=DAY):
    transfer = open_transfer(by=cast.zhao, on=on, resident=person, to_team=cast.team_b, reason="已搬家")
    return agree_to_transfer(by=cast.li, on=on, now=NOW, transfer=transfer)


def test_one_leaves_a_household_and_the_others_stay(cast, district, wording):
    home = family(district.grid_a)
    agreement = household_signed(home, cast.team_a, cast.li, on=DAY - 100 * ONE)
    wife = home.members.get(name="李秀英")
    let_go(cast, wife)
    made = sign_agreement(wife, cast.team_b, cast.zhao, on=DAY)
    agreement.refresh_from_db()
    assert agreement.state == S.ACTIVE
    left = agreement.enrollments.get(resident=wife)
    assert (left.state, left.ends_on, left.end_reason) == (
        S.TRANSFERRED, DAY - ONE, TerminationReason.CHANGE_TEAM,
    )  # fmt: skip
    assert set(agreement.enrollments.exclude(resident=wife).values_list("state", flat=True)) == {S.ACTIVE}
    event = agreement.events.get(kind=EventKind.LEFT)
    assert (event.reason, event.on) == (TerminationReason.CHANGE_TEAM, DAY - ONE)
    assert made.number in event.note
    assert "李秀英" not in event.note


def test_a_household_whose_members_all_leave_ends(cast, district, wording):
    home = family(district.grid_a, child=False)
    agreement = household_signed(home, cast.team_a, cast.li, on=DAY - 100 * ONE)
    people = list(home.members.order_by("relation"))
    for one in people:
        let_go(cast, one)
    made = household_signed(
        home, cast.team_b, cast.zhao, on=DAY, members=[joining(one, DAY) for one in people]
    )
    agreement.refresh_from_db()
    assert agreement.state == S.TRANSFERRED
    assert set(agreement.enrollments.values_list("state", "ends_on")) == {(S.TRANSFERRED, DAY - ONE)}
    assert set(Transfer.objects.values_list("state", "successor")) == {("done", made.pk)}


def test_a_course_of_treatment_ends_with_its_agreement(cast, resident):
    agreement = sign_agreement(resident, cast.team_a, cast.li, on=DAY - 100 * ONE)
    course = supplement_signed(agreement, resident, cast.li, on=DAY - 3 * ONE)
    let_go(cast, resident)
    sign_agreement(resident, cast.team_b, cast.zhao, on=DAY)
    for one in (agreement, course):
        one.refresh_from_db()
        assert one.state == S.TRANSFERRED
        assert one.enrollments.get().ends_on == DAY - ONE


def test_a_renewal_that_has_not_begun_is_void(cast, resident):
    agreement = sign_agreement(resident, cast.team_a, cast.li, on=DAY - 340 * ONE)
    asked = Asked(ends_until=DAY + 60 * ONE, signed_on=DAY, years=1, is_archived=True)
    operation = preview_mass(
        by=cast.qian, on=DAY, kind=MassKind.RENEW, team=cast.team_a, asked=asked, reason="集中续签"
    )
    confirm_mass(by=cast.qian, on=DAY, now=NOW, operation=operation)
    let_go(cast, resident)
    way = ways_to(cast.team_b, [resident.pk])[resident.pk]
    renewal = agreement.successors.get()
    assert way.agreements == {agreement.pk, renewal.pk}
    sign_agreement(resident, cast.team_b, cast.zhao, on=DAY)
    renewal.refresh_from_db()
    assert (renewal.state, renewal.enrollments.get().state) == (S.VOID, S.VOID)
    assert renewal.events.filter(kind=EventKind.VOIDED).exists()


def test_who_may_be_opened_in_the_signing_form(cast, resident):
    sign_agreement(resident, cast.team_a, cast.li, on=DAY - 100 * ONE)
    assert resident not in people_to_sign(cast.zhao)
    assert resident in people_to_sign(cast.li)
    let_go(cast, resident)
    assert resident in people_to_sign(cast.zhao)
    sign_agreement(resident, cast.team_b, cast.zhao, on=DAY)
    assert ways_to(cast.team_b, [resident.pk]) == {}


@pytest.mark.parametrize(
    ("dry", "said", "state"), [(True, "将处理 1 项", "open"), (False, "已处理 1 项", "accepted")]
)
def test_the_command_does_the_same(cast, resident, dry, said, state):
    sign_agreement(resident, cast.team_a, cast.li, on=DAY - 100 * ONE)
    transfer = open_transfer(by=cast.zhao, on=DAY, resident=resident, to_team=cast.team_b, reason="已搬家")
    out = StringIO()
    day = transfer.object_until + ONE
    call_command("settle_transfers", "--on", day.isoformat(), *(["--dry-run"] if dry else []), stdout=out)
    assert said in out.getvalue()
    transfer.refresh_from_db()
    assert transfer.state == state


def test_what_is_made_void_gives_the_person_back_into_care(cast, resident):
    sign_agreement(resident, cast.team_a, cast.li, on=DAY - 100 * ONE)
    let_go(cast, resident)
    made = sign_agreement(resident, cast.team_b, cast.zhao, on=DAY)
    resident.refresh_from_db()
    assert resident.managing_team == cast.team_b
    void(by=cast.zhao, on=DAY, agreement=made, reason="录错了居民")
    resident.refresh_from_db()
    assert resident.managing_team == cast.team_a


def test_nobody_goes_back_into_an_agreement_that_has_ended_since(cast, district, wording):
    home = family(district.grid_a)
    agreement = household_signed(home, cast.team_a, cast.li, on=DAY - 100 * ONE)
    wife = home.members.get(name="李秀英")
    transfer = let_go(cast, wife)
    made = sign_agreement(wife, cast.team_b, cast.zhao, on=DAY)
    terminate(
        by=cast.li, on=DAY, now=NOW, agreement=agreement, reason=TerminationReason.RESIDENT_REQUEST, last_day=DAY
    )  # fmt: skip
    void(by=cast.zhao, on=DAY, agreement=made, reason="录错了居民")
    agreement.refresh_from_db()
    assert (agreement.state, agreement.enrollments.get(resident=wife).state) == (S.TERMINATED, S.TRANSFERRED)
    assert agreement.events.order_by("pk").last().note.endswith("原签约已结束，不再恢复")
    settle_transfers(on=DAY + ONE)
    transfer.refresh_from_db()
    assert transfer.state == "withdrawn"


def test_nobody_goes_back_who_has_signed_elsewhere_since(cast, resident):
    agreement = sign_agreement(resident, cast.team_a, cast.li, on=DAY - 100 * ONE)
    let_go(cast, resident)
    made = sign_agreement(resident, cast.team_b, cast.zhao, on=DAY)
    reason = TerminationReason.RESIDENT_REQUEST
    terminate(by=cast.zhao, on=DAY, now=NOW, agreement=made, reason=reason, last_day=DAY)
    third = TeamFactory(institution=cast.institution_b)
    TeamMembershipFactory(team=third, user=cast.zhao)
    new = sign_agreement(resident, third, cast.zhao, on=DAY + ONE)
    void(by=cast.zhao, on=DAY + ONE, agreement=made, reason="录错了居民")
    agreement.refresh_from_db()
    assert (agreement.state, agreement.enrollments.get().state) == (S.TRANSFERRED, S.TRANSFERRED)
    assert new.enrollments.get().state == S.ACTIVE


def test_what_ran_for_somebody_is_ended_not_void(cast, district, wording):
    home = family(district.grid_a, child=False)
    agreement = household_signed(home, cast.team_a, cast.li, on=DAY - 100 * ONE)
    parents = list(home.members.order_by("relation"))
    baby = ResidentFactory(household=home, grid=home.grid, relation=Relation.SON, born_on=DAY - 10 * ONE)
    begins = DAY + 5 * ONE
    join(by=cast.li, on=DAY, now=NOW, agreement=agreement, member=joining(baby, DAY), starts_on=begins)
    for one in parents:
        let_go(cast, one)
        sign_agreement(one, cast.team_b, cast.zhao, on=DAY)
    record_death(resident=baby, since=DAY, by=cast.li, on=DAY)
    follow_departures(on=DAY)
    agreement.refresh_from_db()
    assert (agreement.state, agreement.enrollments.get(resident=baby).state) == (S.TERMINATED, S.VOID)
