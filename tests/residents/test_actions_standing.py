"""Life events: death, moving out, losing touch, being back, and what each entails."""

import datetime as dt

import pytest

from core.models import Announcement
from residents import actions
from residents.actions import Heir
from residents.actions.households import head_of
from residents.choices import LifeStatus, Relation, Sex
from residents.models import Household, HouseholdEvent, Resident, ResidentEvent
from tests.factories.residents import ResidentFactory
from tests.residents.conftest import POLICY, TODAY
from tests.residents.helpers import DAY, story_of

GOES = [actions.record_death, actions.record_move_out, actions.record_lost]


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


def goes(happens, person, cast, since=TODAY, **facts):
    return happens(resident=person, since=since, by=cast.li, on=TODAY, **facts)


def back(person, cast, household=None, since=TODAY, **facts):
    return actions.bring_back(
        resident=person, household=household, since=since, by=cast.li, on=TODAY, **facts
    )


def told(topic: str) -> list[list[int]]:
    return list(Announcement.objects.filter(topic=topic).values_list("ids", flat=True))


class TestGoing:
    def test_death_is_dated_told_and_announced(self, cast, person):
        now = goes(actions.record_death, person, cast, TODAY - DAY, reason="家属告知")
        assert (now.life_status, now.life_status_on) == (LifeStatus.DECEASED, TODAY - DAY)
        note = ResidentEvent.objects.get(resident=person).note
        assert note == "在册 → 死亡（2026-11-21）家属告知"
        assert told("resident.departed") == [[person.pk]]
        assert told("household.changed") == [[person.household_id]]

    @pytest.mark.parametrize(
        ("happens", "topic"),
        list(zip(GOES, ["resident.departed", "resident.departed", "resident.lost"], strict=True)),
    )
    def test_each_is_announced_by_its_topic(self, cast, person, happens, topic):
        goes(happens, person, cast)
        assert told(topic) == [[person.pk]]

    def test_the_last_one_closes_the_household_unless_he_may_be_found(self, cast, person, neighbor):
        goes(actions.record_death, person, cast)
        person.household.refresh_from_db()
        assert person.household.closed_on == TODAY
        goes(actions.record_lost, neighbor, cast)
        neighbor.household.refresh_from_db()
        assert neighbor.household.closed_on is None

    @pytest.mark.parametrize(
        ("since", "code"),
        [
            (TODAY + DAY, "status_future"),
            (dt.date(1949, 12, 31), "status_before_birth"),
        ],
    )
    @pytest.mark.parametrize("happens", GOES)
    def test_dates_that_cannot_be(self, cast, person, happens, since, code):
        with pytest.raises(actions.CannotSetStatus) as refused:
            goes(happens, person, cast, since)
        assert (refused.value.code, refused.value.field) == (code, "since")
        assert not Announcement.objects.exists()

    def test_nobody_dies_twice(self, cast, person):
        goes(actions.record_death, person, cast)
        with pytest.raises(actions.CannotSetStatus) as refused:
            goes(actions.record_move_out, person, cast)
        assert refused.value.code == "status_change"

    def test_without_a_household(self, cast, district):
        alone = ResidentFactory(grid=district.grid_a, household=None, relation=Relation.NON_RELATIVE)
        assert goes(actions.record_death, alone, cast).life_status == LifeStatus.DECEASED

    @pytest.mark.parametrize("happens", GOES)
    def test_the_steward_is_relieved(self, cast, person, son, happens):
        actions.name_steward(household=person.household, steward=son, policy=POLICY, by=cast.li, on=TODAY)
        goes(happens, son, cast)
        person.household.refresh_from_db()
        assert person.household.steward is None
        assert story_of(person.household)[0] == (
            HouseholdEvent.Kind.STEWARD_CHANGED,
            "不再有掌门人（王*明 已离开）",
        )


