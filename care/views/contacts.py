"""Contacts: logging one, a whole list, taking one back; who is still to be reached; the figures of a quarter."""

from uuid import UUID

from django.contrib import messages
from django.core.paginator import Paginator
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.utils import timezone
from django.utils.http import url_has_allowed_host_and_scheme
from django.views.decorators.http import require_POST, require_safe

from care.actions.contacts import CannotLogContact, CannotVoidContact, log_contact, log_contacts, void_contact
from care.choices import ContactOutcome, ServiceMode
from care.forms.contacts import BulkContactForm, ContactForm, VoidContactForm, new_token, posted_people
from care.models import Contact
from care.policy import policy_on
from care.queries.contacts import (
    last_outcomes,
    log_of,
    not_reached,
    quarter_min_days,
    rates,
    standing_of,
    unreachable,
    wrong_numbers,
)
from care.rules.contacts import needs_new_number, quarter_of, quarters_back
from core.readlog import log_read
from core.refusals import show_on
from grids.queries.coverage import teams_shown
from residents.models import Resident
from residents.views.people import bound, load
from teams.access import Permission, needs, scope_of
from teams.models import Team

LIST_SIZE = 20
PAGE_SIZE = 50
QUARTERS = 8


@needs(Permission.RESIDENT_VIEW, Permission.CARE_RECORD)
def contact_new(request: HttpRequest, pk: int) -> HttpResponse:
    """Everything that was tried with one person, and a further attempt."""
    resident, today = load(request, pk), timezone.localdate()
    first = {"contacted_on": today, "mode": ServiceMode.PHONE, "client_token": new_token()}
    form = ContactForm(bound(request), initial=first)
    if request.method == "POST" and form.is_valid() and _logged(request, form, resident):
        return redirect("contact-new", pk)
    contacts, policy = log_of(request.user, resident), policy_on(today)
    log_read(request, "resident", [resident.pk])
    tried = [
        (one.contacted_on, one.outcome)
        for one in contacts
        if one.voided_at is None and one.mode in (ServiceMode.PHONE, ServiceMode.SMS)
    ]
    context = {
        "resident": resident,
        "form": form,
        "contacts": contacts,
        "standing": standing_of(contacts, quarter_of(today), policy),
        "quarter": quarter_of(today),
        "policy": policy,
        "is_wrong_number": needs_new_number(tried),
    }
    return render(request, "care/contact.html", context)


def _logged(request: HttpRequest, form: ContactForm, resident: Resident) -> bool:
    try:
        made = log_contact(
            by=request.user,
            on=timezone.localdate(),
            now=timezone.now(),
            resident=resident,
            **form.cleaned_data,
        )
    except CannotLogContact as refusal:
        show_on(form, refusal)
        return False
    messages.success(request, f"已登记：{made.get_outcome_display()}。")
    return True


@require_POST
@needs(Permission.RESIDENT_VIEW, Permission.CARE_RECORD)
def contact_quick(request: HttpRequest, pk: int) -> HttpResponse:
    """One tap after a call: today, by telephone. A fragment for htmx, else back to where one came from."""
    resident = load(request, pk)
    try:
        made = log_contact(
            by=request.user,
            on=timezone.localdate(),
            now=timezone.now(),
            resident=resident,
            contacted_on=timezone.localdate(),
            mode=ServiceMode.PHONE,
            outcome=request.POST.get("outcome", ""),
            topic="",
            client_token=_token(request),
        )
    except CannotLogContact as refusal:
        return _quick_answer(request, resident, refused=refusal.sentence)
    return _quick_answer(request, resident, contact=made)


def _token(request: HttpRequest) -> UUID:
    try:
        return UUID(request.POST.get("client_token", ""))
    except ValueError:
        return new_token()


def _quick_answer(
    request: HttpRequest, resident: Resident, *, contact: Contact | None = None, refused: str = ""
) -> HttpResponse:
    if request.headers.get("HX-Request"):
        context = {"resident": resident, "contact": contact, "refused": refused}
        return render(request, "care/_contact_done.html", context)
    if refused:
        messages.error(request, refused)
    elif contact:
        messages.success(request, f"已登记 {resident.masked_name}：{contact.get_outcome_display()}。")
    wanted = request.POST.get("next", "")
    is_ours = url_has_allowed_host_and_scheme(
        wanted, allowed_hosts={request.get_host()}, require_https=request.is_secure()
    )
    return redirect(wanted if is_ours else reverse("contact-new", args=[resident.pk]))


@needs(Permission.RESIDENT_VIEW, Permission.CARE_RECORD)
def contact_void(request: HttpRequest, pk: int) -> HttpResponse:
    contacts = Contact.objects.visible_to(request.user).select_related("resident", "done_by")
    contact = get_object_or_404(contacts, pk=pk)
    form = VoidContactForm(bound(request))
    if request.method == "POST" and form.is_valid():
        try:
            void_contact(
                by=request.user,
                on=timezone.localdate(),
                now=timezone.now(),
                contact=contact,
                **form.cleaned_data,
            )
        except CannotVoidContact as refusal:
            show_on(form, refusal)
        else:
            messages.success(request, "已作废，相应的任务和履约已恢复。")
            return redirect("contact-new", contact.resident_id)
    log_read(request, "resident", [contact.resident_id])
    context = {"contact": contact, "resident": contact.resident, "form": form}
    return render(request, "care/contact_void.html", context)


