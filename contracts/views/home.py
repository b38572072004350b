"""The first page after signing in, and where it sends those who work elsewhere."""

from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils import timezone
from django.views.decorators.http import require_safe

from contracts.policy import policy_on
from contracts.queries.home import doctor_home
from contracts.queries.refusals import due_count
from contracts.queries.transfers import transfer_counts
from core.models import ReadLog
from core.readlog import log_read
from teams.access import Permission, may, scope_of, signed_in


@require_safe
@signed_in
def home(request: HttpRequest) -> HttpResponse:
    """Doctors stay; who has only the grid page or only the management site is brought there."""
    user = request.user
    teams = scope_of(user).teams
    if not teams or not may(user, Permission.AGREEMENT_VIEW):
        if may(user, Permission.ADMIN_SITE):
            return redirect("admin:index")
        if may(user, Permission.GRID_PAGE):
            return redirect("grid-home")
        return render(request, "contracts/home_bare.html")
    today = timezone.localdate()
    policy = policy_on(today)
    page = doctor_home(teams, on=today, policy=policy)
    moves = transfer_counts(teams) | {"due": due_count(user, on=today)}
    log_read(request, "resident", [one.resident.pk for one in page.ending], action=ReadLog.Action.LIST)
    return render(
        request, "contracts/home.html", {"home": page, "moves": moves, "policy": policy, "today": today}
    )
