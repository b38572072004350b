"""The short forms of life events; the next head is asked for on every path."""

import pytest
from django.urls import reverse

from residents import actions
from residents.choices import LifeStatus, Relation, Sex
from residents.models import Resident
from tests.factories.residents import HouseholdFactory, ResidentFactory
from tests.residents.conftest import TODAY
from tests.residents.helpers import post, text_of

pytestmark = pytest.mark.usefixtures("today")

PAGES = {
    "resident-death": LifeStatus.DECEASED,
    "resident-move-out": LifeStatus.MOVED_OUT,
    "resident-lost": LifeStatus.LOST,
}


@pytest.fixture
def family(district, person):
    home = {"grid": district.grid_a, "household": person.household}
    wife = ResidentFactory(relation=Relation.WIFE, sex=Sex.FEMALE, name="李桂兰", **home)
    return person, wife, ResidentFactory(relation=Relation.SON, name="王小明", **home)


@pytest.mark.parametrize(("name", "status"), PAGES.items())
class TestGone:
    def test_one_who_lives_alone(self, cast, sign_in, person, name, status):
        client = sign_in(cast.li)
        assert "新户主" not in text_of(client.get(reverse(name, args=[person.pk])))
        assert post(client, name, person.pk, since="2026-11-20", reason="家属告知").status_code == 302
        person.refresh_from_db()
        assert (person.life_status, person.life_status_on.day) == (status, 20)
        assert "恢复在册" in text_of(client.get(reverse("resident-detail", args=[person.pk])))

    def test_a_head_with_family_names_the_next_in_the_same_form(self, cast, sign_in, family, name, status):
        person, wife, son = family
        client = sign_in(cast.li)
        refused = post(client, name, person.pk, since="2026-11-20", reason="医院证明")
        assert refused.status_code == 200
        assert "请选定新户主" in text_of(refused)
        assert 'value="医院证明"' in text_of(refused)
        refused = post(client, name, person.pk, since="2026-11-20", head=wife.pk)
        assert "请选择 王*明 与新户主的关系" in text_of(refused)
        person.refresh_from_db()
        assert person.life_status == LifeStatus.PRESENT
        facts = {"since": "2026-11-20", "head": wife.pk, f"relation_{son.pk}": "20"}
        assert post(client, name, person.pk, **facts).status_code == 302
        assert dict(Resident.objects.values_list("pk", "relation")) == {
            person.pk: "11", wife.pk: "02", son.pk: "20",
        }  # fmt: skip

    def test_bad_dates_are_told_at_the_field(self, cast, sign_in, person, name, status):
        client = sign_in(cast.li)
        for since, says in [("", "请填写此项"), ("2026-11-23", "还没有到"), ("1949-01-01", "早于出生日期")]:
            response = post(client, name, person.pk, since=since)
            assert says in text_of(response)
            assert "since" in response.context["form"].errors


class TestReturn:
    def test_found_again(self, cast, sign_in, person):
        actions.record_lost(resident=person, since=TODAY, by=cast.li, on=TODAY)
        client = sign_in(cast.li)
        assert "登记找到" in text_of(client.get(reverse("resident-return", args=[person.pk])))
        assert (
            post(client, "resident-return", person.pk, since="2026-11-22", home="former").status_code == 302
        )
        person.refresh_from_db()
        assert (person.life_status, person.relation) == (LifeStatus.PRESENT, Relation.HEAD)

    def test_to_a_household_with_another_head(self, cast, sign_in, family):
        person, wife, son = family
        actions.record_move_out(
            resident=person, since=TODAY, heir=actions.Heir(wife.pk, {son.pk: "20"}), by=cast.li, on=TODAY
        )
        client, facts = sign_in(cast.li), {"since": "2026-11-22", "home": "former"}
        assert "请选择与现在户主的关系" in text_of(post(client, "resident-return", person.pk, **facts))
        assert post(client, "resident-return", person.pk, **facts, relation="10").status_code == 302
        person.refresh_from_db()
        assert person.relation == Relation.HUSBAND

    def test_join_new_none(self, cast, district, sign_in, person):
        other = ResidentFactory(grid=district.grid_a).household
        client = sign_in(cast.li)
        for home, facts in [
            ("join", {"household": other.number, "relation": "70"}),
            ("new", {}),
            ("none", {}),
        ]:
            actions.record_lost(resident=person, since=TODAY, by=cast.li, on=TODAY)
            response = post(client, "resident-return", person.pk, since="2026-11-22", home=home, **facts)
            assert response.status_code == 302, home
            person.refresh_from_db()
        assert person.household is None

    def test_an_unknown_number_is_told(self, cast, sign_in, person):
        actions.record_lost(resident=person, since=TODAY, by=cast.li, on=TODAY)
        response = post(
            sign_in(cast.li), "resident-return", person.pk, since="2026-11-22", home="join", household="1"
        )
        assert "没有这个家庭编号" in text_of(response)


def test_the_page_offers_what_may_happen_next(cast, sign_in, person):
    client = sign_in(cast.li)
    html = text_of(client.get(reverse("resident-detail", args=[person.pk])))
    for name in PAGES:
        assert reverse(name, args=[person.pk]) in html
    assert reverse("resident-return", args=[person.pk]) not in html


@pytest.mark.parametrize("name", PAGES)
def test_who_does_not_see_the_whole_household_names_no_head_of_it(cast, sign_in, district, name):
    """A team that cares for one member of a household elsewhere learns nothing of the others, nor leads them on."""
    home = HouseholdFactory(grid=district.grid_b)
    place = {"grid": district.grid_b, "household": home}
    head = ResidentFactory(name="赵大山", relation=Relation.HEAD, managing_team=cast.team_a, **place)
    wife = ResidentFactory(name="孙秀兰", relation=Relation.WIFE, sex=Sex.FEMALE, **place)
    client = sign_in(cast.li)
    assert "孙*兰" not in text_of(client.get(reverse(name, args=[head.pk])))
    refused = text_of(post(client, name, head.pk, since="2026-11-20", head=wife.pk))
    assert "请联系该户网格的责任团队办理" in refused
    assert "孙*兰" not in refused
    head.refresh_from_db()
    wife.refresh_from_db()
    assert (head.life_status, wife.relation) == (LifeStatus.PRESENT, Relation.WIFE)
