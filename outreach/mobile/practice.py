"""Practising: what is reported meanwhile is shown to the sender only and counts nowhere."""

from collections.abc import Callable
from functools import wraps
from typing import Any

from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils import timezone
from django.views.decorators.http import require_POST

from outreach.mobile.answers import is_outbox
from teams.access import Permission, needs

KEY = "practice"  # in the session: the day; templates/outreach/base_mobile.html compares it with today


def is_practice(request: HttpRequest) -> bool:
    """Whether he practises. Over at midnight: a session lasts for weeks, and what is real must not be lost in it."""
    if request.session.get(KEY, "") == f"{timezone.localdate()}":
        return True
    request.session.pop(KEY, None)
    return False


@needs(Permission.GRID_PAGE)
@require_POST
def switch(request: HttpRequest) -> HttpResponse:
    """On for today, or off, on this telephone."""
    if request.POST.get("on") == "1":
        request.session[KEY] = f"{timezone.localdate()}"
    else:
        request.session.pop(KEY, None)
    return redirect("grid-home")


def real_only(view: Callable[..., HttpResponse]) -> Callable[..., HttpResponse]:
    """Where everything counts: closed while he practises, so that nobody takes it for practice.

    What the telephone has kept was typed before, on an open page: it is taken.
    """

    @wraps(view)
    def guarded(request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponse:
        if is_practice(request) and not is_outbox(request):
            return render(request, "outreach/practice_only.html")
        return view(request, *args, **kwargs)

    return guarded
