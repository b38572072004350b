"""A child process that may neither outlive its parent nor eat the machine's memory. Django is not needed for it."""

import os
import resource
import signal
import sys

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


def _address_space() -> int:
    """Bytes of it that this process holds, as the kernel counts them against the bound; 0 where it does not tell."""
    try:
        with open("/proc/self/statm", "rb") as file:
            return int(file.read().split()[0]) * resource.getpagesize()
    except OSError:
        return 0
