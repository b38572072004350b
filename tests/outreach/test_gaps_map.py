"""The map of what grids lack: the same facts as the gaps report, and the service points."""

import datetime as dt

import pytest
from django.urls import reverse

from grids.choices import GRID_GAPS, Gap, PairingLevel
from grids.models import Grid, GridResponsibility, Pairing
from grids.queries.gaps import grids_reported, with_grid_gaps
from outreach.models import ServicePoint
from outreach.policy import OutreachPolicy
from outreach.queries.gap_map import MARKS, POINTS, blocks_of, gap_counts, tiles_of
from tests.factories.grids import GridFactory
from tests.factories.teams import LONG_AGO

ON = dt.date(2026, 11, 22)


@pytest.fixture(autouse=True)
def _noon(noon):
    """The day of the map."""


def point(grid, number, **days) -> ServicePoint:
    given = {"opened_on": LONG_AGO} | days
    return ServicePoint.objects.create(
        grid=grid, name=f"服务点{number}", venue="lobby", address="一楼", code=f"abcdefg{number}", **given
    )


def tiles(grids=None):
    rows = Grid.objects.filter(parent=None) if grids is None else grids
    return {one.grid: one for one in tiles_of(rows, on=ON, policy=OutreachPolicy())}


def test_marks_name_each_gap_of_a_grid():
    assert set(MARKS) == {*GRID_GAPS, POINTS}


def test_a_tile_says_what_is_missing_once(cast, district, people):
    bare = GridFactory(village=district.village_b)
    found = tiles()
    assert found[bare].gaps == (Gap.GRID_TEAM, Gap.GRID_LEADER, Gap.GRID_SENTINEL, POINTS)
    assert found[bare].grade == "bare"
    assert found[district.grid_a].gaps == (Gap.LEADER_PAIR, Gap.MEMBER_PAIR, POINTS)
    assert found[district.grid_a].grade == "lacking"


def test_a_whole_grid_is_whole(cast, district, people):
    Pairing.objects.create(
        level=PairingLevel.LEADER, user=cast.li, posting=people.leader_post, starts_on=LONG_AGO
    )
    Pairing.objects.create(
        level=PairingLevel.MEMBER, user=cast.wang, posting=people.sentinel, starts_on=LONG_AGO
    )
    point(district.grid_a, 2)
    point(people.other.grid, 3)  # a micro-grid's counts for the grid
    (tile,) = tiles(Grid.objects.filter(pk=district.grid_a.pk)).values()
    assert (tile.gaps, tile.points, tile.grade) == ((), 2, "whole")


@pytest.mark.parametrize(
    ("days", "counted"),
    [
        ({"opened_on": ON}, 1),
        ({"opened_on": ON + dt.timedelta(days=1)}, 0),
        ({"closed_on": ON}, 0),
        ({"closed_on": ON + dt.timedelta(days=1)}, 1),
    ],
)
def test_only_open_points_count(district, days, counted):
    point(district.grid_a, 2, **days)
    assert tiles()[district.grid_a].points == counted


def test_the_map_agrees_with_the_gaps_report(cast, district, people):
    GridFactory(village=district.village_b)
    found = tiles()
    flagged = with_grid_gaps(Grid.objects.filter(parent=None), on=ON)
    for gap in (Gap.GRID_TEAM, Gap.GRID_LEADER, Gap.GRID_SENTINEL):
        assert {grid for grid, tile in found.items() if gap in tile.gaps} == set(
            flagged.filter(**{gap: True})
        )


def test_blocks_and_counts(cast, district, people):
    GridFactory(village=district.village_b)
    found = list(tiles().values())
    assert [(one.village, len(one.tiles)) for one in blocks_of(found)] == [
        (district.village_a, 1),
        (district.village_b, 2),
    ]
    counts = {code: number for code, _, number in gap_counts(found)}
    assert counts[POINTS] == 3
    assert counts[Gap.GRID_TEAM] == 1


def test_the_number_of_queries_does_not_grow(district, django_assert_num_queries):
    for _ in range(5):
        GridFactory(village=district.village_b)
    with django_assert_num_queries(2):
        assert len(tiles()) == 7


def test_each_sees_his_own_map(cast, district, people, sign_in):
    page = sign_in(cast.he).get(reverse("grid-map")).content.decode()
    assert district.grid_a.name in page
    assert district.grid_b.name not in page
    assert "网格长未结对" in page
    page = sign_in(cast.li).get(reverse("grid-map")).content.decode()
    assert district.grid_a.name in page
    page = sign_in(cast.zhou).get(reverse("grid-map"), {"township": "371002002"}).content.decode()
    assert district.grid_b.name in page
    assert district.grid_a.name not in page


def test_the_street_does_not_reach_another_township(cast, district, sign_in):
    page = sign_in(cast.he).get(reverse("grid-map"), {"township": "371002002"})
    assert page.status_code == 200
    assert district.grid_b.name not in page.content.decode()


def test_by_kind(cast, district, people, sign_in):
    bare = GridFactory(village=district.village_a)
    client = sign_in(cast.he)
    page = client.get(reverse("grid-map"), {"gap": "grid_team"}).content.decode()
    assert bare.name in page
    assert district.grid_a.name not in page
    GridResponsibility.objects.create(grid=bare, team=cast.team_a, starts_on=ON)
    assert grids_reported(cast.he, on=ON).count() == 2
    assert "没有这类缺口" in client.get(reverse("grid-map"), {"gap": "grid_team"}).content.decode()
