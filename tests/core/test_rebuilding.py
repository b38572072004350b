"""Putting indexes aside: what stood there stands again, also when the block fails, and nothing is asked of another's table."""

import pytest
from django.db import IntegrityError, transaction

from core.rebuilding import entries_gathered, indexes_aside
from core.sql import rows_of, run

TABLES = ("probe_child", "probe_parent")


@pytest.fixture
def tables(db):
    run("CREATE TABLE probe_parent (id int PRIMARY KEY, word text)")
    run(
        "CREATE TABLE probe_child (id int PRIMARY KEY, word text CONSTRAINT probe_word UNIQUE,"
        " parent int REFERENCES probe_parent DEFERRABLE INITIALLY DEFERRED)"
    )
    run("CREATE UNIQUE INDEX probe_some ON probe_child (parent) WHERE word > 'm'")


def standing():
    indexes = "SELECT indexname FROM pg_indexes WHERE tablename LIKE 'probe%%' ORDER BY 1"
    keys = "SELECT conname FROM pg_constraint WHERE conrelid::regclass::text LIKE 'probe%%' AND contype <> 'n' ORDER BY 1"
    return rows_of(indexes), rows_of(keys)


def test_what_stood_there_stands_again(tables):
    before = standing()
    with transaction.atomic(), indexes_aside(TABLES) as is_aside:
        assert is_aside
        assert standing() != before
        run("INSERT INTO probe_child VALUES (1, 'a', 7)")
        run("INSERT INTO probe_parent VALUES (7, 'b')")
    assert standing() == before


def test_a_block_that_fails_takes_everything_back(tables):
    before = standing()
    with pytest.raises(ZeroDivisionError), transaction.atomic(), indexes_aside(TABLES):
        run("INSERT INTO probe_child VALUES (1, 'a', NULL)")
        raise ZeroDivisionError
    assert standing() == before
    assert rows_of("SELECT count(*) FROM probe_child") == [(0,)]


def test_rows_that_violate_a_key_are_refused_at_the_end(tables):
    before = standing()
    with pytest.raises(IntegrityError), transaction.atomic(), indexes_aside(TABLES):
        run("INSERT INTO probe_child VALUES (1, 'a', NULL), (2, 'a', NULL)")
    assert standing() == before


def test_tables_of_another_role_are_left_standing(db):
    """As a hardened installation runs the application: its role may write, and owns nothing."""
    if rows_of("SELECT rolsuper FROM pg_roles WHERE rolname = current_user") == [(True,)]:
        pytest.skip("everything belongs to a superuser")
    with transaction.atomic(), indexes_aside(["pg_catalog.pg_description"]) as is_aside:
        assert not is_aside


def test_only_inside_a_transaction(django_db_blocker):
    with (
        django_db_blocker.unblock(),
        pytest.raises(transaction.TransactionManagementError),
        indexes_aside(TABLES),
    ):
        pass


def test_gathered_entries_are_sorted_in_at_the_end_of_the_block(tables):
    run("ALTER TABLE probe_child ADD words text[]")
    run("CREATE INDEX probe_words ON probe_child USING gin (words)")
    insert = "INSERT INTO probe_child SELECT n, n::text, NULL, ARRAY[n::text] FROM generate_series({}) n"
    waiting, limit = "SELECT gin_clean_pending_list('probe_words') > 0", "SHOW gin_pending_list_limit"
    run(insert.format("1, 100"))
    assert rows_of(waiting) == [(True,)]
    before = rows_of(limit)
    with transaction.atomic(), entries_gathered(TABLES):
        run(insert.format("101, 200"))
        assert rows_of(limit) != before
    assert rows_of(waiting) == [(False,)]
    assert rows_of(limit) == before
    assert rows_of("SELECT count(*) FROM probe_child WHERE words @> '{150}'") == [(1,)]


def test_entries_of_another_roles_table_are_not_gathered(db):
    """Nobody but the owner could sort them in."""
    limit = "SHOW gin_pending_list_limit"
    before = rows_of(limit)
    if rows_of("SELECT rolsuper FROM pg_roles WHERE rolname = current_user") == [(True,)]:
        pytest.skip("everything belongs to a superuser")
    with transaction.atomic(), entries_gathered(["pg_catalog.pg_description"]):
        assert rows_of(limit) == before
