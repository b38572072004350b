"""Pages handed out from memory: only those that may be, only as long as they may, never another reader's."""

import gzip
from threading import Event, Thread
from typing import Any

import pytest

from core import front
from core.front import Front

PUBLIC = [
    ("Content-Type", "text/html; charset=utf-8"),
    ("Cache-Control", "public, max-age=60"),
    ("ETag", '"one"'),
]


class Site:
    """An application that counts how often it is asked."""

    def __init__(self, headers: list[tuple[str, str]] = PUBLIC, status: str = "200 OK") -> None:
        self.headers, self.status, self.asked, self.body = headers, status, 0, "十公开".encode() * 100

    def __call__(self, environ: dict[str, Any], start_response: Any) -> list[bytes]:
        self.asked += 1
        start_response(self.status, list(self.headers))
        return [self.body]


class Clock:
    now = 1000.0

    def __call__(self) -> float:
        return self.now


def ask(
    app: Front, path: str = "/p/d/abc/", method: str = "GET", **more: str
) -> tuple[str, dict[str, str], bytes]:
    told: list[Any] = []
    environ = {"REQUEST_METHOD": method, "PATH_INFO": path, "QUERY_STRING": "", "HTTP_HOST": "a", **more}
    body = b"".join(app(environ, lambda status, headers, exc_info=None: told.append((status, headers))))
    status, headers = told[0]
    return status, dict(headers), body


@pytest.fixture
def clock() -> Clock:
    return Clock()


def test_a_public_page_is_made_once_and_again_when_its_time_is_over(clock):
    site = Site()
    app = Front(site, under=("/p/",), clock=clock)
    for _ in range(5):
        assert ask(app)[2] == site.body
    assert site.asked == 1
    clock.now += front.KEPT_SECONDS - 0.01
    ask(app)
    assert site.asked == 1
    clock.now += 0.01
    site.body = b"new"
    assert ask(app)[2] == b"new"
    assert (site.asked, ask(app)[2]) == (2, b"new")


def test_it_comes_compressed_to_whoever_can_read_that_and_says_so(clock):
    site = Site()
    app = Front(site, under=("/p/",), clock=clock)
    ask(app)
    _, headers, body = ask(app, HTTP_ACCEPT_ENCODING="gzip, br")
    assert gzip.decompress(body) == site.body
    assert headers["Content-Encoding"] == "gzip"
    assert headers["Content-Length"] == str(len(body)) < str(len(site.body))
    assert headers["Vary"] == "Accept-Encoding"
    assert ask(app, HTTP_ACCEPT_ENCODING="")[2] == site.body


def test_who_has_it_already_is_told_that_nothing_changed(clock):
    app = Front(Site(), under=("/p/",), clock=clock)
    ask(app)
    status, headers, body = ask(app, HTTP_IF_NONE_MATCH='W/"x", "one"')
    assert (status, body) == ("304 Not Modified", b"")
    assert headers["Cache-Control"] == "public, max-age=60"
    assert ask(app, HTTP_IF_NONE_MATCH='"two"')[0] == "200 OK"


def test_a_head_request_has_the_length_and_no_body(clock):
    site = Site()
    app = Front(site, under=("/p/",), clock=clock)
    ask(app)
    _, headers, body = ask(app, method="HEAD")
    assert (headers["Content-Length"], body) == (str(len(site.body)), b"")


@pytest.mark.parametrize(
    ("headers", "status"),
    [
        ([("Cache-Control", "no-store")], "200 OK"),
        ([], "200 OK"),
        ([("Cache-Control", "private, max-age=60")], "200 OK"),
        ([("Cache-Control", "public, no-store")], "200 OK"),
        ([*PUBLIC, ("Set-Cookie", "sessionid=1")], "200 OK"),
        ([*PUBLIC, ("Content-Encoding", "br")], "200 OK"),
        ([*PUBLIC, ("Vary", "Accept-Language, Cookie")], "200 OK"),
        (PUBLIC, "404 Not Found"),
        (PUBLIC, "302 Found"),
        (PUBLIC, "429 Too Many Requests"),
    ],
)
def test_nothing_else_is_kept(clock, headers, status):
    site = Site(headers, status)
    app = Front(site, under=("/p/",), clock=clock)
    ask(app), ask(app)
    assert site.asked == 2


