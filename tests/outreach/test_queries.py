"""What the grid worker's page shows, and that it asks the database a fixed number of times."""

import datetime as dt

import pytest

from contracts.queries.home import present_counts
from grids.choices import PostingRole
from grids.models import Posting
from outreach.queries.grids import worked_grids
from residents.actions import merge_residents
from residents.choices import LifeStatus
from residents.policy import ResidentsPolicy
from tests.factories.contracts import sign_agreement
from tests.factories.grids import GridFactory, GridResponsibilityFactory, MicroGridFactory, PostingFactory
from tests.factories.residents import HouseholdFactory, ResidentFactory
from tests.factories.teams import UserFactory

TODAY = dt.date(2026, 11, 22)
YESTERDAY = TODAY - dt.timedelta(days=1)


@pytest.fixture
def leader(district):
    user = UserFactory(name="周网格长")
    PostingFactory(role=PostingRole.GRID_LEADER, grid=district.grid_a, name=user.name, user=user, origin="")
    return user


def grids_of(user):
    return worked_grids(Posting.objects.filter(user=user), on=TODAY)


def test_a_leader_sees_his_grid_its_team_and_its_sentinels(cast, district, leader):
    (place,) = grids_of(leader)
    assert place.grid == district.grid_a
    assert place.role == PostingRole.GRID_LEADER
    assert place.team == cast.team_a
    assert [one.user for one in place.members] == [cast.li, cast.wang]
    assert place.members[0].is_leader
    assert [one.name for one in place.colleagues] == ["孙网格员"]


def test_a_sentinel_sees_the_leader_and_not_the_other_sentinels(cast, district, leader):
    PostingFactory(grid=district.grid_a, name="别的哨兵")
    (place,) = grids_of(cast.sun)
    assert [one.name for one in place.colleagues] == ["周网格长"]


def test_a_steward_sees_every_open_grid_of_the_village(cast, district, leader):
    second = GridFactory(village=district.village_a)
    GridFactory(village=district.village_a, closed_on=TODAY)
    steward = UserFactory()
    PostingFactory(
        role=PostingRole.COMMUNITY_STEWARD, grid=None, village=district.village_a, user=steward, origin=""
    )
    places = grids_of(steward)
    assert [one.grid for one in places] == [district.grid_a, second]
    assert [one.team for one in places] == [cast.team_a, None]
    assert places[1].members == ()
    assert {one.role for one in places[0].colleagues} == {PostingRole.GRID_LEADER, PostingRole.SENTINEL}


@pytest.mark.parametrize(("ends_on", "shown"), [(YESTERDAY, 0), (TODAY, 1), (None, 1)])
def test_a_posting_holds_through_its_last_day(district, ends_on, shown):
    user = UserFactory()
    PostingFactory(role=PostingRole.GRID_LEADER, grid=district.grid_a, user=user, origin="", ends_on=ends_on)
    assert len(grids_of(user)) == shown


def test_a_team_of_two_grids_stands_in_full_once(cast, district):
    second = GridFactory(village=district.village_a)
    GridResponsibilityFactory(grid=second, team=cast.team_a)
    steward = UserFactory()
    PostingFactory(
        role=PostingRole.COMMUNITY_STEWARD, grid=None, village=district.village_a, user=steward, origin=""
    )
    assert [one.is_team_shown for one in grids_of(steward)] == [False, True]


def test_a_partners_posting_opens_no_grid(district):
    user = UserFactory()
    PostingFactory(role=PostingRole.POLICE, grid=None, village=district.village_a, user=user, origin="")
    assert grids_of(user) == []


def test_a_closed_grid_is_not_shown(district):
    user = UserFactory()
    closed = GridFactory(village=district.village_a, closed_on=TODAY)
    PostingFactory(grid=closed, user=user)
    assert grids_of(user) == []


def test_a_micro_grid_has_the_team_of_the_grid_above_and_counts_for_it(cast, district, leader):
    micro = MicroGridFactory(parent=district.grid_a)
    sentinel = UserFactory()
    PostingFactory(grid=micro, user=sentinel, name="微网格哨兵")
    ResidentFactory(grid=micro)
    (own,) = grids_of(sentinel)
    assert own.team == cast.team_a
    assert own.figures.residents == 1
    (above,) = grids_of(leader)
    assert above.figures.residents == 1
    assert {one.name for one in above.colleagues} == {"孙网格员", "微网格哨兵"}


def test_counts_leave_out_who_is_gone_and_households_closed(district, leader):
    here = ResidentFactory(grid=district.grid_a)
    ResidentFactory(
        grid=district.grid_a, household=here.household, relation="10", life_status=LifeStatus.MOVED_OUT,
        life_status_on=YESTERDAY,
    )  # fmt: skip
    ResidentFactory(grid=district.grid_b)
    HouseholdFactory(grid=district.grid_a, closed_on=TODAY)
    (place,) = grids_of(leader)
    assert (place.figures.households, place.figures.residents, place.figures.signed) == (1, 1, 0)


def test_the_number_of_queries_does_not_grow_with_the_grids(
    cast, district, leader, django_assert_num_queries
):
    for _ in range(3):
        grid = GridFactory(village=district.village_a)
        PostingFactory(role=PostingRole.GRID_LEADER, grid=grid, user=leader, origin="")
        ResidentFactory(grid=grid)
    with django_assert_num_queries(8):
        assert len(grids_of(leader)) == 4


def test_a_merged_entry_is_counted_nowhere(cast, district, leader):
    kept, dropped = ResidentFactory(grid=district.grid_a), ResidentFactory(grid=district.grid_a)
    sign_agreement(dropped, cast.team_a, cast.li, on=TODAY)
    merge_residents(
        kept=kept, dropped=dropped, take=(), reason="电话核实", policy=ResidentsPolicy(), by=cast.li,
        at=dt.datetime(2026, 11, 22, 4, 0, tzinfo=dt.UTC), on=TODAY,
    )  # fmt: skip
    (place,) = grids_of(leader)
    assert (place.figures.residents, place.figures.signed) == (1, 1)
    assert present_counts([cast.team_a.pk], on=TODAY) == {cast.team_a.pk: 1}
