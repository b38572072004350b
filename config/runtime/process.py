"""Starting, recognising and stopping server processes; locks that die with their holder."""

import contextlib
import fcntl
import os
import signal
import subprocess
import time
from collections.abc import Callable, Iterator, Sequence
from pathlib import Path

from config.runtime.accounts import Account, make_run_root
from config.runtime.messages import Heartbeat, Trouble, note
from config.runtime.paths import Place

LOG_LIMIT = 10 * 1024 * 1024
PROC = Path("/proc")
# Servers need no more than this, so no secret of the caller's environment ends up in theirs.
CLEAN_ENVIRONMENT = {"PATH": "/usr/local/bin:/usr/bin:/bin", "LANG": "C.UTF-8", "LC_ALL": "C.UTF-8"}


def launch(argv: Sequence[object], *, account: Account, log: Path) -> subprocess.Popen[bytes]:
    """Start a server in its own session, so that Ctrl-C on the terminal does not reach it.

    The log is opened here, by the invoker: the server's account needs no way into that folder.
    """
    with log.open("ab") as file:
        child = subprocess.Popen(
            [str(part) for part in argv],
            stdin=subprocess.DEVNULL,
            stdout=file,
            stderr=subprocess.STDOUT,
            cwd="/",
            env=CLEAN_ENVIRONMENT,
            start_new_session=True,
            umask=0o077,
            **account.spawn_options(),
        )
    return child


def await_start(name: str, server: subprocess.Popen[bytes], is_up: Callable[[], bool], seconds: float) -> str:
    """Wait until a launched server answers; from then on it is known by its pid file and may outlive us.

    Returns an empty string, or a sentence: it ended, or took longer than `seconds`.
    """
    waiting = Heartbeat(f"启动内嵌 {name} ", tell=note)
    try:
        while not is_up():
            if server.poll() is not None:
                return f"内嵌 {name} 启动失败。"
            if waiting.seconds > seconds:
                return f"内嵌 {name} 等了 {seconds:.0f} 秒仍未就绪。"
            waiting.beat()
            pause()
        return ""
    finally:
        if server.poll() is None:
            server.returncode = 0  # so that Popen does not complain about a child that we leave running


def begin_log(log: Path) -> int:
    """Set a large log aside, keeping one; return the byte at which the lines of this run will begin."""
    try:
        size = log.stat().st_size
    except FileNotFoundError:
        return 0
    if size <= LOG_LIMIT:
        return size
    log.replace(log.with_suffix(".log.1"))
    return 0


def read_pid(path: Path) -> int | None:
    """The number on the first line of a pid file, if there is one."""
    try:
        return int(path.read_text().split("\n", 1)[0])
    except (FileNotFoundError, ValueError):
        return None


def is_running(pid: int | None, *marks: str) -> bool:
    """Whether `pid` is alive and its command line carries all `marks`: a number alone may have been reused."""
    if pid is None or pid <= 0:
        return False
    command = _command_line(pid)
    return bool(command) and all(mark in command for mark in marks)


def _command_line(pid: int) -> str:
    """The command line of a live process; empty when it is gone or a zombie."""
    if PROC.joinpath("self").exists():
        with contextlib.suppress(OSError):
            if PROC.joinpath(str(pid), "stat").read_text().rpartition(")")[2].split()[0] != "Z":
                return (
                    PROC.joinpath(str(pid), "cmdline")
                    .read_bytes()
                    .replace(b"\0", b" ")
                    .decode(errors="replace")
                )
        return ""
    found = subprocess.run(
        ["/bin/ps", "-o", "command=", "-p", str(pid)], capture_output=True, text=True, check=False
    )
    return found.stdout.strip()


def stop(pid: int, *marks: str, ladder: Sequence[tuple[signal.Signals, float]]) -> None:
    """Send each signal in turn until the process is gone, waiting the seconds beside it."""
    for name, patience in ladder:
        try:
            os.kill(pid, name)
        except ProcessLookupError:
            return
        except PermissionError as error:
            raise Trouble(f"进程 {pid} 是另一个用户启动的，请用那个用户停止它。") from error
        deadline = time.monotonic() + patience
        while time.monotonic() < deadline:
            is_gone = not is_running(pid, *marks)
            with contextlib.suppress(ChildProcessError):  # after the look: no zombie of ours stays behind
                os.waitpid(pid, os.WNOHANG)
            if is_gone:
                return
            pause()
    raise Trouble(f"进程 {pid} 停不下来，请手工结束它：kill -9 {pid}")


def pause() -> None:
    time.sleep(0.05)


@contextlib.contextmanager
def lock(place: Place, name: str, *, patience: float, refusal: str) -> Iterator[int]:
    """Hold an exclusive lock; the kernel frees it when the holder dies, so it is never stale.

    Raises:
        Trouble: `refusal`, after `patience` seconds.
    """
    make_run_root(place.root)
    descriptor = os.open(place.lock(name), os.O_RDWR | os.O_CREAT, 0o600)
    try:
        deadline = time.monotonic() + patience
        while not _locked(descriptor):
            if time.monotonic() >= deadline:
                raise Trouble(refusal)
            pause()
        yield descriptor
    finally:
        os.close(descriptor)


def is_held(path: Path) -> bool:
    """Whether some process holds the lock at `path` right now."""
    try:
        descriptor = os.open(path, os.O_RDWR)
    except FileNotFoundError:
        return False
    try:
        return not _locked(descriptor)
    finally:
        os.close(descriptor)


def _locked(descriptor: int) -> bool:
    try:
        fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError:
        return False
    return True
