"""Teams as doctors, streets and grid people look them up."""

from io import BytesIO

import openpyxl
import pytest

from teams.choices import Profession, Role
from tests.factories.grids import GridFactory, GridResponsibilityFactory
from tests.factories.teams import RoleAssignmentFactory, TeamFactory, TeamMembershipFactory, UserFactory


@pytest.fixture
def specialist(cast):
    user = UserFactory(name="郑主任", institution=cast.hospital, phone="13900001111", specialty="心血管内科")
    for team in (cast.team_a, cast.team_b):
        TeamMembershipFactory(
            team=team, user=user, profession=Profession.SPECIALIST, tier=2, is_dispatched=True,
            home_institution=cast.hospital, duty="每周三坐诊",
        )  # fmt: skip
    return user


def test_the_list_shows_leader_phone_counts_and_what_is_missing(sign_in, cast, specialist):
    page = sign_in(cast.zhou).get("/teams/").content.decode()
    for text in (
        "李医生团队",
        "赵医生团队",
        "李医生",
        "06315200003",
        "缺公共卫生医师",
        "下派专科医师不足 2 名",
    ):
        assert text in page


def test_a_member_sees_his_own_team_only(sign_in, cast):
    page = sign_in(cast.wang).get("/teams/").content.decode()
    assert "李医生团队" in page
    assert "赵医生团队" not in page


def test_search_institution_and_trouble_filters(sign_in, cast):
    client = sign_in(cast.zhou)
    assert "赵医生团队" not in client.get("/teams/", {"q": "李医生"}).content.decode()
    by_place = client.get("/teams/", {"institution": cast.institution_b.pk}).content.decode()
    assert "赵医生团队" in by_place
    assert "李医生团队" not in by_place
    assert "没有找到团队" in client.get("/teams/", {"q": "不存在"}).content.decode()


def test_only_teams_with_findings(sign_in, cast, specialist):
    other = UserFactory(institution=cast.hospital)
    TeamMembershipFactory(
        team=cast.team_a, user=other, is_dispatched=True, home_institution=cast.hospital, tier=2
    )
    TeamMembershipFactory(team=cast.team_a, profession=Profession.PUBLIC_HEALTH)
    page = sign_in(cast.zhou).get("/teams/", {"trouble": "on"}).content.decode()
    assert "赵医生团队" in page
    assert ">李医生团队<" not in page


def test_detail_shows_members_with_tier_duty_phone_and_the_grids(sign_in, cast, district, specialist):
    page = sign_in(cast.wang).get(f"/teams/{cast.team_a.pk}/").content.decode()
    for text in ("王护士", "团队长", "二级", "每周三坐诊", "心血管内科", "测试区人民医院", "tel:13900001111"):
        assert text in page
    assert district.grid_a.code in page
    assert district.grid_b.code not in page
    assert "上级下派专科医师 1 名，少于 2 名" in page


@pytest.mark.parametrize(
    ("person", "status"),
    [("zhou", 200), ("he", 200), ("qian", 200), ("li", 200), ("wu", 404), ("zhao", 404), ("sun", 403)],
)
def test_detail_scope(sign_in, cast, person, status):
    assert sign_in(getattr(cast, person)).get(f"/teams/{cast.team_a.pk}/").status_code == status


def test_a_grid_leader_reaches_the_team_of_his_grid_and_no_other(sign_in, cast, district):
    leader = UserFactory()
    RoleAssignmentFactory(user=leader, role=Role.GRID_LEADER, area_code=district.grid_a.code)
    client = sign_in(leader)
    assert client.get(f"/teams/{cast.team_a.pk}/").status_code == 200
    assert client.get(f"/teams/{cast.team_b.pk}/").status_code == 404


def test_the_load_of_a_specialist_counts_what_the_reader_may_not_see(sign_in, cast, district, specialist):
    GridResponsibilityFactory(grid=GridFactory(village=district.village_b), team=cast.team_b)
    page = sign_in(cast.qian).get("/teams/specialists/").content.decode()
    assert "郑主任" in page
    assert 'data-label="团队数" class="num">2<' in page
    assert 'data-label="网格数" class="num">3<' in page
    assert "赵医生团队" not in page


def test_the_list_as_a_spreadsheet(sign_in, cast, specialist):
    response = sign_in(cast.zhou).get("/teams/", {"export": "1"})
    rows = list(openpyxl.load_workbook(BytesIO(response.content)).active.iter_rows(values_only=True))
    assert rows[2][:4] == ("机构", "团队", "团队长", "服务电话")
    assert rows[3][:7] == ("环翠楼街道社区卫生服务中心", "李医生团队", "李医生", "06315200003", 3, 1, 1)


def test_queries_do_not_grow_with_teams(sign_in, cast, specialist, district, django_assert_max_num_queries):
    client = sign_in(cast.zhou)
    client.get("/teams/")
    for _ in range(15):
        team = TeamFactory(institution=cast.institution_a)
        TeamMembershipFactory(team=team, is_leader=True)
        TeamMembershipFactory(team=team, user=specialist, is_dispatched=True, home_institution=cast.hospital)
        GridResponsibilityFactory(grid=GridFactory(village=district.village_a), team=team)
    with django_assert_max_num_queries(16):
        client.get("/teams/")
    with django_assert_max_num_queries(14):
        client.get("/teams/specialists/")
    with django_assert_max_num_queries(16):
        client.get(f"/teams/{cast.team_a.pk}/")
