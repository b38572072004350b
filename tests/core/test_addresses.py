"""The client's address behind our proxies, and nobody else's word for it."""

import pytest
from django.test import RequestFactory

from core.addresses import Visitor, client_ip


def request(peer: str, forwarded: str | None = None, **meta: str):
    headers = {"X-Forwarded-For": forwarded} if forwarded is not None else {}
    return RequestFactory(headers=headers).get("/", REMOTE_ADDR=peer, **meta)


@pytest.mark.parametrize(
    ("proxies", "peer", "forwarded", "expected"),
    [
        (0, "10.1.2.3", None, "10.1.2.3"),
        (0, "10.1.2.3", "6.6.6.6", "10.1.2.3"),
        (1, "127.0.0.1", "10.1.2.3", "10.1.2.3"),
        (1, "127.0.0.1", "6.6.6.6, 10.1.2.3", "10.1.2.3"),
        (2, "127.0.0.1", "6.6.6.6, 10.1.2.3, 192.168.0.1", "10.1.2.3"),
        (2, "127.0.0.1", "10.1.2.3", None),
        (1, "127.0.0.1", None, None),
        (1, "127.0.0.1", "not an address", None),
        (1, "127.0.0.1", "2001:db8::1", "2001:db8::1"),
        (0, "::ffff:10.1.2.3", None, "10.1.2.3"),
        (0, "", None, None),
    ],
)
def test_client_ip(settings, proxies, peer, forwarded, expected):
    settings.PROXY_COUNT = proxies
    assert client_ip(request(peer, forwarded)) == expected


def test_visitor_keeps_a_bounded_name_without_null_bytes():
    visitor = Visitor.of(request("10.1.2.3", HTTP_USER_AGENT="a\0b" + "c" * 300))
    assert visitor.ip == "10.1.2.3"
    assert visitor.agent == "ab" + "c" * 198
