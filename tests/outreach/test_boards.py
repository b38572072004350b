"""Square codes for the lifts of a village, cards and board of a team: what is on them, how large, for whom."""

import pytest
from django.urls import reverse

from core.models import ReadLog
from grids.choices import BuildingKind
from outreach import boards
from outreach.boards import card_for_team, cards_for, one_page_of, qr_sheet, team_board
from outreach.choices import PaperSize, PublicKind
from outreach.models import ShortLink
from outreach.policy import OutreachPolicy
from outreach.queries.public_board import team_page
from outreach.queries.qr_sheets import cards_of, lifts_in, villages_of
from tests.contracts.printing.conftest import to_pdf  # noqa: F401
from tests.factories.grids import (
    AreaFactory,
    BuildingFactory,
    GridFactory,
    GridResponsibilityFactory,
    MicroGridFactory,
)
from tests.factories.teams import TeamMembershipFactory, UserFactory
from tests.factories.visits import a_point, a_timetable

pytestmark = pytest.mark.django_db
A4, A3 = (595.3, 841.9), (841.9, 1190.6)  # points
LINK = "https://jiayi.example.gov.cn/p/abcdefgh/"


@pytest.fixture
def buildings(district):
    BuildingFactory(grid=district.grid_a, name="1号楼", units=3)
    BuildingFactory(grid=district.grid_a, name="2号楼", units=1)
    BuildingFactory(grid=district.grid_a, name="养老院", kind=BuildingKind.COLLECTIVE, units=4)
    BuildingFactory(grid=district.grid_b, name="9号楼", units=2)


PLACES = ("1号楼1单元", "1号楼2单元", "1号楼3单元", "2号楼", "养老院")


def groups_of(cast, district, on):
    return cards_of(cast.li, district.village_a, on=on)


def test_each_lift_has_a_card(noon, cast, district, buildings):
    [group] = groups_of(cast, district, noon)
    assert (group.places, group.number, group.team) == (PLACES, 5, cast.team_a)
    assert lifts_in(cast.li, [district.village_a], on=noon) == {district.village_a.pk: (1, 5)}


def test_a_grid_without_buildings_has_one_and_one_without_a_team_none(noon, cast, district):
    GridFactory(village=district.village_a, name="新建网格")
    with_team, bare = cards_of(cast.zhou, district.village_a, on=noon)
    assert (with_team.places, with_team.number) == ((district.grid_a.name,), 1)
    assert (bare.team, bare.number) == (None, 0)


def test_buildings_in_micro_grids_have_their_cards_with_the_team_of_the_micro_grid(noon, cast, district):
    micro, other = MicroGridFactory(parent=district.grid_a), MicroGridFactory(parent=district.grid_a)
    GridResponsibilityFactory(grid=other, team=cast.team_b)
    MicroGridFactory(parent=district.grid_a)
    BuildingFactory(grid=micro, name="5号楼", units=2)
    BuildingFactory(grid=other, name="6号楼", units=1)
    groups = cards_of(cast.zhou, district.village_a, on=noon)
    assert [(one.grid, one.team, one.places) for one in groups] == [
        (micro, cast.team_a, ("5号楼1单元", "5号楼2单元")),
        (other, cast.team_b, ("6号楼",)),
    ]
    assert lifts_in(cast.zhou, [district.village_a], on=noon) == {district.village_a.pk: (1, 3)}
    [one] = cards_of(cast.li, district.village_a, on=noon, grid=micro.code)
    assert one.grid == micro
    assert cards_of(cast.li, district.village_a, on=noon, grid=other.code) == []


def test_one_sees_the_villages_of_ones_own_grids(noon, cast, district):
    assert list(villages_of(cast.li, on=noon)) == [district.village_a]
    assert list(villages_of(cast.zhou, on=noon)) == [district.village_a, district.village_b]
    assert list(villages_of(cast.zhou, on=noon, word="鲸园")) == [district.village_b]
    assert cards_of(cast.li, district.village_b, on=noon) == []


def sheet(cast, district, on, per_page=4):
    groups = groups_of(cast, district, on)
    return qr_sheet(cards_for(groups, {district.grid_a.pk: LINK}), per_page=per_page, on=on)


