"""The map of what grids lack: a tile for each grid, village after village, for teams, streets and the bureau."""

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.utils import timezone
from django.views.decorators.http import require_safe

from grids.queries.gaps import grids_reported
from outreach.forms.members import MapFilter
from outreach.policy import policy_on
from outreach.queries.gap_map import MARKS, blocks_of, gap_counts, tiles_of
from outreach.views.members import townships_of
from teams.access import Permission, needs


@require_safe
@needs(Permission.AREA_VIEW)
def grid_map(request: HttpRequest) -> HttpResponse:
    """Whoever oversees several townships looks at one at a time, the first to begin with."""
    today = timezone.localdate()
    policy = policy_on(today)
    townships = townships_of(request.user, on=today)
    first = townships[0].code if townships else ""
    form = MapFilter({"township": first} | request.GET.dict(), townships=townships, gaps=MARKS.items())
    chosen = form.cleaned_data if form.is_valid() else {}
    township = chosen.get("township") or first
    grids = grids_reported(request.user, on=today).filter(village__parent__code=township)
    tiles = tiles_of(grids, on=today, policy=policy)
    gap = chosen.get("gap", "")
    shown = [one for one in tiles if gap in one.gaps] if gap else tiles
    return render(
        request,
        "outreach/members/map.html",
        {
            "form": form,
            "on": today,
            "township": next((one for one in townships if one.code == township), None),
            "gap": gap,
            "blocks": blocks_of(shown),
            "counts": gap_counts(tiles),
            "total": len(tiles),
            "whole": sum(not one.gaps for one in tiles),
            "shown": len(shown),
            "least": policy.service_points_per_grid_min,
        },
    )
