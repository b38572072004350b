"""Age flags of everybody: the two statements say what the rules say, day by day."""

import dataclasses
import datetime as dt

import pytest

from residents.actions.ages import refresh_age_flags
from residents.choices import Evidence, Population
from residents.models import PopulationFlag, Resident
from residents.rules.population import age_bands, first_day, kinds_by_age, last_day
from tests.factories.residents import ResidentFactory
from tests.residents.conftest import POLICY

BASES = [POLICY, dataclasses.replace(POLICY, elderly_age_basis="EXACT_DAY")]
DAY = dt.timedelta(days=1)
DAYS = [
    dt.date(2023, 2, 28),
    dt.date(2024, 2, 28),
    dt.date(2024, 2, 29),
    dt.date(2024, 3, 1),
    dt.date(2026, 12, 31),
]


def births() -> list[dt.date]:
    """Around every age that counts, from each of the days: the day before, the day, the day after, and leap days."""
    around = {
        dt.date(on.year - age, on.month, 28 if on.day == 29 else on.day) + shift * DAY
        for on in DAYS
        for age in (0, 7, 60, 65, 80)
        for shift in (-1, 0, 1, 2)
    }
    leap = {dt.date(year, 2, 29) for year in (1940, 1944, 1956, 1960, 1964, 2016, 2020, 2024)}
    return sorted(around | leap | {dt.date(1958, 12, 31), dt.date(1959, 1, 1)})


@pytest.fixture
def people(district):
    return [
        ResidentFactory(grid=district.grid_a, household=None, born_on=day, serial=at)
        for at, day in enumerate(births())
    ]


@pytest.mark.parametrize("policy", BASES, ids=["year end", "exact day"])
def test_the_statements_agree_with_the_rules(people, policy):
    for on in DAYS:
        refresh_age_flags(policy=policy, on=on)
        bands = age_bands(on, policy)
        for one in people:
            flags = list(PopulationFlag.objects.filter(resident=one))
            running = {flag.kind for flag in flags if flag.ends_on is None}
            assert running == set(kinds_by_age(one.born_on, bands)), (one.born_on, on)
            for flag in flags:
                assert flag.starts_on == first_day(Population(flag.kind), one.born_on, policy)
                if flag.ends_on is not None:
                    assert flag.ends_on == last_day(Population(flag.kind), one.born_on, policy)
        again = refresh_age_flags(policy=policy, on=on)
        assert (again.begun, again.ended) == (0, 0)


def test_two_statements_whatever_the_number(people, django_assert_num_queries):
    with django_assert_num_queries(5):  # savepoint, time limit, leave, enter, release
        refresh_age_flags(policy=POLICY, on=DAYS[-1])


def test_a_flag_without_a_reason_any_more_ends_yesterday(people):
    refresh_age_flags(policy=POLICY, on=DAYS[-1])
    Resident.objects.update(born_on=None)
    on = DAYS[-1] + 10 * DAY
    done = refresh_age_flags(policy=POLICY, on=on)
    assert done.begun == 0
    assert not PopulationFlag.objects.running().exists()
    assert set(PopulationFlag.objects.filter(starts_on__lt=on - DAY).values_list("ends_on", flat=True)) == {
        on - DAY
    }


def test_history_says_which_job_ended_a_flag(district):
    child = ResidentFactory(grid=district.grid_a, born_on=dt.date(2017, 3, 1))
    refresh_age_flags(policy=POLICY, on=dt.date(2024, 2, 29))
    refresh_age_flags(policy=POLICY, on=dt.date(2024, 3, 1))
    flag = PopulationFlag.objects.get(resident=child)
    assert flag.ends_on == dt.date(2024, 2, 29)
    assert flag.history.get().pgh_context.metadata["job"] == "refresh_age_flags"


def test_what_a_doctor_said_under_an_age_kind_is_left_alone(people):
    """Old data may hold an age kind that rests on a roster: only flags by age are ended."""
    one = people[-1]
    kept = PopulationFlag.objects.create(
        resident=one, kind=Population.ELDERLY_80, evidence=Evidence.ROSTER, starts_on=DAYS[0]
    )
    refresh_age_flags(policy=POLICY, on=DAYS[-1])
    kept.refresh_from_db()
    assert kept.ends_on is None
