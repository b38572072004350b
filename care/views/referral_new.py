"""Sending somebody up, from his page or from a visit; and down, found by his full number (S2-21)."""

import uuid
from typing import Any

from django.contrib import messages
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.utils import timezone
from django.views.decorators.debug import sensitive_post_parameters
from django.views.decorators.http import require_http_methods

from care.actions.referral_sides import CannotRefer
from care.actions.referrals import Letter, refer_down, refer_up
from care.choices import Urgency
from care.forms.referrals import ReferDownForm, ReferUpForm
from care.models import Referral, ServiceRecord
from care.queries.referrals import departments_of, targets_for
from care.queries.serving import serving
from contracts.forms.moves import NumberForm
from contracts.queries.transfers import candidate_of
from core.readlog import log_read
from core.refusals import show_on
from residents.models import Resident
from residents.views.searching import recall, remember
from teams.access import Permission, needs, scope_of
from teams.models import Institution

FORM_METHODS = require_http_methods(["GET", "HEAD", "POST"])


@FORM_METHODS
@needs(Permission.CARE_RECORD, Permission.REFERRAL_ANSWER)
def referral_new(request: HttpRequest) -> HttpResponse:
    """Up, for the person of ``?resident=``, or of the visit ``?record=`` that asked for it."""
    today, record = timezone.localdate(), _record(request)
    people = Resident.objects.visible_to(request.user).select_related("grid__village")
    person = get_object_or_404(people, pk=record.resident_id if record else _number(request, "resident"))
    served = serving(person, on=today)
    places = targets_for(served.team) if served.team else []
    urgent = record is not None and record.verdict == "emergency"
    form = ReferUpForm(
        request.POST if request.method == "POST" else None,
        institutions=places,
        departments=departments_of(places),
        initial={
            "client_token": uuid.uuid4(),
            "urgency": Urgency.URGENT if urgent else Urgency.ROUTINE,
            "reasons": ["critical"] if urgent else [],
        },
    )
    if form.is_valid():
        sent = _sent_up(request, form, person, record)
        if sent:
            messages.success(
                request, f"已转往{sent.to_institution.name}，请对方在 {sent.reply_by:%Y-%m-%d %H:%M} 前答复。"
            )
            return redirect("referral-detail", pk=sent.pk)
    log_read(request, "resident", [person.pk])
    context = {"form": form, "person": person, "served": served, "record": record, "places": places}
    return render(request, "care/referrals/new.html", context)


def _number(request: HttpRequest, name: str) -> int:
    text = request.GET.get(name, "")
    if not (text.isascii() and text.isdecimal() and len(text) < 19):
        raise Http404("no such person")
    return int(text)


def _record(request: HttpRequest) -> ServiceRecord | None:
    if "record" not in request.GET:
        return None
    seen = ServiceRecord.objects.visible_to(request.user).standing()
    return get_object_or_404(seen, pk=_number(request, "record"))


def _letter(data: dict[str, Any]) -> Letter:
    return Letter(
        reasons=data["reasons"],
        summary=data["summary"],
        urgency=Urgency(data.get("urgency", Urgency.ROUTINE)),
        plan=data.get("plan", ""),
    )


def _sent_up(
    request: HttpRequest, form: ReferUpForm, person: Resident, record: ServiceRecord | None
) -> Referral | None:
    data = form.cleaned_data
    department = data["department"]
    try:
        return refer_up(
            by=request.user,
            on=timezone.localdate(),
            now=timezone.localtime(),
            resident=person,
            institution=form.institutions[data["institution"]],
            department=form.departments[department] if department else None,
            letter=_letter(data),
            client_token=data["client_token"],
            record=record,
        )
    except CannotRefer as refusal:
        show_on(form, refusal)
        return None


@FORM_METHODS
@sensitive_post_parameters("number")
@needs(Permission.REFERRAL_ANSWER)
def referral_find(request: HttpRequest) -> HttpResponse:
    """Whom to send down, by his full number, also outside one's scope; the number never stands in an address."""
    form = NumberForm(request.POST if request.method == "POST" else None)
    if form.is_valid():
        number = form.cleaned_data["number"]
        if candidate_of(number, on=timezone.localdate()):
            return redirect(f"{reverse('referral-down')}?s={remember(request, number)}")
        form.add_error("number", "没有找到该证件号码的居民，请核对完整号码。")
    return render(request, "care/referrals/find.html", {"form": form})


@FORM_METHODS
@needs(Permission.REFERRAL_ANSWER)
def referral_down(request: HttpRequest) -> HttpResponse:
    """No more than masked name and team of whoever was found; sending him to that team."""
    today, number = timezone.localdate(), recall(request, request.GET.get("s", ""))
    found = candidate_of(number, on=today) if number else None
    if found is None:
        messages.warning(request, "查找内容已过期，请重新输入证件号码。")
        return redirect("referral-find")
    served = serving(found.resident, on=today)
    form = ReferDownForm(
        request.POST if request.method == "POST" else None,
        institutions=_own_institutions(request),
        initial={"client_token": uuid.uuid4()},
    )
    if form.is_valid() and served.enrollment:
        sent = _sent_down(request, form, found.resident)
        if sent:
            messages.success(request, f"已转给{sent.team.name}，请团队在 {sent.reply_by:%Y-%m-%d} 前接续。")
            return redirect("referral-detail", pk=sent.pk)
    log_read(request, "resident", [found.resident.pk], reason="下转查询")
    context = {"form": form, "found": found, "served": served}
    return render(request, "care/referrals/down.html", context)


def _own_institutions(request: HttpRequest) -> list[Institution]:
    own = Institution.objects.active().filter(pk__in=scope_of(request.user).institutions)
    return list(own.order_by("-level", "pk"))


def _sent_down(request: HttpRequest, form: ReferDownForm, person: Resident) -> Referral | None:
    data = form.cleaned_data
    try:
        return refer_down(
            by=request.user,
            on=timezone.localdate(),
            now=timezone.localtime(),
            resident=person,
            institution=form.institutions[data["institution"]],
            letter=_letter(data),
            client_token=data["client_token"],
        )
    except CannotRefer as refusal:
        show_on(form, refusal)
        return None
