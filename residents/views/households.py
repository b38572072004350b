"""One household: its page, founding it, its place, its head, confirming all of it."""

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils import timezone
from django.views.decorators.http import require_POST, require_safe

from core.readlog import log_read
from core.refusals import show_on
from residents import actions
from residents.choices import LifeStatus
from residents.forms.households import HeadForm
from residents.forms.places import PlaceForm
from residents.models import Household, Resident
from residents.queries import household_sheet, members_of, place_of
from residents.views.people import FORM_METHODS, bound
from teams.access import Permission, needs


def load(request: HttpRequest, pk: int) -> Household:
    """A household in the reader's scope, or 404."""
    households = Household.objects.visible_to(request.user)
    reads = ("grid__village__parent", "dwelling__building", "steward", "merged_into")
    return get_object_or_404(households.select_related(*reads).defer("steward__id_number"), pk=pk)


def present_members(request: HttpRequest, household: Household) -> list[Resident]:
    members = members_of(request.user, household)
    return [one for one in members if one.life_status == LifeStatus.PRESENT]


def household_form(
    request: HttpRequest, household: Household, form: object, heading: str, button: str, *, intro: str = ""
) -> HttpResponse:
    context = {
        "household": household, "form": form, "heading": heading, "button": button, "intro": intro,
    }  # fmt: skip
    return render(request, "residents/household_form.html", context)


@require_safe
@needs(Permission.RESIDENT_VIEW)
def household_detail(request: HttpRequest, pk: int) -> HttpResponse:
    household = load(request, pk)
    sheet = household_sheet(request.user, household, on=timezone.localdate())
    log_read(request, "resident", sheet.shown)
    context = {"household": household, "sheet": sheet, "place": place_of(household.grid)}
    return render(request, "residents/household.html", context)


@FORM_METHODS
@needs(Permission.RESIDENT_EDIT)
def household_create(request: HttpRequest) -> HttpResponse:
    """An empty household at a place; its members are registered or moved there next."""
    today = timezone.localdate()
    form = PlaceForm(bound(request), user=request.user, on=today)
    if request.method == "POST" and form.is_valid():
        try:
            made = actions.create_household(**form.facts(), by=request.user, on=today)
        except actions.CannotFoundHousehold as refusal:
            show_on(form, refusal)
        else:
            messages.success(request, f"已建户，家庭编号 {made.number}。请接着登记户主和成员。")
            return redirect("household-detail", made.pk)
    return render(request, "residents/household_create.html", {"form": form})


@FORM_METHODS
@needs(Permission.RESIDENT_EDIT)
def household_place(request: HttpRequest, pk: int) -> HttpResponse:
    """The whole household moves, with everybody in it."""
    household, today = load(request, pk), timezone.localdate()
    form = PlaceForm(bound(request), user=request.user, on=today, household=household)
    if request.method == "POST" and form.is_valid():
        try:
            actions.change_place(household=household, **form.facts(), by=request.user, on=today)
        except actions.CannotChangePlace as refusal:
            show_on(form, refusal)
        else:
            messages.success(request, "住址已变更，成员的网格和现住址一并更新。")
            return redirect("household-detail", pk)
    intro = "整户搬家时使用：所有成员的网格和现住址一并更新，家庭编号不变。"
    return household_form(request, household, form, "变更住址", "确认变更", intro=intro)


@FORM_METHODS
@needs(Permission.RESIDENT_EDIT)
def household_head(request: HttpRequest, pk: int) -> HttpResponse:
    household, today = load(request, pk), timezone.localdate()
    members = present_members(request, household)
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
    intro = "选定新户主，再逐一填写其他成员与新户主的关系。"
    return household_form(request, household, form, "变更户主", "确认变更", intro=intro)


@require_POST
@needs(Permission.RESIDENT_EDIT)
def household_confirm(request: HttpRequest, pk: int) -> HttpResponse:
    """Somebody was there and found every entry of the household true."""
    household = load(request, pk)
    people = Resident.objects.visible_to(request.user).filter(household=household)
    try:
        count = actions.confirm_residents(residents=people, by=request.user, on=timezone.localdate())
    except actions.CannotConfirm:
        messages.error(request, "这一户没有在册成员，没有可以核实的登记。")
    else:
        messages.success(request, f"已记录：今天核实过全户 {count} 人，登记信息属实。")
    return redirect("household-detail", pk)
