"""A worker's part in a list: start the process that does the work, show how far it is, and see to what becomes of it.

The work is done by a child process, because it takes memory that a worker would never give back, and because it may be
killed: by its memory bound, by a spreadsheet that breaks the reader, by whoever cancels the list. It dies with its worker.
"""

import contextlib
import json
import os
import select
import signal
import subprocess
import sys
import time
from collections.abc import Callable
from datetime import timedelta
from typing import Any
from uuid import UUID

from django.conf import settings
from django.db import DatabaseError, InterfaceError, connection

from residents.actions.roster_work import fail_work, note_death, note_progress
from residents.choices import ImportState
from residents.models import RosterImport
from residents.queries.rosters import is_large, is_taken, rosters_to_wake
from residents.waking import wake

BUSY, OUT_OF_MEMORY = 75, 77  # exit statuses of the child
_NO_MEMORY = (OUT_OF_MEMORY, -signal.SIGABRT)  # a reader not written in Python aborts where it gets none
MOST_SECONDS = 3 * 3600  # a million rows take minutes; whoever needs longer hangs
BEAT_SECONDS = 5  # between two signs of life
RELEASE_SECONDS = 15
_TOO_BIG = "处理这份文件需要的内存超过上限。没有改动任何登记。请按村居拆成几个文件，或另存为 CSV 后再上传。"
_UNDO_TOO_BIG = "撤销需要的内存超过上限，没有撤销任何内容，导入仍然有效。请联系管理员。"
_TOO_LONG = "处理超过 3 小时仍未完成，已停止。没有改动任何登记。请把文件拆小后重新上传，或联系管理员。"
_UNDO_TOO_LONG = "撤销超过 3 小时仍未完成，已停止，没有撤销任何内容，导入仍然有效。请联系管理员。"

Told = dict[str, Any]


def supervise(roster_id: UUID) -> None:
    """Have the next step of a list done, if one is due and nobody is at it."""
    roster = RosterImport.objects.under_way().defer("report").filter(pk=roster_id).first()
    if roster is None or is_taken(roster):
        return
    is_undo = roster.state == ImportState.UNDOING
    status = _work(roster_id)
    if status == BUSY:
        return
    if status in _NO_MEMORY:
        fail_work(
            roster_id=roster_id,
            code="out_of_memory",
            sentence=_UNDO_TOO_BIG if is_undo else _TOO_BIG,
            keeps_file=False,
        )
    elif status is None:
        fail_work(
            roster_id=roster_id,
            code="too_long",
            sentence=_UNDO_TOO_LONG if is_undo else _TOO_LONG,
            keeps_file=False,
        )
    elif status != 0 and note_death(roster_id=roster_id, attempts=roster.attempts):
        _await_release(roster)
        wake(roster_id)
    if is_large(roster):
        for waiting in rosters_to_wake(silent=timedelta(0)):
            wake(waiting)


def _await_release(roster: RosterImport) -> None:
    """The database notices a dead client within seconds; whoever came before that would find the list taken."""
    ends_at = time.monotonic() + RELEASE_SECONDS
    while is_taken(roster) and time.monotonic() < ends_at:
        time.sleep(0.5)


def _work(roster_id: UUID) -> int | None:
    """The child's exit status; None when it took too long."""
    argv = [sys.executable, str(settings.BASE_DIR / "manage.py"), "run_roster", str(roster_id)]
    child = subprocess.Popen(  # noqa: S603 - a fixed program and an id
        [*argv, "--parent", str(os.getpid())],
        stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE,
        cwd=settings.BASE_DIR,
    )
    try:
        return _follow(child, _Clock(roster_id).tell)
    finally:
        child.kill()
        child.wait()
        if child.stdout:
            child.stdout.close()


def _follow(child: subprocess.Popen[bytes], tell: Callable[[Told | None], bool]) -> int | None:
    """Relay what the child says until it ends, or until nobody asks for it any more."""
    assert child.stdout is not None  # noqa: S101 - asked for above
    ends_at, rest = time.monotonic() + MOST_SECONDS, b""
    while True:
        ready, _, _ = select.select([child.stdout], [], [], BEAT_SECONDS)
        piece = os.read(child.stdout.fileno(), 65536) if ready else b""
        if ready and not piece:
            return child.wait(BEAT_SECONDS)
        if child.poll() is not None and not ready:
            return child.returncode
        *lines, rest = (rest + piece).split(b"\n")
        if not tell(_last(lines)):
            return 0
        if time.monotonic() > ends_at:
            return None


def _last(lines: list[bytes]) -> Told | None:
    for line in reversed(lines):
        with contextlib.suppress(ValueError):
            return json.loads(line)
    return None


class _Clock:
    """How far the child is, and how long the present phase will take at the pace it had so far."""

    def __init__(self, roster_id: UUID) -> None:
        self.roster_id = roster_id
        self.told: Told = {"phase": "准备", "done": 0, "total": None}
        self.begun_at, self.begun_with = time.monotonic(), 0

    def tell(self, told: Told | None) -> bool:
        """Store the newest line, or the last one again as a sign of life; False when the list was cancelled."""
        if told is not None:
            if told["phase"] != self.told["phase"]:
                self.begun_at, self.begun_with = time.monotonic(), told["done"]
            self.told = told
        try:
            return note_progress(roster_id=self.roster_id, seconds_left=self._seconds_left(), **self.told)
        except (DatabaseError, InterfaceError):
            connection.close()  # if the database is gone, the child will notice by itself
            return True

    def _seconds_left(self) -> int | None:
        done, total = self.told["done"], self.told["total"]
        fresh = done - self.begun_with
        if not total or fresh <= 0:
            return None
        return round((time.monotonic() - self.begun_at) / fresh * max(total - done, 0))
