import datetime as dt

import pytest

from residents import actions
from residents.choices import Evidence, IdKind, LifeStatus, Population, Relation, Sex
from residents.models import Household, PopulationFlag, Resident
from residents.queries import (
    household_lines,
    household_page_rows,
    person_sheet,
    place_of,
    resident_lines,
    responsible_teams,
    search,
)
from tests.factories.grids import GridFactory, GridResponsibilityFactory, MicroGridFactory
from tests.factories.residents import PopulationFlagFactory, ResidentFactory, id_number
from tests.residents.conftest import POLICY, TODAY


@pytest.fixture
def people(cast, district, person):
    grid = district.grid_a
    number = id_number(dt.date(1970, 1, 1), 17)
    return {
        "王建国": person,
        "单雄信": ResidentFactory(name="单雄信", grid=grid, phone="13700005678", id_number=number),
        "李建国": ResidentFactory(name="李建国", grid=grid, phone="13700000001"),
        "欧阳娜娜": ResidentFactory(name="欧阳娜娜", grid=grid, phone="0631-5231234"),
        "阿依古丽·买买提": ResidentFactory(name="阿依古丽·买买提", grid=grid, phone=""),
    }


def names(user, text) -> set[str]:
    return {one.name for one in search(user, text)}


class TestSearch:
    def test_by_name_anywhere_from_two_characters_on(self, cast, people):
        assert names(cast.li, "建国") == {"王建国", "李建国"}
        assert names(cast.li, "李建国") == {"李建国"}
        assert names(cast.li, "阳娜") == {"欧阳娜娜"}
        assert names(cast.li, "阿依古丽•买买提") == {"阿依古丽·买买提"}
        assert names(cast.li, "国建") == set()

    def test_pairs_of_characters_must_stand_together(self, cast, people, district):
        ResidentFactory(name="张建国建", grid=district.grid_a)
        assert names(cast.li, "国建国") == set()  # all its pairs are there, the run of three is not

    def test_one_character_is_a_surname(self, cast, people):
        assert names(cast.li, "王") == {"王建国"}
        assert names(cast.li, "国") == set()

    def test_by_initials_with_the_reading_of_surnames(self, cast, people):
        assert names(cast.li, "sxx") == {"单雄信"}
        assert names(cast.li, "WJ") == {"王建国"}
        assert names(cast.li, "jg") == set()

    def test_by_whole_number_in_any_case(self, cast, people):
        number = people["王建国"].id_number
        assert names(cast.li, number.lower()) == {"王建国"}
        assert names(cast.li, " ".join(number)) == {"王建国"}

    def test_by_the_15_digits_of_old(self, cast, people):
        number = people["王建国"].id_number
        assert names(cast.li, number[:6] + number[8:17]) == {"王建国"}

    def test_by_a_former_number(self, cast, people):
        former = people["王建国"].id_number
        actions.correct_number(
            resident=people["王建国"], id_kind=IdKind.ID_CARD, id_number=id_number(dt.date(1950, 1, 2), 9),
            reason="填错", policy=POLICY, by=cast.li, on=TODAY,
        )  # fmt: skip
        assert names(cast.li, former) == {"王建国"}

    def test_four_digits_are_the_end_of_a_number_or_of_a_phone(self, cast, people):
        assert "单雄信" in names(cast.li, "5678")
        assert names(cast.li, "5678") == {"单雄信", "王建国"}  # both phones end so
        tail = people["李建国"].id_number[-4:]
        assert "李建国" in names(cast.li, tail.lower())
        assert names(cast.li, "1234") == {"欧阳娜娜"}

    @pytest.mark.parametrize("length", [5, 6])
    def test_five_and_six_characters_are_compared_in_full(self, cast, people, district, length):
        number = people["单雄信"].id_number
        other = ResidentFactory(name="同尾号", grid=district.grid_a, id_number="37109919550109" + number[-4:])
        assert other.id_number[-5:] != number[-5:]
        assert names(cast.li, number[-4:]) == {"单雄信", "同尾号"}
        assert names(cast.li, number[-length:]) == {"单雄信"}
        assert names(cast.li, "13700005678"[-length:]) == {"单雄信"}

    def test_by_phone_and_by_household(self, cast, people):
        assert names(cast.li, "139 1234 5678") == {"王建国"}
        assert names(cast.li, "06315231234") == {"欧阳娜娜"}
        assert names(cast.li, people["王建国"].household.number.lower()) == {"王建国"}

    def test_what_cannot_be_understood_finds_nobody(self, cast, people):
        for text in ("123", "%", "%%", "__", "1=1", "' OR 1=1 --"):
            assert names(cast.li, text) == set(), text

    def test_wildcards_are_letters_like_others(self, cast, people, district):
        assert names(cast.li, "王%国") == set()
        ResidentFactory(name="王_国", grid=district.grid_a)
        assert names(cast.li, "王_国") == {"王_国"}

    def test_every_way_ends_at_the_scope(self, cast, people):
        person = people["王建国"]
        typed = [
            "王建国", "王", "wjg", person.id_number, person.id_number[-4:], person.id_number[-6:], person.phone,
            person.phone[-4:], person.household.number, "",
        ]  # fmt: skip
        for text in typed:
            assert person in search(cast.li, text)
            assert person in search(cast.zhou, text)
            assert not search(cast.zhao, text).exists()

    def test_the_team_that_manages_somebody_finds_him_outside_its_grids(self, cast, people):
        Resident.objects.filter(pk=people["王建国"].pk).update(managing_team=cast.team_b)
        assert names(cast.zhao, "建国") == {"王建国"}

    @pytest.mark.parametrize(
        ("text", "most"), [("建国", 4), ("5678", 4), ("345678", 5), ("王", 4), ("wjg", 4), ("13912345678", 4)]
    )
    def test_queries_are_bounded(self, cast, people, django_assert_max_num_queries, text, most):
        cast.li.__dict__.pop("_standing", None)
        with django_assert_max_num_queries(most):
            list(search(cast.li, text).for_lists())


