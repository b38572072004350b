"""The gaps report and the coverage of teams, counted by hand against the set-based answer."""

import datetime as dt

import pytest

from grids import actions
from grids.choices import GRID_GAPS, VILLAGE_GAPS, Gap, PairingLevel, PostingRole
from grids.models import Area, Grid, Posting
from grids.queries import coverage, gaps
from teams import actions as team_actions
from teams.models import TeamMembership
from tests.factories.grids import (
    AreaFactory,
    GridFactory,
    GridResponsibilityFactory,
    MicroGridFactory,
    PostingFactory,
)
from tests.factories.teams import RoleAssignmentFactory, TeamFactory, UserFactory

TODAY = dt.date(2026, 11, 22)
DAY = dt.timedelta(days=1)


def village_gaps(village, on=TODAY):
    (row,) = gaps.with_village_gaps(Area.objects.filter(pk=village.pk), on=on)
    return {gap for gap in VILLAGE_GAPS if getattr(row, gap)}


def grid_gaps(grid, on=TODAY):
    (row,) = gaps.with_grid_gaps(Grid.objects.filter(pk=grid.pk), on=on)
    return {gap for gap in GRID_GAPS if getattr(row, gap)}


def pair(cast, level, user, posting, starts_on=dt.date(2026, 1, 1)):
    return actions.pair(level=level, user=user, posting=posting, starts_on=starts_on, by=cast.qian, on=TODAY)


class TestVillageGaps:
    def test_a_bare_village_lacks_everything(self, district):
        assert village_gaps(AreaFactory(code="371002001080")) == set(VILLAGE_GAPS)

    def test_a_covered_village_lacks_its_steward(self, cast, district):
        assert village_gaps(district.village_a) == {Gap.VILLAGE_STEWARD, Gap.STEWARD_PAIR}

    def test_complete(self, cast, district):
        posting = PostingFactory(
            role=PostingRole.COMMUNITY_STEWARD, village=district.village_a, grid=None, origin=""
        )
        assert village_gaps(district.village_a) == {Gap.STEWARD_PAIR}
        pair(cast, PairingLevel.STEWARD, cast.qian, posting)
        assert village_gaps(district.village_a) == set()

    def test_a_pairing_with_a_steward_who_left_office_is_missing(self, cast, district):
        posting = PostingFactory(
            role=PostingRole.COMMUNITY_STEWARD, village=district.village_a, grid=None, origin=""
        )
        pair(cast, PairingLevel.STEWARD, cast.qian, posting)
        cast.qian.role_assignments.update(ends_on=TODAY - DAY)
        assert village_gaps(district.village_a) == {Gap.STEWARD_PAIR}
        assert village_gaps(district.village_a, TODAY - DAY) == set()

    def test_a_micro_grid_with_a_team_covers_its_village(self, cast):
        grid = GridFactory(village=AreaFactory(code="371002001081"))
        micro = MicroGridFactory(parent=grid)
        assert Gap.VILLAGE_TEAM in village_gaps(grid.village)
        GridResponsibilityFactory(grid=micro, team=cast.team_a)
        assert Gap.VILLAGE_TEAM not in village_gaps(grid.village)

    def test_a_closed_grid_is_none(self, cast, district):
        Grid.objects.filter(pk=district.grid_a.pk).update(closed_on=TODAY)
        assert {Gap.VILLAGE_GRID, Gap.VILLAGE_TEAM} <= village_gaps(district.village_a)
        assert Gap.VILLAGE_GRID not in village_gaps(district.village_a, TODAY - DAY)


class TestGridGaps:
    def test_a_new_grid_lacks_everything(self, district):
        assert grid_gaps(GridFactory(village=district.village_a)) == set(GRID_GAPS)

    def test_complete_level_by_level(self, cast, district):
        assert grid_gaps(district.grid_a) == {Gap.GRID_LEADER, Gap.LEADER_PAIR, Gap.MEMBER_PAIR}
        leader = PostingFactory(role=PostingRole.GRID_LEADER, grid=district.grid_a, origin="")
        pair(cast, PairingLevel.LEADER, cast.li, leader)
        assert grid_gaps(district.grid_a) == {Gap.MEMBER_PAIR}
        pair(cast, PairingLevel.MEMBER, cast.wang, Posting.objects.get(user=cast.sun))
        assert grid_gaps(district.grid_a) == set()

    @pytest.mark.parametrize(
        ("starts", "ends", "is_gap"), [(-9, -1, True), (-9, 0, False), (0, None, False), (1, None, True)]
    )
    def test_a_team_counts_from_its_first_to_its_last_day(self, cast, district, starts, ends, is_gap):
        grid = GridFactory(village=district.village_a)
        GridResponsibilityFactory(
            grid=grid,
            team=cast.team_a,
            starts_on=TODAY + starts * DAY,
            ends_on=None if ends is None else TODAY + ends * DAY,
        )
        assert (Gap.GRID_TEAM in grid_gaps(grid)) is is_gap

    def test_the_grid_of_a_closed_team_has_no_team(self, cast, district):
        team_actions.close_team(team=cast.team_a, ends_on=TODAY - DAY, by=cast.qian, on=TODAY)
        assert Gap.GRID_TEAM in grid_gaps(district.grid_a)
        assert Gap.GRID_TEAM not in grid_gaps(district.grid_a, TODAY - DAY)

    def test_a_sentinel_of_a_micro_grid_is_one_of_the_grid_but_a_leader_is_not(self, cast, district):
        grid = GridFactory(village=district.village_a)
        micro = MicroGridFactory(parent=grid)
        PostingFactory(grid=micro)
        PostingFactory(role=PostingRole.GRID_LEADER, grid=micro, origin="")
        assert Gap.GRID_SENTINEL not in grid_gaps(grid)
        assert Gap.GRID_LEADER in grid_gaps(grid)

    def test_pairings_go_stale_when_the_grid_goes_to_another_team_or_the_member_leaves(self, cast, district):
        sentinel = Posting.objects.get(user=cast.sun)
        pair(cast, PairingLevel.MEMBER, cast.wang, sentinel)
        assert Gap.MEMBER_PAIR not in grid_gaps(district.grid_a)
        row = TeamMembership.objects.get(user=cast.wang)
        team_actions.end_membership(membership=row, ends_on=TODAY - DAY, by=cast.qian, on=TODAY)
        assert Gap.MEMBER_PAIR in grid_gaps(district.grid_a)
        assert Gap.MEMBER_PAIR not in grid_gaps(district.grid_a, TODAY - DAY)

        chosen = Grid.objects.filter(pk=district.grid_a.pk)
        actions.assign_team(grids=chosen, team=cast.team_b, starts_on=TODAY, by=cast.zhou, on=TODAY)
        assert Gap.MEMBER_PAIR in grid_gaps(district.grid_a)


