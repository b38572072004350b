"""Links to one resident, as staff send them: choose the purpose, hand it over, see what became of it, revoke it."""

from django.conf import settings
from django.contrib import messages
from django.core.exceptions import PermissionDenied
from django.core.paginator import Paginator
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.utils import timezone
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from contracts.models import Agreement
from contracts.policy import policy_on as contracts_policy_on
from contracts.printing.qr import qr_image
from core.masks import mask_phone
from core.readlog import log_read
from core.refusals import Refusal, show_on
from core.texting import has_channel
from outreach.actions.personal_links import CannotSendLink, make_link, revoke_personal_link, text_link
from outreach.forms.personal_links import SendForm, SentFilter
from outreach.models import PersonalLink, SurveyAnswer
from outreach.policy import policy_on
from outreach.queries.personal_links import (
    Offer,
    invitation,
    offers_for,
    secret_of,
    sent_lines,
    sent_links,
)
from outreach.queries.surveys import answered_by, surveys_for
from residents.models import Resident
from residents.views.people import bound, load
from teams.access import Permission, may, needs

P = Permission
PAGE_SIZE = 50


def address_of(request: HttpRequest, link: PersonalLink) -> str:
    base = settings.PUBLIC_URL or f"{request.scheme}://{request.get_host()}"
    return f"{base}{reverse('public-personal', args=[secret_of(link.pk)])}"


@require_safe
@needs(P.RESIDENT_LINK)
def link_list(request: HttpRequest) -> HttpResponse:
    """What was sent to residents in one's scope, the newest first."""
    form = SentFilter(request.GET)
    form.is_valid()
    wanted, now = form.cleaned_data, timezone.now()
    found = sent_links(
        PersonalLink.objects.visible_to(request.user),
        standing=wanted.get("standing", ""),
        purpose=wanted.get("purpose", ""),
        at=now,
    )
    page = Paginator(found.order_by("-made_at", "-pk"), PAGE_SIZE).get_page(request.GET.get("page"))
    rows = sent_lines(list(page), at=now)
    log_read(request, "resident", [one.link.resident_id for one in rows], action="list")
    params = request.GET.copy()
    params.pop("page", None)
    context = {"form": form, "page": page, "rows": rows, "pages_address": f"?{params.urlencode()}&"}
    return render(request, "outreach/links/list.html", context)


@require_http_methods(["GET", "HEAD", "POST"])
@needs(P.RESIDENT_VIEW)
def link_new(request: HttpRequest, pk: int) -> HttpResponse:
    """What may be sent to a resident, what was sent; surveys that he may answer by telephone or on paper."""
    can_send = may(request.user, P.RESIDENT_LINK)
    if not can_send and not (may(request.user, P.SURVEY_MANAGE) and request.method != "POST"):
        raise PermissionDenied
    resident, today, now = load(request, pk), timezone.localdate(), timezone.now()
    agreements = Agreement.objects.visible_to(request.user)
    offers = offers_for(resident, agreements, on=today) if can_send else []
    form = SendForm(bound(request), offers=offers, initial={"what": request.GET.get("what", "")})
    if request.method == "POST" and form.is_valid():
        link = _made(request, form, resident, form.chosen)
        if link:
            return redirect("personal-link-detail", link.pk)
    sent = PersonalLink.objects.visible_to(request.user).filter(resident=resident)
    rows = sent_links(sent, standing="", purpose="", at=now).order_by("-made_at", "-pk")[:20]
    log_read(request, "resident", [resident.pk])
    context = {
        "resident": resident,
        "form": form,
        "offers": offers,
        "can_send": can_send,
        "has_channel": has_channel(),
        "days": policy_on(today).personal_link_days,
        "rows": sent_lines(list(rows), at=now),
        "surveys": surveys_for(resident, on=today),
        "answered": answered_by(resident, SurveyAnswer.objects.visible_to(request.user)),
    }
    return render(request, "outreach/links/new.html", context)


def _made(request: HttpRequest, form: SendForm, resident: Resident, offer: Offer) -> PersonalLink | None:
    today = timezone.localdate()
    try:
        return make_link(
            by=request.user,
            on=today,
            now=timezone.now(),
            resident=resident,
            purpose=offer.purpose,
            agreement=offer.agreement,
            survey=offer.survey,
            policy=policy_on(today),
        )
    except CannotSendLink as refusal:
        show_on(form, refusal)
    return None


def _load(request: HttpRequest, pk: int) -> PersonalLink:
    links = PersonalLink.objects.visible_to(request.user)
    about = ("resident__grid", "agreement__team", "survey", "made_by")
    return get_object_or_404(links.select_related(*about), pk=pk)


@require_safe
@needs(P.RESIDENT_LINK)
def link_detail(request: HttpRequest, pk: int) -> HttpResponse:
    """The address, its square code and the words to send; none of them once it opens no more."""
    link = _load(request, pk)
    line = sent_lines([link], at=timezone.now())[0]
    address = address_of(request, link) if line.standing == "open" else ""
    log_read(request, "resident", [link.resident_id])
    context = {
        "link": link,
        "line": line,
        "address": address,
        "qr": qr_image(address),
        "words": invitation(link, address) if address else "",
        "has_channel": has_channel(),
    }
    response = render(request, "outreach/links/detail.html", context)
    response["Cache-Control"] = "no-store"  # whoever finds this page again has the address
    return response


@require_POST
@needs(P.RESIDENT_LINK)
def link_revoke(request: HttpRequest, pk: int) -> HttpResponse:
    link = _load(request, pk)
    try:
        revoke_personal_link(by=request.user, on=timezone.localdate(), now=timezone.now(), link=link)
        messages.success(request, "链接已停用，居民再打开时会看到链接失效。")
    except Refusal as refusal:
        messages.error(request, refusal.sentence)
    return redirect("personal-link-detail", pk)


@require_POST
@needs(P.RESIDENT_LINK)
def link_text(request: HttpRequest, pk: int) -> HttpResponse:
    link, today = _load(request, pk), timezone.localdate()
    try:
        phone = text_link(
            by=request.user,
            on=today,
            now=timezone.now(),
            link=link,
            address=address_of(request, link),
            policy=contracts_policy_on(today),
        )
        messages.success(request, f"短信已发往 {mask_phone(phone)}。")
    except Refusal as refusal:
        messages.error(request, refusal.sentence)
    return redirect("personal-link-detail", pk)
