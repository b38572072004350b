"""Home readings of one person: several at once, and their course."""

from datetime import datetime

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils import timezone
from django.views.decorators.http import require_POST

from care.actions.readings import CannotRecordReadings, record_readings, void_reading
from care.forms.contacts import new_token
from care.forms.readings import ReadingsForm, lines_of, typed_values
from care.models import Reading
from care.queries.readings import series_of
from care.rules.filling import Filled
from core.readlog import log_read
from core.refusals import show_on
from residents.models import Resident
from residents.views.people import bound, load
from teams.access import Permission, needs


@needs(Permission.RESIDENT_VIEW, Permission.CARE_RECORD)
def reading_new(request: HttpRequest, pk: int) -> HttpResponse:
    """What was measured at home, and how it went since."""
    resident, now = load(request, pk), timezone.localtime()
    first = {"taken_on": now.date(), "taken_time": now.time(), "source": "self", "client_token": new_token()}
    form = ReadingsForm(bound(request), initial=first)
    filled: Filled | None = None
    if request.method == "POST" and form.is_valid():
        try:
            return _kept(request, form, resident)
        except CannotRecordReadings as refusal:
            filled = refusal.filled
            refusal.field = {"taken_at": "taken_on"}.get(refusal.field, "")
            show_on(form, refusal)
    log_read(request, "resident", [resident.pk])
    context = {
        "resident": resident,
        "form": form,
        "lines": lines_of(bound(request), filled),
        "series": series_of(resident, on=now.date()),
    }
    return render(request, "care/readings.html", context)


def _kept(request: HttpRequest, form: ReadingsForm, resident: Resident) -> HttpResponse:
    data = form.cleaned_data
    made = record_readings(
        by=request.user,
        on=timezone.localdate(),
        now=timezone.now(),
        resident=resident,
        taken_at=timezone.make_aware(datetime.combine(data["taken_on"], data["taken_time"])),
        typed=typed_values(request.POST),
        source=data["source"],
        client_token=data["client_token"],
        confirmed=request.POST.getlist("confirmed"),
    )
    abnormal = sum(one.is_abnormal for one in made)
    if abnormal:
        messages.warning(request, f"已登记 {len(made)} 项，其中 {abnormal} 项异常，已列入随访任务。")
    else:
        messages.success(request, f"已登记 {len(made)} 项。")
    return redirect("reading-new", resident.pk)


@require_POST
@needs(Permission.RESIDENT_VIEW, Permission.CARE_RECORD)
def reading_void(request: HttpRequest, pk: int) -> HttpResponse:
    reading = get_object_or_404(Reading.objects.visible_to(request.user), pk=pk)
    void_reading(by=request.user, on=timezone.localdate(), now=timezone.now(), reading=reading)
    messages.success(request, "已作废这次测量。")
    return redirect("reading-new", reading.resident_id)
