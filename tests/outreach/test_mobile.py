"""The grid worker's door: permission, scope, and the switch that stays."""

import pytest
from django.urls import reverse

from grids.choices import PostingRole
from residents.choices import Population
from teams.choices import Role
from tests.factories.grids import PostingFactory
from tests.factories.residents import PopulationFlagFactory, ResidentFactory
from tests.factories.teams import RoleAssignmentFactory, UserFactory


@pytest.fixture
def leader(district):
    user = UserFactory(name="周网格长")
    role = RoleAssignmentFactory(user=user, role=Role.GRID_LEADER, area_code=district.grid_a.code)
    PostingFactory(
        role=PostingRole.GRID_LEADER,
        grid=district.grid_a,
        name=user.name,
        user=user,
        role_assignment=role,
        origin="",
    )
    return user


def test_the_page_shows_whom_to_call(cast, leader, sign_in):
    cast.li.phone = "13900000011"
    cast.li.save(update_fields=["phone"])
    page = sign_in(leader).get(reverse("grid-phones")).content.decode()
    assert "李医生团队" in page
    assert 'href="tel:13900000011"' in page
    assert "孙网格员" in page
    assert 'href="tel:120"' in page
    assert 'href="tel:110"' in page


def test_no_resident_and_no_health_data_on_the_page(cast, district, leader, sign_in):
    resident = ResidentFactory(grid=district.grid_a, name="欧阳建国")
    PopulationFlagFactory(resident=resident, kind=Population.HYPERTENSION)
    page = sign_in(leader).get(reverse("grid-phones")).content.decode()
    assert "1<small>人</small>" in page
    assert "欧阳" not in page
    assert "高血压" not in page


def test_another_grid_stays_hidden(cast, leader, sign_in):
    page = sign_in(leader).get(reverse("grid-phones")).content.decode()
    assert "赵医生团队" not in page
    assert "菊花顶社区" not in page


def test_without_a_posting_the_page_says_what_to_do(district, sign_in):
    user = UserFactory()
    RoleAssignmentFactory(user=user, role=Role.SENTINEL, area_code=district.grid_a.code)
    response = sign_in(user).get(reverse("grid-home"))
    assert response.status_code == 200
    assert "今天没有分给您的网格" in response.content.decode()


@pytest.mark.parametrize("who", ["li", "zhou", "qian", "he", "xu", "shen"])
def test_only_grid_roles_enter(cast, who, sign_in):
    client = sign_in(getattr(cast, who))
    assert client.get(reverse("grid-home")).status_code == 403
    assert client.get(reverse("grid-phones")).status_code == 403
    assert client.post(reverse("grid-large-type"), {"large": "1"}).status_code == 403


def test_the_stranger_is_sent_to_the_login(client, db):
    response = client.get(reverse("grid-home"))
    assert response.status_code == 302
    assert response.url.startswith(reverse("login"))


def test_large_type_stays_until_it_is_switched_back(cast, sign_in):
    client = sign_in(cast.sun)
    assert client.post(reverse("grid-large-type"), {"large": "1"}).url == reverse("grid-home")
    assert 'class="large-type"' in client.get(reverse("grid-home")).content.decode()
    cast.sun.refresh_from_db()
    assert cast.sun.large_type
    client.post(reverse("grid-large-type"), {"large": "0"})
    cast.sun.refresh_from_db()
    assert not cast.sun.large_type


def test_the_switch_is_not_a_link(cast, sign_in):
    assert sign_in(cast.sun).get(reverse("grid-large-type")).status_code == 405


def test_the_number_of_queries_is_bounded(cast, leader, sign_in, django_assert_max_num_queries):
    client = sign_in(leader)
    client.get(reverse("grid-phones"))
    with django_assert_max_num_queries(20):
        client.get(reverse("grid-phones"))
