"""Coverage equals counting person by person; edges of the day, of death, of transfer; scope; a fixed number of queries."""

import datetime as dt
from dataclasses import replace
from random import Random

import pytest

from assessment.choices import Level
from assessment.queries import coverage
from assessment.queries.heads import residents_known, tallies
from assessment.rules import Tally
from contracts.choices import AgreementState
from residents.actions import merge_residents
from residents.policy import ResidentsPolicy
from tests.assessment.district import LONG_AGO, count_slowly, enroll, enter, scatter
from tests.factories.grids import GridFactory, GridResponsibilityFactory, MicroGridFactory
from tests.factories.residents import PopulationFlagFactory
from tests.factories.teams import RoleAssignmentFactory

DAY = dt.date(2026, 11, 22)
ONE = dt.timedelta(days=1)
MONTH = dt.timedelta(days=30)
POLICY = ResidentsPolicy()


def table(user, level=Level.GRID, *, area=None, on=DAY, policy=POLICY):
    return coverage(user, level, area=area, on=on, before=on - MONTH, policy=policy)


def line_of(found, pk):
    return next(one for one in found.lines if one.id == pk)


@pytest.mark.parametrize("seed", range(4))
@pytest.mark.parametrize("on", [DAY, dt.date(2024, 2, 29)])
def test_every_level_equals_counting_one_by_one(cast, district, seed, on):
    policy = replace(POLICY, elderly_age_basis="EXACT_DAY" if seed % 2 else "YEAR_END")
    scatter(Random(seed), cast, district, on)
    for day in (on - MONTH, on - ONE, on, on + ONE):
        counts_auto = bool(seed % 3)
        slow = count_slowly(day, policy, counts_auto)
        for level in Level:
            known = residents_known(cast.zhou, None, day)
            fast = tallies(level, known, on=day, policy=policy, counts_auto=counts_auto)
            assert fast == slow[level], (level, day)


@pytest.mark.parametrize("seed", [11, 12])
def test_totals_agree_between_levels(cast, district, seed):
    scatter(Random(seed), cast, district, DAY)
    totals = {(found.total.now, found.total.before) for found in (table(cast.zhou, level) for level in Level)}
    assert len(totals) == 1
    assert totals.pop()[0].signed > 0


@pytest.mark.parametrize(
    ("starts_on", "ends_on", "state", "counts"),
    [
        (DAY - ONE, DAY - ONE, AgreementState.TERMINATED, 0),
        (DAY - ONE, DAY, AgreementState.TERMINATED, 1),
        (DAY, DAY + ONE, AgreementState.ACTIVE, 1),
        (DAY + ONE, DAY + MONTH, AgreementState.ACTIVE, 0),
        (DAY - MONTH, DAY, AgreementState.EXPIRED, 1),
        (DAY - MONTH, DAY + MONTH, AgreementState.VOID, 0),
        (DAY - MONTH, DAY + MONTH, AgreementState.DRAFT, 0),
        (DAY - MONTH, DAY + MONTH, AgreementState.PENDING_CONFIRM, 0),
    ],
)
def test_an_agreement_counts_on_its_days_only(cast, district, starts_on, ends_on, state, counts):
    enroll(enter(district.grid_a), cast.team_a, cast.li, starts_on, ends_on, state=state)
    assert (
        table(cast.zhou).total.now == Tally(1, counts, 0, 0, 0, 0)
        or counts == table(cast.zhou).total.now.signed
    )


def test_a_supplementary_agreement_is_no_coverage(cast, district):
    enroll(enter(district.grid_a), cast.team_a, cast.li, DAY, DAY, supplementary=True)
    found = table(cast.zhou)
    assert found.total.now.signed == 0
    assert found.excluded.supplementary == 1


