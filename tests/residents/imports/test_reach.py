import datetime as dt

import pytest

from grids.models import AreaCodeChange, Grid
from residents.imports.reach import Reach, _number, reach_of, scope_of_everything, scope_of_institution
from residents.rules.faults import Fault
from teams.access import scope_of
from tests.factories.grids import AreaFactory, GridFactory, GridResponsibilityFactory, MicroGridFactory
from tests.residents.conftest import TODAY


@pytest.fixture
def mine(cast) -> Reach:
    return reach_of(scope_of(cast.li))


@pytest.mark.parametrize(
    "text",
    [
        "东北村社区",
        "东北村",
        "东北村社区居委会",
        "东北村社区居民委员会",
        "东北村居委会",
        "环翠楼街道东北村社区",
        "371002001001",
        " 东北村 社区 ",
    ],
)
def test_a_village_by_code_and_by_the_names_people_use(mine, text):
    assert mine.village(text).code == "371002001001"


def test_unknown_and_not_yours_are_told_apart(mine):
    assert mine.village("菊花顶社区").code == "village_out_of_reach"
    assert mine.village("371002002001").code == "village_out_of_reach"
    unknown = mine.village("不存在村")
    assert unknown.code == "village_unknown"
    assert "东北村社区" in unknown.remedy
    assert "菊花顶" not in unknown.remedy


def test_two_villages_of_one_name_need_the_code(cast, district):
    AreaFactory(code="371002002002", name="东北村社区")
    wide = reach_of(scope_of(cast.zhou))
    found = wide.village("东北村")
    assert found.code == "village_ambiguous"
    assert "371002001001" in found.cause
    assert wide.village("鲸园街道东北村社区").code == "371002002002"


def test_a_former_code_still_finds_its_village(cast, district):
    AreaCodeChange.objects.create(
        area=district.village_a, old_code="371002999001", new_code="371002001001", changed_on=dt.date(2025, 1, 1),
        changed_by=cast.zhou,
    )  # fmt: skip
    assert reach_of(scope_of(cast.li)).village("371002999001").code == "371002001001"


def test_the_only_grid_needs_no_name(mine, district):
    assert mine.grid(mine.village("东北村"), "").id == district.grid_a.pk


@pytest.fixture
def two(cast, district):
    other = GridFactory(village=district.village_a, name="东北村社区第二网格")
    GridResponsibilityFactory(grid=other, team=cast.team_a)
    return reach_of(scope_of(cast.li)), other


@pytest.mark.parametrize(
    "text",
    ["37100200100102", "东北村社区第二网格", "第二网格", "第2网格", "2", "02", "二", "网格2", "第 二 网格"],
)
def test_one_of_several_grids_by_code_name_or_number(two, text):
    reach, other = two
    assert reach.grid(reach.village("东北村"), text).id == other.pk


def test_several_grids_must_be_told_apart(two):
    reach, _ = two
    village = reach.village("东北村")
    assert reach.grid(village, "").code == "grid_missing"
    assert "第二网格" in reach.grid(village, "").remedy
    assert reach.grid(village, "第九网格").code == "grid_unknown"


def test_a_grid_of_another_team_in_the_same_village_is_not_guessed(cast, district):
    GridResponsibilityFactory(grid=GridFactory(village=district.village_a), team=cast.team_b)
    reach = reach_of(scope_of(cast.li))
    village = reach.village("东北村")
    assert reach.grid(village, "").code == "grid_missing"
    assert reach.grid(village, "第2网格").code == "grid_out_of_reach"
    assert reach.grid(village, "第1网格").id == district.grid_a.pk


def test_a_micro_grid_is_found_by_its_name(cast, district):
    small = MicroGridFactory(parent=district.grid_a)
    reach = reach_of(scope_of(cast.li))
    assert reach.grid(reach.village("东北村"), small.name).id == small.pk
    assert reach.grid(reach.village("东北村"), "").id == district.grid_a.pk


def test_a_village_without_grids_says_what_to_do(cast, district):
    AreaFactory(code="371002001002", name="无网格村")
    reach = reach_of(scope_of(cast.zhou))
    found = reach.grid(reach.village("无网格村"), "")
    assert isinstance(found, Fault)
    assert found.code == "grid_none"


