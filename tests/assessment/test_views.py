"""The coverage page: who may open it, what it shows, how it refuses, what the download holds."""

import datetime as dt
import io

import openpyxl
import pytest
from django.urls import reverse
from django.utils import timezone

from assessment import views
from core.models import PolicySetting
from tests.assessment.district import enroll, enter
from tests.factories.grids import GridFactory

PAGE = reverse("coverage")
EXPORT = reverse("coverage-export")


@pytest.fixture
def today() -> dt.date:
    return timezone.localdate()


@pytest.fixture
def some(cast, district, today):
    """Two residents in each grid, one of them signed."""
    for grid, team, doctor in (
        (district.grid_a, cast.team_a, cast.li),
        (district.grid_b, cast.team_b, cast.zhao),
    ):
        enroll(enter(grid), team, doctor, today, today)
        enter(grid)


@pytest.mark.parametrize(
    ("who", "status"),
    [
        ("zhou", 200),
        ("he", 200),
        ("qian", 200),
        ("li", 200),
        ("wang", 200),
        ("shen", 200),
        ("sun", 403),
        ("xu", 403),
    ],
)
@pytest.mark.parametrize("address", [PAGE, EXPORT])
def test_who_may_see_coverage(cast, sign_in, who, status, address):
    assert sign_in(getattr(cast, who)).get(address).status_code == status


def test_nobody_sees_it_without_signing_in(client, db):
    assert client.get(PAGE).status_code == 302


@pytest.mark.parametrize(
    ("area", "status"), [("371002001", 200), ("371002001001", 200), ("371002002", 404), ("999999", 404)]
)
@pytest.mark.parametrize("address", [PAGE, EXPORT])
def test_an_area_out_of_scope_does_not_exist(cast, sign_in, area, status, address):
    assert sign_in(cast.he).get(address, {"area": area}).status_code == status


def test_figures_with_numerator_denominator_and_day(cast, some, sign_in, today):
    answer = sign_in(cast.zhou).get(PAGE)
    page = answer.content.decode()
    assert f"截至 <strong>{today.year}年{today.month}月{today.day}日</strong>" in page
    assert "分母口径：系统在册常住居民" in page
    shown = [
        (row.line.name, row.line.now.signed, row.line.now.residents, row.percent)
        for row, _ in answer.context["rows"]
    ]
    assert shown == [("环翠楼街道", 1, 2, 50), ("鲸园街道", 1, 2, 50)]
    total = answer.context["total"]
    assert (total.line.now.signed, total.line.now.residents, total.percent) == (2, 4, 50)
    assert "50.00%" in page
    assert ">合计<" in page


def test_drilling_down_from_township_to_grid(cast, district, some, sign_in):
    client = sign_in(cast.zhou)
    first = client.get(PAGE)
    to_village = next(
        address for row, address in first.context["rows"] if row.line.id == district.township_a.pk
    )
    second = client.get(PAGE + to_village)
    to_grid = next(address for row, address in second.context["rows"] if row.line.id == district.village_a.pk)
    third = client.get(PAGE + to_grid)
    assert [row.line.name for row, _ in third.context["rows"]] == [district.grid_a.name]
    assert [name for name, _ in third.context["crumbs"]] == ["全部", "环翠楼街道"]
    assert not any(address for _, address in third.context["rows"])


def test_the_page_begins_where_one_works(cast, sign_in):
    for user, level in ((cast.zhou, "township"), (cast.he, "village"), (cast.li, "village")):
        assert sign_in(user).get(PAGE).context["asked"].level == level


@pytest.mark.parametrize(
    ("asked", "sentence"),
    [
        ({"on": "2099-01-01"}, "统计日期不能晚于今天"),
        ({"on": "1999-12-31"}, "统计日期不能早于2000年1月1日"),
        ({"on": "2026-02-30"}, "有效"),
        ({"on": "昨天"}, "有效"),
        ({"level": "planet"}, "统计层级"),
        ({"sort": "name; drop table"}, "排序"),
        ({"area": "37'"}, "区划代码应为"),
    ],
)
@pytest.mark.parametrize("address", [PAGE, EXPORT])
def test_bad_questions_get_a_sentence_and_keep_what_was_typed(cast, sign_in, asked, sentence, address):
    answer = sign_in(cast.zhou).get(address, asked)
    page = answer.content.decode()
    assert answer.status_code == 400
    assert sentence in page
    assert "<table" not in page
    if "on" in asked:
        assert asked["on"] in page


