"""Behind a one-time link: half a name, a second factor, then the one thing that the link is good for, and once.

As with the link on the paper (contracts.views.public), the secret stands in one address only; whoever answered right is
led on to an address without it, with a cookie of a quarter of an hour. Each form carries which link it was shown for,
so that of two links opened on one telephone neither is used in the place of the other.
"""

from typing import Any

from django.conf import settings
from django.core import signing
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils import timezone
from django.views.decorators.http import require_http_methods, require_POST

from contracts.policy import policy_on as contracts_policy_on
from contracts.views.public import OPEN_SECONDS, VISITOR, resident_page
from core.addresses import client_ip
from core.readlog import log_read
from core.texting import has_channel
from outreach.actions.personal_links import CannotSendLink, open_personal_link, send_link_code
from outreach.forms.personal_links import OpeningForm
from outreach.models import PersonalLink
from outreach.public.purposes import DEEDS, PAGES
from outreach.queries.personal_links import (
    link_behind,
    opened_link,
    reader_of,
    team_behind,
)
from outreach.rules.personal_links import INVITATIONS

COOKIE = f"{settings.SESSION_COOKIE_NAME}-own"
_SALT, _FORM_SALT = "outreach.personal", "outreach.personal.form"
_MIXED_UP = "这部手机后来又打开了另一个链接。请重新打开原来的链接再填写。"

# The door


@resident_page
@require_http_methods(["GET", "HEAD", "POST"])
def personal(request: HttpRequest, secret: str) -> HttpResponse:
    """Whose link it is, half the name; the answer leads on to an address without the secret."""
    now = timezone.now()
    found = link_behind(secret, at=now)
    if found is None:
        return render(request, "public/personal_gone.html", status=404)
    if _opened_id(request) == found.pk:
        return redirect("public-mine")
    form = OpeningForm(request.POST if request.method == "POST" else None, takes_code=_takes_code(found))
    if request.method != "POST" or not form.is_valid():
        return _asked(request, found, secret, form)
    objection = open_personal_link(
        link=found,
        answer=form.cleaned_data["answer"],
        address=client_ip(request),
        at=now,
        policy=contracts_policy_on(timezone.localdate()),
    )
    if objection:
        form.add_error("answer", objection.sentence)
        return _asked(request, found, secret, form, status=429 if objection.code == "locked" else 200)
    answer = redirect("public-mine")
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
@require_POST
def personal_code(request: HttpRequest, secret: str) -> HttpResponse:
    """A code to the registered telephone, whose number is not shown."""
    now = timezone.now()
    found = link_behind(secret, at=now)
    if found is None:
        return render(request, "public/personal_gone.html", status=404)
    policy = contracts_policy_on(timezone.localdate())
    told, is_sent = f"验证码已发到登记的手机，{policy.code_minutes} 分钟内有效。", True
    try:
        send_link_code(link=found, now=now, policy=policy)
    except CannotSendLink as refusal:
        told, is_sent = refusal.sentence, False
    return _asked(request, found, secret, OpeningForm(takes_code=True), told=told, is_sent=is_sent)


def _asked(
    request: HttpRequest, link: PersonalLink, secret: str, form: OpeningForm, *, status: int = 200, **told: Any
) -> HttpResponse:  # fmt: skip
    context = {
        "form": form,
        "secret": secret,
        "masked_name": link.resident.masked_name,
        "invitation": INVITATIONS[link.purpose],
        "can_text": _takes_code(link),
    }
    return render(request, "public/personal_answer.html", context | told, status=status)


def _takes_code(link: PersonalLink) -> bool:
    return has_channel() and bool(reader_of(link.resident, link.agreement).mobile)


@resident_page
@require_POST
def close(request: HttpRequest) -> HttpResponse:
    """For who borrowed the telephone."""
    answer = render(request, "public/personal_closed.html", {"is_by_hand": True})
    answer.delete_cookie(COOKIE, samesite="Lax")
    return answer


# Inside


@resident_page
@require_http_methods(["GET", "HEAD", "POST"])
def mine(request: HttpRequest) -> HttpResponse:
    """The one thing that the link is good for; done, it says so."""
    pk = _opened_id(request)
    link = opened_link(pk, at=timezone.now()) if pk else None
    if link is None:
        return render(request, "public/personal_closed.html", status=403)
    if request.method == "POST" and _form_id(request) != link.pk:
        return _page(request, link, *PAGES[link.purpose](request, link, None), told=_MIXED_UP)
    told, form = "", None
    if request.method == "POST":
        answer = DEEDS[link.purpose](request, link)
        if isinstance(answer, HttpResponse):
            return answer
        told, form = answer
    return _page(request, link, *PAGES[link.purpose](request, link, form), told=told)


def _page(
    request: HttpRequest, link: PersonalLink, template: str, context: dict[str, Any], *, told: str
) -> HttpResponse:  # fmt: skip
    # Whoever is signed in on this browser is one of the staff: the log calls him by his own name.
    name = "" if request.user.is_authenticated else VISITOR
    seen = context["page"].resident_ids if "page" in context else [link.resident_id]
    log_read(request, "resident", seen, name=name)
    about = {
        "link": link,
        "masked_name": link.resident.masked_name,
        "team": team_behind(link.resident, link.agreement, on=timezone.localdate()),
        "told": told,
        "form_of": signing.dumps(link.pk, salt=_FORM_SALT),
    }
    return render(request, template, about | context)


def _opened_id(request: HttpRequest) -> int | None:
    return _unsigned(request.COOKIES.get(COOKIE, ""), _SALT)


def _form_id(request: HttpRequest) -> int | None:
    return _unsigned(request.POST.get("form_of", ""), _FORM_SALT)


def _unsigned(text: str, salt: str) -> int | None:
    try:
        return int(signing.loads(text, salt=salt, max_age=OPEN_SECONDS))
    except (signing.BadSignature, TypeError, ValueError):
        return None
