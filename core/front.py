"""A page that is the same for everybody is made once in a while and handed out from memory, before the framework.

A WSGI wrapper. It keeps answers to plain GET requests under some paths if they are 200, say ``Cache-Control: public``,
set no cookie and do not vary by one; for ``KEPT_SECONDS`` at most, in each process by itself: so long may an old page
be seen after a change. While one request makes a stale page anew, the others get the stale one.
"""

import gzip
import time
from collections import OrderedDict
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, field
from threading import Lock
from typing import Any

KEPT_SECONDS = 10.0
MAKING_SECONDS = 20.0  # so long one request may take to make it anew before another tries
LARGEST = 512 * 1024  # bytes of a page that is kept
ROOM = 32 * 1024 * 1024  # bytes of all together
# What WeChat writes behind a link that is handed on in a chat; says nothing about the page.
_PASSED_ON = {"from", "isappinstalled", "scene", "clicktime", "enterid"}
_COMPRESSED = ("text/", "application/json", "image/svg+xml")
_OWN = {"content-length", "content-encoding", "vary", "x-request-id", "x-correlation-id"}

Headers = list[tuple[str, str]]
StartResponse = Callable[..., Any]
Application = Callable[[dict[str, Any], StartResponse], Iterable[bytes]]
Key = tuple[str, str, str]


@dataclass
class Kept:
    """A page ready to go out, as it is and compressed."""

    headers: Headers
    plain: bytes
    packed: bytes | None
    etag: str
    fresh_until: float

    @property
    def size(self) -> int:
        return len(self.plain) + len(self.packed or b"")


@dataclass
class Front:
    """Stands before an application.

    Attributes:
        under: paths that are looked at; everything else goes straight through.
    """

    application: Application
    under: Sequence[str]
    clock: Callable[[], float] = time.monotonic
    _pages: "OrderedDict[Key, Kept]" = field(default_factory=OrderedDict)
    _size: int = 0
    _lock: Lock = field(default_factory=Lock)

    def __call__(self, environ: dict[str, Any], start_response: StartResponse) -> Iterable[bytes]:
        path = environ.get("PATH_INFO", "")
        if not self._is_plain(environ) or not path.startswith(tuple(self.under)):
            return self.application(environ, start_response)
        environ = environ | {"QUERY_STRING": ""}
        key = (environ.get("wsgi.url_scheme", ""), environ.get("HTTP_HOST", ""), path)
        kept = self._find(key)
        return _sent(kept, environ, start_response) if kept else self._made(key, environ, start_response)

    @staticmethod
    def _is_plain(environ: dict[str, Any]) -> bool:
        asked = {one.partition("=")[0] for one in environ.get("QUERY_STRING", "").split("&")} - {""}
        return environ.get("REQUEST_METHOD") in ("GET", "HEAD") and asked <= _PASSED_ON

    def _find(self, key: Key) -> Kept | None:
        """A page that is fresh, or stale and being made anew by somebody else."""
        with self._lock:
            kept = self._pages.get(key)
            if kept is None:
                return None
            self._pages.move_to_end(key)
            now = self.clock()
            if kept.fresh_until > now:
                return kept
            kept.fresh_until = now + MAKING_SECONDS
            return None

    def _made(self, key: Key, environ: dict[str, Any], start_response: StartResponse) -> Iterable[bytes]:
        """The application's own answer, handed on as it is; kept if it may be."""
        said: list[Any] = []

        def listen(status: str, headers: Headers, exc_info: Any = None) -> Any:
            said[:] = [status, headers]
            return start_response(status, headers, exc_info) if exc_info else start_response(status, headers)

        answer = self.application(environ, listen)
        if said and said[0].startswith("304") and self._renewed(key, said[1]):
            return answer
        if environ["REQUEST_METHOD"] != "GET" or not said or not _may_be_kept(*said):
            self._forget(key)
            return answer
        body = b"".join(answer)
        if hasattr(answer, "close"):
            answer.close()
        if len(body) <= LARGEST:
            self._keep(key, _kept(said[1], body, self.clock() + KEPT_SECONDS))
        else:
            self._forget(key)
        return [body]

    def _keep(self, key: Key, kept: Kept) -> None:
        with self._lock:
            self._drop(key)
            self._pages[key] = kept
            self._size += kept.size
            while self._size > ROOM:
                self._drop(next(iter(self._pages)))

    def _renewed(self, key: Key, headers: Headers) -> bool:
        """Who asked has the newest page, and so have we: else returning readers would each have it made anew."""
        with self._lock:
            kept = self._pages.get(key)
            etag = next((value for name, value in headers if name.lower() == "etag"), "")
            if kept is None or not etag or kept.etag != etag:
                return False
            kept.fresh_until = self.clock() + KEPT_SECONDS
            return True

    def _forget(self, key: Key) -> None:
        """It is there no more, or for one reader only: nobody gets the stale one."""
        with self._lock:
            self._drop(key)

    def _drop(self, key: Key) -> None:
        gone = self._pages.pop(key, None)
        self._size -= gone.size if gone else 0


def _may_be_kept(status: str, headers: Headers) -> bool:
    named = {name.lower(): value for name, value in headers}
    control = named.get("cache-control", "")
    is_bare = "content-encoding" not in named and "set-cookie" not in named
    is_same = "cookie" not in named.get("vary", "").lower()  # who is signed in was looked at on the way
    return (
        status.startswith("200") and is_bare and is_same and "public" in control and "no-store" not in control
    )


def _kept(headers: Headers, body: bytes, fresh_until: float) -> Kept:
    named = {name.lower(): value for name, value in headers}
    own = [(name, value) for name, value in headers if name.lower() not in _OWN]
    packed = None
    if named.get("content-type", "").startswith(_COMPRESSED):
        packed = gzip.compress(body, compresslevel=6, mtime=0)
        own.append(("Vary", "Accept-Encoding"))
    return Kept(own, body, packed, named.get("etag", ""), fresh_until)


def _sent(kept: Kept, environ: dict[str, Any], start_response: StartResponse) -> Iterable[bytes]:
    if kept.etag and kept.etag in environ.get("HTTP_IF_NONE_MATCH", ""):
        start_response("304 Not Modified", [one for one in kept.headers if one[0].lower() != "content-type"])
        return []
    is_packed = kept.packed is not None and "gzip" in environ.get("HTTP_ACCEPT_ENCODING", "")
    body = kept.packed if is_packed and kept.packed is not None else kept.plain
    encoding = [("Content-Encoding", "gzip")] if is_packed else []
    start_response("200 OK", [*kept.headers, *encoding, ("Content-Length", str(len(body)))])
    return [b""] if environ["REQUEST_METHOD"] == "HEAD" else [body]
