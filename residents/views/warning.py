"""Who may be meant while somebody is being entered: a fragment as one types, and a question before saving."""

from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, render
from django.utils import timezone
from django.views.decorators.debug import sensitive_post_parameters
from django.views.decorators.http import require_POST

from core.models import ReadLog
from core.readlog import log_read
from residents.forms.duplicates import typed_person
from residents.models import Resident
from residents.policy import policy_on
from residents.queries.duplicates import Warned, likely_duplicates
from teams.access import Permission, needs


@require_POST
@sensitive_post_parameters()
@needs(Permission.RESIDENT_EDIT)
def resident_duplicates(request: HttpRequest) -> HttpResponse:
    """The fragment of the registering form; what was typed travels in the body only."""
    known = None
    number = request.POST.get("resident", "")
    if number.isascii() and number.isdigit():
        known = get_object_or_404(Resident.objects.visible_to(request.user), pk=int(number[:18]))
    warned = warned_of(request, known)
    context = {"warned": warned, "is_confirmed": is_confirmed(request, warned)}
    return render(request, "residents/duplicates/_likely.html", context)


def warned_of(request: HttpRequest, known: Resident | None = None) -> Warned:
    """Whom to look at first; seeing them is a read like any other."""
    today = timezone.localdate()
    typed = typed_person(request.POST, user=request.user, on=today, known=known)
    warned = likely_duplicates(request.user, typed, least=policy_on(today).duplicate_min_score, besides=known)
    shown = [one.resident.pk for one in warned.people]
    log_read(request, "resident", shown, action=ReadLog.Action.LIST)
    return warned


def must_ask(request: HttpRequest, warned: Warned) -> bool:
    """Whether to stop before saving. A number that is taken is refused anyway, so nothing is asked then."""
    return bool(warned.people) and not warned.is_taken and not is_confirmed(request, warned)


def is_confirmed(request: HttpRequest, warned: Warned) -> bool:
    """Whether the writer has looked at everybody who is shown now and says that it is somebody else."""
    looked_at = set(request.POST.get("not_same", "").split("."))
    return {str(one.resident.pk) for one in warned.people} <= looked_at
