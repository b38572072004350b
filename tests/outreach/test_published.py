"""A published page is the same for everybody, made once, and not for who asks too often."""

import datetime as dt
from typing import Any

import pytest
import time_machine
from django.core.signals import request_finished, request_started
from django.db import close_old_connections
from django.http import Http404, HttpResponse
from django.test import Client, RequestFactory
from redis.exceptions import ConnectionError as NoRedis

from config.wsgi import application
from core.middleware import published_pages
from core.models import PolicySetting
from outreach import published as door
from outreach.policy import ROOM
from outreach.published import published

pytestmark = pytest.mark.django_db
ADDRESS = "/p/guide/"


@published
def page(request, **kwargs):
    return HttpResponse("十公开")


@published
def nothing(request):
    raise Http404


def ask(**headers: str) -> HttpResponse:
    return page(RequestFactory().get("/p/", **headers))


def limit(most: int) -> None:
    PolicySetting.objects.create(
        room=ROOM, in_force_from=dt.date(2026, 1, 1), payload={"public_pages_per_minute": most}
    )


def test_it_may_be_kept_and_is_not_sent_twice(noon):
    first = ask()
    assert (first["Cache-Control"], first["X-Robots-Tag"]) == (
        "public, max-age=60",
        "noindex, nofollow, noarchive",
    )
    again = ask(HTTP_IF_NONE_MATCH=first["ETag"])
    assert (again.status_code, again.content, again["ETag"]) == (304, b"", first["ETag"])
    assert ask(HTTP_IF_NONE_MATCH='"other"').status_code == 200


def test_what_is_not_there_says_so_on_a_page_of_the_site_and_is_kept_by_nobody(noon):
    answer = nothing(RequestFactory().get("/p/"))
    assert (answer.status_code, answer["Cache-Control"]) == (404, "no-store")
    assert "没有找到这个页面" in answer.content.decode()


def test_nothing_is_posted_to_it(noon):
    assert page(RequestFactory().post("/p/")).status_code == 405


def test_who_asks_too_often_waits_until_the_minute_is_over(noon, db):
    limit(10)
    assert [ask().status_code for _ in range(11)] == [200] * 10 + [429]
    refused = ask()
    assert (refused["Retry-After"], refused["Cache-Control"]) == ("60", "no-store")
    assert "请过 60 秒再刷新" in refused.content.decode()
    assert ask(REMOTE_ADDR="10.0.0.8").status_code == 200


def test_the_next_minute_begins_anew(db):
    limit(10)
    start = dt.datetime(2026, 11, 22, 4, 0, 59, tzinfo=dt.UTC)
    with time_machine.travel(start, tick=False) as clock:
        statuses = [ask().status_code for _ in range(11)]
        assert statuses[-1] == 429
        assert ask()["Retry-After"] == "1"
        clock.shift(1)
        assert ask().status_code == 200


def test_a_house_with_many_ipv6_addresses_is_one(noon, db):
    limit(10)
    statuses = [ask(REMOTE_ADDR=f"2001:db8:1:2::{number:x}").status_code for number in range(11)]
    assert statuses[-1] == 429
    assert ask(REMOTE_ADDR="2001:db8:1:3::1").status_code == 200


def test_without_a_cache_nobody_is_kept_out(noon, monkeypatch):
    def fail(*args: Any, **kwargs: Any) -> bool:
        raise NoRedis

    monkeypatch.setattr(door.cache, "add", fail)
    assert ask().status_code == 200


def through_the_front(**environ: str) -> tuple[str, dict[str, str], bytes]:
    told: list[Any] = []
    request = RequestFactory().get(ADDRESS, HTTP_HOST="localhost").environ | environ
    body = b"".join(
        application(request, lambda status, headers, exc_info=None: told.append((status, headers)))
    )
    return told[0][0], dict(told[0][1]), body


@pytest.fixture
def kept_connection():
    """A web server's handler closes the database after each request; a test has but one."""
    for signal in (request_started, request_finished):
        signal.disconnect(close_old_connections)
    yield
    for signal in (request_started, request_finished):
        signal.connect(close_old_connections)


def test_the_second_reader_costs_no_query(noon, cast, kept_connection, django_assert_num_queries):
    application._pages.clear()
    status, headers, body = through_the_front()
    assert status.startswith("200")
    assert "Set-Cookie" not in headers and "cookie" not in headers.get("Vary", "").lower()
    with django_assert_num_queries(0):
        again = through_the_front()
    assert again[2] == body
    application._pages.clear()


def test_who_is_signed_in_sees_the_same_page_and_his_session_is_left_alone(noon, cast, client: Client):
    stranger = client.get(ADDRESS)
    client.force_login(cast.li)
    known = client.get(ADDRESS)
    assert known.content == stranger.content
    assert known["Cache-Control"] == "public, max-age=60"
    assert not known.has_header("Vary")
    assert not known.cookies
    assert client.get("/teams/").status_code == 200


def test_other_pages_keep_their_cookies(noon, cast, client: Client):
    client.force_login(cast.li)
    assert "Cookie" in client.get("/teams/")["Vary"]


@pytest.mark.parametrize(
    ("vary", "left"),
    [
        ("Cookie", None),
        ("Cookie, Accept-Language", "Accept-Language"),
        ("Accept-Language, cookie", "Accept-Language"),
    ],
)
def test_only_the_cookie_is_taken_out_of_what_it_varies_by(rf, vary, left):
    answer = published_pages(lambda request: HttpResponse(headers={"Vary": vary}))(rf.get(ADDRESS))
    assert answer.get("Vary") == left
