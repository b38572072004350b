"""A page for everybody (P1, P7): the same for all readers, kept by caches, bounded for who asks too often.

``core.middleware.published_pages`` takes a reader's cookies away before anybody looks at them, so that a published page
cannot differ by who is signed in, and asks for no session. What is kept in front of us (``core.front``) does not come
here any more, so only what has to be made is counted.
"""

import hashlib
import logging
from collections.abc import Callable
from functools import wraps
from ipaddress import ip_network
from typing import Any

from django.contrib.auth.decorators import login_not_required
from django.core.cache import cache
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import render
from django.utils import timezone
from django.utils.cache import get_conditional_response
from django.views.decorators.http import require_safe
from redis.exceptions import RedisError

from core.addresses import client_ip
from outreach.policy import policy_on

KEPT_BY_READERS = 60  # seconds
_WINDOW = 60  # seconds
_COUNTER = "published"
_HOUSE_BITS = 64  # of an IPv6 address: what one connection is given; the rest a reader changes as he likes

logger = logging.getLogger(__name__)
View = Callable[..., HttpResponse]


def published(view: View) -> View:
    """GET and HEAD only, no login, ``Cache-Control: public`` and an ETag; 429 in Chinese above the policy's number.

    What is not there (``Http404``) is said on a page of the public site. An answer other than 200 is kept by nobody.
    """

    @wraps(view)
    def shown(request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponse:
        wait = seconds_to_wait(client_ip(request))
        if wait:
            response = render(request, "public/too_many.html", {"wait": wait}, status=429)
            response["Retry-After"] = str(wait)
            return _marked(response)
        try:
            response = view(request, *args, **kwargs)
        except Http404:
            response = render(request, "public/not_found.html", status=404)
        return _with_tag(request, _marked(response))

    door = login_not_required(require_safe(shown))
    door.is_published = True  # type: ignore[attr-defined]
    return door


def seconds_to_wait(address: str | None) -> int:
    """One more page made for this address; seconds until it may ask again, 0: go on.

    Counted by the minute in the cache. Without a cache or an address nobody is kept out: what is shown is public.
    """
    if address is None:
        return 0
    now = timezone.now()  # noqa: TID251  # a door: part of every published view
    most = policy_on(timezone.localdate(now)).public_pages_per_minute  # noqa: TID251
    minute, second = divmod(int(now.timestamp()), _WINDOW)
    try:
        count = _count(f"{_COUNTER}:{minute}:{_house_of(address)}")
    except RedisError:
        logger.warning("published pages are not counted: no cache")
        return 0
    return _WINDOW - second if count > most else 0


def _count(key: str) -> int:
    if cache.add(key, 1, timeout=_WINDOW * 2):
        return 1
    try:
        return int(cache.incr(key))
    except ValueError:  # gone between the two
        return 1


def _house_of(address: str) -> str:
    return str(ip_network(f"{address}/{_HOUSE_BITS}", strict=False)) if ":" in address else address


def _marked(response: HttpResponse) -> HttpResponse:
    """No search engine lists people's names and numbers; another site learns our address, never a page's."""
    response["X-Robots-Tag"] = "noindex, nofollow, noarchive"
    response["Referrer-Policy"] = "strict-origin"
    response["Cache-Control"] = "no-store"
    return response


def _with_tag(request: HttpRequest, response: HttpResponse) -> HttpResponse:
    if response.status_code != 200 or response.streaming:
        return response
    response["Cache-Control"] = f"public, max-age={KEPT_BY_READERS}"
    tag = f'"{hashlib.sha256(response.content).hexdigest()[:32]}"'
    response["ETag"] = tag
    return get_conditional_response(request, etag=tag, response=response) or response
