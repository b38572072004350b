"""The gaps report in the browser."""

import datetime as dt
from io import BytesIO

import openpyxl
import pytest
from django.urls import reverse

from grids import actions
from tests.factories.grids import AreaFactory, GridFactory

ADDRESS = "/grids/gaps/"


@pytest.fixture
def bare(district):
    """A village of the first township without any grid, and one with a grid that nobody covers."""
    village = AreaFactory(code="371002001080", name="空白社区")
    return village, GridFactory(village=AreaFactory(code="371002001081", name="无人社区"))


def test_summary_by_township(sign_in, cast, bare):
    page = sign_in(cast.zhou).get(ADDRESS).content.decode()
    assert "环翠楼街道" in page
    assert "鲸园街道" in page
    assert "空白社区" not in page
    assert "4 个村居" in page


def test_drill_down_to_the_places_of_a_number(sign_in, cast, bare):
    page = sign_in(cast.zhou).get(ADDRESS, {"township": "371002001", "gap": "village_grid"}).content.decode()
    assert "空白社区" in page
    assert "无人社区" not in page


@pytest.mark.parametrize(
    ("person", "gap", "address"),
    [
        ("zhou", "grid_team", "/admin/grids/gridresponsibility/add/?grid="),
        ("zhou", "village_grid", "/admin/grids/grid/add/?village="),
        ("zhou", "village_steward", "/admin/grids/posting/add/?village="),
        ("he", "grid_sentinel", "/admin/grids/posting/add/?grid="),
        ("qian", "grid_team", "/admin/grids/gridresponsibility/add/?grid="),
    ],
)
def test_each_gap_links_to_where_it_is_mended_by_whoever_may(sign_in, cast, bare, person, gap, address):
    client = sign_in(getattr(cast, person))
    page = client.get(ADDRESS, {"gap": gap}).content.decode()
    assert address in page
    link = next(part.split('"')[0] for part in page.split('href="')[1:] if part.startswith(address))
    assert client.get(link.replace("&amp;", "&")).status_code == 200


def test_whoever_may_not_mend_it_gets_no_link(sign_in, cast, bare):
    page = sign_in(cast.shen).get(ADDRESS, {"gap": "grid_team"}).content.decode()
    assert "无人社区" in page
    assert "/admin/grids/gridresponsibility/add/" not in page


def test_as_of_an_earlier_day(sign_in, cast, bare):
    page = sign_in(cast.zhou).get(ADDRESS, {"on": "2018-12-31"}).content.decode()
    assert "2018年12月31日" in page
    assert "还没有村居" in page


@pytest.mark.parametrize(
    ("asked", "told"),
    [
        ({"on": "2999-01-01"}, "截至日期不能晚于今天"),
        ({"on": "昨天"}, "输入一个有效的日期"),
        ({"gap": "nonsense"}, "选择一个有效的选项"),
        ({"township": "500112001"}, "选择一个有效的选项"),
    ],
)
def test_bad_filters_are_told_at_the_field_and_the_report_still_stands(sign_in, cast, bare, asked, told):
    response = sign_in(cast.zhou).get(ADDRESS, asked)
    assert response.status_code == 200
    assert told in response.content.decode()
    assert "环翠楼街道" in response.content.decode()


def test_the_spreadsheet_holds_what_the_page_shows(sign_in, cast, bare):
    response = sign_in(cast.zhou).get(
        ADDRESS, {"township": "371002001", "gap": "village_grid", "export": "1"}
    )
    sheet = openpyxl.load_workbook(BytesIO(response.content)).active
    rows = list(sheet.iter_rows(values_only=True))
    assert rows[0][0] == "网格缺口清单"
    assert "制表人：周科长" in rows[1][0]
    assert f"截至 {dt.date.today()}" in rows[1][0]  # noqa: DTZ011
    assert rows[2] == ("镇街", "村居", "代码", "网格", "缺口")
    assert rows[3:] == [("环翠楼街道", "空白社区", "371002001080", None, "村居未划网格")]


def test_a_name_that_looks_like_a_formula_is_harmless(sign_in, cast, district):
    AreaFactory(code="371002001090", name="＝1+1村")
    response = sign_in(cast.zhou).get(ADDRESS, {"gap": "village_grid", "export": "1"})
    sheet = openpyxl.load_workbook(BytesIO(response.content)).active
    assert [cell.value for cell in sheet[4]][1] == "'＝1+1村"
    assert all(cell.data_type == "s" for cell in sheet[4] if cell.value)


def test_too_long_a_list_is_refused_in_words(sign_in, cast, bare, monkeypatch):
    monkeypatch.setattr("core.sheets.MAX_ROWS", 3)
    response = sign_in(cast.zhou).get(ADDRESS, {"export": "1"})
    assert "超过 3 行" in response.content.decode()


def test_a_district_without_villages_tells_the_bureau_what_to_do(sign_in, cast, district):
    type(district.village_a).objects.filter(level=3).update(valid_to="2020-12-31")
    page = sign_in(cast.zhou).get(ADDRESS).content.decode()
    assert reverse("admin:grids_area_load") in page


def test_paging(sign_in, cast, district):
    for number in range(60):
        AreaFactory(code=f"371002001{number + 100:03d}")
    client = sign_in(cast.zhou)
    page = client.get(ADDRESS, {"gap": "village_grid"}).content.decode()
    assert "第 1 / 2 页" in page
    assert "第 2 / 2 页" in client.get(ADDRESS, {"gap": "village_grid", "page": "2"}).content.decode()


@pytest.mark.parametrize(
    ("person", "status"),
    [
        ("zhou", 200),
        ("he", 200),
        ("qian", 200),
        ("li", 200),
        ("wang", 200),
        ("shen", 200),
        ("xu", 200),
        ("sun", 403),
    ],
)
def test_who_may_look(sign_in, cast, person, status):
    assert sign_in(getattr(cast, person)).get(ADDRESS).status_code == status


def test_it_costs_the_same_however_many_gaps(sign_in, cast, district, django_assert_max_num_queries):
    client = sign_in(cast.zhou)
    client.get(ADDRESS)
    for number in range(40):
        GridFactory(village=AreaFactory(code=f"371002001{number + 100:03d}"))
    with django_assert_max_num_queries(20):
        client.get(ADDRESS, {"township": "371002001"})


def test_mending_a_gap_takes_it_off_the_list(sign_in, cast, bare):
    _, grid = bare
    client = sign_in(cast.qian)
    assert grid.name in client.get(ADDRESS, {"gap": "grid_team"}).content.decode()
    actions.assign_team(
        grids=type(grid).objects.filter(pk=grid.pk), team=cast.team_a, starts_on=dt.date.today(),  # noqa: DTZ011
        by=cast.qian, on=dt.date.today(),  # noqa: DTZ011
    )  # fmt: skip
    assert grid.name not in client.get(ADDRESS, {"gap": "grid_team"}).content.decode()
