"""Peak memory of this process with its children, and beside it of the database session that works for it."""

import threading
from pathlib import Path
from types import TracebackType
from typing import Self

from django.db import connection

EVERY = 0.2  # seconds between two looks
KB = 1024


class Peak:
    """Looks on from a thread while the block runs. Pages that processes share are counted once (PSS).

    Attributes:
        ours_mb, database_mb: the most that was seen; 0 where it cannot be seen (a database on another machine).
    """

    def __init__(self) -> None:
        self.ours_mb = self.database_mb = 0.0
        self._done = threading.Event()
        self._session = 0

    def __enter__(self) -> Self:
        with connection.cursor() as cursor:
            cursor.execute("SELECT pg_backend_pid()")
            self._session = cursor.fetchone()[0]
        self._thread = threading.Thread(target=self._watch, daemon=True)
        self._thread.start()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._done.set()
        self._thread.join()

    def _watch(self) -> None:
        while not self._done.wait(EVERY):
            self.ours_mb = max(self.ours_mb, sum(map(_private_mb, ["self", *_children("self")])))
            self.database_mb = max(self.database_mb, _private_mb(str(self._session)))


def _children(pid: str) -> list[str]:
    """All processes below one."""
    try:
        own = [
            child
            for task in Path(f"/proc/{pid}/task").iterdir()
            for child in (task / "children").read_text().split()
        ]
    except OSError:
        return []
    return [one for child in own for one in (child, *_children(child))]


def _private_mb(pid: str) -> float:
    try:
        told = Path(f"/proc/{pid}/smaps_rollup").read_text()
    except OSError:
        return 0.0
    return next(int(line.split()[1]) for line in told.splitlines() if line.startswith("Pss:")) / KB
