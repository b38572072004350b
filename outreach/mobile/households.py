"""My grids' households, and calling somebody: the number is shown for a reason, once, and that is logged."""

from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, render
from django.utils import timezone
from django.views.decorators.http import require_http_methods, require_safe

from core.addresses import client_ip
from core.readlog import log_read
from outreach.forms.calling import CallForm, DoorsForm
from outreach.queries.households import FILTERS, buildings_of, open_doors, page_of_doors, without_household
from outreach.queries.workplaces import workplace_of
from residents.actions import CannotReveal, reveal_resident
from residents.models import Resident
from residents.policy import policy_on
from teams.access import Permission, needs


@needs(Permission.GRID_PAGE)
@require_safe
def households(request: HttpRequest) -> HttpResponse:
    """Door by door: signed or not, due or not, masked phone. Searched by building, address or name."""
    today = timezone.localdate()
    workplace = workplace_of(request.user, on=today)
    buildings = buildings_of(workplace.own)
    form = DoorsForm(request.GET, buildings=buildings)
    asked = form.asked()
    if asked["loose"]:
        doors = without_household(request.user, workplace.own, on=today, page=asked["page"])
    else:
        found = open_doors(
            request.user,
            workplace.own,
            on=today,
            text=asked["q"],
            building=asked["building"],
            only=asked["only"],
        )
        doors = page_of_doors(request.user, found, on=today, page=asked["page"])
    log_read(request, "resident", doors.shown)
    context = {
        "workplace": workplace,
        "buildings": buildings,
        "filters": FILTERS,
        "asked": asked,
        "doors": doors,
        "next": form.query(page=doors.next_page) if doors.next_page else "",
        "tabs": [(code, words, form.query(only=code)) for code, words in FILTERS.items()],
    }
    return render(request, "outreach/households.html", context)


@needs(Permission.GRID_PAGE)
@require_http_methods(["GET", "HEAD", "POST"])
def call(request: HttpRequest, pk: int) -> HttpResponse:
    """Why is this person to be called? One tap on the reason shows the number, which dials at the next."""
    today = timezone.localdate()
    own = workplace_of(request.user, on=today).own
    people = Resident.objects.visible_to(request.user).present().filter(grid__in=own)
    resident = get_object_or_404(people, pk=pk)
    form = CallForm(request.POST if request.method == "POST" else None)
    context = {"resident": resident, "form": form}
    if request.method == "POST" and form.is_valid():
        try:
            shown = reveal_resident(
                resident=resident,
                reason=form.in_words(),
                policy=policy_on(today),
                by=request.user,
                on=today,
                ip=client_ip(request),
                page=request.resolver_match.view_name,
            )
        except CannotReveal as refusal:
            form.add_error(None, refusal.sentence)
        else:
            context["phones"] = _phones(shown.phone, shown.phones)
    else:
        log_read(request, "resident", [resident.pk])
    return render(request, "outreach/call_resident.html", context)


def _phones(own: str, further: tuple[tuple[str, str], ...]) -> list[tuple[str, str]]:
    """Whose, number; the own first."""
    return [("本人", own)] * bool(own) + [(whose or "其他", number) for whose, number in further if number]
