"""Child processes that are bounded, and that do not outlive their parent."""

import os
import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest
from django.db import DatabaseError, connection

from core.processes import leave_connections

pytestmark = pytest.mark.skipif(sys.platform != "linux", reason="the kernel's promise is Linux only")
CHILD = """
import time
from core.processes import die_with_parent
die_with_parent({parent})
print(1, flush=True)
time.sleep(60)
"""
PARENT = f"""
import os, subprocess, sys, time
child = subprocess.Popen([sys.executable, "-c", {CHILD!r}.format(parent=os.getpid())], stdout=subprocess.PIPE)
child.stdout.readline()
print(child.pid, flush=True)
time.sleep(60)
"""


def is_alive(pid: int) -> bool:
    try:
        return Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[0] != "Z"
    except OSError:
        return False


def test_an_orphan_dies_whatever_killed_its_parent():
    with subprocess.Popen([sys.executable, "-c", PARENT], stdout=subprocess.PIPE, text=True) as parent:
        child = int(parent.stdout.readline())
        assert is_alive(child)
        parent.kill()
    ends_at = time.monotonic() + 10
    while is_alive(child):
        assert time.monotonic() < ends_at
        time.sleep(0.02)


def test_one_that_is_orphaned_before_it_can_ask_dies_as_well():
    done = subprocess.run([sys.executable, "-c", CHILD.format(parent=os.getpid() + 1)], timeout=30)
    assert done.returncode == -signal.SIGKILL


def test_memory_beyond_the_bound_is_an_error_and_not_the_machine():
    take = "from core.processes import bound_memory; bound_memory(256 << 20); bytearray({} << 20)"
    for megabytes, status in ((16, 0), (512, 1)):
        done = subprocess.run(
            [sys.executable, "-c", take.format(megabytes)], capture_output=True, text=True, timeout=30
        )
        assert done.returncode == status
        assert ("MemoryError" in done.stderr) == bool(status)


def test_who_holds_more_than_the_bound_already_is_told_at_once():
    """Not whenever the memory that lies free in the process is used up."""
    take = "from core.processes import bound_memory; held = bytearray(64 << 20); bound_memory(32 << 20)"
    done = subprocess.run([sys.executable, "-c", take], capture_output=True, text=True, timeout=30)
    assert done.returncode == 1
    assert "MemoryError" in done.stderr


@pytest.mark.django_db
def test_a_forked_child_cannot_speak_on_our_session():
    with connection.cursor() as cursor:
        cursor.execute("SELECT 1")
        child = os.fork()
        if not child:
            leave_connections()
            try:
                cursor.execute("SELECT 2")
            except DatabaseError:
                os._exit(7)
            os._exit(0)
        _, status = os.waitpid(child, 0)
        assert os.waitstatus_to_exitcode(status) == 7
        cursor.execute("SELECT 3")
        assert cursor.fetchone() == (3,)
