"""What everybody may see of a point: its poster, and the page that the poster's square code leads to (S0-25)."""

from django.conf import settings
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import render
from django.urls import reverse
from django.utils import timezone
from django.views.decorators.http import require_safe

from contracts.printing.answers import Frame, answer
from outreach.posters import poster_of
from outreach.public.booking import not_served
from outreach.published import published
from outreach.queries.bookings import public_point as point_behind
from outreach.queries.points import public_point_of
from outreach.rules.booking import object_to_point
from outreach.views.points import load
from teams.access import Permission, needs

_NOTE = "A4 纸，贴在服务点醒目处。人员、时间或电话有变时请重新打印；扫码看到的总是最新的。"


@require_safe
@needs(Permission.VISIT_VIEW)
def point_poster(request: HttpRequest, pk: int) -> HttpResponse:
    """The poster for the browser's own printing, or as PDF (``?format=pdf``)."""
    point, today = load(request, pk), timezone.localdate()
    shown = public_point_of(point, on=today)
    base = settings.PUBLIC_URL or f"{request.scheme}://{request.get_host()}"
    link = f"{base}{reverse('public-point', args=[point.code])}"
    crumbs = [("家庭医生服务点", reverse("point-list")), (point.name, reverse("point-detail", args=[pk]))]
    return answer(
        request, poster_of(shown, link=link, on=today), Frame("打印服务点海报", _NOTE, crumbs), on=today
    )


@published
def public_point(request: HttpRequest, code: str) -> HttpResponse:
    """Hours, people and telephone of a point, for whoever scans its poster; before it opens, from when on."""
    today = timezone.localdate()
    point = point_behind(code)
    if point is None:
        raise Http404("no point of that code")
    objection = object_to_point(point.opened_on, point.closed_on, today=today)
    if objection and objection.code == "point_closed":
        return not_served(request, point, objection)
    shown, told = public_point_of(point, on=today), objection.sentence if objection else ""
    return render(request, "public/point.html", {"point": point, "shown": shown, "told": told})