@pytest.mark.parametrize(
    ("text", "number"),
    [("一", 1), ("十", 10), ("十二", 12), ("二十", 20), ("二十三", 23), ("12", 12), ("幸福", None)],
)
def test_chinese_numerals(text, number):
    assert _number(text) == number


def test_the_scope_of_an_institution_holds_its_stations(cast, district):
    assert set(reach_of(scope_of_institution(cast.institution_a, TODAY)).villages) == {"371002001001"}
    cast.institution_b.parent = cast.institution_a
    cast.institution_b.save()
    both = set(reach_of(scope_of_institution(cast.institution_a, TODAY)).villages)
    assert both == set(reach_of(scope_of_everything(TODAY)).villages) == {"371002001001", "371002002001"}


def test_six_queries_whatever_the_size(cast, django_assert_num_queries):
    scope = scope_of(cast.zhou)
    with django_assert_num_queries(6):
        reach_of(scope)


class TestFormerGrids:
    """Old lists name grids that have been renamed, closed or merged since."""

    def test_a_former_name(self, two, cast):
        _, other = two
        Grid.objects.filter(pk=other.pk).update(name="东北村社区海景网格")
        reach = reach_of(scope_of(cast.li))
        village = reach.village("东北村")
        assert reach.grid(village, "第二网格").id == other.pk  # by its number
        Grid.objects.filter(pk=other.pk).update(name="东北村社区望海网格")
        village = reach_of(scope_of(cast.li)).village("东北村")
        assert Reach.grid(village, "海景网格").id == other.pk
        assert Reach.grid(village, "东北村社区海景网格").id == other.pk
        assert village.knows_as_former(Reach.grid(village, "海景网格"), "海景网格")
        assert not village.knows_as_former(Reach.grid(village, "望海网格"), "望海网格")

    def test_a_closed_one_that_went_into_the_only_other(self, two, cast, district):
        _, other = two
        Grid.objects.filter(pk=other.pk).update(name="老街网格", closed_on=TODAY - dt.timedelta(days=1))
        village = reach_of(scope_of(cast.li)).village("东北村")
        assert Reach.grid(village, "老街网格").id == district.grid_a.pk
        assert Reach.grid(village, "37100200100102").id == district.grid_a.pk

    def test_a_closed_one_among_several_is_asked_for(self, two, cast, district):
        third = GridFactory(village=district.village_a, name="老街网格")
        Grid.objects.filter(pk=third.pk).update(closed_on=TODAY - dt.timedelta(days=1))
        found = Reach.grid(reach_of(scope_of(cast.li)).village("东北村"), "老街网格")
        assert found.code == "grid_closed"
        assert "第二网格" in found.remedy

    @pytest.mark.parametrize(("days", "is_open"), [(-1, False), (0, False), (1, True)])
    def test_it_is_closed_from_its_day_on(self, two, cast, district, days, is_open):
        other = two[1]
        on = scope_of(cast.li).on
        Grid.objects.filter(pk=other.pk).update(name="老街网格", closed_on=on + dt.timedelta(days=days))
        found = Reach.grid(reach_of(scope_of(cast.li)).village("东北村"), "老街网格")
        assert found.id == (other.pk if is_open else district.grid_a.pk)


class TestVillagesTheRowDoesNotName:
    def test_by_the_code_or_the_full_name_of_the_grid(self, two):
        reach = two[0]
        assert reach.village_of_grid("37100200100102").code == "371002001001"
        assert reach.village_of_grid("东北村社区第二网格").code == "371002001001"
        assert reach.village_of_grid("第二网格").code == "village_missing"

    def test_by_a_title(self, mine):
        assert mine.named_in("环翠楼街道东北村社区居民花名册") == "371002001001"
        assert mine.named_in("居民花名册") == ""
        assert mine.only() == "371002001001"

    def test_not_by_a_title_that_names_two(self, cast, district):
        reach = reach_of(scope_of(cast.zhou))
        assert reach.named_in("东北村社区、菊花顶社区花名册") == ""
        assert reach.only() == ""

    def test_a_township_tells_two_of_one_name_apart(self, cast, district):
        AreaFactory(code="371002002002", name="东北村社区")
        reach = reach_of(scope_of(cast.zhou))
        assert reach.village("东北村", "鲸园街道").code == "371002002002"
        assert reach.village("东北村", "", "37100200200201").code == "371002002002"
        assert reach.village("东北村", "天边镇").code == "village_ambiguous"
