"""How a child process begins: before Django, so that it can be found by a fresh interpreter without anything set up."""

import pickle

from core.processes import die_with_parent


def begin(parent: int, packed: bytes) -> None:
    """Bound to its parent's life; then Django, then the pickled facts, which need Django to be read."""
    die_with_parent(parent)
    import django

    django.setup()
    from residents.imports import preparing

    preparing.begin_child(*pickle.loads(packed))  # noqa: S301 - from our own parent, through a pipe of ours
