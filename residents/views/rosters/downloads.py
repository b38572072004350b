"""The refused rows, to be corrected and uploaded again."""

from uuid import UUID

from django.http import Http404, HttpRequest, HttpResponse, StreamingHttpResponse
from django.utils import timezone
from django.views.decorators.http import require_safe

from residents.choices import ImportState
from residents.imports.error_files import errors_response
from residents.views.rosters import load
from teams.access import Permission, needs

SHOWN = (
    ImportState.CHECKED,
    ImportState.ACCEPTED,
    ImportState.APPLYING,
    ImportState.APPLIED,
    ImportState.UNDOING,
    ImportState.UNDONE,
)


@require_safe
@needs(Permission.ROSTER_IMPORT)
def roster_errors(request: HttpRequest, pk: UUID) -> HttpResponse | StreamingHttpResponse:
    """In the layout of the upload, with a reason column; a spreadsheet, or text where they are very many."""
    roster = load(request, pk, *SHOWN)
    found = errors_response(roster, made_by=str(request.user), made_at=timezone.localtime())
    if found is None:
        raise Http404
    return found
