"""The last place on a panel, asked for by two signings at once: one gets it, the other reads that it is gone."""

import datetime as dt

import pytest

from contracts.actions import CannotSign
from contracts.models import Agreement
from contracts.queries.panel import panel_size
from core.models import PolicySetting
from tests.contracts.test_actions_concurrency import together
from tests.factories.contracts import ensure_wording, sign_agreement
from tests.factories.residents import ResidentFactory

DAY = dt.date(2026, 11, 22)


@pytest.mark.slow
@pytest.mark.django_db(transaction=True)
def test_the_last_place_is_given_once(cast, district):
    ensure_wording()
    PolicySetting.objects.create(
        room="contracts", payload={"max_residents_per_doctor": 1}, in_force_from=DAY, source="测试"
    )
    people = ResidentFactory.create_batch(2, grid=district.grid_a)
    results = together(*(lambda one=one: sign_agreement(one, cast.team_a, cast.li, on=DAY) for one in people))
    won = [one for one in results if isinstance(one, Agreement)]
    lost = [one for one in results if isinstance(one, CannotSign)]
    assert (len(won), [one.code for one in lost]) == (1, ["panel_full"])
    assert panel_size(cast.li, cast.institution_a, DAY) == 1
