"""What stands behind a one-time link, purpose by purpose: what is shown, and what is done with what was sent."""

from collections.abc import Callable
from typing import Any

from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.utils import timezone

from contracts.forms.public import DisputeForm
from contracts.queries.links import own_page
from core.addresses import client_ip
from core.refusals import Refusal, show_on
from outreach.actions.booking import moment
from outreach.actions.using_links import answer_behind, book_behind, confirm_behind, dispute_behind
from outreach.choices import LinkPurpose
from outreach.forms.personal_links import OwnBookingForm
from outreach.forms.surveys import AnswersForm
from outreach.models import Booking, PersonalLink
from outreach.policy import policy_on
from outreach.queries.bookings import coming_of, open_days
from outreach.queries.personal_links import bookable_visits, usable_phone

_NOT_BY_STAFF = "这个浏览器上有工作人员登录，不能代居民确认。请居民用自己的手机打开链接再确认。"

Shown = tuple[str, dict[str, Any]]

# What each purpose shows: template and context


def _show_agreement(request: HttpRequest, link: PersonalLink, form: Any) -> Shown:
    """Confirming and looking: the promise and what was done of it."""
    page = own_page(link.agreement, on=timezone.localdate(), viewer=link.resident)
    return "public/personal_agreement.html", {"page": page, "agreement": link.agreement}


def _show_dispute(request: HttpRequest, link: PersonalLink, form: Any) -> Shown:
    page = own_page(link.agreement, on=timezone.localdate(), viewer=link.resident)
    context = {"page": page, "agreement": link.agreement, "form": form or DisputeForm()}
    return "public/personal_dispute.html", context


def _show_survey(request: HttpRequest, link: PersonalLink, form: Any) -> Shown:
    survey, today = link.survey, timezone.localdate()
    is_over = survey.ends_on is None or today > survey.ends_on
    return "public/personal_survey.html", {
        "survey": survey,
        "is_over": is_over,
        "form": form or AnswersForm(survey=survey),
    }


def _show_booking(request: HttpRequest, link: PersonalLink, form: Any) -> Shown:
    today = timezone.localdate()
    return "public/personal_booking.html", {
        "form": form or _booking_form(link, None),
        "coming": coming_of(link.resident, Booking.objects.all(), on=today),
        "ahead": policy_on(today).booking_days_ahead,
    }


def _booking_form(link: PersonalLink, data: Any) -> OwnBookingForm:
    today = timezone.localdate()
    days = open_days(
        bookable_visits(link.resident), now=moment(today, timezone.now()), policy=policy_on(today)
    )
    return OwnBookingForm(data, days=days, has_phone=bool(usable_phone(link.resident)))


PAGES: dict[str, Callable[[HttpRequest, PersonalLink, Any], Shown]] = {
    LinkPurpose.CONFIRM: _show_agreement,
    LinkPurpose.PROGRESS: _show_agreement,
    LinkPurpose.DISPUTE: _show_dispute,
    LinkPurpose.SURVEY: _show_survey,
    LinkPurpose.BOOK: _show_booking,
}


# What each purpose does: an answer, or what to say and the form as it was typed

Done = HttpResponse | tuple[str, Any]


def _confirm(request: HttpRequest, link: PersonalLink) -> Done:
    """Not from a browser in which a colleague is signed in, who may know the answers (P2)."""
    if request.user.is_authenticated:
        return _NOT_BY_STAFF, None
    today, now = timezone.localdate(), timezone.now()
    return _tried(None, lambda: confirm_behind(on=today, now=now, link=link, ip=client_ip(request)))


def _look(request: HttpRequest, link: PersonalLink) -> Done:
    return redirect("public-mine")


def _dispute(request: HttpRequest, link: PersonalLink) -> Done:
    form = DisputeForm(request.POST)
    if not form.is_valid():
        return "", form
    words, today, now = form.cleaned_data["text"], timezone.localdate(), timezone.now()
    about = {"complaint": form.complaint_words, "text": words}
    return _tried(form, lambda: dispute_behind(on=today, now=now, link=link, **about))


def _answer(request: HttpRequest, link: PersonalLink) -> Done:
    form = AnswersForm(request.POST, survey=link.survey)
    if not form.is_valid():
        return "", form
    if request.user.is_authenticated:
        return _NOT_BY_STAFF.replace("确认", "填写"), form
    today, now = timezone.localdate(), timezone.now()
    return _tried(form, lambda: answer_behind(on=today, now=now, link=link, answers=form.answers()))


def _book(request: HttpRequest, link: PersonalLink) -> Done:
    form = _booking_form(link, request.POST)
    if not form.is_valid():
        return "", form
    data = {"phone": ""} | form.cleaned_data
    today, now = timezone.localdate(), timezone.now()
    return _tried(form, lambda: book_behind(on=today, now=now, link=link, **data))


def _tried(form: Any, deed: Callable[[], Any]) -> Done:
    try:
        deed()
    except Refusal as refusal:
        if form is None:
            return refusal.sentence, None
        show_on(form, refusal)
        return "", form
    return redirect("public-mine")


DEEDS: dict[str, Callable[[HttpRequest, PersonalLink], Done]] = {
    LinkPurpose.CONFIRM: _confirm,
    LinkPurpose.PROGRESS: _look,
    LinkPurpose.DISPUTE: _dispute,
    LinkPurpose.SURVEY: _answer,
    LinkPurpose.BOOK: _book,
}