@pytest.mark.parametrize(("died_on", "residents"), [(DAY - ONE, 0), (DAY, 0), (DAY + ONE, 1)])
def test_the_dead_leave_both_sides_on_the_day_of_death(cast, district, died_on, residents):
    resident = enter(district.grid_a, gone=("deceased", died_on))
    enroll(resident, cast.team_a, cast.li, DAY - MONTH, DAY + MONTH)
    found = table(cast.zhou)
    assert (found.total.now.residents, found.total.now.signed) == (residents, residents)
    assert (found.excluded.deceased, found.excluded.absent_signed) == (1 - residents, 1 - residents)


@pytest.mark.parametrize(("entered_on", "residents"), [(DAY - ONE, 1), (DAY, 1), (DAY + ONE, 0)])
def test_nobody_is_counted_before_he_was_entered(cast, district, entered_on, residents):
    enter(district.grid_a, on=entered_on)
    assert table(cast.zhou).total.now.residents == residents


def test_a_transfer_counts_for_the_team_that_holds_it_that_day(cast, district):
    resident = enter(district.grid_a)
    enroll(resident, cast.team_a, cast.li, DAY - MONTH, DAY, state=AgreementState.TRANSFERRED)
    enroll(resident, cast.team_b, cast.zhao, DAY + ONE, DAY + MONTH)
    for on, holder, other in ((DAY, cast.team_a, cast.team_b), (DAY + ONE, cast.team_b, cast.team_a)):
        found = table(cast.zhou, Level.TEAM, on=on)
        assert line_of(found, holder.pk).now.signed == 1
        assert line_of(found, other.pk).now.signed == 0
        assert found.total.now.signed == 1


def test_a_team_is_measured_by_the_grids_of_that_day(cast, district):
    grid = GridFactory(village=district.village_a)
    GridResponsibilityFactory(grid=grid, team=cast.team_a, starts_on=LONG_AGO, ends_on=DAY - ONE)
    GridResponsibilityFactory(grid=grid, team=cast.team_b, starts_on=DAY)
    enter(grid)
    assert line_of(table(cast.zhou, Level.TEAM, on=DAY - ONE), cast.team_a.pk).now.residents == 1
    assert line_of(table(cast.zhou, Level.TEAM), cast.team_b.pk).now.residents == 1


def test_grids_without_a_team_stand_apart_and_have_no_rate(cast, district):
    enter(GridFactory(village=district.village_a))
    rest = table(cast.zhou, Level.TEAM).lines[-1]
    assert (rest.id, rest.name, rest.now.residents, rest.rate) == (None, "未分派团队的网格", 1, None)


def test_a_micro_grid_falls_to_the_grid_and_the_team_above(cast, district):
    enter(MicroGridFactory(parent=district.grid_a))
    assert line_of(table(cast.zhou, Level.GRID), district.grid_a.pk).now.residents == 1
    assert line_of(table(cast.zhou, Level.TEAM), cast.team_a.pk).now.residents == 1


def test_a_person_of_many_kinds_is_one_key_person(cast, district):
    resident = enter(district.grid_a, born_on=dt.date(1950, 1, 1))
    for kind in ("hypertension", "diabetes_t2", "disabled"):
        PopulationFlagFactory(resident=resident, kind=kind)
    enroll(resident, cast.team_a, cast.li, DAY, DAY)
    assert table(cast.zhou).total.now == Tally(1, 1, 1, 1, 0, 0)


def test_key_populations_are_those_of_the_policy(cast, district):
    resident = enter(district.grid_a, born_on=dt.date(1990, 1, 1))
    PopulationFlagFactory(resident=resident, kind="stroke")
    assert table(cast.zhou).total.now.key_residents == 0
    with_stroke = replace(POLICY, key_populations=("stroke",))
    assert table(cast.zhou, policy=with_stroke).total.now.key_residents == 1
    assert table(cast.zhou, policy=replace(POLICY, key_populations=())).total.now.key_residents == 0


def test_an_empty_place_is_a_row_without_a_rate(cast, district):
    empty = line_of(table(cast.zhou, Level.VILLAGE), district.village_a.pk)
    assert (empty.now.residents, empty.rate, empty.gained) == (0, None, None)


