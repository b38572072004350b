"""The analysis of a grid and a village: who sees exact numbers, and what leaves the team."""

import datetime as dt
from io import BytesIO

import pytest
from django.urls import reverse
from openpyxl import load_workbook

from outreach.policy import policy_on
from outreach.queries.grid_analysis import analysis_of, answers_for, sums_by_grid
from outreach.queries.guide_map import grid_place, village_place
from residents.choices import LifeStatus, Population, Sex
from residents.policy import ResidentsPolicy
from tests.factories.contracts import sign_agreement
from tests.factories.grids import GridFactory, GridResponsibilityFactory, MicroGridFactory
from tests.factories.residents import PopulationFlagFactory, ResidentFactory

ON = dt.date(2026, 11, 22)
BELOW = 5


@pytest.fixture(autouse=True)
def _noon(noon):
    """The day of the analysis."""


def lived_in(grid, number: int, kind: Population | None = None, **person) -> list:
    people = [ResidentFactory(grid=grid, **person) for _ in range(number)]
    for one in people:
        if kind:
            PopulationFlagFactory(resident=one, kind=kind)
    return people


def tables(user, place, *, leaves=False):
    return analysis_of(user, place, on=ON, ages=ResidentsPolicy(), below=BELOW, leaves=leaves).tables


def number_of(found, code: str):
    return next(one.number for one in found.kinds if one.code == code)


def test_counted_once_by_grid(cast, district, django_assert_num_queries):
    grid, micro = district.grid_a, MicroGridFactory(parent=district.grid_a)
    signed, *_ = lived_in(grid, 2, Population.HYPERTENSION, born_on=dt.date(1950, 11, 22))
    PopulationFlagFactory(resident=signed, kind=Population.HIV)
    PopulationFlagFactory(resident=signed, kind=Population.COPD, ends_on=dt.date(2026, 1, 1))
    sign_agreement(signed, cast.team_a, cast.li, on=ON)
    ResidentFactory(
        grid=grid, household=signed.household, relation="30", sex=Sex.FEMALE, born_on=dt.date(2008, 2, 29)
    )
    lived_in(grid, 1, life_status=LifeStatus.DECEASED, life_status_on=dt.date(2026, 1, 1))
    lived_in(micro, 1, born_on=dt.date(2024, 11, 23))
    ResidentFactory(grid=grid, household=None, born_on=dt.date(1940, 1, 1))
    with django_assert_num_queries(5):
        found = sums_by_grid([grid.pk, micro.pk], on=ON, elderly_age=65)
    own = found[grid.pk]
    assert own.people == 4
    assert own.ages == {(76, 1): 2, (18, 2): 1, (86, 1): 1}
    assert own.kinds == {"hypertension": 2}
    assert own.signed == 1
    assert own.alone == {"elder": 1}, (
        "two in a household are not alone, and of nobody's household it is not known"
    )
    assert (found[micro.pk].ages, found[micro.pk].alone) == ({(1, 1): 1}, {"younger": 1})


def test_born_on_29_february_one_is_older_on_1_march(cast, district):
    lived_in(district.grid_a, 1, born_on=dt.date(2004, 2, 29))
    for day, age in ((dt.date(2026, 2, 28), 21), (dt.date(2026, 3, 1), 22)):
        assert sums_by_grid([district.grid_a.pk], on=day, elderly_age=65)[district.grid_a.pk].ages == {
            (age, 1): 1
        }


def test_the_team_sees_exact_numbers_and_its_steward_does_not(cast, district):
    lived_in(district.grid_a, 12, Population.HYPERTENSION)
    lived_in(district.grid_a, 2, Population.TUMOR)
    place = grid_place(cast.wang, district.grid_a, on=ON)
    own, others = tables(cast.wang, place), tables(cast.qian, place)
    assert (own.is_exact, own.people, number_of(own, "tumor")) == (True, 14, 2)
    assert (others.is_exact, others.people, number_of(others, "tumor")) == (False, 14, None)
    assert number_of(others, "hypertension") is None, "two have none"


