"""The pages of a household: its story, its place, its head, dividing, joining, the steward."""

import datetime as dt

import pytest
from django.urls import reverse

from core.models import ReadLog
from residents import actions
from residents.choices import Relation, Sex
from residents.models import Household, Resident
from tests.factories.grids import BuildingFactory, DwellingFactory
from tests.factories.residents import HouseholdFactory, ResidentFactory
from tests.residents.conftest import POLICY, TODAY
from tests.residents.helpers import FRAME, post, text_of

pytestmark = pytest.mark.usefixtures("today")


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


def page(client, name, pk):
    return text_of(client.get(reverse(name, args=[pk])))


class TestPage:
    def test_it_tells_its_story_masked_and_logged(self, cast, sign_in, person, wife):
        actions.name_steward(household=person.household, steward=wife, policy=POLICY, by=cast.li, on=TODAY)
        actions.train_steward(
            household=person.household, trained_on=TODAY, topic="血压测量", by=cast.li, on=TODAY
        )
        html = page(sign_in(cast.li), "household-detail", person.household_id)
        for shown in ("李*兰", "掌门人：李*兰", "血压测量", "变更掌门人", "李医生", "在册 2 人"):
            assert shown in html
        for hidden in ("李桂兰", "王建国", person.phone):
            assert hidden not in html
        assert ReadLog.objects.get().subject_ids == sorted([person.pk, wife.pk])

    def test_other_households_behind_the_same_door(self, cast, district, sign_in, person):
        door = DwellingFactory(building=BuildingFactory(grid=district.grid_a, name="3号楼"), room="402")
        other = ResidentFactory(grid=district.grid_a, name="于海明").household
        Household.objects.filter(pk__in=[person.household_id, other.pk]).update(dwelling=door)
        html = page(sign_in(cast.li), "household-detail", person.household_id)
        assert "同一住房还住着" in html
        assert "于*明 一户（1 人）" in html
        assert "3号楼 1单元402" in html

    def test_a_bounded_number_of_queries(
        self, cast, district, sign_in, person, django_assert_max_num_queries
    ):
        door = DwellingFactory(building=BuildingFactory(grid=district.grid_a))
        Household.objects.filter(pk=person.household_id).update(dwelling=door)
        for _ in range(4):
            ResidentFactory(grid=district.grid_a, household=person.household, relation=Relation.SON)
            HouseholdFactory(grid=district.grid_a, dwelling=door)
        client = sign_in(cast.li)
        client.get(reverse("resident-list"))
        with django_assert_max_num_queries(FRAME + 11):
            client.get(reverse("household-detail", args=[person.household_id]))

    def test_without_head_it_says_so(self, cast, district, sign_in, home):
        ResidentFactory(grid=district.grid_a, household=home, relation=Relation.DAUGHTER)
        assert "目前没有户主" in page(sign_in(cast.li), "household-detail", home.pk)

    def test_who_may_only_read_sees_no_verb(self, cast, sign_in, person, wife):
        from teams.choices import Role
        from tests.factories.teams import RoleAssignmentFactory, UserFactory

        officer = UserFactory()
        RoleAssignmentFactory(
            user=officer, role=Role.DEDICATED_OFFICER, institution=cast.institution_a, area_code=""
        )
        html = page(sign_in(officer), "household-detail", person.household_id)
        for verb in ("分户", "并户", "变更住址", "核实无误"):
            assert verb not in html