def test_change_compares_with_the_earlier_day(cast, district):
    for starts_on in (DAY - MONTH - ONE, DAY):
        enroll(enter(district.grid_a), cast.team_a, cast.li, starts_on, DAY)
    line = line_of(table(cast.zhou), district.grid_a.pk)
    assert (line.rate_before, line.rate, line.gained) == (0.5, 1, 50)


def test_everybody_sees_his_own_scope(cast, district):
    for grid, team, doctor in (
        (district.grid_a, cast.team_a, cast.li),
        (district.grid_b, cast.team_b, cast.zhao),
    ):
        enroll(enter(grid), team, doctor, DAY, DAY)
        enter(grid)
    seen = {user: table(user, Level.VILLAGE) for user in (cast.zhou, cast.li, cast.qian, cast.he, cast.zhao)}
    assert seen[cast.zhou].total.now.residents == 4
    for user in (cast.li, cast.qian, cast.he):
        assert (seen[user].total.now.residents, seen[user].total.now.signed) == (2, 1)
        assert [line.id for line in seen[user].lines if line.now.residents] == [district.village_a.pk]
    assert [line.id for line in seen[cast.zhao].lines if line.now.residents] == [district.village_b.pk]


def test_without_a_team_or_area_there_is_nothing_to_see(cast, district):
    enter(district.grid_a)
    steward = RoleAssignmentFactory(role="institution_steward", area_code="", institution=cast.hospital).user
    for level in Level:
        found = table(steward, level)
        assert (found.lines, found.total.now) == ((), Tally())


def test_an_area_narrows_every_level(cast, district):
    enter(district.grid_a)
    enter(district.grid_b)
    for level in Level:
        for area in (district.township_a, district.village_a):
            found = table(cast.zhou, level, area=area)
            assert found.total.now.residents == 1
            assert all(line.now.residents for line in found.lines)


def test_other_teams_in_my_grids_are_summed_up_without_a_name(cast, district):
    enroll(enter(district.grid_a), cast.team_b, cast.zhao, DAY, DAY)
    names = {line.name: line.now.signed for line in table(cast.li, Level.TEAM).lines}
    assert names == {"李医生团队": 0, "其他团队": 1}


@pytest.mark.parametrize("level", list(Level))
def test_the_number_of_queries_is_fixed(cast, district, level, django_assert_num_queries):
    scatter(Random(1), cast, district, DAY, people=5)
    table(cast.zhou, level)  # reads the user's standing once
    with django_assert_num_queries(5):
        few = table(cast.zhou, level)
    scatter(Random(2), cast, district, DAY, people=15)
    with django_assert_num_queries(5):
        many = table(cast.zhou, level)
    assert many.total.now.residents > few.total.now.residents


def test_a_merged_entry_is_nobody_also_on_days_before_the_merge(cast, district):
    """One person entered twice: from the merge on he is one head, in every column and in the days compared with."""
    kept, dropped = enter(district.grid_a), enter(district.grid_a)
    agreement = enroll(dropped, cast.team_a, cast.li, DAY - 2 * MONTH, DAY + MONTH).agreement
    assert table(cast.zhou).total.now.residents == 2
    merge_residents(
        kept=kept, dropped=dropped, take=(), reason="电话核实", policy=POLICY, by=cast.li,
        at=dt.datetime(2026, 11, 22, 4, 0, tzinfo=dt.UTC), on=DAY,
    )  # fmt: skip
    assert agreement.enrollments.get().resident == kept
    for level in Level:
        found = table(cast.zhou, level)
        for tally in (found.total.now, found.total.before):
            assert (tally.residents, tally.signed) == (1, 1), level
    excluded = table(cast.zhou).excluded
    assert (excluded.deceased, excluded.moved_out, excluded.lost, excluded.absent_signed) == (0, 0, 0, 0)
