"""Signing somebody whose transfer to the own team was accepted, alone or with his household; and its form."""

import datetime as dt

import pytest

from contracts.actions import (
    CannotSign,
    agree_to_transfer,
    open_transfer,
    record_refusal,
    reject_signing,
)
from contracts.choices import AgreementState as S
from contracts.choices import RefusalReason
from contracts.models import Enrollment, Refusal
from contracts.policy import ContractsPolicy
from contracts.queries.households import household_sheet
from contracts.queries.signing import sign_sheet
from residents.models import Resident
from tests.factories.contracts import NOON, family, household_signed, joining, sign_agreement

DAY = dt.date(2026, 11, 22)
ONE = dt.timedelta(days=1)
NOW = dt.datetime.combine(DAY, NOON)


def moved(cast, person, *, since=DAY - 100 * ONE):
    """Signed with team B, and let go to team A."""
    old = sign_agreement(person, cast.team_b, cast.zhao, on=since)
    asked = open_transfer(by=cast.li, on=DAY, resident=person, to_team=cast.team_a, reason="已搬回")
    agree_to_transfer(by=cast.zhao, on=DAY, now=NOW, transfer=asked)
    return old


@pytest.fixture
def home(cast, district, wording):
    return family(district.grid_a)


def test_a_member_comes_over_with_his_household(cast, home):
    wife = home.members.get(name="李秀英")
    old = moved(cast, wife)
    made = household_signed(home, cast.team_a, cast.li, on=DAY)
    assert made.enrollments.filter(resident=wife, state=S.ACTIVE).exists()
    old.refresh_from_db()
    left = old.enrollments.get()
    assert (old.state, left.state, left.ends_on) == (S.TRANSFERRED, S.TRANSFERRED, DAY - ONE)


def test_who_has_only_just_begun_elsewhere_waits_a_day(cast, home):
    wife = home.members.get(name="李秀英")
    moved(cast, wife, since=DAY)
    with pytest.raises(CannotSign) as caught:
        household_signed(home, cast.team_a, cast.li, on=DAY)
    assert (caught.value.code, caught.value.field) == ("starts_before_old", f"m{wife.pk}-joins")
    others = [joining(one, DAY) for one in home.members.exclude(pk=wife.pk).order_by("relation")]
    made = household_signed(home, cast.team_a, cast.li, on=DAY, members=others)
    assert made.events.get().note == "本户另有1人未参加：李*英（转签的新协议要晚些生效）"


def test_a_rejected_late_entry_gives_him_back(cast, home):
    wife = home.members.get(name="李秀英")
    old = moved(cast, wife)
    made = household_signed(home, cast.team_a, cast.li, on=DAY, signed_on=DAY - 8 * ONE, starts_on=DAY)
    reject_signing(by=cast.qian, on=DAY, now=NOW, agreement=made, note="没有原件")
    old.refresh_from_db()
    assert (old.state, old.enrollments.get().state) == (S.ACTIVE, S.ACTIVE)
    assert set(made.enrollments.values_list("state", flat=True)) == {S.VOID}


def test_the_forms_know_that_he_may_be_signed(cast, home):
    wife = home.members.get(name="李秀英")
    moved(cast, wife)
    policy = ContractsPolicy()
    common = {"on": DAY, "policy": policy, "minor_age": 18, "sees_restricted": True}
    house = household_sheet(cast.li, home, [cast.team_a.pk], **common)
    assert [one.objection for one in house.members] == [None] * 3
    person = Resident.objects.for_lists().get(pk=wife.pk)
    assert sign_sheet(cast.li, person, [cast.team_a.pk], **common).objection is None
    assert sign_sheet(cast.zhao, person, [cast.team_b.pk], **common).objection.code == "overlap"


def test_who_had_refused_has_signed_after_all(cast, home):
    man = home.members.get(name="王建国")
    before = DAY - 9 * ONE
    record_refusal(
        by=cast.li, on=before, resident=man, team=cast.team_a, reason=RefusalReason.NOT_NEEDED, refused_on=before,
        ask_again_on=before + 180 * ONE,
    )  # fmt: skip
    made = household_signed(home, cast.team_a, cast.li, on=DAY)
    assert Refusal.objects.get().converted_by == made
    assert Enrollment.objects.count() == 3
