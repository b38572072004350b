"""The public site: find one's place and team, the board, letters; nothing of any resident, nothing for insiders only."""

import datetime as dt

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from core.models import PolicySetting
from grids.choices import PostingRole
from outreach.actions.short_links import short_link
from outreach.choices import PublicKind
from outreach.policy import ROOM
from outreach.queries import public_places
from outreach.queries.public_places import find_places, teams_answering
from outreach.rules.finding_places import MOST_HITS, words_of
from outreach.slogans import slogans
from tests.factories.grids import (
    AreaFactory,
    BuildingFactory,
    GridFactory,
    GridResponsibilityFactory,
    MicroGridFactory,
    PostingFactory,
)
from tests.factories.residents import ResidentFactory
from tests.factories.teams import TeamMembershipFactory, UserFactory
from tests.factories.visits import a_point, a_timetable

pytestmark = pytest.mark.django_db


def policy(**payload) -> None:
    PolicySetting.objects.create(room=ROOM, in_force_from=dt.date(2026, 1, 1), payload=payload)


def code_of(team) -> str:
    return short_link(kind=PublicKind.TEAM, key=team.pk, now=dt.datetime(2026, 11, 22, 4, 0, tzinfo=dt.UTC))


def text(client, address: str, status: int = 200) -> str:
    answer = client.get(address)
    assert answer.status_code == status, address
    return answer.content.decode()


@pytest.mark.parametrize(
    ("asked", "words"),
    [
        ("东北村", ("东北村",)),
        (" 东北村　３号楼 ", ("东北村", "3号楼")),
        ("东北村 3", ("东北村", "3")),
        ("东", ()),
        ("", ()),
        ("\u200b东北\u0000村", ("东北", "村")),
        ("甲乙 " * 9, ("甲乙",)),
        ("甲乙 丙丁 戊己 庚辛 壬癸", ("甲乙", "丙丁", "戊己", "庚辛")),
    ],
)
def test_words_to_look_for(asked, words):
    assert words_of(asked) == words


def test_the_first_page_has_the_townships(noon, district, client):
    page = text(client, "/p/")
    assert "环翠楼街道" in page and f"/p/s/{district.township_a.code}/" in page
    assert all(one in page for one in slogans())
    assert len(slogans()) == 4


def test_from_the_township_to_the_team(noon, cast, district, client):
    code = code_of(cast.team_a)
    assert f"/p/v/{district.village_a.code}/" in text(client, f"/p/s/{district.township_a.code}/")
    village = text(client, f"/p/v/{district.village_a.code}/")
    assert f"/p/g/{district.grid_a.code}/" in village and "李医生团队" in village
    assert f"/p/t/{code}/" in text(client, f"/p/g/{district.grid_a.code}/")
    team = text(client, f"/p/t/{code}/")
    assert "王护士" in team and "（团队长）" in team and district.grid_a.name in team


@pytest.mark.parametrize(
    "address",
    [
        "/p/s/371002999/", "/p/s/371002001001/", "/p/v/371002001/", "/p/v/999/", "/p/g/37100200100199/",
        "/p/t/unknown2/", "/p/t/1/", "/p/s/a%00b/", "/p/g/..%2f/",
    ],
)  # fmt: skip
def test_what_is_not_there_says_so(noon, cast, client, address):
    assert client.get(address).status_code == 404


def test_a_place_that_was_closed_is_not_shown(noon, cast, district, client):
    district.grid_a.closed_on = noon
    district.grid_a.save()
    assert district.grid_a.name not in text(client, f"/p/v/{district.village_a.code}/")
    text(client, f"/p/g/{district.grid_a.code}/", 404)
    assert not find_places(district.grid_a.name, on=noon).grids


def test_a_place_is_found_by_a_part_of_its_name(noon, cast, district, client):
    BuildingFactory(grid=district.grid_a, name="幸福里3号楼")
    BuildingFactory(grid=district.grid_b, name="幸福里5号楼")
    found = find_places("幸福里", on=noon)
    assert [name for name, _ in found.buildings] == ["幸福里3号楼", "幸福里5号楼"]
    narrowed = find_places("东北村 幸福里", on=noon)
    assert [name for name, _ in narrowed.buildings] == ["幸福里3号楼"]
    assert "李医生团队" in text(client, "/p/find/?q=幸福里3号")
    village = find_places("东北村", on=noon)
    assert village.villages == (district.village_a,)
    assert [one.grid for one in village.grids] == [district.grid_a]


