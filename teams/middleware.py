"""Who may go on: the signed-in, whose session is not over, who have no password to change and no code to enter."""

from collections.abc import Callable
from datetime import timedelta
from typing import Any
from urllib.parse import urlsplit

from django.conf import settings
from django.contrib.auth import logout
from django.contrib.auth.middleware import LoginRequiredMiddleware
from django.http import HttpRequest, HttpResponse, JsonResponse
from django.http.request import QueryDict
from django.shortcuts import redirect
from django.urls import reverse
from django.utils import timezone
from django.utils.http import url_has_allowed_host_and_scheme

from core.addresses import Visitor
from teams import second_factor, sessions
from teams.access import works_only_in_grid
from teams.actions import accounts
from teams.models import LoginRecord, User
from teams.passwords import is_due
from teams.policy import TeamsPolicy, policy_on
from teams.sessions import Limits

View = Callable[..., HttpResponse]

SIGN_IN_FIRST = ("sign_in", "请先登录。")
TIMED_OUT = ("timed_out", "长时间没有操作，登录已结束，请重新登录。")
GO_FIRST = {
    "otp-verify": ("second_factor", "请先输入动态口令。"),
    "password-change": ("password_change", "请先修改密码。"),
    "otp-setup": ("second_factor_setup", "请先启用动态口令。"),
}
ALWAYS_OPEN = {"logout"}


class SignInRequired(LoginRequiredMiddleware):
    """Anybody unknown is led to the login page, in the manner his program understands."""

    def handle_no_permission(self, request: HttpRequest, view_func: View) -> HttpResponse:
        return lead_to(request, address_of(request, settings.LOGIN_URL), *SIGN_IN_FIRST)


class SessionGuard:
    """Ends sessions that are over, and holds a person at the one page he must pass first."""

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponse]) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        return self.get_response(request)

    def process_view(self, request: HttpRequest, view: View, args: Any, kwargs: Any) -> HttpResponse | None:
        if not request.user.is_authenticated:
            return None
        is_public = not getattr(view, "login_required", True)
        policy = policy_on(timezone.localdate())
        if not self._keep_alive(request, policy, by_hand=not getattr(view, "is_unattended", False)):
            address = address_of(request, settings.LOGIN_URL, reason="timeout")
            return None if is_public else lead_to(request, address, *TIMED_OUT)
        name = request.resolver_match.view_name
        first = None if is_public or name in ALWAYS_OPEN else page_to_pass(request, policy)
        if first is None or name == first:
            return None
        return lead_to(request, address_of(request, first), *GO_FIRST[first])

    def _keep_alive(self, request: HttpRequest, policy: TeamsPolicy, *, by_hand: bool) -> bool:
        """Note the sign of life; or, when the session is over, end it and say False. What a page asks for by itself
        is no sign of life."""
        now = timezone.now()
        limits = limits_of(request, policy)
        if not sessions.is_over(request.session, limits, at=now):
            if by_hand:
                sessions.note_seen(request.session, limits, at=now)
            return True
        accounts.record(LoginRecord.Outcome.IDLE, user=request.user, visitor=Visitor.of(request), by=None)
        logout(request)
        return False


def limits_of(request: HttpRequest, policy: TeamsPolicy) -> Limits:
    """Grid workers on their own phone stay signed in for weeks; everybody else for a working day."""
    if request.session.get(sessions.KEPT) and works_only_in_grid(request.user):
        return Limits(idle=timedelta(days=policy.grid_session_days), total=None)
    return Limits(
        idle=timedelta(seconds=settings.SESSION_IDLE_SECONDS),
        total=timedelta(seconds=settings.SESSION_COOKIE_AGE),
    )


def page_to_pass(request: HttpRequest, policy: TeamsPolicy) -> str | None:
    """The page that comes before all others, if any.

    Whoever has a second factor shows it before he may touch anything, the password included; whoever must still set
    one up first gives himself a password of his own.
    """
    user: User = request.user
    if request.session.get(sessions.HAS_CODE) and not user.is_verified():
        return "otp-verify"
    if is_due(user, policy, on=timezone.localdate()):
        return "password-change"
    if not user.is_verified() and second_factor.is_required(user, policy):
        return "otp-setup"
    return None


def address_of(request: HttpRequest, name: str, *, reason: str = "") -> str:
    """The page ``name``, with the page to come back to from there."""
    query = QueryDict(mutable=True)
    if back := _page_of(request):
        query["next"] = back
    if reason:
        query["reason"] = reason
    return f"{reverse(name)}?{query.urlencode(safe='/')}" if query else reverse(name)


def next_page(request: HttpRequest, otherwise: str) -> str:
    """Where ``address_of`` came from, if it is a page of ours."""
    wanted = request.GET.get("next", "")
    is_ours = url_has_allowed_host_and_scheme(wanted, {request.get_host()}, require_https=request.is_secure())
    return wanted if is_ours else otherwise


def _page_of(request: HttpRequest) -> str:
    """Only a page that can be opened again: what was posted is gone, and a fragment is no page."""
    if "HX-Request" in request.headers:
        seen = urlsplit(request.headers.get("HX-Current-URL", ""))
        return f"{seen.path}?{seen.query}" if seen.query else seen.path
    return request.get_full_path() if request.method in ("GET", "HEAD") else ""


def lead_to(request: HttpRequest, address: str, code: str, sentence: str) -> HttpResponse:
    """A redirect that works for a page, an HTMX fragment (which would swap the login page in), and a program."""
    if "HX-Request" in request.headers:
        return HttpResponse(sentence, status=401, headers={"HX-Redirect": address})
    wanted = request.get_preferred_type(["text/html", "application/json"])
    if wanted == "application/json" or request.path.startswith("/api/"):
        return JsonResponse({"code": code, "message": sentence}, status=401)
    return redirect(address)
