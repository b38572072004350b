"""What the form of a household agreement starts from."""

import datetime as dt

import pytest

from contracts.choices import SignerParty
from contracts.policy import ContractsPolicy
from contracts.queries.households import household_sheet
from residents.actions import record_death
from residents.choices import Population, Relation
from residents.models import Guardian, Resident
from tests.factories.contracts import family, household_signed, sign_agreement
from tests.factories.residents import PopulationFlagFactory, ResidentFactory

DAY = dt.date(2026, 11, 22)
ONE = dt.timedelta(days=1)


@pytest.fixture
def home(cast, district, wording):
    return family(district.grid_a)


def sheet(home, user, *teams, on=DAY, policy=None, sees_restricted=True):
    return household_sheet(
        user,
        home,
        [one.pk for one in teams],
        on=on,
        policy=policy or ContractsPolicy(),
        minor_age=18,
        sees_restricted=sees_restricted,
    )


def test_everybody_with_what_the_form_needs(cast, home):
    child = home.members.get(name="王小明")
    PopulationFlagFactory(resident=child, kind=Population.CHILD_0_6)
    found = sheet(home, cast.li, cast.team_a)
    assert [(one.resident.name, one.age, one.party, one.is_head) for one in found.members] == [
        ("王建国", 41, SignerParty.RESIDENT, True),
        ("李秀英", 41, SignerParty.RESIDENT, False),
        ("王小明", 6, SignerParty.GUARDIAN, False),
    ]
    assert [one.objection for one in found.members] == [None] * 3
    assert found.members[2].populations == [Population.CHILD_0_6]
    codes = {one.pk: one.code for one in found.packages}
    assert {codes[pk] for pk in found.members[2].packages} >= {"basic", "child"}
    assert "child" not in {codes[pk] for pk in found.members[0].packages}
    assert {codes[pk] for pk in found.preselected} == {"basic", "child"}
    assert (found.starts_on, found.years, found.renews, found.objection) == (DAY, 1, None, None)
    assert found.representative == found.members[0].resident.pk
    assert found.responsible == cast.team_a
    assert found.template.kind == "household"


def test_the_family_menu_comes_with_what_can_be_chosen(cast, home):
    found = sheet(home, cast.li, cast.team_a)
    menu = next(one for one in found.packages if one.code == "family_menu")
    assert len(found.menu[menu.pk]) > 3
    assert all(not one.is_required for one in found.menu[menu.pk])
    assert all(menu.pk not in one.packages for one in found.members)


def test_a_parent_is_proposed_as_guardian_unless_one_is_registered(cast, home):
    child = home.members.get(name="王小明")
    found = sheet(home, cast.li, cast.team_a)
    assert found.members[2].guardian[:2] == ("王建国", "父亲")
    Guardian.objects.create(
        resident=child, name="李秀英", relation="母亲", phone="13911112222", starts_on=DAY - ONE
    )
    assert sheet(home, cast.li, cast.team_a).members[2].guardian == ("李秀英", "母亲", "13911112222")


def test_a_grandchild_gets_no_proposal(cast, home):
    Resident.objects.filter(name="王小明").update(relation=Relation.GRANDCHILD)
    assert sheet(home, cast.li, cast.team_a).members[2].guardian == ("", "", "")


def test_who_cannot_be_signed_is_shown_with_the_reason(cast, home, district):
    man, wife, child = home.members.order_by("relation", "born_on")
    sign_agreement(wife, cast.team_b, cast.zhao, on=DAY)
    gone = ResidentFactory(
        name="王老人",
        household=home,
        grid=district.grid_a,
        relation=Relation.FATHER,
        born_on=dt.date(1950, 1, 1),
    )
    record_death(resident=gone, since=DAY, by=cast.li, on=DAY)
    found = sheet(home, cast.li, cast.team_a)
    reasons = {one.resident.name: one.objection.code if one.objection else None for one in found.members}
    assert reasons == {"王建国": None, "李秀英": "overlap", "王小明": None, "王老人": "resident_deceased"}
    assert found.members[-1].resident == gone
    assert found.members[1].promise.team == "赵医生团队"
    assert [one.resident for one in found.free] == [man, child]
    assert found.objection is None


def test_who_represents_when_the_head_cannot(cast, home):
    man, wife, _ = home.members.order_by("relation", "born_on")
    sign_agreement(man, cast.team_b, cast.zhao, on=DAY)
    assert sheet(home, cast.li, cast.team_a).representative == wife.pk


@pytest.mark.parametrize(
    ("change", "code"),
    [
        ({"relation": Relation.NON_RELATIVE}, "head_missing"),
        ({}, None),
    ],
)
def test_why_the_household_cannot_sign_at_all(cast, home, change, code):
    if change:
        home.members.filter(relation=Relation.HEAD).update(**change)
    objection = sheet(home, cast.li, cast.team_a).objection
    assert (objection.code if objection else None) == code


def test_too_few_are_left(cast, home):
    for one in home.members.exclude(name="李秀英"):
        if one.name == "王建国":
            sign_agreement(one, cast.team_b, cast.zhao, on=DAY)
    Resident.objects.filter(name="王小明").delete()
    assert sheet(home, cast.li, cast.team_a).objection.code == "too_few_members"
    single = ContractsPolicy(family_min_members=1)
    assert sheet(home, cast.li, cast.team_a, policy=single).objection is None


def test_nobody_may_sign_for_no_team(cast, home):
    assert sheet(home, cast.wang).objection.code == "no_doctor"


def test_early_renewal_is_proposed_for_the_day_after(cast, home):
    first = household_signed(home, cast.team_a, cast.li, on=DAY)
    early = first.ends_on - 60 * ONE
    found = sheet(home, cast.li, cast.team_a, on=early)
    assert (found.starts_on, found.renews.agreement_id, found.years) == (first.ends_on + ONE, first.pk, 3)
    assert [one.objection for one in found.members] == [None] * 3
    too_early = sheet(home, cast.li, cast.team_a, on=early - ONE)
    assert too_early.starts_on == early - ONE
    assert {one.objection.code for one in too_early.members} == {"overlap"}
    assert too_early.objection.code == "too_few_members"


def test_a_restricted_diagnosis_is_not_told(cast, home):
    PopulationFlagFactory(resident=home.members.get(name="李秀英"), kind=Population.SMI)
    found = sheet(home, cast.qian, cast.team_a, sees_restricted=False)
    assert "severe_mental" not in {one.code for one in found.packages}
    assert all(Population.SMI not in one.populations for one in found.members)


def test_the_sheet_costs_the_same_for_many(cast, home, django_assert_max_num_queries):
    ResidentFactory.create_batch(8, household=home, grid=home.grid, relation=Relation.OTHER_RELATIVE)
    with django_assert_max_num_queries(17):
        found = sheet(home, cast.li, cast.team_a)
        assert [one.resident.masked_phone for one in found.members]
    assert len(found.members) == 11
