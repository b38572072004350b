"""A resident's care on one page."""

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.utils import timezone
from django.views.decorators.http import require_safe

from care.queries.person import forms_by_program, person_care
from care.views.records import load_resident
from core.dates import age_on
from core.readlog import log_read
from teams.access import Permission, needs


@require_safe
@needs(Permission.CARE_VIEW)
def care_resident(request: HttpRequest, pk: int) -> HttpResponse:
    """Who he is, what is due and coming, last values, what was done; the entries that are due first."""
    resident, today = load_resident(request, pk), timezone.localdate()
    care = person_care(resident, request.user, on=today)
    log_read(request, "resident", [resident.pk])
    return render(request, "care/resident.html", {
        "resident": resident,
        "age": age_on(resident.born_on, today) if resident.born_on else None,
        "care": care,
        "others": forms_by_program(care.others),
        "today": today,
    })  # fmt: skip
