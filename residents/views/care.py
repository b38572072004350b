"""Guardians, further phones and population flags of one resident."""

from dataclasses import asdict

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils import timezone
from django.views.decorators.debug import sensitive_post_parameters
from django.views.decorators.http import require_POST, require_safe

from core.models import ReadLog
from core.readlog import log_read
from core.refusals import show_on
from residents import actions
from residents.forms.care import FlagForm, GuardianForm, PhoneForm, UnflagForm
from residents.models import ContactPhone, Guardian, PopulationFlag, Resident
from residents.policy import policy_on
from residents.rules.criteria import CRITERIA, GENERAL
from residents.rules.findings import REVIEWS, is_below_service_age
from residents.views.people import FORM_METHODS, bound, form_page, load
from teams.access import Permission, may, needs, signed_in


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
@sensitive_post_parameters("phone")
@needs(Permission.RESIDENT_EDIT)
def phone_add(request: HttpRequest, pk: int) -> HttpResponse:
    resident = load(request, pk)
    form = PhoneForm(bound(request))
    if request.method == "POST" and form.is_valid():
        try:
            actions.add_contact_phone(
                resident=resident, **form.cleaned_data, by=request.user, on=timezone.localdate()
            )
        except actions.CannotKeepPhone as refusal:
            show_on(form, refusal)
        else:
            messages.success(request, "电话已登记。")
            return redirect("resident-detail", pk)
    return form_page(request, resident, form, "登记其他电话", "保存")


@require_POST
@needs(Permission.RESIDENT_EDIT)
def phone_remove(request: HttpRequest, pk: int) -> HttpResponse:
    phone = get_object_or_404(ContactPhone.objects.visible_to(request.user), pk=pk)
    actions.remove_contact_phone(contact_phone=phone, by=request.user, on=timezone.localdate())
    messages.success(request, "电话已删除。")
    return redirect("resident-detail", phone.resident_id)


@FORM_METHODS
@sensitive_post_parameters("certificate")
@needs(Permission.RESIDENT_EDIT)
def flag_add(request: HttpRequest, pk: int) -> HttpResponse:
    resident, today = load(request, pk), timezone.localdate()
    policy = policy_on(today)
    restricted = may(request.user, Permission.RESIDENT_RESTRICTED)
    form = FlagForm(bound(request), may_restricted=restricted, on=today)
    if request.method == "POST" and form.is_valid():
        try:
            flag = actions.flag_population(
                resident=resident, **form.facts(), policy=policy, by=request.user, on=today
            )
        except actions.CannotFlag as refusal:
            show_on(form, refusal)
        else:
            messages.success(request, "人群标识已登记。")
            least = policy.htn_service_min_age
            if is_below_service_age(flag.kind, resident.born_on, counted_from=least, on=today):
                messages.warning(
                    request, f"此人未满 {least} 周岁：按高血压患者管理，但不计入基本公卫高血压服务人数。"
                )
            return redirect("resident-detail", pk)
    return form_page(request, resident, form, "登记人群标识", "保存")


@FORM_METHODS
@sensitive_post_parameters("certificate")
@needs(Permission.RESIDENT_EDIT)
def flag_edit(request: HttpRequest, pk: int) -> HttpResponse:
    flag = get_object_or_404(PopulationFlag.objects.visible_to(request.user).running(), pk=pk)
    resident, today = load(request, flag.resident_id), timezone.localdate()
    form = FlagForm(bound(request), may_restricted=False, on=today, flag=flag)
    if request.method == "POST" and form.is_valid():
        try:
            actions.amend_flag(flag=flag, **form.facts(), by=request.user, on=today)
        except actions.CannotFlag as refusal:
            show_on(form, refusal)
        else:
            messages.success(request, "人群标识已更正。")
            return redirect("resident-detail", resident.pk)
    return form_page(request, resident, form, f"更正“{flag.get_kind_display()}”", "保存")


@require_safe
@signed_in
def population_criteria(request: HttpRequest) -> HttpResponse:
    """人群口径: who belongs to which kind, with the policy numbers in force today. Nothing personal stands here."""
    numbers = asdict(policy_on(timezone.localdate()))
    rows = [
        {
            "label": one.kind.label,
            "code": one.kind.value,
            "meets": one.meets.format(**numbers),
            "leaves": one.leaves.format(**numbers),
            "review": REVIEWS.get(one.kind, (0, ""))[1],
            "source": one.source,
            "is_key": one.kind in numbers["key_populations"],
        }
        for one in CRITERIA
    ]
    context = {"rows": rows, "general": GENERAL, "basis": numbers["elderly_age_basis"]}
    return render(request, "residents/criteria.html", context)


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