@pytest.mark.parametrize(("per_page", "pages"), [(4, 2), (8, 1)])
def test_the_sheet_fills_its_pages(noon, cast, district, buildings, to_pdf, per_page, pages):  # noqa: F811
    made = to_pdf(sheet(cast, district, noon, per_page))
    assert made.size == pytest.approx(A4, abs=0.5)
    assert len(made.pages) == pages
    assert all(place in made.text for place in PLACES)
    assert made.text.count("李医生团队") == 5


@pytest.mark.parametrize("per_page", boards.PER_PAGE)
def test_long_names_stay_on_their_card(noon, cast, district, buildings, to_pdf, per_page):  # noqa: F811
    cast.institution_a.name = "环翠区环翠楼街道" * 6 + "社区卫生服务中心"
    cast.institution_a.save()
    cast.team_a.name = "心脑血管病和慢性呼吸系统疾病健康管理家庭医生签约服务第十二团队"
    cast.team_a.save()
    made = to_pdf(sheet(cast, district, noon, per_page))
    assert len(made.pages) == {4: 2, 8: 1}[per_page]
    assert made.text.count("急危重症请拨打120") == 5


def test_a_team_has_a_page_of_equal_cards(noon, cast, to_pdf):  # noqa: F811
    made = to_pdf(one_page_of(card_for_team(cast.team_a, LINK), per_page=4, on=noon))
    assert (len(made.pages), made.text.count("李医生团队")) == (1, 4)


def a_team_of(cast, district, on, members: int, points: int):
    for number in range(members):
        user = UserFactory(
            name=f"成员{number:02d}", title="副主任医师", specialty="高血压、糖尿病、老年病综合管理", phone="13900000001",
            wechat=f"wechat_{number:02d}",
        )  # fmt: skip
        TeamMembershipFactory(team=cast.team_a, user=user)
    for number in range(points):
        point = a_point(district.grid_a, by=cast.li, on=on, name=f"第{number}党群服务中心")
        a_timetable(point, cast.team_a, by=cast.li, on=on)
    return team_page(cast.team_a, on=on, policy=OutreachPolicy())


@pytest.mark.parametrize(("size", "points"), [(PaperSize.A4, A4), (PaperSize.A3, A3)])
@pytest.mark.parametrize("members", [0, 7, 14])
def test_the_board_is_one_page_of_its_size(noon, cast, district, to_pdf, size, points, members):  # noqa: F811
    page = a_team_of(cast, district, noon, members, 3)
    made = to_pdf(team_board(page, link=LINK, size=size, on=noon))
    assert made.size == pytest.approx(points, abs=0.5)
    assert len(made.pages) == 1
    for word in ("李医生", "团队长", "王护士", "第2党群服务中心", "每周三09:00-11:00", "监督电话"):
        assert word in made.text


def test_many_points_are_left_to_the_square_code(noon, cast, district, to_pdf):  # noqa: F811
    page = a_team_of(cast, district, noon, 0, 11)
    made = to_pdf(team_board(page, link=LINK, size=PaperSize.A4, on=noon))
    assert "服务点：共11个，地点和时间请扫码查看" in made.text
    assert "第2党群服务中心" not in made.text


def test_the_board_keeps_numbers_back_where_the_bureau_says_so(noon, cast, district, to_pdf):  # noqa: F811
    cast.li.phone = "13900000007"
    cast.li.save()
    page = team_page(cast.team_a, on=noon, policy=OutreachPolicy(public_members_phone=False))
    assert "13900000007" not in to_pdf(team_board(page, link=LINK, size=PaperSize.A4, on=noon)).text


def test_printing_makes_the_links_once(noon, cast, district, buildings, client, settings):
    settings.PUBLIC_URL = "https://jiayi.example.gov.cn"
    client.force_login(cast.li)
    address = reverse("qr-print", args=[district.village_a.code])
    page = client.get(address).content.decode()
    client.get(f"{address}?per=8")
    link = ShortLink.objects.get()
    assert (link.kind, link.key) == (PublicKind.GRID, str(district.grid_a.pk))
    assert f"https://jiayi.example.gov.cn/p/{link.code}/" in page


