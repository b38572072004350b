"""Vaccines of an institution: how they stand, said for all of them in one form (S0-23)."""

from typing import Any

from django.contrib import messages
from django.core.exceptions import PermissionDenied
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.utils import timezone
from django.views.decorators.http import require_POST

from core.refusals import Refusal, show_on
from core.sheets import Column, xlsx_response
from outreach.actions.vaccines import (
    CannotKeepVaccine,
    add_vaccine,
    change_vaccine,
    remove_vaccine,
    update_supplies,
)
from outreach.forms.clinics import InstitutionFilter
from outreach.forms.vaccines import SuppliesForm, VaccineForm, vaccine_values
from outreach.models import VaccineSupply
from outreach.policy import policy_on
from outreach.queries.vaccines import SupplyLine, stale_count, supply_lines
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


def _load(request: HttpRequest, pk: int) -> VaccineSupply:
    """404 for a vaccine out of sight; 403 for one that is seen but kept by others."""
    seen = VaccineSupply.objects.visible_to(request.user).select_related("institution")
    found = get_object_or_404(seen, pk=pk)
    refuse_stranger(request, found.institution_id)
    return found


def _back(institution: int) -> str:
    return f"{reverse('calendar-vaccines')}?institution={institution}"


@FORM_METHODS
@looks
def vaccine_list(request: HttpRequest) -> HttpResponse:
    """The vaccines of one institution; who keeps its calendar says by one form how they all stand today."""
    today, institutions = timezone.localdate(), institutions_of(request)
    institution, policy = chosen(request, institutions), policy_on(today)
    mine = VaccineSupply.objects.visible_to(request.user).filter(institution=institution)
    lines = supply_lines(mine, on=today, policy=policy)
    if institution and "export" in request.GET:
        try:
            return _sheet(lines, institution, request)
        except Refusal as refusal:
            messages.error(request, refusal.sentence)
    if request.method == "POST":
        return _updated(request, institution, lines)
    return _page(request, institution, lines, SuppliesForm(vaccines=[one.vaccine for one in lines]))


def _updated(request: HttpRequest, institution: Institution | None, lines: list[SupplyLine]) -> HttpResponse:
    if institution is None or not _can_manage(request, institution):
        raise PermissionDenied
    form = SuppliesForm(request.POST, vaccines=[one.vaccine for one in lines])
    if not form.is_valid():
        return _page(request, institution, lines, form)
    count = update_supplies(
        by=request.user, on=timezone.localdate(), institution=institution, supplies=form.supplies()
    )
    messages.success(request, f"已确认 {count} 种疫苗今天的供应情况。")
    return redirect(_back(institution.pk))


def _can_manage(request: HttpRequest, institution: Institution | None) -> bool:
    return may(request.user, P.CALENDAR_MANAGE) and keeps(request, institution and institution.pk)


def _page(
    request: HttpRequest, institution: Institution | None, lines: list[SupplyLine], form: SuppliesForm
) -> HttpResponse:
    today = timezone.localdate()
    choice = InstitutionFilter(
        {"institution": institution and institution.pk}, institutions=options(institutions_of(request))
    )
    context = {
        "institution": institution, "choice": choice, "form": form, "stale": stale_count(lines),
        "rows": [(one, *form.bound(one.vaccine)) for one in lines], "policy": policy_on(today),
        "can_manage": _can_manage(request, institution),
    }  # fmt: skip
    return render(request, "outreach/calendars/vaccines.html", context)


def _sheet(lines: list[SupplyLine], institution: Institution, request: HttpRequest) -> HttpResponse:
    columns = [
        Column("疫苗名称", 30), Column("类别", 20), Column("接种对象", 12), Column("供应情况", 12),
        Column("价格（元/剂）", 12, "number"), Column("说明", 30), Column("更新日期", 12, "date"), Column("更新人", 12),
    ]  # fmt: skip
    rows = (
        (
            one.vaccine.name, one.vaccine.get_program_display(), one.vaccine.get_audience_display(),
            one.vaccine.get_state_display(), one.vaccine.price_yuan, one.vaccine.note, one.vaccine.updated_on,
            one.vaccine.updated_by.name,
        )
        for one in lines
    )  # fmt: skip
    return xlsx_response(
        "疫苗供应",
        columns,
        rows,
        made_by=request.user.name,
        made_at=timezone.localtime(),
        note=institution.name,
    )


@FORM_METHODS
@needs(P.CALENDAR_MANAGE)
def vaccine_new(request: HttpRequest) -> HttpResponse:
    institution = asked_institution(request)
    form = VaccineForm(request.POST or None)
    if request.method == "POST" and form.is_valid():
        try:
            add_vaccine(by=request.user, on=timezone.localdate(), institution=institution, facts=form.facts())
        except CannotKeepVaccine as refusal:
            show_on(form, refusal)
        else:
            messages.success(request, "疫苗已登记。")
            return redirect(_back(institution.pk))
    return _form(request, institution, form, "登记疫苗")


@FORM_METHODS
@needs(P.CALENDAR_MANAGE)
def vaccine_edit(request: HttpRequest, pk: int) -> HttpResponse:
    vaccine = _load(request, pk)
    form = VaccineForm(request.POST or None, initial=vaccine_values(vaccine))
    if request.method == "POST" and form.is_valid():
        try:
            change_vaccine(by=request.user, on=timezone.localdate(), vaccine=vaccine, facts=form.facts())
        except CannotKeepVaccine as refusal:
            show_on(form, refusal)
        else:
            messages.success(request, "疫苗已保存，供应情况记为今天的。")
            return redirect(_back(vaccine.institution_id))
    return _form(
        request, vaccine.institution, form, "修改疫苗", remove=reverse("calendar-vaccine-remove", args=[pk])
    )


@require_POST
@needs(P.CALENDAR_MANAGE)
def vaccine_remove(request: HttpRequest, pk: int) -> HttpResponse:
    vaccine = _load(request, pk)
    remove_vaccine(by=request.user, vaccine=vaccine)
    messages.success(request, f"{vaccine.name}已删除。")
    return redirect(_back(vaccine.institution_id))


def _form(
    request: HttpRequest, institution: Institution, form: Any, heading: str, **more: Any
) -> HttpResponse:
    back = _back(institution.pk)
    context = {
        "form": form,
        "institution": institution,
        "heading": heading,
        "back": back,
        "crumb": "疫苗供应",
    }
    return render(request, "outreach/calendars/form.html", context | more)
