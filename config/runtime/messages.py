"""What the operator reads: one sentence for a fault, one line for every step, never a silent minute."""

import contextlib
import errno
import os
import sys
import time
from collections.abc import Callable, Iterator
from pathlib import Path

STARTED = time.monotonic()
HEARTBEAT_SECONDS = 10
CAUSES = {errno.ENOSPC: "磁盘已满", errno.EDQUOT: "超出磁盘配额", errno.EROFS: "文件系统只读"}


class Trouble(RuntimeError):
    """A fault the operator can mend: str() is a Chinese sentence with the remedy. Shown without a traceback."""


def say(text: str) -> None:
    """Print one line with the seconds since the start. A closed terminal must not stop an orderly shutdown."""
    with contextlib.suppress(OSError, ValueError):
        print(f"[{time.monotonic() - STARTED:6.1f} 秒] {text}", flush=True)


def note(text: str) -> None:
    """One line on the error stream, for commands whose standard output is meant for another program."""
    with contextlib.suppress(OSError, ValueError):
        print(text, file=sys.stderr, flush=True)


class Heartbeat:
    """Repeats a line while something takes long; call `beat` as often as you like."""

    def __init__(self, doing: str, tell: Callable[[str], None] = say) -> None:
        self.doing, self.tell = doing, tell
        self.began = self.last = time.monotonic()

    @property
    def seconds(self) -> float:
        return time.monotonic() - self.began

    def beat(self, detail: str = "") -> None:
        if time.monotonic() - self.last >= HEARTBEAT_SECONDS:
            self.last = time.monotonic()
            self.tell(f"… {self.doing}仍在进行（已 {self.seconds:.0f} 秒）{detail}")


@contextlib.contextmanager
def file_trouble() -> Iterator[None]:
    """Turn a refused folder or a full disk into a sentence that names the path and the remedy."""
    try:
        yield
    except (PermissionError, FileNotFoundError, NotADirectoryError, FileExistsError) as error:
        raise Trouble(unwritable(error.filename)) from error
    except OSError as error:
        cause = CAUSES.get(error.errno or 0, f"系统错误 {error.errno}")
        raise Trouble(f"无法写入 {error.filename or '数据文件夹'}：{cause}。") from error


def unwritable(path: object) -> str:
    return (
        f"文件夹不可写：{path}。请用创建它的用户运行，或改正它的所有者"
        f"（例如 sudo chown -R {_whoami()} {path}），或把项目放到可写的位置。"
    )


def _whoami() -> str:
    return os.environ.get("USER") or str(os.geteuid())


def tail(log: Path, start: int = 0, lines: int = 15) -> str:
    """The last lines of a log, from byte `start`, ready to stand under a sentence."""
    try:
        with log.open("rb") as file:
            file.seek(max(start, log.stat().st_size - 65536))
            found = file.read().decode(errors="replace").splitlines()
    except OSError:
        found = []
    shown = "\n".join(f"    {line}" for line in found[-lines:]) or "    （日志为空）"
    return f"最后几行日志（{log}）：\n{shown}"
