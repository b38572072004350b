"""Who runs an instance: one `up` (or one test run) at a time, known by a lock that dies with its holder."""

import contextlib
import os
import signal
from collections.abc import Iterator

from config.runtime import process
from config.runtime.messages import Heartbeat, Trouble, file_trouble, say
from config.runtime.paths import Place

STOP_SECONDS = 90


@contextlib.contextmanager
def hold(place: Place, url: str) -> Iterator[None]:
    """Hold the instance, leaving word of who holds it and where it listens.

    Raises:
        Trouble: somebody else holds it, or the folder cannot be written.
    """
    found = holder(place)
    who = f"（进程 {found[0]}{f'，{found[1]}' if found[1] else ''}）" if found else ""
    refusal = f"本项目的 {place.instance} 已在运行或正在停止{who}。要停止它：{_down_command(place)}"
    with contextlib.ExitStack() as held:
        with file_trouble():
            descriptor = held.enter_context(process.lock(place, "up", patience=0, refusal=refusal))
            os.ftruncate(descriptor, 0)
            os.pwrite(descriptor, f"{os.getpid()}\n{url}\n".encode(), 0)
        yield


def holder(place: Place) -> tuple[int, str] | None:
    """Process id and URL of the running holder, if there is one."""
    path = place.lock("up")
    with file_trouble():
        if not process.is_held(path):
            return None
        pid, url, *_ = [*path.read_text().splitlines(), "", ""]
    return (int(pid), url) if pid.isdigit() else None


def dismiss(place: Place) -> None:
    """Ask the holder, if any, to stop everything it started, and wait for that.

    Raises:
        Trouble: it belongs to another user, or does not stop.
    """
    found = holder(place)
    if found is None:
        return
    say(f"正在停止进程 {found[0]} 和它启动的一切 …")
    try:
        os.kill(found[0], signal.SIGTERM)
    except ProcessLookupError:
        return
    except PermissionError as error:
        raise Trouble(f"正在运行的进程 {found[0]} 属于另一个用户，请用那个用户停止它。") from error
    waiting = Heartbeat("停止")
    while process.is_held(place.lock("up")):
        if waiting.seconds > STOP_SECONDS:
            again = _down_command(place)
            raise Trouble(
                f"进程 {found[0]} 停不下来，请手工结束它（kill -9 {found[0]}），然后再运行 {again}。"
            )
        waiting.beat()
        process.pause()


def _down_command(place: Place) -> str:
    return "make down" if place.instance == "demo" else f"FDCS_INSTANCE={place.instance} make down"
