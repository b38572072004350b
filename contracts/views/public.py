"""The resident's own page, behind the square code on his paper. No account: a secret address and a second factor.

The secret stands in one address only; whoever answered right is led on to an address without it, with a cookie of a
quarter of an hour. Nothing of the agreement is shown before that, not even whose it is.
"""

from collections.abc import Callable
from functools import wraps
from typing import Any

from django.conf import settings
from django.contrib.auth.decorators import login_not_required
from django.core import signing
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils import timezone
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from contracts.actions import CannotConfirm, CannotDispute, confirm_by_link, open_link, raise_dispute
from contracts.forms.public import AnswerForm, DisputeForm
from contracts.models import ResidentLink
from contracts.policy import policy_on
from contracts.queries.links import link_behind, own_page, running_link
from core.readlog import client_ip, log_read

OPEN_SECONDS = 15 * 60  # long enough to read; a borrowed phone forgets soon
COOKIE = f"{settings.SESSION_COOKIE_NAME}-link"
_SALT = "contracts.public"
VISITOR = "居民本人（链接）"

View = Callable[..., HttpResponse]


def resident_page(view: View) -> View:
    """Kept by no cache, found by no search engine, and no other site learns the address.

    "strict-origin" instead of "no-referrer": under the latter browsers send ``Origin: null`` with a form, which the
    check against forged forms must refuse; under this one the path, where the secret stands, is never sent either.
    """

    @wraps(view)
    def guarded(request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponse:
        response = view(request, *args, **kwargs)
        response["Cache-Control"] = "no-store"
        response["Referrer-Policy"] = "strict-origin"
        response["X-Robots-Tag"] = "noindex, nofollow, noarchive"
        return response

    return login_not_required(guarded)


def address_of(request: HttpRequest, secret: str) -> str:
    """The whole address that a square code leads to; "" without a secret."""
    if not secret:
        return ""
    base = settings.PUBLIC_URL or f"{request.scheme}://{request.get_host()}"
    return f"{base}{reverse('public-link', args=[secret])}"


@resident_page
@require_http_methods(["GET", "HEAD", "POST"])
def link(request: HttpRequest, secret: str) -> HttpResponse:
    """Asks for the second factor; leads on to the agreement without the secret in the address."""
    found, now = link_behind(secret), timezone.now()
    if found is None or found.expires_at is None or found.expires_at <= now:
        return render(request, "public/gone.html", status=404)
    if _open_link_id(request) == found.pk:
        return redirect("public-agreement")
    form = AnswerForm(request.POST or None)
    if request.method != "POST" or not form.is_valid():
        return render(request, "public/answer.html", {"form": form})
    objection = open_link(
        link=found,
        answer=form.cleaned_data["answer"],
        address=client_ip(request),
        at=now,
        policy=policy_on(timezone.localdate()),
    )
    if objection:
        form.add_error("answer", objection.sentence)
        status = 429 if objection.code == "locked" else 200
        return render(request, "public/answer.html", {"form": form}, status=status)
    answer = redirect("public-agreement")
    answer.set_cookie(
        COOKIE,
        signing.dumps(found.pk, salt=_SALT),
        max_age=OPEN_SECONDS,
        httponly=True,
        secure=settings.SESSION_COOKIE_SECURE,
        samesite="Lax",
    )
    return answer


@resident_page
@require_safe
def agreement(request: HttpRequest) -> HttpResponse:
    """The promise, what was done of it, what is left; confirm, or object."""
    held = _open_link(request)
    return _shown(request, held) if held else _closed(request)


@resident_page
@require_POST
def confirm(request: HttpRequest) -> HttpResponse:
    """The resident's own word: not from a browser in which a colleague is signed in, who may know the answers (P2)."""
    held = _open_link(request)
    if held is None:
        return _closed(request)
    if request.user.is_authenticated:
        told = "这个浏览器上有工作人员登录，不能代居民确认。请居民用自己的手机扫码打开本页再确认。"
        return _shown(request, held, told=told)
    try:
        confirm_by_link(on=timezone.localdate(), agreement=held.agreement, ip=client_ip(request))
    except CannotConfirm as refusal:
        return _shown(request, held, told=refusal.sentence)
    return redirect("public-agreement")


@resident_page
@require_POST
def dispute(request: HttpRequest) -> HttpResponse:
    held = _open_link(request)
    if held is None:
        return _closed(request)
    form = DisputeForm(request.POST)
    if form.is_valid():
        try:
            raise_dispute(
                on=timezone.localdate(),
                agreement=held.agreement,
                complaint=form.complaint_words,
                text=form.cleaned_data["text"],
            )
            return redirect("public-agreement")
        except CannotDispute as refusal:
            return _shown(request, held, form=form, told=refusal.sentence)
    return _shown(request, held, form=form)


@resident_page
@require_POST
def close(request: HttpRequest) -> HttpResponse:
    """For who borrowed the phone."""
    answer = render(request, "public/closed.html", {"is_by_hand": True})
    answer.delete_cookie(COOKIE, samesite="Lax")
    return answer


def _open_link_id(request: HttpRequest) -> int | None:
    try:
        return int(signing.loads(request.COOKIES.get(COOKIE, ""), salt=_SALT, max_age=OPEN_SECONDS))
    except (signing.BadSignature, TypeError, ValueError):
        return None


def _open_link(request: HttpRequest) -> ResidentLink | None:
    """The link that this browser opened lately, unless it was revoked or has expired since."""
    pk = _open_link_id(request)
    return running_link(pk, at=timezone.now()) if pk else None


def _closed(request: HttpRequest) -> HttpResponse:
    return render(request, "public/closed.html", status=403)


def _shown(
    request: HttpRequest, held: ResidentLink, *, form: DisputeForm | None = None, told: str = ""
) -> HttpResponse:
    page = own_page(held.agreement, on=timezone.localdate())
    # Whoever is signed in on this browser is one of the staff: the log calls him by his own name.
    name = "" if request.user.is_authenticated else VISITOR
    log_read(request, "resident", page.resident_ids, name=name)
    context = {"page": page, "agreement": page.agreement, "form": form or DisputeForm(), "told": told}
    return render(request, "public/agreement.html", context)
