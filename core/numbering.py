"""Serials: unique, rising, never reused; gaps are allowed when a transaction is rolled back."""

from django.db import connection, transaction


def next_serials(prefix: str, count: int = 1) -> range:
    """Take ``count`` serials under ``prefix`` inside the caller's transaction (the row stays locked until commit)."""
    if not connection.in_atomic_block:
        raise transaction.TransactionManagementError(
            "serials are taken inside the transaction that uses them"
        )
    with connection.cursor() as cursor:
        cursor.execute(
            "INSERT INTO core_numbersequence AS s (prefix, last) VALUES (%s, %s) "
            "ON CONFLICT (prefix) DO UPDATE SET last = s.last + EXCLUDED.last RETURNING last",
            [prefix, count],
        )
        last = cursor.fetchone()[0]
    return range(last - count + 1, last + 1)


def next_serials_of(counts: dict[str, int]) -> dict[str, range]:
    """``next_serials`` for many prefixes in one statement; locked in one order, so that two callers never deadlock."""
    if not connection.in_atomic_block:
        raise transaction.TransactionManagementError(
            "serials are taken inside the transaction that uses them"
        )
    with connection.cursor() as cursor:
        cursor.execute(
            "INSERT INTO core_numbersequence AS s (prefix, last)"
            " SELECT * FROM unnest(%s::text[], %s::bigint[]) AS w(prefix, last) ORDER BY prefix"
            " ON CONFLICT (prefix) DO UPDATE SET last = s.last + EXCLUDED.last RETURNING prefix, last",
            [list(counts), list(counts.values())],
        )
        return {prefix: range(last - counts[prefix] + 1, last + 1) for prefix, last in cursor.fetchall()}
