"""What an issue becomes: the page residents see, posters, a long picture, words for the group; of a draft as a marked preview."""

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.urls import reverse
from django.utils import timezone
from django.utils.http import content_disposition_header
from django.views.decorators.http import require_safe

from contracts.printing import answers, fonts, pdf
from contracts.printing.qr import qr_image
from outreach.choices import PaperSize
from outreach.disclosures.page import PAGE, page_of, public_address
from outreach.disclosures.picture import kept_picture, picture_of
from outreach.disclosures.poster import Sheet, fitting, sheets_of
from outreach.disclosures.words import group_text
from outreach.models import MonthlyDisclosure
from outreach.queries.bulletins import Bulletin, bulletin_of
from outreach.views.disclosures import load
from teams.access import Permission, needs

P = Permission
_NOTE = "一张纸，字号随内容多少自动调整；内容太多时缩短，居民扫码看全文。"
_DRAFT_NOTE = "这一期还没有发布，海报上印有“未发布”，不要张贴。"


@require_safe
@needs(P.DISCLOSURE_VIEW)
def disclosure_outputs(request: HttpRequest, pk: int) -> HttpResponse:
    """Everything to post, on one page; words to copy, a picture to hold a finger on."""
    issue = load(request, pk)
    bulletin, link = bulletin_of(issue), public_address(request, issue.code)
    shown = {
        "issue": issue,
        "bulletin": bulletin,
        "link": link,
        "qr": qr_image(link) if bulletin.is_published else "",
        "words": group_text(bulletin, link=link),
        "sizes": PaperSize.choices,
        "pdf_absent": "" if pdf.is_available() else pdf.ABSENT,
    }
    return render(request, "outreach/disclosures/outputs.html", shown)


@require_safe
@needs(P.DISCLOSURE_VIEW)
def disclosure_preview(request: HttpRequest, pk: int) -> HttpResponse:
    """The residents' page as it will be; of a published issue as it is."""
    return render(request, PAGE, page_of(bulletin_of(load(request, pk))))


@require_safe
@needs(P.DISCLOSURE_VIEW)
def disclosure_picture(request: HttpRequest, pk: int) -> HttpResponse:
    """PNG; of a published issue the same that everybody gets."""
    issue = load(request, pk)
    bulletin, link = bulletin_of(issue), public_address(request, issue.code)
    make = kept_picture if bulletin.is_published else picture_of
    try:
        made = make(bulletin, link=link)
    except pdf.CannotPrint as refusal:
        return HttpResponse(refusal.sentence, status=503, content_type="text/plain; charset=utf-8")
    return HttpResponse(made, content_type="image/png", headers={"Cache-Control": "no-store"})


@require_safe
@needs(P.DISCLOSURE_VIEW)
def disclosure_poster(request: HttpRequest, pk: int) -> HttpResponse:
    """``?size=a3`` or A4, for the browser's own printing or as PDF (``?format=pdf``)."""
    issue = load(request, pk)
    size = PaperSize.A3 if request.GET.get("size") == PaperSize.A3 else PaperSize.A4
    bulletin, link = bulletin_of(issue), public_address(request, issue.code)
    frame = _frame(issue, bulletin, size)
    try:
        sheet, made = fitting(sheets_of(bulletin, size=size, link=link))
    except pdf.CannotPrint as refusal:
        sheet = next(sheets_of(bulletin, size=size, link=link))
        return _page(request, sheet, frame, absent=refusal.sentence)
    if request.GET.get("format") != "pdf":
        return _page(request, sheet, frame)
    name = f"十公开海报-{issue.month:%Y%m}-{size.label}-{timezone.localdate():%Y%m%d}.pdf"
    kept = content_disposition_header(as_attachment=True, filename=name)
    headers = {"Content-Disposition": kept or "attachment", "Cache-Control": "no-store"}
    return HttpResponse(made, content_type="application/pdf", headers=headers)


def _page(request: HttpRequest, sheet: Sheet, frame: answers.Frame, *, absent: str = "") -> HttpResponse:
    missing = fonts.missing_in(
        "".join(line for one in sheet.facts["items"] for block in one.blocks for line in block.lines)
    )
    status = 503 if absent and request.GET.get("format") == "pdf" else 200
    return answers.page(request, sheet, frame, missing=missing, absent=absent, status=status)


def _frame(issue: MonthlyDisclosure, bulletin: Bulletin, size: PaperSize) -> answers.Frame:
    crumbs = [
        ("月度十公开", reverse("disclosure-list")),
        (bulletin.content.publisher, reverse("disclosure-outputs", args=[issue.pk])),
    ]
    others = [(f"{one.label} 海报", f"?size={one}") for one in PaperSize if one != size]
    note = _NOTE if bulletin.is_published else _DRAFT_NOTE
    return answers.Frame(f"{size.label} 海报", note, crumbs, others)
