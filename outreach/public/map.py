"""The doctor map for everybody: the district, and each township with its villages (S0-36)."""

from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import render
from django.utils import timezone

from outreach.published import published
from outreach.queries.doctor_map import DoctorMap, district_map, township_map


@published
def doctor_map(request: HttpRequest) -> HttpResponse:
    return _shown(request, district_map(on=timezone.localdate()))


@published
def doctor_map_township(request: HttpRequest, code: str) -> HttpResponse:
    return _shown(request, township_map(code, on=timezone.localdate()))


def _shown(request: HttpRequest, found: DoctorMap | None) -> HttpResponse:
    if found is None:
        raise Http404("no such area")
    return render(request, "public/map.html", {"map": found, "drawing": found.drawing})
