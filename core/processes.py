"""A child process that may neither outlive its parent nor eat the machine's memory."""

import os
import resource
import signal
import sys

try:
    import ctypes

    _libc = ctypes.CDLL(None) if sys.platform == "linux" else None
except ImportError:  # a Python built without libffi
    _libc = None

_PR_SET_PDEATHSIG = 1


def die_with_parent(parent: int) -> None:
    """Have the kernel kill this process when its parent is gone, by whatever death. Called first thing in the child.

    Elsewhere than on Linux nothing is promised: there an orphan works to its end.

    Args:
        parent: process id of the parent, taken by the parent itself.
    """
    if _libc is None:
        return
    _libc.prctl(_PR_SET_PDEATHSIG, signal.SIGKILL)
    if os.getppid() != parent:  # it died before the kernel knew
        os.kill(os.getpid(), signal.SIGKILL)


def bound_memory(most: int) -> None:
    """From now on this process and each of its children get at most ``most`` bytes; beyond, MemoryError."""
    for what in (resource.RLIMIT_AS, resource.RLIMIT_DATA):
        _, hard = resource.getrlimit(what)
        bound = most if hard == resource.RLIM_INFINITY else min(most, hard)
        resource.setrlimit(what, (bound, hard))