@pytest.mark.parametrize("happens", GOES)
class TestHeadGoes:
    """The choice is forced on every path."""

    def test_no_next_head_no_event(self, cast, person, wife, happens):
        with pytest.raises(actions.CannotSetStatus) as refused:
            goes(happens, person, cast)
        assert (refused.value.code, refused.value.field) == ("head_needed", "head")
        person.refresh_from_db()
        assert person.life_status == LifeStatus.PRESENT
        assert not Announcement.objects.exists()

    def test_the_next_head_and_all_relations_in_the_same_action(self, cast, person, wife, son, happens):
        goes(happens, person, cast, heir=Heir(wife.pk, {son.pk: Relation.SON}))
        found = dict(Resident.objects.values_list("pk", "relation"))
        assert found == {person.pk: Relation.HUSBAND, wife.pk: Relation.HEAD, son.pk: Relation.SON}
        assert head_of(person.household) == wife

    def test_a_heir_who_cannot_be(self, cast, person, wife, son, neighbor, happens):
        for heir, code in [
            (Heir(neighbor.pk, {}), "not_a_member"),
            (Heir(person.pk, {}), "not_a_member"),
            (Heir(wife.pk, {}), "relation_missing"),
            (Heir(wife.pk, {son.pk: "02"}), "second_head"),
        ]:
            with pytest.raises(actions.CannotSetStatus) as refused:
                goes(happens, person, cast, heir=heir)
            assert refused.value.code == code

    def test_nobody_is_left_nobody_is_asked(self, cast, person, wife, happens):
        goes(happens, wife, cast)
        assert goes(happens, person, cast).relation == Relation.HEAD

    def test_who_is_no_head_needs_no_heir(self, cast, person, son, happens):
        goes(happens, son, cast)
        assert head_of(person.household) == person


class TestComingBack:
    def test_lost_and_found_alone_he_is_the_head_again(self, cast, person):
        goes(actions.record_lost, person, cast)
        found = back(person, cast, person.household)
        assert (found.life_status, found.life_status_on, found.relation) == (
            LifeStatus.PRESENT,
            None,
            Relation.HEAD,
        )
        assert found.confirmed_on == TODAY
        assert told("resident.returned") == [[person.pk]]

    def test_a_household_closed_behind_him_opens_again(self, cast, person):
        goes(actions.record_move_out, person, cast, TODAY - DAY)
        back(person, cast, person.household)
        home = Household.objects.get(pk=person.household_id)
        assert home.closed_on is None
        assert HouseholdEvent.Kind.REOPENED in [kind for kind, _ in story_of(home)]

    def test_to_another_head_his_relation_is_told_anew(self, cast, person, son):
        goes(actions.record_move_out, person, cast, heir=Heir(son.pk, {}))
        for relation, code in [("", "relation_missing"), (Relation.HEAD, "head_exists")]:
            with pytest.raises(actions.CannotSetStatus) as refused:
                back(person, cast, person.household, relation=relation)
            assert (refused.value.code, refused.value.field) == (code, "relation")
        assert back(person, cast, person.household, relation=Relation.FATHER).relation == Relation.FATHER
        assert head_of(person.household) == son

    def test_the_former_head_may_lead_again_where_nobody_does(self, cast, district, person, son):
        goes(actions.record_lost, person, cast, heir=Heir(son.pk, {}))
        Resident.objects.filter(pk=son.pk).update(relation=Relation.SON)  # as an import may leave it
        assert back(person, cast, person.household, relation=Relation.HEAD).relation == Relation.HEAD

    def test_into_another_household_a_new_one_or_none(self, cast, person, son, neighbor):
        goes(actions.record_move_out, person, cast, heir=Heir(son.pk, {}))
        joined = back(person, cast, neighbor.household, relation=Relation.SIBLINGS)
        assert (joined.household, joined.grid) == (neighbor.household, neighbor.grid)
        goes(actions.record_lost, person, cast)
        alone = back(person, cast, founds_household=True)
        assert (alone.relation, alone.household.number[-5:]) == (Relation.HEAD, "00001")
        goes(actions.record_lost, person, cast)
        assert back(person, cast).household is None

    def test_the_household_that_waited_for_him_alone_ends(self, cast, person):
        home = person.household
        goes(actions.record_lost, person, cast)
        back(person, cast)
        home.refresh_from_db()
        assert home.closed_on == TODAY
        assert any("不再属于本户" in note for _, note in story_of(home))

    def test_taking_back_a_death_needs_a_reason_but_no_later_day(self, cast, person):
        goes(actions.record_death, person, cast)
        with pytest.raises(actions.CannotSetStatus) as refused:
            back(person, cast, person.household)
        assert refused.value.code == "reason_missing"
        again = back(person, cast, person.household, TODAY - DAY, reason="同名误登")
        assert again.life_status == LifeStatus.PRESENT

    def test_nobody_is_back_before_he_left_and_no_household_of_others_is_reopened(
        self, cast, person, neighbor
    ):
        goes(actions.record_move_out, person, cast)
        with pytest.raises(actions.CannotSetStatus, match="早于迁出日期"):
            back(person, cast, person.household, TODAY - DAY)
        goes(actions.record_death, neighbor, cast)
        with pytest.raises(actions.CannotSetStatus) as refused:
            back(person, cast, neighbor.household)
        assert refused.value.code == "household_closed"