class TestFoundAndPlace:
    def test_founding_and_then_a_head_is_registered(self, cast, district, sign_in):
        client = sign_in(cast.li)
        response = post(
            client, "household-create", grid=district.grid_a.pk, address="新安里9号", building="", room=""
        )
        home = Household.objects.get()
        assert response["Location"] == reverse("household-detail", args=[home.pk])
        assert home.address == "新安里9号"
        form = text_of(client.get(reverse("resident-create"), {"household": home.pk}))
        assert "户主（该户目前没有户主时）" in form

    def test_the_dwelling_is_found_by_building_unit_and_room(self, cast, district, sign_in, person):
        door = DwellingFactory(building=BuildingFactory(grid=district.grid_a), unit=2, room="402")
        client, pk = sign_in(cast.li), person.household_id
        facts = {"grid": district.grid_a.pk, "address": "和平路2号", "building": door.building_id, "unit": 2}
        for room, says in [("", "请填写房号"), ("999", "没有登记这个单元和房号")]:
            assert says in text_of(post(client, "household-place", pk, **facts, room=room))
        assert post(client, "household-place", pk, **facts, room="402").status_code == 302
        assert Household.objects.get(pk=pk).dwelling == door
        assert 'value="402"' in page(client, "household-place", pk)

    def test_nothing_changed_is_told(self, cast, sign_in, person):
        home = person.household
        response = post(
            sign_in(cast.li), "household-place", home.pk, grid=home.grid_id, address=home.address, building=""
        )
        assert "都没有改动" in text_of(response)


class TestHead:
    def test_changed(self, cast, sign_in, person, son):
        facts = {"head": son.pk, f"relation_{person.pk}": "51", f"relation_{son.pk}": ""}
        assert post(sign_in(cast.li), "household-head", person.household_id, **facts).status_code == 302
        assert dict(Resident.objects.values_list("pk", "relation")) == {person.pk: "51", son.pk: "02"}

    def test_a_missing_relation_is_told_at_its_field(self, cast, sign_in, person, wife, son):
        response = post(
            sign_in(cast.li),
            "household-head",
            person.household_id,
            head=son.pk,
            **{f"relation_{wife.pk}": "52"},
        )
        assert response.status_code == 200
        assert "请填写 王*国 与新户主的关系" in text_of(response)
        assert response.context["form"].errors.keys() == {f"relation_{person.pk}"}


class TestMove:
    def test_a_head_names_the_next_one_in_the_same_form(self, cast, sign_in, person, wife, son):
        client = sign_in(cast.li)
        html = page(client, "resident-move", person.pk)
        assert "须同时选定新户主" in html
        refused = post(client, "resident-move", person.pk, mode="new")
        assert refused.context["form"].errors.keys() == {"head"}
        refused = post(client, "resident-move", person.pk, mode="new", head=wife.pk)
        assert refused.context["form"].errors.keys() == {f"relation_{son.pk}"}
        facts = {"mode": "new", "head": wife.pk, f"relation_{son.pk}": "20"}
        assert post(client, "resident-move", person.pk, **facts).status_code == 302
        found = dict(Resident.objects.values_list("pk", "relation"))
        assert found == {person.pk: "02", wife.pk: "02", son.pk: "20"}

    def test_a_member_is_asked_nothing_more(self, cast, sign_in, person, son):
        client = sign_in(cast.li)
        assert "须同时选定新户主" not in page(client, "resident-move", son.pk)
        assert post(client, "resident-move", son.pk, mode="none").status_code == 302

    def test_a_merged_number_leads_to_the_household_that_was_kept(self, cast, district, sign_in, person, son):
        kept, closed = ResidentFactory(grid=district.grid_a).household, HouseholdFactory(grid=district.grid_a)
        actions.merge_households(kept=kept, closing=closed, relations={}, by=cast.li, on=TODAY)
        response = post(
            sign_in(cast.li), "resident-move", son.pk, mode="join", household=closed.number, relation="70"
        )
        assert response.status_code == 302
        son.refresh_from_db()
        assert son.household == kept


