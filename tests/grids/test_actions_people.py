"""Who answers for a grid, who works it, and who is paired with whom."""

import datetime as dt
from threading import Barrier, Thread

import pytest
from django.db import connection

from core.refusals import Refusal
from grids import actions
from grids.choices import PairingLevel, PostingRole
from grids.models import Grid, GridResponsibility, Pairing, Posting
from teams.choices import Role
from teams.models import RoleAssignment
from tests.factories.grids import (
    AreaFactory,
    GridFactory,
    GridResponsibilityFactory,
    MicroGridFactory,
    PostingFactory,
)
from tests.factories.teams import TeamFactory, UserFactory

TODAY = dt.date(2026, 11, 22)
DAY = dt.timedelta(days=1)


def refused(action, **kwargs) -> Refusal:
    with pytest.raises(Refusal) as caught:
        action(**kwargs)
    assert caught.value.sentence.endswith("。")
    return caught.value


class TestAssignTeam:
    def assign(self, cast, *grids, team=None, starts_on=TODAY):
        chosen = Grid.objects.filter(pk__in=[one.pk for one in grids])
        return actions.assign_team(
            grids=chosen, team=team or cast.team_b, starts_on=starts_on, by=cast.zhou, on=TODAY
        )

    def holder(self, grid, day):
        return [one.team for one in GridResponsibility.objects.active_on(day).filter(grid=grid)]

    def test_the_former_team_ends_the_day_before(self, cast, district):
        self.assign(cast, district.grid_a)
        assert self.holder(district.grid_a, TODAY - DAY) == [cast.team_a]
        assert self.holder(district.grid_a, TODAY) == [cast.team_b]

    def test_several_grids_at_once_cost_the_same(self, cast, district, django_assert_max_num_queries):
        grids = [GridFactory(village=district.village_a) for _ in range(6)]
        with django_assert_max_num_queries(9):  # lock, team, rows, update, insert; savepoints
            begun = self.assign(cast, district.grid_a, *grids)
        assert len(begun) == 7
        assert all(self.holder(one, TODAY) == [cast.team_b] for one in grids)

    def test_what_the_team_holds_is_left_alone(self, cast, district):
        assert self.assign(cast, district.grid_b) == []
        assert district.grid_b.responsibilities.get().ends_on is None

    def test_a_planned_end_is_brought_forward(self, cast, district):
        grid = GridFactory(village=district.village_a)
        GridResponsibilityFactory(grid=grid, team=cast.team_a, ends_on=TODAY + 40 * DAY)
        self.assign(cast, grid)
        assert self.holder(grid, TODAY + 40 * DAY) == [cast.team_b]

    def test_blocked_by_a_team_that_begins_the_same_day_and_nothing_of_the_batch_is_done(
        self, cast, district
    ):
        self.assign(cast, district.grid_a)
        other = GridFactory(village=district.village_a)
        with pytest.raises(actions.CannotAssignTeam) as caught:
            self.assign(cast, other, district.grid_a, team=cast.team_a)
        refusal = caught.value
        assert (refusal.code, refusal.field) == ("one_team_per_grid", "grid")
        assert "赵医生团队" in refusal.sentence
        assert self.holder(other, TODAY) == []

    def test_refused_teams_and_grids(self, cast, district):
        closed_grid = GridFactory(village=district.village_a, closed_on=TODAY)
        ended = TeamFactory(ends_on=TODAY)
        young = TeamFactory(starts_on=TODAY + DAY)
        for grids, team, code in [
            ([], cast.team_b, "no_grid"),
            ([closed_grid], cast.team_b, "grid_closed"),
            ([district.grid_a], ended, "team_closed"),
            ([district.grid_a], young, "before_team"),
        ]:
            with pytest.raises(actions.CannotAssignTeam) as caught:
                self.assign(cast, *grids, team=team)
            assert caught.value.code == code

    def test_a_micro_grid_may_have_its_own_team(self, cast, district):
        micro = MicroGridFactory(parent=district.grid_a)
        self.assign(cast, micro)
        assert self.holder(micro, TODAY) == [cast.team_b]
        assert self.holder(district.grid_a, TODAY) == [cast.team_a]

    def test_ending_leaves_the_grid_without_team(self, cast, district):
        row = district.grid_a.responsibilities.get()
        actions.end_responsibility(responsibility=row, ends_on=TODAY, by=cast.zhou, on=TODAY)
        assert self.holder(district.grid_a, TODAY) == [cast.team_a]
        assert self.holder(district.grid_a, TODAY + DAY) == []
        assert refused(
            actions.end_responsibility, responsibility=row, ends_on=TODAY, by=cast.zhou, on=TODAY
        ).code == "ended"  # fmt: skip

    def test_not_ended_before_it_began(self, cast, district):
        (row,) = self.assign(cast, district.grid_a)
        refusal = refused(
            actions.end_responsibility, responsibility=row, ends_on=TODAY - DAY, by=cast.zhou, on=TODAY
        )
        assert refusal.code == "before_start"

    def test_a_slip_of_today_is_taken_back_and_assigned_anew(self, cast, district):
        (row,) = self.assign(cast, district.grid_a)
        actions.withdraw_assignment(responsibility=row, by=cast.zhou, on=TODAY)
        self.assign(cast, district.grid_a, team=cast.team_a)
        assert self.holder(district.grid_a, TODAY) == [cast.team_a]
        assert self.holder(district.grid_a, TODAY - DAY) == [cast.team_a]

    def test_what_began_before_today_is_not_taken_back(self, cast, district):
        row = district.grid_a.responsibilities.get()
        assert (
            refused(actions.withdraw_assignment, responsibility=row, by=cast.zhou, on=TODAY).code == "begun"
        )


