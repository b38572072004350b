"""/g/visits/: who comes into my grids and when, and one tap that says "I was there" (S2-28)."""

from datetime import timedelta

from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, render
from django.utils import timezone
from django.views.decorators.http import require_POST, require_safe

from core.refusals import show_on
from outreach.actions.checking_in import CannotCheckIn, check_in
from outreach.forms.visits import CheckInForm
from outreach.mobile.answers import refused, saved
from outreach.mobile.practice import real_only
from outreach.models import OutreachVisit
from outreach.policy import policy_on
from outreach.queries.visits import coming_to
from teams.access import Permission, needs

TEMPLATE = "outreach/visits/mobile.html"
_AHEAD = timedelta(days=7)


@needs(Permission.GRID_PAGE)
@require_safe
@real_only
def visits(request: HttpRequest) -> HttpResponse:
    """This week and what can still be checked in to."""
    return render(request, TEMPLATE, _context(request))


def _context(request: HttpRequest) -> dict[str, object]:
    today = timezone.localdate()
    seen = OutreachVisit.objects.visible_to(request.user)
    back = timedelta(days=policy_on(today).visit_backdate_days)
    lines = coming_to(seen, request.user, first=today - back, last=today + _AHEAD)
    return {
        "today": today,
        "now_on": [
            (line, is_there, CheckInForm(auto_id=False)) for line, is_there in lines if line.visit.on == today
        ],
        "past": [
            (line, is_there, CheckInForm(auto_id=False))
            for line, is_there in reversed(lines)
            if line.visit.on < today
        ],
        "coming": [line for line, _ in lines if line.visit.on > today],
    }


@needs(Permission.GRID_PAGE)
@require_POST
@real_only
def visit_check_in(request: HttpRequest, pk: int) -> HttpResponse:
    visit = get_object_or_404(OutreachVisit.objects.visible_to(request.user), pk=pk)
    form = CheckInForm(request.POST)
    if form.is_valid():
        try:
            check_in(
                by=request.user, on=timezone.localdate(), now=timezone.now(), visit=visit,
                client_token=form.cleaned_data["client_token"], typed_at=form.cleaned_data["typed_at"],
                position=form.position(),
            )  # fmt: skip
        except CannotCheckIn as refusal:
            show_on(form, refusal)
        else:
            return saved(request, "签到成功，辛苦了。", "grid-visits")
    return refused(request, form, TEMPLATE, _context(request))
