"""What is said about a request in the log, and to the caches on its way."""

from collections.abc import Callable
from typing import Any

from django.conf import settings
from django.http import Http404, HttpRequest, HttpResponse
from django.urls import resolve
from django_structlog.middlewares import RequestMiddleware
from pghistory.middleware import HistoryMiddleware

from core.paths import without_secret


class RequestLog(RequestMiddleware):
    """Request id and user on every line; the path without its query, where people search by names."""

    @staticmethod
    def format_request(request: HttpRequest) -> str:
        return f"{request.method} {without_secret(request.path)}"


class HistoryOf(HistoryMiddleware):
    """Who changed a record, on which page; the secret of a resident's link is written down nowhere."""

    def get_context(self, request: HttpRequest) -> dict[str, Any]:
        return super().get_context(request) | {"url": without_secret(request.path)}


def private_pages(
    get_response: Callable[[HttpRequest], HttpResponse],
) -> Callable[[HttpRequest], HttpResponse]:
    """Pages of a signed-in person are kept by no cache, the browser's disk included."""

    def middleware(request: HttpRequest) -> HttpResponse:
        response = get_response(request)
        if request.user.is_authenticated and "no-store" not in response.get("Cache-Control", ""):
            response["Cache-Control"] = "no-store"
        return response

    return middleware


def published_pages(
    get_response: Callable[[HttpRequest], HttpResponse],
) -> Callable[[HttpRequest], HttpResponse]:
    """Before the sessions: a view with ``is_published`` gets its reader without cookies, so that it is made alike for
    all, reads no session and sets none. Its answer then varies by no cookie, whatever looked for one on the way.
    """

    def middleware(request: HttpRequest) -> HttpResponse:
        is_published = request.path_info.startswith(settings.PUBLIC_PATH) and _is_published(request.path_info)
        if is_published:
            request.COOKIES = {}
        response = get_response(request)
        if is_published:
            _vary_without_cookie(response)
        return response

    return middleware


def _is_published(path: str) -> bool:
    try:
        return getattr(resolve(path).func, "is_published", False)
    except Http404:
        return False


def _vary_without_cookie(response: HttpResponse) -> None:
    left = [one for one in response.get("Vary", "").split(",") if one.strip().lower() not in ("", "cookie")]
    if left:
        response["Vary"] = ",".join(left).strip()
    else:
        del response["Vary"]
