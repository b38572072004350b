"""Moving one person, dividing a household, joining two."""

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils import timezone

from core.readlog import log_read
from core.refusals import show_on
from residents import actions
from residents.forms.fields import NO_SUCH_NUMBER, household_by_number
from residents.forms.heirs import staying_without
from residents.forms.households import MergeForm, MoveForm, NumberSearchForm, SplitForm
from residents.models import Household
from residents.views.households import household_form, load, present_members
from residents.views.people import FORM_METHODS, bound, form_page
from residents.views.people import load as load_resident
from teams.access import Permission, needs


@FORM_METHODS
@needs(Permission.RESIDENT_EDIT)
def resident_move(request: HttpRequest, pk: int) -> HttpResponse:
    """Into another household, into a new one, or out of any; a head names the next one in the same form."""
    resident, today = load_resident(request, pk), timezone.localdate()
    staying = staying_without(resident, request.user)
    form = MoveForm(bound(request), user=request.user, staying=staying)
    if request.method == "POST" and form.is_valid():
        try:
            now = actions.move_member(
                resident=resident,
                household=form.cleaned_data["household"],
                founds_household=form.cleaned_data["mode"] == "new",
                relation=form.cleaned_data["relation"],
                heir=form.heir(),
                by=request.user,
                on=today,
            )
        except (actions.CannotMove, actions.CannotFoundHousehold) as refusal:
            show_on(form, refusal)
        else:
            messages.success(request, f"已迁入 {now.household.number}。" if now.household else "已移出家庭。")
            return redirect("resident-detail", pk)
    shown = [one.pk for one in staying]
    return form_page(request, resident, form, "迁户", "办理", also_shown=shown)


@FORM_METHODS
@needs(Permission.RESIDENT_EDIT)
def household_split(request: HttpRequest, pk: int) -> HttpResponse:
    """Some members leave and found a household of their own, at the same address until it is changed."""
    household, today = load(request, pk), timezone.localdate()
    members = present_members(request, household)
    form = SplitForm(bound(request), members=members)
    if request.method == "POST" and form.is_valid():
        try:
            made = actions.split_household(
                household=household,
                leaving=form.leaving_ids,
                founder=form.founder_facts(),
                heir=form.heir(),
                by=request.user,
                on=today,
            )
        except (actions.CannotSplit, actions.CannotFoundHousehold) as refusal:
            show_on(form, refusal)
        else:
            messages.success(
                request, f"已分户，新一户编号 {made.number}。住址不同的，请在新一户页面变更住址。"
            )
            return redirect("household-detail", made.pk)
    log_read(request, "resident", [one.pk for one in members])
    intro = (
        "分出去的成员填写与新一户户主的关系；原户主也分出去时，留下的成员填写与新户主的关系。"
        "当选户主的、关系不变的不用填。新一户先沿用原住址。"
    )
    return household_form(request, household, form, "分户", "确认分户", intro=intro)


@FORM_METHODS
@needs(Permission.RESIDENT_EDIT)
def household_merge(request: HttpRequest, pk: int) -> HttpResponse:
    """Another household joins this one: first its number, then what its members are to the head here."""
    household, today = load(request, pk), timezone.localdate()
    search = NumberSearchForm(request.GET or None)
    closing = _other(request, search)
    if closing is None:
        context = {"household": household, "search": search}
        return render(request, "residents/household_merge.html", context)
    members = present_members(request, closing)
    form = MergeForm(bound(request), members=members)
    if request.method == "POST" and form.is_valid():
        try:
            actions.merge_households(
                kept=household, closing=closing, relations=form.relations(), by=request.user, on=today
            )
        except actions.CannotMerge as refusal:
            show_on(form, refusal)
        else:
            messages.success(request, f"{closing.number} 已并入本户；用原编号仍能查到这一户。")
            return redirect("household-detail", pk)
    log_read(request, "resident", [one.pk for one in members])
    context = {"household": household, "closing": closing, "form": form}
    return render(request, "residents/household_merge.html", context)


def _other(request: HttpRequest, search: NumberSearchForm) -> Household | None:
    """The household whose number was typed; it stands in the address, also while the form is posted."""
    if not search.is_bound or not search.is_valid():
        return None
    found = household_by_number(request.user, search.cleaned_data["other"])
    if found is None:
        search.add_error("other", NO_SUCH_NUMBER)
    return found
