"""A household on one sheet: everybody's due work side by side, one save."""

from datetime import date
from uuid import uuid4

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils import timezone
from django.views.decorators.http import require_safe

from care.actions.household_sheets import CannotSaveSheet, save_household_sheet
from care.choices import ServiceMode
from care.forms.household_sheets import Part, SheetForm, part_of
from care.models import ServiceRecord
from care.queries.colleagues import colleagues_of
from care.queries.household_sheets import members_of, representative_of
from care.queries.records import last_values
from core.readlog import log_read
from core.refusals import show_on
from residents.models import Household
from residents.views.people import bound
from teams.access import Permission, needs


def _household(request: HttpRequest, pk: int) -> Household:
    shown = Household.objects.visible_to(request.user).open()
    return get_object_or_404(shown.select_related("grid__village"), pk=pk)


def _parts(request: HttpRequest, household: Household, today: date) -> list[Part]:
    records = ServiceRecord.objects.visible_to(request.user)
    return [
        part_of(one, bound(request), last_values(records, one.resident))
        for one in members_of(request.user, household, on=today)
    ]


@needs(Permission.RESIDENT_VIEW, Permission.CARE_RECORD)
def sheet_household(request: HttpRequest, pk: int) -> HttpResponse:
    """What is filled in is saved, for all members at once; what stays empty is not."""
    household, today = _household(request, pk), timezone.localdate()
    parts = _parts(request, household, today)
    first = {"done_on": today, "mode": ServiceMode.HOME, "client_token": uuid4()}
    colleagues = colleagues_of(request.user, on=today).exclude(pk=request.user.pk)
    form = SheetForm(bound(request), colleagues=colleagues, initial=first)
    is_sent = request.method == "POST" and request.POST.get("do", "save") == "save"
    if is_sent and form.is_valid() and _saved(request, form, parts):
        return redirect("household-detail", pk)
    log_read(request, "resident", [one.member.resident.pk for one in parts])
    context = {
        "household": household,
        "form": form,
        "parts": parts,
        "is_sent": is_sent,
        "has_errors": bool(form.errors and is_sent) or any(one.has_errors for one in parts),
        "representative": representative_of(request.user, household, on=today),
        "today": today,
    }
    return render(request, "care/household_sheet.html", context)


def _saved(request: HttpRequest, form: SheetForm, parts: list[Part]) -> bool:
    try:
        sheet = save_household_sheet(
            by=request.user,
            on=timezone.localdate(),
            now=timezone.now(),
            members=[one.visit() for one in parts],
            **form.cleaned_data,
        )
    except CannotSaveSheet as refusal:
        for one in parts:
            if one.member.resident.pk in refusal.troubles:
                one.show(refusal.troubles[one.member.resident.pk])
        if not refusal.troubles:
            show_on(form, refusal)
        return False
    if not sheet.is_new:
        messages.info(request, "这张表已经保存过，没有重复登记。")
        return True
    people = {one.record.resident_id for one in sheet.records} | {one.resident_id for one in sheet.contacts}
    messages.success(
        request, f"已保存 {len(people)} 人：服务记录 {len(sheet.records)} 份，联系 {len(sheet.contacts)} 次。"
    )
    urgent = [one for one in sheet.records if one.judged.verdict and one.judged.verdict.refer]
    for one in urgent:
        name = one.record.resident.masked_name
        messages.warning(request, f"{name}：{one.judged.verdict.sentence}")  # type: ignore[union-attr]
    return True


@require_safe
@needs(Permission.RESIDENT_VIEW, Permission.CARE_RECORD)
def sheet_assessment(request: HttpRequest, pk: int) -> HttpResponse:
    """The yearly assessment of the household, recorded on who signed for it (S0-12, S1-6)."""
    household = _household(request, pk)
    person = representative_of(request.user, household, on=timezone.localdate())
    if person is None:
        messages.error(
            request, "这一户没有生效的家庭协议。家庭健康状况评估记在家庭代表名下，请先签家庭协议。"
        )
        return redirect("household-detail", pk)
    return redirect("record-new", person.pk, "household_assessment")
