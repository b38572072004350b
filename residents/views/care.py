"""Guardians and population flags of one resident."""

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect
from django.utils import timezone
from django.views.decorators.debug import sensitive_post_parameters
from django.views.decorators.http import require_POST

from core.models import ReadLog
from core.readlog import log_read
from core.refusals import show_on
from residents import actions
from residents.forms.care import FlagForm, GuardianForm, UnflagForm
from residents.models import Guardian, PopulationFlag, Resident
from residents.views.people import FORM_METHODS, bound, form_page, load
from teams.access import Permission, may, needs


@FORM_METHODS
@sensitive_post_parameters("phone", "name")
@needs(Permission.RESIDENT_EDIT)
def guardian_add(request: HttpRequest, pk: int) -> HttpResponse:
    resident, today = load(request, pk), timezone.localdate()
    home = Resident.objects.visible_to(request.user).present().exclude(pk=pk)
    members = list(home.filter(household=resident.household_id)) if resident.household_id else []
    form = GuardianForm(bound(request), members=members)
    if request.method == "POST" and form.is_valid():
        try:
            actions.add_guardian(resident=resident, **form.facts(), by=request.user, on=today)
        except actions.CannotChangeGuardian as refusal:
            show_on(form, refusal)
        else:
            messages.success(request, "监护人已登记。")
            return redirect("resident-detail", pk)
    log_read(request, "resident", [one.pk for one in members], action=ReadLog.Action.LIST)
    return form_page(request, resident, form, "登记监护人", "保存")


@require_POST
@needs(Permission.RESIDENT_EDIT)
def guardian_end(request: HttpRequest, pk: int) -> HttpResponse:
    guardian = get_object_or_404(Guardian.objects.visible_to(request.user), pk=pk)
    try:
        actions.end_guardian(guardian=guardian, by=request.user, on=timezone.localdate())
    except actions.CannotChangeGuardian as refusal:
        messages.error(request, refusal.sentence)
    else:
        messages.success(request, "监护关系已结束。")
    return redirect("resident-detail", guardian.resident_id)


@FORM_METHODS
@needs(Permission.RESIDENT_EDIT)
def flag_add(request: HttpRequest, pk: int) -> HttpResponse:
    resident, today = load(request, pk), timezone.localdate()
    restricted = may(request.user, Permission.RESIDENT_RESTRICTED)
    form = FlagForm(bound(request), may_restricted=restricted, on=today)
    if request.method == "POST" and form.is_valid():
        try:
            actions.flag_population(resident=resident, **form.cleaned_data, by=request.user, on=today)
        except actions.CannotFlag as refusal:
            show_on(form, refusal)
        else:
            messages.success(request, "人群标识已登记。")
            return redirect("resident-detail", pk)
    return form_page(request, resident, form, "登记人群标识", "保存")


@FORM_METHODS
@needs(Permission.RESIDENT_EDIT)
def flag_end(request: HttpRequest, pk: int) -> HttpResponse:
    flag = get_object_or_404(PopulationFlag.objects.visible_to(request.user), pk=pk)
    resident, today = load(request, flag.resident_id), timezone.localdate()
    form = UnflagForm(bound(request))
    if request.method == "POST" and form.is_valid():
        try:
            actions.unflag_population(flag=flag, **form.cleaned_data, by=request.user, on=today)
        except actions.CannotFlag as refusal:
            show_on(form, refusal)
        else:
            messages.success(request, "人群标识已取消。")
            return redirect("resident-detail", resident.pk)
    return form_page(request, resident, form, f"取消“{flag.get_kind_display()}”", "确认取消")
