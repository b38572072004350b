"""Fake servers on real sockets: a text gateway that keeps each key once, and a group robot."""

import json
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any


@dataclass
class Fake:
    """What came in, and how to answer.

    Attributes:
        requests: every one that came in, as (headers, body). kept: the first body under each key: what was really sent.
        status, answer: of the reply. delay: seconds before it, after the message was taken.
    """

    url: str = ""
    requests: list[tuple[dict[str, str], dict[str, Any]]] = field(default_factory=list)
    kept: dict[str, dict[str, Any]] = field(default_factory=dict)
    status: int = 200
    answer: dict[str, Any] = field(default_factory=dict)
    delay: float = 0
    on_request: Callable[[], None] = lambda: None


def _handler(fake: Fake) -> type[BaseHTTPRequestHandler]:
    class Handler(BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            raw = self.rfile.read(int(self.headers["Content-Length"]))
            body = json.loads(raw)
            fake.requests.append((dict(self.headers) | {"raw": raw.decode()}, body))
            status = fake.status
            if status == 200 and "id" in body:
                status = 409 if body["id"] in fake.kept else 200
                fake.kept.setdefault(body["id"], body)
            fake.on_request()
            time.sleep(fake.delay)
            try:
                self.send_response(status)
                self.send_header("Content-Type", "application/json")
                self.end_headers()
                self.wfile.write(json.dumps(fake.answer).encode())
            except OSError:
                pass  # whoever asked did not wait

        def log_message(self, *args: Any) -> None:
            """Not into the output of the tests."""

    return Handler


@contextmanager
def serving() -> Iterator[Fake]:
    fake = Fake()
    server = ThreadingHTTPServer(("127.0.0.1", 0), _handler(fake))
    server.daemon_threads = True
    fake.url = f"http://127.0.0.1:{server.server_port}/send"
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.05}, daemon=True)
    thread.start()
    try:
        yield fake
    finally:
        server.shutdown()
        server.server_close()
        thread.join()
