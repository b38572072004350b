"""One person, some of a household, or all of it move; a head never leaves members without the next one."""

import datetime as dt

import pytest

from residents import actions
from residents.actions import Heir, Place
from residents.actions.households import head_of
from residents.choices import LifeStatus, Relation, Sex
from residents.models import Household, HouseholdEvent, Resident, ResidentEvent
from tests.factories.residents import HouseholdFactory, ResidentFactory
from tests.residents.conftest import POLICY, TODAY
from tests.residents.helpers import events_of, story_of

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


def relations() -> dict[int, str]:
    return dict(Resident.objects.values_list("pk", "relation"))


class TestMove:
    def move(self, resident, cast, household=None, **facts):
        return actions.move_member(resident=resident, household=household, by=cast.li, on=TODAY, **facts)

    def test_moving_brings_grid_and_address_and_closes_the_empty_household(self, cast, district, person):
        former, there = person.household, HouseholdFactory(grid=district.grid_b, address="昆明路5号")
        moved = self.move(person, cast, there, relation=Relation.HEAD)
        assert (moved.household, moved.grid, moved.address) == (there, district.grid_b, "昆明路5号")
        former.refresh_from_db()
        assert former.closed_on == TODAY
        assert events_of(person) == [ResidentEvent.Kind.HOUSEHOLD_CHANGED]
        assert [kind for kind, _ in story_of(former)] == [Kind.CLOSED, Kind.LEFT]
        assert story_of(there) == [(Kind.JOINED, "王*国，与户主关系“户主”")]

    def test_a_head_does_not_leave_members_without_the_next(self, cast, person, wife):
        with pytest.raises(actions.CannotMove) as refused:
            self.move(person, cast)
        assert (refused.value.code, refused.value.field) == ("head_needed", "head")
        assert head_of(person.household) == person

    def test_the_next_head_takes_over_in_the_same_action(self, cast, person, wife, son):
        heir = Heir(wife.pk, {son.pk: Relation.SON})
        moved = self.move(person, cast, founds_household=True, heir=heir)
        assert moved.relation == Relation.HEAD
        assert relations() == {person.pk: Relation.HEAD, wife.pk: Relation.HEAD, son.pk: Relation.SON}
        former = Household.objects.get(pk=wife.household_id)
        assert (Kind.HEAD_CHANGED, "户主改为 李*兰（原户主 王*国）") in story_of(former)
        assert moved.household.closed_on is None

    def test_an_heir_who_cannot_be_leaves_everything_as_it_was(self, cast, person, wife, son, neighbor):
        for heir, code in [
            (Heir(neighbor.pk, {}), "not_a_member"),
            (Heir(wife.pk, {}), "relation_missing"),
            (Heir(wife.pk, {son.pk: Relation.HEAD}), "second_head"),
        ]:
            with pytest.raises(actions.CannotMove) as refused:
                self.move(person, cast, heir=heir)
            assert refused.value.code == code
            person.refresh_from_db()
            assert (person.household_id, person.relation) == (wife.household_id, Relation.HEAD)

    def test_a_member_founds_a_household_of_his_own(self, cast, person, son):
        moved = self.move(son, cast, founds_household=True, place=Place(address="新安里9号"))
        assert moved.relation == Relation.HEAD
        assert (moved.household.number, moved.household.address) == ("371002001001F00001", "新安里9号")
        person.household.refresh_from_db()
        assert person.household.closed_on is None

    def test_out_of_any_household(self, cast, person):
        moved = self.move(person, cast)
        assert (moved.household, moved.relation) == (None, Relation.NON_RELATIVE)

    def test_same_closed_or_headed_households_are_refused(self, cast, district, person, wife):
        closed = HouseholdFactory(grid=district.grid_a, closed_on=TODAY)
        headed = ResidentFactory(grid=district.grid_a).household
        for household, relation, code in [
            (person.household, Relation.SON, "same_household"),
            (closed, Relation.SON, "household_closed"),
            (headed, Relation.HEAD, "head_exists"),
        ]:
            with pytest.raises(actions.CannotMove) as refused:
                self.move(wife, cast, household, relation=relation)
            assert refused.value.code == code

    def test_the_dead_do_not_move(self, cast, district, person):
        actions.record_death(resident=person, since=TODAY, by=cast.li, on=TODAY)
        with pytest.raises(actions.CannotMove, match="死亡"):
            self.move(person, cast, HouseholdFactory(grid=district.grid_a))

    def test_a_steward_who_leaves_is_steward_no_more(self, cast, person, son):
        actions.name_steward(household=person.household, steward=son, policy=POLICY, by=cast.li, on=TODAY)
        self.move(son, cast)
        person.household.refresh_from_db()
        assert person.household.steward is None


