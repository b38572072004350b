import datetime as dt

import pytest
import time_machine
from django.utils import timezone

from care.actions import replan
from residents.choices import Population
from tests.factories.care import ensure_care
from tests.factories.contracts import ensure_wording, package, sign_agreement
from tests.factories.residents import PopulationFlagFactory, ResidentFactory

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


@pytest.fixture
def hypertensive(cast, resident, today):
    """王建国, signed since June with a package for hypertension, which he has; his plans are made."""
    ensure_care()
    day = dt.date(2026, 6, 1)
    PopulationFlagFactory(resident=resident, kind=Population.HYPERTENSION, starts_on=day)
    packages = [package("basic", day), package("hypertension", day)]
    sign_agreement(resident, cast.team_a, cast.li, on=day, packages=packages)
    replan([resident.pk], on=TODAY, now=timezone.now())
    resident.refresh_from_db()
    return resident
