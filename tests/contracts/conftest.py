import datetime as dt

import pytest
import time_machine

from tests.factories.contracts import ensure_wording
from tests.factories.residents import ResidentFactory

TODAY = dt.date(2026, 11, 22)


@pytest.fixture
def today():
    """The clock of the doors stands at noon of 22 November 2026 in Shanghai."""
    with time_machine.travel(dt.datetime(2026, 11, 22, 4, 0, tzinfo=dt.UTC), tick=False):
        yield TODAY


@pytest.fixture
def wording(db):
    ensure_wording()


@pytest.fixture
def resident(cast, district, wording):
    """王建国, 76, of grid A."""
    return ResidentFactory(
        name="王建国", born_on=dt.date(1950, 1, 1), phone="13912345678", grid=district.grid_a
    )
