"""A child process that may neither outlive its parent nor eat the machine's memory, nor speak to its parent's database.

Django is not needed to begin one.
"""

import os
import resource
import signal
import sys
from pathlib import Path

try:
    import ctypes

    # Looked up here: between fork and exec a child should do as little as possible.
    _libc = ctypes.CDLL(None) if sys.platform == "linux" else None
except ImportError:  # a Python built without libffi
    _libc = None

_PR_SET_PDEATHSIG = 1


def die_with_parent(parent: int, by: signal.Signals = signal.SIGKILL) -> None:
    """Have the kernel kill this process when its parent is gone, by whatever death. Called first thing in the child.

    Elsewhere than on Linux nothing is promised: there an orphan works to its end.

    Args:
        parent: process id of the parent, taken by the parent itself.
        by: the signal; one that can be caught lets the child stop in order.
    """
    if _libc is None:
        return
    _libc.prctl(_PR_SET_PDEATHSIG, by)
    if os.getppid() != parent:  # it died before the kernel knew
        os.kill(os.getpid(), by)


def bound_memory(most: int) -> None:
    """From now on this process and each of its children get at most ``most`` bytes; beyond, MemoryError.

    Raises:
        MemoryError: it holds more already. The kernel would let it go on with what it has, however long that lasts.
    """
    if _address_space() > most:
        raise MemoryError
    for what in (resource.RLIMIT_AS, resource.RLIMIT_DATA):
        _, hard = resource.getrlimit(what)
        bound = most if hard == resource.RLIM_INFINITY else min(most, hard)
        resource.setrlimit(what, (bound, hard))


def leave_connections() -> None:
    """In a forked child: whatever it might still say on its parent's database sessions goes nowhere."""
    from django.db import connections

    nowhere = os.open(os.devnull, os.O_RDWR)
    for one in connections.all(initialized_only=True):
        if one.connection is not None and not one.connection.closed:
            os.dup2(nowhere, one.connection.fileno())
    os.close(nowhere)


def _address_space() -> int:
    """Bytes of it that this process holds, as the kernel counts them against the bound; 0 where it does not tell."""
    try:
        pages = Path("/proc/self/statm").read_text().split()[0]
        return int(pages) * resource.getpagesize()
    except OSError:
        return 0
