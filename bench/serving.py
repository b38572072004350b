"""A real web server on this machine, as `make up` runs it, for benchmarks that go through one."""

import http.client
import socket
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager

PATIENCE = 60  # seconds until the server answers, and for one request
SERVER = (
    "--worker-class",
    "gthread",
    "--workers",
    "2",
    "--threads",
    "4",
    "--no-control-socket",
    "--timeout",
    "120",
)


@contextmanager
def server(application: str) -> Iterator[int]:
    """The port of a running gunicorn."""
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    command = [
        sys.executable,
        "-m",
        "gunicorn",
        application,
        "--bind",
        f"127.0.0.1:{port}",
        "--backlog",
        "2048",
    ]
    quiet = {"stdout": subprocess.DEVNULL, "stderr": subprocess.DEVNULL}  # a line of log for each request
    running = subprocess.Popen([*command, *SERVER, "--log-level", "error"], **quiet)
    try:
        _wait_for(port, running)
        yield port
    finally:
        running.terminate()
        running.wait(timeout=30)


def _wait_for(port: int, running: subprocess.Popen[bytes]) -> None:
    until = time.monotonic() + PATIENCE
    while time.monotonic() < until and running.poll() is None:
        try:
            ask(port, "GET", "/g/ping/")
        except OSError:
            time.sleep(0.2)
        else:
            return
    raise SystemExit("测速用的网页服务没有启动。")


def ask(
    port: int, method: str, path: str, body: str = "", **headers: str
) -> tuple[http.client.HTTPResponse, bytes]:
    link = http.client.HTTPConnection("127.0.0.1", port, timeout=PATIENCE)
    try:
        link.request(method, path, body, {one.replace("_", "-"): value for one, value in headers.items()})
        answer = link.getresponse()
        return answer, answer.read()
    finally:
        link.close()
