"""Answering with a document: as a page in our frame, or as PDF made from the same template.

A PDF has a file name without anything personal in it, and no cache keeps it.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from html import unescape

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.template.loader import render_to_string
from django.utils.html import strip_tags
from django.utils.http import content_disposition_header

from contracts.printing import fonts, pdf
from contracts.printing.documents import Document

_TEMPLATE = "contracts/printing/page.html"


@dataclass(frozen=True)
class Frame:
    """What stands around a document on the screen; ``choices`` leads to other documents: name and address."""

    heading: str
    note: str
    crumbs: Sequence[tuple[str, str]]
    choices: Sequence[tuple[str, str]] = ()


def answer(request: HttpRequest, document: Document, frame: Frame, *, on: date) -> HttpResponse:
    """The page; with ``?format=pdf`` the PDF. One that cannot be made is answered with the page and the reason."""
    html, missing = bare_page(document)
    if request.GET.get("format") != "pdf":
        return page(request, document, frame, missing=missing)
    fonts.report(missing, document.kind)
    try:
        made = pdf.to_pdf(html)
    except pdf.CannotPrint as refusal:
        return page(request, document, frame, missing=missing, absent=refusal.sentence, status=503)
    name = content_disposition_header(as_attachment=True, filename=f"{document.kind.label}-{on:%Y%m%d}.pdf")
    headers = {"Content-Disposition": name or "attachment", "Cache-Control": "no-store"}
    return HttpResponse(made, content_type="application/pdf", headers=headers)


def page(
    request: HttpRequest, document: Document, frame: Frame, *, missing: str = "", absent: str = "", status: int = 200,
    has_pdf: bool = True,
) -> HttpResponse:  # fmt: skip
    """The document in our frame, with the link to its PDF, or why there is none."""
    query = request.GET.copy()
    query["format"] = "pdf"
    is_ready = pdf.is_available()
    context = {
        "document": document,
        "frame": "base.html",
        "heading": frame.heading,
        "note": frame.note,
        "crumbs": frame.crumbs,
        "choices": frame.choices,
        "missing": missing,
        "pdf_address": f"?{query.urlencode()}" if has_pdf and is_ready else "",
        "pdf_absent": absent or ("" if is_ready or not has_pdf else pdf.ABSENT),
    }
    return render(request, _TEMPLATE, context, status=status)


def bare_page(document: Document) -> tuple[str, str]:
    """The page that becomes the PDF, and the characters on it that the shipped font lacks."""
    context = {"document": document, "frame": "contracts/printing/bare.html", "is_pdf": True}
    html = render_to_string(_TEMPLATE, context)
    missing = fonts.missing_in(unescape(strip_tags(html)))
    return (render_to_string(_TEMPLATE, context | {"missing": missing}) if missing else html), missing
