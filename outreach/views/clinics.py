"""Regular hours of institutions: the list, entering, changing, ending, days off (S0-23)."""

from typing import Any

from django.contrib import messages
from django.db.models import Q, QuerySet
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.utils import timezone
from django.views.decorators.http import require_POST, require_safe

from core.refusals import Refusal, show_on
from core.sheets import Column, xlsx_response
from outreach.actions.clinics import (
    CannotKeepClinic,
    change_clinic,
    end_clinic,
    open_clinics,
    resume_clinic,
    stop_clinic,
)
from outreach.forms.clinics import ClinicEndForm, ClinicFilter, ClinicForm, ClinicStopForm, clinic_values
from outreach.models import ClinicHours, ClinicStop
from outreach.queries.clinics import ClinicLine, clinic_lines, specialists_of
from outreach.views.calendars import (
    FORM_METHODS,
    asked_institution,
    chosen,
    institutions_of,
    keeps,
    looks,
    options,
    refuse_stranger,
)
from teams.access import Permission, may, needs
from teams.models import Institution

P = Permission
_PAGE = "outreach/calendars/form.html"


def _load(request: HttpRequest, pk: int) -> ClinicHours:
    """404 for hours out of sight; 403 for those that are seen but kept by others."""
    seen = ClinicHours.objects.visible_to(request.user).select_related("institution", "specialist")
    found = get_object_or_404(seen, pk=pk)
    refuse_stranger(request, found.institution_id)
    return found


def _back(institution: int) -> str:
    return f"{reverse('calendar-clinics')}?institution={institution}"


@require_safe
@looks
def clinic_list(request: HttpRequest) -> HttpResponse:
    """The hours of one institution, with the days off that are not over."""
    today, institutions = timezone.localdate(), institutions_of(request)
    institution = chosen(request, institutions)
    form = ClinicFilter(request.GET, institutions=options(institutions))
    rows = _filtered(request, institution, form, today)
    lines = clinic_lines(rows, on=today)
    if institution and "export" in request.GET:
        try:
            return _sheet(lines, institution, request)
        except Refusal as refusal:
            show_on(form, refusal)
    params = request.GET.copy()
    params.pop("export", None)
    return render(
        request,
        "outreach/calendars/clinics.html",
        {
            "form": form, "institution": institution, "lines": lines, "today": today, "query": params.urlencode(),
            "can_manage": may(request.user, P.CALENDAR_MANAGE) and keeps(request, institution and institution.pk),
        },
    )  # fmt: skip


def _filtered(
    request: HttpRequest, institution: Institution | None, form: ClinicFilter, today: Any
) -> QuerySet[ClinicHours]:
    rows = ClinicHours.objects.visible_to(request.user).filter(institution=institution)
    wanted = form.cleaned_data if form.is_valid() else {}
    if not wanted.get("ended"):
        rows = rows.filter(Q(ends_on__isnull=True) | Q(ends_on__gte=today))
    return rows.filter(kind=wanted["kind"]) if wanted.get("kind") else rows


def _sheet(lines: list[ClinicLine], institution: Institution, request: HttpRequest) -> HttpResponse:
    columns = [
        Column("类别", 22), Column("时间", 30), Column("地点", 26), Column("专家", 18), Column("专业特长", 26),
        Column("来自机构", 26), Column("须预约", 8), Column("预约电话", 16), Column("开始日期", 12, "date"),
        Column("结束日期", 12, "date"), Column("停诊", 40), Column("说明", 30),
    ]  # fmt: skip
    rows = (
        (
            one.hours.get_kind_display(), one.words, one.hours.place, one.who, one.specialty, one.home,
            "是" if one.hours.needs_booking else "", one.hours.phone, one.hours.starts_on, one.hours.ends_on,
            "；".join(f"{stop.starts_on}至{stop.ends_on} {stop.reason}" for stop in one.stops), one.hours.note,
        )
        for one in lines
    )  # fmt: skip
    return xlsx_response(
        "门诊（接种）日程", columns, rows, made_by=request.user.name, made_at=timezone.localtime(),
        note=institution.name,
    )  # fmt: skip


