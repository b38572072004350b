"""Late entries: who may approve or send them back, and what becomes of them."""

import datetime as dt

import pytest

from contracts.actions import CannotApprove, approve_signing, reject_signing
from contracts.choices import AgreementState, EventKind, SignMode, WaitsFor
from contracts.models import Enrollment
from core.models import PolicySetting
from residents.models import Resident
from teams.choices import Role
from tests.factories.contracts import (
    NOON,
    family,
    household_signed,
    joining,
    sign_agreement,
    supplement_signed,
)
from tests.factories.teams import (
    InstitutionFactory,
    RoleAssignmentFactory,
    TeamMembershipFactory,
    UserFactory,
)

DAY = dt.date(2026, 11, 22)
ONE = dt.timedelta(days=1)
NOW = dt.datetime.combine(DAY, NOON)


@pytest.fixture
def late(cast, resident):
    return sign_agreement(
        resident, cast.team_a, cast.li, on=DAY, signed_on=DAY - 8 * ONE, starts_on=DAY - 8 * ONE
    )


def approve(agreement, by, note="原件齐全"):
    return approve_signing(by=by, on=DAY, now=NOW, agreement=agreement, note=note)


def reject(agreement, by, note="没有原件"):
    return reject_signing(by=by, on=DAY, now=NOW, agreement=agreement, note=note)


def refused(act, *arguments, **named):
    with pytest.raises(CannotApprove) as caught:
        act(*arguments, **named)
    assert caught.value.sentence.endswith("。")
    return caught.value


@pytest.mark.parametrize(
    ("days", "state"),
    [(7, AgreementState.ACTIVE), (8, AgreementState.PENDING_CONFIRM), (90, AgreementState.PENDING_CONFIRM)],
)
def test_from_when_on_it_waits(cast, resident, days, state):
    made = sign_agreement(
        resident, cast.team_a, cast.li, on=DAY, signed_on=DAY - days * ONE, starts_on=DAY - days * ONE
    )
    assert made.state == state


def test_approved_it_is_in_force_and_the_team_looks_after_him(cast, resident, late):
    assert late.waits_for == WaitsFor.APPROVAL
    resident.refresh_from_db()
    assert resident.managing_team is None
    made = approve(late, cast.qian)
    made.refresh_from_db()
    assert (made.state, made.waits_for, made.enrollments.get().state) == ("active", "", "active")
    resident.refresh_from_db()
    assert resident.managing_team == cast.team_a
    event = made.events.get(kind=EventKind.APPROVED)
    assert (event.by, event.note) == (cast.qian, "原件齐全")


def test_sent_back_it_is_void_and_frees_the_person(cast, resident, late):
    made = reject(late, cast.qian)
    made.refresh_from_db()
    assert (made.state, made.waits_for, made.enrollments.get().state) == ("void", "", "void")
    assert made.events.get(kind=EventKind.VOIDED).note == "没有原件"
    assert sign_agreement(resident, cast.team_b, cast.zhao, on=DAY)


def test_sending_back_says_why(cast, late):
    no = refused(reject, late, cast.qian, note="  ")
    assert (no.code, no.field) == ("reason_missing", "note")


def test_not_by_who_entered_or_signed_it(cast, resident):
    above = InstitutionFactory()
    cast.institution_a.parent = above
    cast.institution_a.save(update_fields=["parent"])
    steward = UserFactory(institution=above)
    RoleAssignmentFactory(user=steward, role=Role.INSTITUTION_STEWARD, institution=above, area_code="")
    TeamMembershipFactory(team=cast.team_a, user=steward)
    own = {"signed_on": DAY - 8 * ONE, "starts_on": DAY - 8 * ONE}
    made = sign_agreement(resident, cast.team_a, steward, on=DAY, by=cast.qian, **own)
    for act in (approve, reject):
        for who in (cast.qian, steward):
            assert refused(act, made, who).code == "own_entry"


