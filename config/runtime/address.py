"""Where the web server listens, and whether that is still free."""

import errno
import http.client
import os
import socket
from dataclasses import dataclass

from config.runtime.messages import Trouble

READY_PATH = "/readyz"
EVERY_ADDRESS = ("0.0.0.0", "::")  # noqa: S104  (compared with, never bound here)


@dataclass(frozen=True)
class Address:
    host: str
    port: int

    @property
    def bind(self) -> str:
        return f"[{self.host}]:{self.port}" if ":" in self.host else f"{self.host}:{self.port}"

    @property
    def reachable_host(self) -> str:
        return "127.0.0.1" if self.host in EVERY_ADDRESS else self.host

    @property
    def url(self) -> str:
        return f"http://{Address(self.reachable_host, self.port).bind}/"


def from_environment() -> Address:
    """HOST and PORT; this machine only, unless told."""
    text = os.environ.get("PORT") or "8000"
    if not text.isascii() or not text.isdigit() or not 1 <= int(text) <= 65535:
        raise Trouble(f"PORT={text} 无效：请用 1 到 65535 之间的数字，例如 PORT=8001 make up。")
    return Address(os.environ.get("HOST") or "127.0.0.1", int(text))


def refuse_if_taken(address: Address) -> None:
    """Try the port before anything slow is started.

    Raises:
        Trouble: taken, forbidden, or no such host; with the remedy.
    """
    try:
        family, kind, *_, target = socket.getaddrinfo(address.host, address.port, type=socket.SOCK_STREAM)[0]
        with socket.socket(family, kind) as trial:
            trial.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
            trial.bind(target)
            trial.listen(1)
    except PermissionError as error:
        raise Trouble(
            f"没有权限使用端口 {address.port}。换一个 1024 以上的端口：PORT=8001 make up"
        ) from error
    except OSError as error:
        if error.errno != errno.EADDRINUSE:
            raise Trouble(f"HOST={address.host} 不是本机的地址。请改正，或取消 HOST 变量。") from error
        other = address.port + 1 if address.port < 65535 else 8001
        raise Trouble(
            f"端口 {address.port} 已被占用。换一个端口：PORT={other} make up；或先停掉占用它的程序。"
        ) from error


def readiness(address: Address) -> tuple[bool, str]:
    """Whether the site says it is ready, and what it said. Never through a proxy."""
    link = http.client.HTTPConnection(address.reachable_host, address.port, timeout=5)
    try:
        link.request("GET", READY_PATH)
        answer = link.getresponse()
        body = answer.read(2000).decode(errors="replace").strip()
        return answer.status == 200, f"{answer.status} {body}"
    except (OSError, http.client.HTTPException):
        return False, "尚无应答"
    finally:
        link.close()
