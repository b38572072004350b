"""The door of grid leaders, sentinels and community stewards: /g/."""

from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils import timezone
from django.views.decorators.http import require_POST, require_safe

from grids.models import Posting
from outreach.queries.grids import worked_grids
from teams.access import Permission, needs
from teams.actions import set_large_type


@needs(Permission.GRID_PAGE)
@require_safe
def home(request: HttpRequest) -> HttpResponse:
    """My grids of today: whom to call, and counts."""
    today = timezone.localdate()
    mine = Posting.objects.visible_to(request.user).filter(user=request.user)
    return render(request, "outreach/home.html", {"on": today, "places": worked_grids(mine, on=today)})


@needs(Permission.GRID_PAGE)
@require_POST
def large_type(request: HttpRequest) -> HttpResponse:
    """The switch of the large-type version; it stays with the account."""
    set_large_type(is_large=request.POST.get("large") == "1", by=request.user)
    return redirect("grid-home")