@pytest.mark.parametrize(
    "request_of",
    [
        {"path": "/residents/1/"},
        {"method": "POST"},
        {"QUERY_STRING": "q=1"},
    ],
)
def test_other_requests_go_straight_through(clock, request_of):
    site = Site()
    app = Front(site, under=("/p/",), clock=clock)
    ask(app), ask(app, **request_of), ask(app, **request_of)
    assert site.asked == 3


def test_what_a_chat_writes_behind_a_link_is_the_same_page(clock):
    site = Site()
    app = Front(site, under=("/p/",), clock=clock)
    ask(app), ask(app, QUERY_STRING="from=groupmessage&isappinstalled=0")
    assert site.asked == 1
    ask(app, QUERY_STRING="from=groupmessage&q=1")
    assert site.asked == 2


def test_another_host_or_scheme_has_its_own(clock):
    site = Site()
    app = Front(site, under=("/p/",), clock=clock)
    ask(app), ask(app, HTTP_HOST="b"), ask(app, **{"wsgi.url_scheme": "https"})
    assert site.asked == 3


def test_a_reader_who_has_the_newest_page_keeps_ours_fresh_too(clock):
    site = Site()
    app = Front(site, under=("/p/",), clock=clock)
    ask(app)
    clock.now += front.KEPT_SECONDS
    site.status = "304 Not Modified"
    assert ask(app, HTTP_IF_NONE_MATCH='"one"')[0] == "304 Not Modified"
    assert ask(app)[:3:2] == ("200 OK", site.body)
    assert site.asked == 2


def test_a_reader_who_has_a_newer_page_shows_that_ours_is_old(clock):
    site = Site()
    app = Front(site, under=("/p/",), clock=clock)
    ask(app)
    clock.now += front.KEPT_SECONDS
    site.status, site.headers = "304 Not Modified", [*PUBLIC[:2], ("ETag", '"two"')]
    ask(app, HTTP_IF_NONE_MATCH='"two"')
    ask(app)
    assert site.asked == 3


def test_a_page_that_was_taken_away_is_gone_with_its_copy(clock):
    site = Site()
    app = Front(site, under=("/p/",), clock=clock)
    ask(app)
    clock.now += front.KEPT_SECONDS
    site.status = "404 Not Found"
    assert ask(app)[0] == ask(app)[0] == "404 Not Found"
    assert site.asked == 3


def test_while_one_makes_it_anew_the_others_read_the_old_one(clock):
    going, let_go = Event(), Event()

    class Slow(Site):
        def __call__(self, environ, start_response):
            if self.asked:
                going.set()
                assert let_go.wait(5)
            return super().__call__(environ, start_response)

    site = Slow()
    app = Front(site, under=("/p/",), clock=clock)
    ask(app)
    clock.now += front.KEPT_SECONDS
    maker = Thread(target=ask, args=(app,))
    maker.start()
    assert going.wait(5)
    assert ask(app)[2] == site.body
    assert site.asked == 1
    let_go.set()
    maker.join(5)
    assert site.asked == 2


def test_the_room_is_bounded_and_the_least_read_go_first(clock, monkeypatch):
    site = Site([*PUBLIC[1:], ("Content-Type", "image/png")])
    monkeypatch.setattr(front, "ROOM", len(site.body) * 2)
    app = Front(site, under=("/p/",), clock=clock)
    ask(app, "/p/1/"), ask(app, "/p/2/"), ask(app, "/p/1/"), ask(app, "/p/3/")
    assert site.asked == 3
    ask(app, "/p/1/")
    assert site.asked == 3
    ask(app, "/p/2/")
    assert site.asked == 4


def test_what_is_too_large_is_handed_on_and_not_kept(clock, monkeypatch):
    monkeypatch.setattr(front, "LARGEST", 10)
    site = Site()
    app = Front(site, under=("/p/",), clock=clock)
    assert ask(app)[2] == ask(app)[2] == site.body
    assert site.asked == 2


def test_a_page_that_has_grown_too_large_leaves_no_old_copy(clock, monkeypatch):
    site = Site()
    app = Front(site, under=("/p/",), clock=clock)
    ask(app)
    clock.now += front.KEPT_SECONDS
    monkeypatch.setattr(front, "LARGEST", 10)
    ask(app)
    site.body = "更正".encode() * 100
    assert ask(app)[2] == site.body
