"""An issue as a page for telephones: what its template is handed, for the public page and for the preview alike."""

from typing import Any

from django.conf import settings
from django.http import HttpRequest
from django.urls import reverse

from outreach.disclosures.poster import told_of
from outreach.queries.bulletins import Bulletin

PAGE = "public/bulletin.html"


def page_of(bulletin: Bulletin) -> dict[str, Any]:
    return {
        "bulletin": bulletin,
        "content": bulletin.content,
        "items": [told_of(one) for one in bulletin.content.items],
    }


def public_address(request: HttpRequest, code: str) -> str:
    """The whole address of an issue, as square codes and messages carry it."""
    base = settings.PUBLIC_URL or f"{request.scheme}://{request.get_host()}"
    return f"{base}{reverse('public-bulletin', args=[code])}"
