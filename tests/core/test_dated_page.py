import datetime as dt

import pytest

from core.models import PolicySetting
from core.paging import dated_page

DAYS = [
    dt.date(2026, 1, 1),
    dt.date(2026, 1, 1),
    dt.date(2026, 1, 1),
    dt.date(2026, 1, 3),
    dt.date(2026, 1, 2),
]


@pytest.fixture
def rows(db):
    return [PolicySetting.objects.create(room="x", payload={}, in_force_from=day, source="") for day in DAYS]


def walk(size, **options):
    after, found = "", []
    while True:
        page = dated_page(PolicySetting.objects.filter(room="x"), "in_force_from", after, size, **options)
        assert len(page.rows) <= size
        found += page.rows
        after = page.next_after
        if not after:
            return found


@pytest.mark.parametrize("size", [1, 2, 3, 5, 9])
@pytest.mark.parametrize("newest_first", [False, True])
def test_every_row_once_in_order(rows, size, newest_first):
    expected = sorted(rows, key=lambda one: (one.in_force_from, one.pk), reverse=newest_first)
    assert walk(size, newest_first=newest_first) == expected


@pytest.mark.parametrize(
    "token", ["", "x", "2026-02-30.1", "2026-01-01", "2026-01-01.-1", "2026-01-01." + "9" * 19]
)
def test_a_token_that_cannot_be_read_starts_anew(rows, token):
    page = dated_page(PolicySetting.objects.filter(room="x"), "in_force_from", token, 9)
    assert len(page.rows) == len(rows)