class TestSplit:
    def test_some_leave(self, cast, sign_in, person, wife, son):
        client = sign_in(cast.li)
        assert "分出去的成员" in page(client, "household-split", person.household_id)
        facts = {"leaving": [son.pk, wife.pk], "founder": son.pk, f"relation_{wife.pk}": "52"}
        response = post(client, "household-split", person.household_id, **facts)
        son.refresh_from_db()
        assert response["Location"] == reverse("household-detail", args=[son.household_id])

    def test_the_head_leaves_and_the_next_one_is_forced(self, cast, sign_in, person, wife, son):
        client, facts = sign_in(cast.li), {"leaving": [person.pk], "founder": person.pk}
        refused = post(client, "household-split", person.household_id, **facts)
        assert "head" in refused.context["form"].errors
        facts |= {"head": wife.pk, f"relation_{son.pk}": "20"}
        assert post(client, "household-split", person.household_id, **facts).status_code == 302

    def test_what_is_missing_is_told(self, cast, sign_in, person, son):
        response = post(sign_in(cast.li), "household-split", person.household_id)
        assert {"leaving", "founder"} <= response.context["form"].errors.keys()


class TestMerge:
    def test_first_the_number_then_the_relations(self, cast, district, sign_in, person):
        other = ResidentFactory(grid=district.grid_a, name="于海明")
        client, address = sign_in(cast.li), reverse("household-merge", args=[person.household_id])
        assert "没有这个家庭编号" in text_of(client.get(address, {"other": "371002001001F99999"}))
        html = text_of(client.get(address, {"other": other.household.number}))
        assert "于*明 与本户户主关系" in html
        query = f"{address}?other={other.household.number}"
        assert "请填写 于*明" in text_of(client.post(query, {}))
        assert client.post(query, {f"relation_{other.pk}": "70"}).status_code == 302
        listed = text_of(client.get(reverse("household-list"), {"number": other.household.number}))
        assert person.household.number in listed
        closed = page(client, "household-detail", other.household_id)
        assert "这一户已并入" in closed
        assert other.household.number in page(client, "household-detail", person.household_id)
        found = client.get(post(client, "resident-search", q=other.household.number)["Location"])
        assert "王*国" in text_of(found)

    def test_a_household_out_of_scope_is_not_found(self, cast, sign_in, person, neighbor):
        address = reverse("household-merge", args=[person.household_id])
        html = text_of(sign_in(cast.li).get(address, {"other": neighbor.household.number}))
        assert "没有这个家庭编号" in html


class TestSteward:
    def test_only_grown_ups_are_offered(self, cast, district, sign_in, person):
        child = ResidentFactory(
            grid=district.grid_a, household=person.household, relation=Relation.GRANDCHILD, name="王小宝",
            born_on=dt.date(2008, 11, 23),
        )  # fmt: skip
        client = sign_in(cast.li)
        html = page(client, "household-steward", person.household_id)
        assert "王*国" in html
        assert "王*宝" not in html
        assert post(client, "household-steward", person.household_id, steward=child.pk).status_code == 200
        assert post(client, "household-steward", person.household_id, steward=person.pk).status_code == 302
        facts = {"trained_on": "2026-11-20", "topic": "合理用药"}
        assert post(client, "household-training", person.household_id, **facts).status_code == 302
        assert "合理用药" in page(client, "household-detail", person.household_id)

    def test_training_without_steward(self, cast, sign_in, person):
        response = post(
            sign_in(cast.li), "household-training", person.household_id, trained_on="2026-11-20", topic="x"
        )
        assert "还没有掌门人" in text_of(response)


def test_the_whole_household_is_confirmed(cast, sign_in, person, wife):
    client = sign_in(cast.li)
    assert post(client, "household-confirm", person.household_id).status_code == 302
    assert set(Resident.objects.values_list("confirmed_on", flat=True)) == {TODAY}
    empty = HouseholdFactory(grid=person.grid)
    done = client.post(reverse("household-confirm", args=[empty.pk]), follow=True)
    assert "没有在册成员" in text_of(done)


@pytest.mark.parametrize(
    "name",
    ["place", "split", "merge", "steward", "training", "head", "confirm"],
)
def test_out_of_scope_is_404(cast, sign_in, neighbor, name):
    client = sign_in(cast.li)
    assert post(client, f"household-{name}", neighbor.household_id).status_code == 404