@pytest.mark.parametrize("asked", ["dbc", "DBC", "bcs"])
def test_a_village_is_found_by_pinyin_initials(noon, district, asked):
    assert district.village_a in find_places(asked, on=noon).villages


def test_a_place_name_is_not_read_as_a_surname(noon, district):
    AreaFactory(code="371002001007", name="单家庄")  # as a surname it would be Shan
    assert [one.name for one in find_places("djz", on=noon).villages] == ["单家庄"]


@pytest.mark.parametrize("asked", ["%%", "__", "'; drop", "<script>alert(1)</script>", "a" * 500, "\x00\x00"])
def test_odd_words_find_nothing_and_harm_nothing(noon, district, client, asked):
    page = client.get("/p/find/", {"q": asked})
    assert page.status_code == 200
    assert "<script>alert" not in page.content.decode()


def test_too_many_are_cut_and_one_is_told_so(noon, district, client):
    for number in range(MOST_HITS + 1):
        BuildingFactory(grid=district.grid_a, name=f"长江花园{number}号楼")
    found = find_places("长江花园", on=noon)
    assert (len(found.buildings), found.is_cut) == (MOST_HITS, True)
    assert "只显示一部分" in text(client, "/p/find/?q=长江花园")
    assert "请至少写两个字" in text(client, "/p/find/?q=长")
    assert "没有找到“月亮湾”" in text(client, "/p/find/?q=月亮湾")


def test_a_building_in_a_micro_grid_is_found_from_the_village_under_who_answers_for_it(
    noon, cast, district, client
):
    micro, other = MicroGridFactory(parent=district.grid_a), MicroGridFactory(parent=district.grid_a)
    BuildingFactory(grid=micro, name="五号院")
    BuildingFactory(grid=other, name="六号院")
    GridResponsibilityFactory(grid=other, team=cast.team_b)
    lines = public_places.village_page(district.village_a.code, on=noon).grids
    assert [(one.grid, one.answering.team, one.buildings) for one in lines] == [
        (district.grid_a, cast.team_a, ("五号院",)),
        (other, cast.team_b, ("六号院",)),
    ]
    page = text(client, f"/p/g/{district.grid_a.code}/")
    assert "五号院" in page and "六号院" not in page


@pytest.mark.parametrize("path", ["map/%00/", "points/%00/", "points/%00/book/", "v/%00/", "d/%00/", "%00/"])
def test_an_address_that_no_code_can_be_is_not_there(noon, district, client, path):
    assert client.get(f"/p/{path}").status_code == 404


def test_a_micro_grid_has_the_team_of_its_grid_unless_it_has_its_own(noon, cast, district):
    micro = MicroGridFactory(parent=district.grid_a)
    assert teams_answering([micro], on=noon) == {micro.pk: cast.team_a}
    GridResponsibilityFactory(grid=micro, team=cast.team_b)
    assert teams_answering([micro, district.grid_a], on=noon) == {
        micro.pk: cast.team_b,
        district.grid_a.pk: cast.team_a,
    }


def test_a_grid_without_a_team_says_whom_to_ask(noon, cast, district, client):
    bare = GridFactory(village=district.village_a, name="新建网格")
    page = text(client, f"/p/g/{bare.code}/")
    assert "还没有责任团队" in page and cast.institution_a.name in page
    assert cast.institution_b.name not in page


def test_members_numbers_are_shown_as_the_bureau_decided(noon, cast, client):
    cast.li.phone, cast.li.wechat = "13900000007", "liyisheng"
    cast.li.save()
    address = f"/p/t/{code_of(cast.team_a)}/"
    assert "13900000007" in text(client, address) and "liyisheng" in text(client, address)
    policy(public_members_phone=False)
    hidden = text(client, address)
    assert "13900000007" not in hidden and "liyisheng" not in hidden


def test_grid_leader_and_policeman_are_named_only_where_allowed(noon, cast, district, client):
    PostingFactory(
        role=PostingRole.GRID_LEADER, grid=district.grid_a, name="钱网格长", phone="13900000008", origin=""
    )
    PostingFactory(
        role=PostingRole.POLICE,
        grid=None,
        village=district.village_a,
        name="林警官",
        phone="13900000009",
        origin="",
    )
    addresses = [f"/p/g/{district.grid_a.code}/", f"/p/t/{code_of(cast.team_a)}/"]
    for one in addresses:
        assert "钱网格长" not in text(client, one) and "林警官" not in text(client, one)
    policy(public_grid_contacts=True)
    for one in addresses:
        page = text(client, one)
        assert "钱网格长" in page and "13900000009" in page
        assert "孙网格员" not in page  # a sentinel is nobody's public contact