class TestSplit:
    def split(self, cast, home, leaving, founder, **facts):
        return actions.split_household(
            household=home, leaving=[one.pk for one in leaving], founder=founder, by=cast.li, on=TODAY, **facts
        )  # fmt: skip

    def test_some_leave_and_found_a_household_behind_the_same_door(self, cast, person, wife, son):
        made = self.split(cast, person.household, [son, wife], Heir(son.pk, {wife.pk: Relation.MOTHER}))
        assert relations() == {person.pk: Relation.HEAD, son.pk: Relation.HEAD, wife.pk: Relation.MOTHER}
        assert set(made.members.all()) == {son, wife}
        assert (made.address, made.dwelling) == (person.household.address, person.household.dwelling)
        assert story_of(made) == [(Kind.FOUNDED, f"由 {person.household.number} 分户")]
        assert story_of(person.household)[0][0] == Kind.SPLIT

    def test_the_head_may_be_among_those_who_leave(self, cast, person, wife, son):
        made = self.split(
            cast, person.household, [person], Heir(person.pk, {}), heir=Heir(wife.pk, {son.pk: "20"})
        )
        assert relations() == {person.pk: Relation.HEAD, wife.pk: Relation.HEAD, son.pk: Relation.SON}
        assert head_of(made) == person

    def test_without_the_next_head_he_is_not(self, cast, person, wife, son):
        with pytest.raises(actions.CannotSplit) as refused:
            self.split(cast, person.household, [person], Heir(person.pk, {}))
        assert refused.value.code == "head_needed"
        assert Household.objects.count() == 1

    def test_nobody_everybody_strangers_and_missing_relations(self, cast, person, wife, son, neighbor):
        home = person.household
        for leaving, founder, code in [
            ([], Heir(son.pk, {}), "nobody_leaves"),
            ([neighbor], Heir(neighbor.pk, {}), "nobody_leaves"),
            ([person, wife, son], Heir(son.pk, {}), "everybody_leaves"),
            ([son], Heir(wife.pk, {}), "not_a_member"),
            ([son, wife], Heir(son.pk, {}), "relation_missing"),
        ]:
            with pytest.raises(actions.CannotSplit) as refused:
                self.split(cast, home, leaving, founder)
            assert refused.value.code == code

    def test_a_place_of_its_own(self, cast, district, person, son):
        place = Place(district.grid_b, "昆明路5号")
        made = self.split(cast, person.household, [son], Heir(son.pk, {}), place=place)
        son.refresh_from_db()
        assert (made.grid, son.grid, son.address) == (district.grid_b, district.grid_b, "昆明路5号")


class TestMerge:
    @pytest.fixture
    def other(self, district):
        """A household of two: 于海 and his wife."""
        home = HouseholdFactory(grid=district.grid_b, address="昆明路5号")
        ResidentFactory(grid=district.grid_b, household=home, name="于海")
        ResidentFactory(
            grid=district.grid_b, household=home, relation=Relation.WIFE, sex=Sex.FEMALE, name="丛丽华"
        )
        return home

    def merge(self, cast, kept, closing, told):
        return actions.merge_households(kept=kept, closing=closing, relations=told, by=cast.zhou, on=TODAY)

    def told(self, home):
        return {one.pk: Relation.OTHER_RELATIVE for one in home.members.present()}

    def test_two_become_one_and_the_old_number_leads_there(self, cast, person, other):
        people = list(other.members.all())
        kept = self.merge(cast, person.household, other, self.told(other))
        other.refresh_from_db()
        assert (other.closed_on, other.merged_into) == (TODAY, kept)
        for one in people:
            one.refresh_from_db()
            assert (one.household, one.grid, one.address) == (kept, kept.grid, kept.address)
            assert one.relation == Relation.OTHER_RELATIVE
        for number in (other.number, kept.number):
            assert Household.objects.numbered(number).get() == kept
        assert story_of(kept)[0] == (Kind.MERGED, f"{other.number} 并入本户：于*、丛*华")

    def test_a_number_leads_on_through_two_merges(self, cast, district, person, other):
        third = ResidentFactory(grid=district.grid_a).household
        self.merge(cast, other, third, self.told(third))
        kept = self.merge(cast, person.household, other, self.told(other))
        assert Household.objects.numbered(third.number).get() == kept

    def test_refused(self, cast, district, person, other):
        closed = HouseholdFactory(grid=district.grid_a, closed_on=TODAY)
        headless = HouseholdFactory(grid=district.grid_a)
        home = person.household
        for kept, closing, told, code in [
            (home, home, {}, "same_household"),
            (home, closed, {}, "household_closed"),
            (headless, other, self.told(other), "no_head"),
            (home, other, {}, "relation_missing"),
            (home, other, dict.fromkeys(self.told(other), Relation.HEAD), "second_head"),
        ]:
            with pytest.raises(actions.CannotMerge) as refused:
                self.merge(cast, kept, closing, told)
            assert refused.value.code == code

    def test_who_comes_back_joins_the_household_that_was_kept(self, cast, person, other):
        wife = other.members.get(name="丛丽华")
        actions.record_lost(resident=wife, since=TODAY, by=cast.zhou, on=TODAY)
        kept = self.merge(cast, person.household, other, self.told(other))
        with pytest.raises(actions.CannotSetStatus) as refused:
            actions.bring_back(
                resident=wife, household=other, relation=Relation.WIFE, since=TODAY, by=cast.zhou, on=TODAY
            )
        assert refused.value.code == "household_closed"
        back = actions.bring_back(
            resident=wife,
            household=kept,
            relation=Relation.OTHER_RELATIVE,
            since=TODAY,
            by=cast.zhou,
            on=TODAY,
        )
        assert (back.household, back.life_status) == (kept, LifeStatus.PRESENT)
