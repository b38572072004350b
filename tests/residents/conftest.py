import datetime as dt

import pytest
import time_machine

from residents.policy import ResidentsPolicy
from tests.factories.residents import HouseholdFactory, ResidentFactory

TODAY = dt.date(2026, 11, 22)
POLICY = ResidentsPolicy()


@pytest.fixture
def today():
    """The clock of the doors stands at noon of 22 November 2026 in Shanghai."""
    with time_machine.travel(dt.datetime(2026, 11, 22, 4, 0, tzinfo=dt.UTC), tick=False):
        yield TODAY


@pytest.fixture
def home(cast, district):
    """A household of grid A."""
    return HouseholdFactory(grid=district.grid_a)


@pytest.fixture
def person(cast, district, home):
    """王建国, 76, head of the household of grid A."""
    return ResidentFactory(
        name="王建国", born_on=dt.date(1950, 1, 1), phone="13912345678", grid=district.grid_a, household=home
    )


@pytest.fixture
def neighbor(cast, district):
    """赵海波 of grid B: out of reach for team A."""
    return ResidentFactory(
        name="赵海波", born_on=dt.date(1962, 5, 6), phone="13987650001", grid=district.grid_b
    )
