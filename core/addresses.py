"""Where a request comes from."""

from dataclasses import dataclass
from ipaddress import IPv6Address, ip_address
from typing import Self

from django.conf import settings
from django.http import HttpRequest


def client_ip(request: HttpRequest) -> str | None:
    """The client's address behind ``PROXY_COUNT`` proxies of ours, or None where there is none (a unix socket).

    Each of our proxies appends the peer it saw to X-Forwarded-For. What stands further left is whatever the client
    wrote, so the entry is counted from the right; without proxies the header is not read at all.
    """
    if settings.PROXY_COUNT:
        hops = request.headers.get("X-Forwarded-For", "").split(",")
        seen = hops[-settings.PROXY_COUNT] if len(hops) >= settings.PROXY_COUNT else ""
    else:
        seen = request.META.get("REMOTE_ADDR", "")
    try:
        found = ip_address(seen.strip())
    except ValueError:
        return None
    if isinstance(found, IPv6Address) and found.ipv4_mapped:
        found = found.ipv4_mapped
    return str(found)


@dataclass(frozen=True)
class Visitor:
    """Who knocks, as a log keeps it.

    Attributes:
        agent: what the browser calls itself, cut to 200 characters.
    """

    ip: str | None = None
    agent: str = ""

    @classmethod
    def of(cls, request: HttpRequest) -> Self:
        return cls(client_ip(request), request.headers.get("User-Agent", "").replace("\0", "")[:200])
