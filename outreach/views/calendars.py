"""What all pages of the public calendars share, and the month of an institution (S0-23)."""

from datetime import date
from functools import wraps

from django.core.exceptions import PermissionDenied
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import render
from django.utils import timezone
from django.views.decorators.http import require_http_methods, require_safe

from core.dates import months_after
from outreach.forms.clinics import MonthOfInstitution
from outreach.models import OutreachVisit
from outreach.queries.clinics import month_of_institution
from outreach.queries.keepers import kept_by
from outreach.rules.patrols import month_end
from teams.access import Permission, View, may, signed_in
from teams.choices import InstitutionType
from teams.models import Institution

P = Permission
FORM_METHODS = require_http_methods(["GET", "HEAD", "POST"])
_BACK, _AHEAD = 12, 3  # months to choose from


def looks(view: View) -> View:
    """Whoever reads or writes disclosures, or keeps the calendars of a hospital, may look."""

    @wraps(view)
    def checked(request: HttpRequest, *args, **kwargs) -> HttpResponse:
        if not (may(request.user, P.DISCLOSURE_VIEW) or may(request.user, P.CALENDAR_MANAGE)):
            raise PermissionDenied
        return view(request, *args, **kwargs)

    return signed_in(checked)


def institutions_of(request: HttpRequest) -> list[Institution]:
    """The institutions in the reader's scope that residents may come to, his own first."""
    seen = Institution.objects.visible_to(request.user).active().exclude(type=InstitutionType.BUREAU)
    return sorted(
        seen.order_by("name", "pk"), key=lambda one: one.pk != getattr(request.user, "institution_id", None)
    )


def chosen(request: HttpRequest, institutions: list[Institution]) -> Institution | None:
    """The one that ``?institution=`` names, else the reader's own or the first; 404 for one out of scope."""
    wanted = request.GET.get("institution", "")
    if wanted:
        found = next((one for one in institutions if str(one.pk) == wanted), None)
        if found is None:
            raise Http404("an institution out of scope")
        return found
    return institutions[0] if institutions else None


def kept_institutions(request: HttpRequest) -> list[Institution]:
    """Those that the reader writes for: a post in a team lets him look, not write."""
    kept = set(kept_by(request.user, on=timezone.localdate()).institutions.values_list("pk", flat=True))
    return [one for one in institutions_of(request) if one.pk in kept]


def asked_institution(request: HttpRequest) -> Institution:
    """As ``chosen``, for pages that write: 403 for one that is seen but kept by others."""
    kept = kept_institutions(request)
    found = chosen(request, institutions_of(request) if request.GET.get("institution") else kept)
    if found is None:
        raise Http404("no institution in scope")
    if found not in kept:
        raise PermissionDenied
    return found


def keeps(request: HttpRequest, institution: int | None) -> bool:
    """Whether the reader writes for it."""
    return institution is not None and kept_by(request.user, on=timezone.localdate()).holds(institution)


def refuse_stranger(request: HttpRequest, institution: int) -> None:
    """403 for what is seen but kept by others."""
    if not keeps(request, institution):
        raise PermissionDenied


def options(institutions: list[Institution]) -> list[tuple[int, str]]:
    return [(one.pk, one.name) for one in institutions]


@require_safe
@looks
def calendar(request: HttpRequest) -> HttpResponse:
    """A month of an institution: hours, days off, check-up days, activities, live streams."""
    today, institutions = timezone.localdate(), institutions_of(request)
    institution, first = chosen(request, institutions), _month(request.GET.get("month", ""), today)
    last = month_end(first)
    visits = OutreachVisit.objects.visible_to(request.user)
    given = {"institution": institution and institution.pk, "month": f"{first:%Y-%m}"}
    form = MonthOfInstitution(given, institutions=options(institutions), months=_months(today))
    return render(
        request,
        "outreach/calendars/month.html",
        {
            "form": form, "institution": institution, "first": first, "today": today,
            "days": month_of_institution(institution, visits, first=first, last=last) if institution else [],
            "lead": range(first.isoweekday() - 1), "before": months_after(first, -1), "after": months_after(first, 1),
            "can_manage": may(request.user, P.CALENDAR_MANAGE) and keeps(request, institution and institution.pk),
            "opens_visits": may(request.user, P.VISIT_VIEW),
        },
    )  # fmt: skip


def _month(text: str, today: date) -> date:
    """First day of the month that the text names, also one to come; of this month for anything else."""
    this = today.replace(day=1)
    try:
        found = date.fromisoformat(f"{text}-01")
    except ValueError:
        return this
    return min(max(found, months_after(this, -_BACK)), months_after(this, _AHEAD))


def _months(today: date) -> list[date]:
    this = today.replace(day=1)
    return [months_after(this, one) for one in range(_AHEAD, -_BACK - 1, -1)]
