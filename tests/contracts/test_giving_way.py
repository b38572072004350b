"""A transfer out of a household agreement, with supplements, with a renewal in hand; and the nightly command."""

import datetime as dt
from io import StringIO

import pytest
from django.core.management import call_command

from contracts.actions import agree_to_transfer, confirm_mass, open_transfer, preview_mass
from contracts.choices import AgreementState as S
from contracts.choices import EventKind, MassKind, TerminationReason
from contracts.models import Transfer
from contracts.queries.mass import Asked
from contracts.queries.transfers import people_to_sign, ways_to
from tests.factories.contracts import (
    NOON,
    family,
    household_signed,
    joining,
    sign_agreement,
    supplement_signed,
)

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
