"""``visible_to`` against a plain reading of the same rule in Python, on random trees and random people."""

import datetime as dt

import pytest
from django.db import transaction
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from grids.choices import PostingRole
from grids.models import Area, Grid, GridResponsibility, Posting
from teams.access import forget_standing, scope_of
from teams.choices import Role
from tests.factories.grids import AreaFactory, GridFactory, MicroGridFactory, PostingFactory
from tests.factories.teams import (
    InstitutionFactory,
    RoleAssignmentFactory,
    TeamFactory,
    TeamMembershipFactory,
    UserFactory,
)

pytestmark = pytest.mark.usefixtures("noon")
TODAY = dt.date(2026, 11, 22)
DAY = dt.timedelta(days=1)
CODES = (
    "371002",
    "371002001",
    "371002002",
    "371002001001",
    "371002001002",
    "37100200100101",
    "3710020010010101",
)


def build():
    """Two townships with two villages each, grids and micro-grids, a posting in each; four teams of two institutions."""
    villages = [AreaFactory(code=f"371002{town:03d}{number:03d}") for town in (1, 2) for number in (1, 2)]
    grids = [GridFactory(village=village) for village in villages for _ in range(2)]
    grids += [MicroGridFactory(parent=grid) for grid in grids[::2]]
    for grid in grids:
        PostingFactory(grid=grid)
    for village in villages:
        PostingFactory(role=PostingRole.COMMUNITY_STEWARD, grid=None, village=village, origin="")
    places = [InstitutionFactory(area_code="371002001"), InstitutionFactory(area_code="371002002")]
    return villages, grids, places, [TeamFactory(institution=place) for place in places for _ in range(2)]


spans = st.sampled_from([(-9, -1), (-9, 0), (-9, None), (0, None), (1, None)])


@settings(max_examples=20, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(data=st.data())
def test_places_and_postings(data, db):
    with transaction.atomic():
        _check(data)
        transaction.set_rollback(True)


def _check(data):
    _villages, grids, places, teams = build()
    held: dict[int, set[int]] = {}  # grid -> teams of today
    for grid in grids:
        team = data.draw(st.sampled_from([None, *teams]), label=f"team of {grid.code}")
        if team:
            first, last = data.draw(spans)
            GridResponsibility.objects.create(
                grid=grid,
                team=team,
                starts_on=TODAY + first * DAY,
                ends_on=None if last is None else TODAY + last * DAY,
            )
            if first <= 0 and (last is None or last >= 0):
                held.setdefault(grid.pk, set()).add(team.pk)
    user = UserFactory(password="Ceshi@2026koling")
    prefixes = data.draw(st.lists(st.sampled_from(CODES), max_size=2, unique=True), label="areas")
    for code in prefixes:
        RoleAssignmentFactory(user=user, role=Role.STREET, area_code=code)
    mine = set()
    if data.draw(st.booleans(), label="is a member"):
        team = data.draw(st.sampled_from(teams))
        TeamMembershipFactory(team=team, user=user)
        mine.add(team.pk)
    if data.draw(st.booleans(), label="is a steward"):
        RoleAssignmentFactory(user=user, role=Role.INSTITUTION_STEWARD, institution=places[0], area_code="")
        mine |= {one.pk for one in teams if one.institution == places[0]}
    forget_standing(user)
    assert set(scope_of(user).teams) == mine

    def covers(grid) -> bool:
        own = held.get(grid.pk)
        return bool((own or held.get(grid.parent_id, set())) & mine)

    def sees(grid) -> bool:
        return grid.code.startswith(tuple(prefixes)) or covers(grid)

    seen_grids = {one.pk for one in grids if sees(one)}
    seen_villages = {one.village_id for one in grids if one.pk in seen_grids}

    def sees_area(area) -> bool:
        below = area.code.startswith(tuple(prefixes))
        above = any(code.startswith(area.code) for code in prefixes)
        return below or above or any(v.code.startswith(area.code) for v in _villages if v.pk in seen_villages)

    def sees_posting(posting) -> bool:
        if posting.grid_id:
            return posting.grid_id in seen_grids
        return posting.village_id in seen_villages or posting.village.code.startswith(tuple(prefixes))

    assert set(Grid.objects.visible_to(user).values_list("pk", flat=True)) == seen_grids
    assert set(Area.objects.visible_to(user)) == {one for one in Area.objects.all() if sees_area(one)}
    postings = Posting.objects.select_related("village")
    assert set(Posting.objects.visible_to(user)) == {one for one in postings if sees_posting(one)}

    townships = {one.institution.area_code for one in teams if one.pk in mine}

    def is_free(grid) -> bool:
        return grid.code.startswith(tuple(townships)) and grid.pk not in held and grid.parent_id not in held

    assert set(Grid.objects.assignable_by(user).values_list("pk", flat=True)) == {
        one.pk for one in grids if one.pk in seen_grids or is_free(one)
    }