class TestLines:
    def test_masked_and_without_restricted_kinds(self, cast, district, person):
        for kind in (Population.SMI, Population.HIV, Population.HYPERTENSION, Population.ELDERLY_65):
            PopulationFlagFactory(resident=person, kind=kind)
        (line,) = resident_lines(Resident.objects.for_lists(), on=TODAY)
        assert (line.name, line.phone, line.age, line.sex) == ("王*国", "139****5678", 76, "男")
        assert line.tags == ("65岁及以上老年人", "高血压患者")
        assert person.id_number not in repr(line)
        assert "建" not in line.name

    def test_ended_flags_are_not_shown(self, district, person):
        PopulationFlagFactory(resident=person, ends_on=TODAY)
        (line,) = resident_lines(Resident.objects.for_lists(), on=TODAY)
        assert line.tags == ()

    def test_two_queries_for_fifty_rows(self, district, django_assert_num_queries):
        for _ in range(50):
            PopulationFlagFactory(resident__grid=district.grid_a)
        with django_assert_num_queries(2):
            assert len(resident_lines(Resident.objects.for_lists()[:50], on=TODAY)) == 50

    def test_households_with_head_and_number_of_present_members(
        self, district, person, django_assert_num_queries
    ):
        ResidentFactory(grid=district.grid_a, household=person.household, relation=Relation.SON)
        ResidentFactory(
            grid=district.grid_a, household=person.household, relation=Relation.MOTHER,
            life_status=LifeStatus.DECEASED, life_status_on=TODAY,
        )  # fmt: skip
        with django_assert_num_queries(2):
            (line,) = household_lines(household_page_rows(Household.objects.all()))
        assert (line.head, line.members) == ("王*国", 2)


class TestPersonSheet:
    def test_restricted_flags_only_for_those_who_may(self, cast, person):
        PopulationFlagFactory(resident=person, kind=Population.SMI)
        PopulationFlagFactory(resident=person, kind=Population.HYPERTENSION)
        shown = {one.kind for one in person_sheet(cast.li, person, on=TODAY).flags}
        assert shown == {Population.SMI, Population.HYPERTENSION}
        assert {one.kind for one in person_sheet(cast.qian, person, on=TODAY).flags} == {
            Population.HYPERTENSION
        }

    def test_members_out_of_scope_are_left_out(self, cast, district, person):
        ResidentFactory(grid=district.grid_b, household=person.household, relation=Relation.SON)
        assert [one.id for one in person_sheet(cast.li, person, on=TODAY).members] == [person.pk]
        assert len(person_sheet(cast.zhou, person, on=TODAY).members) == 2

    def test_a_bounded_number_of_queries(self, cast, district, person, django_assert_max_num_queries):
        for _ in range(6):
            ResidentFactory(grid=district.grid_a, household=person.household, relation=Relation.SON)
        cast.li.__dict__.pop("_standing", None)
        with django_assert_max_num_queries(11):
            person_sheet(cast.li, person, on=TODAY)


class TestPlaces:
    def test_a_micro_grid_falls_to_the_team_of_the_grid_above(self, cast, district):
        small = MicroGridFactory(parent=district.grid_a)
        own = MicroGridFactory(parent=district.grid_a)
        bare = GridFactory(village=district.village_a)
        GridResponsibilityFactory(grid=own, team=cast.team_b)
        found = responsible_teams([district.grid_a.pk, small.pk, own.pk, bare.pk], on=TODAY)
        assert found == {district.grid_a.pk: cast.team_a.pk, small.pk: cast.team_a.pk, own.pk: cast.team_b.pk}

    def test_a_place_is_told_from_the_township_down(self, district):
        assert place_of(district.grid_a) == "环翠楼街道 东北村社区 第1网格"


def test_a_steward_sees_no_restricted_flag_by_any_way(cast, person):
    flag = PopulationFlagFactory(resident=person, kind=Population.HIV, evidence=Evidence.MEDICAL_RECORD)
    assert flag in PopulationFlag.objects.visible_to(cast.li)
    for user in (cast.qian, cast.zhou, cast.shen, cast.xu, cast.zhao):
        assert flag not in PopulationFlag.objects.visible_to(user)


def test_sex_of_the_factory_agrees_with_the_number(person):
    assert int(person.id_number[16]) % 2 == (1 if person.sex == Sex.MALE else 0)
