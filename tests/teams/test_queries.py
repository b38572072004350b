"""Teams as pages and reports see them; nothing costs more queries because there is more of it."""

import datetime as dt

import pytest

from teams import queries
from teams.choices import InstitutionType, Profession, Role, Tier
from teams.models import Institution, Team
from teams.policy import TeamsPolicy
from tests.factories.teams import (
    InstitutionFactory,
    RoleAssignmentFactory,
    TeamFactory,
    TeamMembershipFactory,
    UserFactory,
)

TODAY = dt.date(2026, 11, 22)
DAY = dt.timedelta(days=1)
POLICY = TeamsPolicy()


def dispatch(team, hospital, user=None, **period):
    return TeamMembershipFactory(
        team=team,
        user=user or UserFactory(institution=hospital, profession=Profession.SPECIALIST),
        profession=Profession.SPECIALIST,
        tier=Tier.SECOND,
        home_institution=hospital,
        is_dispatched=True,
        **period,
    )


def state_of(team, on=TODAY):
    (state,) = queries.team_states(Team.objects.filter(pk=team.pk), on=on, policy=POLICY)
    return state


def test_of_two_specialists_one_who_ended_yesterday_no_longer_counts(cast):
    """Worked example 5: count 1, below 2."""
    dispatch(cast.team_a, cast.hospital)
    dispatch(cast.team_a, cast.hospital, ends_on=TODAY - DAY)

    state = state_of(cast.team_a)

    assert state.dispatched == 1
    assert "too_few_dispatched" in [one.code for one in state.findings]
    assert state_of(cast.team_a, TODAY - DAY).dispatched == 2


@pytest.mark.parametrize(("starts_on", "counted"), [(TODAY - DAY, 1), (TODAY, 1), (TODAY + DAY, 0)])
def test_a_membership_counts_from_its_first_day(cast, starts_on, counted):
    dispatch(cast.team_a, cast.hospital, starts_on=starts_on)
    assert state_of(cast.team_a).dispatched == counted


def test_a_state_names_the_leader_and_what_is_missing(cast):
    state = state_of(cast.team_a)
    assert state.leader == cast.li
    assert state.members == 2
    assert [one.code for one in state.findings] == ["missing_core", "too_few_dispatched"]
    assert "公共卫生医师" in state.findings[0].sentence


def test_the_policy_of_the_day_decides_what_is_too_few(cast):
    dispatch(cast.team_a, cast.hospital)
    (state,) = queries.team_states(
        Team.objects.filter(pk=cast.team_a.pk), on=TODAY, policy=TeamsPolicy(min_dispatched_specialists=1)
    )
    assert [one.code for one in state.findings] == ["missing_core"]


def test_states_of_many_teams_cost_two_queries(cast, django_assert_num_queries):
    for _ in range(8):
        team = TeamFactory(institution=cast.institution_a)
        TeamMembershipFactory(team=team, is_leader=True)
        dispatch(team, cast.hospital)
    with django_assert_num_queries(2):
        states = queries.team_states(Team.objects.order_by("pk"), on=TODAY, policy=POLICY)
        assert len([one.leader.name for one in states]) == 10


def test_the_board_shows_the_leader_first_then_by_tier_and_only_who_belongs_today(cast):
    gone = TeamMembershipFactory(team=cast.team_a, ends_on=TODAY - DAY)
    specialist = dispatch(cast.team_a, cast.hospital)
    board = list(queries.member_board(cast.team_a, on=TODAY))
    assert [one.user for one in board] == [cast.li, cast.wang, specialist.user]
    assert gone not in board


def test_a_specialist_carries_the_load_of_all_his_teams_also_those_out_of_sight(
    cast, django_assert_num_queries
):
    busy = UserFactory(name="郑主任", institution=cast.hospital)
    dispatch(cast.team_a, cast.hospital, busy)
    dispatch(cast.team_b, cast.hospital, busy)
    dispatch(TeamFactory(ends_on=TODAY - DAY), cast.hospital, busy)
    other = dispatch(cast.team_a, cast.hospital).user

    with django_assert_num_queries(2):
        loads = queries.specialist_loads(Team.objects.filter(pk=cast.team_a.pk), on=TODAY)

    assert [one.user for one in loads] == [busy, other]
    assert loads[0].teams == {cast.team_a.pk, cast.team_b.pk}
    assert [(place, [row.team for row in rows]) for place, rows in loads[0].institutions] == [
        (cast.institution_a, [cast.team_a])
    ]


def test_institutions_without_a_steward_are_found(cast):
    alone = InstitutionFactory(name="无管家卫生院", type=InstitutionType.TOWNSHIP_HOSPITAL)
    InstitutionFactory(type=InstitutionType.STATION)
    InstitutionFactory(type=InstitutionType.CHC, is_active=False)
    found = queries.steward_findings(Institution.objects.all(), on=TODAY, policy=POLICY)
    assert [(one, finding.code) for one, finding in found] == [(alone, "no_steward")]


def test_a_hospital_needs_a_steward_once_it_has_a_team(cast):
    TeamFactory(institution=cast.hospital)
    found = queries.steward_findings(Institution.objects.all(), on=TODAY, policy=POLICY)
    assert [one for one, _ in found] == [cast.hospital]


@pytest.mark.parametrize(("ends_on", "is_missing"), [(TODAY - DAY, True), (TODAY, False), (None, False)])
def test_a_steward_counts_up_to_his_last_day(cast, ends_on, is_missing):
    place = InstitutionFactory()
    RoleAssignmentFactory(role=Role.INSTITUTION_STEWARD, institution=place, area_code="", ends_on=ends_on)
    found = queries.steward_findings(Institution.objects.filter(pk=place.pk), on=TODAY, policy=POLICY)
    assert bool(found) is is_missing
