"""How the forms of /g/ answer: a page to a browser, a few words of JSON to the outbox (static/js/outbox.js).

The outbox keeps what was typed on the telephone until one of these answers says that it arrived. It marks its requests
with ``X-Outbox: 1`` and the account that typed them with ``X-Outbox-Owner``.
"""

from collections.abc import Callable
from typing import Any

from django.contrib import messages
from django.contrib.auth.decorators import login_not_required
from django.forms import BaseForm
from django.http import HttpRequest, HttpResponse, JsonResponse
from django.middleware.csrf import get_token
from django.shortcuts import redirect, render, resolve_url
from django.views.decorators.http import require_safe

from teams.access import unattended

View = Callable[[HttpRequest], HttpResponse]


def is_outbox(request: HttpRequest) -> bool:
    return request.headers.get("X-Outbox") == "1"


def saved(request: HttpRequest, words: str, then: str, *args: Any) -> HttpResponse:
    """What was sent is in the database, now or already before: only after this the telephone forgets it.

    Args:
        words: a Chinese sentence for the sender. then, args: the page to go on to, as ``redirect`` takes it.
    """
    if is_outbox(request):
        return JsonResponse({"state": "saved", "words": words, "then": resolve_url(then, *args)})
    messages.success(request, words)
    return redirect(then, *args)


def refused(request: HttpRequest, form: BaseForm, template: str, context: dict[str, Any]) -> HttpResponse:
    """What was sent is wrong: the reasons by field ("" for the whole form); it stays on the telephone to be corrected."""
    if is_outbox(request):
        errors = {
            "" if name == "__all__" else form.add_prefix(name): [str(one) for one in found]
            for name, found in form.errors.items()
        }
        return JsonResponse({"state": "refused", "errors": errors}, status=422)
    return render(request, template, {"form": form} | context)


@login_not_required
@unattended
@require_safe
def ping(request: HttpRequest) -> HttpResponse:
    """Whether there is a signal, who is signed in, and a token for the next form: asked before anything is sent."""
    user = str(request.user.pk) if request.user.is_authenticated else ""
    response = JsonResponse({"user": user, "csrf": get_token(request)})
    response["Cache-Control"] = "no-store"
    return response


def _is_of_another(request: HttpRequest) -> bool:
    owner = request.headers.get("X-Outbox-Owner", "")
    return request.user.is_authenticated and owner != str(request.user.pk)


def own_entries_only(get_response: View) -> View:
    """What one account typed is never taken from another, whoever has signed in on the same telephone since."""

    def middleware(request: HttpRequest) -> HttpResponse:
        if is_outbox(request) and _is_of_another(request):
            return JsonResponse({"state": "other_account"}, status=409)
        return get_response(request)

    return middleware