@needs(Permission.RESIDENT_VIEW, Permission.CARE_RECORD)
def contact_bulk(request: HttpRequest) -> HttpResponse:
    """Who has not been reached this quarter, twenty on a page: one outcome each, one save."""
    today = timezone.localdate()
    policy = policy_on(today)
    people = _posted(request) if request.method == "POST" else _waiting(request)
    first = {"contacted_on": today, "mode": ServiceMode.PHONE, "client_token": new_token()}
    form = BulkContactForm(bound(request), people=people, initial=first)
    if request.method == "POST" and form.is_valid() and _logged_all(request, form):
        return redirect("contact-bulk")
    log_read(request, "resident", [one.pk for one in people], action="list")
    last, least = last_outcomes([one.pk for one in people]), quarter_min_days(today)
    waiting = not_reached(request.user, quarter_of(today), policy, least=least, on=today)
    context = {
        "form": form,
        "lines": [(one, outcome, topic, last.get(one.pk)) for one, outcome, topic in form.lines()],
        "count": waiting.count(),
        "quarter": quarter_of(today),
        "least": least,
        "next_after": people[-1].pk if len(people) == LIST_SIZE else "",
    }
    return render(request, "care/contact_bulk.html", context)


def _waiting(request: HttpRequest) -> list[Resident]:
    """The next twenty; ``?after=`` leaves out who was seen on the page before."""
    today = timezone.localdate()
    waiting = not_reached(
        request.user, quarter_of(today), policy_on(today), least=quarter_min_days(today), on=today
    )
    after = request.GET.get("after", "")
    if after.isascii() and after.isdigit():
        waiting = waiting.filter(pk__gt=int(after[:18]))
    return [one.resident for one in waiting.order_by("pk")[:LIST_SIZE]]


def _posted(request: HttpRequest) -> list[Resident]:
    wanted = posted_people(request.POST, most=policy_on(timezone.localdate()).bulk_contacts_most)
    found = Resident.objects.visible_to(request.user).select_related("grid").in_bulk(wanted)
    return [found[pk] for pk in dict.fromkeys(wanted) if pk in found]


def _logged_all(request: HttpRequest, form: BulkContactForm) -> bool:
    try:
        made = log_contacts(
            by=request.user,
            on=timezone.localdate(),
            now=timezone.now(),
            attempts=form.attempts(),
            contacted_on=form.cleaned_data["contacted_on"],
            client_token=form.cleaned_data["client_token"],
        )
    except CannotLogContact as refusal:
        if refusal.field.startswith("contacted_on"):
            refusal.field = "contacted_on"
        show_on(form, refusal)
        return False
    reached = sum(one.outcome == ContactOutcome.REACHED for one in made)
    messages.success(request, f"已登记 {len(made)} 人，其中联系上 {reached} 人。")
    return True


@require_safe
@needs(Permission.RESIDENT_VIEW, Permission.CARE_VIEW)
def contact_numbers(request: HttpRequest) -> HttpResponse:
    """Whose number turned out to be somebody else's, until another is entered."""
    page = Paginator(wrong_numbers(request.user), PAGE_SIZE).get_page(request.GET.get("page"))
    log_read(request, "resident", [one.resident_id for one in page], action="list")
    return render(request, "care/contact_numbers.html", {"page": page, "here": "numbers"})


@require_safe
@needs(Permission.RESIDENT_VIEW, Permission.CARE_VIEW)
def contact_silent(request: HttpRequest) -> HttpResponse:
    """Who could not be reached again and again: a proposal, never done by itself."""
    policy = policy_on(timezone.localdate())
    rows = unreachable(request.user, _own_teams(request), policy)
    log_read(request, "resident", [one.resident.pk for one in rows], action="list")
    return render(request, "care/contact_silent.html", {"rows": rows, "policy": policy, "here": "silent"})


def _own_teams(request: HttpRequest) -> list[int]:
    scope = scope_of(request.user)
    shown = teams_shown(request.user, on=timezone.localdate()).values_list("pk", flat=True)
    return list(scope.teams) or list(shown)


@require_safe
@needs(Permission.FULFILMENT_VIEW)
def contact_rates(request: HttpRequest) -> HttpResponse:
    """Effective contact of each team in a quarter; ``?quarter=2026-4``."""
    today = timezone.localdate()
    quarters = quarters_back(today, QUARTERS)
    chosen = next((one for one in quarters if one.code == request.GET.get("quarter")), quarters[0])
    shown = (
        teams_shown(request.user, on=today)
        .select_related("institution")
        .order_by("institution__name", "name")
    )
    day = min(chosen.last, today)
    policy, least = policy_on(day), quarter_min_days(day)
    context = {
        "rows": rates(list[Team](shown), chosen, policy, least=least),
        "quarters": quarters,
        "chosen": chosen,
        "here": "rates",
        "policy": policy,
        "least": least,
    }
    return render(request, "care/contact_rates.html", context)
