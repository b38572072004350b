"""Distribution guide maps for internal work: choose a grid, see its buildings, one building door by door (S0-21)."""

from typing import Any

from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, render
from django.utils import timezone
from django.views.decorators.http import require_safe

from core.readlog import log_read
from grids.models import Area, Building, Dwelling, Grid
from outreach.forms.guide import GuideFilter
from outreach.policy import policy_on
from outreach.queries.grid_analysis import analysis_of
from outreach.queries.guide_map import (
    GuidePlace,
    building_sheet,
    grid_place,
    grids_page,
    place_sheet,
    village_place,
)
from outreach.queries.guide_people import homes_behind
from outreach.rules.grid_analysis import drawn
from outreach.rules.guide import TIERS
from residents.policy import policy_on as residents_policy_on
from residents.queries import place_of
from teams.access import Permission, needs

P = Permission


def load_place(request: HttpRequest, pk: int, *, is_village: bool) -> GuidePlace:
    """A grid, or a village with the reader's grids in it; out of scope it is not there."""
    today = timezone.localdate()
    if is_village:
        areas = Area.objects.visible_to(request.user).villages().select_related("parent")
        return village_place(request.user, get_object_or_404(areas, pk=pk), on=today)
    grids = Grid.objects.visible_to(request.user).select_related("village__parent", "parent")
    return grid_place(request.user, get_object_or_404(grids, pk=pk), on=today)


def about(place: GuidePlace) -> dict[str, Any]:
    """What every page of a place says of it; ``kind`` begins the names of its pages."""
    area = place.area
    words = (
        f"{area.parent.name if area.parent else ''} {area.name}" if isinstance(area, Area) else place_of(area)
    )
    return {"place": place, "kind": "village" if place.is_village else "grid", "where": words.strip()}


@require_safe
@needs(P.GUIDE_MAP)
def guide_map(request: HttpRequest) -> HttpResponse:
    """The reader's grids with buildings, people and people of key populations."""
    form = GuideFilter(request.GET)
    words = form.words()
    page, lines = grids_page(request.user, on=timezone.localdate(), text=words, page=request.GET.get("page"))
    query = request.GET.copy()
    query.pop("page", None)
    context = {
        "form": form,
        "page": page,
        "lines": lines,
        "address": f"?{query.urlencode()}&",
        "words": words,
    }
    return render(request, "outreach/guide/map.html", context)


@require_safe
@needs(P.GUIDE_MAP)
def guide_place(request: HttpRequest, pk: int, is_village: bool) -> HttpResponse:
    """Buildings and yards with their signs, and the analysis beside them."""
    today = timezone.localdate()
    place = load_place(request, pk, is_village=is_village)
    sheet = place_sheet(request.user, place, page=request.GET.get("page"))
    log_read(request, "resident", sheet.shown)
    policy = policy_on(today)
    found = analysis_of(
        request.user, place, on=today, ages=residents_policy_on(today), below=policy.suppress_below
    )
    context = about(place) | {
        "sheet": sheet,
        "tiers": TIERS,
        "buildings": [one for one in sheet.tiles if not one.is_yard],
        "yards": [one for one in sheet.tiles if one.is_yard],
        "found": found,
        "bars": drawn(found.tables.bands),
        "below": policy.suppress_below,
        "today": today,
    }
    return render(request, "outreach/guide/place.html", context)


def load_building(request: HttpRequest, pk: int) -> Building:
    buildings = Building.objects.visible_to(request.user)
    return get_object_or_404(buildings.select_related("grid__village__parent"), pk=pk)


@require_safe
@needs(P.GUIDE_MAP)
def guide_building(request: HttpRequest, pk: int) -> HttpResponse:
    """Floors by rooms, a sign for each population kind behind a door."""
    today = timezone.localdate()
    building = load_building(request, pk)
    sheet = building_sheet(request.user, building, on=today)
    log_read(request, "resident", sheet.shown)
    context = {"building": building, "where": place_of(building.grid), "sheet": sheet, "tiers": TIERS}
    return render(request, "outreach/guide/building.html", context)


@require_safe
@needs(P.GUIDE_MAP)
def guide_door(request: HttpRequest, pk: int) -> HttpResponse:
    """The households behind one door, masked; each person leads to the logged step that shows his telephone."""
    doors = Dwelling.objects.visible_to(request.user).select_related("building__grid__village__parent")
    dwelling = get_object_or_404(doors, pk=pk)
    homes = homes_behind(request.user, dwelling, on=timezone.localdate())
    log_read(request, "resident", [one.id for home in homes for one in home.people])
    context = {"dwelling": dwelling, "where": place_of(dwelling.building.grid), "homes": homes}
    return render(request, "outreach/guide/door.html", context)
