"""Many readers at once over kept connections, each in a process of its own: how many answers come in a second.

Nothing of Django here: the processes import this module alone.
"""

import socket
import time
from multiprocessing import get_context
from typing import Any


def rate(port: int, path: str, *, readers: int, seconds: float) -> float:
    """Answers a second, to so many readers together."""
    context = get_context("spawn")
    counted = context.Queue()
    running = [context.Process(target=_read, args=(port, path, seconds, counted)) for _ in range(readers)]
    for one in running:
        one.start()
    rates = [counted.get(timeout=seconds + 60) for _ in running]
    for one in running:
        one.join()
    return sum(rates)


def _read(port: int, path: str, seconds: float, counted: Any) -> None:
    """As fast as the answers come, each checked for its status and read to its end."""
    request = f"GET {path} HTTP/1.1\r\nHost: 127.0.0.1:{port}\r\nAccept-Encoding: gzip\r\n\r\n".encode()
    link, done, began = None, 0, time.perf_counter()
    while (spent := time.perf_counter() - began) < seconds:
        link = link or socket.create_connection(("127.0.0.1", port), timeout=30)
        link.sendall(request)
        if not _answer(link):
            link.close()
            link = None
        done += 1
    counted.put(done / spent)


def _answer(link: socket.socket) -> bool:
    """Whether the connection stays open."""
    data = b""
    while b"\r\n\r\n" not in data:
        more = link.recv(65536)
        if not more:
            raise SystemExit("服务器提前断开。")
        data += more
    head, _, body = data.partition(b"\r\n\r\n")
    assert head.startswith(b"HTTP/1.1 200"), head[:100]
    lines = dict(one.lower().split(b": ", 1) for one in head.split(b"\r\n")[1:])
    left = int(lines[b"content-length"]) - len(body)
    while left > 0:
        left -= len(link.recv(65536))
    return lines.get(b"connection") != b"close"
