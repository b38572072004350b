"""The poster of an issue: A4 or A3, one sheet, with a square code that leads to the whole text (S0-23)."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Any, cast

from contracts.choices import DocumentKind
from contracts.printing import fonts, pdf
from contracts.printing.answers import bare_page
from contracts.printing.documents import Document
from contracts.printing.qr import qr_image
from outreach.choices import ItemState, PaperKind, PaperSize
from outreach.disclosures.content import Block, ContentItem, blocks_of
from outreach.queries.bulletins import Bulletin
from outreach.rules.posters import A3, A4, Grade, Plan, plans, shortened

_LAYOUT = "outreach/disclosures/poster.html"
_SHEETS = ("css/disclosure-poster.css",)


@dataclass(frozen=True)
class Sheet(Document):
    """An issue laid out on one sheet."""

    layout_name: str = _LAYOUT

    @property
    def layout(self) -> str:
        return self.layout_name

    @property
    def sheets(self) -> tuple[str, ...]:
        return _SHEETS


@dataclass(frozen=True)
class Told:
    """One item as it stands on a sheet.

    Attributes:
        as_of: moment of its figures; None if it has none.
    """

    number: int
    title: str
    blocks: tuple[Block, ...]
    is_nothing: bool
    is_gap: bool
    as_of: datetime | None


def poster_pdf(bulletin: Bulletin, *, size: PaperSize, link: str) -> bytes:
    """One page, its fonts inside; characters that our fonts lack are reported to the log.

    Args:
        link: whole address of the public page.

    Raises:
        CannotPrint: Pango is missing or busy, or the drawing failed.
    """
    return poster_of(bulletin, size=size, link=link)[1]


def poster_of(bulletin: Bulletin, *, size: PaperSize, link: str) -> tuple[Sheet, bytes]:
    """The sheet in the largest letters that leave it one page, and that page."""
    return fitting(sheets_of(bulletin, size=size, link=link))


def sheets_of(bulletin: Bulletin, *, size: PaperSize, link: str) -> Iterator[Sheet]:
    """Ever smaller ones."""
    facts, grades = {"size": PaperSize(size).value}, A3 if size == PaperSize.A3 else A4
    return laid_out(bulletin, grades, PaperKind.DISCLOSURE_POSTER, _LAYOUT, link=link, facts=facts)


def fitting(sheets: Iterator[Sheet]) -> tuple[Sheet, bytes]:
    """The first of them that is one page."""
    refused: pdf.CannotPrint | None = None
    for sheet in sheets:
        html, missing = bare_page(sheet)
        try:
            made = pdf.to_pdf(html, most_pages=1)
        except pdf.CannotPrint as refusal:
            if refusal.code != "too_many_pages":
                raise
            refused = refusal
        else:
            fonts.report(missing, sheet.kind)
            return sheet, made
    raise refused or pdf.CannotPrint("nothing_to_draw", "这一期没有内容，不能生成海报。")


def laid_out(
    bulletin: Bulletin, grades: Sequence[Grade], kind: PaperKind, layout: str, *, link: str, facts: dict[str, Any]
) -> Iterator[Sheet]:  # fmt: skip
    """The issue by each plan in turn."""
    content = bulletin.content
    same = facts | {
        "bulletin": bulletin,
        "content": content,
        "link": link,
        "qr": qr_image(link) if bulletin.is_published else "",
    }
    told, corrected = [told_of(one) for one in content.items], _corrected(bulletin)
    texts = [one.shown for one in content.items] + ([corrected] if corrected else [])
    for plan in plans(texts, grades):
        blocks = _cut(texts, plan) if plan.lines is not None else None
        # Only its label is asked for, which every list of codes has.
        yield Sheet(cast(DocumentKind, kind), str(kind.label), [], "", [""], same | {
            "items": [replace(one, blocks=cut) for one, cut in zip(told, blocks, strict=False)] if blocks else told,
            "corrected": (blocks[-1] if blocks else blocks_of(corrected)) if corrected else (),
            "step": plan.step,
            "is_cut": blocks is not None,
        }, layout)  # fmt: skip


def _corrected(bulletin: Bulletin) -> str:
    return "\n".join(
        f"- {one.about}：{one.text}" if one.about else f"- {one.text}" for one in bulletin.corrections
    )


def _cut(texts: Sequence[str], plan: Plan) -> list[tuple[Block, ...]]:
    cut = zip(texts, plan.lines or (), strict=True)
    return [blocks_of(shortened(text, lines=most, letters=plan.letters)) for text, most in cut]


def told_of(item: ContentItem) -> Told:
    """An item in full; one that waits for words says what is missing."""
    is_gap = item.state == ItemState.GAP
    blocks = blocks_of(f"{item.shown}：{item.gap}") if is_gap and item.gap else item.blocks
    return Told(
        number=item.number,
        title=item.title,
        blocks=blocks,
        is_nothing=item.is_nothing,
        is_gap=is_gap,
        as_of=item.as_of if any(one.value is not None for one in item.facts) else None,
    )
