"""One household: who lives there, who is head, moving in and out."""

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils import timezone
from django.views.decorators.http import require_safe

from core.readlog import log_read
from core.refusals import show_on
from residents import actions
from residents.forms.households import HeadForm, MoveForm
from residents.models import Household, Resident
from residents.queries import place_of, resident_lines
from residents.views.people import FORM_METHODS, bound, form_page
from residents.views.people import load as load_resident
from teams.access import Permission, needs


def load(request: HttpRequest, pk: int) -> Household:
    """A household in the reader's scope, or 404."""
    households = Household.objects.visible_to(request.user)
    return get_object_or_404(households.select_related("grid__village__parent", "dwelling__building"), pk=pk)


def _members(request: HttpRequest, household: Household) -> list[Resident]:
    people = Resident.objects.visible_to(request.user).for_lists().filter(household=household)
    return list(people.order_by("relation", "born_on", "pk"))


@require_safe
@needs(Permission.RESIDENT_VIEW)
def household_detail(request: HttpRequest, pk: int) -> HttpResponse:
    household = load(request, pk)
    members = resident_lines(_members(request, household), on=timezone.localdate())
    log_read(request, "resident", [one.id for one in members])
    present = [one for one in members if one.is_present]
    context = {
        "household": household,
        "place": place_of(household.grid),
        "present": present,
        "gone": [one for one in members if not one.is_present],
        "has_head": any(one.relation == "户主" for one in present),
    }
    return render(request, "residents/household.html", context)


@FORM_METHODS
@needs(Permission.RESIDENT_EDIT)
def household_head(request: HttpRequest, pk: int) -> HttpResponse:
    household, today = load(request, pk), timezone.localdate()
    members = [one for one in _members(request, household) if one.life_status == "present"]
    form = HeadForm(bound(request), members=members)
    if request.method == "POST" and form.is_valid():
        try:
            actions.change_head(
                household=household, head=form.chosen, relations=form.relations(), by=request.user, on=today
            )
        except actions.CannotChangeHead as refusal:
            show_on(form, refusal)
        else:
            messages.success(request, f"户主已变更为 {form.chosen.masked_name}。")
            return redirect("household-detail", pk)
    log_read(request, "resident", [one.pk for one in members])
    return render(request, "residents/head.html", {"household": household, "form": form})


@FORM_METHODS
@needs(Permission.RESIDENT_EDIT)
def resident_move(request: HttpRequest, pk: int) -> HttpResponse:
    """Into another household, into a new one, or out of any."""
    resident, today = load_resident(request, pk), timezone.localdate()
    form = MoveForm(bound(request), user=request.user)
    if request.method == "POST" and form.is_valid():
        try:
            now = actions.move_member(
                resident=resident,
                household=form.cleaned_data["household"],
                founds_household=form.cleaned_data["mode"] == "new",
                relation=form.cleaned_data["relation"],
                by=request.user,
                on=today,
            )
        except (actions.CannotMove, actions.CannotFoundHousehold) as refusal:
            show_on(form, refusal)
        else:
            messages.success(request, f"已迁入 {now.household.number}。" if now.household else "已移出家庭。")
            return redirect("resident-detail", pk)
    return form_page(request, resident, form, "迁户", "办理")
