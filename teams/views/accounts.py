"""Signing in and out, one's password, one's own account."""

from datetime import datetime

from axes.helpers import get_cool_off
from axes.models import AccessAttempt
from django.conf import settings
from django.contrib import messages
from django.contrib.auth import login, logout, update_session_auth_hash
from django.contrib.auth.views import LoginView
from django.db.models import Max
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils import timezone
from django.utils.decorators import method_decorator
from django.views.decorators.debug import sensitive_post_parameters
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from core.addresses import Visitor, client_ip
from core.refusals import show_on
from teams import actions, second_factor, sessions
from teams.access import roles_of, signed_in, works_only_in_grid
from teams.actions import CannotSetPassword
from teams.choices import Role
from teams.forms import ChangePasswordForm, SignInForm
from teams.middleware import next_page, page_to_pass
from teams.models import LoginRecord, User
from teams.passwords import rules_in_words
from teams.policy import policy_on

Outcome = LoginRecord.Outcome


@method_decorator(sensitive_post_parameters("password"), name="dispatch")
class SignIn(LoginView):
    """The login page (public)."""

    template_name = "accounts/login.html"
    authentication_form = SignInForm
    redirect_authenticated_user = True

    def form_valid(self, form: SignInForm) -> HttpResponse:
        user: User = form.get_user()
        keep = form.cleaned_data["keep"] and works_only_in_grid(user)
        enter(self.request, user, keep=keep)
        return redirect(self.get_success_url())

    def form_invalid(self, form: SignInForm) -> HttpResponse:
        if not getattr(self.request, "axes_locked_out", False):
            name = form.cleaned_data.get("username", "")
            actions.record(
                Outcome.FAILED, user=None, username=name, visitor=Visitor.of(self.request), by=None
            )
        return super().form_invalid(form)

    def get_default_redirect_url(self) -> str:
        return landing_page(self.request.user)

    def get_context_data(self, **kwargs: object) -> dict:
        timed_out = self.request.GET.get("reason") == "timeout"
        return super().get_context_data(timed_out=timed_out, **kwargs)


def enter(request: HttpRequest, user: User, *, keep: bool) -> None:
    """Open the session of somebody whose password was right; a second factor may still be asked for."""
    visitor = Visitor.of(request)
    now = timezone.now()
    login(request, user)
    has_code = second_factor.phone_of(user) is not None
    sessions.begin(request.session, at=now, keep=keep, has_code=has_code, ip=visitor.ip, agent=visitor.agent)
    policy = policy_on(timezone.localdate(now))
    if keep:
        request.session.set_expiry(policy.grid_session_days * 86_400)
    waits = has_code or second_factor.is_required(user, policy)
    actions.record(Outcome.HALF_IN if waits else Outcome.IN, user=user, visitor=visitor, by=user)


def landing_page(user: User) -> str:
    """Where a person's day begins."""
    return reverse("grid-home" if works_only_in_grid(user) else settings.LOGIN_REDIRECT_URL)


@require_POST
@signed_in
def sign_out(request: HttpRequest) -> HttpResponse:
    actions.record(Outcome.OUT, user=request.user, visitor=Visitor.of(request), by=request.user)
    logout(request)
    messages.success(request, "已退出登录。")
    return redirect(settings.LOGOUT_REDIRECT_URL)


def locked_out(request: HttpRequest, response: HttpResponse | None, credentials: dict | None) -> HttpResponse:
    """What axes answers, to known and unknown names alike, while a name is locked for an address."""
    name = (credentials or {}).get("username") or request.POST.get("username", "")
    actions.record(
        Outcome.LOCKED, user=None, username=name.replace("\0", ""), visitor=Visitor.of(request), by=None
    )
    until = _locked_until(request, name)
    seconds = max(int((until - timezone.now()).total_seconds()), 1)
    page = render(request, "accounts/locked.html", {"until": until, "minutes": -(-seconds // 60)}, status=429)
    page["Retry-After"] = str(seconds)
    return page


def _locked_until(request: HttpRequest, name: str) -> datetime:
    tries = AccessAttempt.objects.filter(username=name, ip_address=client_ip(request))
    last = tries.aggregate(last=Max("attempt_time"))["last"] or timezone.now()
    return last + get_cool_off(request)


@sensitive_post_parameters()
@require_http_methods(["GET", "POST"])
@signed_in
def change_password(request: HttpRequest) -> HttpResponse:
    """One's own password, by choice or because it is the first one or too old."""
    form = ChangePasswordForm(request.POST or None, request=request)
    if form.is_valid():
        now = timezone.now()
        try:
            person = actions.change_password(
                user=request.user,
                password=form.cleaned_data["new_password"],
                by=request.user,
                on=timezone.localdate(now),
                at=now,
                visitor=Visitor.of(request),
                keep_session=request.session.session_key or "",
            )
        except CannotSetPassword as refusal:
            show_on(form, refusal)
        else:
            update_session_auth_hash(request, person)
            messages.success(request, "密码已修改。其他设备上的登录已全部退出。")
            return redirect(next_page(request, landing_page(request.user)))
    policy = policy_on(timezone.localdate())
    context = {
        "form": form,
        "rules": rules_in_words(policy),
        "is_forced": page_to_pass(request, policy) == "password-change",
        "is_first": request.user.must_change_password,
        "max_age": policy.password_max_age_days,
    }
    return render(request, "accounts/password_change.html", context)


@require_safe
@signed_in
def account(request: HttpRequest) -> HttpResponse:
    """Who one is here, where one is signed in, and what happened to the account lately."""
    user: User = request.user
    context = {
        "roles": [Role(one).label for one in sorted(roles_of(user))],
        "sessions": _open_sessions(request),
        "records": user.login_records.order_by("-at", "-pk")[:10],
        "has_code": second_factor.phone_of(user) is not None,
        "codes_left": second_factor.codes_left(user),
        "is_required": second_factor.is_required(user, policy_on(timezone.localdate())),
    }
    return render(request, "accounts/account.html", context)


def _open_sessions(request: HttpRequest) -> list[dict]:
    """Of each open session: since when, last seen, from where, and whether it is this one."""
    found = []
    for row in request.user.sessions.filter(expire_date__gt=timezone.now()):
        data = row.get_decoded()
        if sessions.SIGNED_IN in data:
            found.append(
                {
                    "since": datetime.fromtimestamp(
                        data[sessions.SIGNED_IN], tz=timezone.get_current_timezone()
                    ),
                    "seen": datetime.fromtimestamp(data[sessions.SEEN], tz=timezone.get_current_timezone()),
                    "ip": data.get(sessions.IP) or "",
                    "agent": data.get(sessions.AGENT) or "",
                    "is_this": row.pk == request.session.session_key,
                }
            )
    return sorted(found, key=lambda one: one["seen"], reverse=True)


@require_POST
@signed_in
def end_other_sessions(request: HttpRequest) -> HttpResponse:
    ended = actions.end_sessions(
        user=request.user,
        by=request.user,
        visitor=Visitor.of(request),
        keep_session=request.session.session_key or "",
    )
    messages.success(request, f"其他设备上的 {ended} 个登录已全部退出。" if ended else "没有其他设备登录。")
    return redirect("account")