def test_former_members_and_former_teams_are_gone(noon, cast, client):
    gone = UserFactory(name="前护士")
    TeamMembershipFactory(team=cast.team_a, user=gone, ends_on=noon - dt.timedelta(days=1))
    address = f"/p/t/{code_of(cast.team_a)}/"
    assert "前护士" not in text(client, address)
    cast.team_a.ends_on = noon - dt.timedelta(days=1)
    cast.team_a.save()
    text(client, address, 404)


def test_points_stand_with_their_hours(noon, cast, district, client):
    point = a_point(district.grid_a, by=cast.li, on=noon, name="党群服务中心")
    a_timetable(point, cast.team_a, by=cast.li, on=noon)
    pages = [
        f"/p/s/{district.township_a.code}/", f"/p/v/{district.village_a.code}/", f"/p/g/{district.grid_a.code}/",
        f"/p/t/{code_of(cast.team_a)}/",
    ]  # fmt: skip
    for one in pages:
        page = text(client, one)
        assert "党群服务中心" in page and "每周三 09:00-11:00" in page and f"/p/points/{point.code}/" in page


@pytest.mark.parametrize(("name", "word"), [("signing", "怎样签约"), ("record", "档案"), ("points", "积分")])
def test_letters_are_filled_for_the_team(noon, cast, client, name, word):
    page = text(client, f"/p/t/{code_of(cast.team_a)}/{name}/")
    assert word in page and cast.institution_a.name in page
    assert "{{" not in page


def test_there_are_no_other_letters(noon, cast, client):
    text(client, f"/p/t/{code_of(cast.team_a)}/contact_card/", 404)


def test_nothing_of_a_resident_and_no_id_of_ours_is_on_any_page(noon, cast, district, client):
    resident = ResidentFactory(grid=district.grid_a, name="沙悟净")
    code = code_of(cast.team_a)
    pages = [
        "/p/", "/p/guide/", "/p/find/?q=沙悟净", f"/p/s/{district.township_a.code}/", f"/p/v/{district.village_a.code}/",
        f"/p/g/{district.grid_a.code}/", f"/p/t/{code}/",
    ]  # fmt: skip
    for one in pages:
        page = text(client, one)
        assert resident.name not in page.replace("没有找到“沙悟净”", "").replace('value="沙悟净"', "")
        assert f"/teams/{cast.team_a.pk}/" not in page
        assert "csrfmiddlewaretoken" not in page and "<script" not in page


def test_what_people_typed_is_escaped(noon, cast, client):
    cast.li.specialty = "<b onclick=x>高血压</b>"
    cast.li.save()
    cast.team_a.introduction = "<script>x</script>"
    cast.team_a.save()
    page = text(client, f"/p/t/{code_of(cast.team_a)}/")
    assert "<b onclick" not in page and "<script" not in page


def queries(client, address: str) -> int:
    with CaptureQueriesContext(connection) as seen:
        text(client, address)
    return len(seen)


def test_more_rows_cost_no_more_queries(noon, cast, district, client):
    code = code_of(cast.team_a)
    pages = [
        "/p/", "/p/find/?q=东北村", f"/p/s/{district.township_a.code}/", f"/p/v/{district.village_a.code}/",
        f"/p/g/{district.grid_a.code}/", f"/p/t/{code}/",
    ]  # fmt: skip
    point = a_point(district.grid_a, by=cast.li, on=noon)
    a_timetable(point, cast.team_a, by=cast.li, on=noon)
    BuildingFactory(grid=district.grid_a, name="东北村0号楼")
    before = {one: queries(client, one) for one in pages}
    for number in range(4):
        grid = GridFactory(village=district.village_a)
        GridResponsibilityFactory(grid=grid, team=cast.team_a)
        BuildingFactory(grid=district.grid_a, name=f"东北村{number + 1}号楼")
        more = a_point(grid, by=cast.li, on=noon)
        a_timetable(more, cast.team_a, by=cast.li, on=noon, weekday=2)
        TeamMembershipFactory(team=cast.team_a, user=UserFactory())
    assert {one: queries(client, one) for one in pages} == before
    assert max(before.values()) <= 20


def test_initials_are_read_once(monkeypatch):
    public_places._initials.cache_clear()
    assert public_places._initials("东北村社区") == "dbcsq"
    assert public_places._initials.cache_info().misses == 1