@pytest.mark.django_db(transaction=True)
def test_two_people_assign_one_grid_at_once_and_one_of_them_is_told(cast, district):
    grid = GridFactory(village=district.village_a)
    barrier = Barrier(2)
    outcomes: list[object] = []

    def assign(team):
        try:
            barrier.wait(timeout=10)
            begun = actions.assign_team(
                grids=Grid.objects.filter(pk=grid.pk), team=team, starts_on=TODAY, by=cast.zhou, on=TODAY
            )
            outcomes.append(begun[0].team)
        except Refusal as refusal:
            outcomes.append(refusal)
        finally:
            connection.close()

    threads = [Thread(target=assign, args=[team]) for team in (cast.team_a, cast.team_b)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(timeout=20)

    (refusal,) = [one for one in outcomes if isinstance(one, Refusal)]
    (winner,) = [one for one in outcomes if not isinstance(one, Refusal)]
    assert refusal.code == "one_team_per_grid"
    assert f"已分派给“{winner}”" in refusal.sentence
    assert GridResponsibility.objects.get(grid=grid).team == winner


class TestAppoint:
    def appoint(self, cast, **changes):
        given = {
            "role": PostingRole.SENTINEL,
            "name": "吴哨兵",
            "starts_on": TODAY,
            "by": cast.he,
            "on": TODAY,
        }
        return actions.appoint(**given | changes)

    def test_a_sentinel_with_an_account_gets_the_role_of_his_grid(self, cast, district):
        user = UserFactory()
        posting = self.appoint(
            cast, grid=district.grid_a, origin="property", user=user, ends_on=TODAY + 365 * DAY
        )
        role = posting.role_assignment
        assert (role.user, role.role, role.area_code) == (user, Role.SENTINEL, district.grid_a.code)
        assert (role.starts_on, role.ends_on) == (posting.starts_on, posting.ends_on)

    @pytest.mark.parametrize(
        ("post", "role"),
        [
            (PostingRole.COMMUNITY_STEWARD, Role.COMMUNITY_STEWARD),
            (PostingRole.GRID_LEADER, Role.GRID_LEADER),
        ],
    )
    def test_roles_of_posts(self, cast, district, post, role):
        place = (
            {"village": district.village_a}
            if post == PostingRole.COMMUNITY_STEWARD
            else {"grid": district.grid_a}
        )
        posting = self.appoint(cast, role=post, user=UserFactory(), **place)
        assert posting.role_assignment.role == role
        assert posting.role_assignment.area_code == next(iter(place.values())).code

    def test_without_an_account_no_role(self, cast, district):
        assert self.appoint(cast, grid=district.grid_a, origin="volunteer").role_assignment is None

    def test_outside_partners_have_no_account(self, cast, district):
        assert self.appoint(cast, role=PostingRole.POLICE, village=district.village_a).origin == ""
        refusal = refused(
            self.appoint, cast=cast, role=PostingRole.POLICE, village=district.village_a, user=UserFactory()
        )
        assert (refusal.code, refusal.field) == ("no_account", "user")

    def test_refused_places(self, cast, district):
        leader, steward = PostingRole.GRID_LEADER, PostingRole.COMMUNITY_STEWARD
        closed = GridFactory(village=district.village_a, closed_on=TODAY)
        ended = AreaFactory(code="371002001070", valid_to=TODAY - DAY)
        for changes, code in [
            ({"role": leader}, "grid_missing"),
            ({"role": leader, "village": district.village_a}, "grid_missing"),
            ({"role": leader, "grid": district.grid_a, "village": district.village_a}, "village_given"),
            ({"role": steward, "grid": district.grid_a}, "village_missing"),
            ({"role": steward, "village": district.township_a}, "village_missing"),
            ({"role": steward, "village": district.village_a, "grid": district.grid_a}, "grid_given"),
            ({"role": leader, "grid": closed}, "place_closed"),
            ({"role": steward, "village": ended}, "place_closed"),
            ({"grid": district.grid_a}, "origin_missing"),
            ({"role": leader, "grid": district.grid_b, "ends_on": TODAY - DAY}, "posting_ends_after_start"),
        ]:
            assert refused(self.appoint, cast=cast, **changes).code == code

    def test_one_leader_for_a_grid_and_one_steward_for_a_village(self, cast, district):
        self.appoint(cast, role=PostingRole.GRID_LEADER, grid=district.grid_a)
        self.appoint(cast, role=PostingRole.COMMUNITY_STEWARD, village=district.village_a)
        refusal = refused(self.appoint, cast=cast, role=PostingRole.GRID_LEADER, grid=district.grid_a)
        assert (refusal.code, refusal.field) == ("one_leader_per_grid", "grid")
        assert refusal.sentence == "该网格同一时期已有网格长，请先结束原任职。"
        refusal = refused(
            self.appoint, cast=cast, role=PostingRole.COMMUNITY_STEWARD, village=district.village_a
        )
        assert (refusal.code, refusal.field) == ("one_steward_per_village", "village")

    def test_a_refused_posting_leaves_no_role_behind(self, cast, district):
        self.appoint(cast, role=PostingRole.GRID_LEADER, grid=district.grid_a)
        user = UserFactory()
        refused(self.appoint, cast=cast, role=PostingRole.GRID_LEADER, grid=district.grid_a, user=user)
        assert not RoleAssignment.objects.filter(user=user).exists()

    def test_several_sentinels_in_one_grid(self, cast, district):
        self.appoint(cast, grid=district.grid_a, origin="volunteer")
        self.appoint(cast, grid=district.grid_a, origin="building_head")
        assert Posting.objects.filter(grid=district.grid_a, role=PostingRole.SENTINEL).count() == 3

    def test_an_account_given_later_begins_that_day(self, cast, district):
        posting = PostingFactory(grid=district.grid_a)
        user = UserFactory()
        actions.give_account(posting=posting, user=user, by=cast.he, on=TODAY)
        assert user.role_assignments.get().starts_on == TODAY
        refusal = refused(actions.give_account, posting=posting, user=UserFactory(), by=cast.he, on=TODAY)
        assert refusal.code == "has_account"

    def test_no_account_for_a_posting_that_is_over_or_has_no_page(self, cast, district):
        over = PostingFactory(grid=district.grid_a, ends_on=TODAY - DAY)
        police = PostingFactory(role=PostingRole.POLICE, grid=None, village=district.village_a, origin="")
        for posting, code in [(over, "over"), (police, "no_account")]:
            refusal = refused(actions.give_account, posting=posting, user=UserFactory(), by=cast.he, on=TODAY)
            assert refusal.code == code

    def test_corrections(self, cast, district):
        posting = PostingFactory(grid=district.grid_a)
        amended = actions.amend_posting(
            posting=posting, name="新名", phone="13900000009", origin="property", by=cast.he, on=TODAY
        )
        assert (amended.name, amended.phone, amended.origin) == ("新名", "13900000009", "property")
        refusal = refused(
            actions.amend_posting, posting=posting, name="新名", phone="", origin="", by=cast.he, on=TODAY
        )
        assert refusal.code == "origin_missing"


class TestEndPosting:
    def test_the_role_and_the_pairings_end_with_it(self, cast, district):
        posting = Posting.objects.get(user=cast.sun)
        pairing = actions.pair(
            level=PairingLevel.MEMBER,
            user=cast.wang,
            posting=posting,
            starts_on=TODAY,
            by=cast.qian,
            on=TODAY,
        )
        actions.end_posting(posting=posting, ends_on=TODAY, by=cast.he, on=TODAY)
        pairing.refresh_from_db()
        assert posting.role_assignment.__class__.objects.get(user=cast.sun).ends_on == TODAY
        assert pairing.ends_on == TODAY

    def test_a_role_given_after_that_day_ends_on_its_first_day(self, cast, district):
        posting = PostingFactory(grid=district.grid_a)
        user = UserFactory()
        actions.give_account(posting=posting, user=user, by=cast.he, on=TODAY)
        actions.end_posting(posting=posting, ends_on=TODAY - 30 * DAY, by=cast.he, on=TODAY)
        assert user.role_assignments.get().ends_on == TODAY

    def test_a_pairing_still_to_come_is_dropped(self, cast, district):
        posting = Posting.objects.get(user=cast.sun)
        actions.pair(
            level=PairingLevel.MEMBER,
            user=cast.wang,
            posting=posting,
            starts_on=TODAY + 9 * DAY,
            by=cast.qian,
            on=TODAY,
        )
        actions.end_posting(posting=posting, ends_on=TODAY, by=cast.he, on=TODAY)
        assert not Pairing.objects.exists()

    def test_not_twice_and_not_before_it_began(self, cast, district):
        posting = PostingFactory(grid=district.grid_a, starts_on=TODAY)
        for ends_on, code in [(TODAY - DAY, "before_start"), (TODAY, None), (TODAY, "ended")]:
            if code:
                assert (
                    refused(actions.end_posting, posting=posting, ends_on=ends_on, by=cast.he, on=TODAY).code
                    == code
                )
            else:
                actions.end_posting(posting=posting, ends_on=ends_on, by=cast.he, on=TODAY)

    def test_a_successor_may_begin_the_day_after(self, cast, district):
        given = {"role": PostingRole.GRID_LEADER, "grid": district.grid_a, "by": cast.he, "on": TODAY}
        first = actions.appoint(name="甲", starts_on=TODAY - 9 * DAY, **given)
        actions.end_posting(posting=first, ends_on=TODAY, by=cast.he, on=TODAY)
        assert refused(actions.appoint, name="乙", starts_on=TODAY, **given).code == "one_leader_per_grid"
        assert actions.appoint(name="乙", starts_on=TODAY + DAY, **given).pk


class TestPair:
    @pytest.fixture
    def posts(self, district):
        return {
            PairingLevel.STEWARD: PostingFactory(
                role=PostingRole.COMMUNITY_STEWARD, village=district.village_a, grid=None, origin=""
            ),
            PairingLevel.LEADER: PostingFactory(
                role=PostingRole.GRID_LEADER, grid=district.grid_a, origin=""
            ),
            PairingLevel.MEMBER: PostingFactory(grid=district.grid_a),
        }

    def pair(self, cast, level, user, posting, starts_on=TODAY):
        return actions.pair(
            level=level, user=user, posting=posting, starts_on=starts_on, by=cast.qian, on=TODAY
        )

    def test_the_three_levels(self, cast, posts):
        for level, user in zip(PairingLevel, (cast.qian, cast.li, cast.wang), strict=True):
            assert self.pair(cast, level, user, posts[level]).pk

    @pytest.mark.parametrize(
        ("level", "person"),
        [("steward", "li"), ("leader", "wang"), ("leader", "zhao"), ("member", "zhao"), ("member", "qian")],
    )
    def test_the_medical_side_must_fit_the_place(self, cast, posts, level, person):
        refusal = refused(self.pair, cast=cast, level=level, user=getattr(cast, person), posting=posts[level])
        assert (refusal.code, refusal.field) == ("person_unfit", "user")

    def test_the_community_side_must_fit_the_level(self, cast, posts):
        refusal = refused(
            self.pair, cast=cast, level=PairingLevel.LEADER, user=cast.li, posting=posts[PairingLevel.MEMBER]
        )
        assert (refusal.code, refusal.field) == ("role_unfit", "posting")

    def test_a_sentinel_of_a_micro_grid_belongs_to_the_team_of_the_grid_above(self, cast, district):
        posting = PostingFactory(grid=MicroGridFactory(parent=district.grid_a))
        assert self.pair(cast, PairingLevel.MEMBER, cast.wang, posting).pk

    def test_not_twice_at_once(self, cast, posts):
        self.pair(cast, PairingLevel.MEMBER, cast.wang, posts[PairingLevel.MEMBER])
        refusal = refused(
            self.pair,
            cast=cast,
            level=PairingLevel.MEMBER,
            user=cast.wang,
            posting=posts[PairingLevel.MEMBER],
        )
        assert refusal.code == "pairing_once"

    def test_only_while_in_post_and_ending_with_it(self, cast, district):
        posting = PostingFactory(grid=district.grid_a, starts_on=TODAY, ends_on=TODAY + 5 * DAY)
        assert self.pair(cast, PairingLevel.MEMBER, cast.wang, posting).ends_on == TODAY + 5 * DAY
        for day in (TODAY - DAY, TODAY + 6 * DAY):
            refusal = refused(
                self.pair, cast=cast, level=PairingLevel.MEMBER, user=cast.li, posting=posting, starts_on=day
            )
            assert refusal.code == "not_in_post"

    def test_unpair(self, cast, posts):
        pairing = self.pair(cast, PairingLevel.MEMBER, cast.wang, posts[PairingLevel.MEMBER])
        refusal = refused(actions.unpair, pairing=pairing, ends_on=TODAY - DAY, by=cast.qian, on=TODAY)
        assert refusal.code == "before_start"
        assert actions.unpair(pairing=pairing, ends_on=TODAY, by=cast.qian, on=TODAY).ends_on == TODAY
        assert refused(actions.unpair, pairing=pairing, ends_on=TODAY, by=cast.qian, on=TODAY).code == "ended"
