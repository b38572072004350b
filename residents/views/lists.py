"""The registry as a list: residents, searched and narrowed, and households."""

from typing import Any

from django.contrib import messages
from django.http import HttpRequest, HttpResponse, QueryDict
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils import timezone
from django.views.decorators.http import require_POST, require_safe

from core.models import ReadLog
from core.paging import keyset_page
from core.readlog import log_read
from core.text import clean
from residents.choices import RiskKind
from residents.forms.lists import FilterForm
from residents.models import Household, PopulationFlag, RiskTier
from residents.queries import found_by, household_lines, household_page_rows, resident_lines
from residents.querysets import ResidentQuerySet
from residents.rules.lookup import HINT, By, read_lookup
from residents.views.searching import recall, remember
from teams.access import Permission, needs, scope_of

PAGE_SIZE = 50
FILTERS = ("grid", "kind", "tier", "status")


@require_POST
@needs(Permission.RESIDENT_VIEW)
def resident_search(request: HttpRequest) -> HttpResponse:
    """Take the search text by POST and show the list under a word that says nothing."""
    found = _address(request.POST)
    word = remember(request, request.POST.get("q", ""))
    if word:
        found["s"] = word
    return redirect(f"{reverse('resident-list')}?{found.urlencode()}" if found else "resident-list")


@require_safe
@needs(Permission.RESIDENT_VIEW)
def resident_list(request: HttpRequest) -> HttpResponse:
    """Residents in one's scope: all of them, or those who answer to a search."""
    today = timezone.localdate()
    text = recall(request, request.GET.get("s", ""))
    if request.GET.get("s") and not text:
        messages.warning(request, "查找内容已过期，请重新输入。")
    lookup = read_lookup(text)
    form = FilterForm(request.GET, user=request.user, on=today)
    people = _narrowed(found_by(request.user, lookup), form)
    after, is_narrow = request.GET.get("after", ""), bool(scope_of(request.user).teams)
    page = keyset_page(people.for_lists(), after, PAGE_SIZE, is_narrow=is_narrow)
    lines = resident_lines(page.rows, on=today)
    log_read(request, "resident", [one.id for one in lines], action=ReadLog.Action.LIST)
    return render(request, "residents/list.html", {
        "lines": lines,
        "text": text,
        "form": form,
        "by": lookup.by.value,
        "is_unclear": lookup.by == By.UNCLEAR,
        "is_narrowed": bool(text) or any(request.GET.get(one) for one in FILTERS),
        "hint": HINT,
        "next_address": _next(request, page.next_after),
    })  # fmt: skip


def _narrowed(people: ResidentQuerySet, form: FilterForm) -> ResidentQuerySet:
    if not form.is_valid():
        return people.none()
    wanted = form.cleaned_data
    if wanted["grid"]:
        people = people.filter(grid=wanted["grid"])
    if wanted["status"]:
        people = people.filter(life_status=wanted["status"])
    if wanted["kind"]:
        flagged = PopulationFlag.objects.running().listable().filter(kind=wanted["kind"])
        people = people.filter(pk__in=flagged.values("resident"))
    if wanted["tier"]:
        tiered = RiskTier.objects.running().filter(kind=RiskKind.ELDER, color=wanted["tier"])
        people = people.filter(pk__in=tiered.values("resident"))
    return people


def _address(typed: QueryDict) -> QueryDict:
    found = QueryDict(mutable=True)
    found.update({one: typed[one] for one in FILTERS if typed.get(one)})
    return found


def _next(request: HttpRequest, after: str) -> str:
    if not after:
        return ""
    address = request.GET.copy()
    address["after"] = after
    return f"?{address.urlencode()}"


@require_safe
@needs(Permission.RESIDENT_VIEW)
def household_list(request: HttpRequest) -> HttpResponse:
    """Households in one's scope, by grid."""
    today = timezone.localdate()
    form = FilterForm(request.GET, user=request.user, on=today)
    households = Household.objects.visible_to(request.user)
    if form.is_valid() and form.cleaned_data["grid"]:
        households = households.filter(grid=form.cleaned_data["grid"])
    number = clean(request.GET.get("number", "")).upper()
    if number:
        households = households.numbered(number)
    after, is_narrow = request.GET.get("after", ""), bool(scope_of(request.user).teams)
    page = keyset_page(household_page_rows(households), after, PAGE_SIZE, is_narrow=is_narrow)
    shown: list[Any] = [person.pk for one in page.rows for person in one.present_members]
    log_read(request, "resident", shown, action=ReadLog.Action.LIST)
    context = {
        "lines": household_lines(page.rows),
        "form": form,
        "number": number,
        "next_address": _next(request, page.next_after),
    }
    return render(request, "residents/households.html", context)
