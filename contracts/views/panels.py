"""How many residents each doctor looks after at an institution, and who they are."""

from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, render
from django.utils import timezone
from django.views.decorators.http import require_safe

from contracts.models import Enrollment
from contracts.policy import policy_on
from contracts.queries.panel import Panel, institutions_of, panel_enrollments, panels
from core.models import ReadLog
from core.paging import keyset_page
from core.readlog import log_read
from teams.access import Permission, needs
from teams.models import Institution, Team

PAGE_SIZE = 50


@require_safe
@needs(Permission.AGREEMENT_VIEW, Permission.TEAM_VIEW)
def panel_list(request: HttpRequest) -> HttpResponse:
    """The doctors of one institution; the first of one's own where none was chosen."""
    institutions = list(institutions_of(Team.objects.visible_to(request.user)))
    asked = request.GET.get("institution", "")
    chosen = next((one for one in institutions if str(one.pk) == asked), None)
    if asked and chosen is None:
        raise Http404("no such institution")
    chosen = chosen or (institutions[0] if institutions else None)
    found = _panels(request, chosen) if chosen else []
    context = {"institutions": institutions, "chosen": chosen, "panels": found, "today": timezone.localdate()}
    return render(request, "contracts/panels.html", context)


def _panels(request: HttpRequest, institution: Institution) -> list[Panel]:
    today = timezone.localdate()
    teams = Team.objects.visible_to(request.user).filter(institution=institution)
    return panels(institution, list(teams.values_list("pk", flat=True)), on=today, policy=policy_on(today))


@require_safe
@needs(Permission.AGREEMENT_VIEW, Permission.TEAM_VIEW)
def panel_show(request: HttpRequest, pk: int, doctor: int) -> HttpResponse:
    """The persons behind one doctor's number; those who are none of the reader's are counted, not named."""
    place = get_object_or_404(institutions_of(Team.objects.visible_to(request.user)), pk=pk)
    panel = next((one for one in _panels(request, place) if one.doctor.pk == doctor), None)
    if panel is None:
        raise Http404("no such doctor")
    today = timezone.localdate()
    everybody = panel_enrollments(panel.doctor, place, today)
    seen = everybody.filter(pk__in=Enrollment.objects.visible_to(request.user).values("pk"))
    listed = seen.select_related("agreement__team", "resident").defer(
        "agreement__as_signed", "resident__id_number", "resident__phone"
    )
    page = keyset_page(listed, request.GET.get("after", ""), PAGE_SIZE, is_narrow=True)
    log_read(request, "resident", [one.resident_id for one in page.rows], action=ReadLog.Action.LIST)
    context = {"panel": panel, "institution": place, "page": page, "today": today}
    return render(request, "contracts/panel.html", context | {"hidden": panel.count - seen.count()})
