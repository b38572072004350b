"""The processes that `up` starts: steps that end, services that must not end, and their orderly stop."""

import contextlib
import os
import select
import signal
import subprocess
import sys
import threading
from collections.abc import Sequence
from dataclasses import dataclass
from functools import partial
from typing import Any

from config.runtime import process
from config.runtime.messages import Heartbeat, Trouble, say, tail
from config.runtime.paths import Place
from core.processes import die_with_parent


class Stopped(Exception):
    """The operator asked to stop: not a fault."""


class StopRequest:
    """Remembers that Ctrl-C, SIGTERM or SIGHUP came. A flag, not an exception: no child is ever lost half-started."""

    def __init__(self) -> None:
        self._event = threading.Event()
        self._terminal = select.poll()
        if sys.stdin.isatty():
            self._terminal.register(sys.stdin, 0)
        for name in (signal.SIGINT, signal.SIGTERM, signal.SIGHUP):
            if name is signal.SIGHUP and signal.getsignal(name) is signal.SIG_IGN:
                self._terminal = select.poll()  # under nohup: outlive the terminal
                continue
            signal.signal(name, self._remember)

    def _remember(self, *_: object) -> None:
        if not self._event.is_set():
            self._event.set()
            say("收到停止请求，正在依次停止 …")

    def is_set(self) -> bool:
        return self._event.is_set()

    def pause(self, seconds: float) -> None:
        """Wait, but no longer than until the request.

        Raises:
            Stopped: the request came.
        """
        if self._event.wait(seconds) or self._terminal_is_gone():
            raise Stopped

    def _terminal_is_gone(self) -> bool:
        """A closed terminal signals its first process only; when that is make, it waits for us instead of telling."""
        return bool(self._terminal.poll(0))


@dataclass(frozen=True)
class Service:
    name: str  # of its log
    label: str
    argv: Sequence[str]
    patience: float  # seconds for its orderly stop


class Running:
    """A started service."""

    def __init__(self, service: Service, place: Place) -> None:
        self.service = service
        self.log = place.log(service.name)
        self.written = process.begin_log(self.log)
        with self.log.open("ab") as file:
            self.child = _spawn(service.argv, place, stdout=file, stderr=subprocess.STDOUT)

    def refuse_if_dead(self) -> None:
        if (status := self.child.poll()) is not None:
            raise Trouble(f"{self.service.label}意外退出（状态 {status}）。\n{tail(self.log, self.written)}")

    def stop(self) -> None:
        """Ask, wait, then force; afterwards nothing of its process group is left."""
        if self.child.poll() is None:
            say(f"停止{self.service.label} …")
            self.child.terminate()
            with contextlib.suppress(subprocess.TimeoutExpired):
                self.child.wait(self.service.patience)
        with contextlib.suppress(ProcessLookupError, PermissionError):
            os.killpg(self.child.pid, signal.SIGKILL)
        self.child.wait()


def manage(*words: str) -> list[str]:
    return [sys.executable, "manage.py", *words]


def run_step(label: str, argv: Sequence[str], place: Place, stop: StopRequest) -> None:
    """Run a command to its end, its output straight to the screen, with a line every ten seconds.

    Raises:
        Trouble: it failed.
        Stopped: the operator asked to stop; the command has been ended.
    """
    say(f"▶ {label}")
    child = _spawn(argv, place)
    working = Heartbeat(label)
    try:
        while child.poll() is None:
            stop.pause(0.05)
            working.beat()
    finally:
        _end(child)
    if child.returncode != 0:
        raise Trouble(f"{label}失败（状态 {child.returncode}），原因见上面的输出。")
    say(f"✔ {label}（{working.seconds:.1f} 秒）")


def _end(child: subprocess.Popen[bytes]) -> None:
    if child.poll() is None:
        child.terminate()
        with contextlib.suppress(subprocess.TimeoutExpired):
            child.wait(10)
    with contextlib.suppress(ProcessLookupError, PermissionError):
        os.killpg(child.pid, signal.SIGKILL)
    child.wait()


def _spawn(argv: Sequence[str], place: Place, **streams: Any) -> subprocess.Popen[bytes]:
    """Start in its own session, so that Ctrl-C reaches only us and we stop things in order."""
    environment = os.environ | {"FDCS_INSTANCE": place.instance, "PYTHONUNBUFFERED": "1"}
    return subprocess.Popen(
        list(argv),
        stdin=subprocess.DEVNULL,
        cwd=place.root,
        env=environment,
        start_new_session=True,
        preexec_fn=partial(die_with_parent, os.getpid(), signal.SIGTERM),  # safe: no other thread exists here
        **streams,
    )
