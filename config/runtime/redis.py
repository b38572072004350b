"""The embedded Redis of one instance: Celery's queue and the cache, on a unix socket only."""

import signal
import socket
from pathlib import Path

from config.runtime import accounts, binaries, process
from config.runtime.accounts import Account
from config.runtime.messages import Heartbeat, Trouble, file_trouble, note, tail
from config.runtime.paths import Place

READY, STARTING, DOWN = "ready", "starting", "down"
START_SECONDS = 60


def ensure(place: Place) -> None:
    """Bring the server up.

    Raises:
        Trouble: a sentence for the operator.
    """
    if probe(place) == READY and accounts.sockets_are_ours(place):
        return
    refusal = "另一个进程正在启动或停止内嵌 Redis，等了两分钟仍未结束。可运行 make down 后再试。"
    with file_trouble(), process.lock(place, "servers", patience=120, refusal=refusal):
        account = accounts.account_for(place)
        accounts.prepare(place, account)
        waiting = Heartbeat("启动内嵌 Redis ", tell=note)
        while (state := probe(place)) == STARTING and waiting.seconds < START_SECONDS:
            waiting.beat()
            process.pause()
        if state == DOWN:
            _bring_up(place, account)
    if (state := probe(place)) != READY:
        raise Trouble(f"内嵌 Redis 没有应答（{state}）。\n{tail(place.log('redis'))}")


def stop(place: Place) -> bool:
    """Stop by pid; the append-only file keeps the queue. True when a server was running."""
    if running_pid(place) is None and not socket_path(place).exists():
        return False
    refusal = "内嵌 Redis 正被另一个进程启动或停止，请稍后再试。"
    with file_trouble(), process.lock(place, "servers", patience=120, refusal=refusal):
        pid = running_pid(place)
        if pid is not None:
            process.stop(pid, *_marks(place), ladder=((signal.SIGTERM, 20), (signal.SIGKILL, 5)))
        for left in (socket_path(place), _pid_file(place)):
            left.unlink(missing_ok=True)
        return pid is not None


def running_pid(place: Place) -> int | None:
    """The server's pid, if it really is ours."""
    with file_trouble():
        pid = process.read_pid(_pid_file(place))
    return pid if process.is_running(pid, *_marks(place)) else None


def probe(place: Place) -> str:
    """READY, STARTING (still loading its file) or DOWN."""
    try:
        with socket.socket(socket.AF_UNIX) as link:
            link.settimeout(5)
            link.connect(str(socket_path(place)))
            link.sendall(b"PING\r\n")
            answer = link.recv(64)
    except (FileNotFoundError, ConnectionRefusedError):
        return DOWN
    except OSError:  # slow, or closing: somebody is there
        return STARTING
    return READY if answer.startswith(b"+PONG") else STARTING


def socket_path(place: Place) -> Path:
    return place.sockets / "redis.sock"


def _pid_file(place: Place) -> Path:
    return place.redis / "redis.pid"


def _marks(place: Place) -> tuple[str, str]:
    # Redis rewrites its title to "redis-server unixsocket:<path>": the socket stands in it before and after.
    return "redis-server", str(socket_path(place))


def _bring_up(place: Place, account: Account) -> None:
    if (pid := running_pid(place)) is not None:  # running behind a socket that somebody has deleted
        process.stop(pid, *_marks(place), ladder=((signal.SIGTERM, 20), (signal.SIGKILL, 5)))
    _pid_file(place).unlink(missing_ok=True)  # of a crash: its number may belong to anyone by now
    log = place.log("redis")
    written = process.begin_log(log)
    settings = {
        "port": "0",
        "unixsocket": socket_path(place),
        "unixsocketperm": "700",
        "dir": place.redis,
        "pidfile": _pid_file(place),
        "appendonly": "yes",
        "save": "",
        "maxmemory-policy": "noeviction",  # a queue must refuse, never forget
        "daemonize": "no",
    }
    options = [part for name, value in settings.items() for part in (f"--{name}", value)]
    server = process.launch([binaries.redis(place, account), *options], account=account, log=log)
    if fault := process.await_start("Redis", server, lambda: probe(place) == READY, START_SECONDS):
        raise Trouble(f"{fault}\n{tail(log, written)}")