def test_sorting_by_each_column_both_ways_leaves_rows_without_a_figure_last(
    cast, district, some, sign_in, today
):
    GridFactory(village=district.village_a)  # nobody lives there
    enroll(enter(district.grid_b), cast.team_b, cast.zhao, today, today)
    client = sign_in(cast.zhou)
    for order, first in (
        ("rate", district.grid_a),
        ("-rate", district.grid_b),
        ("-residents", district.grid_b),
    ):
        rows = [row.line for row, _ in client.get(PAGE, {"level": "grid", "sort": order}).context["rows"]]
        assert rows[0].id == first.pk
        assert rows[-1].rate is None
    for order in ("change", "-change", "key", "-key", "near", "-near", "signed", "-signed"):
        assert client.get(PAGE, {"level": "grid", "sort": order}).status_code == 200


def test_a_heading_turns_the_order_around(cast, some, sign_in):
    client = sign_in(cast.zhou)
    once = _headings(client.get(PAGE))["签约率"]
    assert "sort=-rate" in once
    page = client.get(PAGE + once)
    assert 'aria-sort="descending"' in page.content.decode()
    assert "sort=rate" in _headings(page)["签约率"]


def _headings(answer) -> dict[str, str]:
    return {one.label: address for one, address in answer.context["headings"]}


def test_the_day_compared_with_is_the_bureaus_to_choose(cast, some, sign_in, today):
    PolicySetting.objects.create(
        room="assessment", payload={"compare_days": 7}, in_force_from=today, source="测试"
    )
    page = sign_in(cast.zhou).get(PAGE)
    assert "较7天前" in page.content.decode()
    assert page.context["asked"].before == today - dt.timedelta(days=7)


def test_long_tables_have_pages(cast, district, sign_in, monkeypatch):
    monkeypatch.setattr(views, "ROWS_ON_A_PAGE", 2)
    for _ in range(3):
        GridFactory(village=district.village_a)
    client = sign_in(cast.zhou)
    first = client.get(PAGE, {"level": "grid"})
    assert len(first.context["rows"]) == 2
    assert "共 5 行" in first.content.decode()
    assert len(client.get(PAGE, {"level": "grid", "page": "3"}).context["rows"]) == 1
    assert len(client.get(PAGE, {"level": "grid", "page": "x"}).context["rows"]) == 2


def test_the_download_holds_what_is_seen(cast, district, some, sign_in, today):
    answer = sign_in(cast.zhou).get(EXPORT, {"level": "village", "area": "371002001"})
    sheet = openpyxl.load_workbook(io.BytesIO(answer.content)).active
    rows = [[cell.value for cell in row] for row in sheet.iter_rows()]
    assert rows[0][0] == "签约覆盖（按村居）"
    assert f"环翠楼街道，截至{today.year}年" in rows[1][0]
    assert "周科长" in rows[1][0]
    assert rows[2][:5] == ["村居", "所属", "常住居民", "已签约", "签约率"]
    assert rows[3][:5] == ["东北村社区", "环翠楼街道", 2, 1, 0.5]
    assert rows[-1][:5] == ["合计", None, 2, 1, 0.5]
    assert len(rows) == 5


@pytest.mark.parametrize("level", ["township", "grid", "team"])
def test_queries_do_not_grow_with_rows(cast, district, some, sign_in, level, django_assert_max_num_queries):
    client = sign_in(cast.zhou)
    for _ in range(8):
        enter(GridFactory(village=district.village_a))
    with django_assert_max_num_queries(
        17
    ):  # 5 for the table, 2 policies, area and scope, the rest is the frame
        client.get(PAGE, {"level": level, "area": "371002"})
