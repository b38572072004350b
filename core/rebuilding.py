"""Filling an (almost) empty table with very many rows: its secondary indexes and foreign keys are dropped and built
again afterwards, all inside the caller's transaction, so that nobody ever sees the table without them.

What stands there is read from the catalog, never repeated here: an index added by a later migration is kept as well.
"""

from collections.abc import Iterator, Sequence
from contextlib import contextmanager

from django.db import OperationalError, connection, transaction

_WAIT = "3s"  # for readers of the tables to finish; else the rows go in with the indexes standing
_MEMORY = "256MB"

# Keys that foreign keys rest on stay; everything else goes.
_INDEXES = """
SELECT i.indexrelid::regclass::text, pg_get_indexdef(i.indexrelid)
FROM pg_index i
WHERE i.indrelid = %s::regclass AND NOT i.indisprimary
    AND NOT EXISTS (SELECT FROM pg_constraint c WHERE c.conindid = i.indexrelid)
ORDER BY 1
"""
_CONSTRAINTS = """
SELECT c.conrelid::regclass::text, quote_ident(c.conname), pg_get_constraintdef(c.oid)
FROM pg_constraint c
WHERE c.conrelid = %s::regclass AND (c.contype = 'f' OR c.contype IN ('p', 'u', 'x') AND NOT EXISTS (
    SELECT FROM pg_constraint o WHERE o.contype = 'f' AND o.conindid = c.conindid))
ORDER BY c.contype DESC, 2
"""


_OWNED = """
SELECT bool_and(pg_has_role(relowner, 'USAGE')) FROM pg_class WHERE oid = ANY(%s::regclass[])
"""


_SORTED_IN = """
SELECT gin_clean_pending_list(i.indexrelid) FROM pg_index i JOIN pg_class c ON c.oid = i.indexrelid
    JOIN pg_am a ON a.oid = c.relam
WHERE a.amname = 'gin' AND i.indrelid = ANY(%s::regclass[])
"""


class _Definitions:
    """Secondary indexes and constraints of some tables, to be dropped and built again."""

    def __init__(self, tables: Sequence[str]) -> None:
        self.tables = tables
        self.indexes: list[tuple[str, str]] = []
        self.constraints: list[tuple[str, str, str]] = []
        with connection.cursor() as cursor:
            for table in tables:
                cursor.execute(_INDEXES, [table])
                self.indexes += cursor.fetchall()
                cursor.execute(_CONSTRAINTS, [table])
                self.constraints += cursor.fetchall()

    def drop(self) -> None:
        with connection.cursor() as cursor:
            cursor.execute(f"LOCK TABLE {', '.join(self.tables)} IN ACCESS EXCLUSIVE MODE")
            for table, name, _ in self.constraints:
                cursor.execute(f"ALTER TABLE {table} DROP CONSTRAINT {name}")
            for name, _ in self.indexes:
                cursor.execute(f"DROP INDEX {name}")

    def build(self) -> None:
        with connection.cursor() as cursor:
            cursor.execute(f"SET LOCAL maintenance_work_mem = '{_MEMORY}'")
            for _, definition in self.indexes:
                cursor.execute(definition)
            # Keys first (their type sorts behind "f"): a violation is found before the long checks.
            for table, name, definition in self.constraints:
                cursor.execute(f"ALTER TABLE {table} ADD CONSTRAINT {name} {definition}")
            cursor.execute(
                "SET LOCAL default_statistics_target = 10"
            )  # a quick look, until autovacuum takes its own
            for table in self.tables:
                cursor.execute(f"ANALYZE {table}")


@contextmanager
def indexes_aside(tables: Sequence[str]) -> Iterator[bool]:
    """Run the writes of the block without secondary indexes and foreign keys of these tables, then build them again.

    Yields:
        Whether they are aside: where the tables are in use or belong to another role, the block runs with everything
        standing.

    Raises:
        IntegrityError: at the end of the block, if its rows violate a constraint.
    """
    if not connection.in_atomic_block:
        raise transaction.TransactionManagementError(
            "indexes are put aside inside the transaction that fills"
        )
    with connection.cursor() as cursor:
        cursor.execute("SET CONSTRAINTS ALL IMMEDIATE")  # no table is altered while checks of it are pending
    found = _Definitions(tables)
    is_aside = _is_owner(tables) and _dropped(found)
    with connection.cursor() as cursor:
        cursor.execute("SET CONSTRAINTS ALL DEFERRED")
    yield is_aside
    if is_aside:
        found.build()


@contextmanager
def entries_gathered(tables: Sequence[str]) -> Iterator[None]:
    """Entries of the tables' GIN indexes wait until the end of the block and are sorted in at once, not every 4 MB.

    Nothing waits behind the block: a search would have to read all of it.
    """
    if not _is_owner(tables):
        yield
        return
    with connection.cursor() as cursor:
        cursor.execute("SELECT current_setting('gin_pending_list_limit')")
        (before,) = cursor.fetchone()
        cursor.execute("SELECT set_config('gin_pending_list_limit', %s, true)", [_MEMORY])
        yield
        cursor.execute("SELECT set_config('gin_pending_list_limit', %s, true)", [before])
        cursor.execute(_SORTED_IN, [list(tables)])


def _is_owner(tables: Sequence[str]) -> bool:
    with connection.cursor() as cursor:
        cursor.execute(_OWNED, [list(tables)])
        return bool(cursor.fetchone()[0])


def _dropped(found: _Definitions) -> bool:
    with connection.cursor() as cursor:
        cursor.execute("SELECT current_setting('lock_timeout')")
        (before,) = cursor.fetchone()
    try:
        with transaction.atomic(), connection.cursor() as cursor:
            cursor.execute(f"SET LOCAL lock_timeout = '{_WAIT}'")
            found.drop()
            cursor.execute("SELECT set_config('lock_timeout', %s, true)", [before])
    except OperationalError:  # somebody is reading or writing there
        return False
    return True