def test_the_pages_lead_to_each_other(noon, cast, district, buildings, client):
    client.force_login(cast.li)
    assert district.village_a.name in client.get("/qr/").content.decode()
    village = client.get(f"/qr/villages/{district.village_a.code}/").content.decode()
    assert "共 5 张" in village and f"?grid={district.grid_a.code}" in village


@pytest.mark.parametrize("query", ["?per=5", "?per=x", "?grid=37100200200101", "?grid=%00", "?grid=nothing"])
def test_what_cannot_be_printed_is_not_there(noon, cast, district, buildings, client, query):
    client.force_login(cast.li)
    assert client.get(reverse("qr-print", args=[district.village_a.code]) + query).status_code == 404


def test_a_village_too_large_for_one_file_is_printed_grid_by_grid(
    noon, cast, district, buildings, client, monkeypatch
):
    monkeypatch.setattr("outreach.views.qr_sheets.MOST_CARDS", 4)
    client.force_login(cast.li)
    assert "请逐个网格打印" in client.get(f"/qr/villages/{district.village_a.code}/").content.decode()
    assert client.get(reverse("qr-print", args=[district.village_a.code])).status_code == 404


def test_another_team_finds_neither_village_nor_team(noon, cast, district, client):
    client.force_login(cast.zhao)
    for name in ("qr-village", "qr-print"):
        assert client.get(reverse(name, args=[district.village_a.code])).status_code == 404
    for name in ("team-qr", "team-board", "team-public"):
        assert client.get(reverse(name, args=[cast.team_a.pk])).status_code == 404


def test_who_may_not_see_disclosures_prints_no_village(noon, cast, client):
    client.force_login(cast.sun)
    assert client.get("/qr/").status_code == 403


def test_the_board_shows_numbers_and_its_printing_is_logged(noon, cast, client):
    client.force_login(cast.li)
    address = reverse("team-board", args=[cast.team_a.pk])
    assert client.get(f"{address}?size=a3").status_code == 200
    assert client.get(f"{address}?size=a5").status_code == 404
    row = ReadLog.objects.get()
    assert (row.action, row.subject, row.subject_ids, row.page) == (
        ReadLog.Action.PRINT,
        "team",
        [cast.team_a.pk],
        "team-board",
    )


def test_the_team_page_leads_to_what_residents_see(noon, cast, client):
    client.force_login(cast.li)
    assert (
        reverse("team-public", args=[cast.team_a.pk])
        in client.get(reverse("team-detail", args=[cast.team_a.pk])).content.decode()
    )
    answer = client.get(reverse("team-public", args=[cast.team_a.pk]), follow=True)
    assert answer.redirect_chain[-1][0] == f"/p/t/{ShortLink.objects.get().code}/"
    assert "王护士" in answer.content.decode()


@pytest.mark.parametrize("name", ["map", "guide"])
def test_the_map_and_the_guide_have_their_cards(noon, cast, client, name):
    client.force_login(cast.li)
    page = client.get(reverse("qr-general", args=[name])).content.decode()
    assert f"/p/{ShortLink.objects.get(kind=name).code}/" in page
    assert client.get("/qr/general/team/").status_code == 404


def test_a_village_has_its_cards(noon, cast, district, client):
    client.force_login(cast.li)
    page = client.get(reverse("qr-place", args=[district.village_a.code])).content.decode()
    code = ShortLink.objects.get(kind=PublicKind.VILLAGE, key=str(district.village_a.pk)).code
    assert f"/p/{code}/" in page
    assert client.get(reverse("qr-place", args=[district.village_b.code])).status_code == 404


def test_more_villages_cost_no_more_queries(noon, cast, district, client, django_assert_max_num_queries):
    for number in range(6):
        grid = GridFactory(village=AreaFactory(code=f"3710020010{number + 10}"))
        GridResponsibilityFactory(grid=grid, team=cast.team_a)
        BuildingFactory(grid=grid)
    client.force_login(cast.zhou)
    with django_assert_max_num_queries(20):
        client.get("/qr/")
    with django_assert_max_num_queries(20):
        client.get(f"/qr/villages/{district.village_a.code}/")
