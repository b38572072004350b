"""What a published page is measured against: a server of the same kind that hands out the same bytes from a file.

BENCH_FILE names the file; its content is compressed once, as a web server keeps a static file.
"""

import gzip
import os
from collections.abc import Callable, Iterable
from pathlib import Path
from typing import Any

_FILE = Path(os.environ["BENCH_FILE"]) if "BENCH_FILE" in os.environ else None
_BODY = gzip.compress(_FILE.read_bytes(), compresslevel=6, mtime=0) if _FILE else b""
_HEADERS = [
    ("Content-Type", "text/html; charset=utf-8"),
    ("Content-Encoding", "gzip"),
    ("Content-Length", str(len(_BODY))),
    ("Cache-Control", "public, max-age=60"),
]


def application(environ: dict[str, Any], start_response: Callable[..., Any]) -> Iterable[bytes]:
    """WSGI."""
    start_response("200 OK", _HEADERS)
    return [_BODY]