@FORM_METHODS
@needs(P.CALENDAR_MANAGE)
def clinic_new(request: HttpRequest) -> HttpResponse:
    """New hours of the institution that ``?institution=`` names, or of one's own."""
    institution, today = asked_institution(request), timezone.localdate()
    first = {
        "starts_on": today,
        "kind": request.GET.get("kind", ""),
        "begins_at": "08:00",
        "closes_at": "11:30",
    }
    form = ClinicForm(request.POST or None, specialists=specialists_of(institution, on=today), initial=first)
    if request.method == "POST" and form.is_valid():
        data = form.cleaned_data
        try:
            made = open_clinics(
                by=request.user, institution=institution, facts=form.facts(), weekdays=data["weekdays"],
                starts_on=data["starts_on"], ends_on=data["ends_on"],
            )  # fmt: skip
        except CannotKeepClinic as refusal:
            show_on(form, refusal)
        else:
            messages.success(request, f"已登记 {len(made)} 项日程，下次生成十公开时自动写入。")
            return redirect(_back(institution.pk))
    return _form(request, institution, form, "登记日程")


@FORM_METHODS
@needs(P.CALENDAR_MANAGE)
def clinic_edit(request: HttpRequest, pk: int) -> HttpResponse:
    clinic, today = _load(request, pk), timezone.localdate()
    form = ClinicForm(
        request.POST or None, initial=clinic_values(clinic), is_new=False,
        specialists=specialists_of(clinic.institution, on=today, also=clinic.specialist_id),
    )  # fmt: skip
    if request.method == "POST" and form.is_valid():
        data = form.cleaned_data
        try:
            change_clinic(
                by=request.user, clinic=clinic, facts=form.facts(), weekday=data["weekdays"],
                starts_on=data["starts_on"], ends_on=data["ends_on"],
            )  # fmt: skip
        except CannotKeepClinic as refusal:
            show_on(form, refusal)
        else:
            messages.success(request, "日程已保存；已经发布的十公开不变。")
            return redirect(_back(clinic.institution_id))
    return _form(request, clinic.institution, form, "修改日程")


@FORM_METHODS
@needs(P.CALENDAR_MANAGE)
def clinic_end(request: HttpRequest, pk: int) -> HttpResponse:
    clinic, today = _load(request, pk), timezone.localdate()
    form = ClinicEndForm(request.POST or None, initial={"ends_on": max(today, clinic.starts_on)})
    if request.method == "POST" and form.is_valid():
        try:
            end_clinic(by=request.user, on=today, clinic=clinic, ends_on=form.cleaned_data["ends_on"])
        except CannotKeepClinic as refusal:
            show_on(form, refusal)
        else:
            messages.success(request, "结束日期已保存。")
            return redirect(_back(clinic.institution_id))
    return _form(request, clinic.institution, form, "结束日程", clinic=clinic)


@FORM_METHODS
@needs(P.CALENDAR_MANAGE)
def clinic_stop(request: HttpRequest, pk: int) -> HttpResponse:
    """Days on which the hours are not kept; public holidays are known already."""
    clinic, today = _load(request, pk), timezone.localdate()
    form = ClinicStopForm(request.POST or None, initial={"starts_on": today, "ends_on": today})
    if request.method == "POST" and form.is_valid():
        try:
            stop_clinic(by=request.user, on=today, clinic=clinic, **form.cleaned_data)
        except CannotKeepClinic as refusal:
            show_on(form, refusal)
        else:
            messages.success(request, "停诊已登记。已发布的十公开请在那一期添加更正。")
            return redirect(_back(clinic.institution_id))
    return _form(
        request, clinic.institution, form, "登记停诊", clinic=clinic,
        hint="法定节假日自动按停诊处理，不用登记。",
    )  # fmt: skip


@require_POST
@needs(P.CALENDAR_MANAGE)
def clinic_resume(request: HttpRequest, pk: int) -> HttpResponse:
    """Take days off back; ``pk`` is of the stop."""
    seen = ClinicStop.objects.visible_to(request.user).select_related("hours")
    stop = get_object_or_404(seen, pk=pk)
    refuse_stranger(request, stop.hours.institution_id)
    resume_clinic(by=request.user, on=timezone.localdate(), stop=stop)
    messages.success(request, "已恢复。")
    return redirect(_back(stop.hours.institution_id))


def _form(
    request: HttpRequest, institution: Institution, form: Any, heading: str, **more: Any
) -> HttpResponse:
    return render(
        request,
        _PAGE,
        {"form": form, "institution": institution, "heading": heading, "back": _back(institution.pk)} | more,
    )