def test_what_leaves_is_hidden_from_the_team_too(cast, district):
    lived_in(district.grid_a, 12, Population.HYPERTENSION)
    lived_in(district.grid_a, 3, Population.DEMENTIA)
    out = tables(cast.wang, grid_place(cast.wang, district.grid_a, on=ON), leaves=True)
    assert (out.is_exact, number_of(out, "dementia")) == (False, None)
    assert "elderly_65" not in {one.code for one in out.kinds}, "the age groups tell it"


def test_a_village_with_another_teams_grid_is_not_exact(cast, district):
    mine, theirs = district.grid_a, GridFactory(village=district.village_a)
    GridResponsibilityFactory(grid=theirs, team=cast.team_b)
    lived_in(mine, 20)
    lived_in(theirs, 30)
    found = analysis_of(
        cast.wang,
        village_place(cast.wang, district.village_a, on=ON),
        on=ON,
        ages=ResidentsPolicy(),
        below=BELOW,
    )
    assert (found.covers_all, found.tables.is_exact, found.tables.people) == (False, False, 50)
    assert tables(cast.wang, grid_place(cast.wang, mine, on=ON)).is_exact


def test_a_grid_is_not_the_village_less_the_others(cast, district):
    second = GridFactory(village=district.village_a)
    GridResponsibilityFactory(grid=second, team=cast.team_a)
    lived_in(district.grid_a, 20, Population.COPD)
    lived_in(second, 3)
    village = tables(cast.qian, village_place(cast.qian, district.village_a, on=ON))
    first, small = (tables(cast.qian, grid_place(cast.qian, one, on=ON)) for one in (district.grid_a, second))
    assert small.people is None
    assert None in (village.people, first.people)


def test_who_answers_for_a_micro_grid(cast, district):
    micro = MicroGridFactory(parent=district.grid_a)
    assert answers_for(cast.wang, [district.grid_a.pk, micro.pk], on=ON)
    assert not answers_for(cast.zhao, [micro.pk], on=ON)
    assert not answers_for(cast.qian, [micro.pk], on=ON)
    assert not answers_for(cast.wang, [], on=ON)
    GridResponsibilityFactory(grid=micro, team=cast.team_b)
    assert not answers_for(cast.wang, [district.grid_a.pk, micro.pk], on=ON)


def test_smi_is_counted_for_those_named_only_and_hiv_never(cast, district):
    for one in lived_in(district.grid_a, 7, Population.SMI):
        PopulationFlagFactory(resident=one, kind=Population.HIV)
    place = grid_place(cast.wang, district.grid_a, on=ON)
    codes = [
        {one.code for one in found.kinds} & {"smi", "hiv"}
        for found in (
            tables(cast.wang, place),
            tables(cast.wang, place, leaves=True),
            tables(cast.qian, place),
        )
    ]
    assert codes == [{"smi"}, set(), set()]


def test_the_page_and_the_file(cast, district, sign_in):
    lived_in(district.grid_a, 12, Population.HYPERTENSION)
    lived_in(district.grid_a, 2, Population.TUMOR)
    address = reverse("guide-grid-analysis", args=[district.grid_a.pk])
    shown = sign_in(cast.wang).get(address)
    assert shown.context["found"].tables.people == 14
    assert "数字完整" in shown.content.decode()
    sheet = list(load_workbook(BytesIO(sign_in(cast.wang).get(address, {"export": 1}).content)).active.values)
    rows = {(row[0], row[1]): row[2:] for row in sheet[3:]}
    assert rows["在册居民", "合计"][2] == 14
    assert rows["重点人群", "肿瘤患者"][2:] == ("＊", "＊")
    assert not any(
        isinstance(cell, int) and cell < policy_on(ON).suppress_below for row in sheet[3:] for cell in row
    )
    assert "精神" not in str(sheet)
    assert "艾滋" not in str(sheet)
    hidden = sign_in(cast.qian).get(address).content.decode()
    assert "＊" in hidden
    assert "只有负责本网格的团队" in hidden


def test_analysis_costs_the_same_for_many_grids(cast, district, django_assert_num_queries):
    place = grid_place(cast.qian, district.grid_a, on=ON)
    lived_in(district.grid_a, 6)
    tables(cast.qian, place)
    for _ in range(4):
        lived_in(GridFactory(village=district.village_a), 6)
    with django_assert_num_queries(9):
        tables(cast.qian, place)
