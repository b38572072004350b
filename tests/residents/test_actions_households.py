"""Households themselves: founding, place, head, closing; every move between them stands in test_actions_moving."""

import datetime as dt

import pytest
from django.db import IntegrityError, connection, transaction

from core.models import Announcement
from residents import actions
from residents.actions.households import CannotFoundHousehold, head_of
from residents.choices import LifeStatus, Relation, Sex
from residents.models import Household, HouseholdEvent, Resident
from tests.factories.grids import BuildingFactory, DwellingFactory
from tests.factories.residents import HouseholdFactory, ResidentFactory
from tests.residents.conftest import TODAY
from tests.residents.helpers import register, story_of

Kind = HouseholdEvent.Kind


@pytest.fixture
def wife(district, person):
    return ResidentFactory(
        grid=district.grid_a, household=person.household, relation=Relation.WIFE, sex=Sex.FEMALE, name="李桂兰"
    )  # fmt: skip


@pytest.fixture
def son(district, person):
    return ResidentFactory(
        grid=district.grid_a, household=person.household, relation=Relation.SON, name="王小明",
        born_on=dt.date(1980, 3, 4),
    )  # fmt: skip


class TestFounding:
    def test_the_number_is_taken_from_the_village(self, cast, district):
        made = actions.create_household(grid=district.grid_b, address=" 和平路 2号 ", by=cast.zhao, on=TODAY)
        assert made.number == "371002002001F00001"
        assert made.address == "和平路 2号"
        assert story_of(made) == [(Kind.FOUNDED, "")]

    def test_one_door_holds_several_households(self, cast, district):
        door = DwellingFactory(building=BuildingFactory(grid=district.grid_a))
        for _ in range(2):
            actions.create_household(
                grid=district.grid_a, address="和平路2号", dwelling=door, by=cast.li, on=TODAY
            )
        assert door.households.count() == 2

    def test_a_door_of_another_grid_is_refused(self, cast, district):
        door = DwellingFactory(building=BuildingFactory(grid=district.grid_b))
        with pytest.raises(CannotFoundHousehold) as refused:
            actions.create_household(grid=district.grid_a, address="x", dwelling=door, by=cast.li, on=TODAY)
        assert (refused.value.code, refused.value.field) == ("dwelling_elsewhere", "building")

    def test_a_household_number_has_five_digits(self, cast, district):
        with connection.cursor() as cursor:
            cursor.execute("INSERT INTO core_numbersequence VALUES ('household:371002001001', 99999)")
        with pytest.raises(CannotFoundHousehold):
            actions.create_household(grid=district.grid_a, address="", by=cast.li, on=TODAY)
        assert not Household.objects.exists()

    def test_who_is_registered_into_it_stands_in_its_story(self, cast, district, person):
        register(cast, district, household=person.household, relation=Relation.SPOUSE)
        assert story_of(person.household) == [(Kind.JOINED, "林*芳，与户主关系“妻”")]


class TestPlace:
    def move(self, home, cast, grid, address="昆明路5号", dwelling=None):
        return actions.change_place(
            household=home, grid=grid, address=address, dwelling=dwelling, by=cast.zhou, on=TODAY
        )

    def test_everybody_who_lives_there_moves_along(self, cast, district, person, wife, son):
        actions.record_lost(resident=son, since=TODAY, by=cast.li, on=TODAY)
        late = ResidentFactory(
            grid=district.grid_a, household=person.household, relation=Relation.MOTHER,
            life_status=LifeStatus.DECEASED, life_status_on=TODAY,
        )  # fmt: skip
        home = self.move(person.household, cast, district.grid_b)
        assert (home.grid, home.address) == (district.grid_b, "昆明路5号")
        found = {one.pk: (one.grid_id, one.address) for one in Resident.objects.all()}
        for one in (person, wife, son):
            assert found[one.pk] == (district.grid_b.pk, "昆明路5号")
        assert found[late.pk] == (district.grid_a.pk, late.address)
        assert (Kind.CHANGED, True) in [(kind, "昆明路5号" in note) for kind, note in story_of(home)]
        assert Announcement.objects.filter(topic="household.changed", ids=[home.pk]).exists()

    def test_the_number_stays(self, cast, district, person):
        number = person.household.number
        assert self.move(person.household, cast, district.grid_b).number == number

    def test_nothing_changed_closed_and_a_foreign_door_are_refused(self, cast, district, person):
        home = person.household
        closed = HouseholdFactory(grid=district.grid_a, closed_on=TODAY)
        door = DwellingFactory(building=BuildingFactory(grid=district.grid_b))
        for household, facts, code in [
            (home, {"grid": home.grid, "address": home.address}, "nothing_changed"),
            (closed, {"grid": home.grid}, "household_closed"),
            (home, {"grid": home.grid, "dwelling": door}, "dwelling_elsewhere"),
        ]:
            with pytest.raises(actions.CannotChangePlace) as refused:
                self.move(household, cast, **facts)
            assert refused.value.code == code


class TestHead:
    def test_a_new_head_and_new_relations(self, cast, district, person, wife, son):
        actions.change_head(
            household=person.household, head=son, by=cast.li, on=TODAY,
            relations={person.pk: Relation.FATHER, wife.pk: Relation.MOTHER},
        )  # fmt: skip
        found = dict(Resident.objects.values_list("pk", "relation"))
        assert found == {son.pk: Relation.HEAD, person.pk: Relation.FATHER, wife.pk: Relation.MOTHER}
        assert story_of(person.household) == [(Kind.HEAD_CHANGED, "户主改为 王*明")]

    def test_a_household_without_head_gets_one(self, cast, district, home):
        one = ResidentFactory(grid=district.grid_a, household=home, relation=Relation.SON)
        actions.change_head(household=home, head=one, relations={}, by=cast.li, on=TODAY)
        assert head_of(home) == one

    def test_a_head_needs_every_relation_and_must_be_a_member(self, cast, person, wife, neighbor):
        for head, relations, code in [
            (wife, {}, "relation_missing"),
            (wife, {person.pk: Relation.HEAD}, "second_head"),
            (person, {wife.pk: Relation.WIFE}, "same_head"),
            (neighbor, {}, "not_a_member"),
        ]:
            with pytest.raises(actions.CannotChangeHead) as refused:
                actions.change_head(
                    household=person.household, head=head, relations=relations, by=cast.li, on=TODAY
                )
            assert refused.value.code == code
        assert head_of(person.household) == person

    def test_the_database_refuses_a_second_head(self, district, person):
        with pytest.raises(IntegrityError, match="one_head_per_household"), transaction.atomic():
            ResidentFactory(grid=district.grid_a, household=person.household, relation=Relation.HEAD)
