"""The monthly issue for everybody (S0-23): a page for telephones, a picture for WeChat, earlier months."""

from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import render

from contracts.printing.pdf import CannotPrint
from outreach.disclosures.page import PAGE, page_of, public_address
from outreach.disclosures.picture import kept_picture
from outreach.published import published
from outreach.queries.bulletins import Bulletin, archive_of, published_bulletin

_AGAIN = "60"  # seconds


def _load(code: str) -> Bulletin:
    found = published_bulletin(code)
    if found is None:
        raise Http404("no published issue of that code")
    return found


@published
def bulletin(request: HttpRequest, code: str) -> HttpResponse:
    """The frozen text, with the corrections that came after it."""
    return render(request, PAGE, page_of(_load(code)))


@published
def picture(request: HttpRequest, code: str) -> HttpResponse:
    """The same as one long picture; 503 while the machine cannot draw it."""
    found = _load(code)
    try:
        made = kept_picture(found, link=public_address(request, code))
    except CannotPrint as refusal:
        shown = {"told": refusal.sentence, "code": code}
        answer = render(request, "public/bulletin_no_picture.html", shown, status=503)
        answer["Retry-After"] = _AGAIN
        return answer
    return HttpResponse(made, content_type="image/png")


@published
def archive(request: HttpRequest, code: str) -> HttpResponse:
    """All issues of whoever published this one."""
    found = archive_of(code)
    if found is None:
        raise Http404("no published issue of that code")
    issue, lines = found
    return render(request, "public/bulletin_archive.html", {"issue": issue, "lines": lines})
