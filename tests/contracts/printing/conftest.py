"""Made-up papers that need no database, and a look into a PDF."""

import datetime as dt
from ctypes.util import find_library

import pypdfium2
import pytest

from contracts.choices import DocumentKind
from contracts.models import AgreementTemplate
from contracts.printing import pdf
from contracts.printing.answers import bare_page
from contracts.printing.samples import sample_paper
from contracts.wording import _DATA as SHIPPED
from contracts.wording import SHIPPED_FROM, TITLES

DAY = dt.date(2026, 11, 22)


def shipped(kind: DocumentKind) -> AgreementTemplate:
    body = (SHIPPED / f"{kind.value}_v1.txt").read_text(encoding="utf-8").strip()
    return AgreementTemplate(
        kind=kind, version=1, title=TITLES[kind.value], body=body, in_force_from=SHIPPED_FROM
    )


def paper(kind: DocumentKind = DocumentKind.INDIVIDUAL):
    return sample_paper(kind, shipped(kind), on=DAY)


class Pdf:
    """What is in a PDF: its pages as text, its size, the fonts that are embedded."""

    def __init__(self, raw: bytes) -> None:
        document = pypdfium2.PdfDocument(raw)
        try:
            texts = []
            for number in range(len(document)):
                page = document[number]
                reader = page.get_textpage()
                texts.append(reader.get_text_bounded())
                self.size = page.get_size()
                reader.close()
                page.close()
        finally:
            document.close()
        self.raw = raw
        self.pages = texts

    @property
    def text(self) -> str:
        return "".join("".join(self.pages).split())


@pytest.fixture
def to_pdf():
    """to_pdf(document) -> Pdf. A machine without Pango cannot draw one; where Pango is, the tests must run."""
    if not pdf.is_available() and find_library("pango-1.0") is None:
        pytest.skip("no Pango on this machine: apt install libpango-1.0-0 libpangoft2-1.0-0")
    return lambda document: Pdf(pdf.to_pdf(bare_page(document)[0]))
