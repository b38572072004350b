"""The list of agreements costs the same for any number and kind of rows: individuals, households, supplements."""

import datetime as dt

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.urls import reverse

from tests.factories.contracts import family, household_signed, sign_agreement, supplement_signed
from tests.factories.residents import ResidentFactory

pytestmark = pytest.mark.usefixtures("today")
DAY = dt.date(2026, 11, 22)


def cost(browser, query: str = "") -> tuple[int, int]:
    """Queries and rows of the first page."""
    with CaptureQueriesContext(connection) as made:
        page = browser.get(reverse("agreement-list") + query)
    assert page.status_code == 200
    return len(made), len(page.context["page"].rows)


@pytest.mark.parametrize("who", ["li", "qian", "zhou"])
@pytest.mark.parametrize("query", ["", "?state=running", "?state=expiring"])
def test_queries_do_not_grow_with_rows_or_kinds(cast, district, resident, sign_in, who, query):
    day = DAY - dt.timedelta(days=340)  # soon to end, so that every list has them
    sign_agreement(resident, cast.team_a, cast.li, on=day)
    browser = sign_in(getattr(cast, who))
    cost(browser, query)  # session and standing are read once
    few = cost(browser, query)
    for _ in range(3):
        sign_agreement(ResidentFactory(grid=district.grid_a), cast.team_a, cast.li, on=day)
    home = family(district.grid_a)
    parent = household_signed(home, cast.team_a, cast.li, on=day)
    household_signed(family(district.grid_a, child=False), cast.team_a, cast.li, on=day)
    supplement_signed(parent, home.members.get(relation="02"), cast.li, on=day)
    many = cost(browser, query)
    assert few[1] == 1 and many[1] >= 6
    assert many[0] == few[0] <= 16
