"""Whose packages they are, person by person."""

import datetime as dt

import pytest

from contracts.actions import write_promises
from contracts.models import Agreement, EnrolledPackage, PackageItem
from residents.choices import Population, Relation, RiskColor, RiskKind
from residents.models import RiskScheme, RiskTier
from tests.factories.contracts import (
    draft_package,
    family,
    household_signed,
    offered_course,
    package,
    sign_agreement,
)
from tests.factories.residents import PopulationFlagFactory, ResidentFactory

DAY = dt.date(2026, 11, 22)


@pytest.fixture
def home(cast, district, wording):
    found = family(district.grid_a)
    mother = ResidentFactory(
        name="赵桂兰",
        born_on=dt.date(1950, 1, 1),
        relation=Relation.MOTHER,
        household=found,
        grid=district.grid_a,
    )
    PopulationFlagFactory(resident=mother, kind=Population.ELDERLY_65)
    child = found.members.get(name="王小明")
    PopulationFlagFactory(resident=child, kind=Population.CHILD_0_6)
    return found


def owners(code):
    rows = EnrolledPackage.objects.filter(package__code=code).order_by("enrollment__position")
    return [one.enrollment.resident.name for one in rows.select_related("enrollment__resident")]


def test_each_gets_what_is_his(cast, home):
    menu = package("family_menu")
    household_signed(
        home, cast.team_a, cast.li, on=DAY,
        packages=[package(), package("elderly"), package("child"), menu],
        chosen=[PackageItem.objects.filter(package=menu).first()],
    )  # fmt: skip
    assert owners("basic") == ["王建国", "李秀英", "王小明", "赵桂兰"] or len(owners("basic")) == 4
    assert owners("elderly") == ["赵桂兰"]
    assert owners("child") == ["王小明"]
    assert owners("family_menu") == []


def test_a_key_package_that_names_nobody_is_everybodys(cast, home):
    from contracts.actions import publish_package

    mine = publish_package(package=draft_package(by=cast.zhou), valid_from=DAY, by=cast.zhou, on=DAY)
    household_signed(home, cast.team_a, cast.li, on=DAY, packages=[package(), mine])
    assert len(owners("own")) == 4


def test_a_package_of_a_color_is_for_that_color(cast, home, district):
    from contracts.actions import publish_package

    kinds = {"populations": [Population.ELDERLY_65], "elder_colors": [RiskColor.RED]}
    mine = publish_package(package=draft_package(by=cast.zhou, **kinds), valid_from=DAY, by=cast.zhou, on=DAY)
    father = ResidentFactory(
        name="王德福",
        born_on=dt.date(1948, 1, 1),
        relation=Relation.FATHER,
        household=home,
        grid=district.grid_a,
    )
    PopulationFlagFactory(resident=father, kind=Population.ELDERLY_65)
    scheme = RiskScheme.objects.filter(kind=RiskKind.ELDER).first() or RiskScheme.objects.create(
        kind=RiskKind.ELDER, version=1, in_force_from=DAY, source="S3-13", table={}
    )
    for person, color in ((father, RiskColor.RED), (home.members.get(name="赵桂兰"), RiskColor.GREEN)):
        RiskTier.objects.create(
            resident=person, kind=RiskKind.ELDER, scheme=scheme, color=color, explained="评估", starts_on=DAY
        )
    household_signed(home, cast.team_a, cast.li, on=DAY, packages=[package(), mine])
    assert owners("own") == ["王德福"]


def test_one_person_alone_gets_everything_he_signed(cast, resident):
    PopulationFlagFactory(resident=resident, kind=Population.ELDERLY_65)
    sign_agreement(resident, cast.team_a, cast.li, on=DAY, packages=[package(), package("elderly")])
    assert owners("basic") == owners("elderly") == ["王建国"]


def test_running_it_again_adds_only_what_is_new(cast, home):
    made = household_signed(home, cast.team_a, cast.li, on=DAY, packages=[package(), package("elderly")])
    assert write_promises([made.pk]) == 0
    PopulationFlagFactory(resident=home.members.get(name="王建国"), kind=Population.ELDERLY_65)
    assert write_promises([made.pk]) == 1
    assert set(owners("elderly")) == {"王建国", "赵桂兰"}


def test_who_left_is_promised_nothing_more(cast, home):
    made = household_signed(home, cast.team_a, cast.li, on=DAY)
    made.enrollments.filter(position=1).update(state="terminated")
    EnrolledPackage.objects.all().delete()
    assert write_promises([made.pk]) == 3


def test_many_agreements_cost_one_statement(cast, district, wording, django_assert_num_queries):
    people = ResidentFactory.create_batch(4, grid=district.grid_a)
    made = [sign_agreement(one, cast.team_a, cast.li, on=DAY) for one in people]
    EnrolledPackage.objects.all().delete()
    with django_assert_num_queries(1):
        assert write_promises([one.pk for one in made]) == 4
    with django_assert_num_queries(0):
        assert write_promises([]) == 0


def test_a_course_is_promised_as_well(cast, resident):
    from tests.factories.contracts import supplement_signed

    main = sign_agreement(resident, cast.team_a, cast.li, on=DAY)
    offered_course(by=cast.zhou, on=DAY)
    supplement_signed(main, resident, cast.li, on=DAY)
    assert owners("course_tcm_pain") == ["王建国"]
    assert Agreement.objects.count() == 2
