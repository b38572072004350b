"""Wrong guesses are counted in the database."""

import datetime as dt
import uuid

import pytest

from core.models import WrongTries
from core.throttling import clear_tries, count_wrong, tries_left

NOW = dt.datetime(2026, 11, 22, 4, 0, tzinfo=dt.UTC)
MINUTE = dt.timedelta(minutes=1)
KEY = uuid.uuid4()
pytestmark = pytest.mark.django_db


def test_counted_until_the_time_is_over():
    assert tries_left(KEY, most=2, at=NOW) == 2
    count_wrong(KEY, minutes=30, at=NOW)
    assert tries_left(KEY, most=2, at=NOW) == 1
    assert count_wrong(KEY, minutes=30, at=NOW + 10 * MINUTE) == 2
    assert tries_left(KEY, most=2, at=NOW + 39 * MINUTE) == 0
    assert tries_left(KEY, most=2, at=NOW + 40 * MINUTE) == 2
    assert count_wrong(KEY, minutes=30, at=NOW + 40 * MINUTE) == 1


def test_everybody_for_himself():
    count_wrong(KEY, minutes=30, at=NOW)
    assert tries_left(uuid.uuid4(), most=1, at=NOW) == 1


def test_old_counters_are_forgotten():
    count_wrong(KEY, minutes=30, at=NOW)
    assert clear_tries(at=NOW + 29 * MINUTE) == 0
    assert clear_tries(at=NOW + 30 * MINUTE) == 1
    assert not WrongTries.objects.exists()
