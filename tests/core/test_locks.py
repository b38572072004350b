"""Advisory locks of a session."""

import psycopg2
import pytest
from django.db import connection

from core.locks import held_locks, take_lock

SPACE = 77


@pytest.fixture
def other(db):
    link = psycopg2.connect(**connection.get_connection_params())
    yield link
    link.close()


def test_one_session_at_a_time_and_whoever_goes_lets_go(other):
    with other.cursor() as cursor:
        cursor.execute("SELECT pg_advisory_lock(%s, %s)", [SPACE, 5])
    assert held_locks(SPACE) == {5}
    assert held_locks(SPACE + 1) == set()
    assert not take_lock(SPACE, 5)
    assert take_lock(SPACE, 2**31 - 1)
    assert held_locks(SPACE) == {5, 2**31 - 1}
    other.close()
    with connection.cursor() as cursor:
        cursor.execute("SELECT pg_advisory_unlock_all()")
    assert take_lock(SPACE, 5)
    with connection.cursor() as cursor:
        cursor.execute("SELECT pg_advisory_unlock_all()")
