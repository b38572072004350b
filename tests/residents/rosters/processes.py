"""Real workers and children on the test database, and the means to stop them in the middle."""

import contextlib
import os
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from urllib.parse import quote

import psycopg2
from django.conf import settings
from django.db import connection

from residents.models import RosterImport

PATIENCE = 60  # seconds; a busy machine starts a process slowly
NO_BROKER = "redis://127.0.0.1:1/0"


def environment() -> dict[str, str]:
    """What makes another process work on this test's database, without a broker."""
    facts = connection.settings_dict
    who = quote(facts["USER"]) + (f":{quote(facts['PASSWORD'])}" if facts["PASSWORD"] else "")
    host, port = quote(str(facts["HOST"]), safe=""), f":{facts['PORT']}" if facts["PORT"] else ""
    address = f"postgres://{who}@{host}{port}/{facts['NAME']}"
    return {"DATABASE_URL": address, "REDIS_URL": NO_BROKER, "FDCS_ENV": "test"}


def start(argv: list[str]) -> subprocess.Popen:
    return subprocess.Popen(argv, cwd=settings.BASE_DIR, env=os.environ | environment())


def start_child(roster: RosterImport) -> subprocess.Popen:
    manage = str(Path(settings.BASE_DIR) / "manage.py")
    return start([sys.executable, manage, "run_roster", str(roster.pk), "--parent", str(os.getpid())])


def start_worker(roster: RosterImport) -> subprocess.Popen:
    """A worker with this task; its child is a grandchild of the test."""
    task = f"import django; django.setup(); from residents.tasks import run_roster; run_roster('{roster.pk}')"
    return start([sys.executable, "-c", task])


def run_child(roster: RosterImport) -> int:
    child = start_child(roster)
    try:
        return child.wait(PATIENCE)
    finally:
        child.kill()
        child.wait()


def kill(process: subprocess.Popen) -> None:
    process.kill()
    process.wait(PATIENCE)


def until(happens: Callable[[], object]) -> None:
    ends_at = time.monotonic() + PATIENCE
    while not happens():
        assert time.monotonic() < ends_at, "it did not happen"
        time.sleep(0.05)


@contextlib.contextmanager
def table_locked(table: str, mode: str) -> Iterator[None]:
    """Nobody gets past this table: whoever needs it waits until the block ends."""
    link = psycopg2.connect(**connection.get_connection_params())
    try:
        link.cursor().execute(f"LOCK TABLE {table} IN {mode} MODE")
        yield
    finally:
        link.close()


def waiting_backends(table: str) -> list[int]:
    with connection.cursor() as cursor:
        cursor.execute("SELECT pid FROM pg_locks WHERE NOT granted AND relation = %s::regclass", [table])
        return [row[0] for row in cursor.fetchall()]


def processes_of(roster: RosterImport) -> list[int]:
    """Everything that works on the list, children of children included."""
    found = []
    for folder in Path("/proc").iterdir():
        if folder.name.isdigit():
            with contextlib.suppress(OSError):
                words = (folder / "cmdline").read_bytes().split(b"\0")
                if b"run_roster" in words and str(roster.pk).encode() in words:
                    found.append(int(folder.name))
    return found


@contextlib.contextmanager
def stopped_at(table: str, mode: str, process: Callable[[], subprocess.Popen]) -> Iterator[subprocess.Popen]:
    """The process, waiting at the table. When the block ends the way is free; nothing is left behind."""
    with table_locked(table, mode):
        running = process()
        try:
            until(lambda: waiting_backends(table))
            yield running
        except BaseException:
            kill(running)
            raise
