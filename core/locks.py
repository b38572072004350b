"""Advisory locks of a database session: who holds one works alone, and whoever dies lets go of it."""

from django.db import connection


def take_lock(space: int, key: int) -> bool:
    """Take a lock until the session ends; False when another session has it. Both numbers below 2**31."""
    with connection.cursor() as cursor:
        cursor.execute("SELECT pg_try_advisory_lock(%s, %s)", [space, key])
        return bool(cursor.fetchone()[0])


def held_locks(space: int) -> set[int]:
    """The keys of a space that any session of this database holds now."""
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT objid::bigint FROM pg_locks WHERE locktype = 'advisory' AND granted AND objsubid = 2"
            " AND classid = %s AND database = (SELECT oid FROM pg_database WHERE datname = current_database())",
            [space],
        )
        return {row[0] for row in cursor.fetchall()}
