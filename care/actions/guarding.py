"""Who may write plans at the same time: persons one by one, or a sweep through the days alone."""

from core.sql import run

_SPACE = 0x0CA2E  # of advisory locks


def share() -> None:
    """Before plans of some persons are written: until this transaction ends no sweep goes through them."""
    run("SELECT pg_advisory_xact_lock_shared(%s, 1)", [_SPACE])


def alone() -> None:
    """Before a sweep: whoever writes plans finishes first, and waits until it is through."""
    run("SELECT pg_advisory_xact_lock(%s, 1)", [_SPACE])
