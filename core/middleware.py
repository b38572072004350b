"""What is said about a request in the log, and to the caches on its way."""

from collections.abc import Callable
from typing import Any

from django.http import HttpRequest, HttpResponse
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