class TestReport:
    def report(self, user, on=TODAY):
        villages, grids = gaps.villages_reported(user, on=on), gaps.grids_reported(user, on=on)
        return {one.township.name: one for one in gaps.township_gaps(villages, grids, on=on)}

    def test_counts_by_township(self, cast, district):
        AreaFactory(code="371002001080")
        GridFactory(village=district.village_a)
        MicroGridFactory(parent=district.grid_a)
        report = self.report(cast.zhou)
        first = report["环翠楼街道"]
        assert (first.villages, first.grids) == (2, 2)
        assert first.counts[Gap.VILLAGE_GRID] == 1
        assert first.counts[Gap.VILLAGE_TEAM] == 1
        assert first.counts[Gap.GRID_TEAM] == 1
        assert first.counts[Gap.GRID_SENTINEL] == 1
        assert report["鲸园街道"].counts[Gap.GRID_TEAM] == 0

    def test_the_summary_and_the_list_agree(self, cast, district):
        for number in (80, 81, 82):
            GridFactory(village=AreaFactory(code=f"371002001{number:03d}"))
        villages, grids = (
            gaps.villages_reported(cast.zhou, on=TODAY),
            gaps.grids_reported(cast.zhou, on=TODAY),
        )
        rows = list(gaps.gap_rows(tuple(Gap), villages, grids, on=TODAY))
        lines = gaps.township_gaps(villages, grids, on=TODAY)
        for gap in Gap:
            assert sum(one.gap == gap for one in rows) == sum(line.counts[gap] for line in lines)

    def test_scopes(self, cast, district):
        AreaFactory(code="371002002080")
        assert set(self.report(cast.he)) == {"环翠楼街道"}
        assert set(self.report(cast.li)) == {"环翠楼街道"}
        assert self.report(cast.sun) == self.report(cast.sun)
        assert self.report(cast.wu)["鲸园街道"].counts[Gap.VILLAGE_GRID] == 1
        assert "鲸园街道" not in self.report(cast.qian)

    def test_a_steward_sees_what_nobody_covers_in_his_township_but_not_what_others_cover(
        self, cast, district
    ):
        free = GridFactory(village=district.village_a)
        foreign = GridFactory(village=district.village_a)
        GridResponsibilityFactory(grid=foreign, team=cast.team_b)
        shown = set(gaps.grids_reported(cast.qian, on=TODAY))
        assert shown == {district.grid_a, free}

    def test_villages_out_of_use_are_not_reported(self, cast, district):
        AreaFactory(code="371002001080", valid_to=TODAY - DAY)
        assert self.report(cast.zhou)["环翠楼街道"].villages == 1
        assert self.report(cast.zhou, TODAY - DAY)["环翠楼街道"].villages == 2

    def test_three_queries_however_many_places(self, cast, district, django_assert_num_queries):
        for number in range(80, 95):
            GridFactory(village=AreaFactory(code=f"371002001{number:03d}"))
        villages, grids = (
            gaps.villages_reported(cast.zhou, on=TODAY),
            gaps.grids_reported(cast.zhou, on=TODAY),
        )
        with django_assert_num_queries(3):
            gaps.township_gaps(villages, grids, on=TODAY)
        with django_assert_num_queries(2):
            list(gaps.gap_rows(tuple(Gap), villages, grids, on=TODAY))


class TestCoverage:
    def test_grid_counts_and_loads(self, cast, district, django_assert_num_queries):
        for _ in range(3):
            GridResponsibilityFactory(grid=GridFactory(village=district.village_a), team=cast.team_a)
        GridResponsibilityFactory(
            grid=GridFactory(village=district.village_a), team=cast.team_a, ends_on=TODAY - DAY
        )
        with django_assert_num_queries(1):
            counts = coverage.grid_counts([cast.team_a.pk, cast.team_b.pk], on=TODAY)
        assert counts == {cast.team_a.pk: 4, cast.team_b.pk: 1}
        with django_assert_num_queries(1):
            loads = coverage.grid_loads({7: {cast.team_a.pk, cast.team_b.pk}, 8: set()}, on=TODAY)
        assert loads == {7: 5, 8: 0}

    def test_a_grid_leader_may_look_up_the_team_of_his_grid(self, cast, district):
        leader = UserFactory()
        RoleAssignmentFactory(user=leader, role="grid_leader", area_code=district.grid_a.code)
        TeamFactory(institution=cast.institution_a)
        assert list(coverage.teams_shown(leader, on=TODAY)) == [cast.team_a]

    def test_grids_of_a_team_by_code(self, cast, district):
        assert [one.grid for one in coverage.covered_grids(cast.team_a, on=TODAY)] == [district.grid_a]
