"""python -m config.runtime up | down | reset | status | ensure | with COMMAND ..."""

import contextlib
import os
import shutil
import signal
import subprocess
import sys
from collections.abc import Callable

import config.runtime as runtime
from config.runtime import holder, paths, postgres, redis, up
from config.runtime.messages import Trouble, file_trouble, say

USAGE = "用法：python -m config.runtime up | down | reset | status | ensure | with 命令 …"


def main(words: list[str]) -> int:
    """Run one command; a fault the operator can mend is one Chinese sentence and status 1."""
    for stream in (sys.stdout, sys.stderr):
        with contextlib.suppress(AttributeError):
            stream.reconfigure(errors="replace")  # type: ignore[union-attr]
    commands: dict[str, Callable[[], int]] = {
        "up": up.up,
        "down": down,
        "reset": reset,
        "status": status,
        "ensure": ensure,
    }
    try:
        if words[:1] == ["with"] and len(words) > 1:
            return around(words[1:])
        if len(words) != 1 or words[0] not in commands:
            raise Trouble(USAGE)
        return commands[words[0]]()
    except Trouble as trouble:
        print(f"\n{trouble}", file=sys.stderr)
        return 1
    except KeyboardInterrupt:
        return 130


def ensure() -> int:
    runtime.ensure()
    return 0


def down() -> int:
    place = paths.current()
    up.down(place)
    say(f"{place.instance}：没有留下任何进程。")
    return 0


def reset() -> int:
    """Stop, then delete this instance's data. Asks on a terminal; elsewhere only with YES=1."""
    place = paths.current()
    if os.environ.get("YES") != "1" and not _confirmed(place):
        raise Trouble("没有删除任何数据。不在终端中运行时，请写明 YES=1 make reset。")
    up.down(place)
    with file_trouble():
        delete(place)
    say(f"已删除 {place.instance} 的全部数据。下次 make up 会重新建立。")
    return 0


def delete(place: paths.Place) -> None:
    """Remove this instance's folders, and with the last one the binaries copied for its account."""
    for folder in (place.sockets, place.base, place.run):
        if folder.exists():
            shutil.rmtree(folder)
    shared = paths.shared_folder(place.root)
    if shared.exists() and all(path.name.startswith("servers-") for path in shared.iterdir()):
        shutil.rmtree(shared)


def _confirmed(place: paths.Place) -> bool:
    if not sys.stdin.isatty():
        return False
    with contextlib.suppress(EOFError):
        return input(f"将永久删除 {place.base} 里的全部数据。确定请输入 yes：").strip() == "yes"
    return False


def status() -> int:
    place = paths.current()
    found = holder.holder(place)
    print(f"实例        {place.instance}")
    print(f"数据        {place.base}")
    print(f"日志        {place.run / 'log'}")
    print(f"make up     {f'运行中（进程 {found[0]}，{found[1]}）' if found else '未运行'}")
    print(f"Postgres    {_server_state('DATABASE_URL', postgres.running_pid(place))}")
    print(f"Redis       {_server_state('REDIS_URL', redis.running_pid(place))}")
    return 0


def _server_state(variable: str, pid: int | None) -> str:
    if os.environ.get(variable):
        return f"不用内嵌的，见 {variable}"
    return f"运行中（进程 {pid}）" if pid else "未运行"


def around(command: list[str]) -> int:
    """Run `command` with the servers up, stop them afterwards whatever happened, and pass on its status."""
    place = paths.current()
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(143))
    with holder.hold(place, ""):
        say(f"▶ 启动内嵌服务（{place.instance}）")
        try:
            runtime.ensure()
            say("✔ 内嵌服务已启动")
            return _foreground(command)
        finally:
            names = runtime.shut_down()
            say(f"已停止内嵌服务：{'、'.join(names) or '无'}")


def _foreground(command: list[str]) -> int:
    """Ctrl-C on the terminal reaches the command by itself; signals sent to us alone are handed on."""
    with subprocess.Popen(command) as child:
        signal.signal(signal.SIGINT, signal.SIG_IGN)
        for name in (signal.SIGTERM, signal.SIGHUP):
            signal.signal(name, lambda number, _: child.send_signal(number))
        status = child.wait()
    return status if status >= 0 else 128 - status


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