def test_by_the_steward_of_the_institution_above(cast, resident):
    above = InstitutionFactory()
    cast.institution_a.parent = above
    cast.institution_a.save(update_fields=["parent"])
    steward = UserFactory(institution=above)
    RoleAssignmentFactory(user=steward, role=Role.INSTITUTION_STEWARD, institution=above, area_code="")
    made = sign_agreement(
        resident, cast.team_a, cast.li, on=DAY, by=cast.qian, signed_on=DAY - 8 * ONE, starts_on=DAY - 8 * ONE
    )
    assert approve(made, steward).state == "active"


def test_not_by_another_institution(cast, late):
    for act in (approve, reject):
        assert refused(act, late, cast.wu).code == "not_own_institution"


def test_what_does_not_wait_is_not_approved(cast, resident, late):
    approve(late, cast.qian)
    assert refused(approve, late, cast.qian).code == "wrong_state"
    assert refused(reject, late, cast.qian).code == "wrong_state"


def asks_the_resident():
    PolicySetting.objects.create(
        room="contracts", payload={"resident_confirms": True}, in_force_from=DAY - 100 * ONE, source="试点"
    )


def test_where_residents_confirm_it_goes_on_to_him(cast, resident):
    asks_the_resident()
    made = sign_agreement(
        resident, cast.team_a, cast.li, on=DAY, signed_on=DAY - 8 * ONE, starts_on=DAY - 8 * ONE
    )
    handed = approve(made, cast.qian)
    assert (handed.state, handed.waits_for) == ("pending_confirm", WaitsFor.RESIDENT)
    assert Enrollment.objects.get().state == "pending_confirm"
    assert refused(approve, made, cast.qian).code == "not_waiting"
    resident.refresh_from_db()
    assert resident.managing_team is None


@pytest.mark.parametrize(("mode", "waits"), [(SignMode.ELECTRONIC, "resident"), (SignMode.PAPER, "")])
def test_only_signatures_on_a_screen_are_confirmed(cast, resident, mode, waits):
    asks_the_resident()
    made = sign_agreement(resident, cast.team_a, cast.li, on=DAY, mode=mode)
    assert made.waits_for == waits
    assert made.events.get().kind == (EventKind.SUBMITTED if waits else EventKind.SIGNED)


def test_a_household_comes_into_care_together(cast, district, wording):
    home = family(district.grid_a)
    late = {"signed_on": DAY - 8 * ONE, "starts_on": DAY}
    made = household_signed(home, cast.team_a, cast.li, on=DAY, **late)
    approve(made, cast.qian)
    assert set(Resident.objects.values_list("managing_team", flat=True)) == {cast.team_a.pk}
    assert set(made.enrollments.values_list("state", flat=True)) == {"active"}


def test_a_course_moves_nobody(cast, resident):
    main = sign_agreement(resident, cast.team_a, cast.li, on=DAY - 20 * ONE)
    made = supplement_signed(
        main, resident, cast.li, on=DAY, signed_on=DAY - 8 * ONE, starts_on=DAY - 8 * ONE
    )
    Resident.objects.filter(pk=resident.pk).update(managing_team=None)
    approve(made, cast.qian)
    resident.refresh_from_db()
    assert resident.managing_team is None


def test_who_died_meanwhile_is_not_taken_into_care(cast, district, wording):
    home = family(district.grid_a)
    made = household_signed(home, cast.team_a, cast.li, on=DAY, signed_on=DAY - 8 * ONE, starts_on=DAY)
    gone = made.enrollments.get(position=2)
    Enrollment.objects.filter(pk=gone.pk).update(state="void")
    approve(made, cast.qian)
    assert Resident.objects.filter(managing_team__isnull=True).get() == gone.resident


def test_it_is_joining_that_decides_not_the_household(cast, district, wording):
    home = family(district.grid_a)
    people = list(home.members.order_by("relation", "born_on"))
    made = household_signed(
        home, cast.team_a, cast.li, on=DAY, members=[joining(one, DAY) for one in people[:2]],
        signed_on=DAY - 8 * ONE, starts_on=DAY,
    )  # fmt: skip
    approve(made, cast.qian)
    assert Resident.objects.filter(managing_team__isnull=True).get() == people[2]
